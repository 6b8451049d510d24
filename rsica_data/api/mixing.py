"""Several datasets as one from Python, as ``rsica-data mix`` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rsica_data.api.datasets import Dataset, open_dataset
from rsica_data.core.arguments import need_least
from rsica_data.core.command_line import progress_bar
from rsica_data.core.errors import UserError
from rsica_data.dataset.mixing import MixOptions, MixPart
from rsica_data.dataset.mixing import mix as write_mix
from rsica_data.dataset.opening import open_dataset as open_built
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.selection import Selection, select


def mix(
    datasets: Mapping[str, Dataset | str | Path],
    out: str | Path,
    *,
    name: str = "mix",
    weights: Mapping[str, float] | None = None,
    caps: Mapping[str, int] | None = None,
    temperature: float = 1.0,
    rows: int | None = None,
    splits: Sequence[str] = (),
    tasks: Sequence[str] = (),
    seed: int = 0,
    rules_of: str | None = None,
    prefix_ids: bool = False,
) -> Dataset:
    """Mix built datasets into one that reads, trains and publishes like any other.

    Weights, caps, temperature and rows are about the split train; other splits are taken whole. No row is taken twice.
    The same datasets and options give the same bytes.

    Args:
        datasets: by their names in the mix: opened ones, folders, or names on the Hub.
        out: folder of the mix.
        name: of the mix.
        weights: factor of a dataset's share, by name; 1 where none is given.
        caps: maximum number of training rows of a dataset, by name.
        temperature: 1 mixes in proportion to the sizes, higher ones more equally.
        rows: training rows; None for as many as the weights allow.
        splits: these alone; none for all.
        tasks: rows of these alone; none for all.
        seed: which rows are taken.
        rules_of: the dataset whose fact rules the mix states, where they differ.
        prefix_ids: put a dataset's name before the ids of its pairs and rows.

    Returns:
        The mix.

    Raises:
        UserError: fewer than two datasets, an id in two of them, rules that differ, or more rows than there are.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=2)
        >>> both = rd.mix({"a": ds, "b": ds}, out=tempfile.mkdtemp(), prefix_ids=True, tasks=["counting"])
        >>> len(both), both.rows("test")[0].id[:2]
        (12, 'a/')
    """
    need_least(1, rows=rows, **dict(caps or {}))
    for option, values in (("weights", weights), ("caps", caps)):
        stray = sorted(set(values or {}) - set(datasets))
        if stray:
            raise UserError(f"{option}: '{stray[0]}' is no dataset of the mix", hint="datasets: " + ", ".join(datasets))
    wrong = [value for value in (temperature, *(weights or {}).values()) if not 0 < value < float("inf")]
    if wrong:
        raise UserError(f"weights and temperature should be above 0, not {wrong[0]}")
    selection = Selection(tuple(splits), tuple(tasks))
    parts = tuple(
        MixPart(part, select(_built(dataset), selection), (weights or {}).get(part, 1.0), (caps or {}).get(part))
        for part, dataset in datasets.items()
    )
    options = MixOptions(parts, Path(out), name, temperature, rows, seed, rules_of, prefix_ids)
    with progress_bar("mix", "pair") as progress:
        write_mix(options, progress)
    return open_dataset(out)


def _built(dataset: Dataset | str | Path) -> BuiltDataset:
    return dataset.built if isinstance(dataset, Dataset) else open_built(dataset)
