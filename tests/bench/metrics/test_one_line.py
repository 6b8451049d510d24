"""Unequal lengths and values that are no numbers give one line, never a figure and never a traceback."""

import numpy as np
import pytest

from rsica_bench.metrics.binary import binary_statistics
from rsica_bench.metrics.box_metrics import box_scores
from rsica_bench.metrics.caption_metrics import score_captions
from rsica_bench.metrics.caption_protocols import WORDS
from rsica_bench.metrics.change_detection import change_detection_scores
from rsica_bench.metrics.change_objects import object_scores
from rsica_bench.metrics.classification import classification_scores
from rsica_bench.metrics.counting import counting_scores
from rsica_bench.metrics.detection import average_precision_scores
from rsica_bench.metrics.mask_metrics import mask_scores
from rsica_bench.metrics.multi_class_change import multi_class_scores
from rsica_bench.metrics.multilabel import multilabel_scores
from rsica_bench.metrics.semantic_change import semantic_change_scores
from rsica_bench.metrics.spice import spice_scores
from rsica_bench.metrics.statistics_tables import mean_table
from rsica_bench.metrics.vqa import type_rows, vqa_scores
from rsica_data.core.errors import UserError

TWO, THREE = np.zeros(2, bool), np.zeros(3, bool)
NAN = np.array([[1, np.nan], [0, 1]])


@pytest.mark.parametrize(
    "call",
    [
        lambda: score_captions(["a"], [["a"], ["b"]], WORDS),
        lambda: counting_scores(np.zeros(2, np.int64), np.zeros(3, np.int64)),
        lambda: counting_scores(np.zeros(2), np.array([1.0, np.nan])),
        lambda: counting_scores(np.array([0.0, np.inf]), np.zeros(2)),
        lambda: multilabel_scores(np.zeros((2, 9), bool), np.zeros((1, 9), bool)),
        lambda: binary_statistics(TWO, THREE),
        lambda: mean_table(a=[1, 2], b=[1]),
        lambda: mean_table(a=[1, float("nan")]),
        lambda: vqa_scores(["a"], ["yes", "no"], ["yes"]),
        lambda: box_scores([np.zeros((1, 4))], []),
        lambda: box_scores([np.array([[0, 0, 1, np.nan]])], [np.zeros((1, 4))]),
        lambda: mask_scores([TWO[None]], []),
        lambda: object_scores([TWO[None]], []),
        lambda: spice_scores(["a"], []),
        lambda: type_rows(["a"], [True, False], ["a"]),
        lambda: multi_class_scores(np.eye(2), ["none"]),
        lambda: multi_class_scores(NAN, ["none", "road"]),
        lambda: classification_scores(NAN, ["a", "b"]),
        lambda: semantic_change_scores(NAN),
        lambda: change_detection_scores(np.array([[1, 2, np.nan, 4]])),
        lambda: average_precision_scores(*([{"a": np.ones((1, 4))}],) * 2, [{"a": [np.nan]}]),
    ],
)
def test_one_line(call):
    with pytest.raises(UserError) as caught:
        call()
    assert len(str(caught.value).splitlines()) == 1


def test_cider_of_one_item_is_that_of_pycocoevalcap():
    """The logarithm of one document is 0, so that no n-gram has a weight."""
    cider = pytest.importorskip("pycocoevalcap.cider.cider").Cider()
    assert cider.compute_score({1: ["a house"]}, {1: ["a house"]})[0] == 0
    assert score_captions(["a house"], [["a house"]], WORDS, meteor="none").scores["CIDEr"] == 0
