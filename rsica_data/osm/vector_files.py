"""The one opening of vector files by OGR: GeoPackage, FlatGeobuf and shapefiles, told by their content.

OGR picks a format by content too, out of some 80, several of which read addresses and other files. Here the first bytes
must be those of one of three formats, each of which holds a NUL byte where OGR's search for text ends, so that it can
be taken for no other.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, RsicaError, UserError
from rsica_data.core.json_text import short
from rsica_data.imagery.input_files import checked_file
from rsica_data.imagery.raster_files import OFFLINE

_BATCH = 65536
_SQLITE, _SHAPEFILE, _FLATGEOBUF = b"SQLite format 3\0", b"\0\0\x27\x0a", b"fgb\x03fgb"
_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".idm", ".ind")
_SQLITE_PARTS = ("-wal", "-shm", "-journal")
_WITH_LOG = 2
"""Where bytes 18 and 19 of a SQLite file, its versions for writing and reading, are 2, it has a write-ahead log."""
_MOST_COLUMNS = 2000


def vector_rows(path: Path, layer: str | None) -> Iterator[tuple[str | None, int, Any, list[str], Any]]:
    """The features of a file, a batch at a time: CRS, number of the first, WKB geometry, names and values of columns.

    Args:
        path: the file.
        layer: its layer; needed where it has several.

    Raises:
        UserError: none of the three formats, damaged, or without such a layer.
    """
    import pyogrio

    with _offline(), _errors(path), _to_read(_checked(path)) as real:
        chosen = _layer(path, [str(name) for name, _ in pyogrio.list_layers(real)], layer)
        info = pyogrio.read_info(real, layer=chosen)
        crs, start = info["crs"], 0
        if len(info["fields"]) > _MOST_COLUMNS:
            raise UserError(f"has {len(info['fields'])} columns, at most {_MOST_COLUMNS} are read", file=path)
        while True:
            # The number of features that a header states may be anything.
            meta, _, shapes, columns = pyogrio.raw.read(real, layer=chosen, skip_features=start, max_features=_BATCH)
            if shapes is None:
                raise UserError("has no geometry", file=path)
            yield crs, start, shapes, list(meta["fields"]), columns
            start += len(shapes)
            if len(shapes) < _BATCH:
                return


def _checked(path: Path) -> Path:
    """The absolute path of a file of a known format, the parts of which lie beside it."""
    try:
        real = checked_file(None, path)
        with real.open("rb") as stream:
            head = stream.read(16)
        # Of FlatGeobuf the size of the header follows, of which the highest byte is 0 below 16 MB.
        is_flatgeobuf = head.startswith(_FLATGEOBUF) and head[11:12] == b"\0"
        if not (head.startswith((_SQLITE, _SHAPEFILE)) or is_flatgeobuf):
            raise UserError("is no GeoPackage, FlatGeobuf or shapefile by its content", file=path)
        if head.startswith(_SHAPEFILE):
            beside = [real.with_suffix(change(part)) for part in _SHAPEFILE_PARTS for change in (str.lower, str.upper)]
        else:
            beside = [real.with_name(real.name + part) for part in _SQLITE_PARTS]
        for part in beside:
            if part.is_symlink() or part.exists():
                checked_file(real.parent, part.name)
    except InvalidItemError as error:
        raise UserError(error.detail, file=path) from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", file=path) from None
    return real


@contextmanager
def _to_read(real: Path) -> Iterator[Path]:
    """The file, or a copy where SQLite would write: it takes in, makes or deletes logs beside a database."""
    with real.open("rb") as stream:
        head = stream.read(20)
    parts = [real.with_name(real.name + part) for part in _SQLITE_PARTS]
    there = [part for part in parts if part.exists()]
    if not head.startswith(_SQLITE) or not (there or _WITH_LOG in head[18:20]):
        yield real
        return
    with tempfile.TemporaryDirectory(prefix="rsica-") as folder:
        for part in (real, *there):
            shutil.copyfile(part, Path(folder, part.name))
        yield Path(folder, real.name)


@contextmanager
def _offline() -> Iterator[None]:
    import pyogrio

    before = {name: pyogrio.get_gdal_config_option(name) for name in OFFLINE}
    pyogrio.set_gdal_config_options(OFFLINE)
    try:
        with warnings.catch_warnings():
            # Remarks on odd versions and fields; what matters raises.
            warnings.simplefilter("ignore")
            yield
    finally:
        pyogrio.set_gdal_config_options(before)


@contextmanager
def _errors(path: Path) -> Iterator[None]:
    try:
        yield
    except RsicaError:
        raise
    except Exception as error:
        # OGR's errors, and what Python makes of damaged texts, numbers and dates.
        lines = str(error).strip().splitlines()
        raise UserError(f"cannot be read: {short(lines[0]) if lines else type(error).__name__}", file=path) from None


def _layer(path: Path, names: list[str], layer: str | None) -> str:
    if layer is None and len(names) == 1:
        return names[0]
    if layer in names:
        return str(layer)
    what = "has no layers" if not names else short(f"has the layers {', '.join(names)}")
    raise UserError(what, file=path, hint="choose one with --layer")
