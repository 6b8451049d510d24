"""Images of rows as encoded files: bytes in the row, files of the input folder, files of an archive or of the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, one_line
from rsica_data.imagery.image_limits import largest_file, ways_out
from rsica_data.imagery.images import read_image
from rsica_data.schema import EncodedImage


def is_file(value: Any) -> bool:
    """Whether a value of a row is an image file, or says where one is."""
    return isinstance(value, (bytes, str, dict))


def encoded(root: Path | None, value: Any, name: str) -> EncodedImage:
    """An image of a row, not decoded.

    Args:
        root: the input folder; None for a dataset of the Hub.
        value: ``{"bytes", "path"}`` of the feature ``Image``, bytes, or a path.
        name: what it is called where the row does not tell.

    Raises:
        InvalidItemError: ``missing-file`` where the row has none; ``unreadable-file``, ``image-too-large``, or as
            ``images.read_image``.
    """
    data = value.get("bytes") if isinstance(value, dict) else value if isinstance(value, bytes) else None
    path = value.get("path") if isinstance(value, dict) else value if isinstance(value, str) else None
    if isinstance(data, bytes):
        if len(data) > largest_file():
            raise InvalidItemError("image-too-large", f"{name}: {len(data):,} bytes; {ways_out()}")
        return EncodedImage(name, data)
    if not isinstance(path, str) or not path:
        raise InvalidItemError("missing-file", f"{name}: the row has no image")
    if "://" in path:
        return EncodedImage(name, _fetched(path))
    cache = _cache_of(path)
    if cache is not None:
        return EncodedImage(name, read_image(cache, Path(path).relative_to(cache).as_posix()).data)
    if root is None:
        raise InvalidItemError("missing-file", f"{name}: '{path}' is no file of the repository")
    return read_image(root, _relative(root, path))


def _cache_of(path: str) -> Path | None:
    """The cache of ``datasets`` that a file is in, where it unpacks archives and keeps what it downloads."""
    from datasets import config

    folder = Path(config.HF_CACHE_HOME)
    return folder if Path(path).is_relative_to(folder) else None


def _relative(root: Path, path: str) -> str:
    """A path as ``datasets`` gives it, which is absolute, relative to the input folder."""
    given = Path(path)
    for folder in (root, root.resolve()):
        if given.is_relative_to(folder):
            return given.relative_to(folder).as_posix()
    return path


def _fetched(address: str) -> bytes:
    """A member of an archive, or a file of the Hub, as streamed datasets name them."""
    import fsspec  # type: ignore[import-untyped]  # comes with datasets

    limit = largest_file()
    try:
        with fsspec.open(address, "rb") as stream:
            data: bytes = stream.read(limit + 1)
    except Exception as error:
        # Of whichever file system the address names.
        raise InvalidItemError("unreadable-file", f"{address}: {one_line(error)}") from error
    if len(data) > limit:
        raise InvalidItemError("image-too-large", f"{address}: over {limit:,} bytes; {ways_out()}")
    return data
