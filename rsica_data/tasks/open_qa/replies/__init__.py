"""How replies to open questions are read, by the type of the kind's value.

``classes`` (a class, several, or equal), ``cells``, ``numbers``, ``shares`` (percent and area), ``sides`` (a fixed
choice); yes and no are read by
`rsica_data.tasks.open_qa.yes_no_questions`. They share three rules: what is said outright comes before what numbers
tell; a number belongs to the option of its own segment (``amounts``); where a careful person would hesitate,
nothing is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rsica_data.schema import JsonObject, ParseContext, Unparsed
from rsica_data.tasks.open_qa.replies.beside import is_beside
from rsica_data.tasks.open_qa.replies.cells import read_cell, read_cells_of_class
from rsica_data.tasks.open_qa.replies.classes import read_class, read_class_or_equal, read_classes
from rsica_data.tasks.open_qa.replies.common import cannot_tell, prepared
from rsica_data.tasks.open_qa.replies.numbers import read_count
from rsica_data.tasks.open_qa.replies.shares import read_area, read_percent
from rsica_data.tasks.open_qa.replies.sides import read_choice
from rsica_data.tasks.open_qa.replies.verdict import verdict_in
from rsica_data.tasks.open_qa.yes_no_questions import read_truth
from rsica_data.text.amounts.tally import bare_tally
from rsica_data.text.evidence.answer_evidence import says_equal, unsettled_answer
from rsica_data.text.evidence.count_evidence import unsettled_counts
from rsica_data.text.normalized.chinese import to_english
from rsica_data.text.normalized.endings import breaks_off, is_cut
from rsica_data.text.normalized.reply import read_answer

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_OF_CLASS = (
    "class_presence", "class_absence", "class_count", "exactly_one", "only_class", "cells_of_class", "cell_presence",
    "centre_changed", "area_share", "area_m2",
)  # fmt: skip
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_OF_CLASS, ("cls",)),
    **dict.fromkeys(("more_objects", "more_area", "relative_position", "both_classes"), ("a", "b")),
    "at_least": ("cls", "n"),
}


def parse_value(text: str, kind: Kind, context: ParseContext) -> JsonObject | Unparsed:
    """The value that a raw reply gives for a kind, as ``{"value": ...}``."""
    context = _with_arguments(context)
    question = context.question

    def value_of(answer: str) -> Any:
        if kind.type == "bool":
            return read_truth(answer, question.kind, question.args, context.classes)
        return _READERS[kind.type](answer, kind, context)

    def read(answer: str) -> JsonObject | Unparsed:
        answer = prepared(answer)
        if (tallied := _by_tally(answer, context)) is not None:
            return {"value": tallied}
        last = verdict_in(answer, context)
        if last is not None and not isinstance(decided := value_of(last), Unparsed):
            if kind.type == "choice" and says_equal(to_english(answer).lower(), decided):
                return Unparsed("ambiguous: a side, and both are equal")
            return {"value": decided}
        if is_beside(answer, context):
            return cannot_tell(answer, "no answer to the question")
        value = value_of(answer)
        if isinstance(value, Unparsed):
            return value
        # The end that breaks off is taken off before reading, and might have named what is missing.
        if kind.type in ("cells", "classes") and (is_cut(answer) or (not value and breaks_off(text))):
            return Unparsed("cut off before the end of an explanation")
        return _unsettled(to_english(answer).lower(), value, kind, context) or {"value": value}

    return read_answer(text, read)


def _by_tally(answer: str, context: ParseContext) -> Any:
    """Which classes changed, of an answer that is nothing but a number for each; None for other questions."""
    kind, args = context.question.kind, context.question.args
    if kind not in ("changed_classes", "unchanged_classes", "only_class"):
        return None
    names = tuple(args.get("among", context.classes))
    counts = bare_tally(answer, names) if len(names) > 1 else None
    if counts is None:
        return None
    if kind == "only_class":
        return {name for name, count in counts.items() if count} == {args["cls"]}
    return [name for name in names if (counts[name] > 0) is (kind == "changed_classes")]


def _unsettled(answer: str, value: Any, kind: Kind, context: ParseContext) -> Unparsed | None:
    args = context.question.args
    options = kind.options if kind.type != "any_class" else [n for n in args.get("among", ()) if n != args.get("cls")]
    if kind.type == "count" and context.question.kind != "cell_count":
        name = args.get("cls", "")
        return unsettled_counts(answer, {name: value}, (name,) if name else ()) or unsettled_answer(
            answer, value, kind.type
        )
    return unsettled_answer(answer, value, kind.type, options)


def _with_arguments(context: ParseContext) -> ParseContext:
    """The context with the classes in the places of arguments that the question leaves out."""
    names = (*context.classes, "", "")
    defaults = {"cls": names[0], "a": names[0], "b": names[1], "n": 1}
    wanted = {
        key: defaults[key] for key in _ARGUMENTS.get(context.question.kind, ()) if key not in context.question.args
    }
    return replace(context, question=replace(context.question, args={**context.question.args, **wanted}))


_READERS: dict[str, Callable[[str, Kind, ParseContext], Any]] = {
    "count": read_count,
    "class": read_class,
    "any_class": read_class,
    "class_or_equal": read_class_or_equal,
    "classes": read_classes,
    "cell": read_cell,
    "cells": read_cells_of_class,
    "percent": read_percent,
    "area": read_area,
    "choice": read_choice,
}
