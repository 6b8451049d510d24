"""Boxes: IoU, matching and figures by hand, by brute force, and oriented ones against shapely."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_bench.metrics.box_metrics import box_figures, box_iou, box_row, box_scores, match, statistics_of_images
from rsica_bench.metrics.oriented_boxes import corners, oriented_iou
from rsica_data.core.errors import UserError

corner, side = st.integers(0, 12), st.integers(0, 6)
boxes = st.lists(st.builds(lambda x, y, w, h: [x, y, x + w, y + h], corner, corner, side, side), max_size=5).map(
    lambda found: np.array(found, np.int64).reshape(-1, 4)
)
number = st.floats(-50, 50)
oriented = st.lists(st.tuples(number, number, st.floats(0.5, 40), st.floats(0.5, 40), st.floats(-720, 720)), max_size=4)
oriented = oriented.map(lambda found: np.array(found, np.float64).reshape(-1, 5))


def test_iou_of_half_open_boxes_by_hand():
    found = box_iou(np.array([[0, 0, 2, 2], [5, 5, 5, 9]]), np.array([[1, 0, 3, 2], [2, 0, 4, 2], [0, 0, 2, 2]]))
    assert found.tolist() == [[pytest.approx(2 / 6), 0.0, 1.0], [0.0, 0.0, 0.0]]
    assert box_iou(np.array([[3, 3, 3, 3]]), np.array([[3, 3, 3, 3]])).tolist() == [[0.0]]  # no area
    assert box_iou(np.zeros((0, 4)), np.zeros((2, 4))).shape == (0, 2)


def test_matching_takes_the_greatest_total_and_not_the_greedy_one():
    iou = np.array([[0.6, 0.5], [0.55, 0.0]])
    truths, said = match(iou)  # greedy would take 0.6 and leave 0.0
    assert sorted(zip(truths.tolist(), said.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert box_row(iou).tolist() == [2, 2, pytest.approx(1.05), 2, 2, 0]
    assert len(match(np.zeros((2, 2)))[0]) == 0


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.floats(0, 1)))
def test_matching_is_the_best_of_all(iou):
    wide = iou if iou.shape[0] <= iou.shape[1] else iou.T
    best = max(sum(wide[i, j] for i, j in enumerate(p)) for p in permutations(range(wide.shape[1]), wide.shape[0]))
    assert iou[match(iou)].sum() == pytest.approx(best)


def test_figures_by_hand():
    true = [np.array([[0, 0, 4, 4], [10, 10, 14, 14]]), np.zeros((0, 4)), np.zeros((0, 4))]
    said = [np.array([[0, 0, 4, 2], [0, 0, 1, 1], [20, 20, 21, 21]]), np.zeros((0, 4)), np.array([[0, 0, 1, 1]])]
    found = box_scores(true, said).values
    assert found["mean_iou"] == pytest.approx(0.5 / 2)
    assert found["precision@0.5"] == pytest.approx(1 / 4)
    assert found["recall@0.5"] == pytest.approx(1 / 2)
    assert found["f1@0.25"] == pytest.approx(2 / 6)
    assert found["recall@0.75"] == 0.0
    assert found["per_image_mean_iou"] == pytest.approx((0.25 + 1 + 0) / 3)
    assert found["per_image_precision@0.5"] == pytest.approx((1 / 3 + 1 + 0) / 3)
    assert found["per_image_recall@0.5"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found["per_image_f1@0.5"] == pytest.approx((2 / 5 + 1 + 0) / 3)


def test_undefined_figures_are_absent_with_their_reason():
    empty = box_scores([np.zeros((0, 4))], [np.zeros((0, 4))])
    assert empty.values == dict.fromkeys(empty.values, 1.0)
    assert {n.partition("@")[0] for n in empty.values} == {
        f"per_image_{n}" for n in ("mean_iou", "precision", "recall", "f1")
    }
    assert empty.absent["precision@0.5"] == "no box was predicted"
    assert empty.absent["f1@0.75"] == "there is no box, in truth or prediction"
    assert box_scores([], []).absent["per_image_f1@0.5"] == "no image"


def test_mistakes_are_one_line():
    with pytest.raises(UserError, match=r"shape \[N, 4\], not \(1, 5\)"):
        box_scores([np.zeros((1, 5))], [np.zeros((1, 4))])
    with pytest.raises(UserError, match="of 1 images are true, of 0 predicted"):
        box_scores([np.zeros((1, 4))], [])
    with pytest.raises(UserError, match="not finite"):
        oriented_iou(np.array([[0, 0, 1, 1, np.nan]]), np.array([[0, 0, 1, 1, 0]]))


@given(boxes, boxes)
def test_iou_is_that_of_filled_pixels(true, said):
    def fill(box):
        mask = np.zeros((20, 20), bool)
        mask[box[1] : box[3], box[0] : box[2]] = True
        return mask

    found = box_iou(true, said)
    for t, first in enumerate(true):
        for p, second in enumerate(said):
            either = (fill(first) | fill(second)).sum()
            assert found[t, p] == pytest.approx((fill(first) & fill(second)).sum() / either if either else 0.0)


@given(st.lists(st.tuples(boxes, boxes), max_size=4))
def test_statistics_of_images_add_up(images):
    true, said = [t for t, _ in images], [s for _, s in images]
    rows = statistics_of_images(true, said)
    assert rows.shape == (len(images), 17)
    whole, figures = box_scores(true, said).values, box_figures(rows)
    for name in figures:
        if name.startswith("per_image_") and images:
            assert whole[name] == pytest.approx(figures[name].mean())
    assert all(0 <= value <= 1 + 1e-12 for value in whole.values())
    if images:
        assert whole["per_image_f1@0.75"] <= whole["per_image_f1@0.25"]


def test_oriented_corners_are_those_of_opencv():
    import cv2

    for box in ([3.0, 4.0, 5.0, 2.0, 0.0], [30.0, 20.0, 12.0, 5.0, 33.0], [-7.0, 2.0, 4.0, 9.0, -71.0]):
        theirs = cv2.boxPoints(((box[0], box[1]), (box[2], box[3]), box[4]))
        ours = corners(np.array([box]))[0]
        apart = np.linalg.norm(ours[:, None] - theirs[None], axis=-1)
        assert apart.min(axis=1) == pytest.approx(np.zeros(4), abs=1e-4)
        assert apart.min(axis=0) == pytest.approx(np.zeros(4), abs=1e-4)


def test_oriented_iou_by_hand():
    square = np.array([[0, 0, 2, 2, 0]])
    turned = np.array([[0, 0, 2, 2, 45], [0, 0, 2, 2, 90], [1, 0, 2, 2, 0], [2, 0, 2, 2, 0], [0, 0, 2, 0, 0]])
    octagon = 8 * (2**0.5 - 1)  # a square and itself turned by 45 degrees share a regular octagon of inradius 1
    expected = [octagon / (8 - octagon), 1.0, 1 / 3, 0.0, 0.0]
    assert oriented_iou(square, turned)[0] == pytest.approx(expected)
    assert oriented_iou(np.array([[0, 0, 2, 0, 0]]), np.array([[0, 0, 2, 0, 0]])).tolist() == [[0.0]]
    assert oriented_iou(np.array([[0, 0, 1e-200, 1e-200, 0]]), np.array([[0, 0, 1e-200, 1e-200, 0]])).tolist() == [
        [0.0]
    ]
    long = np.array([[0, 0, 100, 1e-3, 30]])  # a sliver is itself
    assert oriented_iou(long, long)[0, 0] == pytest.approx(1.0)


@given(boxes, boxes)
def test_upright_oriented_boxes_have_the_iou_of_boxes(true, said):
    def turn(found):
        low, high = found[:, :2], found[:, 2:]
        return np.concatenate([(low + high) / 2, high - low, np.zeros((len(found), 1))], axis=1)

    assert oriented_iou(turn(true), turn(said)) == pytest.approx(box_iou(true, said), abs=1e-9)


@given(oriented, oriented)
def test_oriented_iou_against_shapely(true, said):
    from shapely.geometry import Polygon

    found = oriented_iou(true, said)
    assert found == pytest.approx(oriented_iou(said, true).T, abs=1e-9)
    for t, first in enumerate(corners(true)):
        for p, second in enumerate(corners(said)):
            one, two = Polygon(first), Polygon(second)
            assert found[t, p] == pytest.approx(one.intersection(two).area / one.union(two).area, abs=1e-6)


@given(oriented, st.floats(-180, 180), st.sampled_from([0.0, 1e6]))
def test_oriented_iou_with_itself_is_1_wherever_it_lies(found, angle, away):
    moved = found + np.array([away, -away, 0, 0, angle])
    assert np.diag(oriented_iou(moved, moved)) == pytest.approx(np.ones(len(found)), abs=1e-6)


def test_oriented_scores_use_the_same_figures():
    true = [np.array([[10, 10, 8, 4, 30.0], [40, 40, 8, 4, 0.0]])]
    said = [np.array([[10, 10, 8, 4, 210.0], [80, 80, 4, 4, 10.0]])]
    found = box_scores(true, said, thresholds=(0.9,), iou=oriented_iou).values
    assert found["mean_iou"] == pytest.approx(0.5)
    assert found["precision@0.9"] == found["recall@0.9"] == 0.5
