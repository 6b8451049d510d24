"""The words that claims are made of: land cover (``synonyms.yaml``) and the language of change (``grammar.yaml``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from rsica_data.text.class_names import plural
from rsica_data.text.yaml_files import packaged_yaml

Entry = tuple[str, Any]
"""Tag and value of a word or phrase."""

VERBS = frozenset((
    "appeared", "disappeared", "expanded", "shrunk", "changed", "same", "exist", "replaces", "become",
    "where_was", "concerns", "occurs", "absent"
))  # fmt: skip
"""Types of verbs."""

# Base forms that are rather adjectives or nouns: only their other forms are verbs.
_NOT_BARE = {
    "clear",
    "level",
    "complete",
    "narrow",
    "plant",
    "lay",
    "fell",
    "cut",
    "spread",
    "present",
    "display",
    "spot",
}
_DOUBLED = {"cut", "plan", "spot", "put", "level"}


@dataclass(frozen=True)
class ClassWord:
    """What a word for land cover means.

    Attributes:
        name: the dataset's class, or the common name where the dataset has no such class.
        reach: ``word`` the class as a whole, ``narrower`` a kind of it, ``group`` several objects in one word.
    """

    name: str
    reach: str


@dataclass(frozen=True)
class Vocabulary:
    """Words and phrases for one set of classes: first word to the phrases that begin with it, longest first."""

    by_first: Mapping[str, Sequence[tuple[tuple[str, ...], Entry]]]
    families: Mapping[str, frozenset[str]]
    """Class or common name to the names that it covers ("vegetation": trees and low vegetation too)."""


def _read(name: str) -> Any:
    text = (files("rsica_data.claims") / name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


@lru_cache(maxsize=1)
def grammar() -> Any:
    """Content of ``grammar.yaml``; treat as read-only."""
    return _read("grammar.yaml")


@lru_cache(maxsize=1)
def synonyms() -> Any:
    """Content of ``rsica_data/text/synonyms.yaml``; treat as read-only."""
    return packaged_yaml("rsica_data.text", "synonyms.yaml")


def words_of(phrase: str) -> tuple[str, ...]:
    """A phrase as the words that the tokeniser gives."""
    return tuple(WORD.findall(phrase.lower()))


WORD = re.compile(
    r"\d+\s?x\s?\d+|m\s?\^?[2²](?!\w)|\d{4}-\d\d(?:-\d\d)?(?!\d)|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|"
    r"[^\W\d_]+(?:'[^\W\d_]+)?|[.,;:!?()\[\]{}\n%&/→]|->"
)
"""Words, numbers and the marks that matter, of a text in lower case."""


def verb_forms(base: str) -> list[str]:
    """Forms of a regular verb, the particle of a phrasal verb kept behind."""
    head, _, rest = base.partition(" ")
    if head.endswith("e"):
        stem = [head, f"{head}s", f"{head}d", f"{head[:-1]}ing"]
    elif re.search(r"[^aeiou]y$", head):
        stem = [head, f"{head[:-1]}ies", f"{head[:-1]}ied", f"{head}ing"]
    elif re.search(r"(?:s|x|z|ch|sh)$", head):
        stem = [head, f"{head}es", f"{head}ed", f"{head}ing"]
    elif head in _DOUBLED:
        stem = [head, f"{head}s", f"{head}{head[-1]}ed", f"{head}{head[-1]}ing", f"{head}ed", f"{head}ing"]
    else:
        stem = [head, f"{head}s", f"{head}ed", f"{head}ing"]
    if base in _NOT_BARE:
        stem = stem[1:]
    return [f"{form} {rest}".strip() for form in stem]


def _grammar_entries() -> Iterable[tuple[str, Entry]]:
    content = grammar()
    for type_, verbs in content["verbs"].items():
        for verb in verbs:
            base, irregular = next(iter(verb.items())) if isinstance(verb, dict) else (verb, [])
            for form in (*verb_forms(base), *irregular):
                yield form, ("verb", type_)
    for name, phrases in content["phrases"].items():
        tag: Entry = (name, None)
        if name in VERBS:
            tag = ("verb", name)
        elif name.endswith("_noun") and name not in ("cell_noun", "place_noun"):
            tag = ("noun", {"change_noun": "changed"}.get(name, name.removesuffix("_noun")))
        for phrase in phrases:
            yield str(phrase), tag if tag[1] is not None else (name, str(phrase))
    for phrase, (low, high) in content["vague"].items():
        yield phrase, ("vague", (low, high))


def normal(name: str) -> str:
    """A class name for comparison: lower case, blanks for ``_`` and ``-``, singular where it ends in s."""
    plain = re.sub(r"[\s_-]+", " ", name.lower()).strip()
    return plain[:-1] if plain.endswith("s") and not plain.endswith("ss") else plain


def _forms(word: str) -> set[str]:
    spaced = re.sub(r"[_-]+", " ", word.lower())
    return {spaced, f"{spaced}s", plural(spaced), plural(word.lower())}


def _class_entries(classes: Sequence[str], content: Mapping[str, Any]) -> Iterable[tuple[str, Entry]]:
    owners = owner_names(classes, content)
    for common, entry in content.items():
        name = owners[common]
        for key, reach in (("groups", "group"), ("narrower", "narrower"), ("words", "word")):
            for word in entry.get(key, ()):
                for form in _forms(word):
                    yield form, ("class", ClassWord(name, reach))
    for name in classes:
        for form in _forms(name):
            yield form, ("class", ClassWord(name, "word"))


def owner_names(classes: Sequence[str], content: Mapping[str, Any]) -> dict[str, str]:
    """Common name to the dataset's class that means the same, or to itself."""
    found: dict[str, str] = {}
    for common, entry in content.items():
        words = {normal(common)} | {normal(word) for word in entry.get("words", ())}
        exact = [name for name in classes if normal(name) == normal(common)]
        near = [name for name in classes if normal(name) in words]
        wide = {normal(word) for word in (*entry.get("groups", ()), *entry.get("narrower", ()))}
        far = [name for name in classes if normal(name) in wide]
        found[common] = (exact or near or far or [common])[0]
    return found


@lru_cache(maxsize=64)
def vocabulary(classes: tuple[str, ...], extra: str = "") -> Vocabulary:
    """Vocabulary for a dataset's classes; ``extra`` is YAML in the form of ``synonyms.yaml`` that a recipe adds."""
    content = {name: dict(entry) for name, entry in synonyms().items()}
    for name, entry in (yaml.safe_load(extra) or {}).items() if extra else ():
        mine = content.setdefault(name, {})
        for key, words in entry.items():
            mine[key] = [*mine.get(key, ()), *words]
    entries: dict[tuple[str, ...], Entry] = {}
    for phrase, entry in (*_grammar_entries(), *_class_entries(classes, content)):
        words = words_of(phrase)
        if words:
            entries[words] = entry
    by_first: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
    for words, entry in entries.items():
        by_first.setdefault(words[0], []).append((words[1:], entry))
    for rows in by_first.values():
        rows.sort(key=lambda row: -len(row[0]))
    return Vocabulary(by_first, _families(classes, content))


def _families(classes: Sequence[str], content: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    owners = owner_names(classes, content)
    found: dict[str, set[str]] = {name: {name} for name in (*owners.values(), *classes)}
    for common, entry in content.items():
        for broader in entry.get("within", ()):
            found.setdefault(owners.get(broader, broader), set()).add(owners[common])
    return {name: frozenset(names) for name, names in found.items()}
