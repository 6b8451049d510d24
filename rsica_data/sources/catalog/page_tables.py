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
from rsica_data.sources.path_templates import placed_name

_ROWS_AT_ONCE = 4096
_COLUMN = re.compile(r"\{([^{}]+)\}")


def _by_split(given: Any) -> Any:
    """Files by split; files that tell no split under ""."""
    if isinstance(given, str):
        given = [given]
    if isinstance(given, (list, tuple)):
        return {"": tuple(given)}
    if isinstance(given, Mapping):
        return {split: (files,) if isinstance(files, str) else files for split, files in given.items()}
    return given


def _as_list(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
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
        whole: all of a path is the name, its parts joined by ``_``, as of groups of HDF5 files.
        rows: key of the list of rows, in a JSON object that holds several lists.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    file: FilesBySplit
    image: str = "image"
    name: str | None = None
    whole: bool = False
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


def columns_of(text: str) -> list[str]:
    """The columns that a column's name, or a template of columns, stands for.

    Example:
        >>> columns_of("image"), columns_of("{dataset}/{image_id}")
        (['image'], ['dataset', 'image_id'])
    """
    return _COLUMN.findall(text) or [text]


def images_of(row: Mapping[str, Any], image: str, images: Sequence[str] = ()) -> tuple[str, ...]:
    """Names or paths of the images of a row; none where it lacks them.

    Args:
        row: the row.
        image: the column that names them, in one text or a list; or a template of columns.
        images: columns in place of it, of which those that hold a text name an image each.

    Example:
        >>> images_of({"dataset": "avvg", "image_id": "1.jpg"}, "{dataset}/{image_id}")
        ('avvg/1.jpg',)
        >>> images_of({"pre": "1.png", "post": "2.png", "one": None}, "", ["pre", "post", "one"])
        ('1.png', '2.png')
    """
    if images:
        cells = [row.get(column) for column in images]
        return tuple(cell for cell in cells if isinstance(cell, str) and cell)
    if _COLUMN.search(image):
        parts = {column: row.get(column) for column in columns_of(image)}
        if not all(isinstance(part, (str, int)) for part in parts.values()):
            return ()
        return (_COLUMN.sub(lambda match: str(parts[match.group(1)]), image),)
    cell = row.get(image)
    cells = cell if isinstance(cell, list) else [cell]
    named = tuple(
        str(cell) for cell in cells if isinstance(cell, (str, int)) and not isinstance(cell, bool) and cell != ""
    )
    return named if len(named) == len(cells) else ()


def image_name(given: Any, form: TableForm) -> str | None:
    """The name of the pair that a cell names, None where it names none; of a list the first image counts."""
    text = given[0] if isinstance(given, list) and given else given
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str) or not text:
        return None
    parts = [part for part in re.split(r"[/\\]", text) if part] or [""]
    if form.whole:
        return "_".join(parts)
    file = parts[-1]
    if form.name is not None:
        match = name_pattern(form.name).fullmatch(file)
        return None if match is None else placed_name(match.groupdict())
    return split_suffix(file)[0]
