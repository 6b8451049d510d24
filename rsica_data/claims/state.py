"""State of the reading of one sentence, and how things and verbs find each other in it."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.lexicon import ClassWord
from rsica_data.claims.models import Region
from rsica_data.claims.nouns import Determiner, Notes, Noun, Step, Verb
from rsica_data.claims.tokens import Token
from rsica_data.schema import CELLS

CHANGES = frozenset({"appeared", "disappeared", "expanded", "shrunk", "changed"})


class State:
    """What the reader remembers while it goes through a sentence.

    Things wait (``pending``) for a verb; a verb without a subject (``verb``) waits for things. ``group`` are the things
    that a place coming next is said of; ``lead`` the places that came first and are said of the things to come.
    ``antecedent`` is the class that sentences before spoke of, for "the largest" without a noun.
    """

    def __init__(self, tokens: Sequence[Token], antecedent: Noun | None = None) -> None:
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
        self.gone = False
        self.auxiliary = False
        self.joined = False
        self.scope = "change"
        self.step: Step | None = None
        self.origin: list[Noun] = []
        self.where = False
        self.compare: tuple[str, Noun] | None = None
        self.only_place = False
        self.sparing = self.denied_lead = False
        self.ranged = False
        self.antecedent = antecedent

    def tag(self, at: int) -> str:
        """Tag of a token; empty outside the sentence."""
        return self.tokens[at].tag if 0 <= at < len(self.tokens) else ""

    def value(self, at: int) -> object:
        """Value of a token; None outside the sentence."""
        return self.tokens[at].value if 0 <= at < len(self.tokens) else None

    def meant(self) -> ClassWord | None:
        """They, three of them: the one class that was named before, in this sentence or the last that named any."""
        named = {noun.name for noun in self.notes.nouns if noun.kind == "class" and not noun.landmark}
        if self.antecedent is not None and not named:
            named = {self.antecedent.name}
        name = named.pop() if len(named) == 1 else None
        return ClassWord(name, "word") if name else None

    def begin(self, at: int) -> None:
        """A determiner begins here, unless it has begun."""
        if self.det.start is None:
            self.det.start = self.tokens[at].start

    def classes(self, nouns: Sequence[Noun]) -> list[Noun]:
        """Those that are land cover or objects, and no landmarks."""
        return [noun for noun in nouns if noun.kind in ("class", "object", "pronoun") and not noun.landmark]

    def drop_determiner(self, at: int) -> None:
        """A number that no noun followed belongs to the thing before it, or stands alone."""
        det, self.det = self.det, Determiner()
        if det.rank:
            self._rank_of_last(det, at)
            return
        if det.negative and det.number == 1 and det.marks:
            det.number = None  # "no missing one"
            self._another(det, at)
            return
        quantity = det.quantity() if det.numeric else None
        if det.number is not None and at and self.tag(at - 1) == "x" and self.tokens[at - 1].start > (det.start or 0):
            return  # "one spot": a number of something else
        if quantity is not None and (self.prep == "from" or self.ranged):
            self.ranged = self.prep == "from"
            return  # "grew from 2 to 5": not numbers of what changed
        if quantity is None:
            self.notes.none = self.notes.none or (det.negative and not self.notes.nouns)
            return
        start = det.start if det.start is not None else self.tokens[min(at, len(self.tokens) - 1)].start
        end = self.tokens[at - 1].end if at else start
        nouns = [noun for noun in self.notes.nouns if not noun.landmark]
        things = [noun for noun in nouns if noun.kind in ("class", "object") and noun not in self.notes.topics]
        last = things[-1] if things else next((noun for noun in reversed(nouns) if noun.kind == "change"), None)
        if last is None:
            self.notes.numbers.append((quantity, start, end))
        elif last.quantity is None and not last.negative and det.number is not None:
            last.quantity = quantity
        elif last.det.numeric or last.negative:
            self.add(Noun(last.kind, last.name, last.reach, start, end, det, quantity=quantity))

    def _another(self, det: Determiner, at: int) -> None:
        """One more of what was named, or none of it, with no noun behind it: "another in the top left"."""
        meant = self.meant()
        if meant is not None and det.start is not None:
            end = self.tokens[at - 1].end
            quantity = det.quantity() if det.number is not None else None
            self.add(Noun("class", meant.name, "word", det.start, end, det, negative=det.negative, quantity=quantity))

    def _rank_of_last(self, det: Determiner, at: int) -> None:
        """The largest, with no noun behind it: of the things named before."""
        things = [noun for noun in self.notes.nouns if noun.kind == "class"]
        last = things[-1] if things else self.antecedent
        if det.start is not None:
            kind, name, reach = ("class", last.name, last.reach) if last is not None else ("object", None, "word")
            self.add(Noun(kind, name, reach, det.start, self.tokens[at - 1].end, det))

    def add(self, noun: Noun) -> None:
        """Note a thing; give it the verb that waits, or let it wait for one."""
        noun.order = len(self.notes.nouns)
        self.notes.nouns.append(noun)
        if self.prep == "from":
            self.origin.append(noun)
        if noun.landmark:
            return
        if self.step is not None:
            self.step.targets.append(noun)
            noun.det.marks.add("target")
            noun.used = noun.used or self.step.backward
        if self.where:
            self.notes.former.append(noun)
        if self.group and any(member.regions for member in self.group) and not self.lead:
            self.group = []
        self.group.append(noun)
        noun.regions += self.lead
        noun.led = bool(self.lead)
        noun.negative = noun.negative or (noun.led and self.denied_lead)
        verb = self.verb
        if verb is not None and self.step is None and self._takes(verb):
            self.assign(noun, verb)
        else:
            self.pending.append(noun)

    def _takes(self, verb: Verb) -> bool:
        """Whether a verb still takes things behind it."""
        if verb.noun or verb.type in ("exist", "concerns") or not verb.subjects:
            return True
        if verb.type == "disappeared" and all(noun.kind == "scene" for noun in verb.subjects):
            return True  # "the area has lost two houses"
        if self.prep in ("in", "to", "of") and all(noun.kind in ("scene", "change") for noun in verb.subjects):
            return True
        return self.joined and all(noun.start > verb.start for noun in verb.subjects)

    def assign(self, noun: Noun, verb: Verb) -> None:
        """The verb is said of the thing."""
        noun.verb = "changed" if verb.type in ("concerns", "occurs") else verb.type
        noun.negative = noun.negative or verb.negative or (self.notes.nothing and verb.noun)
        if verb.noun and not noun.quantity and verb.subjects and verb.subjects[0].kind == "change":
            noun.quantity = verb.subjects[0].quantity
            noun.regions += verb.subjects[0].regions
            noun.det.rank = noun.det.rank or verb.subjects[0].det.rank
        for subject in verb.subjects:
            if subject.kind == "change" or (verb.type != "exist" and subject.kind == "scene"):
                noun.negative = noun.negative or (subject.negative and not verb.noun)
                subject.used = True
        verb.subjects.append(noun)

    def end_clause(self) -> None:
        """Things without a verb take the one before; without any they are just named."""
        type_, denied = self.last_type
        verb = self.verb
        alone = not (self.notes.nouns or self.notes.measures)
        if verb is not None and not verb.subjects and alone and verb.type in ("same", "changed"):
            # "Much is different": said of the scene, or of what a question names.
            negative = verb.negative if verb.type == "changed" else not verb.negative
            said = Noun("change", None, "word", verb.start, verb.end, Determiner(), negative=negative, verb="changed")
            said.regions += [region for region in self.lead if len(region.cells) < len(CELLS)]
            self.notes.nouns.append(said)
        for noun in self.pending:
            if noun.landmark or noun.verb or noun.soft:
                continue
            if self.gone:
                noun.verb = "disappeared"
            elif noun.kind == "scene" or "target" in noun.det.marks:
                continue
            elif type_ and (self.auxiliary or self.negative or noun.order):
                noun.verb = type_
                noun.negative = noun.negative or (self.negative if self.auxiliary else denied and not noun.det.own)
            elif self.negative and self.tokens[-1].tag in ("not", "auxiliary"):
                noun.negative = True
        self.pending, self.group, self.lead, self.origin = [], [], [], []
        self.verb, self.step = None, None
        self.denied_lead = False
        self.negative = self.gone = self.auxiliary = self.joined = self.only_place = self.where = self.sparing = False
        self.scope, self.prep = "change", ""
