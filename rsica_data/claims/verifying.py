"""A whole text against what is known of a pair: may it stand, and how much of the facts does it tell?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from rsica_data.claims.models import Claim, Context, FactScore, Kind, Quantity, Region, Report
from rsica_data.claims.readings import read_and_judge, unborne
from rsica_data.declared.leaking import leaks
from rsica_data.schema import FactsView
from rsica_data.text.class_names import counted, plural


def verify(
    text: str, context: Context, question: str | None = None, mode: Literal["strict", "lenient"] = "strict"
) -> Report:
    """Check every claim of a text.

    ``strict``: not ok with any contradiction, or with a number, size, date or place that the facts give no support.
    ``lenient``: not ok with a contradiction only. Leaks are reported and do not decide.
    """
    judged = read_and_judge(text, context, question)
    reasons = []
    for claim, verdict in judged:
        if verdict.status == "contradicted" or (mode == "strict" and unborne(claim, verdict)):
            reasons.append(f"'{claim.text}' ({claim.kind}) is {verdict.status}: {verdict.reason}")
    return Report(not reasons, tuple(judged), tuple(dict.fromkeys(reasons)), leaks(text))


@dataclass(frozen=True)
class Scope:
    """Which facts a question asks for: kinds and classes; None for all."""

    kinds: frozenset[str] | None = None
    classes: frozenset[str] | None = None


TASK_KINDS: dict[str, tuple[Kind, ...]] = {
    "classification": ("change",),
    "counting": ("count",),
    "localization": ("position",),
    "captioning": ("change", "presence"),
}
"""What the questions of a task ask for."""


def expected(context: Context, scope: Scope | str | Collection[str] | None = None) -> list[Claim]:
    """What the facts say: whether it changed, and for each class its presence, number and cells.

    ``scope`` restricts it: a :class:`Scope`, the name of a task, or kinds.
    """
    chosen = _scope(scope)
    found: list[Claim] = []
    changed = context.view.changed if context.view is not None else context.changed
    if changed is not None:
        found.append(_fact("change", None, None, "changed" if changed else "unchanged", changed))
    if context.view is not None:
        for name in context.view.classes:
            found += _of_class(name, context.view)
    return [
        claim
        for claim in found
        if (chosen.kinds is None or claim.kind in chosen.kinds)
        and (chosen.classes is None or claim.subject is None or claim.subject in chosen.classes)
    ]


def _fact(kind: Kind, subject: str | None, value: Quantity | Region | None, text: str, polarity: bool = True) -> Claim:
    return Claim(kind, subject, value, polarity, (0, 0), text)


def _of_class(name: str, view: FactsView) -> list[Claim]:
    count = view.counts[name]
    text = counted(count, name)
    kind: Kind = "presence" if count else "absence"
    found = [_fact(kind, name, None, text), _fact("count", name, Quantity(count, count), text)]
    return found + [
        _fact("position", name, Region((cell,), cell.replace("-", " "), exact=True), f"{plural(name)} in the {cell}")
        for cell in view.cells[name]
    ]


def _scope(scope: Scope | str | Collection[str] | None) -> Scope:
    if scope is None or isinstance(scope, Scope):
        return scope or Scope()
    if isinstance(scope, str):
        return Scope(frozenset(TASK_KINDS[scope])) if scope in TASK_KINDS else Scope(frozenset({scope}))
    return Scope(frozenset(scope))


def fact_score(
    text: str,
    context: Context,
    question: str | None = None,
    scope: Scope | str | Collection[str] | None = None,
) -> FactScore:
    """Counts of a text's claims by status, and of the expected facts that it tells. Sum over texts, then divide."""
    judged = read_and_judge(text, context, question)
    tally = {status: sum(v.status == status for _, v in judged) for status in
             ("supported", "contradicted", "unsupported", "unknown")}  # fmt: skip
    true = [claim for claim, verdict in judged if verdict.status == "supported"]
    facts = expected(context, scope)
    return FactScore(**tally, found=sum(any(tells(c, fact) for c in true) for fact in facts), expected=len(facts))


def tells(claim: Claim, fact: Claim) -> bool:
    """Whether a supported claim tells an expected fact."""
    if fact.kind == "change":
        if claim.kind == "change":
            return claim.polarity == fact.polarity
        return fact.polarity and claim.polarity and claim.kind in ("presence", "count", "position", "transition") and (
            not isinstance(claim.value, Quantity) or claim.value.low > 0
        )  # fmt: skip
    if claim.kind == "change" and not claim.polarity:
        return fact.kind == "absence" or (isinstance(fact.value, Quantity) and fact.value.low == 0)
    if claim.subject != fact.subject:
        return False
    if fact.kind == "presence":
        return claim.polarity and claim.kind in ("presence", "count", "direction", "position", "size")
    if fact.kind == "absence":
        return claim.kind == "absence" or _is_count(claim, 0)
    if fact.kind == "count":
        assert isinstance(fact.value, Quantity)
        return _is_count(claim, fact.value.low) or (fact.value.low == 0 and claim.kind == "absence")
    assert isinstance(fact.value, Region)
    return claim.kind == "position" and claim.polarity and isinstance(claim.value, Region) and (
        fact.value.cells[0] in claim.value.cells
    )  # fmt: skip


def _is_count(claim: Claim, count: float) -> bool:
    value = claim.value
    return claim.kind == "count" and claim.polarity and isinstance(value, Quantity) and value.low == value.high == count
