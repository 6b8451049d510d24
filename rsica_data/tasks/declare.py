"""Declares a task with the defaults that most tasks share."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from rsica_data.schema import (
    AskContext,
    Draft,
    FactsView,
    GoldTurn,
    JsonObject,
    ParseContext,
    Question,
    RenderContext,
    TaskSpec,
    Turn,
    Unparsed,
)
from rsica_data.tasks.common import TaskSettings, fixed_prompt

Answer = Callable[[FactsView, Question, int], JsonObject | None]
Render = Callable[[JsonObject, RenderContext], str]
Parse = Callable[[str, ParseContext], JsonObject | Unparsed]


def only_answer(gold: JsonObject) -> Sequence[JsonObject]:
    """The gold itself is the one accepted answer."""
    return (gold,)


def declare_task(
    name: str,
    summary: str,
    *,
    ask: Callable[[AskContext, Any], Sequence[Draft]],
    render: Render,
    parse: Parse,
    answer: Answer = lambda view, question, pick: None,
    version: int = 1,
    settings: type[BaseModel] = TaskSettings,
    accepted: Callable[[JsonObject], Sequence[JsonObject]] = only_answer,
    matches: Callable[[JsonObject, JsonObject], bool] = operator.eq,
    turns: Callable[[str, JsonObject], Sequence[GoldTurn]] | None = None,
    prompt: Callable[[Question, str, tuple[str, ...]], str | None] | None = None,
    has_prompt_file: bool = False,
    needs: tuple[str, ...] = ("mask",),
) -> TaskSpec:
    """A task; what is not given is that of a task with one turn, whose gold is its one accepted answer.

    Args:
        name: as it is registered.
        summary: one line for help texts.
        ask: ``(context, settings) -> drafts``; none where the pair lacks what the task needs.
        render: ``(answer, context) -> text``.
        parse: ``(text, context) -> answer or Unparsed``; never raises.
        answer: what the facts say; by default they settle nothing.
        version: version of the wording.
        settings: pydantic model of the recipe's settings.
        accepted: every answer that a gold accepts.
        matches: whether a gold accepts an answer.
        turns: the turns to be scored; by default one, its kind and arguments those of the gold, else the task's name.
        prompt: wording that a named prompt protocol fixes; by default none.
        has_prompt_file: the wordings of prompt protocols are in ``tasks/templates/NAME.yaml``.
        needs: what a pair must have (``captions``, ``mask``, ``flag``, ``map``).
    """

    def one_gold_turn(kind: str, gold: JsonObject) -> Sequence[GoldTurn]:
        # Gold of a task with fixed prompts is by class name, and a class may be called "kind".
        asked = Question(name) if has_prompt_file else Question(gold.get("kind", name), gold.get("args", {}))
        return (GoldTurn(name, asked, gold),)

    def prompt_of_file(question: Question, protocol: str, classes: tuple[str, ...]) -> str | None:
        return fixed_prompt(name, protocol, classes) if has_prompt_file else None

    return TaskSpec(
        name=name,
        version=version,
        summary=summary,
        settings=settings,
        ask=ask,
        render=render,
        parse=parse,
        answer=answer,
        accepted=accepted,
        matches=matches,
        turns=turns or one_gold_turn,
        prompt=prompt or prompt_of_file,
        needs=needs,
    )


def fact_task(name: str, summary: str, *, question: str, answer: Answer, render: Render, parse: Parse) -> TaskSpec:
    """A task of one question in fixed words, which the facts of a pair answer or do not settle.

    Args:
        name: as it is registered.
        summary: one line for help texts.
        question: what is asked.
        answer: ``(view, question, pick) -> answer``, None where the facts do not settle it.
        render: ``(answer, context) -> text``.
        parse: ``(text, context) -> answer or Unparsed``; never raises.
    """

    def ask(context: AskContext, settings: TaskSettings) -> Sequence[Draft]:
        gold = None if context.view is None else answer(context.view, Question(name), 0)
        if gold is None:
            return ()
        text = render(gold, RenderContext(Question(name), context.classes, settings.style))
        return (Draft(name, (Turn("user", question), Turn("assistant", text)), gold, (text,), f"{name}/1", 1),)

    return declare_task(name, summary, ask=ask, answer=answer, render=render, parse=parse)
