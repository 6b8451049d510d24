"""Two runs on the same questions: differences with intervals and p-values, and where their inputs differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from rsica_bench.files.benchmark_items import MASK_TASKS
from rsica_bench.files.row_keys import Key
from rsica_bench.metrics.bootstrap import Comparison, Resampling, compare
from rsica_bench.metrics.randomisation import holm
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_bench.run.mask_scores import MASK_COLUMNS, MASKS, aligned_tables, measure_masks
from rsica_bench.run.predictions import PREDICTIONS, read_predictions
from rsica_bench.run.result import bootstrap_json, items_by_task, open_run
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.strata import members
from rsica_bench.scoring.task_report import TaskMeasure, measure_task, restricted
from rsica_data.core.errors import UserError
from rsica_data.core.files import sha256_file
from rsica_data.dataset.reader import BuiltDataset

_KEPT = ("dataset", "split")


def compare_runs(
    first: Path,
    second: Path,
    data: Path | None,
    protocol: BenchProtocol,
    how: Resampling,
    strata: Sequence[str] = (),
) -> dict[str, Any]:
    """Compare two finished runs on the turns that both have.

    Args:
        first: run folder.
        second: run folder; differences are its figures minus those of the first.
        data: the dataset; None for the folder that the first run was made from.
        protocol: how to score both.
        how: draws, seed and level.
        strata: strata to compare within besides.

    Returns:
        ``{"first", "second", "protocol", "bootstrap", "inputs", "tasks"}``; by task the number of turns and pairs, and
        by figure ``first second difference low high p interval approximate`` (`Comparison`); leading figures also have
        ``p_holm``, adjusted for the number of leading figures of all tasks, those of strata for the number of leading
        figures in all strata of all tasks. Figures without it are not adjusted. Where both runs kept masks, these are
        tasks of their own (`MASK_TASKS`).

    Raises:
        UserError: a run is not finished, or they are of different data or splits, or share no turn.
    """
    settings, dataset = open_run(first, data)
    other, _ = open_run(second, dataset.place)
    differing = [key for key in _KEPT if settings[key] != other[key]]
    if differing:
        raise UserError(f"differs from {first} in its {' and '.join(differing)}", file=second)
    ours = items_by_task(dataset, first, settings)
    theirs = ours if _is_same(first, settings, second, other) else items_by_task(dataset, second, other)
    pairs = {task: _shared(ours[task], theirs[task]) for task in sorted(ours.keys() & theirs.keys())}
    sides = {task: _sides(task, *pair, protocol) for task, pair in pairs.items() if pair[0]}
    if not sides:
        raise UserError(f"shares no question with {first}", file=second)
    masks = _mask_sides(dataset, settings["split"], first, second)
    comparisons = _comparisons(sides, strata) + sum(len(MASK_COLUMNS[task]) for task in masks)
    tasks = {task: _compare_task(*both, strata, how, comparisons) for task, both in sides.items()}
    tasks |= {task: _compare_masks(task, *both, how, comparisons) for task, both in masks.items()}
    _adjust([(entry["metrics"], entry["columns"]) for entry in tasks.values()])
    parts = [(part["metrics"], entry["columns"]) for entry in tasks.values() for part in _parts(entry)]
    _adjust(parts)
    return {
        "first": str(first),
        "second": str(second),
        "protocol": protocol.as_json(),
        "bootstrap": bootstrap_json(how),
        "inputs": _inputs(read_predictions(first / PREDICTIONS), read_predictions(second / PREDICTIONS)),
        "tasks": tasks,
    }


def _is_same(first: Path, settings: Mapping[str, Any], second: Path, other: Mapping[str, Any]) -> bool:
    """Whether two folders hold one run."""
    scope = all(settings[key] == other[key] for key in ("tasks", "limit"))
    return scope and sha256_file(first / PREDICTIONS) == sha256_file(second / PREDICTIONS)


def _shared(ours: Sequence[ScoredItem], theirs: Sequence[ScoredItem]) -> tuple[list[ScoredItem], list[ScoredItem]]:
    """The turns that both runs have, in one order; one list where the runs are one."""
    if ours is theirs:
        kept = list(ours)
        return kept, kept
    others = {(item.instruction_id, item.turn): item for item in theirs}
    kept = [item for item in ours if (item.instruction_id, item.turn) in others]
    return kept, [others[item.instruction_id, item.turn] for item in kept]


def _sides(
    task: str, ours: Sequence[ScoredItem], theirs: Sequence[ScoredItem], protocol: BenchProtocol
) -> tuple[TaskMeasure, TaskMeasure]:
    first = measure_task(task, ours, protocol)
    return first, first if ours is theirs else measure_task(task, theirs, protocol)


def _comparisons(sides: Mapping[str, tuple[TaskMeasure, TaskMeasure]], strata: Sequence[str]) -> int:
    """How many p-values are adjusted together at most: leading figures of all tasks, or of all of their strata."""
    leading = parts = 0
    for first, _ in sides.values():
        pairs = [item.pair for item in first.items]
        leading += len(first.scorer.columns)
        parts += len(first.scorer.columns) * sum(len(members(pairs, name)) for name in strata)
    return max(leading, parts)


def _parts(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The values of all strata of a task."""
    return [part for stratum in entry.get("strata", {}).values() for part in stratum.values()]


def _compare_task(
    first: TaskMeasure, second: TaskMeasure, strata: Sequence[str], how: Resampling, comparisons: int
) -> dict[str, Any]:
    metrics = _as_json(compare(first.tables, second.tables, first.clusters, how, comparisons))
    entry: dict[str, Any] = {
        "items": len(first.items),
        "pairs": len(np.unique(first.clusters)),
        "columns": list(first.scorer.columns),
        "lead": first.scorer.lead_of(metrics),
        "metrics": metrics,
    }
    if strata:
        pairs = [item.pair for item in first.items]
        inside = {name: members(pairs, name) for name in strata}
        entry["strata"] = {name: _strata(first, second, inside[name], how, comparisons) for name in strata}
    return entry


def _mask_sides(dataset: BuiltDataset, split: str, first: Path, second: Path) -> dict[str, tuple[Table, Table]]:
    """Tables of the predicted masks by task, on the pairs of both runs; empty where a run has none."""
    if not all((run / MASKS).is_dir() for run in (first, second)):
        return {}
    measures = []
    for run in (first, second):
        asked = {name.split("#", 1)[0] for name, _ in read_predictions(run / PREDICTIONS)}
        measures.append(measure_masks(dataset, split, run, asked))
    shared = [part for part in MASK_TASKS if all(part in measure.parts() for measure in measures)]
    tables = {MASK_TASKS[part]: aligned_tables(measures, part) for part in shared}
    return {task: (one, other) for task, (one, other) in tables.items() if len(one.rows) and len(other.rows)}


def _compare_masks(task: str, first: Table, second: Table, how: Resampling, comparisons: int) -> dict[str, Any]:
    pairs = 1 + max(int(first.items.max()), int(second.items.max()))
    metrics = _as_json(compare([first], [second], np.arange(pairs), how, comparisons))
    columns = [name for name in MASK_COLUMNS[task] if name in metrics]
    return {"items": pairs, "pairs": pairs, "columns": columns, "lead": columns[0], "metrics": metrics}


def _strata(
    first: TaskMeasure, second: TaskMeasure, parts: Mapping[str, Any], how: Resampling, comparisons: int
) -> dict[str, Any]:
    columns = set(first.scorer.columns)
    part_entries = {}
    for name, inside in parts.items():
        ours = [restricted(table, inside) for table in first.tables]
        theirs = ours if first is second else [restricted(table, inside) for table in second.tables]
        both = compare(ours, theirs, first.clusters, how, comparisons)
        leading = {key: value for key, value in both.items() if key in columns}
        part_entries[name] = {"items": int(inside.sum()), "metrics": _as_json(leading)}
    return part_entries


def _as_json(comparisons: Mapping[str, Comparison]) -> dict[str, dict[str, Any]]:
    return {name: asdict(one) for name, one in comparisons.items()}


def _adjust(families: Sequence[tuple[Mapping[str, dict[str, Any]], Sequence[str]]]) -> None:
    """Adjust the p-values of leading figures for their number, given ``(figures, leading names)``."""
    leading = [metrics[name] for metrics, columns in families for name in columns if name in metrics]
    for one, p in zip(leading, holm([one["p"] for one in leading]), strict=True):
        one["p_holm"] = p


def _inputs(ours: Mapping[Key, Mapping[str, Any]], theirs: Mapping[Key, Mapping[str, Any]]) -> dict[str, int]:
    """In how many turns the prompt, or what the model was really given, differ."""
    shared = ours.keys() & theirs.keys()
    return {
        "turns": len(shared),
        "only_first": len(ours.keys() - shared),
        "only_second": len(theirs.keys() - shared),
        "other_prompt": sum(ours[key].get("prompt") != theirs[key].get("prompt") for key in shared),
        "other_seen": sum(ours[key].get("seen") != theirs[key].get("seen") for key in shared),
    }
