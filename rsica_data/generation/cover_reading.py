"""What a caption of one image states of its land cover, as a second model read it, against the shares of the labels."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from rsica_data.claims.image_reading import Ground, Order
from rsica_data.text.mentions import mentions

Shares = Mapping[str, float]
_PRESENT = 1.0
"""Percent from which on a class cannot be called absent."""
_MUCH, _LITTLE = 4.0, 20.0
"""Percent below which a class is not much, and above which it is not little."""
_GREEN = {"vegetation": ("tree", "low vegetation"), "low vegetation": ("vegetation",)}
"""Classes that a word for a class may take in: greenery is trees, too."""


def cover_disagreement(entry: Ground | Order, cover: Shares) -> str | None:
    """What an entry says that the land cover does not bear out; None where nothing is.

    Args:
        entry: what the caption states.
        cover: share in percent of every class, 0 for those that the image has none of.

    >>> cover_disagreement(Order(((("road",),), (("water",),)), (">",)), {"road": 3.0, "water": 20.0})
    'the image does not have more road than water'
    """
    if isinstance(entry, Order):
        return _order_fault(entry, cover)
    # A pond that is not called water is water.
    named = entry.groups or tuple((at.name,) for at in mentions(entry.words, tuple(cover)) if at.form != "g")
    groups = [group for group in named if all(name in cover for name in group)]
    if len(groups) < len(named):
        return None
    reasons = [_share_fault(entry, group, cover) for group in groups]
    return None if None in reasons or not reasons else reasons[0]


def _share_fault(entry: Ground, group: tuple[str, ...], cover: Shares) -> str | None:
    names, share = " and ".join(group), sum(cover[name] for name in set(group))
    if entry.denied:
        return f"the image has {names}" if share >= _PRESENT else None
    if not share:
        return f"the image has no {names}"
    if entry.percent and entry.number is not None:
        if not any(_within(entry, known) for known in _known(group, cover)):
            return f"the image is not covered by {entry.bound}{entry.number:g}% of {names}"
    elif entry.rank is not None and not _ranked(entry.rank, group, share, cover):
        return f"{names} does not cover the {entry.rank} of the image"
    return None


def _known(group: tuple[str, ...], cover: Shares) -> list[float]:
    """The shares that a group may have: its own, and with the classes that its words may take in."""
    own = set(group)
    wider = [own | {name} for at in group for name in _GREEN.get(at, ()) if name in cover]
    return [sum(cover[name] for name in names) for names in (own, *wider)]


def _within(entry: Ground, share: float) -> bool:
    value = float(entry.number or 0)
    slack = max(4.0, 0.15 * value) if entry.bound == "~" else max(1.0, 0.05 * value)
    if entry.bound in (">", ">="):
        return share >= value - slack
    if entry.bound in ("<", "<="):
        return share <= value + slack
    return abs(share - value) <= slack


def _ranked(rank: str, group: tuple[str, ...], share: float, cover: Shares) -> bool:
    others = [other for name, other in cover.items() if name not in group]
    largest = max(_known(group, cover))
    if rank == "most":
        return all(largest >= other - 1.0 for other in others)
    if rank == "least":
        return all(share <= other + 1.0 for other in others if other)
    return largest >= _MUCH if rank == "much" else share <= _LITTLE


def _order_fault(entry: Order, cover: Shares) -> str | None:
    if not all(name in cover for side in entry.sides for group in side for name in group):
        return None
    for side in entry.sides:
        if not any(max(_known(group, cover)) for group in side):
            return f"the image has no {_words(side)}"
    if entry.most and not any(_ranked("most", group, 0.0, cover) for group in entry.sides[0]):
        return f"{_words(entry.sides[0])} does not cover the most of the image"
    for (one, other), sign in zip(pairwise(entry.sides), entry.signs, strict=True):
        left, right = _each(one, cover), _each(other, cover)
        names = f"{_words(one)} than {_words(other)}"
        if sign == ">" and max(left) < min(right) - 0.5:
            return f"the image does not have more {names}"
        if sign == "<" and min(left) > max(right) + 0.5:
            return f"the image does not have less {names}"
        if sign == "=" and not any(abs(a - b) <= max(4.0, 0.3 * max(a, b)) for a in left for b in right):
            return f"the image does not have as much {names.replace(' than ', ' as ')}"
    return None


def _each(side: tuple[tuple[str, ...], ...], cover: Shares) -> list[float]:
    """The shares that a side of a comparison may be meant by: of its groups as a whole, and of each class in them."""
    return [share for group in side for share in (*_known(group, cover), *(cover[name] for name in group))]


def _words(side: tuple[tuple[str, ...], ...]) -> str:
    return " or ".join(" and ".join(group) for group in side)
