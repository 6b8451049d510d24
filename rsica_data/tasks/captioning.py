"""Describe the change. Gold ``{"captions": [...]}``, answer ``{"text": "..."}``.

Training rows have one caption each; evaluation rows have one row with all captions as references. Where a pair has no
captions, one is written from the facts by rule: true, plain, and marked as such by its template id.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

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
from rsica_data.tasks.common import TaskSettings, bare_text, choose_prompt
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import counted, join, plural
from rsica_data.text.normalized.reply import read_text

NAME = "captioning"
VERSION = 1


class CaptioningSettings(TaskSettings):
    """Settings of captioning.

    Attributes:
        from_facts: write captions from the facts for pairs that have none.
        fact_captions: how many of them for a training pair.
    """

    from_facts: bool = True
    fact_captions: int = 1


def ask(context: AskContext, settings: CaptioningSettings) -> Sequence[Draft]:
    """One row a caption in training, one row a pair in evaluation."""
    captions, origin = tuple(context.captions), "source"
    if captions and context.evaluation:
        return (_draft(context, settings, None, captions[0], captions, origin),)
    rng = Random(context.seed)  # noqa: S311 - not for security
    if not captions:
        if not settings.from_facts or context.view is None:
            return ()
        captions, origin = _from_facts(context.view, settings.fact_captions, rng), "facts"
    if context.evaluation:
        return (_draft(context, settings, rng, captions[0], captions, origin),)
    return [_draft(context, settings, rng, caption, (caption,), origin) for caption in captions]


def _from_facts(view: FactsView, number: int, rng: Random) -> tuple[str, ...]:
    first = rng.randrange(1 << 16)
    return tuple(dict.fromkeys(str(answer(view, Question(NAME), first + n)["text"]) for n in range(max(number, 1))))


def _draft(
    context: AskContext,
    settings: CaptioningSettings,
    rng: Random | None,
    text: str,
    captions: tuple[str, ...],
    origin: str,
) -> Draft:
    asked, template = choose_prompt(NAME, context, settings, rng)
    turns_ = (asked, Turn("assistant", text))
    return Draft(NAME, turns_, {"captions": list(captions)}, captions, f"{template}+{origin}", VERSION)


def render(answer: JsonObject, context: RenderContext) -> str:
    """The text as it is."""
    return str(answer["text"])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """Any text but an empty one, without the reasoning before it."""
    return read_text(text)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """A true caption in the manner of LEVIR-CC, written from the facts."""
    forms = template_file(NAME)["from_facts"]
    if not view.changed:
        phrases = forms["unchanged"]
        return {"text": str(phrases[pick % len(phrases)])}
    named = [name for name in view.classes if view.counts[name]]
    if not named:
        phrases = forms["other"]
        return {"text": str(phrases[pick % len(phrases)])}
    things = join([_some(view.counts[name], name) for name in named])
    cells = {cell for name in named for cell in view.cells[name]}
    total = sum(view.counts[name] for name in named)
    key = "one_place" if len(cells) == 1 else "places"
    phrases = forms[key]
    place = _place(next(iter(cells))) if len(cells) == 1 else ""
    text = str(phrases[pick % len(phrases)]).format(things=things, have="has" if total == 1 else "have", place=place)
    return {"text": text}


def _place(cell: str) -> str:
    row, column = cell.split("-")
    return "center" if row == column == "center" else f"{row} {column}" if row != "center" else f"center {column}"


def _some(count: int, name: str) -> str:
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    if count < len(words):
        return counted(count, name).replace(str(count), words[count], 1)
    return f"{count} {plural(name)}"


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """Each caption."""
    return [{"text": caption} for caption in gold["captions"]]


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Equal to one of the captions, but for case, spacing and the final full stop."""
    return bare_text(given["text"]) in {bare_text(caption) for caption in gold["captions"]}


TASK = declare_task(
    NAME,
    "Describe what changed, in a sentence.",
    version=VERSION,
    settings=CaptioningSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=matches,
    needs=("captions", "mask"),
    has_prompt_file=True,
)
