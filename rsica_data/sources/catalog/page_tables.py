"""Tables of texts about images: JSON, JSON lines, CSV and Parquet by a map of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator

from rsica_data.core.csv_tables import read_table
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json, read_json_lines
from rsica_data.schema.records import SPLITS
from rsica_data.sources.catalog.lists import matching_files, name_pattern
from rsica_data.sources.common import split_suffix
from rsica_data.sources.fields import local_path

_ROWS_AT_ONCE = 4096


def _by_split(given: Any) -> Any:
    """Files by split; files that tell no split under ""."""
    if isinstance(given, str):
        given = [given]
    if isinstance(given, (list, tuple)):
        return {"": tuple(given)}
    if isinstance(given, Mapping):
        return {split: (files,) if isinstance(files, str) else files for split, files in given.items()}
    return given


FilesBySplit = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_split)]


def check_files(value: Mapping[str, Sequence[str]]) -> None:
    """See that files lie inside the input folder and their splits are splits.

    Raises:
        ValueError: they do not.
    """
    for split, files in value.items():
        if split and split not in SPLITS:
            raise ValueError(f"'{split}' is none of {', '.join(SPLITS)}")
        for text in files:
            local_path(text)


class TableForm(BaseModel):
    """A table with a row for an image, or several.

    Attributes:
        file: files, or files of each split; ``*`` matches.
        image: column that names the image, by name or path.
        name: what that column holds, where it is not the name of the pair: ``test_{name}.png``.
        rows: key of the list of rows, in a JSON object that holds several lists.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: FilesBySplit
    image: str = "image"
    name: str | None = None
    rows: str | None = None

    @field_validator("file")
    @classmethod
    def _inside(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        check_files(value)
        return value

    @field_validator("name")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        if value is not None and "{name}" not in value:
            raise ValueError(f"'{value}' has no {{name}}")
        return value


def files_by_split(root: Path, under: str, files: Mapping[str, Sequence[str]]) -> list[tuple[str, Path]]:
    """Files that are there, with their splits ("" where it is not told); each once."""
    splits_of: dict[Path, str] = {}
    for split, texts in files.items():
        for text in texts:
            for path in matching_files(root, under + text):
                splits_of.setdefault(path, split)
    return [(split, path) for path, split in splits_of.items()]


def table_rows(path: Path, columns: Sequence[str], rows: str | None = None) -> Iterator[Mapping[str, Any]]:
    """The rows of a table.

    Args:
        path: ``.csv``, ``.jsonl``, ``.parquet``, else JSON: a list of objects, or an object that holds one list.
        columns: that are needed; of a Parquet file no others are read.
        rows: key of the list, in a JSON object that holds several.

    Raises:
        UserError: cannot be read, or is in another form.
    """
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _parquet(path, columns)
    elif suffix in (".csv", ".tsv"):
        yield from (row for _, row in read_table(path)[1])
    elif suffix == ".jsonl":
        yield from (row for _, row in read_json_lines(path, "a row"))
    else:
        yield from _listed(read_json(path), path, rows)


def _listed(document: Any, path: Path, rows: str | None) -> list[Mapping[str, Any]]:
    if isinstance(document, dict):
        lists = [value for key, value in document.items() if isinstance(value, list) and rows in (None, key)]
        document = lists[0] if len(lists) == 1 else None
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise UserError(f"should hold one list{f' {rows}' if rows else ''} of objects", file=path)
    return document


def _parquet(path: Path, columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
    # Arrow is loaded where a table of this kind is read.
    from rsica_data.core.parquet import opened_parquet

    with opened_parquet(path) as file:
        there = [name for name in columns if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=there):
            yield from batch.to_pylist()


def image_name(given: Any, form: TableForm) -> str | None:
    """The name of the pair that a cell names, None where it names none; of a list the first image counts."""
    text = given[0] if isinstance(given, list) and given else given
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not text:
        return None
    file = re.split(r"[/\\]", text)[-1]
    if form.name is not None:
        match = name_pattern(form.name).fullmatch(file)
        return None if match is None else match.group("name")
    return split_suffix(file)[0]
