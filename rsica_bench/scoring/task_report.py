"""What a result says of a task: figures, their intervals, strata, replies that could not be read.

Figures:
    unparsed_share: turns without an answer / turns. Averaging: mean over turns. Source: this project.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.intervals import find_intervals
from rsica_bench.metrics.statistics_tables import Table, mean_table, scores_of_tables
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import ScoredItem, ScorerSpec
from rsica_bench.scoring.first_numbers import first_numbers
from rsica_bench.scoring.strata import members
from rsica_bench.scoring.unread import unread
from rsica_data.core import registry
from rsica_data.core.files import utf8_text
from rsica_data.core.freed_memory import return_freed_memory

_QUOTED = re.compile(r"(?<!\w)'.*?'(?!\w)|\"[^\"]*\"", re.DOTALL)
_LONGEST_REASON = 100


@dataclass(frozen=True)
class TaskMeasure:
    """A task's items and the tables that its scorer made of them."""

    scorer: ScorerSpec
    items: Sequence[ScoredItem]
    tables: tuple[Table, ...]
    absent: dict[str, str]

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Number of the image pair of each item, shape ``[items]``: pairs, not rows, are drawn."""
        return first_numbers(item.pair.pair_id for item in self.items)


def measure_task(task: str, items: Sequence[ScoredItem], protocol: BenchProtocol) -> TaskMeasure:
    """Measure a task's items, and the share of turns without an answer."""
    scorer: ScorerSpec = registry.load(registry.SCORERS, task)
    measured = scorer.measure(items, protocol)
    return_freed_memory()
    unread_table = mean_table(unparsed_share=unread(items))
    tables = tuple(table.on_disk() for table in (*measured.tables, unread_table))
    return TaskMeasure(scorer.under(protocol.name), items, tables, measured.absent)


def task_report(measure: TaskMeasure, how: Resampling) -> dict[str, Any]:
    """The entry of a task in a result."""
    scores, clusters = scores_of_tables(measure.tables), measure.clusters
    reasons = Counter(reason_kind(item.reason) for item in measure.items if item.reason is not None)
    report: dict[str, Any] = {
        "items": len(measure.items),
        "pairs": int(clusters.max(initial=-1)) + 1,
        "unparsed": sum(item.answer is None for item in measure.items),
        "metrics": scores.values,
        "absent": measure.absent | scores.absent,
        "unparsed_reasons": dict(sorted(reasons.items())),
    }
    by_model = sum(item.read_by == "model" for item in measure.items)
    if by_model:
        report["read_by_model"] = by_model
    if how.draws:
        report |= find_intervals(measure.tables, clusters, how).as_json(scores.values)
    return report


def reason_kind(reason: str) -> str:
    """A reason without what it quotes, so that replies with the same fault are counted together."""
    kind = utf8_text(" ".join(_QUOTED.sub("'..'", reason).split()))
    return kind if len(kind) <= _LONGEST_REASON else kind[: _LONGEST_REASON - 2] + ".."


def unparsed_report(tasks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Unparsed replies of all tasks of a result: ``{"items", "unparsed", "unparsed_reasons"}``, as of each task."""
    reasons: Counter[str] = Counter()
    for entry in tasks.values():
        reasons.update(entry["unparsed_reasons"])
    counts = {name: sum(int(entry[name]) for entry in tasks.values()) for name in ("items", "unparsed")}
    return {**counts, "unparsed_reasons": dict(sorted(reasons.items()))}


def strata_report(measure: TaskMeasure, chosen: Sequence[str], how: Resampling) -> dict[str, Any]:
    """Leading figures by stratum and its value: ``{"change": {"changed": {"items", "metrics", "intervals"}}}``.

    CIDEr has the document frequencies of the whole set there.
    """
    pairs = [item.pair for item in measure.items]
    columns = set(measure.scorer.columns)
    return {
        stratum: {
            name: _part(measure, inside, columns, how)
            for name, inside in members(pairs, stratum).items()
            if inside.any()
        }
        for stratum in chosen
    }


def _part(measure: TaskMeasure, inside: NDArray[np.bool_], columns: set[str], how: Resampling) -> dict[str, Any]:
    scores = scores_of_tables(measure.tables, inside)
    tables = [restricted(table, inside) for table in measure.tables]
    return {
        "items": int(inside.sum()),
        "metrics": {name: value for name, value in scores.values.items() if name in columns},
        **find_intervals(tables, measure.clusters, how).as_json(columns & scores.values.keys()),
    }


def restricted(table: Table, inside: NDArray[np.bool_]) -> Table:
    """The table of the items that ``inside`` marks, shape ``[items]``; their numbers stay.

    Frequencies are those of the whole set: that they vary does not count.
    """
    kept = inside[table.items]
    return replace(table, rows=table.rows[kept], items=table.items[kept], spread=None)
