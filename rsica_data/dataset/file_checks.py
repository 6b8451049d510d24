"""Whether a data file is the one that a manifest names, here or at an address."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from rsica_data.core.errors import UserError
from rsica_data.dataset.checksums import algorithm_of, checksum_of, may_be, size_may_be, stated_checksum

DAMAGE_HINT = "`rsica-data validate` lists all damage"

# Checksums of the files that this process has read, by path, inode, size, time of change and kind of checksum.
_HASHES: dict[tuple[str, int, int, int, str], str] = {}


class FetchedFiles(Protocol):
    """Data files that lie at an address, and here while they are read (`remote_shards`)."""

    @property
    def address(self) -> str:
        """Of the dataset."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file at the address, by name."""

    def held(self, path: Path) -> AbstractContextManager[None]:
        """A data file, which is here while this is open."""

    def place(self, name: str, size: int) -> AbstractContextManager[Path]:
        """An empty folder for files made from data files, ``size`` bytes in all; deleted at the end of the block."""


def check_content(path: Path, entry: Mapping[str, Any], shown: str) -> None:
    """See that a file has the checksum of its entry in the manifest; each is read once a process.

    Args:
        path: the file.
        entry: what the manifest says of it.
        shown: its name for messages.

    Raises:
        UserError: it is missing, or another one.
    """
    try:
        same = may_be(path, entry) and _hash_of(path, algorithm_of(entry)) == stated_checksum(entry)
    except FileNotFoundError:
        raise UserError("file is missing", file=shown, hint=DAMAGE_HINT) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", file=shown, hint=DAMAGE_HINT) from None
    if not same:
        raise UserError("damaged: its checksum is not that of the manifest", file=shown, hint=DAMAGE_HINT)


def check_size(size: int | None, entry: Mapping[str, Any], shown: str) -> None:
    """See that a file at an address is there and has the size of its entry; ``size`` is None where it is missing.

    Raises:
        UserError: it is missing, or another one.
    """
    if size is None:
        raise UserError("file is missing", file=shown, hint=DAMAGE_HINT)
    if not size_may_be(size, entry):
        raise UserError("damaged: its size is not that of the manifest", file=shown, hint=DAMAGE_HINT)


def _hash_of(path: Path, algorithm: str) -> str:
    file_stat = path.stat()
    key = (str(path), file_stat.st_ino, file_stat.st_size, file_stat.st_mtime_ns, algorithm)
    if key not in _HASHES:
        _HASHES[key] = checksum_of(path, algorithm)
    return _HASHES[key]
