"""What `run` asks: a built dataset as it stands, or a benchmark by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.files.benchmark_items import BenchmarkItems
    from rsica_bench.protocols import BenchProtocol
    from rsica_data.dataset.reader import BuiltDataset


@dataclass(frozen=True)
class Asked:
    """A dataset with the split and the protocol that it is run under; ``items`` where it is a benchmark's."""

    dataset: BuiltDataset
    split: str
    protocol: str
    word_map: Mapping[str, int] | None
    items: BenchmarkItems | None = None

    def under(self, history: str | None, one_image: Literal["side-by-side", "difference"]) -> BenchProtocol:
        """The protocol with a history mode and a form of composed images."""
        from rsica_bench.protocols import find_protocol

        return find_protocol(self.protocol, history, self.word_map, one_image)


def given_dataset(
    data: Path | None,
    source: Path | None,
    folder: Path | None,
    split: str | None,
    protocol: str | None,
    word_map: Path | None,
) -> Asked:
    """A built dataset, as the options of `run` give it.

    Raises:
        UserError: none is given, or an option that goes with a benchmark.
    """
    from rsica_bench.metrics.word_map import load_word_map
    from rsica_data.dataset.opening import open_dataset

    for key, value in (("--input", source), ("--dataset", folder)):
        if value is not None:
            raise UserError("goes with --benchmark", key=key, hint="a built dataset is given with --data")
    if data is None:
        raise UserError("nothing to run", key="--data", hint="give --data DATASET, or --benchmark NAME --input FOLDER")
    words = load_word_map(word_map) if word_map else None
    return Asked(open_dataset(data), split or "test", protocol or "default", words)


def named_benchmark(
    name: str,
    data: Path | None,
    source: Path | None,
    folder: Path | None,
    split: str | None,
    protocol: str | None,
    word_map: Path | None,
    tasks: Sequence[str] | None,
    limit: int | None,
) -> Asked:
    """A benchmark, as the options of `run` give it; its dataset is built where it is not there yet.

    Raises:
        UserError: no such benchmark, mistakes in its file or in the input, or an option that the benchmark settles.
    """
    from rsica_bench.benchmarks.benchmark_files import find_benchmark
    from rsica_bench.benchmarks.dataset import open_benchmark_dataset, word_map_of
    from rsica_bench.benchmarks.item_counts import items_of
    from rsica_bench.metrics.word_map import load_word_map

    chosen = find_benchmark(name)
    for key, value in (("--data", data), ("--split", split), ("--protocol", protocol)):
        if value is not None:
            raise UserError(
                f"benchmark '{chosen.name}' settles it", key=key, hint="leave it out, or run without --benchmark"
            )
    dataset = open_benchmark_dataset(chosen, source, folder)
    words = load_word_map(word_map) if word_map else word_map_of(chosen, dataset)
    items = items_of(chosen, dataset, tasks, limit)
    return Asked(dataset, chosen.section.split, chosen.section.protocol, words, items)
