"""Questions by the map of an image pair: names, functions, what was there before, directions, and the old map as text.

Only changes that are believed to be of the ground are asked about, and only where one object alone fits the words. Gold
``{"kind", "args", "value"}``, answer ``{"value"}``: a name or function as text, a class, a direction, or a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, Literal

from pydantic import Field, PositiveInt

from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    JsonObject,
    MapChange,
    MapObject,
    MapScene,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.schema.map_scene import map_cell
from rsica_data.tasks.common import TaskSettings, phrase_number
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.map_words import DIRECTIONS, countable, direction_of, is_clear, line_classes
from rsica_data.tasks.template_files import template_file
from rsica_data.text.amounts.numbers import whole_number_in
from rsica_data.text.class_names import counted, join, plural, singular
from rsica_data.text.normalized.reply import read_answer, read_text
from rsica_data.text.yes_no.choices import choose, mark_class_options, mark_options
from rsica_data.text.yes_no.stance import plain

NAME = "map_qa"
VERSION = 1
Kind = Literal["name", "function", "was", "direction", "what_lies", "name_by_relation", "prior_count", "prior_gone"]

# The value of each kind: text (free), class (one of the pair's), direction (eighths), count.
_TYPES = {
    "name": "text",
    "function": "text",
    "was": "text",
    "direction": "direction",
    "what_lies": "class",
    "name_by_relation": "text",
    "prior_count": "count",
    "prior_gone": "count",
}
_FUNCTION_KEYS = ("building", "amenity", "shop", "leisure", "office", "tourism", "landuse", "man_made", "highway")
_VAGUE = ("yes", "no", "roof", "construction", "residential")
_SPLIT = re.compile(r"\s+")
_MOST_PRIOR = 12


class MapQaSettings(TaskSettings):
    """Settings of the questions.

    Attributes:
        per_pair: questions a pair, of different kinds first.
        kinds: kinds to draw from (default: all).
    """

    per_pair: PositiveInt = 4
    kinds: list[Kind] | None = Field(default=None, min_length=1)


def ask(context: AskContext, settings: MapQaSettings) -> Sequence[Draft]:
    """A few questions of different kinds about a pair with a map."""
    if context.scene is None:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    kinds: list[str] = list(settings.kinds or _TYPES)
    rng.shuffle(kinds)
    drafts: list[Draft] = []
    for kind in kinds:
        options = list(_OPTIONS[kind](context.scene, context.classes))
        if options and len(drafts) < settings.per_pair:
            args, value = options[rng.randrange(len(options))]
            drafts.append(_draft(kind, args, value, context, settings, rng))
    return drafts


def _draft(
    kind: str, args: dict[str, Any], value: Any, context: AskContext, settings: MapQaSettings, rng: Random
) -> Draft:
    phrases = template_file(NAME)[kind]["questions"]
    number = phrase_number(len(phrases), context, settings, rng)
    text = phrases[number].format(**_words(args))
    gold: JsonObject = {"kind": kind, "args": args, "value": value}
    reply = render({"value": value}, RenderContext(Question(kind, args), context.classes))
    turns_ = (Turn("user", text), Turn("assistant", reply))
    return Draft(kind, turns_, gold, (reply,), f"{NAME}/{kind}/{number}", VERSION)


def _words(args: dict[str, Any]) -> dict[str, str]:
    words = {key: str(value) for key, value in args.items()}
    if "cell" in args:
        words["place"] = "in the center" if args["cell"] == "center-center" else f"in the {args['cell']}"
    for key in ("kind", "after", "new"):
        if key in args:
            words[key], words[f"{key}s"] = singular(args[key]), plural(args[key])
    return words


_Options = Iterator[tuple[dict[str, Any], Any]]


def clean(text: str) -> str:
    """A name or function on one line, without quotes around it and without a full stop at its end."""
    folded = _SPLIT.sub(" ", text).strip()
    while folded != (stripped := folded.strip("\"'“”‘’ ").removesuffix(".").strip()):
        folded = stripped
    return folded


def _function(tags: Any) -> str | None:
    """What an object is by its tags: ``warehouse``, ``primary school`` stays ``school``; None where they say little."""
    for key in _FUNCTION_KEYS:
        value = clean(str(tags.get(key, "")).replace("_", " "))
        if value and value not in _VAGUE and ";" not in value:
            return value
    return None


def _name(tags: Any) -> str | None:
    value = clean(str(tags.get("name", "")))
    return None if not value or '"' in value else value


def _new(scene: MapScene) -> list[MapChange]:
    return [item for item in scene.changes if item.believed and item.kind == "added"]


def _alone(items: Sequence[Any], scene: MapScene, kind: Callable[[Any], str]) -> Iterator[tuple[Any, str]]:
    """Items that are the only one of their class in their grid cell, with the cell."""
    places = [(kind(item), map_cell(item, scene.width, scene.height)) for item in items]
    for item, place in zip(items, places, strict=True):
        if places.count(place) == 1:
            yield item, place[1]


def _names(scene: MapScene, classes: Sequence[str]) -> _Options:
    objects = countable(scene.after or scene.before)
    for item, cell in _alone(objects, scene, lambda o: o.class_name):
        name = _name(item.tags)
        if name is not None:
            yield {"kind": item.class_name, "cell": cell}, name


def _functions(scene: MapScene, classes: Sequence[str]) -> _Options:
    for item, cell in _alone(_new(scene), scene, lambda c: c.class_after):
        function = _function(item.tags_after)
        if function is not None and function != item.class_after:
            yield {"kind": item.class_after, "cell": cell}, function


def _were(scene: MapScene, classes: Sequence[str]) -> _Options:
    changes = [item for item in scene.changes if item.believed and item.kind in ("added", "reclassified")]
    for item, cell in _alone(changes, scene, lambda c: c.class_after):
        before = _function(item.tags_before) or (item.class_before if item.class_before != "none" else None)
        if before is not None and before != item.class_after:
            yield {"after": item.class_after, "cell": cell}, before


def _anchors(scene: MapScene) -> list[MapObject]:
    """Objects of the later map that can be pointed at by name and did not change."""
    changed = {item.name for item in scene.changes if item.believed}
    named = [item for item in countable(scene.after) if item.whole and item.name not in changed and _name(item.tags)]
    names = [_name(item.tags) for item in named]
    return [item for item, name in zip(named, names, strict=True) if names.count(name) == 1]


def _anchor_words(item: MapObject) -> str:
    return f'{singular(item.class_name)} "{_name(item.tags)}"'


def _directions(scene: MapScene, classes: Sequence[str]) -> _Options:
    new = _new(scene)
    for item in new:
        if not scene.notes.get("north_up") or sum(other.class_after == item.class_after for other in new) != 1:
            continue
        for anchor in _anchors(scene):
            if is_clear(item.centroid, anchor.centroid):
                args = {"anchor": _anchor_words(anchor), "kind": item.class_after}
                yield args, direction_of(item.centroid, anchor.centroid)


def _what_lies(scene: MapScene, classes: Sequence[str]) -> _Options:
    for anchor in _anchors(scene) if scene.notes.get("north_up") else ():
        ways = [direction_of(item.centroid, anchor.centroid) for item in _new(scene)]
        for item, way in zip(_new(scene), ways, strict=True):
            if ways.count(way) == 1 and is_clear(item.centroid, anchor.centroid):
                yield {"anchor": _anchor_words(anchor), "direction": way}, item.class_after


def _names_by_relation(scene: MapScene, classes: Sequence[str]) -> _Options:
    new = _new(scene)
    for item in new if scene.notes.get("north_up") else ():
        if sum(other.class_after == item.class_after for other in new) != 1:
            continue
        for anchor in _anchors(scene):
            way = direction_of(anchor.centroid, item.centroid)
            same = [o for o in countable(scene.after) if o.class_name == anchor.class_name and o.name != item.name]
            alone = sum(direction_of(o.centroid, item.centroid) == way for o in same) == 1
            if alone and is_clear(anchor.centroid, item.centroid):
                yield {"kind": anchor.class_name, "direction": way, "new": item.class_after}, _name(anchor.tags)


def prior_text(scene: MapScene) -> str | None:
    """The earlier map in a sentence: how many objects of each class, in which grid cells; None where it is empty."""
    objects = countable(scene.before)
    parts = []
    for name in sorted({item.class_name for item in objects} - line_classes(scene.before)):
        there = [item for item in objects if item.class_name == name]
        cells = dict.fromkeys(map_cell(item, scene.width, scene.height) for item in there)
        parts.append(f"{counted(len(there), name)} ({join(list(cells))})")
    return f"{join(parts)}." if 0 < len(parts) <= _MOST_PRIOR else None


def _prior(scene: MapScene, kind: str, side: Callable[[MapChange], str]) -> _Options:
    prior = prior_text(scene)
    if prior is None or not scene.after:
        return
    both = (*scene.before, *scene.after)
    for name in sorted({item.class_name for item in countable(both)} - line_classes(both)):
        changes = [item for item in scene.changes if item.believed and item.kind == kind and side(item) == name]
        yield {"kind": name, "prior": prior}, len(changes)


_OPTIONS: dict[str, Callable[[MapScene, Sequence[str]], _Options]] = {
    "name": _names,
    "function": _functions,
    "was": _were,
    "direction": _directions,
    "what_lies": _what_lies,
    "name_by_relation": _names_by_relation,
    "prior_count": lambda scene, classes: _prior(scene, "added", lambda item: item.class_after),
    "prior_gone": lambda scene, classes: _prior(scene, "removed", lambda item: item.class_before),
}


def render(answer: JsonObject, context: RenderContext) -> str:
    """The value in words, without a sentence around it."""
    value = answer["value"]
    return singular(value) if _TYPES[context.question.kind] == "class" else str(value)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The value of a reply, by the kind's type; free text is taken as it is."""
    kind = _TYPES.get(context.question.kind)
    if kind is None:
        return Unparsed(f"unknown question kind '{context.question.kind}'")
    if kind == "text":
        words = read_text(text)
        value = words if isinstance(words, Unparsed) else clean(words["text"])
        return value if isinstance(value, Unparsed) else {"value": value} if value else Unparsed("empty reply")
    return read_answer(text, lambda answer: _READERS[kind](answer, context))


def _read_count(answer: str, context: ParseContext) -> JsonObject | Unparsed:
    count = whole_number_in(plain(answer))
    return Unparsed("no number, or several") if count is None else {"value": count}


def _read_direction(answer: str, context: ParseContext) -> JsonObject | Unparsed:
    words = {number: (name.replace("-", "[ -]?") + "(?:ern|wards?)?",) for number, name in enumerate(DIRECTIONS)}
    number = choose(mark_options(plain(answer), words))
    return Unparsed("no single direction") if number is None else {"value": list(DIRECTIONS)[number]}


def _read_class(answer: str, context: ParseContext) -> JsonObject | Unparsed:
    number = choose(mark_class_options(plain(answer), context.classes))
    return Unparsed("no single class") if number is None else {"value": context.classes[number]}


_READERS = {"count": _read_count, "direction": _read_direction, "class": _read_class}


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal values; a text is right where it holds the true one as whole words, whatever the case."""
    if _TYPES[gold["kind"]] != "text":
        return type(given["value"]) is type(gold["value"]) and bool(given["value"] == gold["value"])
    true, given_text = (str(value["value"]).casefold() for value in (gold, given))
    return re.search(rf"(?<!\w){re.escape(true)}(?!\w)", given_text) is not None


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """The gold value."""
    return ({"value": gold["value"]},)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """None: facts of change know neither names nor places on the map."""
    return None


TASK = declare_task(
    NAME,
    f"Questions of {len(_TYPES)} kinds by a map: names, functions, directions, what was before, the old map.",
    version=VERSION,
    settings=MapQaSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=matches,
    needs=("map",),
)
