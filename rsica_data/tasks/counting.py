"""How many objects of each class changed? Gold and answer ``{"road": 0, "building": 3}``.

A reply may name only some of the classes: its answer then holds only those, and the scorer decides about the rest.
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
    Unparsed,
)
from rsica_data.tasks.common import (
    TaskSettings,
    choose_prompt,
    one_turn,
    render_context,
)
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import counted, join, plural, singular
from rsica_data.text.normalized.cleaning import text_after
from rsica_data.text.normalized.reply import read_answer

NAME = "counting"
VERSION = 1


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
    return read_answer(text, lambda words: _read(words, text_after(text, words), context.classes))


def _read(words: str, explanation: str, classes: tuple[str, ...]) -> JsonObject | Unparsed:
    # Readers are loaded with the first reply: a build reads none, and starts in half the time.
    from rsica_data.text.amounts.counts import read_counts
    from rsica_data.text.evidence.count_evidence import unsettled_counts
    from rsica_data.text.evidence.stance_evidence import contradicted
    from rsica_data.text.normalized.chinese import to_english
    from rsica_data.text.normalized.endings import is_cut

    counts = read_counts(words, classes)
    if isinstance(counts, Unparsed):
        return counts
    if is_cut(words):
        return Unparsed("cut off before the end of an explanation")
    unsettled = unsettled_counts(to_english(words).lower(), counts, classes)
    return unsettled or contradicted(to_english(explanation).lower(), any(counts.values())) or dict(counts)


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """Counts under the dataset's rule."""
    return dict(view.counts)


def matches(gold: JsonObject, answer: JsonObject) -> bool:
    """Whether all counts are right; a class that is not spoken of has none, as in every protocol."""
    return {**dict.fromkeys(gold, 0), **answer} == gold


TASK = declare_task(
    NAME,
    "How many objects of each class changed.",
    version=VERSION,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    matches=matches,
    has_prompt_file=True,
)
