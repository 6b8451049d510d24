"""What became what: the from-to transitions of two label maps, as classes, shares and a matrix in words.

Gold ``{"kind", "args", "value"}``, answer ``{"value"}``: a class, a share in percent, ``[from, to]``, or the matrix
as rows ``[from, to, percent of the changed ground]``, largest first. Changed ground is what went from one class to
another. Shares are right within 2 points, a matrix where a tenth of the changed ground at most is told differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Literal

from pydantic import Field, PositiveInt

from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.open_qa import fill
from rsica_data.tasks.open_qa.kinds import KINDS as OPEN_KINDS
from rsica_data.tasks.open_qa.replies import parse_value
from rsica_data.tasks.open_qa.values import render_value, same_value
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import plural
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.steps import Step, steps_in
from rsica_data.text.yes_no.stance import plain, read_change

NAME = "transition"
VERSION = 1
Kind = Literal["largest", "became", "was_before", "share", "share_of_class", "matrix"]
KINDS: tuple[Kind, ...] = ("largest", "became", "was_before", "share", "share_of_class", "matrix")
_AS = {"became": "became", "was_before": "was_before", "share": "total_share", "share_of_class": "total_share"}
"""Kinds of ``open_qa`` whose answers have the same type: their readers and words are used."""
_MOST_STEPS = 8
_LEAST_SHARE = 0.1
_NEAR = 0.1


class TransitionSettings(TaskSettings):
    """Settings of questions about transitions.

    Attributes:
        per_pair: questions a pair, of different kinds first.
        kinds: kinds to draw from (default: all).
    """

    per_pair: PositiveInt = 3
    kinds: list[Kind] | None = Field(default=None, min_length=1)


def ask(context: AskContext, settings: TransitionSettings) -> Sequence[Draft]:
    """Some questions about a pair in which land cover became another."""
    view = context.view
    if view is None or not view.transitions:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    kinds = list(settings.kinds or KINDS)
    rng.shuffle(kinds)
    drafts = []
    for kind in kinds[: settings.per_pair]:
        questions = [Question(kind, args) for args in _arguments(view, kind)]
        settled = [(question, outcome) for question in questions if (outcome := answer(view, question, 0)) is not None]
        if settled:
            drafts.append(_draft(*settled[rng.randrange(len(settled))], context, settings, rng))
    return drafts


def _arguments(view: FactsView, kind: str) -> Iterator[dict[str, Any]]:
    among = list(view.land)
    if kind in ("largest", "matrix"):
        if kind == "largest" or len(view.transitions) <= _MOST_STEPS:
            yield {"among": among}
    elif kind in ("became", "was_before"):
        side = 0 if kind == "became" else 1
        yield from ({"cls": name, "among": among} for name in dict.fromkeys(step[side] for step in view.transitions))
    else:
        yield from ({"a": a, "b": b} for a, b, _ in view.transitions if kind == "share" or view.cover.get(a, (0, 0))[0])


def _draft(
    question: Question, outcome: JsonObject, context: AskContext, settings: TransitionSettings, rng: Random
) -> Draft:
    phrases = template_file(NAME)[question.kind]
    number = phrase_number(len(phrases), context, settings, rng)
    pick = wording_pick(context, rng)
    args = dict(question.args)
    text = render(outcome, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": question.kind, "args": args} | outcome
    turns = (Turn("user", fill(phrases[number], args)), Turn("assistant", text))
    return Draft(question.kind, turns, gold, (text,), f"{NAME}/{question.kind}/{number}", VERSION)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """What the from-to transitions say; None where they do not settle it."""
    kind, args = question.kind, dict(question.args)
    if kind in ("became", "was_before"):
        value = OPEN_KINDS[kind].value(view, args)
        return None if value is None else {"value": value}
    rows = matrix_of(view)
    if kind == "matrix":
        return {"value": [list(row) for row in rows]}
    if kind == "largest":
        clear = len(rows) == 1 or (len(rows) > 1 and rows[0][2] - rows[1][2] >= 2)
        return {"value": list(rows[0][:2])} if clear else None
    pixels = sum(area for a, b, area in view.transitions if (a, b) == (args["a"], args["b"]))
    changed = sum(area for _, _, area in view.transitions)
    whole = changed if kind == "share" else view.cover.get(args["a"], (0, 0))[0]
    return {"value": round(100 * pixels / whole, 1)} if whole else None


def matrix_of(view: FactsView) -> list[tuple[str, str, float]]:
    """Rows ``(from, to, percent of the changed ground)``, largest first; those below a tenth of a percent left out."""
    changed = sum(area for _, _, area in view.transitions)
    rows = [(a, b, round(100 * area / changed, 1)) for a, b, area in view.transitions]
    return sorted((row for row in rows if row[2] >= _LEAST_SHARE), key=lambda row: (-row[2], row[0], row[1]))


def render(answer: JsonObject, context: RenderContext) -> str:
    """A class, a share, ``From trees to buildings.`` or ``trees to buildings: 60.0%; ...``."""
    kind, value = context.question.kind, answer["value"]
    if kind in _AS:
        return (
            render_value(value, OPEN_KINDS[_AS[kind]], context) if kind in ("became", "was_before") else f"{value:.1f}%"
        )
    forms = template_file(NAME)["answers"]
    if kind == "largest":
        phrase = forms["largest"][context.pick % len(forms["largest"])]
        text = phrase.format(a_many=plural(value[0]), b_many=plural(value[1]))
        return str(text[0].upper() + text[1:])
    rows = [forms["matrix"].format(a_many=plural(a), b_many=plural(b), share=f"{share:.1f}") for a, b, share in value]
    return "; ".join(rows) or str(forms["nothing"])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The value of a reply, by the kind's type."""
    kind, args = context.question.kind, context.question.args
    if kind in _AS:
        asked = Question(_AS[kind], args if kind in ("became", "was_before") else {})
        return parse_value(text, OPEN_KINDS[_AS[kind]], replace(context, question=asked))
    if kind not in KINDS:
        return Unparsed(f"unknown question kind '{kind}'")
    names = tuple(dict.fromkeys((*args.get("among", ()), *context.classes)))
    read = _read_largest if kind == "largest" else _read_matrix
    return read_answer(text, lambda words: read(words, names))


def _read_largest(words: str, names: tuple[str, ...]) -> JsonObject | Unparsed:
    steps = steps_in(words, names)
    if len(steps) > 1 and all(step.share is not None for step in steps):
        steps = [max(steps, key=lambda step: step.share or 0.0)]
    distinct = list(dict.fromkeys((step.before, step.after) for step in steps))
    if len(distinct) != 1:
        return Unparsed("several transitions" if distinct else "no transition")
    return {"value": list(distinct[0])}


def _read_matrix(words: str, names: tuple[str, ...]) -> JsonObject | Unparsed:
    steps = steps_in(words, names)
    if not steps:
        nothing = read_change(plain(words)) is False or "nothing became" in words.lower()
        return {"value": []} if nothing else Unparsed("no transition")
    if len(steps) == 1 and steps[0].share is None:
        steps = [Step(steps[0].before, steps[0].after, 100.0)]
    if any(step.share is None for step in steps):
        return Unparsed("a transition without its share")
    return {"value": [[step.before, step.after, step.share] for step in steps]}


def matrix_overlap(gold: Sequence[Sequence[Any]], given: Sequence[Sequence[Any]]) -> float:
    """Share of the changed ground that two matrices tell alike, 0 to 1: the sum of the smaller shares.

    Both sides are brought to a sum of 100 percent where they exceed it; nothing against nothing is 1.

    Example:
        >>> matrix_overlap([["tree", "road", 60.0], ["water", "road", 40.0]], [["tree", "road", 80.0]])
        0.6
    """
    if not gold or not given:
        return float(not gold and not given)
    shares = []
    for rows in (gold, given):
        table: dict[tuple[str, str], float] = {}
        for before, after, share in rows:
            table[before, after] = table.get((before, after), 0.0) + max(share, 0.0)
        whole = max(sum(table.values()), 100.0)
        shares.append({step: share / whole for step, share in table.items()})
    return sum(min(share, shares[1].get(step, 0.0)) for step, share in shares[0].items())


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal classes, shares within 2 points, a matrix of which nine tenths are told alike."""
    kind = gold["kind"]
    if kind == "matrix":
        # Steps below a tenth of a percent are in no gold, so that its shares need not add up to 100.
        share = min(sum(row[2] for row in gold["value"]), 100.0) / 100 if gold["value"] else 1.0
        return matrix_overlap(gold["value"], given["value"]) >= share - _NEAR - 1e-9
    return same_value(OPEN_KINDS[_AS[kind]].type if kind in _AS else "", gold["value"], given["value"])


TASK = declare_task(
    NAME,
    "What land cover became what: classes, shares, and the from-to matrix in words.",
    version=VERSION,
    settings=TransitionSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=matches,
)
