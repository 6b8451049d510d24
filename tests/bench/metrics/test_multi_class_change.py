"""IoU by class and their mean, against the formulas of Change-Agent's evaluation written another way."""

import numpy as np
import pytest
from PIL import Image

from rsica_bench.metrics.change_detection import change_detection_scores
from rsica_bench.metrics.mask_metrics import boundary_f1
from rsica_bench.metrics.multi_class_change import multi_class_confusion, multi_class_figures, multi_class_scores

torch = pytest.importorskip("torch")
from rsica_bench.torch_metrics import MultiClassChange  # noqa: E402

NAMES = ("none", "road", "building")
VALUES = "none=0;road=128;building=255"


def by_pixels(true, said):
    """IoU of each class from sets of pixels."""
    found = []
    for number in range(len(NAMES)):
        one, other = {*np.flatnonzero(true == number)}, {*np.flatnonzero(said == number)}
        found.append(len(one & other) / len(one | other) if one | other else None)
    return found


def test_by_hand():
    true, said = np.array([[0, 0, 1, 1, 2, 2]]), np.array([[0, 1, 1, 2, 2, 2]])
    found = multi_class_scores(multi_class_confusion(true, said, 2), NAMES).values
    assert [found[f"iou/{name}"] for name in NAMES] == pytest.approx([1 / 2, 1 / 3, 2 / 3])
    assert found["miou"] == pytest.approx(0.5)
    assert found["f1/road"] == pytest.approx(1 / 2) and found["precision/building"] == pytest.approx(2 / 3)
    assert found["mean_f1"] == pytest.approx((2 / 3 + 1 / 2 + 4 / 5) / 3)
    assert found["oa"] == pytest.approx(4 / 6)


def test_a_class_that_is_nowhere_is_left_out_of_the_means():
    found = multi_class_scores(multi_class_confusion(np.array([[0, 2]]), np.array([[0, 2]]), 2), NAMES)
    assert found.values["miou"] == found.values["iou/building"] == 1
    assert found.absent["iou/road"] == "the class is neither true nor predicted"
    assert multi_class_scores(np.zeros((3, 3)), NAMES).absent["miou"] == "no pixel"


def test_the_command_and_the_torchmetrics_class_agree_with_sets_of_pixels(rsica_bench, tmp_path):
    rng = np.random.default_rng(4)
    true = rng.choice(3, (5, 16, 16), p=(0.7, 0.2, 0.1))
    said = np.where(rng.random(true.shape) < 0.8, true, rng.choice(3, true.shape))
    for folder, masks in (("true", true), ("said", said)):
        (tmp_path / folder).mkdir()
        for number, mask in enumerate(masks):
            Image.fromarray(np.array([0, 128, 255], np.uint8)[mask]).save(tmp_path / folder / f"{number}.png")
    words = ("score-masks", "--true", tmp_path / "true", "--predicted", tmp_path / "said", "--values", VALUES, "--json")
    found = rsica_bench(*words).json
    wanted = by_pixels(true, said)
    assert found["task"] == "multi_class_change"
    assert [found["metrics"][f"iou/{name}"] for name in NAMES] == pytest.approx(wanted, abs=1e-12)
    assert found["metrics"]["miou"] == pytest.approx(np.mean(wanted), abs=1e-12)
    low, high = found["intervals"]["miou"]
    assert low < found["metrics"]["miou"] < high
    # Change against no change stands beside it under its own name.
    one, other = true > 0, said > 0
    assert found["metrics"]["change/iou"] == pytest.approx((one & other).sum() / (one | other).sum(), abs=1e-12)
    metric = MultiClassChange(NAMES)
    for mask, gold in zip(said, true, strict=True):
        metric.update(torch.tensor(mask), torch.tensor(gold))
    assert {name: float(value) for name, value in metric.compute().items()} == pytest.approx(
        {name: value for name, value in found["metrics"].items() if not name.startswith("change/")}, abs=1e-12
    )


def test_figures_of_many_sums_at_once():
    rng = np.random.default_rng(1)
    matrices = rng.integers(0, 9, (4, 3, 3))
    whole = multi_class_figures(matrices, NAMES)
    for number, matrix in enumerate(matrices):
        alone = multi_class_scores(matrix, NAMES).values
        assert {name: values[number] for name, values in whole.items()} == pytest.approx(alone)


def test_a_pair_of_ignored_pixels_alone_is_not_a_perfect_one():
    rows = np.array([[2, 2, 0, 5], [0, 0, 0, 0]])
    assert change_detection_scores(rows).values["per_image_iou"] == 0.5
    assert change_detection_scores(rows[1:]).absent["per_image_iou"] == "no pair"


def test_a_full_mask_against_an_empty_one_has_no_boundary_in_common():
    full, empty = np.ones((6, 6), bool), np.zeros((6, 6), bool)
    assert boundary_f1(full, empty) == boundary_f1(empty, full) == 0
    assert boundary_f1(full, full) == boundary_f1(empty, empty) == 1
