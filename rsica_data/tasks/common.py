"""What the task files share: their settings, and the plain forms of a single-turn task's functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict

from rsica_data.schema import AskContext, Draft, JsonObject, Turn
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join, plural

Style = Literal["default", "changechat"]


class TaskSettings(BaseModel):
    """Settings of every task.

    Attributes:
        prompts: wording of the question: ``default`` or the published ``changechat``.
        style: wording of the answer.
        paraphrase: training rows draw from the paraphrases; evaluation rows always ask the fixed prompt.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompts: Style = "default"
    style: Style = "default"
    paraphrase: bool = True


def prompt_text(template: str, classes: Sequence[str]) -> str:
    """A prompt template filled with class names: ``{classes}`` is "roads and buildings"."""
    return _prompt_text(template, tuple(classes))


@lru_cache(maxsize=1024)
def _prompt_text(template: str, classes: tuple[str, ...]) -> str:
    nouns = [plural(name) for name in classes]
    return template.format(classes=join(nouns), classes_or=join(nouns, "or"))


def fixed_prompt(task: str, protocol: str, classes: tuple[str, ...]) -> str | None:
    """The prompt that a named prompt protocol fixes for a single-turn task."""
    prompts = template_file(task)["prompts"]
    if protocol not in prompts:
        return None
    # The published wording names roads and buildings in orders of its own: kept to the letter for these two classes.
    if protocol == "changechat" and set(classes) == {"road", "building"}:
        return str(prompts["changechat"])
    generic = prompts.get(f"{protocol}_generic", prompts[protocol])
    return prompt_text(generic, classes)


def choose_prompt(task: str, context: AskContext, settings: TaskSettings, rng: Random | None) -> tuple[Turn, str]:
    """(turn of the user, template id) for a pair; ``rng`` may be None in evaluation rows, which draw none."""
    prompts = _prompts(task, settings.prompts, context.classes)
    if rng is None or context.evaluation or not settings.paraphrase:
        return prompts[-1]
    return prompts[drawn_below(rng, len(prompts))]


@lru_cache(maxsize=1024)
def _prompts(task: str, protocol: str, classes: tuple[str, ...]) -> tuple[tuple[Turn, str], ...]:
    """Every (turn, template id) that training rows draw from; the last is the fixed one of the protocol."""
    fixed = fixed_prompt(task, protocol, classes)
    assert fixed is not None
    phrases = template_file(task)["paraphrases"]
    drawn = [(prompt_text(phrase, classes), f"{task}/{number}") for number, phrase in enumerate(phrases)]
    return tuple((Turn("user", text), template) for text, template in (*drawn, (fixed, f"{task}/{protocol}")))


def drawn_below(rng: Random, end: int) -> int:
    """The number that ``rng.randrange(end)`` gives, without its checks of the arguments, which take longer.

    Raises:
        ValueError: ``end`` is below 1.

    >>> [drawn_below(Random(5), end) for end in (1, 7, 65536)] == [Random(5).randrange(end) for end in (1, 7, 65536)]
    True
    """
    if end < 1:
        raise ValueError(f"no number is below {end} and not below 0")
    bits = end.bit_length()
    number = rng.getrandbits(bits)
    while number >= end:
        number = rng.getrandbits(bits)
    return number


def phrase_number(phrases: int, context: AskContext, settings: TaskSettings, rng: Random) -> int:
    """Which of a question's phrases is asked: the first in evaluation rows and without paraphrases, else any."""
    return 0 if context.evaluation or not settings.paraphrase else drawn_below(rng, phrases)


def wording_pick(context: AskContext, rng: Random) -> int:
    """The number that an answer's wording is chosen by: 0 in evaluation rows, else drawn."""
    return 0 if context.evaluation else drawn_below(rng, 1 << 16)


def bare_text(text: str) -> str:
    """A text without case, extra spaces and the final full stop: free texts are compared by it."""
    return " ".join(text.lower().split()).removesuffix(".").strip()


GoldAnswer = Callable[[AskContext, str, int], tuple[JsonObject, str]]
"""``(context, style, pick) -> (gold, text)``: what a pair's facts say, as data of the caller's own and in words."""


def ask_once(
    task: str, version: int, gold_answer: GoldAnswer, context: AskContext, settings: TaskSettings
) -> tuple[Draft]:
    """One row of a task with one turn: a prompt and the wording of the answer are drawn."""
    # To seed a generator takes longer than all else here, and evaluation rows draw nothing.
    rng = None if context.evaluation else Random(context.seed)  # noqa: S311 - not for security
    asked, template = choose_prompt(task, context, settings, rng)
    gold, text = gold_answer(context, settings.style, 0 if rng is None else wording_pick(context, rng))
    return (Draft(task, (asked, Turn("assistant", text)), gold, (text,), template, version),)
