"""A conversation in increasing difficulty: did it change, how much, where, describe it.

Gold ``{"turns": [{"task": "...", "gold": {...}}, ...]}``, one entry an assistant turn. Every turn is rendered, parsed,
matched and scored by the task it belongs to. ``prompts: changechat`` has exactly the three published turns; the default
chain asks for places too. Conversations that somebody wrote may have open questions among their turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    GoldTurn,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    Turn,
    Unparsed,
)
from rsica_data.tasks import captioning, classification, counting, localization, open_qa
from rsica_data.tasks.common import TaskSettings, drawn_below, prompt_text, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import sentence

NAME = "dialogue"
VERSION = 1
_TASKS: dict[str, Any] = {
    "classification": classification,
    "counting": counting,
    "localization": localization,
    "captioning": captioning,
    "open_qa": open_qa,
}
_GOLD_ANSWERS = {task.NAME: task.gold_answer for task in (classification, counting, localization)}


def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
    """One conversation for a pair with a mask."""
    if context.view is None or context.changed is None or not context.classes:
        return ()
    rng = Random(context.seed)  # noqa: S311 - not for security
    fixed = context.evaluation or not settings.paraphrase
    golds, turns_, replies = [], [], []
    for task, asks in _steps(settings.prompts, context.classes):
        pick = wording_pick(context, rng)
        if task == captioning.NAME:
            gold, text = _described(context, rng, pick)
        else:
            gold, text = _GOLD_ANSWERS[task](context, settings.style, pick)
        golds.append({"task": task, "gold": gold})
        turns_ += [asks[0 if fixed else drawn_below(rng, len(asks))], Turn("assistant", text)]
        replies.append(text)
    return (Draft(NAME, tuple(turns_), {"turns": golds}, tuple(replies), f"{NAME}/{settings.prompts}", VERSION),)


@lru_cache(maxsize=64)
def _steps(prompts: str, classes: tuple[str, ...]) -> tuple[tuple[str, tuple[Turn, ...]], ...]:
    """(task, turns of the user) of each step of a chain; the first turn is the fixed one."""
    steps = template_file(NAME)[prompts]["turns"]
    asked = [tuple(Turn("user", prompt_text(ask, classes)) for ask in step["asks"]) for step in steps]
    return tuple((step["task"], turns_) for step, turns_ in zip(steps, asked, strict=True))


def _described(context: AskContext, rng: Random, pick: int) -> tuple[JsonObject, str]:
    """The captions, and one of them at random, written as a sentence."""
    assert context.view is not None
    captions = list(context.captions)
    if not captions:
        captions = [str(captioning.answer(context.view, Question(captioning.NAME), pick)["text"])]
    return {"captions": captions}, sentence(captions[drawn_below(rng, len(captions))])


def render(answer: JsonObject, context: RenderContext) -> str:
    """The replies of all turns, a line each."""
    lines = []
    for turn in answer["turns"]:
        task = _TASKS[turn["task"]]
        # Of open questions a conversation has free text alone: its words need no more than the text.
        asked = Question(open_qa.TEXT if turn["task"] == open_qa.NAME else turn["task"])
        inner = RenderContext(asked, context.classes, context.style, context.pick)
        lines.append(" ".join(task.render(turn["answer"], inner).split()))
    return "\n".join(lines)


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """A whole conversation's replies, a line each, in the order of the published or the default chain.

    Turns of a running conversation are parsed one by one by their own tasks; this serves whole transcripts.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    for forms in template_file(NAME).values():
        tasks = [step["task"] for step in forms["turns"]]
        if len(tasks) != len(lines):
            continue
        answers = []
        for task, line in zip(tasks, lines, strict=True):
            parsed = _TASKS[task].parse(line, ParseContext(Question(task), context.classes))
            if isinstance(parsed, Unparsed):
                return Unparsed(f"{task}: {parsed.reason}")
            answers.append({"task": task, "answer": parsed})
        return {"turns": answers}
    return Unparsed(f"{len(lines)} lines, not as many as a conversation has turns")


def answer(view: FactsView, question: Question, pick: int) -> JsonObject:
    """The default chain answered from the facts."""
    steps = template_file(NAME)["default"]["turns"]
    return {
        "turns": [
            {"task": step["task"], "answer": _TASKS[step["task"]].answer(view, Question(step["task"]), pick)}
            for step in steps
        ]
    }


def accepted(gold: JsonObject) -> Sequence[JsonObject]:
    """The conversation with the first accepted answer of every turn."""
    return [
        {
            "turns": [
                {"task": turn["task"], "answer": _TASKS[turn["task"]].TASK.accepted(turn["gold"])[0]}
                for turn in gold["turns"]
            ]
        }
    ]


def matches(gold: JsonObject, given: JsonObject) -> bool:
    """Every turn matches."""
    if len(gold["turns"]) != len(given["turns"]):
        return False
    return all(
        want["task"] == got["task"] and _TASKS[want["task"]].TASK.matches(want["gold"], got["answer"])
        for want, got in zip(gold["turns"], given["turns"], strict=True)
    )


def turns(kind: str, gold: JsonObject) -> Sequence[GoldTurn]:
    """The turns, each under its own task."""
    return [GoldTurn(turn["task"], _question(turn), turn["gold"]) for turn in gold["turns"]]


def _question(turn: JsonObject) -> Question:
    return open_qa.question_of(turn["gold"]) if turn["task"] == open_qa.NAME else Question(turn["task"])


def prompt(question: Question, protocol: str, classes: tuple[str, ...]) -> str | None:
    """None: what a conversation asks depends on the turn, and the dataset holds it."""
    return None


TASK = declare_task(
    NAME,
    "A conversation: did it change, how much, where, describe it.",
    version=VERSION,
    ask=ask,
    render=render,
    parse=parse,
    answer=answer,
    accepted=accepted,
    matches=matches,
    turns=turns,
    prompt=prompt,
)
