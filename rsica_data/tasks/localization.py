"""Which cells of a 3x3 grid hold change, by class? Gold and answer ``{"road": ["top-left"], "building": []}``."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

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
from rsica_data.tasks.common import (
    TaskSettings,
    choose_prompt,
    one_turn,
    render_context,
)
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
    rng = Random(context.seed)  # noqa: S311 - not for security
    prompt_, template = choose_prompt(NAME, context, settings, rng)
    gold: JsonObject = {name: list(cells) for name, cells in context.view.cells.items()}
    text = render(gold, render_context(NAME, context, settings, rng))
    return (one_turn(context, prompt_, text, gold, template, VERSION, NAME),)


def render(answer: JsonObject, context: RenderContext) -> str:
    """``Roads: top-left and top-center. Buildings: none.`` or the published ``roads ['top-left'] buildings []``."""
    if context.style == "changechat":
        return " ".join(f"{plural(name)} {_ordered(cells)}" for name, cells in answer.items())
    forms = template_file(NAME)["answers"]
    phrases = forms["some"]
    number = context.pick % len(phrases)
    parts = []
    for name, cells in answer.items():
        ordered = _ordered(cells)
        template = phrases[number] if ordered else forms["none"][number]
        noun = plural(name)
        parts.append(template.format(classes=noun, Classes=noun[0].upper() + noun[1:], cells=join(ordered)))
    return " ".join(parts)


def _ordered(cells: Sequence[str]) -> list[str]:
    return [cell for cell in CELLS if cell in cells]


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
