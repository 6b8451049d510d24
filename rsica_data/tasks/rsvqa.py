"""RSVQA's question families from a map (Lobry et al. 2020, "RSVQA: visual question answering for remote sensing data").

Families: presence, count, comparison, and area (variant ``hr``) or rural/urban (variant ``lr``). A subject is a class,
with a size ("small buildings") or a relation ("buildings next to a road", "buildings left of the lake"). As published,
``lr`` gives counts in ranges, ``hr`` gives counts as numbers and areas in ranges. Gold ``{"kind", "variant", "args",
"value"}``, answer ``{"value"}``. The map knows more than the image shows, and less; that is the set's nature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from rsica_data.geometry.boxes import box_distance
from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    MapObject,
    MapScene,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.schema.rules import RSVQA_EDGES, SIZE_WORDS, rsvqa_range
from rsica_data.tasks.common import TaskSettings, phrase_number
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.map_words import (
    NEXT_TO_M,
    Image,
    class_names,
    countable,
    line_classes,
    objects_at,
    of_class,
    of_size,
    side_of,
)
from rsica_data.tasks.template_files import template_file
from rsica_data.text.amounts.numbers import whole_number_in
from rsica_data.text.class_names import a_or_an, plural, singular
from rsica_data.text.clauses import is_negated
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.yes_no.choices import choose, mark_options
from rsica_data.text.yes_no.stance import plain, read_yes_no

NAME = "rsvqa"
VERSION = 1
KINDS = {"lr": ("presence", "count", "comparison", "rural_urban"), "hr": ("presence", "count", "comparison", "area")}
Variant = Literal["lr", "hr"]

COUNT_RANGES = ("0", "between 0 and 10", "between 10 and 100", "between 100 and 1000", "more than 1000")
AREA_RANGES = ("0m2", "between 0m2 and 10m2", "between 10m2 and 100m2", "between 100m2 and 1000m2", "more than 1000m2")
_SIDES = {"left": "left of", "right": "right of", "above": "at the top of", "below": "at the bottom of"}
_NO = re.compile(r"\b(?:no|not|none|cannot|isn't|aren't|doesn't|without)\b")


class RsvqaSettings(TaskSettings):
    """Settings of the questions.

    Attributes:
        variant: ``hr`` or ``lr``.
        per_pair: questions a pair.
        kinds: families to draw from (default: all of the variant).
        images: of a two-date pair, which images are asked about.
        urban_buildings_per_km2: from so many buildings on the area is urban (RSVQA names no number).
        building_classes: what counts as a building there.
    """

    variant: Variant = "hr"
    per_pair: PositiveInt = 8
    kinds: list[Literal["presence", "count", "comparison", "area", "rural_urban"]] | None = Field(None, min_length=1)
    images: Literal["first", "second", "both"] = "both"
    urban_buildings_per_km2: PositiveFloat = 400.0
    building_classes: list[str] = Field(default_factory=lambda: ["building"])


def ask(context: AskContext, settings: RsvqaSettings) -> Sequence[Draft]:
    """Questions of the families in turn, about the image or images of a pair with a map."""
    scene = context.scene
    if scene is None or not context.classes:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    kinds = [kind for kind in settings.kinds or KINDS[settings.variant] if kind in KINDS[settings.variant]]
    drafts: list[Draft] = []
    seen: set[str] = set()
    for attempt in range(4 * settings.per_pair):
        if len(drafts) >= settings.per_pair or not kinds:
            break
        kind = kinds[attempt % len(kinds)]
        image = _image(scene, settings, rng)
        candidate = _ASK[kind](scene, image, context.classes, settings, rng)
        key = repr((kind, image, candidate))
        if candidate is None or key in seen:
            continue
        seen.add(key)
        args, value = candidate
        drafts.append(_draft(kind, {**args, "image": image}, value, context, settings, rng))
    return drafts


def _image(scene: MapScene, settings: RsvqaSettings, rng: Random) -> Image:
    if not scene.after:
        return None
    if settings.images == "both":
        return "first" if rng.random() < 0.5 else "second"
    return settings.images


def _draft(
    kind: str, args: dict[str, Any], value: Any, context: AskContext, settings: RsvqaSettings, rng: Random
) -> Draft:
    phrases = template_file(NAME)[kind]
    number = phrase_number(len(phrases), context, settings, rng)
    text = question_text(phrases[number], args)
    gold: JsonObject = {"kind": kind, "variant": settings.variant, "args": args, "value": value}
    reply_text = render({"value": value}, RenderContext(Question(kind, args), context.classes))
    turns_ = (Turn("user", text), Turn("assistant", reply_text))
    return Draft(kind, turns_, gold, (reply_text,), f"{NAME}/{settings.variant}/{kind}/{number}", VERSION)


def question_text(template: str, args: dict[str, Any]) -> str:
    """A template with its subject, with the image named before it where there are two."""
    words = {}
    if "cls" in args:
        words = {"a_subject": _phrase(args, False), "subjects": _phrase(args, True)}
    if "other" in args:
        words["others"] = plural(args["other"])
    text = template.format(**words)
    if args.get("image"):
        return f"{template_file(NAME)['image'][args['image']]}{text}"
    return text[0].upper() + text[1:]


def _phrase(args: dict[str, Any], many: bool) -> str:
    noun = plural(args["cls"]) if many else singular(args["cls"])
    noun = f"{args['size']} {noun}" if args.get("size") else noun
    noun = noun if many else a_or_an(noun)
    where = args.get("where")
    if where is None:
        return noun
    if where["side"] == "next to":
        return f"{noun} next to {a_or_an(singular(where['cls']))}"
    return f"{noun} {_SIDES[where['side']]} the {singular(where['cls'])}"


def chosen(objects: Sequence[MapObject], args: dict[str, Any], gsd_m: float) -> list[MapObject]:
    """The objects that a subject means."""
    candidates = of_size(of_class(objects, args["cls"]), args.get("size"))
    where = args.get("where")
    if where is None:
        return candidates
    anchors = of_class(objects, where["cls"])
    if where["side"] == "next to":
        near = NEXT_TO_M / gsd_m
        return [
            item
            for item in candidates
            if any(a.name != item.name and box_distance(item.box, a.box) <= near for a in anchors)
        ]
    (anchor,) = anchors
    return [
        item for item in candidates if item is not anchor and side_of(item.centroid, anchor.centroid) == where["side"]
    ]


def _subjects(objects: Sequence[MapObject], classes: Sequence[str], rng: Random) -> Iterator[dict[str, Any]]:
    """Random subjects without end: a class that is there or not, now and then with a size or a relation."""
    there, lines = class_names(objects), line_classes(objects)
    unique = [name for name in there if len(of_class(objects, name)) == 1]
    while True:
        name = rng.choice(there) if there and rng.random() < 0.7 else rng.choice(list(classes))
        draw = rng.random()
        args: dict[str, Any] = {"cls": name, "size": None, "where": None}
        if draw < 0.2 and name not in lines:
            args["size"] = rng.choice(SIZE_WORDS)
        elif draw < 0.35 and there:
            args["where"] = {"side": "next to", "cls": rng.choice(there)}
        elif draw < 0.5 and unique:
            args["where"] = {"side": rng.choice(list(_SIDES)), "cls": rng.choice(unique)}
        if args["where"] is None or args["where"]["cls"] != name:
            yield args


_Found = tuple[dict[str, Any], Any] | None


def _presence(scene: MapScene, image: Image, classes: Sequence[str], settings: RsvqaSettings, rng: Random) -> _Found:
    objects = objects_at(scene, image)
    wanted = rng.random() < 0.5
    # Yes and no are drawn evenly: a few tries to find a subject with the answer wanted.
    for args, _ in zip(_subjects(objects, classes, rng), range(30), strict=False):
        if bool(chosen(objects, args, scene.gsd_m)) is wanted:
            return args, wanted
    return None


def _count(scene: MapScene, image: Image, classes: Sequence[str], settings: RsvqaSettings, rng: Random) -> _Found:
    args, objects = _countable_subject(scene, image, classes, rng)
    if settings.variant == "lr":
        return {**args, "ranges": True}, _range(len(objects), COUNT_RANGES)
    return args, len(objects)


def _area(scene: MapScene, image: Image, classes: Sequence[str], settings: RsvqaSettings, rng: Random) -> _Found:
    args, objects = _countable_subject(scene, image, classes, rng)
    return args, _range(sum(item.area_m2 for item in objects), AREA_RANGES)


def _countable_subject(
    scene: MapScene, image: Image, classes: Sequence[str], rng: Random
) -> tuple[dict[str, Any], list[MapObject]]:
    objects = objects_at(scene, image)
    lines = line_classes(objects)
    for args in _subjects(objects, classes, rng):
        if args["cls"] not in lines or set(classes) <= lines:
            return args, countable(chosen(objects, args, scene.gsd_m))
    raise AssertionError("subjects do not end")


def _comparison(scene: MapScene, image: Image, classes: Sequence[str], settings: RsvqaSettings, rng: Random) -> _Found:
    objects = countable(objects_at(scene, image))
    lines = line_classes(objects_at(scene, image))
    names = [name for name in classes if name not in lines]
    there = [name for name in class_names(objects) if name in names]
    if len(names) < 2 or not there:
        return None
    one = rng.choice(there)
    other = rng.choice([name for name in names if name != one])
    if rng.random() < 0.5:
        one, other = other, one
    more = len(of_class(objects, one)) > len(of_class(objects, other))
    return {"cls": one, "other": other}, more


def _rural_urban(scene: MapScene, image: Image, classes: Sequence[str], settings: RsvqaSettings, rng: Random) -> _Found:
    objects = countable(objects_at(scene, image))
    number = sum(len(of_class(objects, name)) for name in settings.building_classes)
    km2 = scene.width * scene.height * scene.gsd_m**2 / 1e6
    return {}, "urban" if number >= settings.urban_buildings_per_km2 * km2 else "rural"


_ASK: dict[str, Callable[..., _Found]] = {
    "presence": _presence,
    "count": _count,
    "comparison": _comparison,
    "area": _area,
    "rural_urban": _rural_urban,
}


def _range(value: float, names: Sequence[str]) -> str:
    """The name of the range that holds a value: 0, up to 10, up to 100, up to 1000, more."""
    return names[rsvqa_range(value)]


def render(answer: JsonObject, context: RenderContext) -> str:
    """The published short form: ``yes``, ``3``, ``between 10 and 100``, ``urban``."""
    value = answer["value"]
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """A value from the short form or from a sentence; where a range is asked for, a number stands for its range."""
    return read_answer(text, lambda answer: _read(answer, context))


def _read(answer: str, context: ParseContext) -> JsonObject | Unparsed:
    kind, words = context.question.kind, plain(answer)
    if kind in ("presence", "comparison"):
        return _read_bool(answer, words)
    if kind == "rural_urban":
        number = choose(mark_options(words, {0: ("rural",), 1: ("urban",)}))
        return Unparsed("neither rural nor urban, or both") if number is None else {"value": ("rural", "urban")[number]}
    if kind == "area":
        return _read_range(re.sub(r"(?<=\d)\s*(?:m2|m\^2|m²|square met(?:re|er)s?)\b", "", words), AREA_RANGES)
    if kind == "count":
        return _read_range(words, COUNT_RANGES) if context.question.args.get("ranges") else _read_number(words)
    return Unparsed(f"unknown question kind '{kind}'")


def _read_number(words: str) -> JsonObject | Unparsed:
    number = None if re.search(r"\b(?:more than|between)\b", words) else whole_number_in(words)
    return Unparsed("no number, or several") if number is None else {"value": number}


def _read_bool(answer: str, words: str) -> JsonObject | Unparsed:
    outright = read_yes_no(answer)
    if outright is not None:
        return {"value": outright}
    if re.search(r"\bthere (?:is|are)\b", words):
        return {"value": not is_negated(words)}
    return Unparsed("neither yes nor no")


def _read_range(words: str, names: Sequence[str]) -> JsonObject | Unparsed:
    if re.search(r"\bmore than 1,?000\b", words):
        return {"value": names[-1]}
    if match := re.search(r"\bbetween (\d+) and ([\d,]+)", words):
        edges = (int(match[1]), int(match[2].replace(",", "").rstrip(",")))
        spans = dict(zip(pairwise(RSVQA_EDGES), names[1:], strict=False))
        return {"value": spans[edges]} if edges in spans else Unparsed(f"no range from {edges[0]} to {edges[1]}")
    numbers = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", words)]
    if len(set(numbers)) == 1:
        return {"value": _range(numbers[0], names)}
    if not numbers and _NO.search(words):
        return {"value": names[0]}
    return Unparsed("no range" if not numbers else "several numbers")


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal values of one type: True is not 1."""
    return type(given["value"]) is type(gold["value"]) and bool(given["value"] == gold["value"])


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """The gold value."""
    return ({"value": gold["value"]},)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """None: facts of change say nothing of all that stands on an image."""
    return None


TASK = declare_task(
    NAME,
    "RSVQA's families about one image, from a map: presence, count, comparison, area, rural or urban.",
    version=VERSION,
    settings=RsvqaSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=matches,
    needs=("map",),
)
