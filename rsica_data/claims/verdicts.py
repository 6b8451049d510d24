"""Verdicts in common: what all checks say."""

from __future__ import annotations

from rsica_data.claims.models import Status, Verdict
from rsica_data.schema import FactsView
from rsica_data.schema.rules import holds_all_change
from rsica_data.text.class_names import counted, plural


def settled(holds: bool, reason: str) -> Verdict:
    """Supported where it holds, else contradicted."""
    return Verdict("supported" if holds else "contradicted", reason)


def flip(verdict: Verdict) -> Verdict:
    """The verdict on the contrary."""
    turned: dict[Status, Status] = {"supported": "contradicted", "contradicted": "supported"}
    return Verdict(turned.get(verdict.status, verdict.status), verdict.reason)


def not_in_mask(subject: str | None) -> Verdict:
    """Unknown: the facts do not hold the class."""
    return Verdict("unknown", f"the facts do not cover {plural(subject)}" if subject else "there are no facts")


def count_of(subject: str | None, view: FactsView) -> int | None:
    """Changed objects of a class, or of all; None where the facts do not settle it."""
    if subject is None:
        return sum(view.counts.values()) if holds_all_change(view) else None
    return view.counts.get(subject)


def said(subject: str | None, count: int) -> str:
    """How many changed, in words."""
    return f"{counted(count, subject) if subject else f'{count} objects'} changed"
