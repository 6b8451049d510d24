"""Mistakes on purpose: what a checker must catch, put into the first item of a reply."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rsica_data.generation.rules.marking import marked
from rsica_data.generation.rules.pool import free_cells
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import JsonObject
from rsica_data.text.class_names import counted, plural, singular

FLAGS = ("wrong-count", "wrong-place", "wrong-count-declared", "wrong-place-declared", "leak", "doubt", "repeat")


def spoil(flag: str, answer: JsonObject, data: JsonObject) -> JsonObject:
    """The answer with one mistake; an unknown flag, or an answer without items, changes nothing."""
    key = next(iter(answer))
    items = answer[key]
    if not items or flag not in FLAGS:
        return answer
    if flag == "repeat":
        return {key: [items[0], *items]}
    wrong_text, question = _WRONG[flag](_text(items[0]), data)
    return {key: [_with(items[0], wrong_text, question), *items[1:]]}


def _text(item: Any) -> str:
    return item if isinstance(item, str) else str(item["answer"])


def _with(item: Any, wrong_text: str, question: str | None) -> Any:
    if isinstance(item, str):
        return wrong_text
    changed = {**item, "answer": wrong_text}
    if question is not None and "about" in item:
        changed["question"] = question
    return changed


def _wrong_count(text: str, data: JsonObject) -> tuple[str, str | None]:
    if "map" in data["facts"]:
        return f"{text} Among them stands a lighthouse.", None
    classes = data["facts"]["classes"]
    if "items" in data:
        # A paraphrase: another number where there is one, the other of yes and no else.
        spoiled = re.sub(r"\d+", lambda match: str(int(match[0]) + 3), text, count=1)
        return (spoiled, None) if spoiled != text else (f"{_opposite(text)}", None)
    if not classes:
        return text, None
    entry = classes[0]
    wrong = counted(entry["count"] + 3, entry["class"])
    statement = marked(f"{wrong} have changed", data["listed"], "class_count", entry["count"], cls=entry["class"])
    return f"{statement}.", f"How many {plural(entry['class'])} have changed?"


def _declared(
    wrong: Callable[[str, JsonObject], tuple[str, str | None]],
) -> Callable[[str, JsonObject], tuple[str, str | None]]:
    """The same mistake with its mark moved to another fact: the next one, or the one before the last."""

    def moved(text: str, data: JsonObject) -> tuple[str, str | None]:
        statement, question = wrong(text, data)
        last = max(data["listed"].values(), default=1)
        return re.sub(
            r"\((\d+)\)", lambda m: f"({int(m[1]) + 1 if int(m[1]) < last else max(int(m[1]) - 1, 1)})", statement
        ), question

    return moved


def _opposite(text: str) -> str:
    if re.match(r"no\b", text, re.IGNORECASE):
        return "Yes, they all have."
    return "No, it is not the case."


def _wrong_place(text: str, data: JsonObject) -> tuple[str, str | None]:
    if "targets" in data:
        return f"{text} See the {next(cell for cell in CELLS if cell not in text)}, too.", None
    for entry in data["facts"]["classes"]:
        free = free_cells(data["facts"], entry["class"])
        if free:
            name = entry["class"]
            words = f"A {singular(name)} has changed in the {free[0]}"
            kind, value = ("cells_of_class", entry["cells"]) if entry["cells"] else ("class_count", entry["count"])
            statement = f"{marked(words, data['listed'], kind, value, cls=name)}."
            return statement, f"In which part of the scene has a {singular(name)} changed?"
    return text, None


def _leak(text: str, data: JsonObject) -> tuple[str, str | None]:
    return f"According to the provided captions, {text[:1].lower()}{text[1:]}", None


def _doubt(text: str, data: JsonObject) -> tuple[str, str | None]:
    return f"Probably: {text[:1].lower()}{text[1:]}", None


_WRONG: dict[str, Callable[[str, JsonObject], tuple[str, str | None]]] = {
    "wrong-count": _wrong_count,
    "wrong-place": _wrong_place,
    "wrong-count-declared": _declared(_wrong_count),
    "wrong-place-declared": _declared(_wrong_place),
    "leak": _leak,
    "doubt": _doubt,
}
