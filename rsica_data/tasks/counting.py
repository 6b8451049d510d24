"""How many objects of each class changed? Gold and answer ``{"road": 0, "building": 3}``.

A reply may name only some of the classes: its answer then holds only those, and the scorer decides about the rest.
"""

from __future__ import annotations

import operator
import re
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
    TaskSpec,
    Unparsed,
)
from rsica_data.tasks.common import (
    TaskSettings,
    choose_prompt,
    fixed_prompt,
    one_turn,
    only_answer,
    render_context,
    single_turn,
)
from rsica_data.tasks.reading import class_key, json_object, mentions, numbers_in, plain, says_no_change
from rsica_data.tasks.words import NUMBER, counted, join, number_value, plural, singular, template_file

NAME = "counting"
VERSION = 1

# A number, then up to three words that are neither numbers nor joints, then (at the end) the class.
_BEFORE = re.compile(
    rf"(?<![\w.])({NUMBER}|no|an?|none|neither|single)((?:\s+(?!and\b|or\b|but\b|in\b)[a-z][a-z'-]*){{0,3}})\s*$"
)
_NONE_IN = re.compile(r"\bno (?:\w+ )?(?:changes?|differences?) (?:\w+ )?(?:in|to|of|among) (?:the )?$")
_AFTER = re.compile(rf"^\s*(?:\w+\s+)?(?:[:=]|-|is|are|was|were|\()\s*({NUMBER}|none|no|nil)\b(?!\s*[.,]?\s*\d)")


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One row for a pair with a mask."""
    if context.view is None or not context.classes:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    prompt_, template = choose_prompt(NAME, context, settings, rng)
    gold: JsonObject = dict(context.view.counts)
    text = render(gold, render_context(NAME, context, settings, rng))
    return (one_turn(context, prompt_, text, gold, template, VERSION, NAME),)


def render(answer: JsonObject, context: RenderContext) -> str:
    """A sentence with a number for each class of the answer."""
    if context.style == "changechat":
        return _published(answer)
    if not any(answer.values()):
        phrases = template_file(NAME)["answers"]["none"]
        return str(phrases[context.pick % len(phrases)]).format(classes=join([plural(n) for n in answer], "or"))
    phrases = template_file(NAME)["answers"]["some"]
    listed = join([counted(count, name) for name, count in answer.items()])
    total = sum(answer.values())
    verb = "has" if total == 1 and len(answer) == 1 else "have"
    text = str(phrases[context.pick % len(phrases)]).format(counts=listed, have=verb)
    return text[0].upper() + text[1:]


def _published(answer: JsonObject) -> str:
    """The wording of the published set, its grammar included: ``No roads has changed, and 3 buildings has changed.``"""
    parts = []
    for name, count in answer.items():
        noun = singular(name) if count == 1 else plural(name)
        parts.append(f"{count or 'no'} {noun} has changed")
    text = f"{', '.join(parts[:-1])}, and {parts[-1]}." if len(parts) > 1 else f"{parts[0]}."
    return text[0].upper() + text[1:]


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """Counts by class from our forms, the published ones, JSON, or a free reply."""
    found = json_object(text)
    if found is not None:
        counts = {
            key: int(value)
            for word, value in found.items()
            if (key := class_key(str(word), context.classes)) is not None
            and isinstance(value, int)
            and not isinstance(value, bool)
            and value >= 0
        }
        if counts:
            return counts
    words = plain(text)
    if not words:
        return Unparsed("empty reply")
    said = _said(words, context.classes)
    if isinstance(said, Unparsed) or said:
        return said
    if says_no_change(words) or re.match(r"\W*(?:no|none|zero|0)\W*$", words):
        return dict.fromkeys(context.classes, 0)
    if len(context.classes) == 1:
        numbers = numbers_in(words)
        if len(set(numbers)) == 1:
            return {context.classes[0]: numbers[0]}
    return Unparsed("no count of a known class")


def _said(words: str, classes: Sequence[str]) -> JsonObject | Unparsed:
    counts: JsonObject = {}
    last_end, last_value = 0, None
    for start, end, name in mentions(words, classes):
        value = _value_at(words[last_end:start], words[end:], last_value)
        last_end, last_value = end, value
        if value is None:
            continue
        if counts.get(name, value) != value:
            return Unparsed(f"two different counts of '{name}'")
        counts[name] = value
    return {name: counts[name] for name in classes if name in counts}


def _value_at(before: str, after: str, previous: int | None) -> int | None:
    if _NONE_IN.search(before):
        return 0
    match = _BEFORE.search(before)
    if match is not None:
        return _number(match[1])
    match = _AFTER.match(after)
    if match is not None:
        return _number(match[1])
    # "no new roads, trees or buildings": the later classes share the first one's "no".
    if previous == 0 and re.fullmatch(r"\s*(?:,|,?\s*(?:or|nor|and)\b)\s*(?:new\s+|changed\s+|the\s+)?", before):
        return 0
    return None


def _number(word: str) -> int:
    if word in ("no", "none", "neither", "nil"):
        return 0
    return 1 if word in ("a", "an", "single") else number_value(word)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """Counts under the dataset's rule."""
    return dict(view.counts)


TASK = TaskSpec(
    name=NAME,
    version=VERSION,
    summary="How many objects of each class changed.",
    settings=TaskSettings,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=only_answer,
    matches=operator.eq,
    turns=lambda kind, gold: single_turn(NAME, gold),
    prompt=lambda question, protocol, classes: fixed_prompt(NAME, protocol, classes),
)
