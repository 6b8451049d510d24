"""Shards of a dataset at an address: fetched as they are read, and deleted where the cache needs their space.

All other files of the dataset are copied when it is opened. A shard that is read stays until its reader is done with
it, and longer where there is space: a second reading, by this or by another process, finds it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from rsica_data.core.errors import UserError
from rsica_data.core.locking import alone_at
from rsica_data.core.remote import open_remote
from rsica_data.core.remote_copies import listed_sizes, mirror, state_of
from rsica_data.dataset.cache_space import (
    IN_SHARDS,
    fetching_folder,
    keep,
    make_room,
    refuse_larger,
    reserved,
    size_of,
    take,
)
from rsica_data.dataset.hub.cache import cache_root
from rsica_data.dataset.mirrors import mirror_place


@dataclass(frozen=True)
class RemoteShards:
    """The data files of a dataset at an address. Travels to worker processes.

    Attributes:
        address: of the dataset.
        folder: its copy in the cache, where data files come and go.
    """

    address: str
    folder: Path

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file of the dataset at its address, by name, as they were listed when it was opened."""
        return _sizes(self.folder, state_of(self.folder).stat().st_mtime_ns)

    @contextmanager
    def held(self, path: Path) -> Iterator[None]:
        """A data file, fetched where it is not here; it stays while this is open. Nothing for what was not listed.

        Raises:
            UserError: there was no space for it for a minute, or it is no more at its address.
            RunError: it failed again and again.
        """
        name = path.relative_to(self.folder).as_posix()
        if name not in self.sizes:
            yield
            return
        while (handle := take(path)) is None:
            self._fetch(name, path)
        try:
            yield
        finally:
            os.close(handle)

    @contextmanager
    def place(self, name: str, size: int) -> Iterator[Path]:
        """An empty folder for files made from data files, ``size`` bytes in all; deleted at the end of the block.

        Raises:
            UserError: there was no space for them for a minute.
        """
        place = fetching_folder(self.folder) / f"made-{name}"
        with alone_at(place, "rsica-data"), reserved(self.folder, place, size, self.address):
            yield place

    def _fetch(self, name: str, path: Path) -> None:
        place = fetching_folder(self.folder) / name.replace("/", "-")
        with alone_at(place, "rsica-data fetch"):
            if path.is_file():  # another process has fetched it meanwhile
                return
            keep(self.folder)
            with reserved(self.folder, place, self.sizes[name], self.address):
                draft = place / path.name
                open_remote(self.address).get(name, draft)
                path.parent.mkdir(parents=True, exist_ok=True)
                draft.replace(path)


@lru_cache(8)
def _sizes(folder: Path, changed: int) -> Mapping[str, int]:
    return MappingProxyType(listed_sizes(folder))


def open_shards(address: str) -> RemoteShards:
    """The dataset at an address, with a copy of all but its data files, brought up to date.

    Raises:
        UserError: there is no such folder, its largest shard is larger than the cache may be, or the package for its
            protocol is not installed.
        RunError: a file failed again and again; the same call goes on.
    """
    folder = cache_root() / "remote" / f"{mirror_place(address)}{IN_SHARDS}"

    def make_space(size: int) -> None:
        there = size_of(folder) - sum(path.stat().st_size for path in folder.rglob("*.parquet"))
        make_room(folder, size - there, address)

    with alone_at(folder.with_name(f"{folder.name}.lock"), "rsica-data mirror"):
        keep(folder)
        mirror(address, folder, make_space, is_data_file, stand_in=False)
        os.utime(state_of(folder))
        _sweep(folder)
    shards = RemoteShards(address, folder)
    of_numbers: dict[str, int] = {}
    for name, size in shards.sizes.items():
        if is_data_file(name):
            number = PurePosixPath(name).name
            of_numbers[number] = of_numbers.get(number, 0) + size
    refuse_larger(max(of_numbers.values(), default=0), address, "needs for its largest shard")
    return shards


def is_data_file(name: str) -> bool:
    """Whether a file of a dataset stays at its address until it is read.

    >>> is_data_file("pairs/train-00000-of-00001.parquet"), is_data_file("manifest.json")
    (True, False)
    """
    return name.endswith(".parquet")


def _sweep(folder: Path) -> None:
    """Delete what killed processes have left of shards that were coming."""
    home = fetching_folder(folder)
    for place in home.iterdir() if home.is_dir() else ():
        with suppress(UserError), alone_at(place, "rsica-data fetch", wait=False):  # else it is coming
            pass
