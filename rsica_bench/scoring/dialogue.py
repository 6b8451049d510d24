"""Dialogue: every turn by its own task's scorer, whole conversations, and whether their answers agree.

Figures:
    success: share of conversations with every typed turn right. Averaging: mean over conversations. Source: this
        project.
    contradictory_share: share of conversations with two answers that cannot both be true. Averaging: mean over
        conversations. Source: this project.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.statistics_tables import Table, mean_table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.consistency import contradictions
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.mention_scores import LOWER
from rsica_bench.scoring.open_qa import FREE_TEXT
from rsica_data.core import registry
from rsica_data.schema import TaskSpec


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Figures of each turn's task under its name (``counting/mae``), ``success`` and ``contradictory_share``.

    ``success`` is the share of conversations in which every typed turn is right; descriptions and free-text answers
    are judged by their caption scores alone. ``contradictory_share`` is the share in which two answers cannot both be
    true, among conversations whose turns were all read or that contradict themselves as far as they were.
    """
    by_task: dict[str, list[int]] = defaultdict(list)
    conversations: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        by_task[item.gold.task].append(number)
        conversations[item.instruction_id].append(number)
    tables: list[Table] = []
    absent: dict[str, str] = {}
    for name, numbers in by_task.items():
        scorer: ScorerSpec = registry.load(registry.SCORERS, name)
        measured = scorer.measure(Picked(items, numbers), protocol)
        tables += [table.on_disk().under(f"{name}/", np.array(numbers)) for table in measured.tables]
        absent |= {f"{name}/{metric}": reason for metric, reason in measured.absent.items()}
    tables += _whole(items, list(conversations.values()))
    return Measured(tuple(tables), absent)


def _whole(items: Sequence[ScoredItem], conversations: Sequence[Sequence[int]]) -> list[Table]:
    """Figures of whole conversations; each counts at the place of its first turn."""
    first = [numbers[0] for numbers in conversations]
    clash = [bool(contradictions([items[number] for number in numbers])) for numbers in conversations]
    whole = [all(items[number].answer is not None for number in numbers) for numbers in conversations]
    known = [place for place, is_clash in enumerate(clash) if is_clash or whole[place]]
    typed = [[number for number in numbers if not _free(items[number])] for numbers in conversations]
    judged = [numbers for numbers in typed if numbers]
    success = [all(_hit(items[number]) for number in numbers) for numbers in judged]
    tables = []
    if known:
        tables.append(mean_table([first[n] for n in known], contradictory_share=[clash[n] for n in known]))
    if judged:
        tables.append(mean_table([numbers[0] for numbers in judged], success=success))
    return tables


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
