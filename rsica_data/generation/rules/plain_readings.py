"""Readings of texts without marks, without a language model, for tests and demos: what plain readers find in them."""

from __future__ import annotations

import re

from rsica_data.claims import leaks, marks_of
from rsica_data.generation.cover_captions import denied
from rsica_data.generation.readers.targets import uses_in
from rsica_data.schema import JsonObject
from rsica_data.text.class_names import counted
from rsica_data.text.mentions import mentions, names_outright

_DATE = re.compile(r"\b(?:19|20)\d\d(?:-\d\d)?(?:-\d\d)?\b")


def image_reading(case: JsonObject) -> JsonObject:
    """What a caption of one image states, in the form of ``claims.image_reading``: types, a date, what betrays it.

    Args:
        case: as ``image_reading.image_prompt`` shows it.

    >>> image_reading({"types": ["road", "building"], "caption": "Two roads, no house, in 2014."})
    {'states': 'road; no building; date 2014'}
    """
    caption, types = str(case["caption"]), list(case["types"])
    low = caption.lower()
    named = {entry.name: denied(low, entry.start) for entry in mentions(low, types)}
    states = [f"{'no ' if absent else ''}{name}" for name, absent in named.items()]
    states += [f"date {match[0]}" for match in list(_DATE.finditer(caption))[:1]]
    states += ["source"] if leaks(caption, of_image=True) else []
    return {"states": "; ".join(states)}


def target_reading(case: JsonObject) -> JsonObject:
    """Which objects a question means and its answer names, in the form of ``claims.target_reading``.

    Args:
        case: as ``target_reading.target_prompt`` shows it.

    >>> target_reading({"classes": ["road"], "question": "Where to drive?", "answer": "A road, top-left."})
    {'asks': 'road', 'names': 'road top-left'}
    """
    classes, question, answer = list(case["classes"]), str(case["question"]), str(case["answer"])
    implied = sorted(uses_in(question) & set(classes)) or _classes(answer, classes)
    outright = [name for name in classes if names_outright(question, name)]
    asks = ["named", outright[0]] if outright else implied[:1]
    return {
        "asks": " ".join((*asks, *_limits(question, classes))),
        "names": " ".join((*_numbers(answer, classes), *_limits(answer, classes))),
    }


def _classes(text: str, classes: list[str]) -> list[str]:
    return list(dict.fromkeys(mark.value for mark in marks_of(text, classes) if mark.kind == "class"))


def _numbers(text: str, classes: list[str]) -> list[str]:
    """The classes of a text, and a number that stands before one of them."""
    numbers = [str(number) for name in classes for number in range(1, 100) if counted(number, name) in text][:1]
    return [*_classes(text, classes), *numbers]


def _limits(text: str, classes: list[str]) -> list[str]:
    marks = marks_of(text, classes)
    cells = [mark.value[0] for mark in marks if mark.kind == "place" and len(mark.value) == 1]
    largest = any(mark.value in ("largest", "biggest") for mark in marks if isinstance(mark.value, str))
    return [*dict.fromkeys(cells), *(["largest"] if largest else [])]
