"""Prose on changes read sentence by sentence into the ledger.

A heading ("Buildings first.", "As for the roads, ..") gives the class that the sentences after it are about; a named cell,
"there", "it" give the cells. Each clause then states of its classes a change, sameness, or what stood there at one
date; "No, wait" takes back what the sentence before told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.grid.ledger.book import Book
from rsica_data.text.grid.ledger.clauses import Signs, clauses_of, signs_of, without_aside
from rsica_data.text.grid.ledger.marks import MARK, NOUN, NOUN_MARK, Prose, places_of
from rsica_data.text.positions.places import PLACE
from rsica_data.text.word_patterns import word_pattern

SENTENCE = re.compile(r"(?<=[.!?])\s+(?!\d\W)|\s*;\s*(?=[^;]*›)")
_HYPOTHESIS, _CORRECTION, _DISOWNED, _LIKEWISE, _REVERSE, _MOTION, _EVERYWHERE, _HERE, _GROUND = (
    word_pattern(f"ledger.{name}")
    for name in (
        "hypothesis",
        "correction",
        "disowned",
        "likewise",
        "reverse",
        "motion",
        "everywhere",
        "here",
        "ground",
    )
)
_TOPIC_START = re.compile(
    r"^\W*(?:\d\W+)?(?:(?:and|so|now|then|next|finally|first|as|on to|over to|moving on to|coming to|going on to|"
    r"let me|"
    r"let us|let's|i'll|i will|i|we|start\w*|begin\w*|look\w*|turn\w*|went through|go(?:ing)? through|check(?:ed|"
    r"ing)?|examin\w+|compar\w+|take|to take|when it comes to|with regard to|"
    r"with respect to|regarding|concerning|as for|as to|for|with|in terms of|in the case of|on|about|at|to|in|the|of|"
    r"case|subject|take|consider|changes?|class)\b\s*,?\s*)*(?:the )?"
    rf"(?P<class>{NOUN_MARK}(?: (?:side|class|changes?|category))?)"
    r"(?:,? (?:first|next|now|then|to begin with|to start with|in turn|(?:is|are) concerned))?\s*(?P<end>[.:,!-]|$)"
)
_TOPIC_REMARK = re.compile(
    rf"^\W*(?:the )?{NOUN_MARK} (?:are|is|tells?|make|offer) (?:a |an |another |the )?[\w ]*?"
    r"(?:matter|story|case|picture|simpler|easier)\b"
)
_TOPIC_WITHIN = re.compile(rf"\bchanges? (?:to|in|of|among) (?:the )?({NOUN_MARK})|\bthere is nothing else to say\b")
_PLACE_HEAD = re.compile(
    r"^\W*(?:\d\W+)?(?:take |in |at |the |cell |look at )*((?:‹P\d+›[\s,&]*(?:and )?)+)\s*(?:[:.-]+\s*|$)"
)
_QUESTION_ANSWER = re.compile(r"^\W*(?:yes|no)\b")
_NO = re.compile(r"^\W*no\b")
_NOT_AT = re.compile(
    r"(?:,\s*|\b)(?:but |and |rather than |instead of )?(?:not|rather than|instead of) (?:in |at |on )?(?:the "
    r")?((?:‹P\d+›(?:\W|\b(?:or|and|the|in)\b)*)+)"
)
_SUBJECT = re.compile(
    r"^\W*(?:(?:and|so|then|in turn|instead|also|from (?:there|here)) )*"
    rf"(?:(?:that|this|the|its|their|these|those) (?:(?!‹)[^ ,;]+ ){{0,3}}?(?P<noun>{NOUN_MARK})|"
    r"(?:it|they|this|that|these|those|both|which|who|all of (?:them|these)|has|have|is|are)\b)"
)
_UNKNOWN_THING = re.compile(
    r"\b(?:an?|another|two|three|four|five|six|\d+|several|some) (?!cells?\b|change|lot of\b|ones?\b|more\b|of\b|"
    r"difference)(?:[a-z-]+ ?){1,4}"
)
_VERDICT = re.compile(
    rf"\bchanges? (?:in|of|to|among) (?:the )?{NOUN_MARK}|^\W*(?:so |hence )?(?:the )?{NOUN_MARK} chang\w+\W*$"
)
_CELL_SUBJECT = re.compile(
    r"^\W*(?:in |at |and |so |the )*(?:(?:‹[PR]\d*›[\s,]*(?:and |or |the |in )*)+|it|they|there|nothing|both|"
    r"neither|no|did|has|"
    r"have|is|are|(?:this|that|the) cell)?(?: cells?)?\s*,?\s*(?:also |too |has |have |had |did |shows? |is |are "
    r"|there (?:is |are |was |has been ))*"
    r"(?:not |n't |no |nothing |un|the same|identical|nor|stayed|remain)"
)
_BY_REFERENCE = re.compile(
    r"\bcells? (?:directly |just |immediately |lying )?(?:(?:to|on|at|along|of|in) (?:the |its |their |either |"
    r"both )?)?"
    r"(?:aside|left|right|north|south|east|west|above|below|near|next to|around)\b"
)
_IS_NOW = re.compile(rf"{NOUN_MARK}.*\b(?:is|are) now (?:an? |the )?.*{NOUN_MARK}")
_BECAME = re.compile(r"^\W*(?:it|they) (?:is|are|has|have) now\b")
_SO_IS = re.compile(r"^\W*(?:and |so |nor |neither |likewise )+(?:is|are|do|does|has|have|did|was|were|the)\b")
_PART_OF = re.compile(r"^\W*(?:from (?:there|here) |then |also |and )*(?:its|their) (?:[a-z-]+ ){1,3}")
_BOTH_CLASSES = re.compile(r"\bboth (?:classes|categories|types|kinds)\b")
_IS_AT = re.compile(
    r"^\W*(?:it|they|this|that|these|those) (?:is|are|was|were) (?:only |just |both |all )?(?:in|at) "
    r""
)
_NO_THINGS = frozenset(
    "cell cells image picture photo scene grid corner middle first second earlier later before after".split()
)
_DATE_LEAD = re.compile(
    r"^\W*(?:and |but |then )*(?:in|on|by|at) (?:the )?(?:time of the )?"
    r"(?:first|second|earlier|later|before|after|older|newer|latter) (?:image|picture|photo|one|scene|date|"
    r"view)\b,?\s*"
)
_TURNS_TO = re.compile(
    r"\b(?:look(?:ing)? at|start\w*|begin\w*|take|consider|turn\w*|come to|now|next|then|first|second|third|last|"
    r"compare|strikes|"
    r"stands out|catches|name|one (?:is|to)|other is|cells? (?:of|are)|i see|goes?)\b"
)
_FEW = re.compile(
    r"\b(?:a )?new ones?\b|\b(?:another(?: one)?|one(?: more)?|two|three|some|several|more|others)(?: of (?:them|"
    r"these|which))?(?= (?:has|have|was|were|is|are)\b|\W*$)"
)
_COUNTED = re.compile(
    r"\bthere (?:were|was|are|is|used to be) (?:now |only |still )*(\d+)\W*$|\b(?:has|had|have) (?:now |only "
    r")*(\d+)\W*$|^\W*(?:only )?(\d+)\W*$"
)
_DEFINITE = re.compile(rf"\b(?:the|this|that|its|their|these|those|same) (?:(?!‹)[^ ,;]+ ){{0,3}}?{NOUN_MARK}")
_OF_REST = re.compile(r"^\W*(?:and |but )?(?:no )?‹R›")
_SINCE = re.compile(r"^\W*since (?:then|the (?:first|earlier|before) \w+(?: was (?:taken|made))?)\s*,?\s*")
_GENERAL = re.compile(r"(?:road|street|building|house|structure)s|(?:road|street) network|housing")
_GIVEN = re.compile(r"\b(?:been given|gained|received|got|acquired|gains|has grown|been extended)\b")
_NOW_A = re.compile(rf"\b(?:now|today)\b.*?\b(?:an?|\d+|two|three|four|several|some) (?:[\w-]+ ){{0,3}}?{NOUN_MARK}")
_A_NOW = re.compile(rf"\b(?:an?|\d+|two|three|four|several|some) (?:[\w-]+ ){{0,3}}?{NOUN_MARK}.{{0,40}}\bnow\b")
_ASIDE_PLACE = re.compile(
    r"\b(?:in|at|on|along|across|over) (?:the |its )?(?:far )?aside\b(?! (?:side )?of (?:it|them|the (?!image|"
    r"scene|picture))|-)"
)
ALL_CELLS = frozenset(range(9))


class LedgerReader:
    """Reads lines in order; the attributes are what the next clause is about."""

    def __init__(self, prose: Prose) -> None:
        self.prose, self.book = prose, Book()
        self.topic: tuple[int, ...] = ()
        self.cells: set[int] = set()
        self.told: set[int] = set()
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

    def line(self, line: str) -> None:
        """One line: a heading, an item of a list, or sentences."""
        line = re.sub(r"^[^\w‹]*(?:\d[.)]\s+)?", "", line, count=1).strip()
        if not line:
            return
        self.listed = False
        head = _PLACE_HEAD.match(line)
        if head is not None:
            self.cells, self.listed = places_of(head[1]), True
            self.told |= self.cells
            line = line[head.end() :]
        for sentence in SENTENCE.split(line):
            if sentence.strip(" .,;:-"):
                self.sentence += 1
                self._sentence(sentence)

    def _sentence(self, text: str) -> None:
        text = _SINCE.sub("", text)
        if text.rstrip().endswith("?"):
            self._question(text)
            return
        if self.asked and _QUESTION_ANSWER.match(text):
            text = self._answer(text)
        self.asked = False
        text = self._without_topic(text)
        if not text.strip(" .,:;-"):
            return
        if _HYPOTHESIS.search(text) or _DISOWNED.search(text):
            self.cells = places_of(text) or self.cells
            return
        if _CORRECTION.search(text):
            self.book.undo(self.sentence - 1)
        if _LIKEWISE.search(text) and places_of(text) and not self.prose.asked(text.split(",")[0]):
            self._likewise(text)
            return
        if _REVERSE.search(text) and not self.prose.asked(text):
            self.cells = places_of(text) or self.cells
            text = text.partition(":")[2]
            if not text.strip(" ."):
                return
        self._same_sentence, self._same_clause = self._same_clause, False
        signs = signs_of(text)
        whole = _OF_REST.match(text) and (signs.same or signs.denial) and not signs.strong
        clauses = [text] if whole else clauses_of(text)
        self._scene = not places_of(text) and not self.listed and not _HERE.search(text)
        self._placed, self._date = bool(places_of(text)), ""
        if not places_of(clauses[0]) and not _HERE.search(clauses[0]):
            self.cells = next(filter(None, map(places_of, clauses)), self.cells)
        notes = self.book.notes
        for clause in clauses:
            self._clause(clause)
        if self._placed and notes == self.book.notes and not self._is_plain(text):
            self.book.reasons.append("a sentence on a cell that is not explained")

    def _is_plain(self, text: str) -> bool:
        """Whether a sentence on a cell says nothing of the classes: it turns to the cell, or names its ground."""
        if _TURNS_TO.search(text) or _GROUND.search(MARK.sub("#", text)):
            return True
        if any(int(match[1]) >= self.prose.classes for match in NOUN.finditer(text)):
            return True
        return not self.prose.asked(text) and re.search(r"\b(?:it|they|ones?|these|those)\b", text) is None

    def _question(self, text: str) -> None:
        self.topic = tuple(self.prose.asked(text)) or self.topic
        self.cells = places_of(text) or self.cells
        self.asked = True

    def _answer(self, text: str) -> str:
        if _NO.match(text):
            self.book.deny(self.topic, self.cells, self.sentence)
            return re.sub(r"^\W*no(?: again)?\W*", "", text)
        inner = places_of(text)
        self.cells = inner or self.cells
        self.book.change(self.topic, self.cells, self.sentence)
        return re.sub(r"^\W*yes\W*", "", text)

    def _without_topic(self, text: str) -> str:
        """The sentence without the heading on its class, which becomes the topic."""
        head = _TOPIC_START.match(text)
        if head is not None and not (head["end"] == "," and _is_list(text[head.end() :])):
            classes = self.prose.asked(head["class"])
            if classes or head["end"] in (":", "."):
                self._about(classes)
                return text[head.end() :]
        if _TOPIC_REMARK.match(text):
            self._about(self.prose.asked(text))
            return text.partition(":")[2]
        if not MARK.search(NOUN.sub("", text)) and len(self.prose.asked(text)) == 1 and not any(_flags(signs_of(text))):
            self._about(self.prose.asked(text))
            return ""
        within = _TOPIC_WITHIN.search(text)
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

    def _clause(self, text: str) -> None:
        for away in _NOT_AT.finditer(text):
            self.book.deny(self.prose.asked(text) or self.topic, places_of(away[1]), self.sentence)
        text = _NOT_AT.sub(" ", text)
        signs = signs_of(text)
        text = _DATE_LEAD.sub("", text)
        if _BY_REFERENCE.search(text) and not places_of(text):
            if not signs.denial and not signs.same:
                self.book.reasons.append("places told by reference")
            return
        places, rest = places_of(text), "‹R›" in text
        recalled = set() if places else self._recalled(text)
        named = self.prose.asked(without_aside(text))
        if not named and _BOTH_CLASSES.search(text):
            named = list(range(self.prose.classes))
        cells = places or recalled or self.cells
        self._remember(text)
        if places:
            self.cells = places
            self.told |= places
            if not re.match(r"^\W*(?:and |but |so )*(?:those|the ones?)\b", text):
                self.last = self.prose.asked(text)
        if rest and (not places or _OF_REST.match(text)):
            self._of_the_rest(signs, named)
        elif signs.denial and self._is_of_before(text, signs):
            self._absent_before(text, named, cells)
        elif re.search(r"\bare not\W*$|\bis not\W*$|\b(?:has|have|did) not\W*$", text) and self._same_clause:
            self._change(named, cells, text)
        elif signs.denial and not re.search(r"\bno longer\b", text):
            self._denial(text, signs, named, cells)
        elif signs.change and not (signs.before and not signs.after and not signs.same and _is_of_first(text)):
            self._changed(text, signs, named, cells)
        elif signs.same and not self._goes_on(text):
            self._same(text, named, cells)
        else:
            self._state(text, signs, named, cells)
        if (
            not named
            and self.prose.asked(text)
            and (signs.change or signs.after)
            and not signs.denial
            and not signs.same
        ):
            self.book.leave_open(self.prose.asked(text), cells)
        self.last = self.prose.asked(text) or self.last
        self.named = self.prose.asked(text) or self.named
        self._same_clause = signs.same
        self._date = "after" if signs.after else "before" if signs.before else self._date

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
        return [word for word in words if word not in _NO_THINGS]

    def _recalled(self, text: str) -> set[int]:
        """The cells of "the factory", where that was told before."""
        if _HERE.search(text) and not re.search(r"\bwhere it (?:stood|was)\b", text):
            return set()
        plain = NOUN.sub(lambda match: _stem(self.prose.word(match)), text)
        for match in re.finditer(r"\bthe (?:[a-z-]+ )??([a-z-]{4,})\b", plain):
            if match[1] in self.where:
                return self.where[match[1]]
        return set()

    def _goes_on(self, text: str) -> bool:
        """Whether something new is told to run on: "the same road continues here"."""
        subject = _SUBJECT.match(text)
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
            others = ALL_CELLS - self.told
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
            if self._scene or _EVERYWHERE.search(text) or len(cells) == 9:
                self.book.spoken |= set(named)
                if self._is_general(text):
                    self.book.settled |= set(named)
            elif not _removed(self.book, named, cells):
                self.book.deny(named, cells, self.sentence)
            return
        if self.last and re.match(r"^\W*(?:and )?(?:none|neither|not one) of (?:them|these|those|which)\b", text):
            self.book.deny(self.last, cells, self.sentence)
        elif signs.change or signs.same or _CELL_SUBJECT.match(text):
            if PLACE.search(text) or _CELL_SUBJECT.match(text):
                bare = (
                    self.last
                    if not PLACE.search(text) and re.match(r"^\W*(?:and |but |so )*(?:they|have|has)\b", text)
                    else ()
                )
                self.book.deny(bare or self.topic or range(self.prose.classes), cells, self.sentence)

    def _is_general(self, text: str) -> bool:
        """Whether a denial is of a class as a whole: "no roads", "the buildings", not "the school"."""
        if re.search(r"\b(?:no|neither|nor|any|none)\b", text):
            return True
        return any(_GENERAL.fullmatch(self.prose.word(match)) for match in NOUN.finditer(text))

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
        if classes and (self._is_vague(text, cells) or (_ASIDE_PLACE.search(text) and not self._placed)):
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
            if self.topic and PLACE.search(text) and not _GROUND.search(self._spelt(text)):
                self.book.reasons.append("something that may be of the class that is spoken of")
            return
        subject = _SUBJECT.match(text)
        if self.named and _FEW.search(text) and not _thing(text):
            self._change(self.named[-1:], cells, text)
        elif (
            subject is not None and subject["noun"] is None and self.last and (not _thing(text) or _GIVEN.search(text))
        ):
            self.book.change(self.last[-1:], cells, self.sentence)
        elif _CELL_SUBJECT.match(text) or PLACE.search(text) or _thing(text):
            if len(self.topic) == 1:
                self._change(self.topic, cells, text)
            elif _thing(text):
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
        elif re.match(
            r"^\W*(?:and )?(?:all (?:of )?)?(?:these|this|everything|all)\b(?! cells?)", text
        ) and not PLACE.search(text):
            self.book.same |= set(self.book.before)
        elif (
            self.last
            and not PLACE.search(text)
            and re.match(
                r"^\W*(?:and |but |so )*(?:it|they|both|those|(?:all|each) of (?:them|these|those|which))\b", text
            )
        ):
            self.book.keep(self.last, cells)
        elif self.last and re.match(r"^\W*(?:and |but |so )*(?:those|the ones?)\b", text):
            self.book.keep(self.last, cells)
        elif _CELL_SUBJECT.match(text):
            self.book.deny(self.topic or range(self.prose.classes), cells, self.sentence)
        else:
            self.book.describe("before", {}, cells)

    def _state(self, text: str, signs: Signs, named: Sequence[int], cells: set[int]) -> None:
        """What stands in the cells at one date, or runs on into them."""
        if signs.after and named and (_IS_NOW.search(text) or _NOW_A.search(text) or _A_NOW.search(text)):
            self._change(named, cells, text)
            return
        if (
            len(self.topic) == 1
            and PLACE.search(text)
            and not NOUN.search(text)
            and (_IS_AT.match(text) or _is_bare(text))
        ):
            self._change(self.topic, cells, text)
            return
        if self._same_sentence and _SO_IS.match(text):
            self._same(text, named, cells)
            return
        objects = self._objects(text)
        counted = _COUNTED.search(words_to_digits(MARK.sub("#", text)))
        if counted is not None and not objects and self.named:
            objects = {self.named[-1]: {f"{next(filter(None, counted.groups()))} ?"}}
        if (
            signs.after
            and _MOTION.search(text)
            and named
            and all((number, cell) in self.book.before for number in named for cell in cells)
        ):
            self._change(named, cells, text)
            return
        moves = _MOTION.search(text) is not None and bool(cells)
        subject = _SUBJECT.match(text)
        part = _PART_OF.match(text) if subject is None else None
        if moves and (subject is not None or part is not None):
            noun = subject["noun"] and NOUN.search(subject["noun"]) if subject is not None else None
            if noun and _stem(self.prose.word(noun)) in self.new_words and int(noun[1]) < self.prose.classes:
                self._change([int(noun[1])], cells, text)
                return
            if not noun and self.kept and self.named and not objects:
                self.book.keep(self.named[-1:], cells)
                return
            if not noun and self.last_changed and len(self.last_changed) == 1 and not objects:
                self._change(self.last_changed, cells, text)
                return
            if not noun and PLACE.search(text):
                self.book.reasons.append("places told by reference")
                return
        later = signs.after or (self._date == "after" and not signs.past)
        if later and not signs.before:
            if not objects and _BECAME.match(text) and self.last and not _thing(text):
                self._change(self.last[-1:], cells, text)
                return
            if not objects and _thing(text) and not NOUN.search(text) and len(self.topic) == 1:
                objects = {self.topic[0]: {"?"}}
            if objects or len(re.findall(r"[a-z]{3,}", MARK.sub(" ", text))) > 1:
                self.book.describe("after", objects, cells)
            if objects and not any((number, cell) in self.book.before for number in objects for cell in cells):
                self.last_changed = list(objects)
                self.new_words |= {_stem(word) for words in objects.values() for word in words}
        elif named and signs.before and signs.after:
            self.book.leave_open(named, cells)
        elif signs.before or signs.past or self._date == "before":
            self._earlier(text, objects, cells)
        elif named:
            words = {_stem(word) for words in objects.values() for word in words}
            if (
                _DEFINITE.search(text)
                and words <= self.new_words
                and not any(map(_GENERAL.fullmatch, (f"{word}s" for word in words)))
            ):
                self._change(named, cells, text)
            else:
                self.book.leave_open(named, cells)

    def _earlier(self, text: str, objects: dict[int, set[str]], cells: set[int]) -> None:
        objects = {number: words for number, words in objects.items() if not self.topic or number in self.topic}
        self.book.describe("before", objects, cells)
        self.book.scene |= self._scene and not self.cells
        first = NOUN.search(text)
        if first is not None and not _GROUND.search(MARK.sub("#", text[: first.start()])):
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
        return objects


def _spelt(prose: Prose, match: re.Match[str]) -> str:
    return f"«{match[1]}:{prose.word(match)}»"


def _stem(word: str) -> str:
    return re.split(r"[ -]", word)[-1].rstrip("s")


def _thing(text: str) -> bool:
    """Whether a clause names an object that is no word of a class and no ground."""
    return any(not _GROUND.search(match[0]) for match in _UNKNOWN_THING.finditer(MARK.sub("#", text)))


def _flags(signs: Signs) -> tuple[bool, ...]:
    return (signs.denial, signs.same, signs.change, signs.before, signs.after, signs.past)


def _is_bare(text: str) -> bool:
    """Whether a clause is places alone."""
    return not re.sub(r"\b(?:the|in|at|and|cells?|only|also|both|grid|corner)\b|\W|\d", "", MARK.sub(" ", text))


def _is_of_first(text: str) -> bool:
    return re.match(r"^\W*(?:in )?the (?:first|earlier|before|older) (?:image|picture|photo|one)\b", text) is not None


def _is_list(text: str) -> bool:
    """Whether a class and a comma begin a list ("Roads, buildings and ..") and no topic."""
    return re.match(rf"\W*(?:and |or )?{NOUN_MARK}", text) is not None


def _removed(book: Book, classes: Sequence[int], cells: set[int]) -> bool:
    """Whether "there is no road now" tells of one that was there before."""
    keys = [(number, cell) for number in classes for cell in cells]
    if keys and all(key in book.before for key in keys):
        book.describe("after", {}, cells)
        return True
    return False
