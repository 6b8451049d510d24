"""Answers that lean on their question for more than a class: there, larger, the thing that came."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rsica_data.claims.models import Claim, Region
from rsica_data.claims.nouns import Notes
from rsica_data.claims.state import CHANGES
from rsica_data.claims.tokens import Token
from rsica_data.schema import CELLS

_NEW = r"appeared|new|newly|added|built|constructed|erected|laid|came|come|emerged|put up|gone up|arisen"
_GONE = r"disappeared|removed|demolished|torn down|vanished|gone|missing|lost|taken away|taken down|dismantled"
_UNNAMED = (
    r"\b(?:what|which)\b(?: \w+){{0,3}}? ?(?:(?:type|kind|sort|class|category) of )?(?:(?:new|built) )?"
    r"(?:objects?|structures?|things?|features?|elements?)?"
    r"(?: (?:has|have|had|was|were|is|are|been|newly))* (?:{words})\b"
)
_CAME = re.compile(_UNNAMED.format(words=_NEW))
_WENT = re.compile(_UNNAMED.format(words=_GONE))
_GREW = re.compile(_UNNAMED.format(words="gained|grown|grew|expanded|increased|spread"))
_EXTENT = re.compile(
    r"\b(?:larger|smaller|bigger|grown?|grew|shrunk|shrink|shrank|increased?|decreased?|expand(?:ed)?|more or less|"
    r"compares?|gained or lost|extent|area|share|surface)\b"
)
_LARGER = re.compile(r"\b(?:larger|bigger|greater|increased|grown|grew|expanded|wider|more extensive)\b")
_SMALLER = re.compile(r"\b(?:smaller|decreased|shrunk|shrank|reduced|diminished|narrower|less extensive)\b")
_NOT = re.compile(r"\b(?:not|no|neither|never)\b|n't\b")


def what_came(low: str) -> str:
    """Which change a question asks the class of: "what was built", "which kind of object has disappeared"."""
    if _CAME.search(low):
        return "appeared"
    if _GREW.search(low):
        return "expanded"
    return "disappeared" if _WENT.search(low) else ""


def asks_extent(low: str, classes: Sequence[str]) -> bool:
    """Whether a question asks how the extent of one class changed."""
    return len(classes) == 1 and _EXTENT.search(low) is not None and "largest" not in low and "smallest" not in low


def settle_there(parts: Sequence[Notes], tokens: Sequence[Token], regions: Sequence[Region]) -> None:
    """There: the place that the question names."""
    if not regions or not any(token.tag == "x" and token.value == "there" for token in tokens):
        return
    for notes in parts:
        if not notes.regions and not any(noun.regions for noun in notes.nouns):
            for noun in notes.nouns:
                said = noun.verb in CHANGES or noun.verb == "same" or noun.det.marks & {"new", *CHANGES}
                if said and not noun.landmark:
                    noun.regions += regions


def extent(text: str, subject: str, found: Sequence[Claim]) -> list[Claim]:
    """Larger, or smaller: the direction in which the class of the question changed."""
    low = text.lower()
    larger, smaller = _LARGER.search(low), _SMALLER.search(low)
    match = larger or smaller
    told = any(claim.kind in ("direction", "relation", "size", "transition") for claim in found)
    if told or match is None or (larger and smaller) or _NOT.search(low[: match.start()].removeprefix("no,")):
        return []
    value = "expanded" if larger else "shrunk"
    return [Claim("direction", subject, value, True, match.span(), text[slice(*match.span())], question=True)]


def came(parts: Sequence[Notes], direction: str, found: Sequence[Claim], text: str) -> list[Claim]:
    """The classes of an answer that only names what came or went."""
    told = {claim.subject for claim in found if claim.direction or claim.kind in ("direction", "transition", "absence")}
    named = [
        noun
        for notes in parts
        for noun in notes.nouns
        if noun.kind == "class" and noun.name not in told and noun.verb in ("", "exist")
        if not (noun.landmark or noun.negative or noun.used or noun.scope == "before")
    ]
    made = []
    for noun in named:
        span = (noun.start, noun.end)
        claim = Claim("presence", noun.name, None, True, span, text[slice(*span)], question=True)
        made += [replace(claim, direction=direction), replace(claim, kind="direction", value=direction)]
    return made


def settle_places(parts: Sequence[Notes], claims: Sequence[Claim]) -> tuple[tuple[Region, ...], tuple[Claim, ...]]:
    """The places that a question names, and its claims: "did anything change in the top left" is about that place."""
    bound = [region for notes in parts for noun in notes.nouns if not noun.landmark for region in noun.regions]
    loose = [region for notes in parts for region, _, _ in notes.regions if region not in bound]
    regions = tuple(dict.fromkeys(region for region in (*bound, *loose) if len(region.cells) < len(CELLS)))
    whole = len(claims) == 1 and claims[0].kind == "change" and claims[0].subject is None and len(regions) == 1
    if whole and regions[0] in loose:
        return regions, (replace(claims[0], kind="position", value=regions[0]),)
    return regions, tuple(claims)
