"""A scored file as a row of a board."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rsica_bench.benchmarks.benchmark_files import Benchmark
from rsica_bench.leaderboard.importing.scored import Scored
from rsica_bench.leaderboard.submit import slug
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.run.result import bootstrap_json
from rsica_data.core.files import sha256_file, sha256_json
from rsica_data.core.validation import check_address


def make_row(
    benchmark: Benchmark,
    scored: Scored,
    system: str,
    source: str,
    *,
    predictions: Sequence[Path],
    references: Sequence[Path],
    how: Resampling,
    note: str = "",
    date: str | None = None,
) -> dict[str, Any]:
    """The content of a rescored row.

    Args:
        benchmark: whose protocol it was scored by.
        scored: its figures.
        system: the system's name as shown.
        source: where the predictions were published.
        predictions: the files or folders that were scored; their hash goes into the row, not they.
        references: the files or folders that they were scored against; empty where the rows hold both.
        how: the bootstrap of the intervals.
        note: what else matters.
        date: day of the scoring; None for today.

    Raises:
        UserError: ``source`` is no web address.
    """
    content: dict[str, Any] = {
        "form": 1,
        "benchmark": benchmark.name,
        "system": system,
        "source": check_address(source, "--source"),
        "note": note,
        "date": Date.today().isoformat() if date is None else date,
        "task": scored.task,
        "protocol": scored.protocol,
        "items": scored.entry["items"],
        "published": benchmark.section.items.get(scored.counted),
        "entry": {key: value for key, value in scored.entry.items() if value not in ({}, [])},
        "bootstrap": bootstrap_json(how),
        "predictions_sha256": hash_of(predictions),
        "references_sha256": hash_of(references),
        "versions": {"rsica": version("rsica")},
    }
    return {key: value for key, value in content.items() if value not in ("", None)}


def row_name(content: dict[str, Any]) -> str:
    """The name of a row's file: benchmark, system, task and protocol."""
    return f"{content['benchmark']}--{slug(content['system'], content['task'])}--{slug(content['protocol'])}"


def hash_of(paths: Sequence[Path]) -> str:
    """SHA-256 of one file; of folders and several files over the paths in them and their hashes."""
    if len(paths) == 1 and paths[0].is_file():
        return sha256_file(paths[0])
    rows = []
    for number, path in enumerate(paths):
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        rows += [[number, one.relative_to(path).as_posix(), sha256_file(one)] for one in files]
    return sha256_json(rows)
