"""Images of one place at more than two dates, shown in any order: which came first, which next?

Gold ``{"kind", "args": {"shown"}, "value"}``, answer ``{"value": [3, 1, 2]}``: the numbers of the images as shown, 1
first, from the earliest to the latest. ``shown`` are the places in time of the images in the order in which they are
shown. Records of more than two dates come from sets of series (SpaceNet 7, DynamicEarthNet; option ``series``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from random import Random

from pydantic import PositiveInt

from rsica_data.schema import (
    AskContext,
    Draft,
    GoldTurn,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.schema.series import SHOWN
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.orders import read_order

NAME = "ordering"
VERSION = 1
KIND = "order"
_LEAST = 3


class OrderingSettings(TaskSettings):
    """Settings of questions for the order of images.

    Attributes:
        per_pair: questions a series, each with an order of its own.
        changed: ask only where the ground changed from each date to the next, as far as label maps tell.
    """

    per_pair: PositiveInt = 1
    changed: bool = True


def ask(context: AskContext, settings: OrderingSettings) -> Sequence[Draft]:
    """Some orders of the images of a series of three dates or more."""
    series = context.series
    if len(series) < _LEAST or (settings.changed and any(a.cover == b.cover != {} for a, b in pairwise(series))):
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    orders: dict[tuple[int, ...], None] = {}
    for _ in range(settings.per_pair):
        shown = list(range(len(series)))
        rng.shuffle(shown)
        orders[tuple(shown)] = None
    return [_draft(list(shown), context, settings, rng) for shown in orders]


def _draft(shown: list[int], context: AskContext, settings: OrderingSettings, rng: Random) -> Draft:
    phrases = template_file(NAME)["questions"]
    number = phrase_number(len(phrases), context, settings, rng)
    answer: JsonObject = {"value": [shown.index(place) + 1 for place in range(len(shown))]}
    args = {SHOWN: shown}
    pick = wording_pick(context, rng)
    text = render(answer, RenderContext(Question(KIND), context.classes, settings.style, pick))
    turns = (Turn("user", phrases[number].format(count=len(shown))), Turn("assistant", text))
    return Draft(KIND, turns, {"kind": KIND, "args": args} | answer, (text,), f"{NAME}/{number}", VERSION)


def render(answer: JsonObject, context: RenderContext) -> str:
    """``2, 3, 1``, or a sentence with the order."""
    phrases = template_file(NAME)["answers"]
    numbers = [str(number) for number in answer["value"]]
    named = join([f"image {number}" for number in numbers], "and then")
    return str(phrases[context.pick % len(phrases)].format(numbers=", ".join(numbers), images=named))


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The order that a reply gives."""
    count = context.question.args["count"]

    def read(words: str) -> JsonObject | Unparsed:
        order = read_order(words, count)
        return order if isinstance(order, Unparsed) else {"value": order}

    return read_answer(text, read)


def turns(kind: str, gold: JsonObject) -> Sequence[GoldTurn]:
    """The one turn; its question holds the number of images alone, as their order is the answer."""
    return (GoldTurn(NAME, Question(kind, {"count": len(gold["args"][SHOWN])}), gold),)


TASK = declare_task(
    NAME,
    "The order in time of the images of a series, which are shown in any order.",
    version=VERSION,
    settings=OrderingSettings,
    ask=ask,
    render=render,
    parse=parse,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=lambda gold, given: bool(gold["value"] == given["value"]),
    turns=turns,
    needs=("series",),
)
