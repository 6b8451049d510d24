"""Prose on changes read sentence by sentence into the ledger.

A heading ("Buildings first.", "As for the roads, ..") gives the class that the sentences after it are about; a named
cell, "there", "it" give the cells. Each clause then states of its classes a change, sameness, or what stood there at
one date; "No, wait" takes back what the sentence before told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.grid.ledger.clause_statements import ClauseReader
from rsica_data.text.grid.ledger.phrases import (
    CORRECTION,
    DISOWNED,
    GROUND,
    HERE,
    HYPOTHESIS,
    LIKEWISE,
    NO,
    OF_REST,
    PLACE_HEAD,
    QUESTION_ANSWER,
    REVERSE,
    SENTENCE,
    SINCE,
    TOPIC_REMARK,
    TOPIC_START,
    TOPIC_WITHIN,
    TURNS_TO,
    begins_list,
    flags_of,
)
from rsica_data.text.grid.ledger.prose_clauses import clauses_of, signs_of
from rsica_data.text.grid.ledger.prose_marks import MARK, NOUN, places_of


class LedgerReader(ClauseReader):
    """Reads lines in order."""

    def line(self, line: str) -> None:
        """One line: a heading, an item of a list, or sentences."""
        line = re.sub(r"^[^\w‹]*(?:\d[.)]\s+)?", "", line, count=1).strip()
        if not line:
            return
        self.listed = False
        head = PLACE_HEAD.match(line)
        if head is not None:
            self.cells, self.listed = places_of(head[1]), True
            self.stated |= self.cells
            line = line[head.end() :]
        for sentence in SENTENCE.split(line):
            if sentence.strip(" .,;:-"):
                self.sentence += 1
                self._sentence(sentence)

    def _sentence(self, text: str) -> None:
        text = SINCE.sub("", text)
        if text.rstrip().endswith("?"):
            self._question(text)
            return
        if self.asked and QUESTION_ANSWER.match(text):
            text = self._answer(text)
        self.asked = False
        text = self._without_topic(text)
        if not text.strip(" .,:;-"):
            return
        if HYPOTHESIS.search(text) or DISOWNED.search(text):
            self.cells = places_of(text) or self.cells
            return
        if CORRECTION.search(text):
            self.book.undo(self.sentence - 1)
        if LIKEWISE.search(text) and places_of(text) and not self.prose.asked(text.split(",")[0]):
            self._likewise(text)
            return
        if REVERSE.search(text) and not self.prose.asked(text):
            self.cells = places_of(text) or self.cells
            text = text.partition(":")[2]
            if not text.strip(" ."):
                return
        self._same_sentence, self._same_clause = self._same_clause, False
        signs = signs_of(text)
        whole = OF_REST.match(text) and (signs.same or signs.denial) and not signs.strong
        clauses = [text] if whole else clauses_of(text)
        self._scene = not places_of(text) and not self.listed and not HERE.search(text)
        self._placed, self._date = bool(places_of(text)), ""
        if not places_of(clauses[0]) and not HERE.search(clauses[0]):
            self.cells = next(filter(None, map(places_of, clauses)), self.cells)
        notes = self.book.notes
        for clause in clauses:
            self._clause(clause)
        if self._placed and notes == self.book.notes and not self._is_plain(text):
            self.book.reasons.append("a sentence on a cell that is not explained")

    def _is_plain(self, text: str) -> bool:
        """Whether a sentence on a cell says nothing of the classes: it turns to the cell, or names its ground."""
        if TURNS_TO.search(text) or GROUND.search(MARK.sub("#", text)):
            return True
        if any(int(match[1]) >= self.prose.classes for match in NOUN.finditer(text)):
            return True
        return not self.prose.asked(text) and re.search(r"\b(?:it|they|ones?|these|those)\b", text) is None

    def _question(self, text: str) -> None:
        self.topic = tuple(self.prose.asked(text)) or self.topic
        self.cells = places_of(text) or self.cells
        self.asked = True

    def _answer(self, text: str) -> str:
        if NO.match(text):
            self.book.deny(self.topic, self.cells, self.sentence)
            return re.sub(r"^\W*no(?: again)?\W*", "", text)
        inner = places_of(text)
        self.cells = inner or self.cells
        self.book.change(self.topic, self.cells, self.sentence)
        return re.sub(r"^\W*yes\W*", "", text)

    def _without_topic(self, text: str) -> str:
        """The sentence without the heading on its class, which becomes the topic."""
        head = TOPIC_START.match(text)
        if head is not None and not (head["end"] == "," and begins_list(text[head.end() :])):
            classes = self.prose.asked(head["class"])
            if classes or head["end"] in (":", "."):
                self._about(classes)
                return text[head.end() :]
        if TOPIC_REMARK.match(text):
            self._about(self.prose.asked(text))
            return text.partition(":")[2]
        if (
            not MARK.search(NOUN.sub("", text))
            and len(self.prose.asked(text)) == 1
            and not any(flags_of(signs_of(text)))
        ):
            self._about(self.prose.asked(text))
            return ""
        within = TOPIC_WITHIN.search(text)
        if within is not None and within[1] and self.prose.asked(within[1]) and not signs_of(text).denial:
            self.topic = tuple(self.prose.asked(within[1]))
        return text

    def _about(self, classes: Sequence[int]) -> None:
        self.topic = tuple(classes)
        self.book.spoken |= set(classes)
        if not self.listed:
            self.cells = set()

    def _likewise(self, text: str) -> None:
        self.cells = places_of(text)
        if not self.last_changed:
            self.book.reasons.append("places told by reference")
        self.book.change(self.last_changed, self.cells, self.sentence)
