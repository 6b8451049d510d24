"""Types of answer values: how each is written, read back and compared.

bool; count (int); class, any_class (a name; the latter one of the question's ``among``), class_or_equal (a name or
"equal"); classes (names); cell, cells (grid cells); percent (float, one decimal); area (int, m2); choice (one of the
kind's options).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rsica_data.schema import JsonObject, ParseContext, RenderContext, Unparsed
from rsica_data.tasks.reading import cells_in, leading_yes_no, mentions, numbers_in, plain, says_change, says_no_change
from rsica_data.tasks.words import join, plural, template_file

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_EQUAL = re.compile(r"\bequal(?:ly)?\b|\bsame\b|\bneither\b|\bboth\b")
_NONE = re.compile(r"\bnone\b|\bno\b|\bnothing\b|\bnowhere\b")
_DECIMAL = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)")
_SYNONYMS = {"upper": "top", "lower": "bottom", "clustered": "concentrated", "dispersed": "scattered"}


def render_value(value: Any, kind: Kind, context: RenderContext) -> str:
    """A value in one of the phrases of its type."""
    forms = template_file("open_qa")["answer_forms"][kind.type]
    if kind.type == "bool":
        forms = forms["yes" if value else "no"]
    elif kind.type == "class_or_equal":
        forms = forms["equal" if value == "equal" else "one"]
    elif kind.type in ("classes", "cells"):
        forms = forms["some" if value else "none"]
    text = str(forms[context.pick % len(forms)]).format(value=_words(value, kind.type))
    return text[0].upper() + text[1:]


def _words(value: Any, type_: str) -> str:
    if type_ in ("class", "any_class", "class_or_equal"):
        return plural(value)
    if type_ == "classes":
        return join([plural(name) for name in value])
    if type_ == "cells":
        return join(list(value))
    if type_ == "percent":
        return f"{value:.1f}"
    return str(value)


def parse_value(text: str, kind: Kind, context: ParseContext) -> JsonObject | Unparsed:
    """The value a reply gives for a kind."""
    words = plain(text)
    if not words:
        return Unparsed("empty reply")
    found = _READERS[kind.type](words, kind, _names(kind, context))
    return found if isinstance(found, Unparsed) else {"value": found}


def _names(kind: Kind, context: ParseContext) -> Sequence[str]:
    # Land-cover questions name their candidates themselves: the change classes need not hold them.
    return context.question.args.get("among", ()) if kind.type == "any_class" else context.classes


def _read_bool(words: str, kind: Kind, names: Sequence[str]) -> bool | Unparsed:
    said = leading_yes_no(words)
    if said is not None:
        return said
    negative, positive = says_no_change(words), says_change(words)
    if negative is positive:
        return Unparsed("neither yes nor no")
    return positive


def _read_count(words: str, kind: Kind, names: Sequence[str]) -> int | Unparsed:
    numbers = set(numbers_in(words))
    if len(numbers) == 1:
        return numbers.pop()
    if not numbers and (_NONE.search(words) or says_no_change(words)):
        return 0
    return Unparsed("no number" if not numbers else "several numbers")


def _read_class(words: str, kind: Kind, names: Sequence[str]) -> str | Unparsed:
    found = {name for _, _, name in mentions(words, names)}
    if len(found) == 1:
        return found.pop()
    return Unparsed("no class" if not found else "several classes")


def _read_class_or_equal(words: str, kind: Kind, names: Sequence[str]) -> str | Unparsed:
    if _EQUAL.search(words):
        return "equal"
    return _read_class(words, kind, names)


def _read_classes(words: str, kind: Kind, names: Sequence[str]) -> list[str] | Unparsed:
    found = {name for _, _, name in mentions(words, names)}
    if found:
        return [name for name in names if name in found]
    return [] if _NONE.search(words) or says_no_change(words) else Unparsed("no class")


def _read_cell(words: str, kind: Kind, names: Sequence[str]) -> str | Unparsed:
    found = cells_in(words)
    if len(found) == 1:
        return found[0]
    return Unparsed("no grid cell" if not found else "several grid cells")


def _read_cells(words: str, kind: Kind, names: Sequence[str]) -> list[str] | Unparsed:
    found = cells_in(words)
    if found:
        return found
    return [] if _NONE.search(words) or says_no_change(words) else Unparsed("no grid cell")


def _read_percent(words: str, kind: Kind, names: Sequence[str]) -> float | Unparsed:
    found = [float(match.replace(",", "")) for match in _DECIMAL.findall(words)]
    if len(set(found)) == 1:
        return found[0]
    if not found and (_NONE.search(words) or says_no_change(words)):
        return 0.0
    return Unparsed("no share" if not found else "several numbers")


def _read_area(words: str, kind: Kind, names: Sequence[str]) -> int | Unparsed:
    # The 2 of "m2" and "m^2" is no number of its own.
    read = _read_percent(re.sub(r"\bm\s*\^?\s*[2²]|\bsq\.?\s*m\b", " ", words), kind, names)
    return read if isinstance(read, Unparsed) else round(read)


def _read_choice(words: str, kind: Kind, names: Sequence[str]) -> str | Unparsed:
    for said, meant in _SYNONYMS.items():
        words = re.sub(rf"\b{said}\b", meant, words)
    words = re.sub(r"\b(top|bottom)[\s-]+(left|right)\b", r"\1 \2", words)
    found: list[str] = []
    for option in sorted(kind.options, key=len, reverse=True):
        words, hits = re.subn(rf"\b{option}\b", " ", words)
        found += [option] if hits else []
    if len(found) == 1:
        return found[0]
    return Unparsed("none of the options" if not found else "several options")


_READERS: dict[str, Callable[[str, Kind, Sequence[str]], Any]] = {
    "bool": _read_bool,
    "count": _read_count,
    "class": _read_class,
    "any_class": _read_class,
    "class_or_equal": _read_class_or_equal,
    "classes": _read_classes,
    "cell": _read_cell,
    "cells": _read_cells,
    "percent": _read_percent,
    "area": _read_area,
    "choice": _read_choice,
}


def same_value(type_: str, gold: Any, given: Any) -> bool:
    """Whether an answer counts as right: shares within 2 points, areas within a tenth, lists as sets."""
    if type_ == "percent":
        return bool(abs(gold - given) <= 2.0 + 1e-9)
    if type_ == "area":
        return bool(abs(gold - given) <= 0.1 * max(gold, 1))
    if type_ in ("classes", "cells"):
        return set(gold) == set(given)
    return bool(gold == given)
