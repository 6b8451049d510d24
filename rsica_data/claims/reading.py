"""What a second model is shown of a text, and the form of its reading: what the question asks, what the text states.

The model sees the question, the text without its marks, what was said before in the conversation, and names of
classes; nothing of the facts. Kinds are those of the listed facts, so that a reading is compared with the facts and
with the marks by kind, arguments and value.

Example:
    >>> ARGUMENTS["cell_objects"], VALUES["cell_objects"]
    (('cls', 'cell'), 'count')
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_data.claims.fact_list import OWN_KINDS
from rsica_data.claims.listed import Listed
from rsica_data.core.json_text import read_json_object
from rsica_data.core.text_encoding import read_user_text
from rsica_data.geometry.cells import CELLS
from rsica_data.tasks.open_qa.kinds import KINDS

Json = dict[str, Any]

_PAIRED = ("more_objects", "more_area", "relative_position")
_OF_COVER = (
    "cover_before",
    "cover_after",
    "cover_more",
    "most_gained",
    "most_lost",
    "became",
    "was_before",
    "transition",
)
_WHOLE = (
    *("any_change", "changed_classes", "unchanged_classes", "total_count", "total_share", "total_area"),
    *("left_or_right", "top_or_bottom", "largest_class", "most_gained", "most_lost"),
)
_OF_CLASS = (
    *("class_count", "built_count", "removed_count", "direction", "cells_of_class", "built_cells", "removed_cells"),
    *("cell_count", "largest_cell", "smallest_cell", "busiest_cell", "area_share", "area_m2", "largest_size", "spread"),
    *(
        "border",
        "growth_direction",
        "nearest_class",
        "cover_before",
        "cover_after",
        "cover_more",
        "became",
        "was_before",
    ),
)
ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_WHOLE, ()),
    **dict.fromkeys(_OF_CLASS, ("cls",)),
    **dict.fromkeys(_PAIRED, ("a", "b")),
    "transition": ("a", "b"),
    "cell_objects": ("cls", "cell"),
    "date": ("side",),
}
"""Kinds of a reading and the arguments of each: those of the listed facts without captions, and ``total_area``."""
VALUES: dict[str, str] = {
    **{kind: KINDS[kind].type if kind in KINDS else OWN_KINDS.get(kind, "area") for kind in ARGUMENTS},
    "more_area": "class_or_equal",
}
"""The type of each kind's value."""
BOUNDS = ("exactly", "about", "at least", "at most", "more than", "less than")
"""How a number, share or area is meant."""
BOUNDED = ("count", "percent", "area")
"""Types of values that have a bound."""
LONGEST = 4000
"""Characters of a text that the model sees."""


def reading_folder() -> Path:
    """The folder with the prompt that asks for a reading, the outer schema of the reply and its version."""
    return Path(str(files("rsica_data.claims"))) / "rubrics" / "reading"


@cache
def _rubric() -> tuple[str, Mapping[str, Any]]:
    folder = reading_folder()
    return read_user_text(folder / "prompt.jinja"), read_json_object(folder / "schema.json", "a schema", own=False)


def reading_prompt(text: str, question: str | None, listed: Listed) -> str:
    """The prompt that asks for the reading of a text.

    Args:
        text: the text without its marks.
        question: what it answers; None for a text that stands alone.
        listed: of whom the names of the classes and ``earlier`` are shown, and no fact.
    """
    # Jinja comes with the extra `llm`; marked texts are checked where it is not.
    from rsica_data.core.templating import compile_template, fenced_json, rendered

    case: Json = {"classes": list(listed.classes)}
    if listed.earlier.strip():
        case["earlier"] = " ".join(listed.earlier.split())[-LONGEST:]
    case |= {"question": question or "", "text": text[:LONGEST]}
    template = compile_template(_rubric()[0], "the prompt that asks for a reading", trim=False)
    return rendered(template.generate(case=fenced_json(case)), "the prompt that asks for a reading")


def reading_schema(listed: Listed) -> Json:
    """The schema of a reading: kinds, names of classes and cells, bounds are enums.

    One flat form holds all kinds, so that the schema is short; whether arguments and value fit their kind is checked
    where the reading is taken (``readings.taken``).

    Args:
        listed: of whom the names of the classes are used, and whether land cover and dates are listed.
    """
    base = _rubric()[1]
    lists = {"asks": _item(listed, ask=True), "claims": _item(listed, ask=False)}
    entries = {name: {**base["properties"][name], "items": item} for name, item in lists.items()}
    return {**base, "properties": entries}


def _item(listed: Listed, ask: bool) -> Json:
    kinds = _kinds(listed)
    names = [*listed.classes, *CELLS, "before", "after"]
    options = dict.fromkeys(option for kind in kinds for option in options_of(kind))
    words = list(dict.fromkeys((*listed.classes, *CELLS, "equal", *options)))
    value: list[Json] = [{"type": "boolean"}, {"type": "number"}, {"enum": words}]
    value.append({"type": "array", "items": {"enum": [*listed.classes, *CELLS]}})
    value += [{"type": "string"}] if "date" in kinds else []
    form: Json = {} if ask else {"quote": {"type": "string"}}
    form |= {
        "kind": {"enum": [*kinds, *(("description", "other") if ask else ("other",))]},
        "args": {"type": "array", "items": {"enum": list(dict.fromkeys(names))}},
        "value": {"anyOf": [*value, {"type": "null"}]},
        "bound": {"enum": list(BOUNDS)},
        "said": {"enum": ["yes", "no", "unanswered"] if ask else ["yes", "no"]},
    }
    return {"type": "object", "properties": form, "required": list(form), "additionalProperties": False}


def _kinds(listed: Listed) -> list[str]:
    kinds = {fact.kind for fact in listed.facts}
    cover = bool(kinds & {"cover_before", "cover_after"})
    single = len(listed.classes) < 2
    return [
        kind
        for kind in ARGUMENTS
        if (cover or kind not in _OF_COVER)
        and not (single and "a" in ARGUMENTS[kind])
        and (kind != "date" or kind in kinds)
    ]


def options_of(kind: str) -> tuple[str, ...]:
    """The words that a value of a kind can be, where it is one of a few."""
    if kind == "direction":
        return ("built", "removed")
    if kind == "cover_more":
        return ("before", "after", "equal")
    return tuple(KINDS[kind].options) if kind in KINDS and VALUES[kind] == "choice" else ()
