"""Answers worth looking at: a run's best and worst, and those that runs disagree on most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.leaderboard.site.evidence import item_values
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.report import TaskMeasure

KEPT = 300  # items of a task that a page holds


def example_rows(runs: Mapping[str, TaskMeasure], column: str, lower: bool) -> dict[str, Any]:
    """Items with the answers of every run: ``{"column", "lower", "items": [{id, prompt, answers, values, ..}]}``.

    At most `KEPT` items, those that the runs differ on most first; items of which every run has a value.
    """
    names = sorted(runs)
    values = np.stack([item_values(runs[name], column) for name in names])
    known: list[int] = np.flatnonzero(~np.isnan(values).any(axis=0)).tolist()
    spread = values.max(axis=0) - values.min(axis=0) if len(values) else np.zeros(0)
    order = sorted(known, key=lambda place: (-spread[place], runs[names[0]].items[place].instruction_id))
    chosen = _mixed(order, values, known, lower)[:KEPT]
    return {
        "column": column,
        "lower": lower,
        "items": [_row(place, names, runs, values, float(spread[place])) for place in chosen],
    }


def _mixed(order: Sequence[int], values: NDArray[np.float64], known: Sequence[int], lower: bool) -> list[int]:
    """The most contested half, then each run's best and worst, then the rest."""
    sign = 1 if lower else -1
    ends: list[int] = []
    for row in values:
        ranked = sorted(known, key=lambda place: sign * row[place])
        ends += [*ranked[:10], *ranked[-10:]]
    return list(dict.fromkeys([*order[: KEPT // 2], *ends, *order]))


def _row(
    place: int, names: Sequence[str], runs: Mapping[str, TaskMeasure], values: NDArray[np.float64], spread: float
) -> dict[str, Any]:
    item: ScoredItem = runs[names[0]].items[place]
    return {
        "id": item.instruction_id if item.turn == 0 else f"{item.instruction_id} turn {item.turn + 1}",
        "pair": item.pair.pair_id,
        "changed": item.pair.changed,
        "prompt": item.prompt,
        "references": list(item.references),
        "answers": {name: _said(runs[name].items[place]) for name in names},
        "values": {name: float(values[number, place]) for number, name in enumerate(names)},
        "spread": spread,
    }


def _said(item: ScoredItem) -> dict[str, Any]:
    return {"raw": item.raw, "reason": item.reason}
