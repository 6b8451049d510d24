"""Which cells of a 3x3 grid hold change, by class? Gold and answer ``{"road": ["top-left"], "building": []}``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    Unparsed,
)
from rsica_data.tasks.common import TaskSettings, ask_once
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join, plural
from rsica_data.text.normalized.cleaning import text_after
from rsica_data.text.normalized.reply import read_answer

NAME = "localization"
VERSION = 1


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One row for a pair with a mask."""
    if context.view is None or not context.classes:
        return ()
    return ask_once(NAME, VERSION, gold_answer, context, settings)


def gold_answer(context: AskContext, style: str, pick: int) -> tuple[JsonObject, str]:
    """(gold, text) of a pair with a mask."""
    assert context.view is not None
    gold: JsonObject = {name: list(cells) for name, cells in context.view.cells.items()}
    return gold, _text(gold, style, pick)


def render(answer: JsonObject, context: RenderContext) -> str:
    """``Roads: top-left and top-center. Buildings: none.`` or the published ``roads ['top-left'] buildings []``."""
    return _text(answer, context.style, context.pick)


def _text(answer: JsonObject, style: str, pick: int) -> str:
    parts = [_wordings(name, tuple(cells), style) for name, cells in answer.items()]
    return " ".join([texts[pick % len(texts)] for texts in parts])


@lru_cache(maxsize=1024)
def _wordings(name: str, cells: tuple[str, ...], style: str) -> tuple[str, ...]:
    """Every wording of what is said of a class and its cells."""
    ordered = [cell for cell in CELLS if cell in cells]
    noun = plural(name)
    if style == "changechat":
        return (f"{noun} {ordered}",)
    forms, named = template_file(NAME)["answers"], noun[0].upper() + noun[1:]
    phrases = forms["some" if ordered else "none"]
    return tuple(phrase.format(classes=noun, Classes=named, cells=join(ordered)) for phrase in phrases)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """Cells by class from our forms, the published ones, JSON, or a free reply."""
    # Readers are loaded with the first reply: a build reads none, and starts in half the time.
    from rsica_data.text.grid.cells import read_cells
    from rsica_data.text.normalized.endings import breaks_off

    def read(words: str) -> JsonObject | Unparsed:
        cells = read_cells(words, context.classes, text_after(text, words))
        # The end that breaks off is taken off before reading, and might have named a cell.
        if isinstance(cells, dict) and not any(cells.values()) and breaks_off(text):
            return Unparsed("cut off before the end of an explanation")
        return cells

    return read_answer(text, read)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """Cells under the dataset's rule."""
    return {name: list(cells) for name, cells in view.cells.items()}


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal sets of cells for every class."""
    return gold.keys() == given.keys() and all(set(gold[name]) == set(given[name]) for name in gold)


TASK = declare_task(
    NAME,
    "Which cells of a 3x3 grid hold change, by class.",
    version=VERSION,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    matches=matches,
    has_prompt_file=True,
)
