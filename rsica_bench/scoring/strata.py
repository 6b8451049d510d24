"""Strata: parts of a test set that a figure is also given for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.scoring.api import PairFacts
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.schema.rules import COUNT_BINS, SIZE_WORDS, bin_name, bin_of, size_word


def _change(pair: PairFacts) -> str | None:
    return None if pair.changed is None else "changed" if pair.changed else "unchanged"


def _objects(pair: PairFacts) -> str | None:
    if pair.view is None:
        return None
    return bin_of(sum(pair.view.counts.values()))


def _size(pair: PairFacts) -> str | None:
    if pair.view is None:
        return None
    largest = max(
        (changed_object.area_px for objects in pair.view.objects.values() for changed_object in objects), default=0
    )
    return size_word(largest / (pair.view.width * pair.view.height)) if largest else "none"


STRATA: dict[str, Callable[[PairFacts], str | None]] = {
    "change": _change,
    "objects": _objects,
    "size": _size,
    "source": lambda pair: pair.source,
    "split": lambda pair: pair.split,
}
"""By name: whether the pair changed; number of changed objects; size of the largest one (under 1 %, under 5 % of the
image, or more); source; split. Classes need none: their figures stand beside the others under ``FIGURE/CLASS``."""


def known_strata(names: Iterable[str], key: str) -> tuple[str, ...]:
    """Names of strata, checked.

    Args:
        names: names of strata.
        key: the option or argument that gave them.

    Raises:
        UserError: an unknown one.
    """
    known = tuple(names)
    for name in known:
        if name not in STRATA:
            raise UserError(f"unknown stratum '{name}'", key=key, hint=did_you_mean(name, STRATA))
    return known


def members(pairs: Sequence[PairFacts], stratum: str) -> dict[str, NDArray[np.bool_]]:
    """Which items belong to each value of a stratum, shape ``[items]``, by value; an item without one to none."""
    labels = [STRATA[stratum](pair) for pair in pairs]
    names = sorted({label for label in labels if label is not None}, key=_order)
    return {name: np.array([label == name for label in labels], bool) for name in names}


def _order(label: str) -> tuple[int, str]:
    known = ("changed", "unchanged", *map(bin_name, COUNT_BINS), "none", *SIZE_WORDS)
    return (known.index(label) if label in known else len(known), label)
