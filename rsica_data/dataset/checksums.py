"""Checksums of data files, as a manifest states them.

A file without images, such as every file of instructions, has its SHA-256. A file with images has its XXH3 of 128 bits,
which tells damage in an eighth of the time; datasets of earlier releases have SHA-256 there too, and are checked by it.
``docs/dataset.md`` says what each is for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rsica_data.core.files import sha256_file, xxh3_file, xxh3_written

SHA256, XXH3 = "sha256", "xxh3_128"
"""Keys of a file's entry in a manifest, each with the checksum in hexadecimal digits."""

_OF_FILE: dict[str, Callable[[Path], str]] = {SHA256: sha256_file, XXH3: xxh3_file}
_JOINED = "joined_"


def file_entry(path: Path, rows: int, *, images: bool) -> dict[str, Any]:
    """What a manifest says of a data file that this process has just written.

    Args:
        path: the file, under its final name or a temporary one.
        rows: that it has.
        images: whether it may hold images.
    """
    own = {XXH3: xxh3_written(path)} if images else {SHA256: sha256_file(path)}
    return {"rows": rows, "bytes": path.stat().st_size, **own}


def content_checksum(entry: Mapping[str, Any]) -> str:
    """The checksum by which datasets are compared: that of the first build, whatever a join wrote since.

    >>> content_checksum({"rows": 1, "bytes": 8, "sha256": "ab", "joined_sha256": "cd"})
    'ab'
    """
    return str(entry[algorithm_of(entry)])


def stated_checksum(entry: Mapping[str, Any]) -> str:
    """The checksum that a file has by its entry.

    Shards whose images were joined by another release of pyarrow than wrote them hold the same rows in other bytes:
    they have one of their own besides :func:`content_checksum`.

    >>> stated_checksum({"rows": 1, "bytes": 8, "sha256": "ab", "joined_sha256": "cd"})
    'cd'
    """
    return str(entry.get(_JOINED + algorithm_of(entry)) or content_checksum(entry))


def algorithm_of(entry: Mapping[str, Any]) -> str:
    """The key under which an entry has its checksum."""
    return XXH3 if entry.get(XXH3) else SHA256


def checksum_of(path: Path, algorithm: str) -> str:
    """The checksum of a file.

    Raises:
        UserError: no such file, or a folder, device, pipe or socket.
    """
    return _OF_FILE[algorithm](path)


def may_be(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether a file has the size that a manifest states; one of another size needs no checksum, however large.

    Raises:
        OSError: it is not there.
    """
    return size_may_be(path.stat().st_size, entry)


def size_may_be(size: int, entry: Mapping[str, Any]) -> bool:
    """Whether a file of so many bytes may be the one that an entry states.

    >>> size_may_be(8, {"rows": 1, "bytes": 8, "sha256": "ab"}), size_may_be(7, {"rows": 1, "bytes": 8, "sha256": "ab"})
    (True, False)
    """
    return bool(entry.get(_JOINED + algorithm_of(entry))) or size == entry["bytes"]


def is_stated(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether a file is the one that an entry states, by size and checksum.

    Raises:
        OSError: it is not there.
        UserError: it is a folder, device, pipe or socket.
    """
    return may_be(path, entry) and checksum_of(path, algorithm_of(entry)) == stated_checksum(entry)


def is_first(path: Path, entry: Mapping[str, Any]) -> bool:
    """Whether a file is, byte for byte, the one of the first build.

    Raises:
        UserError: no such file, or a folder, device, pipe or socket.
    """
    return checksum_of(path, algorithm_of(entry)) == content_checksum(entry)


def with_joined(entry: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The entry of a file after its images were joined: with a checksum of its own where its bytes are others now."""
    algorithm = algorithm_of(entry)
    own = checksum_of(path, algorithm)
    return dict(entry) if own == entry[algorithm] else {**entry, _JOINED + algorithm: own}
