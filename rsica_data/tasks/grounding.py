"""Where is the changed object? A box, an oriented box, or a mask as runs: the three forms of GeoGround (2411.11904).

Gold ``{"kind", "args", ...}`` with the answer beside it: ``{"boxes": [[..], ..]}``, four numbers a box or five an
oriented one, in the unit that the question states, or ``{"mask": "0*12, 1*3; .."}`` on the question's grid. Both are
rounded as the question asks, boxes outwards, so that the gold can be said; scores compare what was said with that. No
box and a mask of zeros say that there is none.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Literal

import numpy as np
from pydantic import Field, PositiveInt

from rsica_data.geometry.overlap import Overlap, box_overlap, mask_overlap, oriented_overlap
from rsica_data.geometry.regions import (
    Oriented,
    as_oriented,
    envelope,
    grid_of,
    least_rectangle,
    outline_region,
)
from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    ObjectFacts,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.tasks.box_replies import Row, rows_in
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.open_qa.object_places import unique_extreme
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import plural, singular
from rsica_data.text.mask_text import mask_text, read_mask_text
from rsica_data.text.none_text import says_none
from rsica_data.text.normalized.cleaning import conclusion
from rsica_data.text.normalized.literals import structures_in
from rsica_data.text.normalized.reply import read_text

NAME = "grounding"
VERSION = 1
RIGHT = 0.5
"""Least IoU of an answer that counts as right: the usual precision at 0.5 of referring expressions."""
Kind = Literal["only", "largest", "largest_new", "all"]
Form = Literal["box", "oriented", "mask"]
Unit = Literal["percent", "thousand", "pixels"]
KINDS: tuple[Kind, ...] = ("only", "largest", "largest_new", "all")
_SCALES = {"percent": 100, "thousand": 1000}
_LARGEST = 10**6
_OF_ONE = ("only", "largest", "largest_new")
_ANSWER_IS = re.compile(r"\banswer(?: is|:| would be)", re.IGNORECASE)


class GroundingSettings(TaskSettings):
    """Settings of questions for regions.

    Attributes:
        per_pair: questions a pair.
        kinds: kinds to draw from (default: all).
        forms: forms to draw from: box, oriented, mask.
        unit: coordinates of boxes: percent (0 to 100, as GeoChat's), thousand (0 to 1000) or pixels.
        grid: cells a side of the grid of masks.
        absent: share of pairs that are asked for a class that did not change, where there is one.
    """

    per_pair: PositiveInt = 3
    kinds: list[Kind] | None = Field(default=None, min_length=1)
    forms: list[Form] = Field(default=["box", "oriented", "mask"], min_length=1)
    unit: Unit = "percent"
    grid: int = Field(default=32, ge=4, le=64)
    absent: float = Field(default=0.2, ge=0, le=1)


def ask(context: AskContext, settings: GroundingSettings) -> Sequence[Draft]:
    """A few questions; one of those of some pairs is for what is not there."""
    view = context.view
    if view is None or not view.classes:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    kinds = settings.kinds or KINDS
    asked = [(kind, name) for name in view.classes for kind in kinds if _can_ask(view, kind, name)]
    absent = [
        (kind, name) for name in view.classes for kind in kinds if not view.objects[name] and not view.area_px[name]
    ]
    if absent and rng.random() < settings.absent:
        asked.append(rng.choice(absent))
    rng.shuffle(asked)
    drafts = []
    for number, (kind, name) in enumerate(asked[: settings.per_pair]):
        form = settings.forms[(number + rng.randrange(len(settings.forms))) % len(settings.forms)]
        drafts.append(_draft(kind, _args(view, name, form, settings), context, settings, rng))
    return drafts


def _args(view: FactsView, name: str, form: Form, settings: GroundingSettings) -> dict[str, Any]:
    args: dict[str, Any] = {"cls": name, "form": form, "size": [view.width, view.height]}
    if form == "mask":
        return args | {"grid": settings.grid}
    # Shares of two sides of different length turn a rectangle into none.
    turned = form == "oriented" and view.width != view.height
    return args | {"unit": "pixels" if turned else settings.unit}


def _draft(kind: str, args: dict[str, Any], context: AskContext, settings: GroundingSettings, rng: Random) -> Draft:
    assert context.view is not None
    phrases = template_file(NAME)["questions"][kind]
    number = phrase_number(len(phrases), context, settings, rng)
    question = Question(kind, args)
    region = answer(context.view, question, 0)
    assert region is not None
    pick = wording_pick(context, rng)
    text = render(region, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": kind, "args": args} | region
    turns = (Turn("user", f"{_fill(phrases[number], args)} {form_sentence(args)}"), Turn("assistant", text))
    return Draft(kind, turns, gold, (text,), f"{NAME}/{kind}/{args['form']}/{number}", VERSION)


def _fill(template: str, args: Mapping[str, Any], regions: str = "") -> str:
    one, many = singular(args["cls"]), plural(args["cls"])
    return template.format(cls_one=one, cls_many=many, Classes=many[0].upper() + many[1:], regions=regions)


def form_sentence(args: dict[str, Any]) -> str:
    """What a question says of the form of its answer."""
    forms = template_file(NAME)["forms"][args["form"]]
    text = forms if args["form"] == "mask" else forms[args["unit"]]
    width, height = args["size"]
    return str(text.format(width=width, height=height, grid=args.get("grid")))


def objects_of(view: FactsView, kind: str, name: str) -> list[ObjectFacts] | None:
    """The objects that a question means, the first of equals; None where the facts do not tell.

    Args:
        view: the facts.
        kind: one of `KINDS`.
        name: the class.
    """
    items = list(view.objects.get(name, ()))
    if kind == "largest_new":
        if items and all(item.direction is None for item in items):
            return None
        items = [item for item in items if item.direction == "built"]
    elif not items and view.area_px.get(name):
        # Where what changed is too small for an object, nothing is known of its place.
        return None
    return [max(items, key=lambda item: item.area_px)] if items and kind.startswith("largest") else items


def _can_ask(view: FactsView, kind: str, name: str) -> bool:
    """Whether a question has one answer: objects of which one is meant, or all, and no two that are as large."""
    items = objects_of(view, kind, name)
    if not items or kind == "all":
        return bool(items)
    if kind == "only":
        return len(items) == 1
    among = [item for item in view.objects[name] if kind == "largest" or item.direction == "built"]
    return unique_extreme(among, lambda item: item.area_px) is not None and (len(among) > 1 or kind == "largest_new")


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """The region of the objects meant, in the form and the unit of the question."""
    args = dict(question.args)
    items = objects_of(view, question.kind, args["cls"])
    if items is None:
        return None
    return region_of(items, view, args)


def region_of(items: Sequence[ObjectFacts], view: FactsView, args: Mapping[str, Any]) -> JsonObject:
    """The answer that points at objects: their boxes, oriented boxes, or their mask.

    Args:
        items: the objects.
        view: the facts that hold them.
        args: form, unit or grid, and size of the image, as a question has them.
    """
    if args["form"] == "mask":
        region = outline_region([item.outline for item in items], view.width, view.height)
        return {"mask": mask_text(grid_of(region, args["grid"]))}
    if args["form"] == "oriented":
        return {"boxes": [_oriented_in_unit(item.obb, args) for item in items]}
    return {"boxes": [_box_in_unit(item.box, args) for item in items]}


def _box_in_unit(box: Sequence[float], args: Mapping[str, Any]) -> list[int]:
    scale = _SCALES.get(args["unit"])
    x, y = (1.0, 1.0) if scale is None else (scale / side for side in args["size"])
    # A millionth keeps 30.000000004 from becoming 31.
    low = [math.floor(value * by + 1e-6) for value, by in zip(box[:2], (x, y), strict=True)]
    high = [math.ceil(value * by - 1e-6) for value, by in zip(box[2:], (x, y), strict=True)]
    return [*low, *high]


def _oriented_in_unit(obb: Oriented, args: Mapping[str, Any]) -> list[float]:
    scale = _SCALES.get(args["unit"])
    by = 1.0 if scale is None else scale / args["size"][0]
    sides = [max(round(value * by, 1), 0.1) for value in obb[2:4]]
    return [_plain(value) for value in (*(round(value * by, 1) for value in obb[:2]), *sides, round(obb[4]))]


def _plain(value: float) -> float:
    return int(value) if float(value).is_integer() else value


def render(answer: JsonObject, context: RenderContext) -> str:
    """``[12, 30, 40, 52], [60, 1, 64, 9]``, the runs of a mask, or that there is none."""
    if "mask" in answer:
        # A sentence around hundreds of runs helps nobody.
        return str(answer["mask"])
    forms = template_file(NAME)["answers"]
    phrases = forms["some" if answer["boxes"] else "none"]
    regions = ", ".join(str(list(box)) for box in answer["boxes"])
    return _fill(phrases[context.pick % len(phrases)], context.question.args, regions)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The region of a reply, in the form that the question asks for."""
    args = context.question.args
    if args.get("form") == "mask":
        return read_mask(text, args["grid"])
    rows = rows_in(text)
    if rows is None:
        return Unparsed("no box")
    if len(rows) > 1 and context.question.kind in _OF_ONE:
        # Of boxes that are weighed first, the one that the reply concludes with counts.
        rows = rows_in((list(_ANSWER_IS.split(text))[1:] or [conclusion(text) or ""])[-1]) or rows
    if any(abs(number) > _LARGEST for row in rows for number in row.numbers):
        return Unparsed("a number that is too large")
    read = _as_turned if args.get("form") == "oriented" else _as_straight
    return {"boxes": [[_plain(value) for value in read(row)] for row in rows]}


def read_mask(text: str, grid: int) -> JsonObject | Unparsed:
    """The mask of a reply, of no cell where it says that there is none.

    Args:
        text: the raw reply.
        grid: cells a side.
    """
    words = read_text(text)
    if isinstance(words, Unparsed):
        return words
    cells = read_mask_text(words["text"], grid)
    if isinstance(cells, Unparsed) and (says_none(words["text"]) or _holds_none(words["text"])):
        cells = np.zeros((grid, grid), bool)
    return cells if isinstance(cells, Unparsed) else {"mask": mask_text(cells)}


def _holds_none(text: str) -> bool:
    """Whether a text is an object of one field that holds nothing: ``{"mask": "none"}``."""
    objects = [structure for structure in structures_in(text) if isinstance(structure, dict) and len(structure) == 1]
    held = [value for structure in objects for value in structure.values()]
    return len(held) == 1 and (held[0] in (None, "", []) or (isinstance(held[0], str) and says_none(held[0])))


def _as_straight(row: Row) -> Sequence[float]:
    """The box of a row; of an oriented one the box around it, of a box with an angle the box itself."""
    if len(row.numbers) == 8:
        xs, ys = row.numbers[::2], row.numbers[1::2]
        return (min(xs), min(ys), max(xs), max(ys))
    if row.means == "centre":
        return envelope(_with_angle(row))
    return row.numbers[:4]


def _as_turned(row: Row) -> Sequence[float]:
    """The oriented box of a row: five numbers are centre, sides and angle; four are the corners of a box."""
    if len(row.numbers) == 8:
        return least_rectangle(np.array(row.numbers, np.float32).reshape(4, 2))
    if row.means == "centre" or (row.means == "" and len(row.numbers) == 5):
        return _with_angle(row)
    return as_oriented(row.numbers[:4], *row.numbers[4:])


def _with_angle(row: Row) -> Oriented:
    cx, cy, w, h, degrees = (*row.numbers, 0.0)[:5]
    return (cx, cy, w, h, degrees)


def unit_size(args: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height of the image in the unit of a question's coordinates."""
    if args["form"] == "mask":
        return args["grid"], args["grid"]
    scale = _SCALES.get(args["unit"])
    width, height = args["size"] if scale is None else (scale, scale)
    return width, height


def overlap(gold: JsonObject, given: JsonObject, args: Mapping[str, Any]) -> Overlap:
    """Shared and joint area of two answers to a question, as shares of the image."""
    if args["form"] == "mask":
        masks = [read_mask_text(answer["mask"], args["grid"]) for answer in (gold, given)]
        both, either = mask_overlap(*(mask for mask in masks if not isinstance(mask, Unparsed)))
    elif args["form"] == "oriented":
        sides = [[tuple(box) for box in answer["boxes"]] for answer in (gold, given)]
        both, either = oriented_overlap(sides[0], sides[1], unit_size(args))
    else:
        both, either = box_overlap(gold["boxes"], given["boxes"])
    area = math.prod(unit_size(args))
    return both / area, either / area


def iou(gold: JsonObject, given: JsonObject, args: Mapping[str, Any]) -> float:
    """IoU of two answers to a question; 1 where both say that there is nothing."""
    both, either = overlap(gold, given, args)
    return both / either if either else float(is_none(gold) and is_none(given))


def is_none(answer: JsonObject) -> bool:
    """Whether an answer says that there is nothing to be region."""
    return "1*" not in answer["mask"] if "mask" in answer else not answer["boxes"]


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Whether the IoU is at least `RIGHT`."""
    return iou(gold, given, gold["args"]) >= RIGHT


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """The gold region."""
    return ({key: gold[key] for key in ("boxes", "mask") if key in gold},)


TASK = declare_task(
    NAME,
    "Where the changed objects are: as boxes, oriented boxes, or masks as runs.",
    version=VERSION,
    settings=GroundingSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=matches,
)
