"""English for class names and lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rsica_data.text.yaml_files import packaged_yaml


def _plurals() -> Any:
    return packaged_yaml("rsica_data.text", "plurals.yaml")


# "place of worship", "building under construction": what is counted stands before the preposition.
_COMPLEMENT = re.compile(r" (?:of|under|with|without|for|in|on|at|near) ")


def _noun_and_complement(name: str) -> tuple[str, str]:
    plain = name.replace("_", " ").replace("-", " ").strip()
    preposition = _COMPLEMENT.search(plain)
    return (plain, "") if preposition is None else (plain[: preposition.start()], plain[preposition.start() :])


@lru_cache(maxsize=1024)
def singular(name: str) -> str:
    """The noun for one object of a class: ``building``, ``water area``, ``mixed tree`` of ``mixed trees``."""
    words = _plurals()
    plain, complement = _noun_and_complement(name)
    lead, _, head = plain.rpartition(" ")
    if plain in words["uncountable"] or head in words["uncountable"]:
        plain = f"{plain} area"
    elif head in words["singular"]:
        plain = f"{lead} {words['singular'][head]}".strip()
    return plain + complement


@lru_cache(maxsize=1024)
def plural(name: str) -> str:
    """The noun for several objects of a class: ``buildings``, ``water areas``, ``places of worship``."""
    noun, complement = _noun_and_complement(singular(name))
    lead, _, head = noun.rpartition(" ")
    irregular = _plurals()["irregular"]
    if head in irregular:
        many = irregular[head]
    elif re.search(r"(?:s|x|z|ch|sh)$", head):
        many = f"{head}es"
    elif re.search(r"[^aeiou]y$", head):
        many = f"{head[:-1]}ies"
    else:
        many = f"{head}s"
    return f"{lead} {many}".strip() + complement


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


def label_words(label: str) -> str:
    """The name of a folder or of a class in code as words.

    Example:
        >>> label_words("baseball_diamond"), label_words("AnnualCrop")
        ('baseball diamond', 'annual crop')
    """
    return " ".join(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label.replace("_", " ").replace("-", " ")).lower().split())
