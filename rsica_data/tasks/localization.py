"""Which cells of a 3x3 grid hold change, by class? Gold and answer ``{"road": ["top-left"], "building": []}``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random

from rsica_data.schema import (
    CELLS,
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    TaskSpec,
    Unparsed,
)
from rsica_data.tasks.common import (
    TaskSettings,
    choose_prompt,
    fixed_prompt,
    one_turn,
    only_answer,
    render_context,
    single_turn,
)
from rsica_data.tasks.reading import cells_in, class_key, json_object, mentions, plain, says_no_change
from rsica_data.tasks.words import join, plural, template_file

NAME = "localization"
VERSION = 1

_NOWHERE = re.compile(r"\bnone\b|\bnowhere\b|\[\s*\]|\bno\b|\bnot\b|\bn't\b|\bunchanged\b|\bn/a\b|^\W*-?\W*$")
_EVERYWHERE = re.compile(
    r"\ball (?:nine )?(?:cells|parts|areas)\b|\beverywhere\b|\bthe (?:whole|entire) (?:image|scene|area)\b"
)


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
    found = json_object(text)
    if found is not None:
        cells = {
            key: cells_in(plain(" ; ".join(map(str, value)) if isinstance(value, list) else str(value)))
            for word, value in found.items()
            if (key := class_key(str(word), context.classes)) is not None
        }
        if cells:
            return {name: cells[name] for name in context.classes if name in cells}
    words = plain(text)
    if not words:
        return Unparsed("empty reply")
    said = _said(words, context.classes)
    if said:
        return {name: said[name] for name in context.classes if name in said}
    if says_no_change(words) or re.fullmatch(r"\W*(?:none|nowhere|no)\W*", words):
        return {name: [] for name in context.classes}
    if len(context.classes) == 1 and (cells_ := _cells_or_all(words)):
        return {context.classes[0]: cells_}
    return Unparsed("no cells for a known class")


def _cells_or_all(part: str) -> list[str]:
    return list(CELLS) if _EVERYWHERE.search(part) else cells_in(part)


def _said(words: str, classes: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for clause in re.split(r"[.;\n](?!\d)", words):
        named = mentions(clause, classes)
        names = {name for _, _, name in named}
        if len(names) == 1:
            name = names.pop()
            cells = _cells_or_all(clause)
            if cells or _NOWHERE.search(clause[: named[0][0]] + clause[named[-1][1] :]):
                found.setdefault(name, set()).update(cells)
        elif names:
            _by_segment(clause, named, found)
    return {name: _ordered(list(cells)) for name, cells in found.items()}


def _by_segment(clause: str, named: list[tuple[int, int, str]], found: dict[str, set[str]]) -> None:
    """Several classes in one clause: what follows a class belongs to it; classes joined by "and" share what follows."""
    ends = [start for start, _, _ in named[1:]] + [len(clause)]
    waiting: list[str] = []
    for (start, after, name), end in zip(named, ends, strict=True):
        segment = clause[after:end]
        if re.fullmatch(r"\s*(?:,|and|or|nor|&|/)?\s*(?:the\s+|new\s+)?", segment) and end < len(clause):
            waiting.append(name)
            continue
        cells = _cells_or_all(segment)
        negated = re.search(r"\bno (?:\w+ )?$", clause[:start]) or _NOWHERE.search(segment)
        if cells or negated:
            for owner in (*waiting, name):
                found.setdefault(owner, set()).update(cells)
        waiting = []


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """Cells under the dataset's rule."""
    return {name: list(cells) for name, cells in view.cells.items()}


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal sets of cells for every class."""
    return gold.keys() == given.keys() and all(set(gold[name]) == set(given[name]) for name in gold)


TASK = TaskSpec(
    name=NAME,
    version=VERSION,
    summary="Which cells of a 3x3 grid hold change, by class.",
    settings=TaskSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=only_answer,
    matches=matches,
    turns=lambda kind, gold: single_turn(NAME, gold),
    prompt=lambda question, protocol, classes: fixed_prompt(NAME, protocol, classes),
)
