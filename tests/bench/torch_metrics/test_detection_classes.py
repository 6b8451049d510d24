"""The classes of boxes with scores, objects of change and short texts: equal to the functions, in batches."""

import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchmetrics")

from rsica_bench.metrics.anls import anls_scores  # noqa: E402
from rsica_bench.metrics.change_objects import object_scores  # noqa: E402
from rsica_bench.metrics.detection import average_precision_scores  # noqa: E402
from rsica_bench.torch_metrics import Anls, AveragePrecision, ChangeObjects  # noqa: E402
from rsica_data.core.errors import UserError  # noqa: E402

NAMES = ("ship", "plane")


def numbers(measured):
    return {name: float(value) for name, value in measured.items()}


def images(seed, count=5):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        corners = rng.integers(0, 40, (int(rng.integers(0, 5)), 2)).astype(float)
        boxes = np.concatenate([corners, corners + 9], axis=1)
        labels = rng.integers(0, 2, len(boxes))
        predicted = boxes + rng.integers(-2, 3, boxes.shape)
        yield (
            {"boxes": boxes, "labels": labels},
            {"boxes": predicted, "labels": labels, "scores": rng.random(len(boxes))},
        )


def test_average_precision():
    pairs = list(images(1))
    metric = AveragePrecision(NAMES)
    metric.update([predicted for _, predicted in pairs[:2]], [true for true, _ in pairs[:2]])
    metric = pickle.loads(pickle.dumps(metric))
    metric.update(
        [{key: torch.from_numpy(np.asarray(part)) for key, part in predicted.items()} for _, predicted in pairs[2:]],
        [{key: torch.from_numpy(np.asarray(part)) for key, part in true.items()} for true, _ in pairs[2:]],
    )

    def split(part, key):
        return {name: part[key][np.asarray(part["labels"]) == place] for place, name in enumerate(NAMES)}

    expected = average_precision_scores(
        [split(true, "boxes") for true, _ in pairs],
        [split(predicted, "boxes") for _, predicted in pairs],
        [split(predicted, "scores") for _, predicted in pairs],
    )
    assert numbers(metric.compute()) == pytest.approx(expected.values)
    assert AveragePrecision(NAMES).scores().absent
    with pytest.raises(UserError, match="2 boxes have 1 labels"):
        metric.update([{"boxes": np.zeros((0, 4)), "labels": [], "scores": []}],
                      [{"boxes": np.eye(2, 4), "labels": np.zeros(1)}])  # fmt: skip


def test_objects_of_change():
    rng = np.random.default_rng(2)
    true, predicted = (rng.random((4, 12, 12)) < 0.3 for _ in range(2))
    metric = ChangeObjects()
    metric.update(torch.from_numpy(predicted[:1]), torch.from_numpy(true[:1]))
    metric.update(list(predicted[1:]), list(true[1:]))
    assert numbers(metric.compute()) == pytest.approx(object_scores(true, predicted).values)


def test_anls():
    metric = Anls()
    metric.update(["road"], [["roads", "street"]])
    metric.update(["x"], [["tree"]])
    assert numbers(metric.compute()) == pytest.approx(anls_scores(["road", "x"], [["roads"], ["tree"]]).values)
