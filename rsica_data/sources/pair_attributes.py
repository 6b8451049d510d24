"""What a file tells of single pairs: ``{name: {key: value}}`` as JSON, or a CSV table with a column ``name``."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from rsica_data.errors import UserError
from rsica_data.user_text import decode_user_text, read_user_text

_KEY = "source.options.pair_attributes"


def read_pair_attributes(path: Path) -> dict[str, dict[str, Any]]:
    """Attributes by pair name; values of a table are text.

    Raises:
        UserError: no such file, another form, or a name that stands twice.
    """
    if path.suffix.lower() == ".csv":
        return _table(path)
    try:
        loaded = json.loads(decode_user_text(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot be read: {error}", file=path, key=_KEY) from None
    if not isinstance(loaded, dict) or not all(isinstance(value, dict) for value in loaded.values()):
        raise UserError("should be {name: {key: value}}", file=path, key=_KEY)
    return loaded


def _table(path: Path) -> dict[str, dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(read_user_text(path), newline=""))
    if "name" not in (rows.fieldnames or ()):
        raise UserError("has no column 'name'", file=path, line=1, key=_KEY)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row.pop("name")
        if name in found:
            raise UserError(f"'{name}' stands twice", file=path, line=rows.line_num, key=_KEY)
        found[name] = {key: value for key, value in row.items() if key and value not in (None, "")}
    return found
