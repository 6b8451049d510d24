"""The folder of an export: a new one, or that of an earlier export of the same dataset in the same format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, dump_json_pretty, is_leftover, remove_partial, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.selection import SelectedDataset

MARK = ".export.json"
"""Says whose export a folder holds; hidden, so that it is no match of ``*.json``."""


@contextmanager
def export_folder(dataset: BuiltDataset, format_: str, to: Path) -> Iterator[None]:
    """Claim ``to`` for an export; one that fails before it has written anything gives the folder back.

    Raises:
        UserError: the dataset is damaged; ``to`` is a file, in use, or holds something else, such as the export of
            another dataset or in another format.
    """
    mark = {"dataset": dataset.name, "format": format_, "sha256": dataset.hash}
    if isinstance(dataset, SelectedDataset):
        mark["selection"] = dump_json(dataset.selection.to_json())
    with locked_folder(to, f"rsica-data export --format {format_}", key="--to"):
        _check(to, mark)
        dataset.check_files()
        remove_partial(to)
        write_atomic(to / MARK, dump_json_pretty(mark))
        try:
            yield
        except BaseException:
            if not _holds_more(to):
                (to / MARK).unlink(missing_ok=True)
            raise


def _check(to: Path, mark: dict[str, str]) -> None:
    if not _holds_more(to):
        return
    hint = "give a new folder"
    stored_mark = _read(to / MARK)
    if stored_mark is None:
        raise UserError("folder is not empty and holds no export", file=to, key="--to", hint=hint)
    if stored_mark == mark:
        return
    name, format_ = stored_mark.get("dataset", "?"), stored_mark.get("format", "?")
    if (name, format_) == (mark["dataset"], mark["format"]):
        what = "other rows" if stored_mark.get("sha256") == mark["sha256"] else "another build"
        raise UserError(f"holds an export of {what} of '{name}'", file=to, key="--to", hint=hint)
    raise UserError(f"holds an export of '{name}' as {format_}", file=to, key="--to", hint=hint)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_json_object(path, "the mark of an export")
    except UserError:
        return None


def _holds_more(folder: Path) -> bool:
    """Whether there is anything besides the mark, the lock and what killed writers left."""
    return any(path.name != MARK and not is_leftover(path) for path in folder.iterdir())
