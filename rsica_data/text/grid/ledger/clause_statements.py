"""What one clause of prose states: of its classes a change, sameness, or what stood in a cell at one date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.grid.ledger.book import Book
from rsica_data.text.grid.ledger.phrases import (
    A_NOW,
    ALL_CELLS,
    ASIDE_PLACE,
    BECAME,
    BOTH_CLASSES,
    BY_REFERENCE,
    CELL_SUBJECT,
    COUNTED,
    DATE_LEAD,
    DEFINITE,
    EVERYWHERE,
    FEW,
    GENERAL,
    GIVEN,
    GROUND,
    HERE,
    IS_AT,
    IS_NOW,
    MOTION,
    NO_THINGS,
    NOT_AT,
    NOW_A,
    OF_REST,
    PART_OF,
    SO_IS,
    SUBJECT,
    is_bare,
    is_of_first,
    names_a_thing,
)
from rsica_data.text.grid.ledger.prose_clauses import Signs, signs_of, without_aside
from rsica_data.text.grid.ledger.prose_marks import MARK, NOUN, Prose, places_of
from rsica_data.text.positions.places import PLACE

_ALL_THESE = re.compile(
    r"^\W*(?:and )?(?:all (?:of )?)?(?:these|this|everything|all)\b(?! cells?)(?! of (?:them|those))"
)
_THEY = re.compile(r"^\W*(?:and |but |so )*(?:it|they|both|those|(?:all|each) of (?:them|these|those|which))\b")
_ARE_NOT = re.compile(r"\b(?:are|is|has|have|did) not\W*$")
_THOSE = re.compile(r"^\W*(?:and |but |so )*(?:those|the ones?)\b")


class ClauseReader:
    """Notes clauses in the book; the attributes are what the next clause is about."""

    def __init__(self, prose: Prose) -> None:
        self.prose, self.book = prose, Book()
        self.topic: tuple[int, ...] = ()
        self.cells: set[int] = set()
        self.stated: set[int] = set()
        self.new_words: set[str] = set()
        self.last: list[int] = []
        self.named: list[int] = []
        self.kept = False
        self.last_changed: list[int] = []
        self.sentence = 0
        self.listed = self.asked = False
        self._same_clause = self._same_sentence = self._scene = self._placed = False
        self._date = ""
        self.where: dict[str, set[int]] = {}
        self._words_then: list[str] = []

    def _clause(self, text: str) -> None:
        for away in NOT_AT.finditer(text):
            self.book.deny(self.prose.asked(text) or self.topic, places_of(away[1]), self.sentence)
        text = NOT_AT.sub(" ", text)
        signs = signs_of(text)
        text = DATE_LEAD.sub("", text)
        places = places_of(text)
        if BY_REFERENCE.search(text) and not places:
            if not signs.denial and not signs.same:
                self.book.reasons.append("places told by reference")
            return
        cells = places or self._recalled(text) or self.cells
        named = self.prose.asked(without_aside(text))
        if not named and BOTH_CLASSES.search(text):
            named = list(range(self.prose.classes))
        self._remember(text)
        if places:
            self.cells = places
            self.stated |= places
            if not _THOSE.match(text):
                self.last = self.prose.asked(text)
        self._note(text, signs, named, cells)
        aside = self.prose.asked(text)
        if not named and aside and (signs.change or signs.after) and not signs.denial and not signs.same:
            self.book.leave_open(aside, cells)
        self.last = aside or self.last
        self.named = aside or self.named
        self._same_clause = signs.same
        self._date = "after" if signs.after else "before" if signs.before else self._date

    def _note(self, text: str, signs: Signs, named: Sequence[int], cells: set[int]) -> None:
        """One clause by its signs, the strongest first."""
        if "‹R›" in text and (not PLACE.search(text) or OF_REST.match(text)):
            self._of_the_rest(signs, named)
        elif signs.denial and self._is_of_before(text, signs):
            self._absent_before(text, named, cells)
        elif self._same_clause and _ARE_NOT.search(text):
            self._change(named, cells, text)
        elif signs.denial and signs.before and signs.after and named and not signs.same and not signs.change:
            self.book.leave_open(named, cells)
        elif signs.denial and not re.search(r"\bno longer\b", text):
            self._denial(text, signs, named, cells)
        elif signs.change and not (signs.before and not signs.after and not signs.same and is_of_first(text)):
            self._changed(text, signs, named, cells)
        elif signs.same and not self._goes_on(text):
            self._same(text, named, cells)
        else:
            self._state(text, signs, named, cells)

    def _remember(self, text: str) -> None:
        """Keep what was told to stand where: "a factory in P" is the place of "the factory" from there on."""
        start = 0
        for match in PLACE.finditer(text):
            cells = {int(digit) for digit in match[1]}
            words = self._things(text[start : match.start()])
            for word in words or self._words_then:
                self.where[word] = self.where.get(word, set()) | cells if word in self._words_then else set(cells)
            self._words_then = words or self._words_then
            start = match.end()

    def _things(self, text: str) -> list[str]:
        """Words for things in a part of a clause: of classes, and others behind "a" or "the"."""
        words = [_stem(self.prose.word(match)) for match in NOUN.finditer(without_aside(text))]
        plain = MARK.sub(" # ", text)
        words += [
            match[1]
            for match in re.finditer(r"\b(?:an?|the) (?:[a-z-]+ ){0,2}?([a-z-]{4,})(?= (?:in|at|on|#)|$)", plain)
        ]
        return [word for word in words if word not in NO_THINGS]

    def _recalled(self, text: str) -> set[int]:
        """The cells of "the factory", where that was told before."""
        if HERE.search(text) and not re.search(r"\bwhere it (?:stood|was)\b", text):
            return set()
        plain = NOUN.sub(lambda match: _stem(self.prose.word(match)), text)
        for match in re.finditer(r"\bthe (?:[a-z-]+ )??([a-z-]{4,})\b", plain):
            if match[1] in self.where:
                return self.where[match[1]]
        return set()

    def _goes_on(self, text: str) -> bool:
        """Whether something new is told to run on: "the same road continues here"."""
        subject = SUBJECT.match(text)
        noun = NOUN.search(subject["noun"]) if subject is not None and subject["noun"] else None
        moves = re.search(r"\b(?:continues?|carries on|runs? on|goes on)\b", text)
        return moves is not None and noun is not None and _stem(self.prose.word(noun)) in self.new_words

    def _is_of_before(self, text: str, signs: Signs) -> bool:
        """Whether a denial is one of the earlier date: "nothing was built there before", "was without roads"."""
        if signs.after or signs.same:
            return False
        return (signs.before and (not signs.change or "there before" in text)) or (signs.past and not signs.change)

    def _of_the_rest(self, signs: Signs, named: Sequence[int]) -> None:
        if signs.denial or signs.same or not (named or signs.change):
            others = ALL_CELLS - self.stated
            self.book.deny(named or self.topic or range(self.prose.classes), others, self.sentence)
            self.book.settled |= {n for n in named if not any(key[0] == n for key in self.book.changes)}
        else:
            self.book.reasons.append("places told by reference")

    def _absent_before(self, text: str, named: Sequence[int], cells: set[int]) -> None:
        """As in "nothing was built there before", "it was not there before", "no road before"."""
        self.book.describe("before", {}, cells)
        if re.match(r"^\W*(?:and |but |so )*(?:it|they|that|which|these|those)\b", text) and not named and self.last:
            self._change(self.last[-1:], cells, text)

    def _denial(self, text: str, signs: Signs, named: Sequence[int], cells: set[int]) -> None:
        named = named or self.prose.asked(text)
        if named:
            if self._scene or EVERYWHERE.search(text) or len(cells) == 9:
                self.book.spoken |= set(named)
                if self._is_general(text):
                    self.book.settled |= set(named)
            elif not _removed(self.book, named, cells):
                self.book.deny(named, cells, self.sentence)
            return
        if self.last and re.match(r"^\W*(?:and )?(?:none|neither|not one) of (?:them|these|those|which)\b", text):
            self.book.deny(self.last, cells, self.sentence)
        elif CELL_SUBJECT.match(text) or (PLACE.search(text) and (signs.change or signs.same)):
            elliptical = re.match(r"^\W*(?:and |but |so )*(?:they|have|has)\b", text)
            bare = self.last if elliptical and not PLACE.search(text) else ()
            self.book.deny(bare or self.topic or range(self.prose.classes), cells, self.sentence)

    def _is_general(self, text: str) -> bool:
        """Whether a denial is of a class as a whole: "no roads", "the buildings", not "the school"."""
        if re.search(r"\b(?:no|neither|nor|any|none)\b", text):
            return True
        return any(GENERAL.fullmatch(self.prose.word(match)) for match in NOUN.finditer(text))

    def _is_unpaired(self, text: str) -> bool:
        """Whether several classes and several places stand in one clause, and not which belongs to which."""
        kinds = [
            match[0][1]
            for match in MARK.finditer(without_aside(text))
            if match[0][1] == "P" or self.prose.asked(match[0])
        ]
        groups = "".join(kind for number, kind in enumerate(kinds) if number == 0 or kinds[number - 1] != kind)
        return len(self.prose.asked(without_aside(text))) > 1 and groups.count("P") > 1 and groups.count("C") > 1

    def _change(self, classes: Sequence[int], cells: set[int], text: str) -> None:
        if self._is_unpaired(text):
            self.book.reasons.append("classes and places that are not paired plainly")
        if classes and (self._is_vague(text, cells) or (ASIDE_PLACE.search(text) and not self._placed)):
            self.book.reasons.append("a cell that is not told plainly")
        self.book.change(classes, cells, self.sentence)
        self.kept = False
        if not cells and len(classes) == 1:
            self.topic = tuple(classes)
        self.last_changed = list(classes) or self.last_changed
        self.new_words |= {_stem(self.prose.word(match)) for match in NOUN.finditer(without_aside(text))}

    def _changed(self, text: str, signs: Signs, named: Sequence[int], cells: set[int]) -> None:
        if named and signs.same and not signs.strong:
            self.book.leave_open(named, cells)
            return
        if named:
            self._change(named, cells, text)
            return
        if NOUN.search(without_aside(text)):
            if self.topic and PLACE.search(text) and not GROUND.search(self._spelt(text)):
                self.book.reasons.append("something that may be of the class that is spoken of")
            return
        subject = SUBJECT.match(text)
        if self.named and FEW.search(text) and not names_a_thing(text):
            self._change(self.named[-1:], cells, text)
            if re.search(r"\bnew ones?\b", text):
                # "Before, a road in P; after, a new one in Q": the old one stayed.
                self.book.same |= {key for key in self.book.before if key[0] == self.named[-1]}
        elif (
            subject is not None
            and subject["noun"] is None
            and self.last
            and (not names_a_thing(text) or GIVEN.search(text))
        ):
            self.book.change(self.last[-1:], cells, self.sentence)
        elif CELL_SUBJECT.match(text) or PLACE.search(text) or names_a_thing(text):
            if len(self.topic) == 1:
                self._change(self.topic, cells, text)
            elif names_a_thing(text):
                self.book.reasons.append("something new that is no word of a class")
            else:
                self.book.loose |= cells

    def _is_vague(self, text: str, cells: set[int]) -> bool:
        """Whether "there", "it" would mean one of several cells."""
        return (
            not self._placed
            and cells is self.cells
            and len(cells) > 1
            and re.search(r"\b(?:both|each|these|those|all|two)\b", text) is None
        )

    def _same(self, text: str, named: Sequence[int], cells: set[int]) -> None:
        objects = named or self.prose.asked(text)
        self.kept = True
        if objects:
            self.book.keep(objects, cells)
        elif self.named and re.search(r"\bsame ones?\b", text):
            self.book.keep(self.named[-1:], cells)
        elif not PLACE.search(text) and _ALL_THESE.match(text):
            self.book.same |= set(self.book.before)
        elif self.last and (_THOSE.match(text) or (not PLACE.search(text) and _THEY.match(text))):
            self.book.keep(self.last, cells)
        elif CELL_SUBJECT.match(text):
            self.book.deny(self.topic or range(self.prose.classes), cells, self.sentence)
        else:
            self.book.describe("before", {}, cells)

    def _state(self, text: str, signs: Signs, named: Sequence[int], cells: set[int]) -> None:
        """What stands in the cells at one date, or runs on into them."""
        objects = self._objects(text)
        if self._is_turned(text, signs, named, cells):
            self._change(named or self.topic, cells, text)
        elif self._same_sentence and SO_IS.match(text):
            self._same(text, named, cells)
        elif self._runs_on(text, objects, cells):
            return
        elif (signs.after or (self._date == "after" and not signs.past)) and not signs.before:
            self._later(text, objects, cells)
        elif named and signs.before and signs.after:
            self.book.leave_open(named, cells)
        elif signs.before or signs.past or self._date == "before":
            self._earlier(text, objects, cells)
        elif named and self._is_known_as_new(text, objects):
            self._change(named, cells, text)
        else:
            self.book.leave_open(named, cells)

    def _is_turned(self, text: str, signs: Signs, named: Sequence[int], cells: set[int]) -> bool:
        """Whether a clause tells of a change without a word of it: "there is now a house", "it is in P"."""
        if signs.after and named:
            before = all((number, cell) in self.book.before for number in named for cell in cells)
            if IS_NOW.search(text) or NOW_A.search(text) or A_NOW.search(text) or (before and MOTION.search(text)):
                return True
        placed = PLACE.search(text) is not None and NOUN.search(text) is None
        return len(self.topic) == 1 and placed and (IS_AT.match(text) is not None or is_bare(text))

    def _runs_on(self, text: str, objects: dict[int, set[str]], cells: set[int]) -> bool:
        """Note what is told to run into the cells: "it continues into P", "the road ends in P"; whether it was that."""
        subject = SUBJECT.match(text)
        if not cells or not MOTION.search(text) or (subject is None and not PART_OF.match(text)):
            return False
        noun = NOUN.search(subject["noun"]) if subject is not None and subject["noun"] else None
        if noun is not None:
            number = int(noun[1])
            if _stem(self.prose.word(noun)) not in self.new_words or number >= self.prose.classes:
                return False
            self._change([number], cells, text)
        elif self.kept and self.named and not objects:
            self.book.keep(self.named[-1:], cells)
        elif len(self.last_changed) == 1 and not objects:
            self._change(self.last_changed, cells, text)
        elif PLACE.search(text):
            self.book.reasons.append("places told by reference")
        else:
            return False
        return True

    def _is_known_as_new(self, text: str, objects: dict[int, set[str]]) -> bool:
        words = {_stem(word) for of_class in objects.values() for word in of_class}
        general = any(GENERAL.fullmatch(f"{word}s") for word in words)
        return DEFINITE.search(text) is not None and words <= self.new_words and not general

    def _later(self, text: str, objects: dict[int, set[str]], cells: set[int]) -> None:
        if not objects and BECAME.match(text) and self.last and not names_a_thing(text):
            self._change(self.last[-1:], cells, text)
            return
        if not objects and names_a_thing(text) and not NOUN.search(text) and len(self.topic) == 1:
            objects = {self.topic[0]: {"?"}}
        if objects or len(re.findall(r"[a-z]{3,}", MARK.sub(" ", text))) > 1:
            self.book.describe("after", objects, cells)
        if objects and not any((number, cell) in self.book.before for number in objects for cell in cells):
            self.last_changed = list(objects)
            self.new_words |= {_stem(word) for words in objects.values() for word in words}

    def _earlier(self, text: str, objects: dict[int, set[str]], cells: set[int]) -> None:
        objects = {number: words for number, words in objects.items() if not self.topic or number in self.topic}
        self.book.describe("before", objects, cells)
        self.book.scene |= self._scene and not self.cells
        first = NOUN.search(text)
        if first is not None and not GROUND.search(MARK.sub("#", text[: first.start()])):
            self.book.heads |= {(int(first[1]), cell) for cell in cells}

    def _spelt(self, text: str) -> str:
        return NOUN.sub(self.prose.word, text)

    def _objects(self, text: str) -> dict[int, set[str]]:
        """Asked objects of a clause, with their numbers."""
        objects: dict[int, set[str]] = {}
        plain = words_to_digits(NOUN.sub(partial(_spelt, self.prose), without_aside(text)))
        for match in re.finditer(r"(?:(\d+) (?:\w+ ){0,2})?«(\d+):([^»]*)»", plain):
            if int(match[2]) < self.prose.classes:
                word = f"{match[1]} {match[3]}" if match[1] else match[3]
                objects.setdefault(int(match[2]), set()).add(word)
        counted = COUNTED.search(words_to_digits(MARK.sub("#", text)))
        if counted is not None and not objects and self.named:
            objects = {self.named[-1]: {f"{next(filter(None, counted.groups()))} ?"}}
        return objects


def _spelt(prose: Prose, match: re.Match[str]) -> str:
    return f"«{match[1]}:{prose.word(match)}»"


def _stem(word: str) -> str:
    return re.split(r"[ -]", word)[-1].rstrip("s")


def _removed(book: Book, classes: Sequence[int], cells: set[int]) -> bool:
    """Whether "there is no road now" tells of one that was there before."""
    keys = [(number, cell) for number in classes for cell in cells]
    if keys and all(key in book.before for key in keys):
        book.describe("after", {}, cells)
        return True
    return False
