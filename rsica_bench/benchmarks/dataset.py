"""The dataset of a benchmark: built from a folder of the user's, kept, and opened again for the same input."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rsica_data
from rsica_bench.benchmarks.benchmark_files import Benchmark
from rsica_bench.metrics.caption_files import read_references
from rsica_bench.metrics.word_map import derive_word_map, load_word_map
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, sha256_json, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset

RECORD = "benchmark.json"
WORD_MAP = "word_map.json"


def recipe_of(benchmark: Benchmark) -> dict[str, Any]:
    """The recipe of a benchmark's dataset, as a recipe file has it: the scored split alone, with its tasks."""
    section, board = benchmark.section, benchmark.board
    return {
        "name": benchmark.name,
        "version": section.version,
        "title": board.title,
        "description": section.summary,
        "source": section.source_section,
        "splits": [section.split],
        **({"facts": section.facts} if section.facts else {}),
        "tasks": section.asked,
    }


def fingerprint(folder: Path, without: Path | None = None) -> str:
    """SHA-256 over paths, sizes and times of change of the files below a folder: whether it is still the same input.

    Args:
        folder: the folder; links in it are followed, each folder once.
        without: a folder that does not count, such as that of the dataset where it lies inside.

    Raises:
        UserError: no such folder.
    """
    if not folder.is_dir():
        raise UserError("no such folder", file=folder, key="--input")
    rows: list[list[str | int]] = []
    seen = set() if without is None else {without.resolve()}
    for root, folders, names in os.walk(folder, followlinks=True):
        place = Path(root).resolve()
        if place in seen:
            folders.clear()
            continue
        seen.add(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = (Path(root) / name for name in sorted(names))
        known = [(path.relative_to(folder).as_posix(), path.stat()) for path in files if path.exists()]
        rows += [[name, status.st_size, status.st_mtime_ns] for name, status in known]
    return sha256_json(rows)


def open_benchmark_dataset(
    benchmark: Benchmark, source: Path | None, folder: Path | None = None, workers: int | None = None
) -> BuiltDataset:
    """The dataset of a benchmark, built where it is not there yet.

    Args:
        benchmark: the benchmark.
        source: the folder of the published set; None to open what was built in ``folder`` before.
        folder: where the dataset is kept; None for a folder of the cache.
        workers: processes that build; None for one a core.

    Raises:
        UserError: mistakes in the input; ``folder`` holds another dataset; nothing was built yet and no input is given.
        RunError: no pair of the input is usable, or the disk is full.
    """
    recipe = sha256_json(recipe_of(benchmark))
    if source is None:
        return _open_again(benchmark, recipe, folder)
    wanted = {"benchmark": benchmark.name, "recipe_sha256": recipe, "input_sha256": fingerprint(source, folder)}
    target = folder or cache_root() / "benchmarks" / benchmark.name / sha256_json(wanted)[:16]
    known = _record(target)
    if known == wanted:
        return open_dataset(target)
    if known is not None:
        what = "benchmark" if known.get("recipe_sha256") != recipe else "input"
        hint = f"the {what} has changed since; give a new folder"
        raise UserError(f"holds the dataset of another {what}", file=target, key="--dataset", hint=hint)
    rsica_data.build(recipe_of(benchmark), out=target, input=source, workers=workers)
    if benchmark.section.word_map:
        write_atomic(target / WORD_MAP, dump_json_pretty(_derived(benchmark, source)), lone=True)
    write_atomic(target / RECORD, dump_json_pretty(wanted), lone=True)
    return open_dataset(target)


def _open_again(benchmark: Benchmark, recipe: str, folder: Path | None) -> BuiltDataset:
    if folder is None:
        hint = f"the folder with {benchmark.section.input}"
        raise UserError(f"benchmark '{benchmark.name}' is built from a folder of yours", key="--input", hint=hint)
    known = _record(folder)
    if known is None or known.get("recipe_sha256") != recipe:
        raise UserError(f"holds no dataset of benchmark '{benchmark.name}'", file=folder, hint="give --input too")
    return open_dataset(folder)


def _record(folder: Path) -> dict[str, Any] | None:
    path = folder / RECORD
    return read_json_object(path, "what a benchmark's dataset was built from") if path.is_file() else None


def _derived(benchmark: Benchmark, source: Path) -> dict[str, int]:
    names = benchmark.section.word_map
    file = next((source / name for name in names if (source / name).is_file()), None)
    if file is None:
        problem = f"has none of {', '.join(names)}, whose captions give the word map"
        raise UserError(problem, file=source, key="--input")
    return derive_word_map(read_references(file).corpus)


def word_map_of(benchmark: Benchmark, dataset: BuiltDataset) -> Mapping[str, int] | None:
    """The word map that was derived when the dataset was built; None where the benchmark needs none."""
    return load_word_map(dataset.root / WORD_MAP) if benchmark.section.word_map else None
