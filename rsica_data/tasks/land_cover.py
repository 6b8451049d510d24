"""Questions about one image with a label map of its date: what it shows, how much of it, and what covers most.

Gold ``{"kind", "args", "value"}``, answer ``{"value"}``. Shares are those of the labelled pixels, and right
within 2 points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from pydantic import PositiveInt

from rsica_data.schema import (
    AskContext,
    Draft,
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
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.open_qa.replies import parse_value
from rsica_data.tasks.open_qa.values import render_value, same_value
from rsica_data.tasks.template_files import template_file

NAME = "land_cover"
VERSION = 1
_AS = {"cover": "area_share", "presence": "class_presence", "most": "most_gained"}
"""Kinds of ``open_qa`` whose answers have the same type: their readers and words are used."""
_CLEAR = 0.02


class LandCoverSettings(TaskSettings):
    """Settings of questions about land cover.

    Attributes:
        per_pair: questions an image.
    """

    per_pair: PositiveInt = 3


def _possible(cover: dict[str, float]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    for name, share in cover.items():
        yield "presence", {"cls": name}, share > 0
        if share > 0:
            yield "cover", {"cls": name}, round(100 * share, 1)
    ordered = sorted(cover.values(), reverse=True)
    # Where two cover about the same, nobody can tell.
    if len(ordered) > 1 and ordered[0] - ordered[1] >= _CLEAR:
        yield "most", {"among": list(cover)}, max(cover, key=lambda name: cover[name])


def ask(context: AskContext, settings: LandCoverSettings) -> Sequence[Draft]:
    """Some questions about an image with a label map."""
    rng = Random(context.seed)  # noqa: S311 - not for security
    possible = list(_possible(dict(context.land_cover)))
    rng.shuffle(possible)
    drafts = []
    for kind, args, value in possible[: settings.per_pair]:
        phrases = template_file(NAME)[kind]
        number = phrase_number(len(phrases), context, settings, rng)
        asked = fill(phrases[number], args)
        pick = wording_pick(context, rng)
        text = render({"value": value}, RenderContext(Question(kind, args), context.classes, settings.style, pick))
        gold: JsonObject = {"kind": kind, "args": args, "value": value}
        turns = (Turn("user", asked), Turn("assistant", text))
        drafts.append(Draft(kind, turns, gold, (text,), f"{NAME}/{kind}/{number}", VERSION))
    return drafts


def render(answer: JsonObject, context: RenderContext) -> str:
    """The value in a phrase of its type."""
    return render_value(answer["value"], KINDS[_AS[context.question.kind]], context)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """A yes or no, a share or a class, as replies to open questions are read."""
    kind = _AS.get(context.question.kind)
    if kind is None:
        return Unparsed(f"unknown question kind '{context.question.kind}'")
    return parse_value(text, KINDS[kind], replace(context, question=Question(kind, context.question.args)))


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal values, shares within 2 points."""
    return same_value(KINDS[_AS[gold["kind"]]].type, gold["value"], given["value"])


TASK = declare_task(
    NAME,
    "Questions about one image with a label map: what it shows, how much of it, what covers most.",
    version=VERSION,
    settings=LandCoverSettings,
    ask=ask,
    render=render,
    parse=parse,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=matches,
    needs=("labels of one date",),
)
