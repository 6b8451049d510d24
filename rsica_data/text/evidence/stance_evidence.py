"""Yes or no: a reading stands where no other sentence of the reply states the opposite outright."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.schema import Unparsed
from rsica_data.text.evidence.evidence_words import CLAUSE, CORRECTION, NEUTRAL, SAME, SENTENCE, is_structure
from rsica_data.text.grid.cell_words import classes_of
from rsica_data.text.mentions import mark_classes

_NOTHING = re.compile(
    r"\b(?:nothing (?:at all |else )?(?:has |have |had )?chang\w+|"
    r"no chang\w+(?: at all)?(?: (?:between|in) (?:the two|both|either)| (?:is|are|was|were|can be) |\W*$)|"
    r"(?:images|pictures|photos|scenes) are (?:identical|the same)|same (?:houses|buildings|streets|roads|block))\b"
)
_OF_A_PART = re.compile(
    r"\b(?:else|other|rest|apart|except|besides|remaining|elsewhere|significant|major|only|not|cannot|wrong|roads?|"
    r"buildings?|streets?|houses? (?:have|are)|trees?|was|until|if|would)\b|n't|\w\W*:"
)
_CHANGES = re.compile(
    r"\b(?:new (?:\w+ )?(?:buildings?|houses?|roads?|streets?|structures?)|(?:was|were|been) (?:built|constructed|"
    r"added|demolished|removed|erected|replaced|widened|extended)|clearly changed|has changed|have changed|"
    r"has appeared|have appeared|went up|gone up|now stands?)\b"
)
_DENIED = re.compile(
    r"\b(?:no|not|none|nothing|neither|nor|without|unchanged|same|never|cannot|only|any\w*|doubt\w*|little|thought|assumed|whether|if|cars?|trees?|"
    r"vegetation|light\w*|shadows?|season\w*|colou?r|grass|water|boats?|vehicles?|crops?|angle|cloud\w*|resolution|"
    r"quality|wrong|would|impression|mistake\w*)\b|n't\b"
)

_OUTRIGHT = re.compile(r"\W*(?:answer\W+)?(?:yes|no)\b")
_VERDICT = re.compile(r"\W*(yes|no)(?:\W*$|, )")
_MAY_BE = re.compile(
    r"\b(?:may|might|could) (?:well |just |only |also |simply )?be an?\b|\bmay or may not\b|\bart[ei]facts?\b"
)
_OTHER_THINGS = re.compile(
    r"\b(?:only|just|apart|limited to|differs? in)\b.*\b(?:cars?|vehicles?|boats?|shadows?|crops?)\b"
)
_USED_TO_BE = re.compile(r"\bused to be\b|\bwhere\b.{1,40}\b(?:was|were|stood)\b|\binstead of\b|\breplac\w+")


def denies_all(text: str) -> bool:
    """Whether a sentence of a lower-case text says that nothing changed at all."""
    return any(_NOTHING.search(part) and not _OF_A_PART.search(part) for part in SENTENCE.split(text))


def states_change(text: str) -> bool:
    """Whether a sentence of a lower-case text states a change outright."""
    return any(_CHANGES.search(part) and not _DENIED.search(part) for part in SENTENCE.split(NEUTRAL.sub(" ", text)))


def contradicted(explanation: str, changed: bool) -> Unparsed | None:
    """Why the explanation after an answer speaks against it; None where it does not.

    >>> contradicted("explanation: the second image shows a new road.", False).reason
    'ambiguous: an explanation that says the opposite'
    """
    opposite = denies_all(explanation) if changed else states_change(explanation)
    return Unparsed("ambiguous: an explanation that says the opposite") if opposite else None


def _is_doubtful(text: str, changed: bool) -> bool:
    """Whether a change is one of things that do not count or may be none, or sameness stands beside what used to be."""
    if not changed:
        return _USED_TO_BE.search(text) is not None and not _NOTHING.search(text)
    return _MAY_BE.search(text) is not None or (_OTHER_THINGS.search(text) is not None and not states_change(text))


def _keeps_classes(text: str, names: Sequence[str]) -> bool:
    """Whether a clause says that all of several classes are the same, and no other clause names a class."""
    parts = SENTENCE.split(mark_classes(text.replace(",", " ; "), names))
    clauses = [(classes_of(clause), clause) for part in parts for clause in CLAUSE.split(part)]
    named = [(classes, clause) for classes, clause in clauses if classes]
    return len(named) == 1 and len(named[0][0]) == len(names) > 1 and SAME.search(named[0][1]) is not None


def unsettled_stance(answer: str, changed: bool, names: Sequence[str] = ()) -> Unparsed | None:
    """Why a reading as yes or no is in doubt; None where nothing speaks against it.

    Args:
        answer: the reply in lower-case English.
        changed: the reading.
        names: the classes that were asked about.

    >>> unsettled_stance("no. the second image shows a new road.", False).reason
    'ambiguous: says both that something changed and that nothing did'
    >>> unsettled_stance("no. the trees are greener.", False)
    """
    if is_structure(answer):
        return None
    if CORRECTION.search(answer):
        return Unparsed("ambiguous: a correction")
    if not _OUTRIGHT.match(answer) and _is_doubtful(answer, changed):
        return Unparsed("ambiguous: neither a clear change nor none")
    if {"yes", "no"} <= {match[1] for part in SENTENCE.split(answer) if (match := _VERDICT.match(part.strip()))}:
        return Unparsed("ambiguous: says both that something changed and that nothing did")
    if (denies_all(answer) or _keeps_classes(answer, names)) if changed else states_change(answer):
        return Unparsed("ambiguous: says both that something changed and that nothing did")
    return None
