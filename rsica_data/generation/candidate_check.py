"""Candidates against the facts: leaks, doubts, statements that do not follow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from rsica_data.claims import check_text, leaks
from rsica_data.claims.leaking import certain_leaks
from rsica_data.claims.rewording import Reworded
from rsica_data.generation.caption_reading import UnreadCaption
from rsica_data.generation.extraction import statements_of
from rsica_data.generation.implied import ImpliedTarget
from rsica_data.generation.material import Material, whole_image_json
from rsica_data.generation.recipe_section import Reads, Verify
from rsica_data.generation.types import Candidate, Job, Left, Refusal
from rsica_data.schema.records import IMAGE_MARK

_LONGEST = 2000
"""Characters of a turn: a model that repeats itself without end is cut off by its token limit, and not believed."""

# "The two scenes seem identical" is one of LEVIR-CC's own sentences for unchanged pairs, and no doubt.
_DOUBT = re.compile(
    r"\b(?:probably|possibly|perhaps|maybe|might|may be(?! (?:said|noted|seen|added))|"
    r"could be|seems?(?! (?:to be )?(?:identical|the same))|"
    r"appears? to be|likely|unlikely|unclear|"
    r"uncertain|not sure|cannot (?:be )?(?:determined?|told|tell|say)|can't (?:tell|say)|hard to (?:tell|say)|"
    r"not specified|not mentioned|unknown)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class CandidateCheck:
    """What came of a check.

    Attributes:
        refusal: why the candidate is not taken; None where it is.
        verified: ``provenance.verified``: True where every statement is covered by claims that hold, None where
            something in it could not be checked, or nothing was.
        failed: number of a statement that is refused for what it says to the reason.
        left: number of a statement to what the marks leave undecided, where a second model is asked.
    """

    refusal: Refusal | None
    verified: bool | None = None
    failed: Mapping[int, str] = field(default_factory=dict)
    left: Mapping[int, Left] = field(default_factory=dict)


def check_candidate(candidate: Candidate, job: Job, mode: Verify, asks: Reads | None = None) -> CandidateCheck:
    """Whether a candidate is taken.

    The image mark of the export formats and endless texts are refused in every mode. Otherwise ``off`` checks nothing;
    ``lenient`` refuses what betrays the prompt and what contradicts the facts; ``strict`` also what is said in doubt,
    statements outside of marks, and texts that mark nothing.

    Args:
        candidate: what a model wrote.
        job: what it was asked for.
        mode: how strictly to check.
        asks: what a second model is asked about. Where none is (None), words that are not plain are refused, and what
            a question asks for is not checked: ``verified`` is None.
    """
    refusal = _form(candidate)
    if refusal is None and candidate.reworded is not None:
        return _against_row(candidate, candidate.reworded, mode, asks)
    if refusal is not None or mode == "off":
        return CandidateCheck(refusal)
    if job.prompt.files.meta.about == "image":
        return _of_one_image(candidate, job, asks)
    refusal = _betrayal(candidate)
    if refusal is None and candidate.implied is not None:
        return _unread(candidate, candidate.implied, asks, "contradiction", True)
    if refusal is not None or job.prompt.files.meta.check == "leaks":
        return CandidateCheck(refusal)
    if not candidate.statements:
        # The reader has compared it with typed gold already.
        return CandidateCheck(None, True)
    refusal = _doubt(candidate) if mode == "strict" else None
    return CandidateCheck(refusal) if refusal is not None else _against_facts(candidate, job.material, mode, asks)


def _form(candidate: Candidate) -> Refusal | None:
    texts = [turn.content for turn in candidate.turns]
    if any(IMAGE_MARK in text for text in texts):
        return Refusal("image-mark", f"write no {IMAGE_MARK}", candidate.shown)
    if any(len(text) > _LONGEST for text in texts):
        return Refusal("too-long", f"at most {_LONGEST} characters", candidate.shown[:_LONGEST])
    return None


def _of_one_image(candidate: Candidate, job: Job, asks: Reads | None) -> CandidateCheck:
    """What a caption of one image betrays, or says that its map, land cover or metadata do not hold."""
    (caption,) = (turn.content for turn in candidate.turns if turn.role == "assistant")
    betrayed = leaks(caption, of_image=True) if asks is None else certain_leaks(caption)
    if betrayed:
        return CandidateCheck(Refusal("leak", _leave_out(betrayed), candidate.shown))
    unread = UnreadCaption(caption, whole_image_json(job.material, job.prompt.files.meta.needs))
    return _unread(candidate, unread, asks, "unsupported", None)


def _unread(
    candidate: Candidate, unread: UnreadCaption | ImpliedTarget, asks: Reads | None, kind: str, verified: bool | None
) -> CandidateCheck:
    """A text without marks: left to a second model where one is asked; otherwise plain words decide."""
    fault = unread.fault
    if asks == "undecided" or (asks is not None and fault is not None):
        return CandidateCheck(None, verified, left={0: unread})
    if fault is not None:
        return CandidateCheck(Refusal(kind, fault, candidate.shown))
    return CandidateCheck(None, verified)


def _leave_out(phrases: Sequence[str]) -> str:
    return f"leave out {', '.join(map(repr, phrases))}"


def _betrayal(candidate: Candidate) -> Refusal | None:
    texts = [turn.content for turn in candidate.turns]
    betrayed = tuple(dict.fromkeys(words for text in texts for words in leaks(text)))
    return Refusal("leak", _leave_out(betrayed), candidate.shown) if betrayed else None


def _against_row(candidate: Candidate, new: Reworded, mode: Verify, asks: Reads | None) -> CandidateCheck:
    """Other words against the row that they were made from, in every mode: its gold is kept."""
    refusal = None if mode == "off" else _betrayal(candidate)
    if refusal is not None:
        return CandidateCheck(refusal)
    reads = new.fault is not None or asks == "undecided"
    if asks is not None and mode != "off" and reads and new.wanted:
        return CandidateCheck(None, True, left={0: new})
    if new.fault is not None:
        return CandidateCheck(Refusal("meaning", new.fault, candidate.shown))
    return CandidateCheck(None, None if mode == "off" else True)


def _doubt(candidate: Candidate) -> Refusal | None:
    for statement in candidate.statements:
        match = _DOUBT.search(statement.text)
        if match is not None:
            reason = f"say only what is definite, without {match[0].lower()!r}"
            return Refusal("doubt", reason, candidate.shown)
    return None


def _against_facts(candidate: Candidate, material: Material, mode: Verify, asks: Reads | None) -> CandidateCheck:
    """Every statement against the facts that it marks: ``strict`` refuses every fault, ``lenient`` contradictions."""
    verified = True
    failed: dict[int, str] = {}
    left: dict[int, Left] = {}
    first: Refusal | None = None
    for number, (statement, listed) in enumerate(statements_of(candidate, material)):
        checked = check_text(statement.text, listed, statement.question)
        refused = checked.fault is not None and (mode == "strict" or checked.kind == "contradiction")
        if checked.left is not None and (asks == "undecided" or (asks is not None and refused)):
            # Where nobody minds words that are not plain, a reading refuses what it finds false alone.
            left[number] = checked.left if refused else replace(checked.left, fault=None)
            continue
        verified = verified and checked.outcome == "holds"
        if checked.fault is not None and refused:
            failed[number] = checked.fault
            first = first or Refusal(str(checked.kind), checked.fault, candidate.shown)
    if first is not None:
        return CandidateCheck(first, failed=failed)
    return CandidateCheck(None, True if verified else None, left=left)
