"""Did anything change? Gold and answer ``{"changed": true}``."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from random import Random

from rsica_data.schema import (
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
from rsica_data.tasks.reading import json_object, leading_yes_no, plain, says_change, says_no_change
from rsica_data.tasks.words import template_file

NAME = "classification"
VERSION = 1


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One row for a pair whose change flag is known."""
    if context.changed is None:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    prompt, template = choose_prompt(NAME, context, settings, rng)
    gold: JsonObject = {"changed": context.changed}
    text = render(gold, render_context(NAME, context, settings, rng))
    return (one_turn(context, prompt, text, gold, template, VERSION, NAME),)


def render(answer: JsonObject, context: RenderContext) -> str:
    """``Yes`` or ``No``; in full sentences too in the default style."""
    forms = template_file(NAME)["answers"]
    phrases = forms.get(context.style, forms["default"])["yes" if answer["changed"] else "no"]
    return str(phrases[context.pick % len(phrases)])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """Yes or no, or a sentence that says whether something changed."""
    found = json_object(text)
    if found is not None and isinstance(found.get("changed"), bool):
        return {"changed": found["changed"]}
    words = plain(text)
    if not words:
        return Unparsed("empty reply")
    said = leading_yes_no(words)
    if said is not None:
        return {"changed": said}
    negative, positive = says_no_change(words), says_change(words)
    if negative and positive:
        return Unparsed("says both that something changed and that nothing did")
    if negative or positive:
        return {"changed": positive}
    return Unparsed("neither yes nor no")


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """Whether the pair counts as changed."""
    return {"changed": view.changed}


TASK = TaskSpec(
    name=NAME,
    version=VERSION,
    summary="Did anything change: yes or no.",
    settings=TaskSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=only_answer,
    matches=operator.eq,
    turns=lambda kind, gold: single_turn(NAME, gold),
    prompt=lambda question, protocol, classes: fixed_prompt(NAME, protocol, classes),
    needs=("flag",),
)
