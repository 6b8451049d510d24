"""Candidates against the facts: leaks, doubts, statements that do not follow."""

from __future__ import annotations

import re

from rsica_data.assist.material import Material
from rsica_data.assist.types import Candidate, Job, Refusal
from rsica_data.claims import Context, leaks, verify
from rsica_data.recipe_assist import AssistedPrompt, Verify

_IMAGE_MARK = "<image>"
_LONGEST = 2000
"""Characters of a turn: a model that repeats itself without end is cut off by its token limit, and not believed."""

_DOUBT = re.compile(
    r"\b(?:probably|possibly|perhaps|maybe|might|may be|could be|seems?|appears? to be|likely|unlikely|unclear|"
    r"uncertain|not sure|cannot (?:be )?(?:determined?|told|tell|say)|can't (?:tell|say)|hard to (?:tell|say)|"
    r"not specified|not mentioned|unknown)\b",
    re.IGNORECASE,
)


def context_of(material: Material) -> Context:
    """What a text about the pair is checked against."""
    view = material.view
    return Context(
        classes=material.classes,
        view=view,
        width=view.width if view is not None else material.width,
        height=view.height if view is not None else material.height,
        gsd_m=view.gsd_m if view is not None else None,
        before_date=material.before_date,
        after_date=material.after_date,
        captions=material.captions,
        attributes=material.attributes,
        north_up=material.north_up,
        changed=material.changed,
    )


def check(candidate: Candidate, job: Job, mode: Verify) -> Refusal | None:
    """Why a candidate is not taken; None where it is.

    The image mark of the export formats and endless texts are refused in every mode. Otherwise ``off`` checks nothing;
    ``lenient`` refuses what betrays the prompt and what contradicts the facts; ``strict`` also what is said in doubt
    and definite statements that the facts do not bear out.
    """
    texts = [turn.content for turn in candidate.turns]
    if any(_IMAGE_MARK in text for text in texts):
        return Refusal("image-mark", f"write no {_IMAGE_MARK}", candidate.shown)
    if any(len(text) > _LONGEST for text in texts):
        return Refusal("too-long", f"at most {_LONGEST} characters", candidate.shown[:_LONGEST])
    if mode == "off":
        return None
    betrayed = [words for text in texts for words in leaks(text)]
    if betrayed:
        reason = f"leave out {', '.join(repr(words) for words in dict.fromkeys(betrayed))}"
        return Refusal("leak", reason, candidate.shown)
    if job.prompt.files.meta.check == "leaks":
        return None
    return _doubt(candidate, mode) or _contradiction(candidate, job.material, mode)


def _doubt(candidate: Candidate, mode: Verify) -> Refusal | None:
    if mode != "strict":
        return None
    for statement in candidate.statements:
        found = _DOUBT.search(statement.text)
        if found is not None:
            reason = f"say only what is definite, without {found[0].lower()!r}"
            return Refusal("doubt", reason, candidate.shown)
    return None


def _contradiction(candidate: Candidate, material: Material, mode: Verify) -> Refusal | None:
    if not candidate.statements:
        return None
    context = context_of(material)
    for statement in candidate.statements:
        report = verify(
            statement.text, context, question=statement.question, mode="strict" if mode == "strict" else "lenient"
        )
        if report.ok:
            continue
        statuses = {verdict.status for _, verdict in report.claims}
        kind = "contradiction" if "contradicted" in statuses else "unsupported"
        reason = "; ".join(report.reasons) or "does not follow from the data"
        return Refusal(kind, reason, candidate.shown)
    return None


def verified_mark(prompt: AssistedPrompt, mode: Verify) -> bool | None:
    """``provenance.verified`` of what passed: None where its statements were not checked against the facts."""
    return None if mode == "off" or prompt.files.meta.check == "leaks" else True
