"""Did anything change? Gold and answer ``{"changed": true}``."""

from __future__ import annotations

import re
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
from rsica_data.text.normalized.cleaning import text_after
from rsica_data.text.normalized.endings import is_in_general, sentences_of
from rsica_data.text.normalized.reply import read_answer
from rsica_data.text.yes_no.question_polarity import asks_for_sameness

NAME = "classification"
VERSION = 1

_NOTHING = re.compile(
    r"\b(?:images|pictures|photos|scenes) are identical\b.*\bnothing has changed\W*$|^\W*nothing (?:at all )?has "
    r"changed\W*$"
)


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One row for a pair whose change flag is known."""
    return () if context.changed is None else ask_once(NAME, VERSION, gold_answer, context, settings)


def gold_answer(context: AskContext, style: str, pick: int) -> tuple[JsonObject, str]:
    """(gold, text) of a pair whose change flag is known."""
    phrases = _phrases(bool(context.changed), style)
    return {"changed": context.changed}, phrases[pick % len(phrases)]


def render(answer: JsonObject, context: RenderContext) -> str:
    """``Yes`` or ``No``; in full sentences too in the default style."""
    phrases = _phrases(bool(answer["changed"]), context.style)
    return phrases[context.pick % len(phrases)]


@lru_cache(maxsize=16)
def _phrases(changed: bool, style: str) -> tuple[str, ...]:
    """Every wording of an answer."""
    forms = template_file(NAME)["answers"]
    return tuple(forms.get(style, forms["default"])["yes" if changed else "no"])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """Yes or no, or a sentence that says whether something changed."""
    return read_answer(text, lambda words: _read(words, text_after(text, words), context))


def _read(words: str, explanation: str, context: ParseContext) -> JsonObject | Unparsed:
    # Readers are loaded with the first reply: a build reads none, and starts in half the time.
    from rsica_data.text.evidence.stance_evidence import contradicted, unsettled_stance
    from rsica_data.text.normalized.chinese import to_english
    from rsica_data.text.yes_no.stance import read_change, read_yes_no

    if is_in_general(words):
        return Unparsed("an answer in general, not of the images")
    if asks_for_sameness(context.prompt):
        return _read_of_sameness(words)
    changed = read_yes_no(words)
    if changed is not None and _takes_back(words, changed):
        return Unparsed("says both that something changed and that nothing did")
    if changed is None:
        stance = read_change(words)
        if isinstance(stance, Unparsed):
            return stance
        changed = stance
    if changed is None:
        return Unparsed("neither yes nor no")
    unsettled = unsettled_stance(to_english(words).lower(), changed, context.classes)
    return unsettled or contradicted(to_english(explanation).lower(), changed) or {"changed": changed}


_VERDICT = re.compile(r"^\W*(?:yes|no|true|false|correct|right)\b\W*", re.IGNORECASE)


def _read_of_sameness(words: str) -> JsonObject | Unparsed:
    """The answer to a prompt that asks whether nothing changed: "yes" is no change."""
    from rsica_data.text.yes_no.stance import read_change, read_yes_no

    same, rest = read_yes_no(words), _VERDICT.sub("", words)
    stance = read_change(rest) if rest else None
    if isinstance(stance, Unparsed) or (same is None and stance is None):
        return stance if isinstance(stance, Unparsed) else Unparsed("neither yes nor no")
    if same is not None and stance is same:
        return Unparsed("says both that something changed and that nothing did")
    return {"changed": stance if same is None else not same}


def _takes_back(words: str, changed: bool) -> bool:
    """Whether the last of several sentences denies what the first said ("Yes. .. nothing has changed.")."""
    parts = sentences_of(words)
    return changed and len(parts) > 2 and _NOTHING.search(parts[-1].lower()) is not None


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """Whether the pair counts as changed."""
    return {"changed": view.changed}


TASK = declare_task(
    NAME,
    "Did anything change: yes or no.",
    version=VERSION,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    needs=("flag",),
    has_prompt_file=True,
)
