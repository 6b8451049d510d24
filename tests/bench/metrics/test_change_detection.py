"""Binary change detection by hand, by invariants, and on real predictions against torchmetrics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_bench.metrics.change_detection import (
    change_detection_figures,
    change_detection_scores,
    change_figures,
    confusion_row,
    pair_statistics,
)
from rsica_data.core.errors import UserError

masks = hnp.arrays(bool, (4, 5))
counts = hnp.arrays(np.int64, (6, 4), elements=st.integers(0, 50))


def test_figures_by_hand():
    true = np.array([[1, 1, 1, 0], [0, 0, 0, 0]], bool)
    said = np.array([[1, 1, 0, 1], [1, 0, 0, 0]], bool)
    row = confusion_row(true, said)
    assert row.tolist() == [2, 2, 1, 3]
    found = change_detection_scores(row[None]).values
    expected = {
        "oa": 5 / 8,
        "precision": 2 / 4,
        "recall": 2 / 3,
        "f1": 4 / 7,
        "iou": 2 / 5,
        "iou_no_change": 3 / 6,
        "miou": (2 / 5 + 3 / 6) / 2,
        "kappa": (5 / 8 - 32 / 64) / (1 - 32 / 64),  # pe = (4*3 + 4*5) / 64
        "per_image_iou": 2 / 5,
        "per_image_f1": 4 / 7,
    }
    assert found == pytest.approx(expected)


def test_ignored_pixels_do_not_count():
    true = np.array([[1, 1, 0, 0]], bool)
    said = np.array([[1, 0, 1, 0]], bool)
    assert confusion_row(true, said, np.array([[0, 1, 0, 1]], bool)).tolist() == [1, 1, 0, 0]
    assert confusion_row(true, said, np.ones((1, 4), bool)).tolist() == [0, 0, 0, 0]


def test_shapes_must_agree():
    with pytest.raises(UserError, match=r"change mask: the prediction has shape \(3,\), the truth \(2,\)"):
        confusion_row(np.zeros(2, bool), np.zeros(3, bool))
    with pytest.raises(UserError, match="ignore mask"):
        confusion_row(np.zeros(2, bool), np.zeros(2, bool), np.zeros(3, bool))


def test_corpus_figures_are_of_summed_pixels_and_image_figures_are_means():
    rows = np.array([[1, 0, 1, 8], [0, 0, 0, 10], [0, 4, 0, 6]])
    found = change_detection_scores(rows).values
    assert found["iou"] == pytest.approx(1 / 6)
    assert found["per_image_iou"] == pytest.approx((1 / 2 + 1 + 0) / 3)  # the unchanged pair, said so, has 1
    assert found["per_image_f1"] == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_undefined_figures_are_absent_with_their_reason():
    unchanged = change_detection_scores(np.array([[0, 0, 0, 9]]))
    assert unchanged.values == {"oa": 1.0, "iou_no_change": 1.0, "per_image_iou": 1.0, "per_image_f1": 1.0}
    assert unchanged.absent["precision"] == "no pixel was predicted as change"
    assert set(unchanged.absent) == {"precision", "recall", "f1", "iou", "miou", "kappa"}
    nothing = change_detection_scores(np.zeros((0, 4)))
    assert nothing.values == {}
    assert nothing.absent["oa"] == "no pixel"
    assert nothing.absent["per_image_iou"] == "no pair"
    assert "kappa" in change_detection_scores(np.array([[9, 0, 0, 0]])).absent


@given(masks, masks)
def test_rows_count_every_pixel_once(true, said):
    tp, fp, fn, tn = confusion_row(true, said)
    assert tp + fp + fn + tn == true.size
    assert (tp + fn, tp + fp) == (true.sum(), said.sum())
    assert confusion_row(said, true).tolist() == [tp, fn, fp, tn]


@given(counts)
def test_array_form_is_the_scores_of_each_row(rows):
    figures = change_detection_figures(pair_statistics(rows))
    for number, row in enumerate(rows):
        alone = change_detection_scores(row[None]).values
        together = {name: float(v[number]) for name, v in figures.items() if not np.isnan(v[number])}
        assert together == pytest.approx(alone)
    assert figures.keys() > change_figures(rows).keys()


@given(counts)
def test_f1_iou_and_kappa_hold_their_relations(rows):
    found = change_detection_scores(rows).values
    if "iou" in found:
        assert found["f1"] == pytest.approx(2 * found["iou"] / (1 + found["iou"]))
    assert all(-1 - 1e-12 <= value <= 1 + 1e-12 for value in found.values())


def _read(path):
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("L")) > 127


@pytest.mark.parametrize("model", ["BIT", "ChangeFormerV6"])
def test_real_predictions_against_torchmetrics(real_data, model):
    torch = pytest.importorskip("torch")
    from torchmetrics.functional.classification import (
        binary_accuracy,
        binary_cohen_kappa,
        binary_f1_score,
        binary_jaccard_index,
        binary_precision,
        binary_recall,
        multiclass_jaccard_index,
    )

    folder = real_data / "dsifn_samples"
    names = sorted(path.name for path in (folder / "label").iterdir())
    pairs = [(_read(folder / "label" / n), _read(folder / f"predict_{model}" / n)) for n in names]
    assert len(pairs) == 10
    found = change_detection_scores(np.stack([confusion_row(t, s) for t, s in pairs])).values
    true = torch.tensor(np.stack([t for t, _ in pairs]).astype(int))
    said = torch.tensor(np.stack([s for _, s in pairs]).astype(int))
    expected = {
        "oa": binary_accuracy(said, true),
        "precision": binary_precision(said, true),
        "recall": binary_recall(said, true),
        "f1": binary_f1_score(said, true),
        "iou": binary_jaccard_index(said, true),
        "miou": multiclass_jaccard_index(said, true, num_classes=2, average="macro"),
        "kappa": binary_cohen_kappa(said, true),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(float(value), abs=1e-6), name
    each = [float(binary_jaccard_index(s, t)) for s, t in zip(said, true, strict=True)]
    assert found["per_image_iou"] == pytest.approx(np.mean(each), abs=1e-6)
    assert 0.3 < found["f1"] < 1  # a real detector: far from chance, not perfect


def test_real_labels_of_an_unchanged_pair(real_data):
    labels = [_read(path) for path in sorted((real_data / "levir_cd_samples" / "label").iterdir())]
    assert len(labels) == 7
    perfect = change_detection_scores(np.stack([confusion_row(m, m) for m in labels])).values
    assert all(value == 1.0 for value in perfect.values())
    never = change_detection_scores(np.stack([confusion_row(m, np.zeros_like(m)) for m in labels]))
    assert never.values["recall"] == never.values["kappa"] == 0.0
    assert "precision" in never.absent
    assert never.values["per_image_iou"] == pytest.approx(1 / 7)  # one of the seven is unchanged
