"""What a run of a benchmark asks: how many items, beside the published number."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.benchmarks.benchmark_files import Benchmark
from rsica_bench.files.benchmark_items import PAIRS, BenchmarkItems
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.dataset.reader import BuiltDataset


def items_of(
    benchmark: Benchmark, dataset: BuiltDataset, tasks: Sequence[str] | None = None, limit: int | None = None
) -> BenchmarkItems:
    """What a run asks of a benchmark's dataset.

    Args:
        benchmark: the benchmark.
        dataset: its dataset.
        tasks: the tasks that are asked; None for all.
        limit: maximum of instructions of each task.

    Raises:
        UserError: a task that the benchmark does not have.
    """
    section = benchmark.section
    for name in tasks or ():
        if name not in section.asked:
            hint = did_you_mean(name, section.asked)
            raise UserError(f"benchmark '{benchmark.name}' has no task '{name}'", key="--tasks", hint=hint)
    counts = dataset.manifest["counts"]
    held = counts["instructions"].get(section.split, {})
    items = {name: _at_most(held.get(name, 0), limit) for name in (tasks or section.asked) if section.tasks}
    items[PAIRS] = _at_most(counts["pairs"].get(section.split, 0), limit)
    published = {name: number for name, number in section.items.items() if name in items}
    return BenchmarkItems(benchmark.name, section.version, items, published, section.masks)


def _at_most(number: int, limit: int | None) -> int:
    return number if limit is None else min(number, limit)
