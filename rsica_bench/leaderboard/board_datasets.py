"""Which datasets a board takes: those that it names by hash, and whole ones of its benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rsica_bench.benchmarks.benchmark_files import BENCHMARK, Benchmark
from rsica_bench.benchmarks.dataset import recipe_of
from rsica_bench.benchmarks.item_counts import items_of
from rsica_bench.files.benchmark_items import incomplete, items_told
from rsica_bench.leaderboard.boards import Board
from rsica_data.core.errors import UserError
from rsica_data.dataset.reader import BuiltDataset


def takes_dataset(board: Board, result: Mapping[str, Any]) -> bool:
    """Whether a board names a result's dataset, or the result is of one of the board's benchmarks."""
    return _is_named(board, str(result["dataset"]["sha256"])) or _benchmark(board, result) is not None


def check_dataset(board: Board, settings: Mapping[str, Any], dataset: BuiltDataset) -> None:
    """See that a board takes the dataset of a run, and that a run of a benchmark asked all of it.

    Raises:
        UserError: another dataset, one that the benchmark's recipe does not give, or another number of items than
            was published.
    """
    if _is_named(board, dataset.hash):
        return
    benchmark = _benchmark(board, settings)
    if benchmark is None:
        names = ", ".join((*(known.name for known in board.file.datasets), *board.file.benchmarks)) or "none yet"
        problem = f"the board does not take the dataset '{settings['dataset']['name']}' with this hash"
        raise UserError(problem, file=board.folder, hint=f"its datasets and benchmarks: {names}")
    if not _gives(dataset.manifest["recipe"], recipe_of(benchmark)):
        problem = f"was not built by the recipe of benchmark '{benchmark.name}'"
        raise UserError(problem, file=dataset.root, hint="rsica-bench run --benchmark builds it")
    stated, held = settings["benchmark"], items_of(benchmark, dataset).as_json()
    if incomplete(held) or stated != held:
        hint = f"the benchmark has {items_told({'items': held['items'], 'published': benchmark.section.items})}"
        problem = f"a board takes whole benchmarks, and the run states {items_told(stated)}"
        raise UserError(problem, file=dataset.root, key="benchmark", hint=hint)


def _is_named(board: Board, sha256: str) -> bool:
    return sha256 in {known.sha256 for known in board.file.datasets}


def _benchmark(board: Board, result: Mapping[str, Any]) -> Benchmark | None:
    name = str((result.get("benchmark") or {}).get("name"))
    section = board.file.benchmarks.get(name)
    return None if section is None else Benchmark(name, board.folder / BENCHMARK, board.file, section)


def _gives(whole: Any, part: Any) -> bool:
    """Whether a recipe with all defaults filled in has what a shorter one says; pages stand in it written out."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(key in whole and _gives(whole[key], part[key]) for key in part)
    if isinstance(part, str) and isinstance(whole, Mapping):
        return bool(whole.get("name") == part)
    return part is None or bool(whole == part)
