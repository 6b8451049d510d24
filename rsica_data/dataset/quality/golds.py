"""Tasks and golds of the rows of a dataset."""

from __future__ import annotations

import logging
from functools import cache

from rsica_data.core import registry
from rsica_data.schema import GoldTurn, Instruction, TaskSpec

_LOG = logging.getLogger(__name__)


@cache
def task_of(name: str) -> TaskSpec:
    """The task of that name."""
    spec: TaskSpec = registry.load(registry.TASKS, name)
    return spec


def turns_of(item: Instruction) -> list[tuple[GoldTurn, str, str]] | None:
    """Gold, question and answer text of each assistant turn; None where the task is not installed or not of the gold.

    ``rsica-data validate`` tells what is wrong with such a row.
    """
    try:
        golds = task_of(item.task).turns(item.kind, item.gold)
        texts = [turn.content for turn in item.turns]
        turns = list(zip(golds, texts[::2], texts[1::2], strict=True))
        for gold, _, _ in turns:
            task_of(gold.task).accepted(gold.gold)
    except Exception as error:  # a task of somebody else's may raise anything
        _LOG.debug("%s: %s", item.instruction_id, error)
        return None
    return turns


def is_text(item: Instruction) -> bool:
    """Whether the answers of a row are free text, of which several differing ones may be right."""
    golds = [gold for gold, _, _ in turns_of(item) or ()]
    return not golds or any(
        set(answer) == {"text"} for gold in golds for answer in task_of(gold.task).accepted(gold.gold)
    )
