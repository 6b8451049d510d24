"""What a second model is shown of a caption of one image, and what it states by its reply: entries, seen blind.

The model sees the caption and names of types of ground; nothing of the map, the land cover or the metadata. An entry is
a short string, for it is paid by the token.

Example:
    >>> entries_of({"states": "house 2 TL; no water"}, ("building", "water"))[0]
    Ground(words='house', groups=(), number=2.0, places=('TL',))
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rsica_data.claims.rubric_files import LONGEST, rubric_prompt, rubric_schema

Json = dict[str, Any]
PLACES: Mapping[str, tuple[str, ...]] = {
    code: (cell,)
    for row, across in (("T", "top"), ("C", "center"), ("B", "bottom"))
    for code, cell in ((f"{row}{column[0].upper()}", f"{across}-{column}") for column in ("left", "center", "right"))
}
"""Code of a cell in an entry to its name: ``TL`` is the top-left."""
SIDES: Mapping[str, tuple[str, ...]] = {
    code: tuple(cell for (cell,) in PLACES.values() if word in cell.split("-")[at])
    for code, word, at in (("T", "top", 0), ("B", "bottom", 0), ("L", "left", 1), ("R", "right", 1))
}
"""Code of a side to its cells."""
RANKS = ("most", "least", "much", "little")
"""Words for how much a type covers."""
FLAGS = ("source", "change")
"""Words of a caption that tells of its source, or of another date."""
DETAILS = ("date", "place", "sensor", "pixel")
"""What a caption tells of the image itself, and metadata of it."""


@dataclass(frozen=True)
class Ground:
    """What a caption states of the ground.

    Attributes:
        words: what it is, in lower case.
        groups: the types among its words, by ``/``: any of the groups is meant, and of a group, joined with ``+``, all
            together.
        denied: whether it is said not to be there.
        number: how many objects, or percent of the image; None where it has none.
        bound: how the number is meant: "", "~", ">", ">=", "<", "<=".
        percent: whether the number is a share.
        rank: one of ``RANKS``; None where nothing of that sort is said.
        places: codes of cells and sides.
    """

    words: str
    groups: tuple[tuple[str, ...], ...]
    denied: bool = field(default=False, repr=False)
    number: float | None = None
    bound: str = field(default="", repr=False)
    percent: bool = field(default=False, repr=False)
    rank: str | None = field(default=None, repr=False)
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Order:
    """Types by how much they cover.

    Attributes:
        sides: what is compared, each in the form of ``Ground.groups``.
        signs: between each two of them: ``>``, ``<`` or ``=``.
        most: whether the first one covers the most.
    """

    sides: tuple[tuple[tuple[str, ...], ...], ...]
    signs: tuple[str, ...]
    most: bool = False


@dataclass(frozen=True)
class Detail:
    """One of ``DETAILS`` or ``FLAGS`` with its words."""

    kind: str
    words: str = ""


Entry = Ground | Order | Detail


def image_prompt(caption: str, types: Sequence[str], kinds: bool, shares: bool, details: bool) -> str:
    """The prompt that asks what a caption of one image states.

    Args:
        caption: the caption.
        types: names of types of ground, whether or not the image has them; without any, no ground is read.
        kinds: whether kinds, numbers and cells of things are read.
        shares: whether shares and orders of types are read.
        details: whether date, place, sensor and pixel size are read.
    """
    case = {"types": list(types), "caption": caption[:LONGEST]}
    return rubric_prompt("image", case, types=list(types), kinds=kinds, shares=shares, details=details)


def image_schema() -> Json:
    """The schema of a reply: a string of entries."""
    return rubric_schema("image")


def entries_of(data: Mapping[str, Any], types: Sequence[str]) -> list[Entry]:
    """The entries of a reply, in its order.

    Args:
        data: of the form of :func:`image_schema`; a list of entries is taken, too.
        types: as they were shown.
    """
    states = data.get("states", "")
    items = [str(item) for item in states] if isinstance(states, list) else [str(states)]
    parsed = (_entry(" ".join(words.split()), types) for item in items for words in re.split(r"[;\n]", item))
    return [entry for entry in parsed if entry is not None]


_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), sign)
    for pattern, sign in (
        (r"\d[\d,.]* ?(?:m2|m²|sq\w*\.? ?m\w*)", " "),
        (r"(?<=\d) ?per ?cent\b", "%"),
        (r"≈|\b(?:about|around|roughly|nearly|almost|approximately|circa) (?=\d)", "~"),
        (r"≥|\bat least (?=\d)", ">="),
        (r"≤|\b(?:at most|up to) (?=\d)", "<="),
        (r"\b(?:more than|over|above) (?=\d)", ">"),
        (r"\b(?:less than|fewer than|under|below) (?=\d)", "<"),
        (r"(?<![\d.])\d+(?:\.\d+)? ?(?:-|–|to) ?(?=\d+(?:\.\d+)? ?%)", "~"),
    )
)
"""Forms that a model may write in place of the signs that it is asked for."""


def _entry(words: str, types: Sequence[str]) -> Entry | None:
    first, _, rest = words.partition(" ")
    kind = first.lower().rstrip(":.,")
    if kind in FLAGS:
        return Detail(kind)
    if kind in DETAILS and rest and kind not in types:
        return Detail(kind, rest)
    for form, sign in _FORMS:
        words, rest = form.sub(sign, words), form.sub(sign, rest)
    if re.search(r"\b(?:none|absent)$", words):
        kind, rest = "no", words.rsplit(" ", 1)[0]
    tokens = _tokens(rest if kind == "no" else words, types)
    at = next((at for at, (sort, _) in enumerate(tokens) if sort == "compares"), None)
    if at is not None:
        return _order(tokens)
    ground = _ground(kind == "no", tokens)
    return ground if ground.words or ground.groups else None


_Token = tuple[str, str]


def _tokens(words: str, types: Sequence[str]) -> list[_Token]:
    """(sort, text) of the parts of an entry."""
    names = "|".join(re.escape(name) for name in sorted(types, key=len, reverse=True)) or "(?!)"
    codes = "|".join((*PLACES, *SIDES))
    pattern = re.compile(
        rf"(?P<type>(?<![\w-])(?i:{names})(?=e?s?(?![\w-]))(?i:e?s)?)|(?P<number>(?:>=|<=|[><~])?\s*\d+(?:\.\d+)?\s*%?)|"
        rf"(?P<compares>[><=~]+)|(?P<joins>[+/])|(?P<rank>\b(?i:{'|'.join(RANKS)})\b)|"
        rf"(?P<place>(?<![\w-])(?:{codes}|(?i:{'|'.join(_LONG)}))(?![\w-]))|(?P<word>[^\W\d_][\w'-]*)"
    )
    tokens = [(str(match.lastgroup), match[str(match.lastgroup)].strip()) for match in pattern.finditer(words)]
    own = {name.lower() for name in types}
    return [(sort, _type_of(text, own) if sort == "type" else text) for sort, text in tokens]


def _type_of(text: str, own: set[str]) -> str:
    low = text.lower()
    return next(word for word in (low, low.removesuffix("s"), low.removesuffix("es")) if word in own)


_LONG = {cell: code for code, (cell,) in PLACES.items()}
"""Cells that a model wrote out."""


def _groups(tokens: Sequence[_Token]) -> tuple[tuple[str, ...], ...]:
    """The types among some tokens, by how they are joined."""
    groups: list[list[str]] = []
    for at, (sort, text) in enumerate(tokens):
        if sort == "type" and groups and tokens[at - 1] == ("joins", "+"):
            groups[-1].append(text)
        elif sort == "type":
            groups.append([text])
    return tuple(map(tuple, groups))


def _order(tokens: Sequence[_Token]) -> Order | None:
    """Sides with a sign between them; None where a side is no type."""
    sides: list[list[_Token]] = [[]]
    signs: list[str] = []
    for token in tokens:
        if token[0] == "compares":
            signs.append({">": ">", "<": "<"}.get(token[1], "="))
            sides.append([])
        else:
            sides[-1].append(token)
    groups = [_groups(side) for side in sides]
    most = any(token == ("rank", "most") for token in sides[0])
    return Order(tuple(groups), tuple(signs), most) if all(groups) else None


def _ground(denied: bool, tokens: Sequence[_Token]) -> Ground:
    sorted_tokens = {sort: [text for own, text in tokens if own == sort] for sort in ("number", "rank", "place")}
    number: float | None = None
    bound, percent = "", False
    for text in sorted_tokens["number"][:1]:
        bound, percent = text[: len(text) - len(text.lstrip("><=~"))], text.endswith("%")
        number = float(text.lstrip("><=~ ").rstrip("% "))
    return Ground(
        " ".join(text.lower() for sort, text in tokens if sort in ("type", "word", "joins")),
        _groups(tokens),
        denied or (number == 0 and not bound),
        number,
        bound,
        percent,
        next((text.lower() for text in sorted_tokens["rank"]), None),
        tuple(dict.fromkeys(_LONG.get(text.lower(), text) for text in sorted_tokens["place"])),
    )
