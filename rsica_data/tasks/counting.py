"""How many objects of each class changed? Gold and answer ``{"road": 0, "building": 3}``.

A reply may name only some of the classes: its answer then holds only those, and the scorer decides about the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

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
from rsica_data.tasks.common import TaskSettings, ask_once
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
    return ask_once(NAME, VERSION, gold_answer, context, settings)


def gold_answer(context: AskContext, style: str, pick: int) -> tuple[JsonObject, str]:
    """(gold, text) of a pair with a mask."""
    assert context.view is not None
    texts = _known_wordings(tuple(context.view.counts.items()), style)
    return dict(context.view.counts), texts[pick % len(texts)]


def render(answer: JsonObject, context: RenderContext) -> str:
    """A sentence with a number for each class of the answer."""
    texts = _wordings(tuple(answer.items()), context.style)
    return texts[context.pick % len(texts)]


def _wordings(counts: tuple[tuple[str, int], ...], style: str) -> tuple[str, ...]:
    """Every wording of an answer, from its classes and their counts."""
    if style == "changechat":
        return (_published(counts),)
    forms = template_file(NAME)["answers"]
    if not any(count for _, count in counts):
        nouns = join([plural(name) for name, _ in counts], "or")
        return tuple(phrase.format(classes=nouns) for phrase in forms["none"])
    listed = join([counted(count, name) for name, count in counts])
    verb = "has" if len(counts) == 1 and counts[0][1] == 1 else "have"
    texts = [phrase.format(counts=listed, have=verb) for phrase in forms["some"]]
    return tuple(text[0].upper() + text[1:] for text in texts)


# Counts of facts are integers. Those of a reply may be equal to one and read otherwise, such as 1.0.
_known_wordings = lru_cache(maxsize=1024)(_wordings)


def _published(counts: tuple[tuple[str, int], ...]) -> str:
    """The wording of the published set, its grammar included: ``No roads has changed, and 3 buildings has changed.``"""
    parts = []
    for name, count in counts:
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
