"""Change visual question answering as CDVQA scores it (Yuan et al. 2022, "Change Detection Meets Visual Question
Answering", arXiv 2112.06343): accuracy over all questions, accuracy of each question type, and the mean over types.

An answer is right if it equals the truth once both are normalised: surrounding white space off, lower case, a final
full stop off. Nothing else is forgiven: ``0 to 10`` is not ``0_to_10``.

Figures:
    accuracy: right answers / questions; by type as accuracy/TYPE. Averaging: micro over questions. Source: CDVQA
        (Yuan et al. 2022), RSVQA (Lobry et al. 2020).
    average_accuracy: mean of accuracy/TYPE over the types asked. Averaging: macro over types. Source: CDVQA, RSVQA.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats, as_scores, check_lengths, divide
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.scores import Scores
from rsica_data.core.errors import UserError, did_you_mean

CDVQA_TYPES = {
    "change_or_not": "whether a class changed: yes or no",
    "increase_or_not": "whether a class increased: yes or no",
    "decrease_or_not": "whether a class decreased: yes or no",
    "largest_change": "the class that changed most",
    "smallest_change": "the class that changed least",
    "change_to_what": "the class that a class mainly changed to",
    "change_ratio": "the share of the image that changed, in steps of ten percent",
    "change_ratio_types": "the share of a class that changed, in steps of ten percent",
}
_REASONS = {
    "accuracy": "no item",
    "average_accuracy": "no item",
}
KINDS: dict[str, Kind] = {"accuracy": "share", "average_accuracy": "ratio"}
_RANGE_ENDS = (0, 10, 100, 1000)
_AMOUNT = re.compile(r"(?P<number>\d{1,9}(?:,\d{3})*(?:\.\d+)?)(?P<unit> ?(?:m2|m²|sqm|square met(?:er|re)s?))?")
_RANGE = re.compile(r"\d+ m2")


def normalise(answer: str) -> str:
    """An answer without surrounding white space and final full stop, in lower case."""
    return answer.strip().lower().removesuffix(".").rstrip()


def rsvqa_range(answer: str) -> str:
    """The range of RSVQA in which an answer is that is a number or an area; another answer normalised.

    Ranges are those of RSVQA's public code (``VocabEncoder``): 0, above 0 to 10, to 100, to 1000, and more.

    Example:
        >>> rsvqa_range("17"), rsvqa_range("0"), rsvqa_range("1500 m2"), rsvqa_range("Yes.")
        ('between 10 and 100', '0', 'more than 1000m2', 'yes')
        >>> rsvqa_range("Between 10 and 100")
        'between 10 and 100'
    """
    text = " ".join(normalise(answer).split())
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return _RANGE.sub(lambda part: part[0].replace(" ", ""), text) if "m2" in text else text
    number, unit = float(match["number"].replace(",", "")), "m2" if match["unit"] else ""
    if number <= 0:
        return f"0{unit}"
    low, high = next(((a, b) for a, b in pairwise(_RANGE_ENDS) if number <= b), (_RANGE_ENDS[-1], None))
    return f"more than {low}{unit}" if high is None else f"between {low}{unit} and {high}{unit}"


def type_rows(types: Sequence[str], right: Sequence[bool], names: Sequence[str]) -> Floats:
    """Summable statistics of each question.

    Args:
        types: question type of each item.
        right: whether each is answered rightly.
        names: the types, in the order of the result.

    Returns:
        Shape ``[N, len(names), 2]``: 1 and whether it is right at the type's place, 0 elsewhere.

    Raises:
        UserError: a type is unknown, or there are not as many types as answers.
    """
    check_lengths("answers", types, right)
    place = {name: number for number, name in enumerate(names)}
    unknown = next((kind for kind in types if kind not in place), None)
    if unknown is not None:
        raise UserError(f"unknown question type '{unknown}'", hint=did_you_mean(unknown, names))
    rows = np.zeros((len(types), len(names), 2))
    rows[np.arange(len(types)), [place[kind] for kind in types]] = [(1, hit) for hit in right] or np.zeros((0, 2))
    return rows


def vqa_statistics(types: Sequence[str], true: Sequence[str], answers: Sequence[str], names: Sequence[str]) -> Floats:
    """Questions and right answers by type, summed over the items.

    Args:
        types: question type of each item.
        true: true answers.
        answers: given answers; one that cannot be read is an empty string.
        names: the types, in the order of the result.

    Returns:
        Shape ``[len(names), 2]``: questions, right answers. Sums of parts may be added.

    Raises:
        UserError: as many types, truths and answers are needed; or a type is unknown.
    """
    if not len(types) == len(true) == len(answers):
        raise UserError(f"{len(types)} question types, {len(true)} true answers and {len(answers)} given ones")
    right = [normalise(truth) == normalise(answer) for truth, answer in zip(true, answers, strict=True)]
    return np.asarray(type_rows(types, right, names).sum(axis=0))


def vqa_figures(sums: NDArray[np.generic], names: Sequence[str]) -> Figures:
    """Figures of summed statistics, shape ``[..., T, 2]``; NaN where undefined."""
    items, right = np.moveaxis(np.asarray(sums, np.float64), -1, 0)
    by_type = divide(right, items)
    asked = items > 0
    average = divide(np.where(asked, by_type, 0.0).sum(axis=-1), asked.sum(axis=-1))
    figures = {"accuracy": divide(right.sum(axis=-1), items.sum(axis=-1)), "average_accuracy": average}
    return figures | {f"accuracy/{name}": by_type[..., number] for number, name in enumerate(names)}


def scores_of_sums(sums: NDArray[np.generic], names: Sequence[str]) -> Scores:
    """Scores of summed statistics, shape ``[T, 2]``."""
    reasons = _REASONS | {f"accuracy/{name}": "no question of this type" for name in names}
    return as_scores(vqa_figures(sums, names), reasons)


def vqa_scores(
    types: Sequence[str], true: Sequence[str], answers: Sequence[str], names: Sequence[str] | None = None
) -> Scores:
    """Overall accuracy, ``average_accuracy`` (mean over the types that were asked), and ``accuracy/TYPE``.

    Args:
        types: question type of each item.
        true: true answers.
        answers: given answers; one that cannot be read is an empty string.
        names: the types to report; None for those that occur.

    Raises:
        UserError: as many types, truths and answers are needed; or a type is not among the names.
    """
    chosen = tuple(dict.fromkeys(types)) if names is None else names
    return scores_of_sums(vqa_statistics(types, true, answers, chosen), chosen)
