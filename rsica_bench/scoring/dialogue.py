"""Dialogue: every turn by its own task's scorer, whole conversations, and whether their answers agree.

Figures:
    success: share of conversations with every typed turn right. Averaging: mean over conversations. Source: this
        project.
    contradictory_share: share of conversations with two answers that cannot both be true. Averaging: mean over
        conversations. Source: this project.
"""

from __future__ import annotations

import itertools
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from rsica_bench.metrics.statistics_tables import Table, mean_table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.consistency import contradictions
from rsica_bench.scoring.first_numbers import first_numbers
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.mention_scores import LOWER
from rsica_bench.scoring.open_qa import FREE_TEXT
from rsica_data.core import registry
from rsica_data.core.freed_memory import return_freed_memory
from rsica_data.schema import TaskSpec


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Figures of each turn's task under its name (``counting/mae``), ``success`` and ``contradictory_share``.

    ``success`` is the share of conversations in which every typed turn is right; descriptions and free-text answers
    are judged by their caption scores alone. ``contradictory_share`` is the share in which two answers cannot both be
    true, among conversations whose turns were all read or that contradict themselves as far as they were.
    """
    by_task: dict[str, array[int]] = defaultdict(lambda: array("q"))
    for number, item in enumerate(items):
        by_task[item.gold.task].append(number)
    tables: list[Table] = []
    absent: dict[str, str] = {}
    for name, places in by_task.items():
        scorer: ScorerSpec = registry.load(registry.SCORERS, name)
        numbers = np.array(places, np.int64)
        measured = scorer.measure(Picked(items, numbers), protocol)
        tables += [table.on_disk().under(f"{name}/", numbers) for table in measured.tables]
        absent |= {f"{name}/{metric}": reason for metric, reason in measured.absent.items()}
        del measured
        return_freed_memory()  # before the turns of the next task are measured
    tables += _whole(items)
    return Measured(tuple(tables), absent)


def _whole(items: Sequence[ScoredItem]) -> list[Table]:
    """Figures of whole conversations, each at the place of its first turn, or of its first typed one for success."""
    known, clashes, judged, successes = array("q"), array("b"), array("q"), array("b")
    for numbers in _conversations(items):
        turns = [items[number] for number in numbers]
        clash = bool(contradictions(turns))
        if clash or all(item.answer is not None for item in turns):
            known.append(numbers[0])
            clashes.append(clash)
        typed = [place for place, item in enumerate(turns) if not _free(item)]
        if typed:
            judged.append(numbers[typed[0]])
            successes.append(all(_hit(turns[place]) for place in typed))
    tables = []
    if known:
        tables.append(mean_table(np.array(known), contradictory_share=np.array(clashes, bool)))
    if judged:
        tables.append(mean_table(np.array(judged), success=np.array(successes, bool)))
    return tables


def _conversations(items: Sequence[ScoredItem]) -> Iterator[list[int]]:
    """Places of the turns of each conversation, in the order in which these begin."""
    conversation = first_numbers(item.instruction_id for item in items)
    order = np.argsort(conversation, kind="stable")
    starts = np.flatnonzero(np.diff(conversation[order], prepend=-1))
    for begin, end in itertools.pairwise([*starts.tolist(), len(order)]):
        yield order[begin:end].tolist()


def _free(item: ScoredItem) -> bool:
    return item.gold.task == "captioning" or item.gold.question.kind == FREE_TEXT


def _hit(item: ScoredItem) -> bool:
    task: TaskSpec = registry.load(registry.TASKS, item.gold.task)
    return item.answer is not None and task.matches(item.gold.gold, item.answer)


SCORER = ScorerSpec(
    "dialogue",
    measure,
    (
        "success",
        "contradictory_share",
        "classification/accuracy",
        "counting/mae",
        "localization/f1",
        "captioning/CIDEr",
        "unparsed_share",
    ),
    lower=("contradictory_share", "counting/mae", "unparsed_share", *LOWER),
)
