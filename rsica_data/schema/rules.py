"""Rules over facts that questions, golds, prompts, checks and scores share: each stands here once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rsica_data.schema.facts import ChangeFacts, FactsView, mask_changed

if TYPE_CHECKING:
    from rsica_data.schema.records import ClassDef

NO_CHANGE_SENTENCES: tuple[str, ...] = (
    "there is no difference",
    "the two scenes seem identical",
    "the scene is the same as before",
    "no change has occurred",
    "almost nothing has changed",
)
"""LEVIR-CC's captions of unchanged pairs. Published scoring takes a caption for "no change" if it is one of them."""

# Change


def settle_change(flag: bool | None, facts: ChangeFacts | None, flag_overrides: bool) -> bool | None:
    """Whether a pair counts as changed.

    With ``flag_overrides`` the source's flag decides, as in ChangeChat. Otherwise a pair is unchanged only where flag
    and masks agree that it is: a flag may know of change that the mask's classes do not cover, and the other way round.
    None where neither is known.
    """
    if flag is not None and (flag_overrides or flag or facts is None):
        return flag
    return None if facts is None else mask_changed(facts)


def holds_all_change(view: FactsView) -> bool:
    """Whether the reported classes hold all the change: only then can one speak of all of it.

    Not so where the flag knows of a change that no class shows, or where other land cover became other land cover.
    """
    if view.changed and not any(view.counts.values()):
        return False
    return all(a in view.classes or b in view.classes for a, b, _ in view.transitions)


def change_classes(facts: ChangeFacts | None, classes: Sequence[ClassDef]) -> tuple[str, ...]:
    """Names of the classes that change questions about a pair are about, in class-id order: those that facts report."""
    return tuple(entry.name for entry in classes) if facts is None else tuple(entry.name for entry in facts.classes)


# Size

SIZE_WORDS: tuple[str, ...] = ("small", "medium", "large")
SIZE_SHARES: tuple[float, float] = (0.01, 0.05)
"""Shares of the image from which an object is medium and large; the questions of ``open_qa`` say them."""

SIZE_AREAS_M2: tuple[float, float] = (100.0, 1000.0)
"""The same for objects of a map, in square metres: our thresholds; RSVQA names none."""


def size_word(share: float) -> str:
    """``small``, ``medium`` or ``large`` for an object's share of the image, 0..1."""
    return _word(share, SIZE_SHARES)


def map_size_word(area_m2: float) -> str:
    """``small``, ``medium`` or ``large`` for the square metres of an object of a map."""
    return _word(area_m2, SIZE_AREAS_M2)


def square_metres(area_px: int, gsd_m: float | None) -> float | None:
    """Pixels as square metres, three decimals; None where the ground sample distance is not known."""
    return None if gsd_m is None else round(area_px * gsd_m**2, 3)


def _word(value: float, edges: tuple[float, ...]) -> str:
    return SIZE_WORDS[sum(value >= edge for edge in edges)]


# Counts

CountBin = tuple[int, int | None]
"""Lowest and highest count; None for no upper limit."""

COUNT_BINS: tuple[CountBin, ...] = ((0, 0), (1, 1), (2, 3), (4, 9), (10, None))
"""Bins of counts of scores and strata."""

DISTRIBUTION_BINS: tuple[CountBin, ...] = ((0, 0), (1, 1), (2, 2), (3, 5), (6, 10), (11, 20), (21, None))
"""Finer bins of the distributions on a dataset's card."""

RSVQA_EDGES: tuple[int, ...] = (0, 10, 100, 1000)
"""Upper ends of RSVQA's published ranges of counts and areas; what is above the last is "more than 1000"."""


def bin_name(limits: CountBin) -> str:
    """``0``, ``2-3`` or ``10+``."""
    low, high = limits
    if high is None:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def bin_of(count: int, bins: tuple[CountBin, ...] = COUNT_BINS) -> str:
    """Name of the bin that holds a count."""
    return next(bin_name((low, high)) for low, high in bins if low <= count and (high is None or count <= high))


def rsvqa_range(value: float) -> int:
    """Which of RSVQA's ranges holds a value: 0 for nothing, 1 up to 10, 2 up to 100, 3 up to 1000, 4 for more."""
    return sum(value > edge for edge in RSVQA_EDGES)
