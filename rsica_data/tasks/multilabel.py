"""Which land covers does an image show? A list of classes, for an image of one date or for each of a pair.

Gold ``{"kind", "args": {"among", "image"}, "value": [names]}``, answer ``{"value"}``, in the order of ``among``. A
class is shown where it covers a hundredth of the image or more; one that covers less is not asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random

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
from rsica_data.tasks.open_qa.kinds import KINDS as OPEN_KINDS
from rsica_data.tasks.open_qa.replies.classes import read_classes
from rsica_data.tasks.open_qa.replies.common import prepared
from rsica_data.tasks.open_qa.values import render_value
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join, plural
from rsica_data.text.letters import LETTERS, read_letters
from rsica_data.text.normalized.reply import read_answer

NAME = "multilabel"
VERSION = 1
LEAST_SHARE = 0.01
_AS = "changed_classes"
"""The kind of ``open_qa`` whose answers are lists of classes too: its reader and words are used."""


class MultilabelSettings(TaskSettings):
    """Settings of questions for lists of classes.

    Attributes:
        per_pair: questions an image or pair.
        least_share: share of the image from which on a class is shown.
    """

    per_pair: PositiveInt = 1
    least_share: float = Field(default=LEAST_SHARE, gt=0, lt=1)


def ask(context: AskContext, settings: MultilabelSettings) -> Sequence[Draft]:
    """A question for an image with a label map, or for the images of a pair."""
    rng = Random(context.seed)  # noqa: S311 - not for security
    images = list(_images(context))
    rng.shuffle(images)
    drafts = []
    for image, cover in images[: settings.per_pair]:
        among = [name for name, share in cover.items() if share == 0 or share >= settings.least_share]
        shown = [name for name in among if cover[name] > 0]
        if len(among) > 1:
            drafts.append(_draft(image, among, shown, context, settings, rng))
    return drafts


def _images(context: AskContext) -> Iterator[tuple[str, Mapping[str, float]]]:
    """Images by the words for them, and the share that each class covers."""
    if context.land_cover:
        yield "", context.land_cover
    if context.view is not None and context.view.cover:
        pixels = context.view.width * context.view.height
        for side, image in enumerate(("first", "second")):
            yield image, {name: area[side] / pixels for name, area in context.view.cover.items()}


def _draft(
    image: str,
    among: list[str],
    shown: list[str],
    context: AskContext,
    settings: MultilabelSettings,
    rng: Random,
) -> Draft:
    forms = template_file(NAME)
    number = phrase_number(len(forms["questions"]), context, settings, rng)
    question = Question(NAME, {"among": among, "image": image})
    listed = join([plural(name) for name in among], "or")
    asked = forms["questions"][number].format(image=forms["images"][image], among=listed)
    pick = wording_pick(context, rng)
    text = render({"value": shown}, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": NAME, "args": dict(question.args), "value": shown}
    return Draft(NAME, (Turn("user", asked), Turn("assistant", text)), gold, (text,), f"{NAME}/{number}", VERSION)


def render(answer: JsonObject, context: RenderContext) -> str:
    """The classes in a phrase."""
    return render_value(answer["value"], OPEN_KINDS[_AS], context)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The classes that a reply names, or the letters of their places."""
    among = tuple(context.question.args.get("among", context.classes))

    def read(answer: str) -> JsonObject | Unparsed:
        asked = replace(context, question=Question(_AS, {"among": list(among)}), classes=among)
        named = read_classes(prepared(answer), OPEN_KINDS[_AS], asked)
        if isinstance(named, Unparsed):
            lettered = read_letters(answer, among[: len(LETTERS)], several=True) if len(answer) < 40 else named
            return named if isinstance(lettered, Unparsed) else {"value": [among[place] for place in lettered]}
        return {"value": [name for name in among if name in named]}

    return read_answer(text, read)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """The classes of a pair's image by facts; None where they do not hold its land cover."""
    image, among = question.args["image"], question.args["among"]
    if not view.cover or not image:
        return None
    least = LEAST_SHARE * view.width * view.height
    side = 0 if image == "first" else 1
    return {"value": [name for name in among if view.cover.get(name, (0, 0))[side] >= least]}


TASK = declare_task(
    NAME,
    "Which land covers an image shows: a list of classes.",
    version=VERSION,
    settings=MultilabelSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=lambda gold, given: set(gold["value"]) == set(given["value"]),
    needs=("labels of one date",),
)
