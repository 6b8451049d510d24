"""What a caption of one image states of things on the ground, as a second model read it, against a map's objects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rsica_data.claims.image_reading import PLACES, SIDES, Ground
from rsica_data.generation.image_captions import own_classes, tag_words, things_of
from rsica_data.text.yaml_files import packaged_yaml

Item = Mapping[str, Any]
GROUND = ("building", "road", "water", "tree", "vegetation", "bare land")
"""The types of ground that a reading of a map's caption chooses from."""
_FIRM = ("building", "road", "water")
"""Types that an object must be of, whatever its kind: a residential road is no residential building."""
_MOST_COUNTED = 40
"""Objects that a prompt shows: where a map has more, the numbers of a caption may be those of the shown ones."""
_LONGEST_WORDS = 3
"""Words of the longest kinds of the tables."""


@dataclass(frozen=True)
class _Sought:
    """What a name of a thing asks of an object: to be of a type, and to bear out each kind."""

    types: frozenset[str]
    kinds: tuple[tuple[str, ...], ...]


def map_disagreement(entry: Ground, objects: Sequence[Item]) -> str | None:
    """What an entry says that the map does not have; None where nothing is.

    Args:
        entry: what the caption states.
        objects: the map, with class, tags and cell of each object.

    >>> house = {"class": "building", "tags": {"building": "house"}, "cell": "top-left"}
    >>> map_disagreement(Ground("church", ()), [house])
    'the map has no church'
    """
    sought = [found for words in entry.words.split("/") if (found := _sought(words)).types or found.kinds]
    if not sought:
        return None
    matching = [item for item in objects if any(_fits(item, each) for each in sought)]
    name = entry.words
    if entry.denied:
        inside = [item for item in matching if not entry.places or item["cell"] in _cells(entry.places)]
        return f"the map has {name}" if inside else None
    if not matching:
        return f"the map has no {name}"
    for code in entry.places:
        if not any(item["cell"] in _cells((code,)) for item in matching):
            return f"the map has no {name} in the {_place(code)}"
    return _count_fault(entry, matching, len(objects), name)


def _count_fault(entry: Ground, matching: Sequence[Item], number: int, name: str) -> str | None:
    if entry.number is None:
        return None
    inside = [item for item in matching if not entry.places or item["cell"] in _cells(entry.places)]
    wanted, count = entry.number, len(inside)
    about = entry.bound == "~" and abs(wanted - count) <= max(1.0, 0.2 * count)
    exact = entry.bound == "" and number <= _MOST_COUNTED
    if about or (wanted == count if exact else wanted <= count):
        return None
    return f"the map has {count} {name} there, not {wanted:g}"


def _place(code: str) -> str:
    return PLACES[code][0] if code in PLACES else {"T": "top", "B": "bottom", "L": "left", "R": "right"}[code]


def _cells(codes: Sequence[str]) -> set[str]:
    return {cell for code in codes for cell in (PLACES.get(code) or SIDES[code])}


def _sought(words: str) -> _Sought:
    """What the words of a thing ask for; words that no table has ask for nothing."""
    tokens = re.findall(r"[\w'-]+", words)
    types: set[str] = set()
    kinds: list[tuple[str, ...]] = []
    at = 0
    while at < len(tokens):
        length, stems = _longest(tokens[at:])
        if stems:
            kinds.append(stems)
        types |= {name for name in GROUND if " ".join(tokens[at : at + length]) in (name, f"{name}s")}
        at += length
    return _Sought(frozenset(types), tuple(kinds))


def _longest(tokens: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """(number of words, stems) of the longest kind, or type, that some words begin with."""
    for length in range(min(_LONGEST_WORDS, len(tokens)), 0, -1):
        words = " ".join(tokens[:length])
        if words in GROUND or words.removesuffix("s") in GROUND:
            return length, ()
        stems = _stems(words) or _stems(words.removesuffix("s"))
        if stems:
            return length, stems
    return 1, ()


def _fits(item: Item, sought: _Sought) -> bool:
    own, words = own_classes(item), tag_words(item)
    if not all(any(stem in words for stem in stems) for stems in sought.kinds):
        return False
    needed = sought.types & set(_FIRM) if sought.kinds else sought.types
    return not needed or bool(needed & own)


@cache
def _stems(words: str) -> tuple[str, ...]:
    """The stems of which one must stand in the tags of a thing; none for words that no table has."""
    return _kinds().get(words) or things_of(words)


@cache
def _kinds() -> Mapping[str, tuple[str, ...]]:
    tables = packaged_yaml("rsica_data.generation", "map_things.yaml")
    own = {word: (word,) for word in tables["own"]}
    return own | {word: tuple(stems) for words, stems in tables["kinds"].items() for word in words.split("|")}
