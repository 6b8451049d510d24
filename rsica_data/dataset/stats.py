"""Statistics of a built dataset: counts by split and task, distributions of classes, object counts and grid cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from rsica_data.core.command_line import counted
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json_object
from rsica_data.core.parquet import need_columns
from rsica_data.core.workers import run_units
from rsica_data.dataset.file_checks import DAMAGE_HINT
from rsica_data.dataset.quality import Learned, blind_rows, learn
from rsica_data.dataset.quality.quality_report import blind_lines, checks_lines
from rsica_data.dataset.reader import BuiltDataset, Shard
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import view_facts
from rsica_data.schema.arrow import INSTRUCTIONS_SCHEMA
from rsica_data.schema.rules import DISTRIBUTION_BINS, bin_name, bin_of


def dataset_stats(dataset: BuiltDataset, workers: int = 1, counted: CountedShards | None = None) -> dict[str, Any]:
    """Statistics by split, from the files themselves and not from the manifest.

    Args:
        dataset: whose rows.
        workers: processes; the statistics do not depend on it.
        counted: what all its shards count, where they were read already.

    Returns:
        ``{"name", "sha256", "splits": {SPLIT: {"pairs", "changed", "tasks": {TASK: n}, "kinds": {TASK: {KIND: n}},
        "classes": {CLASS: {"pairs", "objects", "area_px", "count_bins", "cells"}}}}, "rejected", "checks", "blind"}``.
        Counts and cells are those of the dataset's own rules; ``"checks"`` is what those of the recipe did, and
        ``"blind"`` the balance of answers and what is right without looking, as ``quality.blind_rows`` gives it.
    """
    counted = counted or _read_shards(dataset, workers)
    return {
        "name": dataset.name,
        "sha256": dataset.hash,
        "splits": _splits(dataset, counted),
        "rejected": dataset.manifest["counts"]["rejected"],
        "checks": dataset.manifest.get("checks"),
        "blind": blind_rows(dataset, workers, counted.learned),
    }


@dataclass
class _Counts:
    """What the rows of one shard, or of several, count."""

    pairs: int = 0
    changed: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    classes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def merge(self, other: _Counts) -> None:
        self.pairs += other.pairs
        self.changed += other.changed
        self.kinds.update(other.kinds)
        for name, entry in other.classes.items():
            _add_entry(self.classes.setdefault(name, _empty()), entry)


def _add_entry(total: dict[str, Any], entry: dict[str, Any]) -> None:
    for key, value in entry.items():
        if isinstance(value, dict):
            _add_entry(total[key], value)
        else:
            total[key] += value


@dataclass
class Writers:
    """Who wrote the instructions.

    Attributes:
        counts: rows by task, method and outcome of the check against the facts.
        models: names of the models, by task and method.
    """

    counts: Counter[tuple[str, str, bool | None]] = field(default_factory=Counter)
    models: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def add(self, dataset: BuiltDataset, shard: Shard) -> None:
        """Count the rows of a shard.

        Raises:
            UserError: its file is missing or damaged, or a row does not say who wrote it.
        """
        with dataset.opened(shard.instructions) as file:
            columns = ["task", "provenance"]
            wanted = pa.schema([INSTRUCTIONS_SCHEMA.field(name) for name in columns])
            need_columns(file, wanted, shard.instructions, hint=DAMAGE_HINT)
            rows = file.read(columns=columns).to_pylist()
        for number, row in enumerate(rows, 1):
            task, provenance = row["task"], row["provenance"]
            if task is None or provenance is None or provenance["method"] is None:
                key = f"row {number}, {'task' if task is None else 'provenance'}"
                raise UserError("is null", file=shard.instructions, key=key, hint=DAMAGE_HINT)
            self.counts[task, provenance["method"], provenance["verified"]] += 1
            model = provenance["model"]
            self.models.setdefault((task, provenance["method"]), set()).update([model] if model else [])


@dataclass
class CountedShards:
    """What the shards of a dataset count, and what the training split tells, each shard read once for both.

    Attributes:
        by_shard: counts of each.
        learned: what those of the training split tell together.
        writers: rows by task, method and outcome of the check, where they are asked for.
    """

    by_shard: dict[Shard, _Counts] = field(default_factory=dict)
    learned: Learned = field(default_factory=Learned)
    writers: Writers = field(default_factory=Writers)

    def add(self, dataset: BuiltDataset, shard: Shard) -> None:
        """Count a shard, for :func:`dataset_stats` and :func:`provenance_stats`.

        Raises:
            UserError: one of its files is missing or damaged.
        """
        self.note(shard, *_count_shard((dataset, shard)))
        self.writers.add(dataset, shard)

    def note(self, shard: Shard, counts: _Counts, learned: Learned) -> None:
        """Take up what a shard counts."""
        self.by_shard[shard] = counts
        self.learned.merge(learned)


def _read_shards(dataset: BuiltDataset, workers: int) -> CountedShards:
    counted = CountedShards()
    units = [(dataset.with_one_shard(shard), shard) for split in dataset.splits for shard in dataset.shards(split)]
    for (_, shard), (counts, learned) in run_units(_count_shard, units, workers):
        counted.note(shard, counts, learned)
    return counted


def _splits(dataset: BuiltDataset, counted: CountedShards) -> dict[str, Any]:
    totals = {split: _Counts() for split in dataset.splits}
    for shard in dataset.shards():  # in their order, which is that of the classes
        totals[shard.split].merge(counted.by_shard[shard])
    return {split: _split_json(counts) for split, counts in totals.items()}


def _count_shard(unit: tuple[BuiltDataset, Shard]) -> tuple[_Counts, Learned]:
    dataset, shard = unit
    counts = _Counts()
    _count_pairs(dataset, shard, counts)
    items = list(dataset.shard_instructions(shard))
    for item in items:
        counts.kinds[item.task, item.kind] += 1
    return counts, learn(items if shard.split == "train" else ())


def _count_pairs(dataset: BuiltDataset, shard: Shard, counts: _Counts) -> None:
    for pair in dataset.shard_pairs(shard, images=False):
        counts.pairs += 1
        counts.changed += bool(pair.changed)
        if pair.facts is None:
            continue
        view = view_facts(pair.facts, dataset.rules, pair.changed)
        for name in view.classes:
            entry = counts.classes.setdefault(name, _empty())
            count = view.counts[name]
            entry["pairs"] += count > 0
            entry["objects"] += count
            entry["area_px"] += view.area_px[name]
            entry["count_bins"][bin_of(count, DISTRIBUTION_BINS)] += 1
            for cell in view.cells[name]:
                entry["cells"][cell] += 1


def _split_json(counts: _Counts) -> dict[str, Any]:
    kinds: dict[str, dict[str, int]] = {}
    for (task, kind), number in sorted(counts.kinds.items()):
        kinds.setdefault(task, {})[kind] = number
    return {
        "pairs": counts.pairs,
        "changed": counts.changed,
        "tasks": {task: sum(kind_counts.values()) for task, kind_counts in kinds.items()},
        "kinds": kinds,
        "classes": counts.classes,
    }


def _empty() -> dict[str, Any]:
    bins = {bin_name(limits): 0 for limits in DISTRIBUTION_BINS}
    return {"pairs": 0, "objects": 0, "area_px": 0, "count_bins": bins, "cells": dict.fromkeys(CELLS, 0)}


def format_stats(statistics: dict[str, Any]) -> str:
    """Statistics as tables for a terminal."""
    import pandas as pd

    lines = [f"{statistics['name']}  sha256 {statistics['sha256'][:16]}"]
    table = pd.DataFrame(
        {
            split: {"pairs": stats["pairs"], "changed": stats["changed"], **stats["tasks"]}
            for split, stats in statistics["splits"].items()
        }
    )
    lines.append(table.fillna(0).astype(int).to_string())
    for split, stats in statistics["splits"].items():
        for name, entry in stats["classes"].items():
            bins = ", ".join(f"{label}: {number}" for label, number in entry["count_bins"].items() if number)
            cells = " ".join(str(number) for number in entry["cells"].values())
            lines.append(
                f"{split} {name}: {counted(entry['objects'], 'object')} in {counted(entry['pairs'], 'pair')}; "
                f"pairs by count {bins}"
            )
            lines.append(f"  pairs by grid cell, row by row: {cells}")
    lines += blind_lines(statistics["blind"])
    if statistics["checks"]:
        lines += [f"checks: {line}" for line in checks_lines(statistics["checks"])]
    if statistics["rejected"]:
        lines.append(f"skipped: {statistics['rejected']}")
    return "\n".join(lines)


def provenance_stats(dataset: BuiltDataset, writers: Writers | None = None) -> list[dict[str, Any]]:
    """How the instructions were written and how many of them were checked against the facts.

    Args:
        dataset: whose rows.
        writers: those of all its shards, where they were read already.

    Returns:
        One row a task and method (``rule``, ``llm``, ``human``), sorted: ``{"task", "method", "models", "rows",
        "verified", "refused", "unchecked"}``; the last three are rows whose check held, did not hold, was not made.
    """
    if writers is None:
        writers = Writers()
        for shard in dataset.shards():
            writers.add(dataset, shard)
    counts, models = writers.counts, writers.models
    return [
        {
            "task": task,
            "method": method,
            "models": sorted(models[task, method]),
            "rows": sum(counts[task, method, outcome] for outcome in (True, False, None)),
            "verified": counts[task, method, True],
            "refused": counts[task, method, False],
            "unchecked": counts[task, method, None],
        }
        for task, method in sorted(models)
    ]


def read_assist_report(dataset: BuiltDataset) -> dict[str, Any] | None:
    """The report of the stage in which a language model wrote instructions, where there was one."""
    path = dataset.root / "assist_report.json"
    if path.is_file():
        return read_json_object(path, "the report of an assisted build")
    report: dict[str, Any] | None = dataset.manifest.get("assist")
    return report
