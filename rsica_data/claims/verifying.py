"""A whole text against what is known of a pair: may it stand, and how much of the facts does it tell?"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rsica_data.claims.checking import check
from rsica_data.claims.extract import extract
from rsica_data.claims.frames import plain
from rsica_data.claims.gist import Gist, gist_of
from rsica_data.claims.leaking import leaks
from rsica_data.claims.models import Claim, Context, FactScore, Kind, Quantity, Region, Report, Verdict
from rsica_data.claims.tokens import flatten
from rsica_data.schema import FactsView
from rsica_data.tasks.words import counted, plural


def verify(
    text: str, context: Context, question: str | None = None, mode: Literal["strict", "lenient"] = "strict"
) -> Report:
    """Check every claim of a text.

    ``strict``: not ok with any contradiction, or with a number, size, date or place that the facts give no support.
    ``lenient``: not ok with a contradiction only. Leaks are reported and do not decide.
    """
    judged = _judged(text, context, question)
    reasons = []
    for claim, verdict in judged:
        if verdict.status == "contradicted" or (mode == "strict" and _unborne(claim, verdict)):
            reasons.append(f"'{claim.text}' ({claim.kind}) is {verdict.status}: {verdict.reason}")
    return Report(not reasons, tuple(judged), tuple(dict.fromkeys(reasons)), leaks(text))


def _unborne(claim: Claim, verdict: Verdict) -> bool:
    return verdict.status == "unsupported" and claim.definite


Judged = list[tuple[Claim, Verdict]]


def _judged(text: str, context: Context, question: str | None) -> Judged:
    """The claims of a text with their verdicts.

    Two readers read it: the grammar, and the gist, which knows short texts that say one thing. Where they come to
    different ends, or the grammar found nothing that can be checked, the gist counts.
    """
    read = judge(_claims(text, context, question), context)
    gist = _gist(text, context, question)
    if gist is None:
        return read
    settled = any(verdict.status != "unknown" for _, verdict in read)
    if _says(read, gist) or (settled and gist.probability < _SURER[_refused(read)]):
        return read
    there = question is not None and re.search(r"\bthere\b", text.lower()) is not None
    kept = [
        claim
        for claim, _ in read
        if claim.kind in gist.keeps
        or claim.kind == "size"
        or (claim.kind == "position" and (claim.question or there))  # the place stands in the question
    ]
    other = judge([*kept, *gist.claims], context)
    return read if settled and _refused(read) == _refused(other) else other


_SEALED = "sealed surface"
_SURER = {True: 0.95, False: 0.85}
"""The least probability at which the gist outweighs a refusal of the grammar, and what stands by the grammar."""


def _gist(text: str, context: Context, question: str | None) -> Gist | None:
    """The gist of a text; none where the words for things must be made plain first: sealed soil is no bare land."""
    if _SEALED in plain(flatten(text), question=True).text:
        return None
    return gist_of(text, context.names, question, context.synonyms)


def _says(read: Judged, gist: Gist) -> bool:
    """Whether the grammar says what the gist says, and more of it: "has not spread" beside "has not changed"."""
    more = {_gone_or_there(claim) for claim, _ in read if claim.direction or claim.kind == "position"}
    loose = all(claim.kind in ("presence", "absence") and not claim.direction for claim in gist.claims)
    found = {_gone_or_there(claim) for claim in gist.claims}
    return (
        loose
        and found <= more
        and not {(subject, not there) for subject, there in found} & {_gone_or_there(claim) for claim, _ in read}
    )


def _gone_or_there(claim: Claim) -> tuple[str | None, bool]:
    return claim.subject, claim.polarity and claim.kind != "absence"


def _refused(judged: Judged) -> bool:
    return any(verdict.status == "contradicted" or _unborne(claim, verdict) for claim, verdict in judged)


# What takes a verb to say. A bare "Roads" that is no answer to its question claims nothing.
_SENTENCE_KINDS = frozenset({"relation", "transition", "direction", "change", "size"})


def _claims(text: str, context: Context, question: str | None) -> list[Claim]:
    """The claims of a text, read with its question; a whole sentence that is no readable answer is read alone."""
    found = extract(text, context.names, question, synonyms=context.synonyms)
    if found or question is None:
        return found
    alone = extract(text, context.names, synonyms=context.synonyms)
    return alone if any(claim.kind in _SENTENCE_KINDS for claim in alone) else []


def judge(claims: Iterable[Claim], context: Context) -> Judged:
    """Claims with their verdicts; numbers of parts of a class are checked by their sum too."""
    marked = mark_parts(list(claims))
    found = [(claim, check(claim, context)) for claim in marked]
    totals = context.view.counts if context.view is not None else {}
    whole = {name for name, total in _sums(marked).items() if totals.get(name) == total}
    return [
        (claim, Verdict("supported", f"the parts add up to {verdict.reason}"))
        if claim.part and claim.subject in whole and verdict.status == "unsupported" and claim.region is None
        else (claim, verdict)
        for claim, verdict in found
    ]


def mark_parts(claims: list[Claim]) -> list[Claim]:
    """Numbers of one class that differ in direction, kind or place are numbers of parts of it."""
    groups: dict[str | None, set[tuple[str | None, bool, bool]]] = {}
    for claim in claims:
        if claim.kind == "count":
            groups.setdefault(claim.subject, set()).add((claim.direction, claim.part, claim.region is not None))
    mixed = {subject for subject, kinds in groups.items() if len(kinds) > 1}
    return [
        replace(claim, part=True) if claim.kind == "count" and claim.subject in mixed else claim for claim in claims
    ]


def _sums(claims: Sequence[Claim]) -> dict[str, float]:
    total: dict[str, float] = {}
    for claim in claims:
        if claim.part and claim.subject and isinstance(claim.value, Quantity) and claim.polarity:
            total[claim.subject] = total.get(claim.subject, 0) + claim.value.low
    return total


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
    judged = _judged(text, context, question)
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
