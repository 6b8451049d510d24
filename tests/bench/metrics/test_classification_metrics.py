"""Multi-class figures by hand, against the two-class ones, and against torchmetrics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rsica_bench.metrics.binary import binary_scores
from rsica_bench.metrics.classification import classification_figures, classification_scores, confusion_matrix
from rsica_data.core.errors import UserError

NAMES = ("road", "building", "water")
classes = hnp.arrays(np.int64, 30, elements=st.integers(0, 2))


def test_figures_by_hand():
    matrix = confusion_matrix(np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 2]), 3)
    assert matrix.tolist() == [[2, 1, 0], [1, 1, 0], [0, 0, 1]]
    found = classification_scores(matrix, NAMES).values
    assert found["accuracy"] == pytest.approx(4 / 6)
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 1 / 2 + 1) / 3)
    assert found["precision/road"] == pytest.approx(2 / 3)
    assert found["recall/building"] == pytest.approx(1 / 2)
    assert found["f1/water"] == 1.0
    assert found["f0.5/road"] == pytest.approx(1.25 * 2 / (1.25 * 2 + 0.25 * 1 + 1))
    # c = 4, s = 6, t = (3, 2, 1), p = (3, 2, 1): (24 - 14) / (36 - 14)
    assert found["mcc"] == pytest.approx(10 / 22)


def test_a_class_that_is_never_predicted_is_0_in_the_macro_mean():
    found = classification_scores(np.array([[3, 0, 0], [1, 0, 0], [0, 0, 0]]), NAMES)
    assert found.values["macro_precision"] == pytest.approx((3 / 4 + 0) / 2)
    assert found.values["macro_recall"] == pytest.approx((1 + 0) / 2)
    assert found.absent["precision/building"] == "the class was never predicted"
    assert found.absent["f1/water"] == "the class is neither true nor predicted"
    assert found.absent["mcc"] == "truth or prediction holds one class only"
    nothing = classification_scores(np.zeros((3, 3)), NAMES)
    assert nothing.values == {}
    assert nothing.absent["macro_f0.5"] == "no item"


def test_mistakes_are_one_line():
    with pytest.raises(UserError, match=r"the prediction holds values from 0 to 3 \(classes are 0 to 2\)"):
        confusion_matrix(np.array([0, 1]), np.array([0, 3]), 3)
    with pytest.raises(UserError, match="the truth holds values from -1"):
        confusion_matrix(np.array([-1, 1]), np.array([0, 1]), 3)
    with pytest.raises(UserError, match="for 2 class names"):
        classification_scores(np.zeros((3, 3)), ("a", "b"))


def test_ignored_values_may_be_no_class():
    true = np.array([[0, 255], [1, 2]])
    found = confusion_matrix(true, np.array([[0, 1], [1, 1]]), 3, ignore=true == 255)
    assert found.tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0]]


@given(hnp.arrays(bool, 25), hnp.arrays(bool, 25))
def test_two_classes_are_the_binary_figures(true, said):
    binary = binary_scores(true, said)
    many = classification_scores(confusion_matrix(true.astype(int), said.astype(int), 2), ("no", "yes"))
    names = {"accuracy": "accuracy", "mcc": "mcc", "f0.5": "f0.5/yes", "f1": "f1/yes"}
    names |= {"precision": "precision/yes", "recall": "recall/yes"}
    names |= {"negative_precision": "precision/no", "negative_recall": "recall/no"}
    for ours, theirs in names.items():
        assert (ours in binary.values) == (theirs in many.values), ours
        if ours in binary.values:
            assert binary.values[ours] == pytest.approx(many.values[theirs]), ours


@given(classes, classes)
def test_array_form_is_each_matrix_and_order_of_classes_is_nothing(true, said):
    matrix = confusion_matrix(true, said, 3)
    both = classification_figures(np.stack([matrix, matrix[::-1, ::-1]]), NAMES)
    found = classification_scores(matrix, NAMES).values
    for name, values in both.items():
        if "/" not in name and name in found:
            assert values == pytest.approx([found[name]] * 2), name


def test_equal_to_torchmetrics():
    torch = pytest.importorskip("torch")
    from torchmetrics.functional import classification as functional

    rng = np.random.default_rng(11)
    true = rng.integers(0, 5, 500)
    said = np.where(rng.random(500) < 0.6, true, rng.integers(0, 4, 500))
    found = classification_scores(
        confusion_matrix(true, said, 6), tuple("abcdef")
    ).values  # 4 unsaid by chance, 5 unseen
    t, s = torch.tensor(true), torch.tensor(said)
    options = {"num_classes": 6, "average": "macro"}
    assert found["accuracy"] == pytest.approx(float(functional.multiclass_accuracy(s, t, 6, average="micro")), abs=1e-6)
    assert found["macro_precision"] == pytest.approx(float(functional.multiclass_precision(s, t, **options)), abs=1e-6)
    assert found["macro_recall"] == pytest.approx(float(functional.multiclass_recall(s, t, **options)), abs=1e-6)
    assert found["macro_f1"] == pytest.approx(float(functional.multiclass_f1_score(s, t, **options)), abs=1e-6)
    half = functional.multiclass_fbeta_score(s, t, beta=0.5, **options)
    assert found["macro_f0.5"] == pytest.approx(float(half), abs=1e-6)
    assert found["mcc"] == pytest.approx(float(functional.multiclass_matthews_corrcoef(s, t, 6)), abs=1e-6)
    each = functional.multiclass_f1_score(s, t, num_classes=6, average="none")
    assert [found[f"f1/{c}"] for c in "abcde"] == pytest.approx(each[:5].tolist(), abs=1e-6)
