"""Places of a sentence: which things they are said of."""

from __future__ import annotations

import re
from dataclasses import replace

from rsica_data.claims.models import Region
from rsica_data.claims.nouns import Determiner, Noun, Step
from rsica_data.claims.places import region_at
from rsica_data.claims.state import CHANGES, State
from rsica_data.schema import CELLS

_OPENERS = ("class", "number", "vague", "article", "new", "no", "verb", "single", "another")

_GROUND = re.compile(r"\b(?:bare|low veg|veg|tree|grass|forest|farm|crop|water|soil|meadow|field)", re.IGNORECASE)
"""Names of classes that things are built on."""


class Placing(State):
    """Binds places to the things before them, or to those that follow."""

    def place(self, at: int) -> int:
        """A place: said of the things before it, or of those after it where it comes first."""
        found = region_at(self.tokens, at)
        if found is None:
            return at + 1
        region, after = found
        if self._of_a_thing(after):
            self.prep = "landmark"
            return after
        region = replace(region, only=self.only_place or "only" in self.det.marks)
        self.drop_determiner(at)
        if self.sparing:
            for noun in self.group or (self.verb.subjects if self.verb is not None else self.pending):
                noun.spared.append(region)
            return after
        if self.negative and self._denied(at):
            self._not_there(region, at, after)
            return after
        if self.prep == "of" and len(region.cells) == len(CELLS):
            self.prep = ""
            return after  # "a fifth of the whole scene"
        whole = len(region.cells) == len(CELLS)
        members = [n for n in self.group if not n.landmark and (n.kind != "scene" or (n.negative and not whole))]
        if members and not members[0].led and not self._leads(at, after):
            for noun in members:
                noun.regions.append(region)
        else:
            if members:
                self.group, self.lead = [], []
            self.lead.append(region)
            self.notes.regions.append((region, self.tokens[at].start, self.tokens[after - 1].end))
        self.prep = ""
        return after

    def _denied(self, at: int) -> bool:
        """Whether a not is said of the place: "but not in the middle"."""
        while at > 0 and (self.tag(at - 1) == "in" or self.value(at - 1) in ("the", "directly", "exactly")):
            at -= 1
        return self.tag(at - 1) == "not"

    def _not_there(self, region: Region, at: int, after: int) -> None:
        meant = self.meant()
        self.negative, self.prep = False, ""
        if meant is not None:
            start, end = self.tokens[at].start, self.tokens[after - 1].end
            self.notes.nouns.append(
                Noun("class", meant.name, "word", start, end, Determiner(), negative=True, regions=[region])
            )

    def _of_a_thing(self, at: int) -> bool:
        """Whether the place is one of a thing ("the left side of the road"), not of the image."""
        if self.tag(at) not in ("of", "landmark"):
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
        while back >= 0 and self.tokens[back].tag in ("x", "in"):
            back -= 1
        if back < 0 or self.tokens[back].tag not in ("and", "mark") or self.tag(at - 1) not in ("in", "x"):
            return False
        if self.tag(after) == "of":
            after += 1
            while self.tag(after) in ("x", "scene"):
                after += 1
        while self.value(after) in (",", "the"):
            after += 1
        return self.tag(after) in _OPENERS

    def built_on(self, ground: Noun) -> None:
        """The ground that something was built on was there before: "a road was laid on bare land"."""
        verb = self.verb
        if verb is None or verb.type != "appeared" or verb.negative or ground.det.own or not ground.name:
            return
        before = [token for token in self.tokens if token.end <= ground.start and token.value not in ("the", "a")]
        if not before or before[-1].value not in ("on", "over", "onto", "upon") or not _GROUND.search(ground.name):
            return
        built = [noun for noun in self.classes(verb.subjects) if noun.kind == "class" and not noun.negative]
        if built:
            self.notes.steps.append(Step([ground], built, False))

    def settle_former(self) -> None:
        """Houses stand where trees used to be: the trees became houses."""
        marked = [noun for noun in self.notes.nouns if noun.name and "former" in noun.det.marks and not noun.landmark]
        former = [noun for noun in (*self.notes.former, *marked) if noun.kind == "class"]
        if not former or self.notes.steps:
            return
        others = [
            n
            for n in self.notes.nouns
            if n.kind == "class" and not (n.landmark or n.negative or n in former)
            if n.verb not in ("same", "disappeared", "shrunk")
        ]
        if others:
            self.notes.steps.append(Step(former, others, False))
            for noun in (*former, *(noun for noun in others if noun.verb in ("", "exist"))):
                noun.used = True
            _counted_former(former, others)

    def unbound(self) -> None:
        """Places that found nothing to be said of, as in "top left is a cell with changed roads"."""
        notes = self.notes
        if not notes.regions or any(noun.regions for noun in notes.nouns):
            return
        for noun in notes.nouns:
            if noun.kind == "class" and (noun.det.marks & CHANGES or (noun.verb in CHANGES and not noun.landmark)):
                noun.landmark = noun.soft = False
                noun.regions += [region for region, _, _ in notes.regions]

    def _numbered(self) -> None:
        """A number that came first: "3 is the number of roads that changed", "as for roads, 3 changed"."""
        notes = self.notes
        if len(notes.numbers) != 1:
            return
        things = [noun for noun in notes.nouns if self.classes([noun]) and noun.quantity is None and not noun.negative]
        if notes.topics:
            things = notes.topics
            things[0].verb, things[0].used = "changed", False
        elif not any(token.value in ("number", "count", "quantity") for token in self.tokens):
            return
        if len(things) == 1:
            things[0].quantity, notes.numbers = notes.numbers[0][0], []


def _counted_former(former: list[Noun], others: list[Noun]) -> None:
    """Grass is in the top left, where three houses used to stand: three houses have gone from there."""
    for noun in former:
        if noun.det.number is not None and noun.verb in ("", "exist", "appeared", "expanded"):
            noun.used, noun.verb, noun.scope = False, "disappeared", "change"
            noun.regions = noun.regions or [region for other in others for region in other.regions]
