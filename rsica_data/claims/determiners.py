"""Words before a thing: how many, which, and numbers that measure."""

from __future__ import annotations

from dataclasses import replace

from rsica_data.claims.nouns import Determiner, Measure, Noun
from rsica_data.claims.places import PLACE_TAGS
from rsica_data.claims.state import State
from rsica_data.claims.tokens import FRACTIONS

_UNITS = {"percent": "percent", "m2": "m2", "px": "px"}
_BOUNDS = {"least": "least", "most": "most", "over": "over", "under": "under", "about": "about", "exactly": ""}
_WHOLES = ("image", "scene", "picture", "area", "photo", "images", "pictures", "site")

_WHOLE = ("whole image", "whole scene", "entire image", "entire scene")


class Determiners(State):
    """Numbers, articles, negations and adjectives that matter."""

    def number(self, at: int) -> int:
        """A number: a share, an area, cells, or how many of the next noun."""
        value, after = float(self.tokens[at].value), at + 1
        if self.tag(after) == "power":
            value, after = value * self.tokens[after].value, after + 1
        start = self.det.start if self.det.start is not None else self.tokens[at].start
        follow = self.tag(after)
        if self.value(after) == "exist" and value == 1 and self.tokens[at].end - self.tokens[at].start == 3:
            return after  # "one finds"
        if follow in _UNITS:
            self.measure(value, _UNITS[follow], start, after + 1)
            return after + 1
        cells = self._cells_behind(after)
        if cells:
            self.measure(value, "cells", start, cells)
            return cells
        det = self.det
        det.start = start
        if det.number is not None and "of" in (self.tag(at - 1), self.tag(at - 2)):
            return after  # "3 of the 5 buildings"
        if follow == "and" and self.tag(after + 1) in ("more", "new") and self.value(after) == "or":
            det.bound, after = "least", after + 2
        if det.number is not None and self.value(at - 1) in ("or", "to"):
            det.number, det.upper = min(det.number, value), max(det.number, value)
        else:
            det.number = value
        if self.value(after) == "each":
            det.marks.add("each")  # "one each in the top left and the top right"
            return after + 1
        return after

    def _cells_behind(self, at: int) -> int:
        """Index behind "cells", "of the nine cells"; 0 where no cells are counted."""
        if self.tag(at) == "of":
            at += 1
        for _ in range(3):
            at += self.tag(at) == "number" or self.value(at) in ("the", "grid")
        return at + 1 if self.tag(at) == "cell_noun" else 0

    def measure(self, value: float, unit: str, start: int, after: int, approximate: bool = False) -> None:
        """Note a share, an area or a number of cells of the thing before it."""
        det, self.det = self.det, Determiner()
        det.number = value
        if approximate and not det.bound:
            det.bound = "about"
        quantity = det.quantity(unit)
        assert quantity is not None
        things = [noun for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark]
        thing = things[-1] if things else self.antecedent if self.scope != "change" else None
        self.notes.measures.append(
            Measure(quantity, start, self.tokens[after - 1].end, thing, self._dated(after, thing))
        )

    def _dated(self, after: int, thing: Noun | None) -> str:
        """The date that a share is of: named right behind it, or before it; "from 2 to 5 percent" names both."""
        earlier = self.notes.measures[-1].scope if self.notes.measures else ""
        if self.prep == "from" and self._goes_to(after):
            self.prep = ""
            return "before"
        if self.prep == "to" and earlier == "before":
            self.prep = ""
            return "after"
        if thing is None or thing.det.marks & {"new", "changed", "appeared", "disappeared"}:
            return ""
        for near in range(after, len(self.tokens)):
            tag = self.tokens[near].tag
            if tag in ("first_image", "second_image"):
                return "before" if tag == "first_image" else "after"
            if tag not in ("x", "of", "in", "scene"):
                break
        return self.scope if self.scope != "change" else ""

    def _goes_to(self, at: int) -> bool:
        """Whether a share "from" is followed by one "to"."""
        ahead = [token.tag for token in self.tokens[at : at + 8]]
        return "to" in ahead and "number" in ahead[ahead.index("to") :]

    def fraction(self, at: int) -> int:
        """Half of the image; half of anything else says nothing that facts hold."""
        after = at + 1
        value = self.value(at)
        share = FRACTIONS.get(value, 0.0) if isinstance(value, str) else float(self.tokens[at].value)
        if self.tag(after) == "of" and self.value(after + 1) == "the" and self.value(after + 2) in _WHOLE:
            after += 2
        while self.tag(after) == "of" or self.value(after) in ("the", "whole", "entire"):
            after += 1
        if share and self.value(after) in (*_WHOLES, *_WHOLE):
            self.begin(at)
            start = self.det.start if self.det.start is not None else self.tokens[at].start
            self.measure(share, "percent", start, after, approximate=True)
            return after + 1
        return at + 1

    def year(self, at: int) -> int:
        """A year, unless it is a number of something."""
        if self.tag(at + 1) in (*_UNITS, "class", "object") or self.det.bound:
            return self.number(at)
        return self.date(at)

    def date(self, at: int) -> int:
        """A date, and the image it is said of."""
        token, dates = self.tokens[at], self.notes.dates
        words = {str(self.value(near)) for near in range(max(at - 3, 0), at)}
        tags = [near.tag for near in self.tokens]
        near = self._image_said(at)
        if near and not words & {"between", "since"} and not (dates and dates[-1][1] == near):
            scope = near
        elif dates and dates[-1][1] == "before":
            scope = "after"
        elif words & {"between", "since"} or ("from" in words and "to" in tags[at:]):
            scope = "before"
        elif self.scope != "change":
            scope = self.scope
        elif ("first_image" in tags) != ("second_image" in tags):
            scope = "before" if "first_image" in tags else "after"
        elif any(tag in ("year", "date") for tag in tags[at + 1 :]):
            scope = "before"
        else:
            scope = ""
        dates.append((str(token.value), scope, token.start, token.end))
        if self.prep == "in" and scope:
            self.scope = scope
        return at + 1

    def _image_said(self, at: int) -> str:
        """The image that was named since the date before this one, where there are two dates and it is one image."""
        dates = [n for n, token in enumerate(self.tokens) if token.tag in ("year", "date")]
        if len(dates) != 2:
            return ""
        begin = dates[0] + 1 if at == dates[1] else 0
        said = {token.tag for token in self.tokens[begin:at]} & {"first_image", "second_image"}
        return {"first_image": "before", "second_image": "after"}[said.pop()] if len(said) == 1 else ""

    def vague(self, at: int) -> int:
        """Several, a few, dozens of."""
        self.begin(at)
        if self.value(at) == (2, None):
            self.det.number = None
        self.det.vague = self.tokens[at].value
        return at + 1

    def bound(self, at: int) -> int:
        """At least, about, more than: before a number; else what the word means otherwise."""
        token = self.tokens[at]
        if self.tag(at + 1) in ("number", "year", "vague", "power", "article", "fraction", "single") or (
            self.value(at + 1) == "half"
        ):
            self.begin(at)
            self.det.bound = _BOUNDS[token.tag]
            return at + 1
        if token.tag == "over" and token.value == "more than":
            self.det.compared = "more"
            return self.than(at)
        if token.tag == "under" and token.value in ("fewer than", "less than"):
            self.det.compared = "fewer"
            return self.than(at)
        if token.tag in ("exactly", "about") and token.value not in ("about", "around", "close to"):
            return at + 1
        return self.landmark(at)

    def landmark(self, at: int) -> int:
        """Along, near: what follows only says where."""
        self.drop_determiner(at)
        word, verb = self.value(at), self.verb
        if (word == "for" and at == 0) or (word == "about" and self.tag(at - 1) == "nothing"):
            self.prep = "topic"
            return at + 1
        agent = word == "by" and verb is not None and verb.type in ("concerns", "exist") and self.tag(at - 1) == "verb"
        if word == "between" and [self.tag(at + n) for n in (1, 2, 3)] == ["number", "and", "number"]:
            self.begin(at)
            self.det.number, self.det.upper = float(self.tokens[at + 1].value), float(self.tokens[at + 3].value)
            return at + 4
        if agent or (word == "for" and any(token.tag == "cell_noun" for token in self.tokens[:at])):
            self.prep = "of"
            return at + 1
        # "Next to two new roads" counts them; "next to the two roads" only says where.
        self.prep, self.joined = ("", True) if self._counts_new(at + 1) else ("landmark", False)
        return at + 1

    def _counts_new(self, at: int) -> bool:
        return self.tag(at) == "number" and self.tag(at + 1) == "new"

    def than(self, at: int) -> int:
        """Than: compares the last thing that was "more" with the next."""
        nouns = [noun for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark]
        changes = [noun for noun in self.notes.nouns if noun.kind == "change" and noun.det.compared]
        op = self.det.compared or (nouns[-1].det.compared if nouns else "")
        op = op or (changes[-1].det.compared if changes else "")
        if nouns and op:
            self.compare = (op, nouns[-1])
            nouns[-1].used = True
        else:
            self.prep = "landmark"
        self.det = Determiner()
        return at + 1

    def mark_noun(self, at: int) -> int:
        """New, former, only, largest: what kind of thing follows."""
        token = self.tokens[at]
        self.begin(at)
        if token.tag in ("largest", "smallest"):
            self.det.rank = "largest" if token.tag == "largest" else "smallest"
        else:
            self.det.marks.add(token.tag)
        return at + 1

    def most(self, at: int) -> int:
        """Most of, mostly: more than half of what follows."""
        if self.tag(at + 1) == "in" or self.tag(at + 1) in PLACE_TAGS:
            for noun in self.group:
                noun.det.marks.add("most")
            return at + 1
        self.begin(at)
        self.det.marks.add("most")
        return at + 1

    def article(self, at: int) -> int:
        """A or an, another, a single."""
        self.begin(at)
        if self.tokens[at].tag == "single":
            self.det.number = 1.0
        elif not self.det.numeric:
            self.det.article = True
            if self.tokens[at].tag == "another":
                self.det.marks.add("new")
                if self.tag(at + 1) == "in" and self.meant() is not None:
                    self.det.number = 1.0  # "another in the top left"
                    self._another(self.det, at + 1)
                    self.det = Determiner()
        return at + 1

    def compared(self, at: int) -> int:
        """More or fewer: compared with something, else new."""
        self.begin(at)
        self.det.compared = self.tokens[at].tag
        return at + 1

    def no(self, at: int) -> int:
        """No, none of, without, neither: denies what follows."""
        token = self.tokens[at]
        self.begin(at)
        if token.tag in ("neither", "nor") and (self.tag(at + 1) == "verb" or self._place_ahead(at + 1)):
            self.negative, self.det = True, Determiner()
            self.denied_lead = self.tag(at + 1) != "verb"
            return at + 1
        if token.tag == "none" and token.value == "none":
            if self.tag(at + 1) == "in" and self._place_ahead(at + 1) and self.meant() is not None:
                self._another(replace(self.det, negative=True), at + 1)
                self.det = Determiner()
                return at + 1
            if self.tag(at + 1) in ("", "mark", "and", "auxiliary"):
                self._none(at)
                return at + 1
        self.det.negative = True
        return at + 1

    def _none(self, at: int) -> None:
        """None, with no noun behind it: of the things that wait for a verb, else of those named before."""
        meant = self.meant() if not self.classes(self.pending) and self.tag(at + 1) == "auxiliary" else None
        if meant is None:
            self.none_of_last()
            self.det = Determiner()
            return
        token = self.tokens[at]
        det, self.det = self.det, Determiner()
        det.negative = True
        self.verb = None
        self.add(Noun("class", meant.name, "word", token.start, token.end, det, negative=True))

    def nowhere(self, at: int) -> int:
        """Nowhere: none of the thing before it."""
        verb = self.verb
        if verb is not None and not self.pending and self.tag(at + 1) != "rest" and self.classes(verb.subjects):
            for noun in self.classes(verb.subjects):
                noun.negative = True
            return at + 1
        self.none_of_last()
        return at + 1

    def _place_ahead(self, at: int) -> bool:
        """Whether a place follows, articles and "in" left aside."""
        while self.tag(at) == "in" or self.value(at) == "the":
            at += 1
        return self.tag(at) in PLACE_TAGS

    def none_of_last(self) -> None:
        """Denies the things that wait for a verb."""
        waiting = self.classes(self.pending)
        if not waiting:
            self.notes.none = True
        for noun in waiting:
            noun.negative = True
