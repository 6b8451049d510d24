"""Candidates against the facts: leaks, doubts, statements that do not follow."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rsica_data.assist.material import Material
from rsica_data.assist.types import Candidate, Job, Refusal, Statement
from rsica_data.claims import Context, Report, against_captions, leaks, verify
from rsica_data.recipe_assist import Verify
from rsica_data.schema.records import IMAGE_MARK

_LONGEST = 2000
"""Characters of a turn: a model that repeats itself without end is cut off by its token limit, and not believed."""

# "The two scenes seem identical" is one of LEVIR-CC's own sentences for unchanged pairs, and no doubt.
_DOUBT = re.compile(
    r"\b(?:probably|possibly|perhaps|maybe|might|may be|could be|seems?(?! (?:to be )?(?:identical|the same))|"
    r"appears? to be|likely|unlikely|unclear|"
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
        synonyms=material.synonyms,
    )


@dataclass(frozen=True)
class Judgement:
    """What came of a check.

    Attributes:
        refusal: why the candidate is not taken; None where it is.
        verified: ``provenance.verified``: True where facts bear out something that it says and nothing speaks against
            it, None where nothing in it could be checked, or was.
    """

    refusal: Refusal | None
    verified: bool | None = None


def judge(candidate: Candidate, job: Job, mode: Verify) -> Judgement:
    """Whether a candidate is taken.

    The image mark of the export formats and endless texts are refused in every mode. Otherwise ``off`` checks nothing;
    ``lenient`` refuses what betrays the prompt and what contradicts the facts; ``strict`` also what is said in doubt
    and definite statements that the facts do not bear out.
    """
    refusal = _form(candidate)
    if refusal is not None or mode == "off":
        return Judgement(refusal)
    refusal = _betrayal(candidate)
    if refusal is not None or job.prompt.files.meta.check == "leaks":
        return Judgement(refusal)
    if not candidate.statements:
        # The reader has compared it with typed gold already.
        return Judgement(None, True)
    refusal = _doubt(candidate) if mode == "strict" else None
    return Judgement(refusal) if refusal is not None else _against_facts(candidate, job.material, mode)


def _form(candidate: Candidate) -> Refusal | None:
    texts = [turn.content for turn in candidate.turns]
    if any(IMAGE_MARK in text for text in texts):
        return Refusal("image-mark", f"write no {IMAGE_MARK}", candidate.shown)
    if any(len(text) > _LONGEST for text in texts):
        return Refusal("too-long", f"at most {_LONGEST} characters", candidate.shown[:_LONGEST])
    return None


def _betrayal(candidate: Candidate) -> Refusal | None:
    betrayed = dict.fromkeys(words for turn in candidate.turns for words in leaks(turn.content))
    if not betrayed:
        return None
    return Refusal("leak", f"leave out {', '.join(map(repr, betrayed))}", candidate.shown)


def _doubt(candidate: Candidate) -> Refusal | None:
    for statement in candidate.statements:
        found = _DOUBT.search(statement.text)
        if found is not None:
            reason = f"say only what is definite, without {found[0].lower()!r}"
            return Refusal("doubt", reason, candidate.shown)
    return None


def _against_facts(candidate: Candidate, material: Material, mode: Verify) -> Judgement:
    context = context_of(material)
    supported = False
    for statement in candidate.statements:
        report, fault = against(statement, context, mode)
        if fault is not None:
            return Judgement(Refusal(fault[0], fault[1], candidate.shown))
        supported = supported or any(verdict.status == "supported" for _, verdict in report.claims)
    return Judgement(None, True if supported else None)


def against(statement: Statement, context: Context, mode: Verify) -> tuple[Report, tuple[str, str] | None]:
    """The report on a statement, and (kind, reasons) where it is refused.

    ``strict`` also refuses what captions alone speak against: the model has seen nothing else that could tell.
    """
    strict = mode == "strict"
    report = verify(statement.text, context, statement.question, "strict" if strict else "lenient")
    reasons = [*report.reasons, *(against_captions(report, context) if strict else ())]
    if not reasons:
        return report, None
    contradicted = not report.ok and any(verdict.status == "contradicted" for _, verdict in report.claims)
    return report, ("contradiction" if contradicted else "unsupported", "; ".join(reasons))
