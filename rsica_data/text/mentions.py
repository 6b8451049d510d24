"""Which classes a text names, by their own names and by the words of ``synonyms.yaml``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.text.class_names import mention, plural, singular
from rsica_data.text.yaml_files import packaged_yaml

CLASS = re.compile(r"‹C(\d+)([spg])›")
"""A marked class: its number; ``s`` one object, ``p`` several, ``g`` a word for many objects in one ("housing")."""

Synonyms = tuple[tuple[str, str, str], ...]
"""Further words for classes: (class, word, form), the form as in :data:`CLASS`."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A class named at ``start:end`` of a text; ``form`` is that of :data:`CLASS`."""

    start: int
    end: int
    name: str
    form: str


def mark_classes(text: str, classes: Sequence[str]) -> str:
    """A lower-case text with every mention of a class replaced by a mark (:data:`CLASS`).

    >>> mark_classes("two new houses along a street", ("road", "building"))
    'two new ‹C1p› along a ‹C0s›'
    """
    pattern, forms = _pattern(tuple(classes))
    if pattern is None:
        return text
    return pattern.sub(lambda match: "‹C{}{}›".format(*forms[_folded(match[0])]), text)


def mentions(text: str, classes: Sequence[str], synonyms: Synonyms = ()) -> list[Mention]:
    """Mentions of classes in a lower-case text, in order, none inside another."""
    pattern, forms = _pattern(tuple(classes), synonyms)
    spans = pattern.finditer(text) if pattern is not None else ()
    return [
        Mention(match.start(), match.end(), classes[number], form)
        for match in spans
        for number, form in (forms[_folded(match[0])],)
    ]


def names_outright(text: str, name: str) -> bool:
    """Whether a text names a class by its own name, singular or plural, not by another word for it.

    >>> names_outright("Two buildings are new.", "building"), names_outright("Two houses are new.", "building")
    (True, False)
    """
    return re.search(rf"(?<!\w){mention(name)}(?!\w)", text.lower()) is not None


def class_key(word: str, classes: Sequence[str]) -> str | None:
    """The class that a word names (``Roads`` -> ``road``), by its own name alone; None for none."""
    lowered = word.strip().lower()
    return next((name for name in classes if re.fullmatch(mention(name), lowered)), None)


def _folded(words: str) -> str:
    return re.sub(r"\(e?s\)$", "", re.sub(r"[\s_-]+", " ", words))


@lru_cache(maxsize=256)
def _pattern(
    classes: tuple[str, ...], synonyms: Synonyms = ()
) -> tuple[re.Pattern[str] | None, dict[str, tuple[int, str]]]:
    forms: dict[str, tuple[int, str]] = {}
    for number, name in enumerate(classes):
        plain = name.replace("_", " ").replace("-", " ").strip().lower()
        noun, many = singular(name), plural(name)
        # "water" and "vegetation" are one word for all of it: neither one object nor several.
        one = "s" if plain == noun else "g"
        for word, form in ((many, "p"), (f"{plain}s", "p"), (plain, one), (noun, "s")):
            forms[_folded(word.lower())] = (number, form)
    own = dict(forms)
    for number, name in enumerate(classes):
        for owner, word, form in synonyms:
            if owner == name:
                forms.setdefault(_folded(word), (number, form))
        for word, form in _further_words(name):
            forms.setdefault(_folded(word), (number, form))
    forms |= own
    words = sorted((word for word in forms if word), key=len, reverse=True)
    if not words:
        return None, forms
    choice = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in words)
    return re.compile(rf"(?<![^\W_])(?:{choice})(?:\(e?s\))?(?![^\W_])"), forms


def _further_words(name: str) -> list[tuple[str, str]]:
    plain = name.replace("_", " ").replace("-", " ").strip().lower()
    words: list[tuple[str, str]] = []
    for common, entry in _entries():
        if plain not in {common, *entry.get("words", ())} and singular(plain) not in {common, *entry.get("words", ())}:
            continue
        for word in (*entry.get("words", ()), *entry.get("narrower", ())):
            words += [(word, "s"), (plural(word), "p")]
        for word in entry.get("groups", ()):
            words += [(word, "g"), (plural(word), "g")]
        words += [(word, "p") for word in entry.get("plurals", ())]
    return words


def _entries() -> list[tuple[str, dict[str, list[str]]]]:
    """Entries of the common word list, and before them those for replies, which add to it."""
    common, further = (packaged_yaml("rsica_data.text", name) for name in ("synonyms.yaml", "class_words.yaml"))
    return [*further.items(), *common.items()]
