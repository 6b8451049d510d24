"""Lines of sentences that tell where classes changed: which of their sentences count, and what each is about.

First thoughts, what is taken back, what describes the earlier image alone and lists of what is unchanged give no place;
a place or class alone at the head of a line holds for the sentences after it. Each sentence that is left is read by
:mod:`~rsica_data.text.grid.cell_sentences`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.grid.cell_context import plainly_told, with_ordinals_resolved, with_places_of_before
from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_parts import (
    is_of_before,
    parts_of,
    told_of_change,
    with_both,
    with_exception,
    with_marks_of_places,
    with_questions_answered,
    with_same_cells,
    without_contrast,
    without_earlier_absence,
)
from rsica_data.text.grid.cell_runs import CHANGED
from rsica_data.text.grid.cell_sentences import CORRECTION, HEAD, NOT_REAL, read_part
from rsica_data.text.grid.cell_words import CLASS_MARK, Scope, classes_of, is_denied, is_only_marks, pattern_of
from rsica_data.text.mentions import CLASS
from rsica_data.text.positions.places import PLACE
from rsica_data.text.word_patterns import word_pattern

_DISOWNED = word_pattern("cells.disowned")
_RETRACTED = pattern_of("retracted")
_BY_REFERENCE = pattern_of("by_reference")
_UNSURE = word_pattern("cells.unsure")
_IS_SAID = re.compile(r"\b(?:have|has|been|are|is|were|was|did|both changed)\b")
_TAKES_BACK = re.compile(r"\b(?:these|those|them|they|it)\b")
_EXCEPT_SUCH = re.compile(
    r"\bexcept (?:for |in )?(?:the |those )?(?:ones|cells|squares)? ?(?:with|that|where|which|having|containing)\b"
)
_OF_UNCHANGED = re.compile(
    rf"^\W*(?:the )?(?:unchanged|existing|not changed|unaltered|old(?:er)?|remaining) (?:\w+ )?{CLASS_MARK}"
    rf"(?:(?:,| and| or) {CLASS_MARK})?\s*(?:[:=]|\s-\s)(?![^;]*(?:{CLASS_MARK}|changed))"
)
_HALF = re.compile(r"\bhalf of the (?:image|scene|picture|area|map|grid|frame|view)\b")


def read_line(facts: CellFacts, sentences: Sequence[str], scope: Scope) -> None:
    """Note what the marked sentences of one line say under the headings above it."""
    running: Scope | None = None
    sentences = with_places_of_before(with_ordinals_resolved(with_questions_answered(sentences)))
    sentences = [plainly_told(sentence) for sentence in sentences]
    for number, sentence in enumerate(sentences):
        following = sentences[number + 1] if number + 1 < len(sentences) else ""
        if NOT_REAL.search(sentence) and ", but " in sentence:
            sentence = sentence.rsplit(", but ", 1)[1]
        if _is_void(sentence, following):
            continue
        if number == 0 and following and is_only_marks(sentence) and not _IS_SAID.search(sentence):
            # "Top row. The left cell has a house.": a heading on the line of what it heads.
            classes, places = classes_of(sentence), PLACE.findall(sentence)
            if bool(classes) != bool(places) and not _stands_alone(following, classes, places):
                scope = Scope(tuple(classes) or scope.classes, tuple(places) or scope.places, scope.denied)
                continue
        sentence = without_earlier_absence(with_marks_of_places(without_contrast(sentence)))
        if not _is_set_aside(facts, sentence):
            running = _read(facts, sentence, scope, running)


def is_first_thought(sentence: str) -> bool:
    """Whether a marked sentence tells a first guess alone, not what it was corrected to."""
    return _DISOWNED.search(sentence) is not None and CORRECTION.search(sentence) is None


def _is_void(sentence: str, following: str) -> bool:
    """Whether a sentence tells nothing: a first thought, one that the next takes back, a seeming change."""
    if _RETRACTED.search(following) and _TAKES_BACK.search(following):
        return True
    if _DISOWNED.search(sentence) or _RETRACTED.search(sentence) or NOT_REAL.search(sentence):
        return True
    return _EXCEPT_SUCH.search(sentence) is not None and is_denied(sentence)


def _is_set_aside(facts: CellFacts, sentence: str) -> bool:
    """Whether a sentence gives no place: of the earlier image alone, of what is unchanged, of half an image."""
    if is_of_before(sentence) or (_UNSURE.search(sentence) and not PLACE.search(sentence)):
        facts.last_classes = classes_of(sentence) or facts.last_classes
        return True
    if _OF_UNCHANGED.match(sentence):
        facts.deny(classes_of(sentence))
        facts.stated |= {int(digit) for mark in PLACE.findall(sentence) for digit in mark}
        return True
    if _HALF.search(sentence) and CHANGED.search(sentence) and not is_denied(sentence) and not PLACE.search(sentence):
        facts.reasons.append("a half of the image")
        return True
    return False


def _read(facts: CellFacts, sentence: str, scope: Scope, running: Scope | None) -> Scope | None:
    """Note what one sentence says; what the next ones are still about."""
    named = classes_of(sentence)
    sentence = told_of_change(with_exception(with_both(sentence, facts.count)))
    if _BY_REFERENCE.search(sentence):
        facts.reasons.append("places told by reference")
        return running
    parts = parts_of(with_same_cells(facts, sentence))
    for part in parts:
        own = running is None or (PLACE if running.places != scope.places else CLASS).search(part) is not None
        read_part(facts, part, scope if own or running is None else running)
    if named and (is_denied(sentence) or not classes_of(sentence)):
        # "The existing houses in A are unchanged; new ones stand in B."
        facts.last_classes = named
    return _running(parts[-1], scope) or running if parts else running


def _running(part: str, scope: Scope) -> Scope | None:
    """What the further sentences of a line are still about: the place or class that stands at its head."""
    head = HEAD.match(part)
    if head is None:
        return None
    lead = head["head"] if head["head"] is not None else head["bare"]
    classes, places = tuple(classes_of(lead)), tuple(PLACE.findall(lead))
    if places and not classes and is_only_marks(lead):
        return Scope(scope.classes, places)
    return Scope(classes, scope.places) if classes and not places and is_only_marks(lead) else None


def _stands_alone(following: str, classes: list[int], places: list[str]) -> bool:
    """Whether the following sentence stands for itself: it names the same kind of thing."""
    return (
        bool(places)
        and HEAD.match(following) is not None
        and bool(PLACE.search(following.split(":")[0]))
        and not classes
    )
