"""What a file tells of single pairs: ``{name: {key: value}}`` as JSON, or a CSV table with a column ``name``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.core.csv_tables import read_table
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json

_KEY = "source.options.pair_attributes"


def read_pair_attributes(path: Path) -> dict[str, dict[str, Any]]:
    """Attributes by pair name; values of a table are text.

    Raises:
        UserError: no such file, another form, or a name that appears twice.
    """
    if path.suffix.lower() == ".csv":
        return _table(path)
    loaded = read_json(path, key=_KEY)
    if not isinstance(loaded, dict) or not all(isinstance(value, dict) for value in loaded.values()):
        raise UserError("should be {name: {key: value}}", file=path, key=_KEY)
    return loaded


def _table(path: Path) -> dict[str, dict[str, Any]]:
    columns, rows = read_table(path, key=_KEY)
    if "name" not in columns:
        raise UserError("has no column 'name'", file=path, line=1, key=_KEY)
    attributes: dict[str, dict[str, Any]] = {}
    for line, row in rows:
        name = row.pop("name")
        if name in attributes:
            raise UserError(f"'{name}' appears twice", file=path, line=line, key=_KEY)
        attributes[name] = {key: value for key, value in row.items() if key and value}
    return attributes
