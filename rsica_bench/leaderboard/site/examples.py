"""Answers worth looking at: a run's errors of each kind, its best and worst, and those that runs disagree on most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.leaderboard.site.answer_errors import FAULTS, contradicting, faults_of, told_values
from rsica_bench.leaderboard.site.read_spans import marks_of
from rsica_bench.leaderboard.site.run_evidence import item_values
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.descriptions import readable
from rsica_bench.scoring.task_report import TaskMeasure
from rsica_data.geometry.cells import CELLS

KEPT = 300  # items of a task that a page holds
_OF_A_KIND = 8  # errors of one kind of one run

Values = NDArray[np.float64]
Faults = Mapping[str, Sequence[list[str]]]
"""Kinds of errors of each item, by run."""


def example_rows(runs: Mapping[str, TaskMeasure], column: str, lower: bool) -> dict[str, Any]:
    """Items with the answers of every run: ``{"column", "lower", "items": [{id, prompt, answers, values, ..}], ..}``.

    At most `KEPT` items of which every run has a value: errors of each kind of each run, different questions and
    replies first; those that the runs differ on most; the best and the worst of each.
    """
    names = sorted(runs)
    values = np.stack([item_values(runs[name], column) for name in names])
    known: list[int] = np.flatnonzero(~np.isnan(values).any(axis=0)).tolist()
    spread = values.max(axis=0) - values.min(axis=0) if len(values) else np.zeros(0)
    order = sorted(known, key=lambda place: (-spread[place], runs[names[0]].items[place].instruction_id))
    faults = {name: _faults(runs[name].items) for name in names}
    wrong = _wrong(runs, faults, order)[: KEPT // 2]
    chosen = list(dict.fromkeys([*wrong, *_mixed(order, values, known, lower)]))[:KEPT]
    places = {place: number for number, place in enumerate(order)}
    return {
        "column": column,
        "label": readable(column),
        "lower": lower,
        "faults": FAULTS,
        "items": [
            _row(place, names, runs, values, float(spread[place]), faults)
            for place in sorted(chosen, key=places.__getitem__)
        ],
    }


def diverse(places: Sequence[int], items: Sequence[ScoredItem], most: int) -> list[int]:
    """At most ``most`` of some places: one of each question first, then those with replies that are not there yet.

    Example:
        Of three items with the questions a, a, b these are the first, the third, and then the second where its reply
        is another one.
    """
    by_prompt: dict[str, int] = {}
    for place in places:
        by_prompt.setdefault(items[place].prompt, place)
    kept = list(by_prompt.values())[:most]
    replies = {items[place].raw for place in kept}
    for place in places:
        if len(kept) == most:
            break
        if items[place].raw not in replies:
            replies.add(items[place].raw)
            kept.append(place)
    return kept


def _faults(items: Sequence[ScoredItem]) -> list[list[str]]:
    clash = contradicting(items)
    kinds = [faults_of(item) + (["contradiction"] if place in clash else []) for place, item in enumerate(items)]
    return [[kind for kind in FAULTS if kind in item_kinds] for item_kinds in kinds]


def _wrong(runs: Mapping[str, TaskMeasure], faults: Faults, order: Sequence[int]) -> list[int]:
    """Errors of each kind of each run, the first of each before the second of any."""
    lists = [
        diverse([place for place in order if kind in run_faults[place]], runs[name].items, _OF_A_KIND)
        for kind in FAULTS
        for name, run_faults in faults.items()
    ]
    return list(dict.fromkeys(place for place in chain(*zip_longest(*lists)) if place is not None))


def _mixed(order: Sequence[int], values: Values, known: Sequence[int], lower: bool) -> list[int]:
    """The most contested half, then each run's best and worst, then the rest."""
    sign = 1 if lower else -1
    ends: list[int] = []
    for row in values:
        ranked = sorted(known, key=lambda place: sign * row[place])
        ends += [*ranked[:10], *ranked[-10:]]
    return list(dict.fromkeys([*order[: KEPT // 2], *ends, *order]))


def _row(
    place: int, names: Sequence[str], runs: Mapping[str, TaskMeasure], values: Values, spread: float, faults: Faults
) -> dict[str, Any]:
    item: ScoredItem = runs[names[0]].items[place]
    return {
        "id": item.instruction_id if item.turn == 0 else f"{item.instruction_id} turn {item.turn + 1}",
        "pair": item.pair.pair_id,
        "changed": item.pair.changed,
        "kind": item.gold.question.kind,
        "prompt": item.prompt,
        "references": list(item.references),
        "cells": _cells(item.gold.gold),
        "answers": {name: _answer(runs[name].items[place], faults[name][place]) for name in names},
        "values": {name: float(values[number, place]) for number, name in enumerate(names)},
        "spread": spread,
    }


def _answer(item: ScoredItem, faults: Sequence[str]) -> dict[str, Any]:
    return {
        "raw": item.raw,
        "reason": item.reason,
        "marks": marks_of(item),
        "faults": list(faults),
        "told": told_values(item),
        "cells": _cells(item.answer or {}),
    }


def _cells(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Cells by class, or by ``value`` where one question has them; other answers have none."""
    return {
        name: list(value)
        for name, value in values.items()
        if isinstance(value, (list, tuple)) and value and all(isinstance(cell, str) and cell in CELLS for cell in value)
    }
