"""Captions of one image against what their source holds: the objects of a map, or labels and metadata.

A map tells which things stand where, labels how much of the image each class covers; metadata tell place, dates and
sensor. What neither holds is taken on trust:
colours, shapes, how many there are, what an image shows beyond its map, and all that stands in an image of which only
metadata are known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rsica_data.generation.cover_captions import cover_fault, denied, said_of_it
from rsica_data.text.class_names import plural
from rsica_data.text.mentions import mentions
from rsica_data.text.yaml_files import packaged_yaml

Shown = Mapping[str, Any]
_CLASSES = ("building", "road", "tree", "low vegetation", "vegetation", "bare land", "water", "ship", "car")
_BROADER = {"tree": "vegetation", "low vegetation": "vegetation"}
_VAGUE = ("bare land",)
"""Classes whose words for much ground ("open space", "soil") may be said of any ground."""
_CELL = re.compile(r"\b(top|center|centre|bottom)[- ](left|center|centre|right)\b")
_SENTENCE = re.compile(r"[.;!?]+(?:\s+|$)")


@dataclass(frozen=True)
class _Thing:
    """A thing that a caption names: where, the cells that hold it, and whether the map has it at all."""

    words: str
    start: int
    end: int
    cells: frozenset[str]
    there: bool
    denied: bool = False


def caption_fault(text: str, shown: Shown) -> str | None:
    """What a caption says that its source does not hold; None where nothing is found.

    Args:
        text: the caption.
        shown: as JSON ``map``, objects with class, tags and cell; ``cover``, shares of classes in percent;
            ``metadata``. What is left out is not checked.

    >>> house = {"class": "building", "tags": {"building": "house"}, "cell": "top-left"}
    >>> caption_fault("A house in the top-left.", {"map": [house]})
    >>> caption_fault("A house in the top-right.", {"map": [house]})
    'the map has no house in the top-right'
    """
    fault = _against_map(text, shown["map"]) if "map" in shown else None
    if fault is None and "cover" in shown:
        fault = cover_fault(text, shown["cover"])
    return fault or (_against_metadata(text, shown["metadata"]) if "metadata" in shown else None)


def _against_map(text: str, objects: Sequence[Shown]) -> str | None:
    low = text.lower()
    every = sorted(_things(low, objects), key=lambda thing: thing.start)
    things = [thing for thing in every if said_of_it(low, thing.start, thing.end)]
    for thing in things:
        if thing.there is thing.denied:
            return f"the map has {'a' if thing.denied else 'no'} {thing.words}"
    start = 0
    for cut in [*_SENTENCE.finditer(low), None]:
        end = len(low) if cut is None else cut.end()
        fault = _misplaced(low, start, end, [thing for thing in things if start <= thing.start < end])
        if fault is not None:
            return fault
        start = end
    return None


def _misplaced(low: str, start: int, end: int, things: Sequence[_Thing]) -> str | None:
    """A cell beside a thing that it does not hold: neither the thing named before it nor the one behind it."""
    near_things = [thing for thing in things if not thing.denied]
    for match in _CELL.finditer(low, start, end):
        cell = match[0].replace(" ", "-").replace("centre", "center")
        before = [thing for thing in near_things if thing.end <= match.start()][-1:]
        behind = [thing for thing in near_things if thing.start >= match.end()][:1]
        near = [*before, *behind]
        if near and not any(cell in thing.cells for thing in near):
            return f"the map has no {near[0].words} in the {cell}"
    return None


def _things(low: str, objects: Sequence[Shown]) -> Iterator[_Thing]:
    """What a caption names: things by their use, words of tags, classes; the longest words first."""
    taken: list[tuple[int, int]] = []
    known = [(tag_words(item), own_classes(item), str(item["cell"])) for item in objects]

    def thing(start: int, end: int, cells: Sequence[str], there: bool) -> _Thing:
        taken.append((start, end))
        return _Thing(low[start:end], start, end, frozenset(cells), there, denied(low, start))

    for match in _used().finditer(low):
        stems = _stems()[match[0]]
        cells = [cell for tags, _, cell in known if any(stem in tags for stem in stems)]
        yield thing(*match.span(), cells, bool(cells))
    for words in sorted({word for item in objects for word in _value_words(item)}, key=len, reverse=True):
        for match in re.finditer(rf"\b{re.escape(words)}s?\b", low):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                yield thing(*match.span(), [cell for tags, _, cell in known if words in tags], True)
    for named in mentions(low, _CLASSES):
        if any(start < named.end and named.start < end for start, end in taken):
            continue
        cells = [cell for _, classes, cell in known if named.name in classes]
        vague = named.form == "g" and (named.name in _VAGUE or (named.name == "building" and bool(known)))
        if cells or not vague:
            yield thing(named.start, named.end, cells, bool(cells))


def tag_words(item: Shown) -> str:
    """Keys and values of an object's tags and the name of its class, as words."""
    tags = " ".join(f"{key} {value}" for key, value in item["tags"].items())
    return f"{item['class']} {tags}".lower().replace("_", " ").replace(":", " ")


def own_classes(item: Shown) -> set[str]:
    """The types of ground that an object is of, by its class and the values of its tags."""
    values = " , ".join(map(str, item["tags"].values())).lower().replace("_", " ")
    own = {named.name for named in mentions(f"{item['class']} , {values}", _CLASSES)}
    own |= {"building"} if "building" in item["tags"] else set()
    own |= {"road"} if "highway" in item["tags"] else set()
    return own | {_BROADER[name] for name in own if name in _BROADER}


def _value_words(item: Shown) -> Iterator[str]:
    """The values of an object's tags that name a thing: "bare rock", and "rock"; not a surface or a kind of road."""
    for key, value in item["tags"].items():
        words = str(value).lower().replace("_", " ")
        if key in _NAMING and re.fullmatch(r"[a-z][a-z ]+", words) and words not in ("yes", "no"):
            yield words
            yield words.split()[-1]


_NAMING = ("natural", "landuse", "landcover", "leisure", "amenity", "man_made", "waterway", "aeroway", "railway")


@cache
def _stems() -> Mapping[str, tuple[str, ...]]:
    table = packaged_yaml("rsica_data.generation", "map_things.yaml")["things"]
    entries = [(words.split("|"), tuple(stems)) for words, stems in table.items()]
    return {form: stems for words, stems in entries for word in words for form in (plural(word), word)}


def things_of(words: str) -> tuple[str, ...]:
    """The stems of which one must stand in a tag where a caption names a thing; none for things that no table has."""
    return _stems().get(words, ())


@cache
def _used() -> re.Pattern[str]:
    words = sorted(_stems(), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, words))})(?![\w-])")


MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_YEAR = re.compile(
    r"(?<![\d.,])(?:19|20)\d\d\b(?! ?(?:m2|m²|m\b|square|met(?:er|re)|px|pixel|%|percent|houses|trees|buildings))"
)
_MONTH = re.compile(
    rf"\b(?:{'|'.join(month.capitalize() for month in MONTHS if month not in ('march', 'may'))})\b|"
    r"\b(?:March|May)\b(?=,? (?:\d|of\b))|(?<=\bin )(?:March|May)\b"
)
_DATE = re.compile(r"\b((?:19|20)\d\d)-(\d\d)(?:-\d\d)?\b")
_NAME = re.compile(r"(?<=[\w,] )(?:[A-Z][\w'’.-]*[a-z][\w'’-]*)(?: [A-Z][\w'’-]*)*")
_FROM = re.compile(
    r"^(?![A-Z]\w*(?:ed|en|ly|ing)\b)[A-Z][\w'’-]*[a-z](?:,? [A-Z][\w'’-]*)*"
    r"(?=,? (?:(?:as )?seen from|from (?:the air|above|up|space|overhead|high)|in (?:19|20)\d\d)\b)"
)
SENSED = {
    "aerial": re.compile(r"\b(?:aerial|airborne|aircraft|plane|airplane|aeroplane)\b", re.IGNORECASE),
    "satellite": re.compile(r"\b(?:satellites?|spaceborne|orbit\w*)\b", re.IGNORECASE),
    "drone": re.compile(r"\b(?:drones?|uav|uas|quadcopter)\b", re.IGNORECASE),
    "radar": re.compile(r"\b(?:radar|sar)\b", re.IGNORECASE),
}
_PIXEL = re.compile(
    r"(?:resolution|sampl\w+(?: distance)?|gsd|pixels?)\b[^.;\d]{0,20}(?P<a>\d+(?:\.\d+)?) ?(?P<ua>c?m)\b|"
    r"\b(?P<b>\d+(?:\.\d+)?) ?(?P<ub>c?m)\b(?: of)?(?: per|/| ground| spatial| resolution| gsd| pixel| sampl)",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[^\W\d_]+")
_COMMON = frozenset(
    (
        *MONTHS,
        *("north", "south", "east", "west", "i", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"),
        *("sunday", "earth", "seen", "viewed", "taken", "shown", "photographed", "captured"),
    )
)


def _against_metadata(text: str, metadata: Shown) -> str | None:
    """A date, a sensor or another name that metadata do not have."""
    own = own_metadata(metadata)
    return _other_date(text, own) or _other_sensor(text, own) or _other_name(text, own)


def own_metadata(metadata: Shown) -> Shown:
    """What metadata tell of the image that is described: of a pair the second one."""
    return {key: value for key, value in metadata.items() if key != "before_date" or "after_date" not in metadata}


def _other_date(text: str, metadata: Shown) -> str | None:
    values = [str(value) for value in metadata.values()]
    years = {match[0] for value in values for match in re.finditer(r"(?:19|20)\d\d", value)}
    numbers = {int(match[2]) for value in values for match in _DATE.finditer(value)}
    months = {name for number, name in enumerate(MONTHS, 1) if number in numbers}
    for match in _YEAR.finditer(text):
        if match[0] not in years:
            return f"the metadata have no year {match[0]}"
    other = next((match[0] for match in _MONTH.finditer(text) if match[0].lower() not in months), None)
    return None if other is None else f"the metadata have no date in {other}"


def _other_sensor(text: str, metadata: Shown) -> str | None:
    values = " ".join(str(value) for value in metadata.values() if isinstance(value, str))
    known = {name for name, words in SENSED.items() if words.search(values)}
    for name, words in SENSED.items():
        match = words.search(text)
        # People call any view from above an aerial one.
        if known and match is not None and name not in (*known, "aerial"):
            return f"the metadata name another sensor than '{match[0]}'"
    given = metadata.get("ground_sample_distance_m")
    size = float(given) if isinstance(given, (int, float)) else math.nan
    for match in _PIXEL.finditer(text):
        number, unit = (match["a"], match["ua"]) if match["a"] else (match["b"], match["ub"])
        metres = float(number) / (100 if unit.lower() == "cm" else 1)
        if abs(metres - size) > 0.1 * size:
            return f"the metadata have no pixels of {number} {unit}"
    return None


def _other_name(text: str, metadata: Shown) -> str | None:
    known = {word.lower() for word in _WORDS.findall(" ".join(map(str, metadata.values())))}
    for start, words in _names(text):
        other = [word for word in _WORDS.findall(words) if word.lower() not in known | _COMMON and word[0].isupper()]
        if other and not mentions(words.lower(), _CLASSES):
            return f"the metadata do not name '{text[start : start + len(words)]}'"
    return None


def _names(text: str) -> Iterator[tuple[int, str]]:
    """Names of places, sensors and the like: capital letters inside of a sentence, or before "from the air"."""
    start = 0
    for cut in [*_SENTENCE.finditer(text), None]:
        end = len(text) if cut is None else cut.end()
        sentence = text[start:end]
        first = _FROM.match(sentence)
        if first is not None:
            yield start, first[0]
        yield from ((start + match.start(), match[0]) for match in _NAME.finditer(sentence))
        start = end
