"""Classification into several classes, from a confusion matrix ``[K, K]``: rows are true, columns predicted.

Matrices of items may be added; the figures are a function of the sum. ``mcc`` is the R_K statistic (Gorodkin 2004,
"Comparing two K-category assignments by a K-category correlation coefficient"), Matthews' correlation for two classes::

    mcc = (c s - sum_k p_k t_k) / sqrt((s^2 - sum_k p_k^2) (s^2 - sum_k t_k^2))

with c the trace, s the sum, and t_k and p_k the row and column sums of class k.

``macro_*`` are means over the classes that occur in truth or prediction, a class never predicted having precision 0
and a class never true recall 0 (as torchmetrics has it). ``balanced_accuracy`` is the mean recall of the classes that
occur in the truth.

Figures:
    accuracy: right / items. Averaging: micro. Source: sklearn.metrics.
    mcc: R_K statistic, for two classes Matthews' correlation. Averaging: micro. Source: Gorodkin 2004.
    precision: right / predicted, by class. Averaging: micro. Source: sklearn.metrics.
    recall: right / true, by class. Averaging: micro. Source: sklearn.metrics.
    f1: 2 right / (true + predicted), by class. Averaging: micro. Source: sklearn.metrics.
    f0.5: 1.25 right / (0.25 true + predicted), by class. Averaging: micro. Source: sklearn.metrics.
    macro_precision: mean of precision over classes. Averaging: macro over classes. Source: torchmetrics.
    macro_recall: mean of recall over classes. Averaging: macro over classes. Source: torchmetrics.
    macro_f1: mean of f1 over classes. Averaging: macro over classes. Source: torchmetrics.
    macro_f0.5: mean of f0.5 over classes. Averaging: macro over classes. Source: torchmetrics.
    balanced_accuracy: mean of recall over true classes. Averaging: macro over classes. Source: sklearn.metrics.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_finite, check_shapes, divide
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError

_ABSENT = "the class is neither true nor predicted"
_REASONS = {
    "precision": "the class was never predicted",
    "recall": "the class is never true",
    "f1": _ABSENT,
    "f0.5": _ABSENT,
    "mcc": "truth or prediction holds one class only",
} | dict.fromkeys(
    ("accuracy", "balanced_accuracy", "macro_precision", "macro_recall", "macro_f1", "macro_f0.5"), "no item"
)


def confusion_matrix(
    true: NDArray[np.integer], predicted: NDArray[np.integer], classes: int, ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """Counts of (true class, predicted class), shape ``[classes, classes]``.

    Args:
        true: class numbers from 0, any shape.
        predicted: class numbers, same shape.
        classes: number of classes.
        ignore: what does not count, same shape; None for nothing. Numbers there may be anything.

    Raises:
        UserError: the shapes differ, or a number is no class.
    """
    check_shapes(true, predicted, "classes")
    if ignore is not None:
        check_shapes(true, ignore, "ignore mask")
        true, predicted = true[~ignore], predicted[~ignore]
    for name, numbers in (("truth", true), ("prediction", predicted)):
        if numbers.size and not 0 <= int(numbers.min()) <= int(numbers.max()) < classes:
            raise UserError(
                f"the {name} holds values from {numbers.min()} to {numbers.max()}",
                hint=f"classes are 0 to {classes - 1}",
            )
    codes = true.ravel().astype(np.int64) * classes + predicted.ravel().astype(np.int64)
    return np.bincount(codes, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def classification_figures(matrices: NDArray[np.generic], names: Sequence[str]) -> Figures:
    """Figures of confusion matrices.

    Args:
        matrices: shape ``[..., K, K]``.
        names: names of the K classes, for ``precision/NAME`` and the like.

    Returns:
        Arrays of shape ``[...]`` by name, NaN where undefined.
    """
    counts = np.asarray(matrices, np.float64)
    tp, all_true, all_said = np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1), counts.sum(axis=-2)
    total = counts.sum(axis=(-2, -1))
    by_class = {
        "precision": divide(tp, all_said),
        "recall": divide(tp, all_true),
        "f1": divide(2 * tp, all_true + all_said),
        # (1 + b^2) tp / (b^2 true + predicted) with b = 0.5.
        "f0.5": divide(1.25 * tp, 0.25 * all_true + all_said),
    }
    figures = {"accuracy": divide(tp.sum(axis=-1), total)}
    figures["balanced_accuracy"] = _mean(by_class["recall"], all_true > 0)
    figures |= {f"macro_{name}": _mean(values, all_true + all_said > 0) for name, values in by_class.items()}
    squares = [total**2 - (sums**2).sum(axis=-1) for sums in (all_said, all_true)]
    agreed = tp.sum(axis=-1) * total - (all_said * all_true).sum(axis=-1)
    figures["mcc"] = divide(agreed, np.sqrt(squares[0] * squares[1]))
    for name, values in by_class.items():
        figures |= {f"{name}/{label}": values[..., k] for k, label in enumerate(names)}
    return figures


def _mean(values: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Mean over the chosen classes, an undefined value being 0; NaN where none is chosen."""
    return divide(np.where(chosen, np.nan_to_num(values), 0.0).sum(axis=-1), chosen.sum(axis=-1))


def classification_scores(matrix: NDArray[np.generic], names: Sequence[str]) -> Scores:
    """Scores of one confusion matrix.

    Args:
        matrix: counts, shape ``[K, K]``; rows are true.
        names: names of the K classes.

    Raises:
        UserError: as many names as classes are needed, and counts that are numbers.
    """
    check_confusion(matrix, names)
    return as_scores(classification_figures(matrix, names), _REASONS)


def check_confusion(matrix: NDArray[np.generic], names: Sequence[str]) -> None:
    """Raise where a matrix of counts does not fit the names of its classes.

    Raises:
        UserError: it has another shape, or a count that is no number.
    """
    if matrix.shape != (len(names), len(names)):
        raise UserError(f"a confusion matrix of shape {matrix.shape} for {len(names)} class names")
    check_finite(matrix, "confusion matrix")
