"""Average precision against pycocotools, objects of change against torchmetrics, ANLS by hand and by its definition."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_bench.metrics.anls import anls_of, anls_scores
from rsica_bench.metrics.box_metrics import box_iou
from rsica_bench.metrics.change_objects import object_row, object_scores
from rsica_bench.metrics.detection import average_precision_scores, greedy_hits
from rsica_bench.metrics.oriented_boxes import oriented_iou
from rsica_data.core.errors import UserError

CLASSES = ("ship", "plane")


def corpus(seed, images=4):
    """Boxes near the true ones, elsewhere, equal and of equal score."""
    rng = np.random.default_rng(seed)
    true, predicted, scores = [], [], []
    for _ in range(images):
        gold, told, score = {}, {}, {}
        for name in CLASSES:
            corners = rng.integers(0, 60, (int(rng.integers(0, 5)), 2))
            gold[name] = np.concatenate([corners, corners + rng.integers(1, 30, corners.shape)], axis=1).astype(float)
            close = gold[name] + rng.integers(-4, 5, gold[name].shape)
            other = np.add(np.tile(rng.integers(0, 60, (int(rng.integers(0, 4)), 2)), 2), [0, 0, 9, 9])
            measured = np.concatenate([close, other, gold[name][:1]]).astype(float)
            told[name] = measured[(measured[:, 2:] > measured[:, :2]).all(axis=1)] if len(measured) else measured
            score[name] = np.round(rng.random(len(told[name])), 1)
        true.append(gold)
        predicted.append(told)
        scores.append(score)
    return true, predicted, scores


def by_pycocotools(true, predicted, scores):
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def rows(parts, extra):
        for image, part in enumerate(parts, 1):
            for place, name in enumerate(CLASSES, 1):
                for number, (x0, y0, x1, y1) in enumerate(part[name].tolist()):
                    yield {"image_id": image, "category_id": place, "bbox": [x0, y0, x1 - x0, y1 - y0],
                           "area": (x1 - x0) * (y1 - y0), "iscrowd": 0} | extra(image - 1, name, number)  # fmt: skip

    with contextlib.redirect_stdout(io.StringIO()):
        gold = COCO()
        golds = [row | {"id": n} for n, row in enumerate(rows(true, lambda *key: {}), 1)]
        gold.dataset = {"images": [{"id": n} for n in range(1, len(true) + 1)], "annotations": golds,
                        "categories": [{"id": n, "name": name} for n, name in enumerate(CLASSES, 1)]}  # fmt: skip
        gold.createIndex()
        told = list(rows(predicted, lambda image, name, number: {"score": float(scores[image][name][number])}))
        evaluation = COCOeval(gold, gold.loadRes(told), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(("mAP", "mAP@0.5", "mAP@0.75"), evaluation.stats[:3], strict=True)) | {"AR": evaluation.stats[8]}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pycocotools under numpy 2
@pytest.mark.parametrize("seed", range(40))
def test_average_precision_equals_pycocotools(seed):
    pytest.importorskip("pycocotools")
    true, predicted, scores = corpus(seed)
    if not sum(len(boxes) for part in true for boxes in part.values()):
        pytest.skip("no true box")
    measured = average_precision_scores(true, predicted, scores).values
    told = by_pycocotools(true, predicted, scores)
    assert {name: measured[name] for name in told} == pytest.approx(told, abs=1e-9)


def test_average_precision_by_hand():
    true = [{"ship": np.array([[0, 0, 10, 10], [20, 20, 30, 30]])}]
    predicted = [{"ship": np.array([[50, 50, 60, 60], [0, 0, 10, 10], [20, 20, 30, 30]])}]
    measured = average_precision_scores(true, predicted, [{"ship": [0.9, 0.8, 0.7]}]).values
    # Precision 0, 1/2, 2/3 at recalls 0, 1/2, 1: the highest from any recall on is 2/3.
    assert measured["mAP"] == measured["AP/ship"] == pytest.approx(2 / 3) and measured["AR"] == 1
    assert "mAP" in average_precision_scores([{}], [{}], [{}]).absent
    nothing = average_precision_scores(true, [{}], [{}]).values
    assert nothing["mAP"] == nothing["AR"] == 0
    with pytest.raises(UserError, match="3 boxes of 'ship' have 1 scores"):
        average_precision_scores(true, predicted, [{"ship": [0.9]}])


def test_a_true_box_is_hit_once():
    iou = np.array([[0.9, 0.8, 0.6], [0.0, 0.7, 0.65]])
    assert greedy_hits(iou, 0.5).tolist() == [True, True, False]
    assert greedy_hits(np.zeros((0, 2)), 0.5).tolist() == [False, False]


def test_average_precision_of_oriented_boxes():
    box = np.array([[50.0, 50, 20, 10, 30]])
    measured = average_precision_scores([{"ship": box}], [{"ship": box[:, [0, 1, 3, 2, 4]] + [0, 0, 0, 0, 90]}],
                                     [{"ship": [1.0]}], oriented_iou)  # fmt: skip
    assert measured.values["mAP"] == 1


MASKS = hnp.arrays(bool, (10, 12), elements=st.booleans())


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_objects_equal_panoptic_quality_of_torchmetrics(seed):
    functional = pytest.importorskip("torchmetrics.functional.detection")
    torch = pytest.importorskip("torch")
    import cv2

    rng = np.random.default_rng(seed)
    true = np.zeros((24, 24), np.uint8)
    for _ in range(4):
        x, y = rng.integers(0, 20, 2)
        true[y : y + rng.integers(2, 7), x : x + rng.integers(2, 7)] = 1
    predicted = np.roll(true, rng.integers(-2, 3, 2), (0, 1)) & (rng.random(true.shape) < 0.95)
    maps = []
    for mask in (predicted, true):
        _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        maps.append(torch.from_numpy(np.stack([mask.astype(np.int64), labels.astype(np.int64)], axis=-1))[None])
    told = functional.panoptic_quality(*maps, things={1}, stuffs={0}, return_sq_and_rq=True, return_per_class=True)
    # Classes in the order of things, then stuffs; of each quality, segmentation and recognition.
    measured = object_scores([true.astype(bool)], [predicted.astype(bool)]).values
    pq, sq, rq = (float(value) for value in told[0])
    assert measured.get("object_pq", 0.0) == pytest.approx(pq, abs=1e-6)
    assert measured.get("object_iou", 0.0) == pytest.approx(sq, abs=1e-6)
    assert measured.get("object_f1", 0.0) == pytest.approx(rq, abs=1e-6)


def test_objects_by_hand():
    true, predicted = np.zeros((2, 8, 20), bool)
    true[0:4, 0:4] = true[0:4, 6:10] = true[6, 0] = True
    predicted[0:4, 0:3] = predicted[0:4, 6:8] = predicted[6:8, 12:14] = True
    assert object_row(true, predicted).tolist() == [1, 3, 3, 0.75]  # the second is half of its object: no match at 0.5
    measured = object_scores([true], [predicted]).values
    assert measured == pytest.approx({"object_f1": 1 / 3, "object_precision": 1 / 3, "object_recall": 1 / 3,
                                   "object_iou": 0.75, "object_pq": 0.25})  # fmt: skip
    hidden = np.zeros_like(true)
    hidden[6:, 10:] = True
    assert object_row(true, predicted, hidden).tolist() == [1, 3, 2, 0.75]
    assert set(object_scores([~true & False], [~true & False]).absent) == set(measured)


@given(MASKS)
def test_a_perfect_mask_has_1(mask):
    row = object_row(mask, mask)
    assert row[0] == row[1] == row[2] == pytest.approx(row[3])


def test_anls_by_hand():
    assert anls_of("12 Main street", ["12 main street"]) == 1
    assert anls_of("residental", ["residential"]) == pytest.approx(1 - 1 / 11)
    assert anls_of("harbour", ["airport"]) == 0
    assert anls_of("abcd", ["abxy"]) == 0  # a normalised distance of 0.5 is too much
    assert anls_of("", [""]) == 1 and anls_of("", ["a"]) == 0
    assert anls_scores(["road", "x"], [["road"], ["road", "xs"]]).values == {"ANLS": pytest.approx(0.5)}
    assert anls_scores([], []).absent == {"ANLS": "no item"}
    with pytest.raises(UserError):
        anls_of("a", [])


def distance(first, second):
    """Wagner and Fischer's table, cell by cell."""
    table = [list(range(len(second) + 1))]
    for i, a in enumerate(first, 1):
        table.append([i])
        for j, b in enumerate(second, 1):
            table[i].append(min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a != b)))
    return table[-1][-1]


WORDS = st.text("abc", max_size=8)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3))
def test_anls_is_its_definition(text, references):
    parts = [distance(text, one) / max(len(text), len(one), 1) for one in references]
    assert anls_of(text, references) == pytest.approx(max(1 - part if part < 0.5 else 0 for part in parts))


def test_iou_is_that_of_the_boxes():
    assert box_iou(np.array([[0, 0, 2, 2]]), np.array([[0, 0, 2, 1]]))[0, 0] == 0.5
