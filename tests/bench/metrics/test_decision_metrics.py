"""Counting, cell and yes-no metrics by hand and against torchmetrics."""

import numpy as np
import pytest

from rsica_bench.metrics.binary import binary_scores
from rsica_bench.metrics.counting import counting_scores
from rsica_bench.metrics.multilabel import multilabel_scores


def test_counting_by_hand():
    found = counting_scores(np.array([0, 2, 5]), np.array([0, 3, 1])).values
    assert found == pytest.approx(
        {"mae": 5 / 3, "rmse": (17 / 3) ** 0.5, "exact": 1 / 3, "within_1": 2 / 3, "bias": -1.0}
    )
    assert counting_scores(np.array([], int), np.array([], int)).values == {}


def test_cells_by_hand():
    true, predicted = np.zeros((3, 9), bool), np.zeros((3, 9), bool)
    true[0, :2] = predicted[0, 1:3] = True
    true[1, 4] = predicted[1, 4] = True
    found = multilabel_scores(true, predicted).values
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["cell_iou"] == pytest.approx(2 / 4)
    assert found["hamming"] == pytest.approx(2 / 27)
    assert found["subset_accuracy"] == pytest.approx(2 / 3)
    assert found["jaccard"] == pytest.approx((1 / 3 + 1 + 1) / 3)
    assert found["jaccard_deltavlm"] == pytest.approx((1 / 3 + 1 + 0) / 3)


def test_undefined_figures_are_absent_with_their_reason():
    nothing = np.zeros((2, 9), bool)
    found = multilabel_scores(nothing, nothing)
    assert "f1" not in found.values
    assert found.absent["f1"] == "no cell is true or predicted"
    assert found.values["subset_accuracy"] == 1.0
    alone = binary_scores(np.array([False]), np.array([False]))
    assert "precision" not in alone.values
    assert alone.values["accuracy"] == 1.0


def test_equal_to_torchmetrics():
    torch = pytest.importorskip("torch")
    from torchmetrics.functional.classification import (
        binary_accuracy,
        binary_f1_score,
        binary_fbeta_score,
        binary_matthews_corrcoef,
        multilabel_f1_score,
        multilabel_hamming_distance,
    )

    rng = np.random.default_rng(3)
    true, said = rng.random(400) < 0.4, rng.random(400) < 0.5
    found = binary_scores(true, said).values
    t, s = torch.tensor(true.astype(int)), torch.tensor(said.astype(int))
    assert found["accuracy"] == pytest.approx(float(binary_accuracy(s, t)), abs=1e-6)
    assert found["f1"] == pytest.approx(float(binary_f1_score(s, t)), abs=1e-6)
    assert found["f0.5"] == pytest.approx(float(binary_fbeta_score(s, t, beta=0.5)), abs=1e-6)
    assert found["mcc"] == pytest.approx(float(binary_matthews_corrcoef(s, t)), abs=1e-6)
    cells, guess = rng.random((200, 9)) < 0.2, rng.random((200, 9)) < 0.3
    many = multilabel_scores(cells, guess).values
    t, s = torch.tensor(cells.astype(int)), torch.tensor(guess.astype(int))
    assert many["f1"] == pytest.approx(float(multilabel_f1_score(s, t, num_labels=9, average="micro")), abs=1e-6)
    assert many["hamming"] == pytest.approx(float(multilabel_hamming_distance(s, t, num_labels=9)), abs=1e-6)
