"""A map-style dataset for torch: any row by its number, images from memory-mapped files."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
from torch.utils.data import Dataset

from rsica_data.core.files import atomic_path
from rsica_data.dataset.checksums import stated_checksum
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.dataset.reader import BuiltDataset, Shard
from rsica_data.training.index import Index, Part, make_index
from rsica_data.training.samples import IMAGE_COLUMNS, TEXT_COLUMNS, DecodedImages, Sample, images_of_row, make_sample

_PAIR_COLUMNS = ["pair_id", *IMAGE_COLUMNS]


class MapDataset(Dataset[Sample]):
    """Rows of one or several built datasets by number, for samplers of torch.

    Parquet gives no single row, so the images of a shard are unpacked into a memory-mapped Arrow file when a row of it
    is first asked for: as much disk again as the images. Where rows are read in a shuffled order once an epoch,
    :class:`StreamDataset` needs no such copy.

    Args:
        parts: as of :class:`StreamDataset`; weights have no meaning here.
        split: of all of them.
        cache: folder of the unpacked files; by default one in ``$RSICA_CACHE``.
        transform: applied to each sample.

    Raises:
        UserError: no such dataset or split, or no rows.
    """

    def __init__(
        self,
        parts: Sequence[Part | BuiltDataset | Path | str] | BuiltDataset | Path | str,
        split: str = "train",
        *,
        cache: Path | None = None,
        transform: Any = None,
    ) -> None:
        given = [parts] if isinstance(parts, str | Path | BuiltDataset) else list(parts)
        self._index: Index = make_index(given, split)
        self._ends = list(accumulate(len(unit.rows) for unit in self._index.units))
        self._cache = cache_root() / "training" if cache is None else cache
        self._transform = transform
        self._opened: dict[int, _OpenShard] = {}
        self._decoded = DecodedImages()

    def __len__(self) -> int:
        return self._ends[-1]

    def __getitem__(self, number: int) -> Sample:
        """The row of that number.

        Raises:
            IndexError: there is none.
            UserError: a file is damaged.
        """
        place = number + len(self) if number < 0 else number
        if not 0 <= place < len(self):
            raise IndexError(f"row {number} of {len(self)}")
        unit_number = bisect_right(self._ends, place)
        unit = self._index.units[unit_number]
        dataset = self._index.datasets[unit.part]
        if unit_number not in self._opened:
            self._opened[unit_number] = _OpenShard(dataset, unit.shard, self._cache)
        row = unit.rows[place - (self._ends[unit_number] - len(unit.rows))]
        held, encoded = self._opened[unit_number].row(int(row))
        sample = make_sample(held, self._decoded.get((unit.part, held["pair_id"]), encoded), dataset.name)
        return sample if self._transform is None else self._transform(sample)

    def __getstate__(self) -> dict[str, Any]:
        # Worker processes open files of their own.
        return {**self.__dict__, "_opened": {}, "_decoded": DecodedImages()}


class _OpenShard:
    """A shard's rows in memory and its images in a memory-mapped file."""

    def __init__(self, dataset: BuiltDataset, shard: Shard, cache: Path) -> None:
        with dataset.opened(shard.instructions) as file:
            self._rows = file.read(columns=TEXT_COLUMNS)
        entry = dataset.manifest["files"][shard.pairs.relative_to(dataset.root).as_posix()]
        path = cache / f"{stated_checksum(entry)}.arrow"
        try:
            table = _mapped(path)
        except (OSError, KeyError, pa.ArrowInvalid):
            # Not there yet, of other columns, or damaged: it is a copy, and is made again.
            _unpack(dataset, shard, path)
            table = _mapped(path)
        self._places = {name: place for place, name in enumerate(table["pair_id"].to_pylist())}
        self._images = [table[name] for name in IMAGE_COLUMNS]

    def row(self, number: int) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        (held,) = self._rows.slice(number, 1).to_pylist()
        place = self._places[held["pair_id"]]
        return held, images_of_row(*(column[place].as_py() for column in self._images))


def _mapped(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all().select(_PAIR_COLUMNS)


def _unpack(dataset: BuiltDataset, shard: Shard, path: Path) -> None:
    with (
        dataset.opened(shard.pairs) as file,
        atomic_path(path, lone=True) as partial,
        pa.OSFile(str(partial), "wb") as sink,
    ):
        schema = pa.schema([file.schema_arrow.field(name) for name in _PAIR_COLUMNS])
        with pa.ipc.new_file(sink, schema) as writer:
            for batch in file.iter_batches(batch_size=64, columns=_PAIR_COLUMNS):
                writer.write_batch(batch)
