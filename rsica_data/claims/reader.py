"""One sentence of tagged tokens to notes: which things it names, and what it says of each.

The reader goes once from left to right. Things wait (``pending``) for a verb; a verb without a subject waits for
things. Things behind words such as "along" or "near" only say where others are (landmarks).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rsica_data.claims.lexicon import ClassWord
from rsica_data.claims.models import Region
from rsica_data.claims.nouns import Determiner, Measure, Notes, Noun, Verb
from rsica_data.claims.places import PLACE_TAGS, region_at
from rsica_data.claims.tokens import Token

CHANGES = frozenset({"appeared", "disappeared", "expanded", "shrunk", "changed"})
_UNITS = {"percent": "percent", "m2": "m2", "px": "px"}
_LINKS = frozenset({"in", "of", "to", "with"})
_BOUNDS = {"least": "least", "most": "most", "over": "over", "under": "under", "about": "about", "exactly": ""}


class Reader:
    """State of the reading of one sentence."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.notes = Notes()
        self.det = Determiner()
        self.prep = ""
        self.pending: list[Noun] = []
        self.group: list[Noun] = []
        self.lead: list[Region] = []
        self.verb: Verb | None = None
        self.last_type: tuple[str, bool] = ("", False)
        self.negative = False
        self.auxiliary = False
        self.joined = False
        self.scope = "change"
        self.becoming: tuple[list[Noun], list[Noun], bool] | None = None
        self.replacing: tuple[list[Noun], list[Noun], bool] | None = None
        self.was: bool = False
        self.compare: tuple[str, Noun] | None = None
        self.only_place = False

    def read(self) -> Notes:
        """Read all tokens."""
        at, size = 0, len(self.tokens)
        while at < size:
            tag = self.tokens[at].tag
            handler = _HANDLERS.get(tag)
            at = at + 1 if handler is None else handler(self, at)
        self._drop_determiner(size)
        self._end_clause()
        return self.notes

    # Determiners

    def _drop_determiner(self, at: int) -> None:
        """A number that no noun followed belongs to the thing before it, or stands alone."""
        det = self.det
        self.det = Determiner()
        if not det.numeric:
            return
        quantity = det.quantity()
        start = det.start if det.start is not None else self.tokens[min(at, len(self.tokens) - 1)].start
        end = self.tokens[at - 1].end if at else start
        things = [noun for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark]
        last = things[-1] if things else None
        if quantity is None:
            return
        if last is None:
            self.notes.numbers.append((quantity, start, end))
        elif last.quantity is None and not last.negative and det.number is not None:
            last.quantity = quantity
        elif last.det.numeric or last.negative:
            self._add(Noun("class", last.name, last.reach, start, end, det, quantity=quantity, order=len(things)))

    def number(self, at: int) -> int:
        """A number: a share, an area, cells, or how many of the next noun."""
        token, after = self.tokens[at], at + 1
        value = float(token.value)
        if after < len(self.tokens) and self.tokens[after].tag == "power":
            value, after = value * self.tokens[after].value, after + 1
        start = self.det.start if self.det.start is not None else token.start
        follow = self._tag(after)
        if follow in _UNITS:
            self._measure(value, _UNITS[follow], start, after + 1)
            return after + 1
        cells = self._cells_behind(after)
        if cells:
            self._measure(value, "cells", start, cells)
            return cells
        det = self.det
        det.start = start
        if follow == "and" and self._tag(after + 1) in ("more", "new") and self._value(after) == "or":
            det.bound, after = "least", after + 2
        if det.number is not None and self._value(at - 1) in ("or", "to"):
            det.number, det.upper = min(det.number, value), max(det.number, value)
        else:
            det.number = value
        return after

    def _cells_behind(self, at: int) -> int:
        """Index behind "cells", "of the nine cells"; 0 where no cells are counted."""
        if self._tag(at) == "of":
            at += 1
        while self._tag(at) == "number" or self._value(at) in ("the", "grid"):
            at += 1
        return at + 1 if self._tag(at) == "cell_noun" else 0

    def _measure(self, value: float, unit: str, start: int, after: int) -> None:
        det = self.det
        det.number = value
        quantity = det.quantity(unit)
        self.det = Determiner()
        if quantity is None:
            return
        things = [noun for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark]
        noun = things[-1] if things and self.compare is None else None
        self.notes.measures.append(Measure(quantity, start, self.tokens[after - 1].end, noun))

    def year(self, at: int) -> int:
        """A year, unless it is a number of something."""
        follow = self._tag(at + 1)
        if follow in _UNITS or follow in ("class", "object") or (self.det.bound and self._tag(at - 1) != "first_image"):
            return self.number(at)
        return self.date(at)

    def date(self, at: int) -> int:
        """A date and the image it is said of."""
        token = self.tokens[at]
        scope = self.scope
        if scope == "change":
            words = {str(self._value(near)) for near in range(max(at - 3, 0), at)}
            scope = "before" if words & {"between", "from"} else "after" if words & {"to", "until", "till"} else ""
            if self.notes.dates and not scope:
                scope = "after" if self.notes.dates[-1][1] == "before" else ""
        self.notes.dates.append((str(token.value), scope, token.start, token.end))
        return at + 1

    def vague(self, at: int) -> int:
        """Several, a few, dozens of."""
        self._begin(at)
        if self._value(at) == (2, None) and self.det.number is not None:
            self.det.number = None
        self.det.vague = self.tokens[at].value
        return at + 1

    def bound(self, at: int) -> int:
        """At least, about, more than: before a number; else what the word means otherwise."""
        token = self.tokens[at]
        if self._tag(at + 1) in ("number", "year", "vague", "power", "article", "fraction"):
            self._begin(at)
            self.det.bound = _BOUNDS[token.tag]
            return at + 1
        if token.tag == "exactly" or token.value in ("some", "nearly", "almost"):
            return at + 1
        return self.landmark(at)

    def mark_noun(self, at: int) -> int:
        """New, changed, former, only, largest: what kind of thing follows."""
        token = self.tokens[at]
        self._begin(at)
        if token.tag in ("largest", "smallest"):
            self.det.rank = "largest" if token.tag == "largest" else "smallest"
        else:
            self.det.marks.add(token.tag)
        return at + 1

    def article(self, at: int) -> int:
        """A or an, another, a single."""
        self._begin(at)
        if self.tokens[at].tag == "single":
            self.det.number = 1.0
        elif not self.det.numeric:
            self.det.article = True
            if self.tokens[at].tag == "another":
                self.det.marks.add("new")
        return at + 1

    def compared(self, at: int) -> int:
        """More or fewer: compared with something, else new."""
        self._begin(at)
        self.det.compared = self.tokens[at].tag
        return at + 1

    def no(self, at: int) -> int:
        """No, none of, without, neither: denies what follows."""
        token = self.tokens[at]
        self._begin(at)
        if token.tag == "none" and self._tag(at + 1) in ("", "mark", "and"):
            self._none_of_last()
            self.det = Determiner()
            return at + 1
        self.det.negative = True
        return at + 1

    def _none_of_last(self) -> None:
        waiting = [noun for noun in self.pending if not noun.landmark]
        if not waiting:
            self.notes.nothing = True
        for noun in waiting:
            noun.negative = True

    def _begin(self, at: int) -> None:
        if self.det.start is None:
            self.det.start = self.tokens[at].start

    # Things

    def thing(self, at: int) -> int:
        """A class of land cover, or objects of any class."""
        token = self.tokens[at]
        follow = self._value(at + 1)
        if token.tag == "class" and isinstance(follow, ClassWord) and follow.reach != "group":
            return at + 1  # "villa houses": the last word is the thing
        word: ClassWord | None = token.value if token.tag == "class" else None
        det, self.det = self.det, Determiner()
        noun = Noun(
            kind="class" if word else "object",
            name=word.name if word else None,
            reach=word.reach if word else "word",
            start=det.start if det.start is not None else token.start,
            end=token.end,
            det=det,
            negative=det.negative,
            quantity=det.quantity(),
            scope=self.scope,
        )
        before = self.notes.nouns[-1] if self.notes.nouns else None
        if self.joined and before is not None and not det.own:
            noun.negative = noun.negative or (before.negative and before.det.negative)
            noun.landmark = before.landmark
            if before.det.negative:
                det.negative = True
        self._place_in_sentence(noun)
        self.prep, self.joined = "", True
        return at + 1

    def _place_in_sentence(self, noun: Noun) -> None:
        if "only" in noun.det.marks and noun.kind == "class" and not noun.det.numeric:
            self.notes.only = True
        if self.compare is not None:
            op, other = self.compare
            self.notes.relations.append((op, other, noun))
            noun.used, self.compare = True, None
            self.notes.nouns.append(noun)
            return
        if self.prep == "landmark" and "only" not in noun.det.marks:
            noun.landmark = True
        linked = self.verb is not None and (self.verb.noun or self.notes.nothing)
        if self.prep in ("in", "to") and not linked:
            noun.landmark = True
        if self.prep == "with":
            noun.soft = True
        self._add(noun)

    def _add(self, noun: Noun) -> None:
        noun.order = len(self.notes.nouns)
        self.notes.nouns.append(noun)
        if noun.landmark:
            return
        if self.becoming is not None:
            self.becoming[1].append(noun)
        elif self.replacing is not None:
            self.replacing[1].append(noun)
        if self.group and any(member.regions for member in self.group) and not self.lead:
            self.group = []
        self.group.append(noun)
        noun.regions += self.lead
        noun.led = bool(self.lead)
        verb = self.verb
        open_ = verb is not None and (verb.noun or verb.type == "exist" or not verb.subjects or self._fronted(verb))
        if verb is not None and open_ and self.becoming is None and self.replacing is None:
            self._assign(noun, verb)
        else:
            self.pending.append(noun)

    def _fronted(self, verb: Verb) -> bool:
        return self.joined and all(noun.start > verb.start for noun in verb.subjects)

    def _assign(self, noun: Noun, verb: Verb) -> None:
        noun.verb = verb.type
        noun.negative = noun.negative or verb.negative or (self.notes.nothing and verb.noun)
        if verb.noun and not noun.quantity and verb.subjects and verb.subjects[0].kind == "change":
            noun.quantity = verb.subjects[0].quantity
        if verb.noun:
            for subject in verb.subjects:
                subject.used = subject.used or subject.kind == "change"
        verb.subjects.append(noun)

    def scene(self, at: int) -> int:
        """The scene, an image, the ground: nothing of a class."""
        token = self.tokens[at]
        det, self.det = self.det, Determiner()
        if det.compared and token.value in ("area", "ground", "surface", "land"):
            self.det.compared = "larger" if det.compared == "more" else "smaller"
            return at + 1
        if self.prep in ("in", "of", "to", "landmark", "with") or "rest" in det.marks:
            self.notes.rest = self.notes.rest or "rest" in det.marks
            self.prep = ""
            return at + 1
        noun = Noun("scene", None, "word", token.start, token.end, det, negative=det.negative, scope=self.scope)
        self.notes.nouns.append(noun)
        self.pending.append(noun)
        self.joined = False
        return at + 1

    def nothing(self, at: int) -> int:
        """Nothing: denies the verb that follows."""
        token = self.tokens[at]
        self.notes.nothing = True
        noun = Noun("scene", None, "word", token.start, token.end, Determiner(negative=True), negative=True)
        self.notes.nouns.append(noun)
        self.pending.append(noun)
        return at + 1

    def rest_(self, at: int) -> int:
        """Other, else, the rest: no claim about all of the scene."""
        self.notes.rest = True
        self._begin(at)
        self.det.marks.add("rest")
        return at + 1

    # Verbs

    def verb_(self, at: int) -> int:
        """A verb, or a participle before a noun."""
        token = self.tokens[at]
        type_ = str(token.value)
        if type_ in CHANGES and self._is_adjective(at):
            self._begin(at)
            self.det.marks.add(type_)
            return at + 1
        if type_ == "where_was":
            self.was = True
            return at + 1
        self._drop_determiner(at)
        if type_ == "become":
            return self._become(at)
        if type_ == "replaces":
            return self._replace(at)
        self._finite(Verb(type_, self.negative, False, token.start, token.end))
        return at + 1

    def _is_adjective(self, at: int) -> bool:
        if self._tag(at - 1) in ("auxiliary", "class", "object", "scene", "not", "rest"):
            return False
        for near in range(at + 1, min(at + 4, len(self.tokens))):
            tag = self.tokens[near].tag
            if tag in ("class", "object"):
                return True
            if tag not in ("x", "new", "old", "verb") or self.tokens[near].value in ("the", "this", "that", "there"):
                return False
        return False

    def _finite(self, verb: Verb) -> None:
        self.negative = False
        self.joined = False
        self.prep = ""
        subjects = [noun for noun in self.pending if not noun.landmark]
        earlier = self.verb
        if not subjects and earlier is not None and earlier.subjects and verb.type != "exist":
            subjects = self._said_again(earlier, verb)
        if verb.type in ("exist", "same") and earlier is not None and not subjects:
            verb.negative = verb.negative or earlier.negative
        for noun in subjects:
            if verb.type == "exist" and noun.verb:
                continue
            noun.verb = verb.type
            noun.negative = noun.negative or verb.negative
            noun.soft = False
        verb.subjects = subjects
        if subjects:
            self.last_type = (verb.type, verb.negative)
        self.pending = []
        self.verb = verb

    def _said_again(self, earlier: Verb, verb: Verb) -> list[Noun]:
        """Subjects of a second verb of the clause: "there are 3 houses built", "roads were built and widened"."""
        if earlier.type in ("exist", "same") or earlier.noun or verb.type in ("same",):
            verb.negative = verb.negative or (earlier.negative and earlier.type == "exist")
            return [noun for noun in earlier.subjects if noun.kind != "scene" or verb.type != "exist"]
        return []

    def _become(self, at: int) -> int:
        sources = [noun for noun in self.pending if noun.kind == "class" and not noun.landmark]
        if not sources and self.verb is not None:
            sources = [noun for noun in self.verb.subjects if noun.kind == "class"]
        if not sources:
            sources = [noun for noun in self.notes.nouns if "former" in noun.det.marks]
        if not sources:
            self._finite(Verb("changed" if self.tokens[at].value else "exist", self.negative, False,
                              self.tokens[at].start, self.tokens[at].end))  # fmt: skip
            return at + 1
        self.becoming = (sources, [], self.negative)
        self.notes.steps.append(self.becoming)
        for noun in sources:
            noun.used = True
        self._after_step()
        return at + 1

    def _replace(self, at: int) -> int:
        token = self.tokens[at]
        targets = [noun for noun in self.pending if noun.kind == "class" and not noun.landmark]
        if not targets and self.verb is not None:
            targets = [noun for noun in self.verb.subjects if noun.kind == "class"]
        follows = any(near.tag == "class" for near in self.tokens[at + 1 : at + 6])
        if not follows:
            self._finite(Verb("disappeared", self.negative, False, token.start, token.end))
            return at + 1
        self.replacing = (targets, [], self.negative)
        self.notes.steps.append((self.replacing[1], targets, self.negative))
        self._after_step()
        return at + 1

    def _after_step(self) -> None:
        self.pending, self.verb, self.negative, self.joined, self.prep = [], None, False, False, ""

    def change_noun(self, at: int) -> int:
        """Change, construction, removal: followed by what it is a change of, or preceded by it."""
        token = self.tokens[at]
        det, self.det = self.det, Determiner()
        type_ = str(token.value)
        earlier = self.verb
        holders = [noun for noun in self.pending if noun.kind == "class" and not noun.landmark]
        if earlier is not None and earlier.type == "exist" and not holders:
            holders = [noun for noun in earlier.subjects if noun.kind == "class" and noun.start < earlier.start]
        negative = det.negative or self.negative or (earlier is not None and earlier.negative and not earlier.noun)
        verb = Verb(type_, negative, True, token.start, token.end)
        if holders:
            for noun in holders:
                noun.verb, noun.negative = type_, noun.negative or negative
                noun.quantity = noun.quantity or (det.quantity() if det.numeric else None)
            verb.subjects, verb.noun = holders, False
            self.pending = []
        else:
            start = det.start if det.start is not None else token.start
            change = Noun("change", None, "word", start, token.end, det, negative=negative, verb=type_)
            change.quantity = det.quantity() if det.number is not None else None
            change.scope = self.scope
            self.notes.nouns.append(change)
            self.group.append(change)
            change.regions += self.lead
            verb.subjects = [change]
            self.pending = [noun for noun in self.pending if noun.kind not in ("scene",)]
        self.verb, self.negative, self.joined, self.prep = verb, False, False, ""
        return at + 1

    # Small words

    def not_(self, at: int) -> int:
        """Not: denies the next verb, unless "not only"."""
        if self._tag(at + 1) in ("only", "exactly"):
            return at + 2
        self.negative = True
        return at + 1

    def landmark(self, at: int) -> int:
        """Along, near, from: what follows only says where."""
        self._drop_determiner(at)
        self.prep, self.joined = "landmark", False
        return at + 1

    def preposition(self, at: int) -> int:
        """In, of, to, with."""
        token = self.tokens[at]
        if token.tag == "of":
            return self._of(at)
        self._drop_determiner(at)
        self.prep, self.joined = token.tag, False
        return at + 1

    def _of(self, at: int) -> int:
        before = self._tag(at - 1)
        if before in PLACE_TAGS or before in ("place_noun", "landmark"):
            self.prep = "landmark"
        elif self.prep != "landmark":
            self.prep = "of"
        return at + 1

    def and_(self, at: int) -> int:
        """And, or: joins what follows to what was before."""
        if self.det.number is not None and self._tag(at + 1) == "number" and self._value(at) == "or":
            return at + 1
        if self.det.start is not None and not self.det.numeric and self.det.marks:
            return at + 1  # "new or changed buildings"
        self._drop_determiner(at)
        return at + 1

    def but(self, at: int) -> int:
        """But, while: a new clause."""
        self._drop_determiner(at)
        self._end_clause()
        return at + 1

    def mark(self, at: int) -> int:
        """Commas and brackets."""
        value = self.tokens[at].value
        if value == "[" and self._value(at + 1) == "]":
            for noun in self.notes.nouns[-1:]:
                noun.negative = True
            return at + 2
        if value in ("->", "→"):
            return self._become(at)
        if value == ":" or self.det.start is None or self.det.numeric:
            self._drop_determiner(at)
        if value == ",":
            self.prep = ""
            self.becoming = self.becoming if self._tag(at + 1) in ("class", "article") else None
        return at + 1

    def auxiliary_(self, at: int) -> int:
        """Is, have: a verb is near."""
        self._drop_determiner(at)
        self.joined = False
        self.auxiliary = True
        return at + 1

    def when(self, at: int) -> int:
        """Before, in the later image: the date that is spoken of."""
        self._drop_determiner(at)
        self.scope = "before" if self.tokens[at].tag == "first_image" else "after"
        if self._tag(at) == "first_image" and self._value(at) == "before" and self._value(at + 1) == "the":
            self.prep = "landmark"
        return at + 1

    def than(self, at: int) -> int:
        """Than: compares the last thing that was "more" with the next."""
        nouns = [noun for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark]
        if self.det.compared in ("larger", "smaller") and nouns:
            self.compare = (self.det.compared, nouns[-1])
            nouns[-1].used = True
        elif nouns and nouns[-1].det.compared:
            self.compare = (nouns[-1].det.compared, nouns[-1])
            nouns[-1].used = True
        else:
            self.prep = "landmark"
        self.det = Determiner()
        return at + 1

    def outnumber(self, at: int) -> int:
        """Outnumber: more of the first than of the second."""
        nouns = [noun for noun in self.pending if noun.kind == "class" and not noun.landmark]
        if nouns:
            self.compare = ("more", nouns[-1])
            nouns[-1].used = True
        return at + 1

    def only_(self, at: int) -> int:
        """Only: before a number it says nothing new; else nothing beside the thing or the place."""
        if self._tag(at + 1) in ("number", "article", "vague", "single"):
            return at + 1
        if self._tag(at + 1) == "in":
            self.only_place = True
            return at + 1
        if self._tag(at + 1) in ("", "mark", "verb", "auxiliary") and self.notes.nouns:
            self.notes.only = True
            return at + 1
        self._begin(at)
        self.det.marks.add("only")
        self.prep = ""
        return at + 1

    def hedge(self, at: int) -> int:
        """Probably, seems."""
        self.notes.hedged = True
        return at + 1

    def place(self, at: int) -> int:
        """A place: said of the things before it, or of those after it where it comes first."""
        found = region_at(self.tokens, at)
        if found is None:
            return at + 1
        region, after = found
        if self._of_a_thing(after):
            self.prep = "landmark"
            return after
        region = replace(region, only=self.only_place)
        token = self.tokens[at]
        self._drop_determiner(at)
        members = [noun for noun in self.group if not noun.landmark and noun.kind != "scene"]
        if members and not members[0].led and not self._leads(at, after):
            for noun in members:
                noun.regions.append(region)
        else:
            if members:
                self.group, self.lead = [], []
            self.lead.append(region)
            self.notes.regions.append((region, token.start, self.tokens[after - 1].end))
        self.prep = ""
        return after

    def _of_a_thing(self, at: int) -> bool:
        """Whether the place is one of a thing ("the left side of the road"), not of the image."""
        if self._tag(at) not in ("of", "landmark"):
            return False
        for near in range(at + 1, min(at + 5, len(self.tokens))):
            tag = self.tokens[near].tag
            if tag in ("class", "object"):
                return True
            if tag not in ("x", "new", "old", "article", "number", "vague", "largest"):
                return False
        return False

    def _leads(self, at: int, after: int) -> bool:
        """Whether a place opens a new part: ", and in the bottom right a road"."""
        back = at - 1
        while back >= 0 and (self.tokens[back].tag == "x" or self.tokens[back].tag == "in"):
            back -= 1
        if back < 0 or self.tokens[back].tag not in ("and", "mark") or self._tag(at - 1) not in ("in", "x"):
            return False
        if self._tag(after) == "of":
            after += 1
            while self._tag(after) in ("x", "scene"):
                after += 1
        while self._value(after) in (",", "the"):
            after += 1
        return self._tag(after) in ("class", "number", "vague", "article", "new", "no", "verb", "single", "another")

    # Ends

    def _end_clause(self) -> None:
        """Things without a verb take the one before; without any they are just named."""
        type_, denied = self.last_type
        for noun in self.pending:
            if noun.landmark or noun.verb or noun.soft:
                continue
            if type_ and (self.auxiliary or self.negative or noun.order):
                noun.verb = type_
                noun.negative = noun.negative or (self.negative if self.auxiliary else denied and not noun.det.own)
            elif self.negative:
                noun.negative = True
        self.pending, self.group, self.lead = [], [], []
        self.verb, self.negative, self.auxiliary, self.joined = None, False, False, False
        self.becoming = self.replacing = None
        self.only_place = False
        self.scope = "change"
        self.prep = ""

    def _tag(self, at: int) -> str:
        return self.tokens[at].tag if 0 <= at < len(self.tokens) else ""

    def _value(self, at: int) -> object:
        return self.tokens[at].value if 0 <= at < len(self.tokens) else None


_HANDLERS: dict[str, Callable[[Reader, int], int]] = {
    "number": Reader.number,
    "fraction": Reader.number,
    "year": Reader.year,
    "date": Reader.date,
    "vague": Reader.vague,
    "article": Reader.article,
    "single": Reader.article,
    "another": Reader.article,
    "more": Reader.compared,
    "fewer": Reader.compared,
    "no": Reader.no,
    "none": Reader.no,
    "without": Reader.no,
    "neither": Reader.no,
    "nor": Reader.no,
    "class": Reader.thing,
    "object": Reader.thing,
    "scene": Reader.scene,
    "nothing": Reader.nothing,
    "rest": Reader.rest_,
    "verb": Reader.verb_,
    "noun": Reader.change_noun,
    "not": Reader.not_,
    "landmark": Reader.landmark,
    "in": Reader.preposition,
    "of": Reader.preposition,
    "to": Reader.preposition,
    "with": Reader.preposition,
    "and": Reader.and_,
    "but": Reader.but,
    "mark": Reader.mark,
    "auxiliary": Reader.auxiliary_,
    "first_image": Reader.when,
    "second_image": Reader.when,
    "than": Reader.than,
    "outnumber": Reader.outnumber,
    "only": Reader.only_,
    "hedge": Reader.hedge,
    **dict.fromkeys(("least", "most", "over", "under", "about", "exactly"), Reader.bound),
    **dict.fromkeys(("new", "old", "former", "largest", "smallest"), Reader.mark_noun),
    **dict.fromkeys(PLACE_TAGS, Reader.place),
}
