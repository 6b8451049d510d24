"""Semantic change figures by hand and against the equations written out pixel by pixel."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_bench.metrics.change_detection import change_figures, confusion_row
from rsica_bench.metrics.semantic_change import semantic_change_figures, semantic_change_scores, semantic_confusion
from rsica_data.core.errors import UserError

maps = hnp.arrays(np.int64, (2, 3, 4), elements=st.integers(0, 3))


def by_the_equations(true, said, classes):
    """The equations of the module's docstring over lists of pixels; None where a denominator is 0."""
    pixels = list(zip(true.ravel().tolist(), said.ravel().tolist(), strict=True))
    q = [[sum(p == (i, j) for p in pixels) for j in range(classes + 1)] for i in range(classes + 1)]
    every = range(classes + 1)

    def share(part, whole):
        return part / whole if whole else None

    found = {"oa": share(sum(q[i][i] for i in every), len(pixels))}
    found["iou_no_change"] = share(q[0][0], sum(q[i][0] for i in every) + sum(q[0][j] for j in every) - q[0][0])
    both = sum(q[i][j] for i in every for j in every if i and j)
    found["iou_change"] = share(both, len(pixels) - q[0][0])
    found["miou"] = None
    if None not in (found["iou_no_change"], found["iou_change"]):
        found["miou"] = (found["iou_no_change"] + found["iou_change"]) / 2
    right = sum(q[i][i] for i in every if i)
    found["precision_scd"] = share(right, sum(q[i][j] for i in every for j in every if j))
    found["recall_scd"] = share(right, sum(q[i][j] for i in every for j in every if i))
    parts = (found["precision_scd"], found["recall_scd"])
    if parts == (None, None):
        found["f_scd"] = None
    elif right == 0:
        found["f_scd"] = 0.0
    else:
        found["f_scd"] = 2 / (1 / parts[0] + 1 / parts[1])
    found["sek"] = found["score"] = None
    q[0][0] = 0
    m = sum(map(sum, q))
    if m:
        rho = sum(q[i][i] for i in every) / m
        eta = sum(sum(q[k]) * sum(q[i][k] for i in every) for k in every) / m**2
        if eta != 1:
            found["sek"] = (rho - eta) / (1 - eta) * math.exp(found["iou_change"]) / math.e
    if None not in (found["miou"], found["sek"]):
        found["score"] = 0.3 * found["miou"] + 0.7 * found["sek"]
    return {name: value for name, value in found.items() if value is not None}


def test_figures_by_hand():
    q = np.array([[10, 1, 2], [1, 3, 1], [0, 0, 2]])
    found = semantic_change_scores(q).values
    assert found["oa"] == pytest.approx(15 / 20)
    assert found["iou_no_change"] == pytest.approx(10 / 14)
    assert found["iou_change"] == pytest.approx(6 / 10)
    assert found["miou"] == pytest.approx((10 / 14 + 6 / 10) / 2)
    # Without the hits of no-change: rows 3, 5, 2; columns 1, 4, 5; m = 10; rho = .5; eta = (3 + 20 + 10) / 100.
    sek = (0.5 - 0.33) / (1 - 0.33) * math.exp(0.6) / math.e
    assert found["sek"] == pytest.approx(sek)
    assert found["score"] == pytest.approx(0.3 * found["miou"] + 0.7 * sek)
    assert found["precision_scd"] == pytest.approx(5 / 9)
    assert found["recall_scd"] == pytest.approx(5 / 7)
    assert found["f_scd"] == pytest.approx(2 * 5 / 16)


def test_both_dates_are_counted():
    true = np.array([[[0, 1]], [[0, 2]]])
    said = np.array([[[0, 1]], [[1, 1]]])
    assert semantic_confusion(true, said, 2).tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    ignore = np.array([[[True, False]], [[False, True]]])
    assert semantic_confusion(true, said, 2, ignore).tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_mistakes_are_one_line():
    with pytest.raises(UserError, match="maps of both dates"):
        semantic_confusion(np.zeros((3, 3), int), np.zeros((3, 3), int), 2)
    with pytest.raises(UserError, match="the prediction holds values from 0 to 3"):
        semantic_confusion(np.zeros((2, 1, 1), int), np.array([[[0]], [[3]]]), 2)


def test_a_perfect_prediction_has_1_everywhere_and_undefined_figures_are_absent():
    q = semantic_confusion(np.array([[[0, 1, 2]], [[0, 2, 1]]]), np.array([[[0, 1, 2]], [[0, 2, 1]]]), 2)
    assert semantic_change_scores(q).values == pytest.approx(dict.fromkeys(semantic_change_scores(q).values, 1.0))
    assert semantic_change_scores(q).absent == {}
    unchanged = semantic_change_scores(np.diag([5, 0, 0]))
    assert unchanged.values == {"oa": 1.0, "iou_no_change": 1.0}
    assert unchanged.absent["f_scd"] == "no pixel is change, in truth or prediction"
    one_class = semantic_change_scores(np.diag([5, 4, 0]))
    assert set(one_class.absent) == {"sek", "score"}


@given(maps, maps)
def test_equal_to_the_equations(true, said):
    found = semantic_change_scores(semantic_confusion(true, said, 3))
    assert found.values == pytest.approx(by_the_equations(true, said, 3), rel=1e-9, abs=1e-9)
    assert not found.values.keys() & found.absent.keys()


@given(maps, maps)
def test_iou_of_change_is_that_of_the_binary_masks(true, said):
    semantic = semantic_change_figures(semantic_confusion(true, said, 3))
    binary = change_figures(confusion_row(true > 0, said > 0))
    for ours, theirs in (("iou_change", "iou"), ("iou_no_change", "iou_no_change"), ("miou", "miou")):
        assert semantic[ours] == pytest.approx(binary[theirs], nan_ok=True)


@given(maps, maps)
def test_matrices_of_pairs_add_up_and_the_array_form_is_each_one(true, said):
    parts = np.stack([semantic_confusion(true[..., :1], said[..., :1], 3), semantic_confusion(true, said, 3)])
    whole = semantic_confusion(true[..., 1:], said[..., 1:], 3) + parts[0]
    assert (whole == parts[1]).all()
    figures = semantic_change_figures(parts)
    for number, part in enumerate(parts):
        alone = semantic_change_scores(part).values
        assert {n: v[number] for n, v in figures.items() if not np.isnan(v[number])} == pytest.approx(alone)
