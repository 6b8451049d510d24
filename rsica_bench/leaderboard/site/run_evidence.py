"""What only the dataset can tell of a run: strata, the value of each answer, and which runs differ."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rsica_bench.files.run_forms import read_settings
from rsica_bench.leaderboard.boards import OwnRow, unpack_readings, unpacked_predictions
from rsica_bench.leaderboard.mask_rows import PACKED_MASKS, unpack_masks
from rsica_bench.leaderboard.site.significance_letters import group_letters
from rsica_bench.metrics.bootstrap import Resampling, compare
from rsica_bench.metrics.randomisation import differing, holm
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.reading.stored import reading_of
from rsica_bench.run.mask_scores import MaskMeasure, aligned_tables, measure_masks
from rsica_bench.run.predictions import PREDICTIONS, read_predictions
from rsica_bench.run.result import SETTINGS, measure_tasks, own_protocol
from rsica_bench.scoring.task_report import TaskMeasure, strata_report
from rsica_data.core.raw import read_bytes
from rsica_data.dataset.reader import BuiltDataset

ALL_COMPARED, ABOVE = 20, 2
"""Best rows of a table that are each compared with each, and have letters; rows above that a further row is compared
with."""

_MOST_COUNTED = 400
"""Comparisons that decide about the number of swaps: 65,536 of them, so that the least p-value is below
`randomisation.CERTAIN`, and stays significant when it is adjusted for 3,000 comparisons."""

STRATA = ("change", "objects", "size")


@dataclass(frozen=True)
class Evidence:
    """A run scored again: tables by task, and its predicted masks where it has any."""

    row: OwnRow
    tasks: Mapping[str, TaskMeasure]
    masks: MaskMeasure | None = None


class Measured(Protocol):
    """Tables of a run, and the cluster of each of their items."""

    @property
    def tables(self) -> Sequence[Table]: ...

    @property
    def clusters(self) -> NDArray[np.int64]: ...


@dataclass(frozen=True)
class _MaskTable:
    """A table of masks; each of its items is a pair."""

    tables: tuple[Table, ...]
    clusters: NDArray[np.int64]


def evidence_of(row: OwnRow, dataset: BuiltDataset, word_map: Mapping[str, int] | None) -> Evidence:
    """Score a row's predictions again, and its masks."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        (run / PREDICTIONS).write_bytes(unpacked_predictions(row))
        (run / SETTINGS).write_bytes(read_bytes(row.folder / SETTINGS))
        unpack_readings(row, run)
        settings = read_settings(row.folder / SETTINGS)
        used = word_map if settings["protocol"]["word_map_sha256"] is not None else None
        protocol = replace(own_protocol(run), word_map=used)
        tasks = measure_tasks(dataset, run, settings, protocol, reading_of(run, row.result))
        masks = None
        if (row.folder / PACKED_MASKS).is_file():
            unpack_masks(row.folder / PACKED_MASKS, run)
            asked = {name.split("#", 1)[0] for name, _ in read_predictions(run / PREDICTIONS)}
            masks = measure_masks(dataset, settings["split"], run, asked)
        return Evidence(row, tasks, masks)


def mask_tables(evidence: Mapping[str, Evidence], part: str) -> dict[str, Measured]:
    """A part of the masks of the runs that have it, on the pairs that all of them were asked about."""
    measures = {name: one.masks for name, one in evidence.items() if one.masks is not None}
    measures = {name: masks for name, masks in measures.items() if part in masks.parts()}
    if not measures:
        return {}
    tables = aligned_tables(list(measures.values()), part)
    # A part need not hold every pair: numbers up to the largest are enough for all tables.
    clusters = np.arange(1 + max((int(table.items.max(initial=-1)) for table in tables), default=-1))
    return {name: _MaskTable((table,), clusters) for name, table in zip(measures, tables, strict=True)}


def strata_of(measure: TaskMeasure) -> dict[str, Any]:
    """Leading figures by stratum; strata of one part tell nothing and are left out."""
    report = strata_report(measure, STRATA, Resampling(0))
    return {name: parts for name, parts in report.items() if len(parts) > 1}


def item_values(measure: TaskMeasure, column: str) -> NDArray[np.float64]:
    """A figure of each single item, shape ``[items]``; NaN where an item has none."""
    values = np.full(len(measure.items), np.nan)
    table = _table_of(measure.tables, column)
    if table is not None:
        values[table.items] = table.named_figures(table.rows)[column]
    return values


def _table_of(tables: Sequence[Table], column: str) -> Table | None:
    return next((one for one in tables if column in one.named_figures(np.zeros(one.rows.shape[1]))), None)


def compared_pairs(ranked: Sequence[str]) -> list[tuple[str, str]]:
    """Which runs of a table are compared with which: their number grows with the rows, not with their square.

    Up to `ALL_COMPARED` rows each with each; a row further down with the best one and the `ABOVE` rows before it.

    Args:
        ranked: runs, best first.

    Returns:
        Names of two runs each, both and all in alphabetical order.
    """
    places = list(combinations(range(min(len(ranked), ALL_COMPARED)), 2))
    for place in range(ALL_COMPARED, len(ranked)):
        places += [(0, place), *((other, place) for other in range(place - ABOVE, place))]
    names = (sorted((ranked[one], ranked[other])) for one, other in places)
    return sorted((one, other) for one, other in names)


def compare_rows(
    measures: Mapping[str, Measured], ranked: Sequence[str], columns: Sequence[str], how: Resampling
) -> dict[str, Any]:
    """Runs of a table in pairs: ``{"A|B": {figure: {difference, low, high, p, p_holm, approximate}}}``; ``p_holm`` is
    adjusted for the pairs of runs that have the figure.

    Args:
        measures: the runs' measures, by name.
        ranked: their names, best first: see `compared_pairs`.
        columns: figures to compare.
        how: draws, seed, level.
    """
    pairs: dict[str, Any] = {}
    both = compared_pairs(ranked)
    tables = {name: _holding(measures[name], columns) for name in ranked}
    for one, other in both:
        clusters, counted = measures[one].clusters, min(len(both), _MOST_COUNTED)
        figures = compare(tables[one], tables[other], clusters, how, counted, only=columns)
        pairs[f"{one}|{other}"] = {
            name: {"difference": c.difference, "low": c.low, "high": c.high, "p": c.p, "approximate": c.approximate}
            for name, c in figures.items()
        }
    for column in columns:
        holding = [figures[column] for figures in pairs.values() if column in figures]
        for figure, p in zip(holding, holm([figure["p"] for figure in holding]), strict=True):
            figure["p_holm"] = p
    return pairs


def _holding(measured: Measured, columns: Sequence[str]) -> list[Table]:
    """The tables that have one of the figures, each once."""
    kept = [table for name in columns if (table := _table_of(measured.tables, name)) is not None]
    return list({id(table): table for table in kept}.values())


def letters_of(ranked: Sequence[str], pairs: Mapping[str, Any], column: str) -> dict[str, str]:
    """Significance groups of a figure over the pairs of the table, see `differing`."""
    keys = [key for key, figures in pairs.items() if column in figures]
    apart = differing([pairs[key][column]["p"] for key in keys])
    different_pairs = {frozenset(key.split("|")) for key, is_apart in zip(keys, apart, strict=True) if is_apart}
    return group_letters(ranked, {pair for pair in different_pairs if pair <= set(ranked)})
