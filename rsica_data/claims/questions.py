"""Questions, and the answers that say nothing without them: yes, 3, none, top left, buildings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from rsica_data.claims.asking import asks_extent, came, extent, settle_places, what_came
from rsica_data.claims.emit import Emitter, bare
from rsica_data.claims.frames import plain
from rsica_data.claims.lexicon import vocabulary
from rsica_data.claims.models import Claim, Kind, Quantity, Rank, Region, Relation, Scope
from rsica_data.claims.nouns import Notes
from rsica_data.claims.reader import CHANGES, Reader
from rsica_data.claims.tokens import Token, flatten, sentences, tokenize

_HOW_MANY = re.compile(r"\bhow many\b|\bnumber\b|\bcount\b|\bhow much\b")
_YES_NO = re.compile(
    r"^\W*any(?:thing)?\b(?! idea)|"
    r"(?:^|[.:;,?])\W*(?:is|are|was|were|has|have|had|do|does|did|can|could|would|will|should)\b"
)
_WHERE = re.compile(
    r"\bwhere\b|\bcells?\b|"
    r"\b(?:which|what) (?:\w+ )?(?:part|place|corner|region|ninth|position|location|row|column|quadrant)"
)
_SIDE = re.compile(r"\bdirection\b|\bside\b|\bhalf\b|\bseen from\b|\btowards?\b|\bleft or\b|\btop or\b|\bwhich way\b")
_WHICH = re.compile(r"\bwhich\b|\bwhat\b|\blist\b|\bname\b|\bsay\b")
_OTHER = re.compile(
    r"\bnear(?:est)?\b|\bclosest?\b|\bland cover\b|\bcover\b|\bbecame?\b|\bbecome\b|\bturn\b|\breplaced?\b|\bgained\b|"
    r"\blost\b|\bwas there\b|\bwhere\b|\bof which class\b|\bmostly?\b|\bspread\b|"
    r"\bmost\b|\bg[ai]ve\b|\bdecreased\b|\bincreased\b|\bshrank\b|\bground\b|\bincrease\b|\bdecrease\b|\bgrew\b"
)
_NO = (
    r"(?:\bno\b|\bnot\b|n't\b|\bunchanged\b|\bfree of\b|\bstay(?:ed)?\b|\balone\b|\bwithout\b|\bun\w+ed\b|"
    r"\bsame\b(?! (?:\w+ )?(?:time|period|interval|span|years?|area|place|scene|site)))"
)
_DENIED = re.compile(_NO)
_SPARED = re.compile(rf"\b(?:which|what|where|name|list)\b(?:(?!\bif\b)[^.?;,:])*?{_NO}")
_OF_CHANGE = re.compile(r"\b(?:new|newly|changed|added|removed|built|lost|altered|additional|demolished|missing)\b")
_LIMITED = re.compile(
    r"\bedges?\b|\bborders?\b|\bmargin\b|\bconcentrated\b|\bscattered\b|\bexactly\b|\bboth\b|\balone\b|\bjust\b"
)
"""Limits of a question that its claims do not hold: a no then denies less than they say."""
_ASIDE = re.compile(
    r"^(?:\w+,? )?(?:before|while|as|since|because|if|when|so that|for|now that|although) (?:i|we|my|our)\b[^,?.;]*,|"
    r"^(?:\w+,? )?(?:i|we) (?:have|am|are|was|were|need|want|would|just|must)\b[^,?;.]*[,;.](?= ?(?:\w+,? )?"
    r"(?:did|do|does|have|has|is|are|was|were|which|what|where|how|can|could)\b)",
    re.IGNORECASE,
)
"""What somebody says of himself before he asks: "before I edit my street map, did anything change?"."""
_INSTRUCTION = re.compile(r"(?:please )?(?:answer|reply|respond)[^.?!]*\byes or no\b|\byes or no\b")
_GROUND = r"\b(?:ground|land|soil|place|spot|site|covere?[ds]?|covering|underneath|beneath|there)\b"
_IN_PLACE = re.compile(
    r"\b(?:what|which)(?: (?!was|were|is|are|did)\w+)?(?: has| have)? "
    r"(?:replaced|replaces|took the place of|takes the place of)\b|"
    rf"^(?=.*{_GROUND})[^?]*\bwhat\b[^?]*\b(?:covers?|is|are|stands?|lies|occup(?:ies|y)|took|takes|replaced)\b[^?]*"
    r"\b(?:lost(?! to)|removed|demolished|former|vanished|disappeared|missing|torn)\b"
)
_WAS_THERE = re.compile(
    r"\b(?:what|which)\b[^?]*\b(?:(?:made|make|gave|give|given|makes) way|sacrificed|cleared)\b[^?]*"
    r"\b(?:for|to|when|by)\b|"
    r"\bwhat\b[^?]*\b(?:lies|lay|is|was|were)\b (?:now |right )?(?:under|underneath|beneath|below)\b|"
    r"\b(?:what|which)\b[^?]*\b(?:(?:did|do|does|has|have) (?!been|replace)[^?]*\breplaced?\b|replaced by\b)|"
    rf"^(?=.*{_GROUND})[^?]*\bwhat\b[^?]*\b(?:covered|was|were|stood|lay|occupied|used to)\b[^?]*"
    r"\b(?:new|newly|built|added|appeared|came|come|constructed|stands?|standing)\b"
)
_EQUAL = re.compile(r"\bequal(?:ly)?\b|\bsame\b|\bneither\b|\bboth\b")


class Asked:
    """What a question asks about.

    Attributes:
        claims: what the question states, if it is answered by yes.
        classes: classes named in it.
        objects: whether it speaks of objects or changes without a class.
        unit: what a bare number in the answer counts or measures; empty where no number is asked for.
        limited: a no does not deny its claims as they stand.
        either: whether classes are joined by "or": a yes is said of one of them at least.
        spared: whether it asks for places where nothing is different.
        step: ``from`` or ``to`` where it asks what came in the place of the class, or was there before it.
        compare: ``more`` or ``fewer`` where two classes are compared.
        regions: the places that it names.
        came: the change of which it asks the class: "what was built".
        extent: whether it asks how the extent of its class changed.
    """

    def __init__(self, text: str, classes: tuple[str, ...], synonyms: str) -> None:
        text = plain(flatten(_ASIDE.sub(lambda match: " " * len(match[0]), text)), question=True).text
        tokens = tokenize(text, vocabulary(classes, synonyms))
        low = text
        instruction = _INSTRUCTION.search(low)
        if instruction is not None:
            tokens = [token for token in tokens if not instruction.start() <= token.start < instruction.end()]
        parts = [Reader(sentence).read() for sentence in sentences(tokens)]
        said = [token.value.name for token in tokens if token.tag == "class"]
        if len(set(said)) == 1:
            stand_for(parts, said[0])
        stated = [claim for part in parts for claim in Emitter(text, part).claims()]
        self.claims = tuple(_specific(stated))
        if {c.polarity for c in self.claims if c.kind == "change"} == {True, False}:
            self.claims = ()  # "is it the same, or has it changed?"
        self.regions, self.claims = settle_places(parts, self.claims)
        self.limited = _LIMITED.search(low) is not None
        tags = {token.tag for token in tokens}
        named = [token.value.name for token in tokens if token.tag == "class"]
        self.classes: tuple[str, ...] = tuple(dict.fromkeys(named))
        self.objects = "object" in tags
        self.yes_no = _YES_NO.search(low) is not None
        self.rank: Literal["", "largest", "smallest"] = (
            "" if "number" in low else "largest" if "largest" in tags else "smallest" if "smallest" in tags else ""
        )
        self.scope: Scope = "change" if _OF_CHANGE.search(low) else _date_of(low)
        self.unit = _unit(tags, low)
        two = len(self.classes) == 2 and re.search(r"\bor\b|\band\b", low) is not None
        more = re.search(r"\bmore\b|\bgreater\b|\bhigher\b|\blarger\b|\boutnumber\b", low)
        self.compare = "more" if two and more and not self.yes_no_pair(low) else ""
        if self.compare and re.search(
            r"\bby area\b|\b(?:changed|larger|compare|more|greater) areas?\b|\bsurface\b|"
            r"\broom\b|\bground\b|\bpixels\b|\bcovers?\b",
            low,
        ):
            self.compare = "larger"
        self.where = _WHERE.search(low) is not None and _SIDE.search(low) is None
        self.either = re.search(r"\bor\b", low) is not None
        self.spared = _SPARED.search(low) is not None
        self.objects = self.objects or any(claim.kind == "change" for claim in self.claims)
        self.denied = _DENIED.search(low) is not None
        self.came = "" if self.classes or self.yes_no else what_came(low)
        self.extent = asks_extent(low, self.classes)
        self.step = "" if len(self.classes) != 1 else "from" if _IN_PLACE.search(low) else (
            "to" if _WAS_THERE.search(low) else ""
        )  # fmt: skip
        self.which = _WHICH.search(low) is not None and _OTHER.search(low) is None and not self.rank

    def yes_no_pair(self, low: str) -> bool:
        """Whether two classes are compared in a question of yes or no ("are there more roads than buildings")."""
        return " than " in low


def stand_for(parts: Sequence[Notes], name: str, single: bool = False) -> None:
    """They, and with ``single`` it where it changes: the one class that a question names."""
    for notes in parts:
        for noun in notes.nouns:
            it = single and noun.kind == "scene" and noun.end - noun.start == 2 and noun.verb in (*CHANGES, "same")
            if noun.kind == "pronoun" or it:
                noun.kind, noun.name = "class", name
                notes.none = notes.none or (noun.negative and not noun.verb)


@lru_cache(maxsize=4096)
def read_question(text: str, classes: tuple[str, ...], synonyms: str) -> Asked:
    """What a question asks, read once."""
    return Asked(text, classes, synonyms)


def _specific(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Without what another claim of the same subject implies."""
    strong = {c.subject for c in claims if c.kind in ("count", "position", "relation", "size", "transition")}
    for claim in claims:
        implied = claim.kind in ("presence", "change") and claim.subject in strong
        loose = claim.kind == "count" and isinstance(claim.value, Quantity) and claim.value.vague
        if claim.kind in ("class", "direction", "date") or implied:
            continue
        if loose:
            yield replace(claim, kind="presence", value=None)
        else:
            yield claim


def _date_of(low: str) -> Scope:
    early = re.search(r"\b(?:first|earlier|before)\b", low) is not None
    late = re.search(r"\b(?:second|later|after)\b", low) is not None
    return "change" if early == late else "before" if early else "after"


def _unit(tags: set[str], low: str) -> str:
    if "percent" in tags or "percentage" in low:
        return "percent"
    if "m2" in tags:
        return "m2"
    if _HOW_MANY.search(low) is None:
        return ""
    return "cells" if "cell_noun" in tags or "nine" in low or "ninths" in low else "objects"


def negated(claim: Claim) -> Claim | None:
    """The claim that "no" makes of a question's statement; None where it makes none."""
    if claim.kind == "presence":
        return replace(claim, kind="absence")
    if claim.kind == "absence":
        return replace(claim, kind="presence")
    return replace(claim, polarity=not claim.polarity)


def yes_or_no(asked: Asked, said: bool, token: Token, text: str) -> list[Claim]:
    """Claims of a yes or a no. A no to a statement of several claims denies none of them for certain."""
    span = (token.start, token.end)
    moved = [replace(c, span=span, text=text[span[0] : span[1]], question=True) for c in asked.claims]
    moved = [claim for place, claim in enumerate(moved) if claim not in moved[:place]]
    if asked.either and len(moved) > 1 and all(claim.kind == "presence" for claim in moved):
        some = replace(moved[0], kind="change", subject=None, direction=None)
        return [some] if said else [replace(claim, kind="absence") for claim in moved]
    if said:
        return moved
    if len(moved) != 1 or (asked.limited and moved[0].kind != "count"):
        return []
    denied = negated(moved[0])
    return [denied] if denied is not None else []


def short_answers(asked: Asked, parts: Sequence[Notes], found: list[Claim], text: str) -> list[Claim]:
    """The claims of an answer, with those added or turned that need the question."""
    if asked.compare:
        return [*_compared(asked, parts, text)]
    subject = asked.classes[0] if len(asked.classes) == 1 else None
    changed = {claim.subject for claim in found if claim.kind in ("presence", "direction", "count")}
    found = [_measured(claim, asked, subject, claim.subject in changed) for claim in found]
    if asked.step and not any(claim.kind == "transition" for claim in found):
        found += _stepped(asked, parts, text)
    if asked.extent and subject is not None:
        found += extent(text, subject, found)
    if asked.came:
        found += came(parts, asked.came, found, text)
    for notes in parts:
        found += _numbers(asked, notes, subject, text)
        found += _places(asked, notes, subject, text)
        found += _nothing(asked, notes, text)
        found += _named(asked, notes, text)
    return found


def _claim(kind: Kind, subject: str | None, value: object, start: int, end: int, text: str, scope: Scope) -> Claim:
    return Claim(kind, subject, value, True, (start, end), text[start:end], question=True, scope=scope)  # type: ignore[arg-type]


def _compared(asked: Asked, parts: Sequence[Notes], text: str) -> Iterator[Claim]:
    nouns = [noun for notes in parts for noun in notes.nouns if noun.kind == "class" and noun.name in asked.classes]
    less = re.search(r"\b(?:less|fewer|smaller|lower)\b", text.lower()) is not None
    names = list(dict.fromkeys(noun.name for noun in nouns))
    if len(names) == 1:
        (other,) = [name for name in asked.classes if name != names[0]]
        opposite = {"more": "fewer", "larger": "smaller"}[asked.compare]
        value = Relation(opposite if less else asked.compare, other)
        yield _claim("relation", names[0], value, nouns[0].start, nouns[0].end, text, "change")
    elif not names and asked.compare == "more" and _EQUAL.search(text.lower()):
        yield _claim("relation", asked.classes[0], Relation("equal", asked.classes[1]), 0, len(text), text, "change")


def _stepped(asked: Asked, parts: Sequence[Notes], text: str) -> Iterator[Claim]:
    """What came in the place of the class that the question names, or was there before it."""
    (name,) = asked.classes
    for noun in (noun for notes in parts for noun in notes.nouns):
        if noun.kind == "class" and noun.name != name and not noun.landmark:
            value = (name, noun.name) if asked.step == "from" else (noun.name, name)
            claim = _claim("transition", name, value, noun.start, noun.end, text, "change")
            yield replace(claim, polarity=not noun.negative)


def _measured(claim: Claim, asked: Asked, subject: str | None, changed: bool) -> Claim:
    if not isinstance(claim.value, Quantity) or claim.kind not in ("size", "position"):
        return claim
    scope = asked.scope if claim.kind == "size" and claim.scope == "change" else claim.scope
    if claim.subject is not None:
        return claim if changed else replace(claim, scope=scope)
    return replace(claim, subject=subject, question=True, scope=scope)


def _numbers(asked: Asked, notes: Notes, subject: str | None, text: str) -> Iterator[Claim]:
    if not asked.unit or len(asked.classes) > 1:
        return
    for quantity, start, end in notes.numbers:
        value = replace(quantity, unit=asked.unit)
        if asked.unit == "objects":
            yield _claim("count", subject, value, start, end, text, "change")
        elif asked.unit == "cells":
            yield _claim("position", subject, value, start, end, text, "change")
        else:
            yield _claim("size", subject, value, start, end, text, asked.scope)


def _places(asked: Asked, notes: Notes, subject: str | None, text: str) -> Iterator[Claim]:
    if (
        (subject is None and (asked.classes or not (asked.rank or asked.objects)))
        or not asked.where
        or any(noun.kind == "class" for noun in notes.nouns)
    ):
        return
    for region, start, end in notes.regions:
        value: Rank | Region = Rank(asked.rank, region) if asked.rank else region
        claim = _claim("size" if asked.rank else "position", subject, value, start, end, text, "change")
        yield replace(claim, polarity=False) if asked.spared and not asked.rank else claim


def _nothing(asked: Asked, notes: Notes, text: str) -> Iterator[Claim]:
    if any(quantity.low > 0 for quantity, _, _ in notes.numbers):
        return  # "two have been demolished, none has been built"
    if not notes.none or asked.yes_no or asked.rank or not (asked.unit or asked.where or asked.which):
        return
    kind: Kind = "presence" if asked.denied else "absence"
    for name in asked.classes:
        yield _claim(kind, name, None, 0, len(text), text, "change")


def _named(asked: Asked, notes: Notes, text: str) -> Iterator[Claim]:
    """Classes that are only named: the answer to which of them changed, or did not."""
    if not asked.which or asked.yes_no:
        return
    for noun in notes.nouns:
        if noun.name in asked.classes and bare(noun):
            kind: Kind = "absence" if asked.denied else "presence"
            yield _claim(kind, noun.name, None, noun.start, noun.end, text, "change")
