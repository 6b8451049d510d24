"""What scoring a published file gives, and the items that stand for its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_bench.metrics.resampling import Resampling
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_bench.scoring.task_report import measure_task, task_report
from rsica_data.schema import GoldTurn, JsonObject, Question


@dataclass(frozen=True)
class Scored:
    """A file's figures.

    Attributes:
        task, protocol: as tables of the board name them.
        entry: figures with intervals, as of a task in a result.
        counted: the key of the benchmark's ``items`` that counts what was scored.
    """

    task: str
    protocol: str
    entry: dict[str, Any]
    counted: str


def item_of(
    task: str, name: str, gold: JsonObject, answer: JsonObject | None, *, changed: bool | None = None, raw: str = ""
) -> ScoredItem:
    """An item of a file, as runs have it: its gold and what was said, without a pair's facts."""
    return ScoredItem(
        instruction_id=name,
        turn=0,
        pair=PairFacts(name, "", "", changed, None),
        gold=GoldTurn(task, Question(task), gold),
        prompt="",
        raw=raw,
        answer=answer,
        reason=None if answer is not None else "no reply",
        classes=(),
    )


def entry_of(task: str, items: Sequence[ScoredItem], protocol: BenchProtocol, how: Resampling) -> dict[str, Any]:
    """The figures of items, by the scorer that runs have too."""
    return task_report(measure_task(task, items, protocol), how)


def without_empty(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry without parts that say nothing."""
    return {key: value for key, value in entry.items() if value not in ({}, [])}
