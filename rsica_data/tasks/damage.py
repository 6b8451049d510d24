"""Damage to buildings: the level of one, how many of each level, their shares, the worst and the most frequent.

Gold ``{"kind", "args", "value"}``, answer ``{"value"}``: a level by its class's name, a count, or a share in percent.
The levels are the damage classes of the dataset page, in its order: three levels of xBD (Gupta et al. 2019, arXiv
1911.09296), two of BRIGHT (Chen et al. 2025, arXiv 2501.06019). Shares are of the buildings that were damaged in any
way, and right within 2 points. Where the source knows the intact buildings too, which are no change, some questions are
about these: the level of any building, how many are intact, shares of all buildings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Literal

from pydantic import Field, PositiveInt

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
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.open_qa.kinds import KINDS as OPEN_KINDS
from rsica_data.tasks.open_qa.object_places import unique_key
from rsica_data.tasks.open_qa.replies import parse_value
from rsica_data.tasks.open_qa.values import same_value
from rsica_data.tasks.template_files import template_file
from rsica_data.text.amounts.numbers import whole_number_in, words_to_digits
from rsica_data.text.class_names import join
from rsica_data.text.letters import lone_letter
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.yes_no.choices import choose, mark_options, options_in
from rsica_data.text.yes_no.stance import plain

NAME = "damage"
VERSION = 1
Kind = Literal["level", "count", "share", "worst", "most", "share_of_all"]
KINDS: tuple[Kind, ...] = ("level", "count", "share", "worst", "most", "share_of_all")
NONE = "none"
_DAMAGE = re.compile(r"\b(?:damaged?|destroyed|destruction|collapsed)\b")
_BUILDING = re.compile(r"\s*\b(?:buildings?|houses?|structures?)\b\s*")
_PART = re.compile(r"[,;\n]|\.(?!\d)|\b(?:and|but|while|whereas)\b")
_OF_DAMAGED = re.compile(r"\b(?:of|among)(?: the| all)* damaged (?:buildings|houses|structures|ones)\b")
_RATIO = re.compile(
    r"(?<![\d.,])(\d{1,6})(?: (?:buildings?|ones?))? (?:(?:out )?of|in)(?: (?:the|all))? (\d{1,6})(?![\d.,]*\d)"
)
_LEAST_BUILDINGS = 3
Standing = Mapping[str, Sequence[ObjectFacts]]


class DamageSettings(TaskSettings):
    """Settings of questions about damage.

    Attributes:
        per_pair: questions a pair, of different kinds first.
        kinds: kinds to draw from (default: all).
        intact: ask about intact buildings too, where the source knows them.
    """

    per_pair: PositiveInt = 3
    kinds: list[Kind] | None = Field(default=None, min_length=1)
    intact: bool = True


def levels_of(classes: Sequence[str]) -> tuple[str, ...]:
    """The classes that are levels of damage to buildings, in their order.

    Example:
        >>> levels_of(["slightly damaged building", "destroyed building", "road"])
        ('slightly damaged building', 'destroyed building')
    """
    return tuple(name for name in classes if _DAMAGE.search(name.replace("_", " ").replace("-", " ").lower()))


def level_words(name: str) -> str:
    """The level that a class's name tells: ``slightly damaged`` of ``slightly damaged building``."""
    return _BUILDING.sub(" ", name.replace("_", " ").lower()).strip()


def ask(context: AskContext, settings: DamageSettings) -> Sequence[Draft]:
    """Some questions about a pair of a set with two levels of damage at least."""
    view = context.view
    if view is None or len(levels_of(view.classes)) < 2:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    standing = context.standing if settings.intact else {}
    kinds = list(settings.kinds or (KINDS if standing else KINDS[:-1]))
    rng.shuffle(kinds)
    # Without damage every answer is none or 0: one such question tells as much as three.
    most = settings.per_pair if any(view.counts[name] for name in levels_of(view.classes)) else 1
    drafts: list[Draft] = []
    for kind in kinds:
        if len(drafts) == most:
            break
        questions = [Question(kind, args) for args in _arguments(view, kind, standing)]
        answered = [(question, settled_by(view, question, standing)) for question in questions]
        settled = [(question, outcome) for question, outcome in answered if outcome is not None]
        if settled:
            drafts.append(_draft(*settled[rng.randrange(len(settled))], context, settings, rng))
    return drafts


def _arguments(view: FactsView, kind: str, standing: Standing) -> Iterator[dict[str, Any]]:
    levels = list(levels_of(view.classes))
    known = [*standing, *levels]
    if kind in ("share_of_all", "count") and standing:
        enough = kind == "count" or _buildings(view, standing, known) >= _LEAST_BUILDINGS
        yield from ({"levels": known, "cls": name} for name in (known if enough else ()))
        return
    if kind == "level":
        levels = known
        items = [item for name in levels for item in standing.get(name, view.objects.get(name, ()))]
        boxes = [_percent_box(item, view) for item in items]
        # A box must mean one building: no other may have nearly the same.
        yield from ({"levels": levels, "box": box} for box in boxes if boxes.count(box) == 1)
    elif kind == "worst":
        yield {"levels": levels}
    elif kind == "most":
        if sum(view.counts[name] for name in levels) >= _LEAST_BUILDINGS:
            yield {"levels": levels}
    elif kind == "count" or sum(view.counts[name] for name in levels) >= _LEAST_BUILDINGS:
        yield from ({"levels": levels, "cls": name} for name in levels)


def _buildings(view: FactsView, standing: Standing, levels: Sequence[str]) -> int:
    """Number of buildings of all levels, those that stand as they were included."""
    return sum(len(standing[name]) if name in standing else view.counts.get(name, 0) for name in levels)


def _percent_box(item: ObjectFacts, view: FactsView) -> list[int]:
    x, y = 100 / view.width, 100 / view.height
    x0, y0, x1, y1 = item.box
    return [math.floor(x0 * x), math.floor(y0 * y), math.ceil(x1 * x), math.ceil(y1 * y)]


def _draft(
    question: Question, outcome: JsonObject, context: AskContext, settings: DamageSettings, rng: Random
) -> Draft:
    phrases = template_file(NAME)[question.kind]
    number = phrase_number(len(phrases), context, settings, rng)
    pick = wording_pick(context, rng)
    args = dict(question.args)
    text = render(outcome, RenderContext(question, context.classes, settings.style, pick))
    gold: JsonObject = {"kind": question.kind, "args": args} | outcome
    turns = (Turn("user", _fill(phrases[number], args)), Turn("assistant", text))
    # Questions about intact buildings came with version 2; the others are as they were.
    version = VERSION if set(args["levels"]) <= set(levels_of(context.classes)) else 2
    return Draft(question.kind, turns, gold, (text,), f"{NAME}/{question.kind}/{number}", version)


def _fill(template: str, args: Mapping[str, Any]) -> str:
    words = [level_words(name) for name in args["levels"]]
    corners = dict(zip(("x0", "y0", "x1", "y1"), args.get("box", ()), strict=False))
    level = level_words(args.get("cls", ""))
    return template.format(levels=join(words), levels_or=join(words, "or"), level=level, **corners)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject | None:
    """What the facts say; None where they do not settle it: they do not count what did not change."""
    return settled_by(view, question, {})


def settled_by(view: FactsView, question: Question, standing: Standing) -> JsonObject | None:
    """What the facts and the objects that did not change say; None where they do not settle it.

    Args:
        view: the facts.
        question: the question.
        standing: intact buildings by their class; empty where they are not known.
    """
    kind, args = question.kind, dict(question.args)
    counts = {name: _buildings(view, standing, [name]) for name in args["levels"]}
    unknown = [name for name in args["levels"] if name not in view.counts and name not in standing]
    if unknown and (kind == "share_of_all" or args.get("cls") in unknown):
        return None
    whole = sum(counts.values())
    value: Any = None
    if kind == "level":
        value = _level_at(view, args, standing)
    elif kind == "count":
        value = counts[args["cls"]]
    elif kind in ("share", "share_of_all"):
        value = round(100 * counts[args["cls"]] / whole, 1) if whole else None
    elif kind == "worst":
        value = next((name for name in reversed(args["levels"]) if counts[name]), NONE)
    elif kind == "most":
        value = unique_key(counts) if whole else None
    return None if value is None else {"value": value}


def _level_at(view: FactsView, args: Mapping[str, Any], standing: Standing) -> str | None:
    """The level of the building whose box is nearest to the one asked for.

    Where none meets it: that of intact buildings if they are among the levels, else None.
    """
    best, most = next((name for name in args["levels"] if name not in view.counts), None), 0.0
    for name in args["levels"]:
        for item in standing.get(name, view.objects.get(name, ())):
            shared = _iou(_percent_box(item, view), args["box"])
            best, most = (name, shared) if shared > most else (best, most)
    return best


def _iou(first: Sequence[float], second: Sequence[float]) -> float:
    sides = [min(first[n + 2], second[n + 2]) - max(first[n], second[n]) for n in (0, 1)]
    shared = max(sides[0], 0) * max(sides[1], 0)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return shared / (sum(areas) - shared) if shared else 0.0


def render(answer: JsonObject, context: RenderContext) -> str:
    """A level in a phrase, a count, or a share with its sign."""
    kind, value = context.question.kind, answer["value"]
    if kind == "count":
        return str(value)
    if kind in ("share", "share_of_all"):
        return f"{value:.1f}%"
    phrases = template_file(NAME)["answers"]
    text = str(phrases[context.pick % len(phrases)]).format(level=value if value == NONE else level_words(value))
    return text[0].upper() + text[1:]


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The level, count or share of a reply."""
    kind, args = context.question.kind, context.question.args
    if kind in ("share", "share_of_all"):
        return read_answer(text, lambda words: _read_share(words, context))
    if kind == "count":
        return read_answer(text, lambda words: _read_count(words, args))
    if kind not in KINDS:
        return Unparsed(f"unknown question kind '{kind}'")
    return read_answer(text, lambda words: _read_level(words, (*args["levels"], *([NONE] if kind == "worst" else ()))))


def _read_count(words: str, args: Mapping[str, Any]) -> JsonObject | Unparsed:
    text = plain(words)
    own = _of_level(text, args)
    number = None if own is None else whole_number_in(own or text)
    return Unparsed("no number of this level, or several") if number is None else {"value": number}


def _read_share(words: str, context: ParseContext) -> JsonObject | Unparsed:
    own = _of_level(plain(words), context.question.args)
    if own is None:
        return Unparsed("no share of this level")
    kept = own or words
    ratio = None if "%" in kept or "percent" in kept else _RATIO.search(words_to_digits(kept.lower()))
    if ratio is not None and 0 < int(ratio[2]) >= int(ratio[1]):
        return {"value": 100 * int(ratio[1]) / int(ratio[2])}
    return parse_value(kept, OPEN_KINDS["total_share"], replace(context, question=Question("total_share")))


def _of_level(text: str, args: Mapping[str, Any]) -> str | None:
    """What a lower-case text says of the level asked about, where it tells levels apart; "" where it does not.

    None where it gives a number of other levels alone.
    """
    levels = list(args.get("levels", ()))
    if args.get("cls") not in levels:
        return ""
    asked = levels.index(args["cls"])
    words = {number: _patterns(name) for number, name in enumerate(levels)}
    parts = [(part, options_in(mark_options(part, words))) for part in _PART.split(_OF_DAMAGED.sub(" ", text))]
    named = {number for _, numbers in parts for number in numbers}
    own = [part for part, numbers in parts if numbers == [asked]]
    if named - {asked} and not own:
        # "No building is damaged" holds of every level.
        return "" if whole_number_in(text) == 0 and named == {0} and "intact" in levels[0] else None
    alone = named == {asked} and whole_number_in(", ".join(own)) is None
    return "" if not named or alone else ", ".join(own)


def _read_level(words: str, levels: Sequence[str]) -> JsonObject | Unparsed:
    text = plain(words)
    place = lone_letter(text, len(levels)) if len(text) < 40 else None
    if place is None:
        place = choose(mark_options(text, {number: _patterns(name) for number, name in enumerate(levels)}))
    return Unparsed("no single level") if place is None else {"value": levels[place]}


def _patterns(name: str) -> tuple[str, ...]:
    """Regular expressions of the words for a level, those that say most first."""
    words = template_file(NAME)["words"]
    level = level_words(name)
    return (re.escape(level), *words.get(level, ()))


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal levels and counts, shares within 2 points."""
    return same_value("percent" if gold["kind"] in ("share", "share_of_all") else "", gold["value"], given["value"])


TASK = declare_task(
    NAME,
    "Damage to buildings: the level of one, counts and shares of levels, the worst and the most frequent.",
    version=VERSION,
    settings=DamageSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=matches,
)
