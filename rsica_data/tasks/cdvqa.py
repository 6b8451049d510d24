"""CDVQA's eight types of question, asked and answered from label maps (rules: `rsica_data.tasks.cdvqa_rules`).

Gold ``{"kind", "args", "value"}``, answer ``{"value"}``: yes or no, a class as CDVQA's files call it, or a step of
ten percent (``10_to_20``). The official questions themselves are read by the dataset page ``cdvqa`` and the task
`given_qa`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    Turn,
    Unparsed,
)
from rsica_data.tasks import cdvqa_rules as rules
from rsica_data.tasks.cdvqa_rules import TYPES, ChangedGround
from rsica_data.tasks.common import TaskSettings
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.given_qa import read_option, same_text
from rsica_data.tasks.template_files import template_file
from rsica_data.text.amounts.shares import percent_in
from rsica_data.text.class_names import plural
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.yes_no.choices import choose, mark_class_options
from rsica_data.text.yes_no.stance import plain

NAME = "cdvqa"
VERSION = 1
Type = Literal[
    "change_or_not", "increase_or_not", "decrease_or_not", "smallest_change", "largest_change", "change_to_what",
    "change_ratio", "change_ratio_types",
]  # fmt: skip
_YES_NO = ("no", "yes")
_OF_CLASS = ("change_or_not", "increase_or_not", "decrease_or_not", "change_to_what", "change_ratio_types")


class CdvqaSettings(TaskSettings):
    """Settings of the questions.

    Attributes:
        per_type: maximum number of questions of each type.
        types: types to ask (default: all eight).
    """

    per_type: PositiveInt = 1
    types: list[Type] | None = Field(default=None, min_length=1)


def ask(context: AskContext, settings: CdvqaSettings) -> Sequence[Draft]:
    """Questions of each type about a pair with two label maps."""
    if context.view is None or not context.view.land:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    ground = ChangedGround(context.steps, _ordered(context.view.land), context.view.width * context.view.height)
    drafts = []
    for kind in settings.types or TYPES:
        questions = list(_questions(ground, kind))
        rng.shuffle(questions)
        for args in questions[: settings.per_type]:
            question = Question(kind, args | {"classes": list(ground.classes)})
            value = value_of(ground, question)
            if value is not None:
                drafts.append(_draft(question, value, context, settings, rng))
    return drafts


def _ordered(classes: Sequence[str]) -> tuple[str, ...]:
    return rules.in_order(classes, tuple(template_file(NAME)["classes"]))


def _questions(ground: ChangedGround, kind: str) -> Iterator[dict[str, Any]]:
    """Arguments of a type's questions; what is largest or smallest is asked where something changed."""
    changed = any(ground.steps.values())
    if kind == "change_ratio":
        yield from ({"of": of} for of in ("changed", "unchanged"))
    elif kind in ("largest_change", "smallest_change"):
        yield from ({"side": side} for side in ("", "first", "second") if changed)
    elif kind == "change_to_what":
        yield from ({"cls": name, "side": "first"} for name in ground.classes if ground.area(name, "first"))
    elif kind in ("increase_or_not", "decrease_or_not"):
        yield from ({"cls": name, "side": ""} for name in ground.classes)
    else:
        sides = ("first", "second") if kind == "change_ratio_types" else ("", "first", "second")
        yield from ({"cls": name, "side": side} for name in ground.classes for side in sides)


def value_of(ground: ChangedGround, question: Question) -> str | None:
    """The answer to a question in the words of the files; None where there is none."""
    kind, args = question.kind, question.args
    if kind in ("increase_or_not", "decrease_or_not"):
        return (rules.increase_or_not if kind == "increase_or_not" else rules.decrease_or_not)(ground, args["cls"])
    if kind == "change_or_not":
        return rules.change_or_not(ground, args["cls"], args["side"])
    if kind == "change_ratio":
        return rules.change_ratio(ground, args["of"] == "unchanged")
    if kind == "change_ratio_types":
        return rules.change_ratio_types(ground, args["cls"], args["side"])
    if kind == "change_to_what":
        target = rules.change_to_what(ground, args["cls"])
        return None if target is None else answered(target)
    of = rules.largest_change if kind == "largest_change" else rules.smallest_change
    return answered(of(ground, args["side"]))


def answered(name: str) -> str:
    """A class as answers call it: ``NVG_surface`` for SECOND's ground, a plural for classes of other sets."""
    known = template_file(NAME)["classes"]
    return str(known[name]["answered"]) if name in known else plural(name).replace(" ", "_")


def _draft(question: Question, value: str, context: AskContext, settings: CdvqaSettings, rng: Random) -> Draft:
    kind, args = question.kind, dict(question.args)
    forms = template_file(NAME)
    phrases = forms[kind][args["of"]] if kind == "change_ratio" else forms[kind]
    fixed = context.evaluation or not settings.paraphrase
    number = 0 if fixed else rng.randrange(len(phrases))
    asked = phrases[number].format(
        areas="areas" if fixed else rng.choice(("areas", "regions")),
        cls=_asked(args["cls"]) if "cls" in args else "",
        side=f" in the {forms['sides'][args['side']][0 if fixed else rng.randrange(3)]}" if args.get("side") else "",
    )
    gold: JsonObject = {"kind": kind, "args": args, "value": value}
    turns = (Turn("user", asked), Turn("assistant", value))
    return Draft(kind, turns, gold, (value,), f"{NAME}/{kind}/{number}", VERSION)


def _asked(name: str) -> str:
    known = template_file(NAME)["classes"]
    return str(known[name]["asked"]) if name in known else plural(name)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """The answer by the transitions of facts, which tell no ground that changed and kept its class."""
    steps = {(before, after): count for before, after, count in view.transitions}
    ground = ChangedGround(steps, tuple(question.args["classes"]), view.width * view.height)
    # Without label maps, change of an unknown kind is no answer; no change at all is one.
    value = value_of(ground, question) if view.land or not view.changed else None
    return None if value is None else {"value": value}


def options_of(question: Question) -> tuple[str, ...]:
    """The answers that a type of question has."""
    if question.kind in ("change_or_not", "increase_or_not", "decrease_or_not"):
        return _YES_NO
    if question.kind in ("change_ratio", "change_ratio_types"):
        return rules.RATIOS
    return tuple(answered(name) for name in question.args["classes"])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The answer of the type that a reply names: in the files' words, as a class, or as a share in percent."""
    question = context.question
    if question.kind not in TYPES:
        return Unparsed(f"unknown question kind '{question.kind}'")
    return read_answer(text, lambda words: _read(words, question))


def _read(words: str, question: Question) -> JsonObject | Unparsed:
    options = options_of(question)
    named = read_option(words, options)
    if not isinstance(named, Unparsed) or options == _YES_NO:
        return named
    if options == rules.RATIOS:
        percent = percent_in(plain(words))
        step = None if percent is None else rules.ratio_of_percent(percent)
        return named if step is None else {"value": step}
    classes = tuple(question.args["classes"])
    place = choose(mark_class_options(plain(words), classes))
    return named if place is None else {"value": options[place]}


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal but for case, underscores and the final point."""
    return same_text(gold["value"]) == same_text(given["value"])


TASK = declare_task(
    NAME,
    "CDVQA's eight types of question, answered from the label maps of both dates.",
    version=VERSION,
    settings=CdvqaSettings,
    ask=ask,
    render=lambda answer, context: str(answer["value"]),
    parse=parse,
    answer=answer,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=matches,
)
