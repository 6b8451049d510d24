"""A described change, and the region that it takes up: by place, by what happened, by size, by the border.

Gold and answers are those of `rsica_data.tasks.grounding`, by default a mask on a coarse grid as runs. A description is
asked about where it fits some of the changed objects of a class and not all, so that it decides something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Literal

from pydantic import Field, PositiveInt

from rsica_data.geometry.cells import CELLS, cell_of
from rsica_data.schema import AskContext, Draft, FactsView, JsonObject, ObjectFacts, Question, RenderContext, Turn
from rsica_data.schema.rules import SIZE_WORDS, size_word
from rsica_data.tasks import grounding
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.grounding import Form, Unit
from rsica_data.tasks.open_qa.object_places import touches_border
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import plural, singular

NAME = "referring_change"
VERSION = 1
Kind = Literal["in_cell", "new", "gone", "of_size", "at_border"]
_Fits = Callable[[ObjectFacts, FactsView, Mapping[str, Any]], bool]
_FITS: dict[str, _Fits] = {
    "in_cell": lambda item, view, args: cell_of(item.centroid, view.width, view.height) == args["cell"],
    "new": lambda item, view, args: item.direction == "built",
    "gone": lambda item, view, args: item.direction == "removed",
    "of_size": lambda item, view, args: size_word(item.area_px / (view.width * view.height)) == args["word"],
    "at_border": lambda item, view, args: touches_border(item, view.width, view.height),
}
KINDS = tuple(_FITS)


class ReferringChangeSettings(TaskSettings):
    """Settings of described changes.

    Attributes:
        per_pair: questions a pair.
        kinds: kinds to draw from (default: all).
        forms: forms to draw from: mask, box, oriented.
        unit: coordinates of boxes: percent, thousand or pixels.
        grid: cells a side of the grid of masks.
    """

    per_pair: PositiveInt = 2
    kinds: list[Kind] | None = Field(default=None, min_length=1)
    forms: list[Form] = Field(default=["mask"], min_length=1)
    unit: Unit = "percent"
    grid: int = Field(default=32, ge=4, le=64)


def ask(context: AskContext, settings: ReferringChangeSettings) -> Sequence[Draft]:
    """Some descriptions that fit a part of a class's changed objects."""
    view = context.view
    if view is None:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    described = [(kind, args) for kind in settings.kinds or KINDS for args in _descriptions(view, kind)]
    rng.shuffle(described)
    drafts = []
    for kind, args in described[: settings.per_pair]:
        form = rng.choice(settings.forms)
        size = [view.width, view.height]
        # Shares of two sides of different length turn a rectangle into none.
        unit = "pixels" if form == "oriented" and view.width != view.height else settings.unit
        held = {"grid": settings.grid} if form == "mask" else {"unit": unit}
        drafts.append(_draft(Question(kind, args | {"form": form, "size": size} | held), context, settings, rng))
    return drafts


def _descriptions(view: FactsView, kind: str) -> Iterator[dict[str, Any]]:
    values = {"in_cell": [{"cell": cell} for cell in CELLS], "of_size": [{"word": word} for word in SIZE_WORDS]}
    for name in view.classes:
        for args in ({"cls": name} | value for value in values.get(kind, [{}])):
            if 0 < len(objects_of(view, kind, args)) < len(view.objects[name]):
                yield args


def objects_of(view: FactsView, kind: str, args: Mapping[str, Any]) -> list[ObjectFacts]:
    """The changed objects of a class that a description fits."""
    return [item for item in view.objects.get(args["cls"], ()) if _FITS[kind](item, view, args)]


def _draft(question: Question, context: AskContext, settings: ReferringChangeSettings, rng: Random) -> Draft:
    assert context.view is not None
    kind, args = question.kind, dict(question.args)
    phrases = template_file(NAME)[kind]
    number = phrase_number(len(phrases), context, settings, rng)
    words = {"cls_one": singular(args["cls"]), "cls_many": plural(args["cls"])}
    asked = phrases[number].format(cell=args.get("cell"), size=args.get("word"), **words)
    region = answer(context.view, question, 0)
    pick = wording_pick(context, rng)
    text = grounding.render(region, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": kind, "args": args} | region
    turns = (Turn("user", f"{asked} {grounding.form_sentence(args)}"), Turn("assistant", text))
    return Draft(kind, turns, gold, (text,), f"{NAME}/{kind}/{args['form']}/{number}", VERSION)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """The region of the objects that the description fits; of no object where it fits none."""
    return grounding.region_of(objects_of(view, question.kind, question.args), view, question.args)


TASK = declare_task(
    NAME,
    "The region of a described change: as a mask of runs, boxes or oriented boxes.",
    version=VERSION,
    settings=ReferringChangeSettings,
    ask=ask,
    render=grounding.render,
    parse=grounding.parse,
    answer=answer,
    accepted=grounding.accepted,
    matches=grounding.matches,
)
