"""The shape of a short text: its words, with every class, number, place, share and year replaced by a mark.

``"Three houses were built"`` and ``"12 roads were built"`` have one shape, ``<n0> <c0> were built``, and one signature:
one class, one number, nothing else. What is in the slots is kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files

import yaml

from rsica_data.claims.lexicon import ClassWord, vocabulary
from rsica_data.claims.models import Region
from rsica_data.claims.places import PLACE_TAGS, region_at
from rsica_data.claims.tokens import Token, flatten, tokenize

Span = tuple[int, int]
Signature = tuple[int, int, int, int, int]
"""How many different classes, numbers, places, shares and years a text names."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[?:;]|->|→")
_LISTED = re.compile(r"(?:^|[:;,.\n])\s*(\d)[.)] (?=\S)")
_BOUNDS = frozenset({"least", "most", "over", "under", "about"})
_MEASURES = frozenset({"m2", "px", "power", "fraction", "date"})
_MOST_WORDS = 80


@lru_cache(maxsize=1)
def _words() -> dict[str, frozenset[str]]:
    text = (files("rsica_data.claims.gist") / "words.yaml").read_text(encoding="utf-8")
    return {name: frozenset(words) for name, words in yaml.safe_load(text).items()}


@dataclass
class Shape:
    """Words and slots of a text.

    Attributes:
        words: words in lower case, slots as ``<c0>``, ``<n0>``, ``<p>``, ``<s>``, ``<y0>``, numbered where they differ.
        tags: the same, words that the grammar knows as their tag and kind.
        classes, numbers, places, shares, years: the different values in the order in which they are named first, each
            with its span in the text.
        mentions: how many numbers are named, the same ones too.
        reaches: how the words for classes relate to them: ``word``, ``narrower``, ``group``.
        bounded: a number is a bound or vague ("at least 3", "several"), not what is counted.
        estimated: a share is said to be about right.
        hedged: the text doubts.
        measured: it names an area, a fraction or a large number, which no label speaks of.
    """

    text: str
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    classes: dict[str, Span] = field(default_factory=dict)
    numbers: dict[float, Span] = field(default_factory=dict)
    places: dict[str, tuple[Region, Span]] = field(default_factory=dict)
    shares: dict[float, Span] = field(default_factory=dict)
    years: dict[str, Span] = field(default_factory=dict)
    mentions: int = 0
    reaches: set[str] = field(default_factory=set)
    bounded: bool = False
    estimated: bool = False
    hedged: bool = False
    measured: bool = False

    @property
    def whole(self) -> Span:
        """The span of the text."""
        return (0, len(self.text))

    @property
    def sentence(self) -> bool:
        """Whether there is a verb in it, and more than a word or two."""
        verbs = sum(tag.startswith(("[verb", "[auxiliary", "[become")) for tag in self.tags)
        return verbs > 0 and len(self.words) > 3

    @cached_property
    def signature(self) -> Signature:
        """How many different values each kind of slot holds; two classes with one number each have two."""
        alike = len(self.classes) == self.mentions == 2
        return (
            len(self.classes),
            2 if alike else len(self.numbers),
            len(self.places),
            len(self.shares),
            len(self.years),
        )


def shape_of(text: str, classes: Sequence[str], synonyms: str = "") -> Shape | None:
    """The shape of a text; None where the text is too long to say one thing."""
    low = flatten(text)
    tokens = tokenize(low, vocabulary(tuple(classes), synonyms))
    if len(tokens) > _MOST_WORDS:
        return None
    shape, at = Shape(text), 0
    while at < len(tokens):
        at = _add(shape, tokens, at, low)
    return shape


def _add(shape: Shape, tokens: list[Token], at: int, low: str) -> int:
    token = tokens[at]
    span = (token.start, token.end)
    follow = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.tag == "class":
        return at + 1 if _same_thing(token, follow) else _class(shape, token.value, span, at)
    if token.tag == "number":
        return _number(shape, tokens, at, low)
    if token.tag == "year":
        shape.years.setdefault(str(token.value), span)
        _slot(shape, "y", list(shape.years).index(str(token.value)))
        return at + 1
    if token.tag in PLACE_TAGS and token.tag != "whole":
        compared = follow is not None and low[follow.start : follow.end] in _words()["compared"]
        found = None if compared else region_at(tokens, at)
        if found is not None:
            return _place(shape, tokens, at, found, low)
    shape.hedged = shape.hedged or token.tag == "hedge"
    shape.bounded = shape.bounded or token.tag == "vague"
    shape.measured = shape.measured or token.tag in _MEASURES
    words = _WORD.findall(low[token.start : token.end])
    shape.words += words
    kind = f"{token.tag}:{token.value}" if token.tag in ("verb", "noun") else token.tag
    shape.tags += words if token.tag in ("x", "mark", "end", "power", "date") else [f"[{kind}]"]
    return at + 1


def _same_thing(token: Token, follow: Token | None) -> bool:
    """Whether a class word only describes the next: "villa houses"."""
    return follow is not None and isinstance(follow.value, ClassWord) and follow.value.name == token.value.name


def _slot(shape: Shape, letter: str, number: int | None = None) -> None:
    mark = f"<{letter}>" if number is None else f"<{letter}{min(number, 2)}>"
    shape.words.append(mark)
    shape.tags.append(mark)


def _class(shape: Shape, word: ClassWord, span: Span, at: int) -> int:
    shape.classes.setdefault(word.name, span)
    shape.reaches.add(word.reach)
    _slot(shape, "c", list(shape.classes).index(word.name))
    return at + 1


def _number(shape: Shape, tokens: list[Token], at: int, low: str) -> int:
    token, word = tokens[at], low[tokens[at].start : tokens[at].end]
    value, span = float(token.value), (tokens[at].start, tokens[at].end)
    follow = tokens[at + 1] if at + 1 < len(tokens) else None
    before = tokens[at - 1].tag if at else ""
    if follow is not None and follow.tag == "percent":
        shape.shares.setdefault(value, span)
        shape.estimated = shape.estimated or before == "about"
        _slot(shape, "s")
        return at + 2
    labelled = (span[0] > 0 and low[span[0] - 1].isalpha()) or _is_name(low, span)  # "T2", "Figure 3"
    pronoun = value == 1 and word == "one" and not _things(tokens, at)
    if value == 0 or pronoun or labelled or before in _BOUNDS or not _counts(tokens, at, low):
        shape.words += _WORD.findall(word)
        shape.tags += _WORD.findall(word)
        shape.bounded = shape.bounded or before in _BOUNDS
        return at + 1
    shape.numbers.setdefault(value, span)
    shape.mentions += 1
    _slot(shape, "n", list(shape.numbers).index(value))
    return at + 1


def _counts(tokens: list[Token], at: int, low: str) -> bool:
    """Whether a number counts objects: not "two satellite images", "two or more"."""
    pair = at > 0 and low[tokens[at - 1].start : tokens[at - 1].end] in ("the", "these", "those", "both", "all")
    behind = tokens[at + 1 : at + 4]
    if pair and not any(near.tag in ("class", "object", "pronoun") for near in behind):
        return False  # "the two agree"
    for near in behind:
        if near.tag in ("class", "object", "mark", "end", "auxiliary", "number"):
            break
        if _words()["not_counted"] & set(low[near.start : near.end].split()):
            return False
    return re.match(r"\W*(?:or|and) more\b", low[tokens[at].end :]) is None


def _is_name(low: str, span: Span) -> bool:
    """Whether a number names or orders: "Figure 3", "1. buildings, 2. roads"."""
    said = re.search(r"([a-z]+)\.?\s?$", low[: span[0]])
    if said is not None and said[1] in _words()["named"] and low[span[0]].isdigit():
        return True
    listed = [match.start(1) for match in _LISTED.finditer(low)]
    return bool(listed) and low[listed[0]] == "1" and span[0] in listed


def _things(tokens: list[Token], at: int) -> bool:
    """Whether "one" counts a thing: not "one of them", "one can see", "at one place"."""
    near = [token.tag for token in tokens[at + 1 : at + 3]]
    return near[:1] in (["class"], ["object"]) or (near[:1] in (["new"], ["x"], ["verb"]) and near[1:] == ["class"])


def _place(shape: Shape, tokens: list[Token], at: int, found: tuple[Region, int], low: str) -> int:
    region, after = found
    shape.places.setdefault(region.word, (region, (tokens[at].start, tokens[after - 1].end)))
    _slot(shape, "p")
    for token in tokens[at + 1 : after]:
        if token.tag in ("place_noun", "cell_noun", "fraction"):
            shape.words.append(low[token.start : token.end])
    return after
