"""The torchmetrics classes: equal to the functions of the metrics in batches, copies, collections and processes."""

import importlib.util
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("torchmetrics")

from torchmetrics import MetricCollection  # noqa: E402
from torchmetrics.functional import classification as functional  # noqa: E402

from rsica_bench.metrics.binary import binary_scores  # noqa: E402
from rsica_bench.metrics.box_metrics import box_scores  # noqa: E402
from rsica_bench.metrics.caption_metrics import score_captions  # noqa: E402
from rsica_bench.metrics.caption_protocols import COCO, GPT2_BPE, LEVIR_CC, WORDS  # noqa: E402
from rsica_bench.metrics.change_detection import change_detection_scores, confusion_row  # noqa: E402
from rsica_bench.metrics.counting import counting_by_bin, counting_scores  # noqa: E402
from rsica_bench.metrics.mask_metrics import mask_scores  # noqa: E402
from rsica_bench.metrics.multilabel import multilabel_scores  # noqa: E402
from rsica_bench.metrics.oriented_boxes import oriented_iou  # noqa: E402
from rsica_bench.metrics.scores import Scores  # noqa: E402
from rsica_bench.metrics.semantic_change import semantic_change_scores, semantic_confusion  # noqa: E402
from rsica_bench.metrics.vqa import CDVQA_TYPES, vqa_scores  # noqa: E402
from rsica_bench.torch_metrics import (  # noqa: E402
    BinaryChange,
    Boxes,
    Captions,
    ChangeDetection,
    Counting,
    MultilabelCells,
    ReferringMasks,
    SemanticChange,
    Vqa,
)
from rsica_data.core.errors import UserError  # noqa: E402

_SPEC = importlib.util.spec_from_file_location("torch_metrics_worker", Path(__file__).with_name("worker.py"))
worker = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(worker)
NAMES = sorted(worker.METRICS)


def by_functions(name, data):
    """Scores of batches by the functions over arrays and texts; nothing of the classes is used."""

    def join(place):
        return [row for batch in data for row in batch[place]]

    def stack(place):
        return np.stack([np.asarray(row) for row in join(place)])

    if name == "change":
        rows = zip(stack(1) > 0, stack(0) > 0, stack(2), strict=True)
        return change_detection_scores(np.stack([confusion_row(*row) for row in rows]))
    if name == "semantic":
        return semantic_change_scores(sum(semantic_confusion(t, s, 3) for t, s in zip(stack(1), stack(0), strict=True)))
    if name == "masks":
        return mask_scores(list(stack(1) > 0), list(stack(0) > 0))
    if name in ("boxes", "oriented"):
        options = {"thresholds": (0.3, 0.6), "iou": oriented_iou} if name == "oriented" else {}
        return box_scores([np.asarray(b) for b in join(1)], [np.asarray(b) for b in join(0)], **options)
    if name == "binary":
        return binary_scores(stack(1) > 0, stack(0) > 0)
    if name == "counting":
        return counting_scores(stack(1), stack(0)) | counting_by_bin(stack(1), stack(0))
    if name == "cells":
        return multilabel_scores(stack(1) > 0, stack(0) > 0)
    if name == "vqa":
        return vqa_scores(join(2), join(1), join(0), names=tuple(CDVQA_TYPES))
    protocol = {"words": WORDS, "coco": COCO, "levir-cc": LEVIR_CC}[name]
    found = score_captions(join(0), join(1), protocol, worker.WORD_MAP)
    return Scores(found.scores, found.absent)


@pytest.mark.parametrize("name", NAMES)
def test_batches_are_the_function_over_all_items(name):
    data, metric = worker.batches(name), worker.METRICS[name]()
    for batch in data:
        metric.update(*batch)
    expected = by_functions(name, data)
    assert len(expected.values) > 3
    assert worker.figures(metric) == pytest.approx(expected.values)
    assert metric.scores().absent == expected.absent
    assert all(value.dtype == torch.float64 and value.ndim == 0 for value in metric.compute().values())


@pytest.mark.parametrize("name", NAMES)
def test_forward_gives_the_batch_and_keeps_the_whole(name):
    data, metric = worker.batches(name), worker.METRICS[name]()
    for batch in data:
        alone = {n: float(v) for n, v in metric(*batch).items()}
        assert alone == pytest.approx(by_functions(name, [batch]).values)
    assert worker.figures(metric) == pytest.approx(by_functions(name, data).values)


@pytest.mark.parametrize("name", NAMES)
def test_reset_forgets(name):
    data, metric = worker.batches(name), worker.METRICS[name]()
    metric.update(*data[0])
    metric.reset()
    metric.update(*data[1])
    assert worker.figures(metric) == pytest.approx(by_functions(name, data[1:2]).values)


@pytest.mark.parametrize("name", NAMES)
def test_a_pickled_copy_goes_on(name):
    data, metric = worker.batches(name), worker.METRICS[name]()
    metric.update(*data[0])
    copy = pickle.loads(pickle.dumps(metric))
    copy.update(*data[1])
    assert worker.figures(copy) == pytest.approx(by_functions(name, data[:2]).values)
    assert worker.figures(metric) == pytest.approx(by_functions(name, data[:1]).values)


@pytest.mark.parametrize("name", NAMES)
def test_state_dict_travels(name):
    data, metric = worker.batches(name), worker.METRICS[name]()
    metric.persistent(True)
    metric.update(*data[0])
    other = worker.METRICS[name]()
    other.load_state_dict(metric.state_dict())
    other.update(*data[1])
    assert worker.figures(other) == pytest.approx(by_functions(name, data[:2]).values)


@pytest.mark.parametrize("name", NAMES)
def test_without_items_everything_is_absent(name):
    metric = worker.METRICS[name]()
    with pytest.warns(UserWarning, match="before the ``update``"):
        found = metric.compute()
    assert all(n.startswith("items/") or n in ("tp", "fp", "fn", "tn") for n in found)
    assert all(float(value) == 0 for value in found.values())
    assert metric.scores().absent


def test_in_collections():
    said, true, _ = zip(*worker.batches("change"), strict=True)
    masks = MetricCollection({"change": ChangeDetection(), "referring": ReferringMasks()})
    captions = MetricCollection([Captions(WORDS)], prefix="val_")
    protocols = MetricCollection({"words": Captions(WORDS), "levir": Captions(LEVIR_CC, worker.WORD_MAP)})
    for batch in zip(said, true, strict=True):
        masks.update(*batch)
    found = {n: float(v) for n, v in masks.compute().items()}
    expected = mask_scores(list(torch.cat(true).numpy() > 0), list(torch.cat(said).numpy() > 0)).values
    rows = zip(torch.cat(true).numpy() > 0, torch.cat(said).numpy() > 0, strict=True)
    changes = change_detection_scores(np.stack([confusion_row(*row) for row in rows])).values
    # Both have f1, so torchmetrics puts the name of the metric before each figure.
    assert found["referring_giou"] == pytest.approx(expected["giou"])
    assert found["change_kappa"] == pytest.approx(changes["kappa"])
    assert found["referring_f1"] == found["change_f1"] == pytest.approx(changes["f1"])
    texts = worker.batches("words")
    for batch in texts:
        captions.update(*batch)
        protocols.update(*batch)
    words, levir = by_functions("words", texts).values, by_functions("levir-cc", texts).values
    assert float(captions.compute()["val_CIDEr"]) == pytest.approx(words["CIDEr"])
    both = protocols.compute()
    assert float(both["words_BLEU-4"]) == pytest.approx(words["BLEU-4"])
    assert float(both["levir_CIDEr"]) == pytest.approx(levir["CIDEr"])


@pytest.fixture(scope="module")
def two_processes(tmp_path_factory):
    """What each of two real processes computes."""
    shared = tmp_path_factory.mktemp("gloo") / "meeting"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if sys.platform == "linux":
        environment["GLOO_SOCKET_IFNAME"] = "lo"  # else gloo looks up the machine's name, which need not resolve
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", worker.__file__, str(rank), "2", str(shared)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for rank in range(2)
    ]
    try:
        said = [process.communicate(timeout=240) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0, 0], said
    return [json.loads(output) for output, _ in said]


@pytest.mark.parametrize("share", sorted(worker.SHARES))
@pytest.mark.parametrize("name", NAMES)
def test_two_processes_compute_what_one_does(two_processes, name, share):
    data, seen = worker.batches(name), []
    for part, by_rank in enumerate(worker.SHARES[share]):
        seen += [*by_rank[0], *by_rank[1]]
        expected = by_functions(name, [data[number] for number in sorted(seen)]).values
        for rank in range(2):
            assert two_processes[rank][f"{name}: {share}: {part}"] == pytest.approx(expected), (rank, part)
    assert sorted(seen) == list(range(5))


def test_equal_to_torchmetrics_own():
    rng = np.random.default_rng(9)
    true = torch.tensor((rng.random((7, 32, 32)) < 0.3).astype(int))
    said = torch.tensor(np.where(rng.random((7, 32, 32)) < 0.8, true, 1 - true))
    pixels, pairs = ChangeDetection(), BinaryChange()
    pixels.update(said, true)
    pairs.update(said.ravel(), true.ravel())
    found, decided = pixels.compute(), pairs.compute()
    for theirs, name in (
        (functional.binary_f1_score, "f1"),
        (functional.binary_jaccard_index, "iou"),
        (functional.binary_cohen_kappa, "kappa"),
        (functional.binary_accuracy, "oa"),
        (functional.binary_precision, "precision"),
        (functional.binary_recall, "recall"),
    ):
        assert float(found[name]) == pytest.approx(float(theirs(said, true)), abs=1e-6), name
    assert float(decided["mcc"]) == pytest.approx(float(functional.binary_matthews_corrcoef(said, true)), abs=1e-6)
    assert float(decided["f1"]) == pytest.approx(float(functional.binary_f1_score(said, true)), abs=1e-6)
    assert float(decided["negative_recall"]) == pytest.approx(
        float(functional.binary_specificity(said, true)), abs=1e-6
    )


@pytest.mark.parametrize("model", ["BIT", "ChangeFormerV6"])
def test_real_predictions(real_data, model):
    from PIL import Image

    def read(path):
        with Image.open(path) as image:
            return torch.tensor(np.asarray(image.convert("L")) > 127)

    folder, metric = real_data / "dsifn_samples", ChangeDetection()
    names = sorted(path.name for path in (folder / "label").iterdir())
    true = torch.stack([read(folder / "label" / name) for name in names])
    said = torch.stack([read(folder / f"predict_{model}" / name) for name in names])
    for pair in zip(said, true, strict=True):
        metric.update(*pair)  # one pair without a batch axis
    found = metric.compute()
    assert float(found["f1"]) == pytest.approx(float(functional.binary_f1_score(said, true.int())), abs=1e-6)
    assert float(found["iou"]) == pytest.approx(float(functional.binary_jaccard_index(said, true.int())), abs=1e-6)


def test_masks_of_several_sizes_in_a_list():
    metric = ReferringMasks()
    metric.update(
        [torch.ones(3, 4).bool(), torch.zeros(5, 2).bool()],
        [torch.ones(3, 4).bool(), torch.zeros(5, 2).bool()],
    )
    assert float(metric.compute()["giou"]) == 1.0


@pytest.mark.parametrize(
    ("metric", "arguments", "told"),
    [
        (
            ChangeDetection(),
            (torch.rand(2, 3, 3), torch.ones(2, 3, 3).int()),
            "preds must be booleans or integers 0 and 1",
        ),
        (ChangeDetection(), (torch.ones(3, 3).int(), 255 * torch.ones(3, 3).int()), "target must be booleans"),
        (ChangeDetection(), (torch.ones(2, 3, 3).int(), torch.ones(2, 3, 4).int()), "one shape of 2 axes"),
        (ChangeDetection(), (torch.ones(3).int(), torch.ones(3).int()), "one shape of 2 axes"),
        (SemanticChange(2), (torch.ones(1, 3, 4, 4).int(), torch.ones(1, 3, 4, 4).int()), "maps of both dates"),
        (ReferringMasks(), (torch.ones(3, 3).bool(), torch.ones(3, 3).bool()), r"a mask has shape \[H, W\]"),
        (ReferringMasks(), ([], torch.ones(3, 3).bool()), "3 masks are true, 0 predicted"),
        (Boxes(), ([torch.ones(1, 5)], [torch.ones(1, 4)]), r"boxes have shape \[N, 4\]"),
        (BinaryChange(), (torch.ones(3).int(), torch.ones(2).int()), "decisions: the prediction has shape"),
        (Counting(((0, 3),)), (torch.tensor([1]), torch.tensor([4])), "a true count of 4"),
        (MultilabelCells(), (torch.ones(2, 8).int(), torch.ones(2, 8).int()), r"cells have shape \[B, 9\]"),
        (Vqa(("a",)), (["x"], ["x"], ["b"]), "unknown question type 'b'"),
        (Captions(), (["x"], ["x"]), "references a list of texts"),
        (Captions(), (["x"], []), "1 hypotheses and 0 sets"),
    ],
)
def test_mistakes_are_one_line(metric, arguments, told):
    with pytest.raises(UserError, match=told):
        metric.update(*arguments)


def test_protocols_say_what_they_need():
    for protocol, told in ((LEVIR_CC, "needs a word map"), (GPT2_BPE, "takes strings of GPT-2 token ids")):
        metric = Captions(protocol)
        metric.update(["a road"], [["a road"]])
        with pytest.raises(UserError, match=told):
            metric.compute()


def test_importing_the_packages_does_not_import_torch():
    code = "import sys, rsica_bench, rsica_bench.cli, rsica_bench.metrics.mask_metrics; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
