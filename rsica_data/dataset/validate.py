"""Checks a built dataset row by row: files, schema, images, references between tables, and the tasks' laws."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.workers import run_units
from rsica_data.dataset.reader import BuiltDataset, Shard, read_pairs
from rsica_data.dataset.shard_checks import Problem, ShardReport, ShardUnit, check_file, check_shard, hash_names

__all__ = ["Problem", "Report", "validate_dataset"]


@dataclass
class Report:
    """What was checked and what was found."""

    pairs: int = 0
    instructions: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True where nothing was found."""
        return not self.problems


def validate_dataset(
    dataset: BuiltDataset, progress: Callable[[int, int], None] = lambda done, total: None, workers: int = 1
) -> Report:
    """Check everything that can be checked without the sources; whatever a file holds, the rest is checked too.

    Checked are: every file of the manifest is there with its hash and rows; the columns are those of the schema;
    identifiers are unique; images are whole and of the stated size; masks hold only the pair's classes; every
    instruction belongs to a pair of its shard, its turns alternate, and each assistant turn parses to an answer that
    its gold accepts, as does every accepted answer in every wording; the manifest's counts are those of the rows.

    Args:
        dataset: to be checked.
        progress: called with the number of shards that are done, and of all.
        workers: processes; the report does not depend on it.

    Raises:
        UserError: several workers were asked for from a script without `if __name__ == "__main__":`.
        RunError: a worker process was killed, or files at an address could not be fetched.
    """
    units = _units(dataset)
    reports: list[ShardReport] = [ShardReport()] * len(units)
    for done, (unit, shard_report) in enumerate(run_units(check_shard, units, workers), 1):
        reports[unit.number] = shard_report
        progress(done, len(units))
    rows = [problem for shard_report in reports for problem in shard_report.rows]
    rows += _repeated_pairs(dataset, [shard_report.pair_hashes for shard_report in reports])
    report = Report(
        sum(shard_report.pairs for shard_report in reports),
        sum(shard_report.instructions.total() for shard_report in reports),
        [*_file_problems(dataset, units, reports), *rows],
    )
    if not rows:
        report.problems += _check_counts(dataset, reports)
    return report


def _units(dataset: BuiltDataset) -> list[ShardUnit]:
    files, withheld = dataset.manifest["files"], "withheld" in dataset.manifest
    units = []
    for number, shard in enumerate(dataset.shards()):
        names = [path.relative_to(dataset.root).as_posix() for path in (shard.pairs, shard.instructions)]
        entries = {name: files[name] for name in names if name in files}
        units.append(ShardUnit(number, dataset.root, shard, entries, withheld, dataset.fetched))
    return units


def _file_problems(
    dataset: BuiltDataset, units: Sequence[ShardUnit], reports: Sequence[ShardReport]
) -> Iterator[Problem]:
    """Problems of files, in the manifest's order; those that it does not name are last."""
    of_shards = {name for unit in units for name in unit.entries}
    of_names = {problem.where: problem for report in reports for problem in report.files}
    for name, entry in dataset.manifest["files"].items():
        if name not in of_shards:
            with dataset.held(dataset.root / name):
                yield from check_file(name, dataset.root / name, entry)
        elif name in of_names:
            yield of_names[name]
    for unit in units:
        for path in (unit.shard.pairs, unit.shard.instructions):
            name = path.relative_to(dataset.root).as_posix()
            if name not in unit.entries:
                yield Problem(name, "file is not in the manifest")


def _repeated_pairs(dataset: BuiltDataset, hashes: Sequence[NDArray[np.uint64]]) -> Iterator[Problem]:
    """Pairs that several shards have. Hashes tell where to look: eight bytes a pair are in memory, not its name."""
    ordered = np.sort(np.concatenate([np.zeros(0, np.uint64), *hashes]))
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    seen: set[str] = set()
    for shard, shard_hashes in zip(dataset.shards(), hashes, strict=True) if len(repeated) else ():
        if not np.isin(shard_hashes, repeated).any():
            continue
        names = list(dict.fromkeys(_pair_names(dataset, shard)))
        names = [name for name, held in zip(names, np.isin(hash_names(names), repeated), strict=True) if held]
        yield from (Problem(name, "pair appears twice") for name in names if name in seen)
        seen.update(names)


def _pair_names(dataset: BuiltDataset, shard: Shard) -> Iterator[str]:
    try:
        with dataset.held(shard.pairs):
            for pair in read_pairs(shard.pairs, images=False, report=lambda error: None):
                if pair.pair_id:
                    yield pair.pair_id
    except UserError:
        return  # reported with the rows, which were checked before


def _check_counts(dataset: BuiltDataset, reports: Sequence[ShardReport]) -> Iterator[Problem]:
    """The manifest's counts against those of the rows; only where all rows could be read."""
    stated = dataset.manifest.get("counts")
    pairs: Counter[str] = Counter()
    instructions: dict[str, Counter[str]] = {}
    for shard, report in zip(dataset.shards(), reports, strict=True):
        pairs[shard.split] += report.pairs
        if report.instructions:
            instructions.setdefault(shard.split, Counter()).update(report.instructions)
    row_counts = {
        "pairs": dict(pairs),
        "instructions": {split: dict(tasks) for split, tasks in instructions.items()},
    }
    for key, counted in row_counts.items():
        value = stated.get(key) if isinstance(stated, dict) else None
        if _without_zeros(value) != _without_zeros(counted):
            yield Problem("manifest.json", f"counts.{key} says {value}, the rows are {counted}")


def _without_zeros(counts: Any) -> Any:
    if not isinstance(counts, dict):
        return counts
    inner = {key: _without_zeros(value) for key, value in counts.items()}
    return {key: value for key, value in inner.items() if value not in (0, {})}
