"""A text read twice, by the grammar and by its gist, and each claim judged: which reading counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rsica_data.claims.checking import check
from rsica_data.claims.extract import extract
from rsica_data.claims.frames import plain
from rsica_data.claims.gist import Gist, gist_of
from rsica_data.claims.models import Claim, Context, Quantity, Verdict
from rsica_data.claims.tokens import flatten

Judged = list[tuple[Claim, Verdict]]
"""Claims with their verdicts."""

_SEALED = "sealed surface"
_SURER = {True: 0.95, False: 0.85}
"""The least probability at which the gist outweighs a refusal of the grammar, and what stands by the grammar."""
# What takes a verb to say. A bare "Roads" that is no answer to its question claims nothing.
_SENTENCE_KINDS = frozenset({"relation", "transition", "direction", "change", "size"})


def unborne(claim: Claim, verdict: Verdict) -> bool:
    """Whether a claim names a number, size, date or place that the facts give no support."""
    return verdict.status == "unsupported" and claim.definite


def read_and_judge(text: str, context: Context, question: str | None) -> Judged:
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
    return any(verdict.status == "contradicted" or unborne(claim, verdict) for claim, verdict in judged)


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
