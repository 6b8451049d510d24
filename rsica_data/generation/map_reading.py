"""What a caption of one image states of things on the ground, as it is read, against the objects of a map."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from rsica_data.claims.image_reading import PLACES, SIDES, Ground
from rsica_data.text.class_names import plural
from rsica_data.text.mentions import mentions
from rsica_data.text.yaml_files import packaged_yaml

Item = Mapping[str, Any]
GROUND = ("building", "road", "water", "tree", "vegetation", "bare land")
"""The types of ground that a reading of a map's caption chooses from."""
_CLASSES = (*GROUND, "low vegetation", "ship", "car")
_BROADER = {"tree": "vegetation", "low vegetation": "vegetation"}
_FIRM = ("building", "road", "water")
"""Types that an object must be of, whatever its kind: a residential road is no residential building."""
_MOST_COUNTED = 40
"""Objects that a prompt shows: where a map has more, the numbers of a caption may be those of the shown ones."""
_LONGEST_WORDS = 3
"""Words of the longest kinds of the table."""


@dataclass(frozen=True)
class _Sought:
    """What a name of a thing asks of an object.

    Attributes:
        types: types of ground, of which it must have one.
        kinds: for each kind the stems of which one must stand in its tags.
        words: what certainly is the thing where it stands in the tags.
    """

    types: frozenset[str]
    kinds: tuple[tuple[str, ...], ...]
    words: tuple[str, ...]


def map_disagreement(entry: Ground, objects: Sequence[Item]) -> str | None:
    """What an entry says that the map does not have; None where nothing is.

    Args:
        entry: what the caption states.
        objects: the map, with class, tags and cell of each object.

    >>> house = {"class": "building", "tags": {"building": "house"}, "cell": "top-left"}
    >>> map_disagreement(Ground("church", ()), [house])
    'the map has no church'
    """
    sought = [_sought(words) for words in entry.words.split("/") if words.strip()]
    if not all(each.types or each.kinds for each in sought):
        return None  # "open ground" may be any
    name = entry.words
    matching = [item for item in objects if any(_fits(item, each) for each in sought)]
    inside = [item for item in matching if not entry.places or item["cell"] in _cells(entry.places)]
    if entry.denied:
        return f"the map has {name}" if inside else None
    if not matching:
        return f"the map has no {name}"
    for code in entry.places:
        if not any(item["cell"] in _cells((code,)) for item in matching):
            return f"the map has no {name} in the {_place(code)}"
    certain = [item for item in inside if any(_is_called(item, each) for each in sought)]
    return _count_fault(entry, len(certain), len(inside), len(objects))


def _count_fault(entry: Ground, certain: int, possible: int, objects: int) -> str | None:
    """A number that is neither that of the objects that are called so nor that of all that may be meant."""
    if entry.number is None or entry.percent:
        return None
    slack = max(1.0, 0.2 * possible) if entry.bound == "~" else 0.0
    least = entry.bound in (">", ">=") or objects > _MOST_COUNTED
    high_enough = entry.bound in ("<", "<=") or least or entry.number >= certain - slack
    if high_enough and entry.number <= possible + slack:
        return None
    return f"the map has {possible} {entry.words} there, not {entry.number:g}"


def _place(code: str) -> str:
    return PLACES[code][0] if code in PLACES else {"T": "top", "B": "bottom", "L": "left", "R": "right"}[code]


def _cells(codes: Sequence[str]) -> set[str]:
    return {cell for code in codes for cell in (PLACES.get(code) or SIDES[code])}


def _sought(words: str) -> _Sought:
    """What the words of a thing ask for. Words that say nothing beside a known one are left out ("a quiet road")."""
    tokens = re.findall(r"[\w'-]+", words)
    types: set[str] = set()
    kinds: list[tuple[str, ...]] = []
    called: list[str] = []
    at = 0
    while at < len(tokens):
        length, of_building, stems = _longest(tokens[at:])
        if stems:
            kinds.append(stems)
            called.append(" ".join(tokens[at : at + length]))
        types |= {name for name in GROUND if " ".join(tokens[at : at + length]) in (name, f"{name}s")}
        types |= {"building"} if of_building else set()
        at += length
    if not types and not kinds:
        return _by_other_words(words, tokens)
    return _Sought(frozenset(types), tuple(kinds), tuple(called))


def _by_other_words(words: str, tokens: Sequence[str]) -> _Sought:
    """A thing that the table does not have: another word for a type of ground, or words that must stand in tags."""
    named = mentions(words, GROUND)
    types = frozenset(entry.name for entry in named if entry.form != "g")
    if named:
        return _Sought(types, (), ())
    stems = tuple(token[: max(4, len(token) - 2)] for token in tokens)
    return _Sought(types, (stems,), stems)


def _longest(tokens: Sequence[str]) -> tuple[int, bool, tuple[str, ...]]:
    """(number of words, whether a building is meant, stems) of the longest kind or type that words begin with."""
    for length in range(min(_LONGEST_WORDS, len(tokens)), 0, -1):
        words = " ".join(tokens[:length])
        if words in GROUND or words.removesuffix("s") in GROUND:
            return length, False, ()
        of_building, stems = kinds().get(words, (False, ()))
        if stems:
            return length, of_building, stems
    return 1, False, ()


def _fits(item: Item, sought: _Sought) -> bool:
    own, words = _own_classes(item), _tag_words(item)
    if not all(any(stem in words for stem in stems) for stems in sought.kinds):
        return False
    needed = sought.types & set(_FIRM) if sought.kinds else sought.types
    return not needed or bool(needed & own)


def _is_called(item: Item, sought: _Sought) -> bool:
    words = _tag_words(item)
    return all(any(form in words for form in (word, word.removesuffix("s"))) for word in sought.words)


def _tag_words(item: Item) -> str:
    """Keys and values of an object's tags and the name of its class, as words."""
    tags = " ".join(f"{key} {value}" for key, value in item["tags"].items())
    return f"{item['class']} {tags}".lower().replace("_", " ").replace(":", " ")


def _own_classes(item: Item) -> set[str]:
    """The types of ground that an object is of, by its class and the values of its tags."""
    values = " , ".join(map(str, item["tags"].values())).lower().replace("_", " ")
    own = {named.name for named in mentions(f"{item['class']} , {values}", _CLASSES)}
    own |= {"building"} if "building" in item["tags"] else set()
    own |= {"road"} if "highway" in item["tags"] else set()
    return own | {_BROADER[name] for name in own if name in _BROADER}


@cache
def kinds(alone: bool = False) -> Mapping[str, tuple[bool, tuple[str, ...]]]:
    """Words for things, singular and plural: whether a building is meant, and the stems of its tags.

    Args:
        alone: leave out kinds and surfaces, which stand beside another word.
    """
    table = packaged_yaml("rsica_data.generation", "map_things.yaml")
    sections = ("things", "buildings") if alone else ("kinds", "things", "buildings")
    entries = [] if alone else [(word, (False, (word,))) for word in table["own"]]
    for section in sections:
        rows = ((words.split("|"), tuple(stems)) for words, stems in table[section].items())
        entries += [(word, (section == "buildings", stems)) for words, stems in rows for word in words]
    return {form: value for word, value in entries for form in (plural(word), word)}
