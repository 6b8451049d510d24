"""Questions on a series of images of one place: did a land cover grow, when most, when did it first reach a share?

Gold ``{"kind", "args", "value"}``, answer ``{"value"}``: true or false, the number of an image as shown (1 first), or
the numbers of two images that follow each other. Answers come from the label maps of the dates, of the pixels that are
labelled at all of them; differences of less than `MARGIN` of the ground settle nothing. Series come from sets of series
(SpaceNet 7, DynamicEarthNet; option ``series``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random
from typing import Any, Literal

from pydantic import Field, PositiveInt

from rsica_data.schema import AskContext, Draft, JsonObject, ParseContext, Question, RenderContext, Turn, Unparsed
from rsica_data.schema.series import SHOWN, SeriesDate
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import plural
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.trends import has_risen, image_named, interval_named, says_never

NAME = "trend"
VERSION = 1
Kind = Literal["rose", "most_growth", "first_reached", "largest"]
KINDS: tuple[Kind, ...] = ("rose", "most_growth", "first_reached", "largest")
MARGIN = 0.002
"""Least difference of two shares of the ground that settles an answer."""
_LEAST = 3


class TrendSettings(TaskSettings):
    """Settings of questions on series.

    Attributes:
        per_pair: questions a series, of different kinds first.
        kinds: kinds to draw from (default: all).
        dates: name the dates of the images in the question, where they are known.
        never: share of questions for the first image with a share that no image has.
    """

    per_pair: PositiveInt = 3
    kinds: list[Kind] | None = Field(default=None, min_length=1)
    dates: bool = False
    never: float = Field(default=0.15, ge=0, le=1)


def ask(context: AskContext, settings: TrendSettings) -> Sequence[Draft]:
    """Some questions on a series of three dates or more whose land cover is known."""
    series = context.series
    if len(series) < _LEAST or not all(entry.cover for entry in series):
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    kinds = list(settings.kinds or KINDS)
    rng.shuffle(kinds)
    drafts: list[Draft] = []
    for kind in kinds:
        if len(drafts) == settings.per_pair:
            break
        questions = [args for name in context.classes for args in _arguments(series, kind, name, settings, rng)]
        settled = [(args, value) for args in questions if (value := value_of(series, kind, args)) is not None]
        if settled:
            drafts.append(_draft(kind, *settled[rng.randrange(len(settled))], context, settings, rng))
    return drafts


def _arguments(
    series: Sequence[SeriesDate], kind: Kind, name: str, settings: TrendSettings, rng: Random
) -> Iterator[dict[str, Any]]:
    shares = [entry.cover.get(name) for entry in series]
    if any(share is None for share in shares):
        return
    known = [share for share in shares if share is not None]
    if kind != "first_reached":
        # What is nowhere at any date is asked for by "rose" alone.
        if kind == "rose" or max(known) > 0:
            yield {"cls": name}
        return
    if rng.random() < settings.never:
        yield {"cls": name, "percent": _percent(min(1.0, max(known) + max(0.05, MARGIN * 2)))}
        return
    # Thresholds between a highest share so far and the next higher one, so that an image is the first to have it.
    for low, high in pairwise(sorted(set(known))):
        yield {"cls": name, "percent": _percent((low + high) / 2)}


def _percent(share: float) -> float:
    percent = round(100 * share, 1)
    return int(percent) if percent.is_integer() else percent


def value_of(series: Sequence[SeriesDate], kind: str, args: dict[str, Any]) -> Any:
    """What the land cover of a series says to a question; None where it does not settle it.

    Args:
        series: the dates.
        kind: one of `KINDS`.
        args: ``cls``, and ``percent`` of ``first_reached``.

    Example:
        >>> series = [SeriesDate(None, {"building": share}) for share in (0.1, 0.2, 0.5)]
        >>> value_of(series, "most_growth", {"cls": "building"}), value_of(series, "rose", {"cls": "building"})
        ([2, 3], True)
    """
    shares = [entry.cover[args["cls"]] for entry in series]
    if kind == "rose":
        grown = shares[-1] - shares[0]
        return grown > 0 if abs(grown) >= MARGIN or grown == 0 else None
    if kind == "first_reached":
        # The question states the share to a tenth of a percent.
        least = args["percent"] / 100
        if any(abs(share - least) < MARGIN / 2 for share in shares):
            return None
        return next((place for place, share in enumerate(shares, 1) if share >= least), "none")
    values = shares if kind == "largest" else [second - first for first, second in pairwise(shares)]
    best, second = sorted(values)[-1], sorted(values)[-2]
    if best <= 0 or best - second < MARGIN:
        return None
    place = values.index(best) + 1
    return place if kind == "largest" else [place, place + 1]


def _draft(
    kind: Kind, args: dict[str, Any], value: Any, context: AskContext, settings: TrendSettings, rng: Random
) -> Draft:
    words = template_file(NAME)
    number = phrase_number(len(words[kind]), context, settings, rng)
    dates = [entry.date for entry in context.series]
    known = [date for date in dates if date is not None] if settings.dates else []
    held = {"dates": known} if len(known) == len(dates) else {}
    asked = args | held | {SHOWN: list(range(len(dates)))}
    intro = words["intro"]["dated" if held else "plain"].format(count=len(dates), dates=", ".join(known))
    question = words[kind][number].format(cls_many=plural(args["cls"]), percent=args.get("percent"))
    text = render(
        {"value": value},
        RenderContext(Question(kind, asked), context.classes, settings.style, wording_pick(context, rng)),
    )
    turns = (Turn("user", f"{intro} {question}"), Turn("assistant", text))
    gold: JsonObject = {"kind": kind, "args": asked, "value": value}
    return Draft(kind, turns, gold, (text,), f"{NAME}/{kind}/{number}", VERSION)


def render(answer: JsonObject, context: RenderContext) -> str:
    """``Yes.``, ``Image 3.``, ``Between image 2 and image 3.`` or that no image has it."""
    value, forms = answer["value"], template_file(NAME)["answers"]
    if isinstance(value, bool):
        return str(forms["yes" if value else "no"][context.pick % len(forms["yes"])])
    if isinstance(value, list):
        return str(forms["interval"][context.pick % len(forms["interval"])].format(first=value[0], second=value[1]))
    phrases = forms["none" if value == "none" else "image"]
    return str(phrases[context.pick % len(phrases)].format(number=value))


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The answer of a reply, by the kind's type."""
    kind, args = context.question.kind, context.question.args
    if kind not in KINDS:
        return Unparsed(f"unknown question kind '{kind}'")
    count, dates = len(args[SHOWN]), args.get("dates", ())

    def read(words: str) -> JsonObject | Unparsed:
        value: Any
        if kind == "rose":
            value, why = has_risen(words), "neither yes nor no"
        elif kind == "most_growth":
            interval = interval_named(words, count, dates)
            value, why = None if interval is None else list(interval), "no two images"
        else:
            value, why = image_named(words, count, dates), "no single image"
            if kind == "first_reached" and says_never(words):
                value = "none"
        return Unparsed(why) if value is None else {"value": value}

    return read_answer(text, read)


TASK = declare_task(
    NAME,
    "Questions on a series: whether a land cover grew, when most, when it first reached a share, when there is most.",
    version=VERSION,
    settings=TrendSettings,
    ask=ask,
    render=render,
    parse=parse,
    accepted=lambda gold: ({"value": gold["value"]},),
    matches=lambda gold, given: bool(gold["value"] == given["value"]),
    needs=("series",),
)
