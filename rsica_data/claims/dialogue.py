"""Answers of one conversation that contradict one another."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.extract import extract
from rsica_data.claims.models import Claim, Quantity, Region
from rsica_data.text.class_names import plural

Finding = tuple[int, int, str]


def contradictions_between(
    texts: Sequence[str], classes: Sequence[str], questions: Sequence[str | None] | None = None
) -> list[Finding]:
    """``(i, j, reason)`` for answers ``i < j`` that cannot both be true, whatever the facts.

    ``questions`` are what the texts answer, where known.
    """
    asked = questions if questions is not None else [None] * len(texts)
    claims = [extract(text, classes, question) for text, question in zip(texts, asked, strict=True)]
    found: list[Finding] = []
    for later in range(len(texts)):
        for earlier in range(later):
            reason = _conflict(claims[earlier], claims[later])
            if reason:
                found.append((earlier, later, reason))
    return found


def _conflict(first: Sequence[Claim], second: Sequence[Claim]) -> str | None:
    for a in first:
        for b in second:
            reason = _pair(a, b) or _pair(b, a)
            if reason:
                return reason
    return None


def _pair(a: Claim, b: Claim) -> str | None:
    if a.scope != "change" or b.scope != "change":
        return None
    if a.kind == "change" and not a.polarity and _positive(b):
        return f"'{a.text}' against '{b.text}'"
    if a.subject is None or a.subject != b.subject:
        return None
    if _denies(a) and not (a.direction and a.direction != b.direction) and _positive(b):
        return f"no changed {plural(a.subject)} against '{b.text}'"
    if a.kind == b.kind == "count" and isinstance(a.value, Quantity) and isinstance(b.value, Quantity):
        return _counts(a, b, a.value, b.value)
    if isinstance(a.value, Region) and isinstance(b.value, Region) and a.polarity and not b.polarity:
        inside = set(a.value.cells) <= set(b.value.cells)
        return f"'{a.text}' in the {a.value.word} against none there" if inside else None
    return None


def _positive(claim: Claim) -> bool:
    if not claim.polarity:
        return False
    if claim.kind == "count":
        return isinstance(claim.value, Quantity) and claim.value.low > 0
    return claim.kind in ("presence", "position", "direction", "transition") or (claim.kind == "change")


def _denies(claim: Claim) -> bool:
    zero = isinstance(claim.value, Quantity) and claim.value.high == 0 and claim.kind == "count"
    return claim.kind == "absence" or zero


def _counts(a: Claim, b: Claim, x: Quantity, y: Quantity) -> str | None:
    whole = all(not c.part and c.region is None and c.polarity for c in (a, b)) and a.direction == b.direction
    if whole and x.exact and y.exact and x.low != y.low:
        return f"'{a.text}' against '{b.text}'"
    return None
