"""The folder of an export: a new one, or that of an earlier export of the same dataset in the same format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rsica_data.core.json_text import read_json_object
from rsica_data.errors import UserError
from rsica_data.journal import TEMPORARY, dump_json_pretty, remove_partial, write_atomic
from rsica_data.reader import BuiltDataset

MARK = ".export.json"
"""Says whose export a folder holds; hidden, so that it is no match of ``*.json``."""


@contextmanager
def export_folder(dataset: BuiltDataset, format_: str, to: Path) -> Iterator[None]:
    """Claim ``to`` for an export; one that fails before it has written anything gives the folder back.

    Raises:
        UserError: ``to`` is a file, holds something else, or the export of another dataset or in another format.
    """
    mark = {"dataset": dataset.name, "format": format_, "sha256": dataset.hash}
    _check(to, mark)
    remove_partial(to)
    write_atomic(to / MARK, dump_json_pretty(mark))
    try:
        yield
    except BaseException:
        if not _holds_more(to):
            (to / MARK).unlink(missing_ok=True)
            with suppress(OSError):
                to.rmdir()
        raise


def _check(to: Path, mark: dict[str, str]) -> None:
    if to.exists() and not to.is_dir():
        raise UserError("is a file", file=to, key="--to", hint="give a folder")
    if not _holds_more(to):
        return
    hint = "give a new folder"
    found = _read(to / MARK)
    if found is None:
        raise UserError("folder is not empty and holds no export", file=to, key="--to", hint=hint)
    if found == mark:
        return
    name, format_ = found.get("dataset", "?"), found.get("format", "?")
    if (name, format_) == (mark["dataset"], mark["format"]):
        raise UserError(f"holds an export of another build of '{name}'", file=to, key="--to", hint=hint)
    raise UserError(f"holds an export of '{name}' as {format_}", file=to, key="--to", hint=hint)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_json_object(path, "the mark of an export")
    except UserError:
        return None


def _holds_more(folder: Path) -> bool:
    """Whether there is anything besides the mark and what killed writers left."""
    return folder.is_dir() and any(
        path.name != MARK and not path.name.startswith(TEMPORARY) for path in folder.iterdir()
    )
