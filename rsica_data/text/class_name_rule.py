"""The rule that class names keep, so that every answer about a class can be read back from English text.

An answer names its classes ("2 bridges, no roads"), and a reader finds them again among numbers, places and words of
change. A name that is such a word, or that cannot be told from another name, would be read as something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import AfterValidator

from rsica_data.core.json_text import short
from rsica_data.text.class_names import plural, singular
from rsica_data.text.mentions import mentions

_LONGEST = 60
# Anything else parts sentences, lists or quotations: "U.S. base" ends a sentence.
_FORM = re.compile(r"[^\W_](?:[^\W_]|[ _&/()'-])*")
_CHINESE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_PLACES = frozenset(
    (
        *("top", "bottom", "left", "right", "center", "centre", "middle", "central", "upper", "lower", "corner"),
        *("north", "south", "east", "west", "northern", "southern", "eastern", "western"),
        *("northeast", "northwest", "southeast", "southwest"),
    )
)
_JOINING = frozenset(("and", "or"))
_WORDS = frozenset(
    (
        *("none", "no", "nothing", "nowhere", "neither", "nor", "not", "yes", "true", "false", "null", "nan", "na"),
        *("all", "both", "each", "every", "same", "some", "many", "several", "few", "more", "less", "most"),
        *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
        *("changed", "unchanged", "before", "after", "first", "second", "image", "images", "cell", "cells", "scene"),
        *("the", "it", "they", "there", "is", "are", "was", "were", "has", "have"),
    )
)


class ClassNameError(ValueError):
    """A name that breaks the rule.

    Attributes:
        name: the name.
        within: where it stands below the key that is checked, for the line of the message.
    """

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        self.within: tuple[str | int, ...] = (name,)
        super().__init__(f"class name {short(name)!r} {message}")

    def at(self, place: int) -> ClassNameError:
        """The error of a name that stands at a place of a list, from 0, and not as a key."""
        self.within = (place,)
        return self


def check_class_names(names: Iterable[str], *, published: bool = False) -> None:
    """Check the names of the classes of one dataset.

    Args:
        names: the names, each once.
        published: they are those of a published classification, which nobody can change: words for places, and "and",
            may stand in longer names.

    Raises:
        ClassNameError: a name is a word of answers or holds one for a place, holds signs that part sentences, or reads
            as another of the names.
    """
    known = tuple(names)
    for name in known:
        _check_form(name)
        _check_words(name, published)
    for name in known:
        _check_reading(name, known)


def _one_name(name: str) -> str:
    try:
        check_class_names((name,))
    except ClassNameError as error:
        raise ValueError(str(error)) from None
    return name


ClassName = Annotated[str, AfterValidator(_one_name)]
"""A field of a pydantic model that holds the name of a dataset's only class."""


def _check_form(name: str) -> None:
    if not name.strip():
        raise ClassNameError(name, "should not be empty")
    if len(name) > _LONGEST:
        raise ClassNameError(name, f"has {len(name)} characters, at most {_LONGEST} are taken")
    if name != name.strip() or re.search(r"[\s_-]{2}|[^\S ]", name):
        raise ClassNameError(name, "should have single spaces between its words and none around them")
    if _CHINESE.search(name):
        raise ClassNameError(name, "should be English: answers about it are written in English sentences")
    if not _FORM.fullmatch(name):
        raise ClassNameError(name, "should hold letters, digits, spaces, - and _ alone: other signs part sentences")
    if not re.search(r"[^\W\d_]", name):
        raise ClassNameError(name, "should hold letters: answers count with digits")


def _check_words(name: str, published: bool) -> None:
    words = re.split(r"[\s_/&()-]+", name.lower())
    if name.lower().strip("()") in _WORDS or all(word in _WORDS or word.isdigit() for word in words):
        raise ClassNameError(name, "is a word of answers and would be read as one")
    for word in words if len(words) == 1 or not published else ():
        if word in _PLACES:
            raise ClassNameError(name, f"holds the word '{word}' for a place, and would be read as that place")
        if word in _JOINING:
            raise ClassNameError(name, f"holds '{word}', and would be read as two things")


def _check_reading(name: str, known: Sequence[str]) -> None:
    for form in dict.fromkeys((name, singular(name), plural(name))):
        read = mentions(form.lower(), known)
        if [one.name for one in read] == [name]:
            continue
        other = next((one.name for one in read if one.name != name), None)
        problem = "cannot be read back" if other is None else f"cannot be told from '{short(other)}'"
        raise ClassNameError(name, f"{problem}: {short(form.lower())!r} in an answer could be either or none")
