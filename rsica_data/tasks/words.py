"""English for class names, numbers and lists, and the template files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_UNITS = f"zero one two three four five six seven eight nine {_TEENS}".split(" ")
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+|"
    + rf"(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_UNITS[1:10])}))?|{'|'.join(sorted(_UNITS, key=len, reverse=True))})"
)
"""Regular expression of a whole number in digits or in English words up to ninety-nine (lower case)."""


def number_value(text: str) -> int:
    """Value of a text that :data:`NUMBER` matches."""
    if text[0].isdigit():
        return int(text.replace(",", ""))
    parts = re.split(r"[\s-]", text)
    if parts[0] in _TENS:
        return (_TENS.index(parts[0]) + 2) * 10 + (_UNITS.index(parts[1]) if len(parts) > 1 else 0)
    return _UNITS.index(parts[0])


@lru_cache(maxsize=32)
def template_file(name: str) -> Any:
    """The content of ``templates/NAME.yaml``. Read once; treat as read-only."""
    text = (files("rsica_data.tasks") / "templates" / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


@lru_cache(maxsize=1024)
def singular(name: str) -> str:
    """The noun for one object of a class: ``building``, ``water area``."""
    words = template_file("words")
    plain = name.replace("_", " ").replace("-", " ").strip()
    head = plain.rsplit(" ", 1)[-1]
    return f"{plain} area" if plain in words["uncountable"] or head in words["uncountable"] else plain


@lru_cache(maxsize=1024)
def plural(name: str) -> str:
    """The noun for several objects of a class: ``buildings``, ``water areas``, ``churches``."""
    noun = singular(name)
    lead, _, head = noun.rpartition(" ")
    irregular = template_file("words")["irregular"]
    if head in irregular:
        many = irregular[head]
    elif re.search(r"(?:s|x|z|ch|sh)$", head):
        many = f"{head}es"
    elif re.search(r"[^aeiou]y$", head):
        many = f"{head[:-1]}ies"
    else:
        many = f"{head}s"
    return f"{lead} {many}".strip()


def counted(count: int, name: str) -> str:
    """``no buildings``, ``1 building``, ``3 buildings``."""
    if count == 0:
        return f"no {plural(name)}"
    return f"{count} {singular(name) if count == 1 else plural(name)}"


def a_or_an(noun: str) -> str:
    """The noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def join(parts: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def sentence(text: str) -> str:
    """First letter upper case, a full stop where there is no end mark, ``" ."`` closed up."""
    closed = text.strip().removesuffix(" .").strip()
    closed = closed if closed[-1:] in ".!?" else f"{closed}."
    return closed[0].upper() + closed[1:]


@lru_cache(maxsize=1024)
def mention(name: str) -> str:
    """Regular expression of every way to name a class (lower case): raw name, noun, plural, ``noun(s)``."""
    noun, many = singular(name), plural(name)
    plain = name.replace("_", " ").replace("-", " ").strip().lower()
    forms = {many, noun, plain, f"{plain}s", name.lower()}
    return "(?:" + "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)) + r")(?:\(s\)|\(es\))?"
