"""Did anything change? Gold and answer ``{"changed": true}``."""

from __future__ import annotations

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
from rsica_data.text.normalized.cleaning import text_after
from rsica_data.text.normalized.endings import is_in_general, sentences_of
from rsica_data.text.normalized.reply import read_answer

NAME = "classification"
VERSION = 1

_NOTHING = re.compile(
    r"\b(?:images|pictures|photos|scenes) are identical\b.*\bnothing has changed\W*$|^\W*nothing (?:at all )?has "
    r"changed\W*$"
)


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One row for a pair whose change flag is known."""
    if context.changed is None:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    prompt, template = choose_prompt(NAME, context, settings, rng)
    gold: JsonObject = {"changed": context.changed}
    text = render(gold, render_context(NAME, context, settings, rng))
    return (one_turn(context, prompt, text, gold, template, VERSION, NAME),)


def render(answer: JsonObject, context: RenderContext) -> str:
    """``Yes`` or ``No``; in full sentences too in the default style."""
    forms = template_file(NAME)["answers"]
    phrases = forms.get(context.style, forms["default"])["yes" if answer["changed"] else "no"]
    return str(phrases[context.pick % len(phrases)])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """Yes or no, or a sentence that says whether something changed."""
    return read_answer(text, lambda words: _read(words, text_after(text, words), context.classes))


def _read(words: str, explanation: str, classes: tuple[str, ...]) -> JsonObject | Unparsed:
    # Readers are loaded with the first reply: a build reads none, and starts in half the time.
    from rsica_data.text.evidence.stance_evidence import contradicted, unsettled_stance
    from rsica_data.text.normalized.chinese import to_english
    from rsica_data.text.yes_no.stance import read_change, read_yes_no

    if is_in_general(words):
        return Unparsed("an answer in general, not of the images")
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
    unsettled = unsettled_stance(to_english(words).lower(), changed, classes)
    return unsettled or contradicted(to_english(explanation).lower(), changed) or {"changed": changed}


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
