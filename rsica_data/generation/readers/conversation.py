"""A conversation: ``{"turns": [{"asks", "question", "answer"}, ...]}`` becomes one dialogue row.

A turn whose answer reads as the gold of a typed task is a turn of that task, scored as such; any other is an open
question with a free-text answer. Either way its words are checked against the facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from rsica_data.claims import without_marks
from rsica_data.core import registry
from rsica_data.generation.material import Material
from rsica_data.generation.readers.base import Read, Reader, identity, tidy
from rsica_data.generation.types import Candidate, Partial, PromptRequest, Refusal, Statement
from rsica_data.schema import JsonObject, ParseContext, Question, TaskSpec, Turn, Unparsed

_TASKS = {"whether": "classification", "how_much": "counting", "where": "localization"}
_FEWEST, _MOST = 3, 8


def variables(order: PromptRequest, seed: int) -> Mapping[str, Any]:
    """How many questions this conversation has: drawn between the prompt's options ``least`` and ``most``."""
    if order.partial is not None:
        refused = order.partial.refused
        kept = [{**part, "refused": refused.get(number)} for number, part in enumerate(order.partial.parts)]
        return {"turns": len(refused), "kept_turns": kept}
    options = order.job.prompt.options
    least = min(max(int(options["least"]), _FEWEST), _MOST)
    most = min(max(int(options["most"]), least), _MOST)
    return {"turns": Random(seed).randint(least, most), "kept_turns": []}  # noqa: S311 - not for security


def read(data: Any, order: PromptRequest) -> Read:
    """One dialogue, or the reason why there is none."""
    entries = _whole(data["turns"], order.partial)
    turns = [(entry["asks"], tidy(entry["question"]), tidy(entry["answer"])) for entry in entries]
    shown = " / ".join(f"{question} {without_marks(answer)}" for _, question, answer in turns)
    if not _FEWEST <= len(turns) <= _MOST:
        reason = f"a conversation has {_FEWEST} to {_MOST} questions, this has {len(turns)}"
        return [Refusal("length", reason, shown)]
    if any(not question or not answer for _, question, answer in turns):
        return [Refusal("empty", "every turn needs a question and an answer", shown)]
    asked = [identity(question) for _, question, _ in turns]
    if len(set(asked)) < len(asked):
        return [Refusal("duplicate", "a question appears twice in the conversation", shown)]
    material = order.job.material
    plain = [(asks, question, without_marks(answer)) for asks, question, answer in turns]
    golds = [_gold(asks, question, answer, material) for asks, question, answer in plain]
    candidate = Candidate(
        task="dialogue",
        kind="dialogue",
        turns=tuple(
            turn for _, question, answer in plain for turn in (Turn("user", question), Turn("assistant", answer))
        ),
        gold={"turns": golds},
        references=tuple(answer for _, _, answer in plain),
        statements=tuple(Statement(answer, question) for _, question, answer in turns),
        identity=" | ".join(asked),
        shown=shown,
        parts=tuple({"asks": asks, "question": question, "answer": answer} for asks, question, answer in turns),
    )
    return [candidate]


def _whole(entries: Sequence[JsonObject], partial: Partial | None) -> Sequence[JsonObject]:
    """The turns of a reply; where only refused turns were asked for, among those that stand."""
    if partial is None or len(entries) != len(partial.refused):
        return entries
    rewritten = iter(entries)
    return [next(rewritten) if number in partial.refused else part for number, part in enumerate(partial.parts)]


def _gold(asks: str, question: str, answer: str, material: Material) -> JsonObject:
    if asks == "describe":
        return {"task": "captioning", "gold": {"captions": [answer]}}
    if asks in _TASKS:
        gold = typed_gold(_TASKS[asks], material)
        if gold is not None and _says(answer, _TASKS[asks], gold, material):
            return {"task": _TASKS[asks], "gold": gold}
    return {"task": "open_qa", "gold": {"kind": "text", "question": question, "references": [answer]}}


def typed_gold(name: str, material: Material) -> JsonObject | None:
    """The gold of a task with one question about a pair."""
    if name == "classification":
        return None if material.changed is None else {"changed": material.changed}
    task: TaskSpec = registry.load(registry.TASKS, name)
    return None if material.view is None else task.answer(material.view, Question(name), 0)


def _says(text: str, name: str, gold: JsonObject, material: Material) -> bool:
    task: TaskSpec = registry.load(registry.TASKS, name)
    parsed = task.parse(text, ParseContext(Question(name), material.classes))
    return not isinstance(parsed, Unparsed) and task.matches(gold, parsed)


READER = Reader(read, variables, single=True)
