"""Notes of a sentence to claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rsica_data.claims.models import Claim, Kind, Rank, Region, Relation, Value
from rsica_data.claims.nouns import Measure, Notes, Noun
from rsica_data.claims.state import CHANGES

_DIRECTED = ("appeared", "disappeared", "expanded", "shrunk")


class Emitter:
    """Makes claims with spans in one text.

    ``asked`` are the classes that the question names, None without a question: "no such change" is said of them.
    """

    def __init__(self, text: str, notes: Notes, asked: tuple[str, ...] | None = None) -> None:
        self.text, self.notes, self.asked = text, notes, asked

    def claims(self) -> list[Claim]:
        """All claims of the sentence, in the order of the text."""
        notes = self.notes
        found = [claim for noun in notes.nouns for claim in self._noun(noun)]
        found += [claim for measure in notes.measures for claim in self._measure(measure)]
        found += [self._make("relation", a, b.end, Relation(op, b.name)) for op, a, b in notes.relations]
        found += [claim for step in notes.steps for claim in self._step(step.sources, step.targets, step.negative)]
        found += [
            Claim("date", None, value, True, (start, end), self.text[start:end], notes.hedged, scope=_scope(scope))
            for value, scope, start, end in notes.dates
        ]
        found += self._exclusive()
        return sorted(found, key=lambda claim: claim.span)

    def _make(self, kind: Kind, noun: Noun, end: int, value: Value, polarity: bool = True, **more: Any) -> Claim:
        start, end = min(noun.start, end), max(noun.end, end)
        return Claim(
            kind, noun.name, value, polarity, (start, end), self.text[start:end], hedged=self.notes.hedged, **more
        )

    def _noun(self, noun: Noun) -> Iterator[Claim]:
        if noun.landmark or noun.used or (noun.soft and not noun.verb):
            return
        if noun.kind in ("scene", "change"):
            yield from self._whole(noun)
            return
        if noun.kind == "pronoun":
            if self.asked is not None:
                yield from self._whole(noun)
            return
        if bare(noun) and (self.asked is not None or self.notes.unknown):
            return
        if noun.det.compared == "fewer" and not self.notes.relations:
            if noun.verb == "exist" and noun.kind == "class":
                yield self._make("direction", noun, noun.end, "disappeared")
            return
        type_, negative = _meaning(noun)
        if "rest" in noun.det.marks:
            return
        if noun.det.rank:
            rank = noun.det.rank
            if type_ in CHANGES or type_ in ("exist", ""):
                for region in noun.regions:
                    yield self._make("size", noun, noun.end, Rank(rank, region))
            return
        if type_ == "same":
            if not noun.det.marks & {"old", "former"}:
                yield from self._same(noun, negative)
            return
        if type_ == "exist" and noun.scope != "change" and not noun.det.marks & {"new", *CHANGES}:
            if noun.det.number is not None and noun.quantity is not None:
                yield self._make("count", noun, noun.end, noun.quantity, not negative, scope=noun.scope)
            elif noun.kind == "class":
                yield self._make("class", noun, noun.end, None, not negative, scope=noun.scope)
            return
        yield from self._changed(noun, type_, negative)

    def _same(self, noun: Noun, negative: bool) -> Iterator[Claim]:
        if noun.quantity is not None and noun.det.number is not None:
            if negative:
                yield from self._changed(noun, "changed", False)
            return
        for region in noun.regions:
            yield self._make("position", noun, noun.end, region, negative)
        yield from self._spared(noun, negative)
        if not noun.regions and not noun.spared:
            yield self._make("presence" if negative else "absence", noun, noun.end, None)

    def _changed(self, noun: Noun, type_: str, negative: bool) -> Iterator[Claim]:
        direction = type_ if type_ in _DIRECTED else _marked(noun)
        quantity = noun.quantity
        if noun.reach == "group" and quantity is not None and not quantity.vague:
            quantity = None
        if type_ == "exist" and noun.det.article and not direction:
            quantity = None
        if "some" in noun.det.marks and quantity is not None and not noun.regions and not negative:
            quantity = replace(quantity, high=None)  # "one of them", of those counted before: one at least
        part = noun.reach == "narrower"
        if "most" in noun.det.marks and noun.regions and not negative:
            if quantity is not None and noun.det.number is not None:
                yield self._make("count", noun, noun.end, quantity, part=part, direction=direction)
            value = Relation("most", region=_union(noun))
            yield self._make("relation", noun, noun.end, value)
            if direction and noun.kind == "class":
                yield self._make("direction", noun, noun.end, direction)
            return
        yield from self._spared(noun, not negative)
        if negative:
            if noun.spared and noun.kind == "class":
                return
            if noun.regions:
                for region in noun.regions:
                    yield self._make("position", noun, noun.end, region, False)
            elif quantity is not None and not quantity.vague and noun.det.number is not None:
                yield self._make("count", noun, noun.end, quantity, False, direction=direction)
            elif noun.kind == "class":
                yield self._make("absence", noun, noun.end, None, direction=direction, part=part)
            else:
                yield self._make("change", noun, noun.end, None, False)
            return
        if quantity is not None and "each" in noun.det.marks and noun.regions:
            for region in noun.regions:
                yield self._make("count", noun, noun.end, quantity, part=True, region=region, direction=direction)
        elif quantity is not None and not (quantity.vague and quantity.low <= 1 and quantity.high is None):
            yield self._make("count", noun, noun.end, quantity, part=part, region=_union(noun), direction=direction)
        elif noun.kind == "object":
            yield self._make("change", noun, noun.end, None)
        elif type_ in CHANGES or direction or noun.regions or type_ == "":
            yield self._make("presence", noun, noun.end, None, direction=direction)
        else:
            yield self._make("class", noun, noun.end, None)
            return
        if direction and noun.kind == "class":
            yield self._make("direction", noun, noun.end, direction)
        for region in noun.regions:
            yield self._make("position", noun, noun.end, region)

    def _spared(self, noun: Noun, changed: bool) -> Iterator[Claim]:
        """Places that are excepted from a change, or from an absence of change."""
        yield from (self._make("position", noun, noun.end, region, not changed) for region in noun.spared)

    def _whole(self, noun: Noun) -> Iterator[Claim]:
        """The scene as a whole changed or did not; a change of nothing named lies somewhere."""
        negative = noun.negative
        if noun.kind == "pronoun" and noun.verb == "exist" and self.asked == ():
            yield from (self._make("position", noun, noun.end, region, not negative) for region in noun.regions)
            return
        if noun.verb == "same":
            negative = not negative
        elif noun.verb not in CHANGES or noun.used:
            return
        yield from self._spared(noun, not negative)
        if noun.spared and negative:
            return
        if negative and (self.notes.rest or self.notes.excepted or self.notes.only):
            return
        if noun.quantity is not None and not negative and not noun.regions:
            yield self._make("count", self.notes.topics[0] if self.notes.topics else noun, noun.end, noun.quantity)
            return
        kind: Kind = "absence" if negative else "presence"
        if self.notes.topics:
            for topic in self.notes.topics:
                if noun.regions and not negative:
                    yield from (self._make("position", topic, noun.end, region) for region in noun.regions)
                elif topic.used:
                    yield self._make(kind, topic, noun.end, None)
            return
        if self.asked and noun.kind != "scene" and not noun.regions and noun.quantity is None:
            for name in self.asked:
                span = (noun.start, noun.end)
                yield Claim(kind, name, None, True, span, self.text[span[0] : span[1]], self.notes.hedged)
            return
        if noun.regions:
            for region in noun.regions:
                yield self._make("position", noun, noun.end, region, not negative)
            return
        yield self._make("change", noun, noun.end, None, not negative)

    def _measure(self, measure: Measure) -> Iterator[Claim]:
        noun = measure.noun or next(
            (n for n in self.notes.nouns if n.kind == "class" and not n.landmark and n.start > measure.start), None
        )
        start = min(noun.start, measure.start) if noun else measure.start
        end = max(noun.end, measure.end) if noun else measure.end
        kind: Kind = "position" if measure.quantity.unit == "cells" else "size"
        yield Claim(
            kind,
            noun.name if noun else None,
            measure.quantity,
            True,
            (start, end),
            self.text[start:end],
            self.notes.hedged,
            part=noun is not None and "some" in noun.det.marks,
            scope=_scope(measure.scope or (noun.scope if noun else "change")),
        )

    def _step(self, sources: list[Noun], targets: list[Noun], negative: bool) -> Iterator[Claim]:
        for source in sources:
            for target in targets:
                if source.kind == target.kind == "class" and not target.landmark:
                    yield self._make("transition", source, target.end, (source.name, target.name), not negative)

    def _exclusive(self) -> Iterator[Claim]:
        nouns = [
            noun
            for noun in self.notes.nouns
            if noun.kind == "class" and not noun.landmark and not noun.used and noun.scope == "change"
        ]
        if self.notes.only and nouns:
            for noun in nouns:
                names = ",".join(dict.fromkeys(str(n.name) for n in nouns))
                yield self._make("relation", noun, noun.end, Relation("only", names))
                return


def _scope(word: str) -> Any:
    return word or "change"


def _meaning(noun: Noun) -> tuple[str, bool]:
    """What happened to a thing: by its verb, or by the words before it."""
    type_ = noun.verb
    if type_ in ("", "exist", "changed"):
        marks = noun.det.marks
        if "same" in marks:
            return "same", noun.negative
        for direction in _DIRECTED:
            if direction in marks:
                return direction, noun.negative
        if "new" in marks or (noun.det.compared == "more" and type_ != "changed"):
            return "appeared", noun.negative
        if "changed" in marks:
            return "changed", noun.negative
    return type_, noun.negative


def _marked(noun: Noun) -> str | None:
    if "new" in noun.det.marks:
        return "appeared"
    return next((direction for direction in _DIRECTED if direction in noun.det.marks), None)


def _union(noun: Noun) -> Region | None:
    if not noun.regions:
        return None
    if len(noun.regions) == 1:
        return noun.regions[0]
    cells = tuple(dict.fromkeys(cell for region in noun.regions for cell in region.cells))
    return Region(cells, " and ".join(region.word for region in noun.regions))


def bare(noun: Noun) -> bool:
    """Whether a class is only named."""
    return (
        noun.kind == "class"
        and not (noun.landmark or noun.verb or noun.negative or noun.regions or noun.used or noun.soft)
        and not (noun.det.numeric or noun.quantity or noun.det.marks - {"most"} or noun.det.compared or noun.det.rank)
    )
