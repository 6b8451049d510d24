"""Open questions: a bank of question kinds over the facts, and free-text questions that somebody wrote.

By rule: gold ``{"kind": ..., "args": {...}, "value": ...}``, answer ``{"value": ...}``. What a kind asks and how its
value follows from the facts stands in ``kinds.py``; the types of values and how they are written and read in
``values.py``; the words in ``templates/open_qa.yaml``. A question is asked only where the facts settle its answer.

Free text: gold ``{"kind": "text", "question": ..., "references": [...]}`` and whatever else its maker keeps (what the
question is about, the objects that are meant), answer ``{"text": ...}``. It is scored as a caption is.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

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
from rsica_data.tasks.common import TaskSettings, bare_text, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.open_qa.kinds import KINDS, KindName
from rsica_data.tasks.open_qa.values import render_value, same_value
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join, plural, singular
from rsica_data.text.normalized.reply import read_text

NAME = "open_qa"
VERSION = 1
TEXT = "text"
"""Kind of a free-text question."""


class OpenQaSettings(TaskSettings):
    """Settings of open questions.

    Attributes:
        per_pair: questions a pair, of different kinds.
        kinds: names of the kinds to draw from (default: all).
    """

    per_pair: PositiveInt = 4
    kinds: list[KindName] | None = Field(default=None, min_length=1)


def ask(context: AskContext, settings: OpenQaSettings) -> Sequence[Draft]:
    """A few questions of different kinds for a pair with a mask."""
    view = context.view
    if view is None or not view.classes:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    names = list(settings.kinds or KINDS)
    rng.shuffle(names)
    drafts: list[Draft] = []
    for name in names:
        if len(drafts) >= settings.per_pair:
            break
        chosen = _choose(name, view, rng)
        if chosen is not None:
            drafts.append(_draft(name, *chosen, context, settings, rng))
    return drafts


def _choose(name: str, view: FactsView, rng: Random) -> tuple[dict[str, Any], Any] | None:
    """Arguments and value of one question of a kind; yes and no are drawn evenly where both can be asked."""
    kind = KINDS[name]
    options = [(args, value) for args in kind.arguments(view) if (value := kind.value(view, args)) is not None]
    if not options:
        return None
    if kind.type == "bool":
        wanted = rng.random() < 0.5
        options = [option for option in options if option[1] is wanted] or options
    return options[rng.randrange(len(options))]


def _draft(
    name: str, args: dict[str, Any], value: Any, context: AskContext, settings: OpenQaSettings, rng: Random
) -> Draft:
    phrases = template_file(NAME)[name]["questions"]
    number = phrase_number(len(phrases), context, settings, rng)
    asked = fill(phrases[number], args)
    question = Question(name, args)
    pick = wording_pick(context, rng)
    text = render({"value": value}, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": name, "args": args, "value": value}
    turns_ = (Turn("user", asked), Turn("assistant", text))
    return Draft(name, turns_, gold, (text,), f"{NAME}/{name}/{number}", VERSION)


def fill(template: str, args: dict[str, Any]) -> str:
    """A question template with its arguments: class names become nouns, singular or plural as the template asks."""
    words: dict[str, str] = {}
    for key, value in args.items():
        words[key] = join([plural(name) for name in value], "or") if key == "among" else str(value)
        if key in ("cls", "a", "b"):
            words[f"{key}_one"], words[f"{key}_many"] = singular(value), plural(value)
        if key == "n":
            words["n_objects"] = f"{value} {singular(args['cls']) if value == 1 else plural(args['cls'])}"
    text = template.format(**words)
    return text[0].upper() + text[1:]


def render(answer: JsonObject, context: RenderContext) -> str:
    """The value in a phrase of the kind's answer type; free text as it is."""
    if context.question.kind == TEXT:
        return str(answer["text"])
    return render_value(answer["value"], KINDS[context.question.kind], context)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The value that a reply gives, by the kind's answer type; any text but an empty one to a free-text question."""
    # Readers are loaded with the first reply: a build reads none, and starts in half the time.
    from rsica_data.tasks.open_qa.replies import parse_value

    if context.question.kind == TEXT:
        return read_text(text)
    kind = KINDS.get(context.question.kind)
    if kind is None:
        return Unparsed(f"unknown question kind '{context.question.kind}'")
    return parse_value(text, kind, context)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """What the facts say; None where they do not settle it, as with free text."""
    if question.kind == TEXT:
        return None
    value = KINDS[question.kind].value(view, dict(question.args))
    return None if value is None else {"value": value}


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """The gold value; each reference of a free-text question."""
    if gold["kind"] == TEXT:
        return [{"text": reference} for reference in gold["references"]]
    return ({"value": gold["value"]},)


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal values, shares within 2 points, areas within a tenth; free text equal to a reference but for case."""
    if gold["kind"] == TEXT:
        return bare_text(given["text"]) in {bare_text(reference) for reference in gold["references"]}
    return same_value(KINDS[gold["kind"]].type, gold["value"], given["value"])


def question_of(gold: JsonObject) -> Question:
    """The question that a gold answers."""
    return Question(gold["kind"], gold.get("args", {}))


TASK = declare_task(
    NAME,
    f"Questions of {len(KINDS)} kinds about presence, number, size, place, relation and transition.",
    version=VERSION,
    settings=OpenQaSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=matches,
)
