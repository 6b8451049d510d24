"""Versions of a built dataset's form, and what earlier ones called things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import pyarrow as pa

SCHEMA_VERSION = 2
"""2: columns and keys in US spelling; ``transform`` is a list of any length, which every pyarrow reads if it is null.

1: ``licence`` where ``license`` stands now, ``transform`` a list of the fixed length 6; still read.
"""

READ_VERSIONS = (1, 2)

FILES_VERSION = 3
"""Of the bytes that the same rows are written as. A build begun under another one is another build.

3: files of pairs by XXH3 in the manifest; the bytes are those of 2.
2: masks packed by runs, small columns of pairs by Snappy, row groups of instructions of their own size.
1: masks packed by Pillow at level 6, all columns but images by Zstandard.
"""

EARLIER_NAMES = {"licence": "license", "images_licence": "images_license"}
"""Name in version 1 to the present one, of columns and of manifest keys."""

EARLIER_TYPES = {"transform": pa.list_(pa.float64(), 6)}
"""Type that a column had in version 1."""

Columns = TypeVar("Columns", pa.Table, pa.RecordBatch)


def stored_name(name: str, stored: Mapping[str, Any] | list[str]) -> str:
    """The name that a column has in a file with the columns ``stored``: that of version 1 where only this is there.

    Example:
        >>> stored_name("license", ["pair_id", "licence"]), stored_name("license", ["license"])
        ('licence', 'license')
    """
    earlier = next((old for old, new in EARLIER_NAMES.items() if new == name), name)
    return earlier if name not in stored and earlier in stored else name


def stored_field(field: pa.Field, stored: pa.Schema) -> pa.Field:
    """A field of the schema as a file with the schema ``stored`` has it: by its earlier name and type, where so."""
    name = stored_name(field.name, stored.names)
    earlier = EARLIER_TYPES.get(field.name)
    is_earlier = earlier is not None and name in stored.names and stored.field(name).type.equals(earlier)
    return pa.field(name, earlier if is_earlier else field.type)


def present_schema(stored: pa.Schema) -> pa.Schema:
    """The schema of a file of an earlier version with the names and types of now; another one as it is."""
    fields = []
    for field in stored:
        name = EARLIER_NAMES.get(field.name, field.name)
        earlier = EARLIER_TYPES.get(name)
        present = pa.list_(earlier.value_type) if earlier is not None and field.type.equals(earlier) else field.type
        fields.append(pa.field(name, present))
    return pa.schema(fields)


def with_present_names(columns: Columns) -> Columns:
    """A table or batch with its columns called as now."""
    names = [EARLIER_NAMES.get(name, name) for name in columns.schema.names]
    return columns if names == columns.schema.names else columns.rename_columns(names)


def with_present_keys(manifest: dict[str, Any]) -> dict[str, Any]:
    """A manifest of version 1 with its keys called as now; ``schema_version`` stays what the files have.

    Example:
        >>> with_present_keys({"schema_version": 1, "source": {"licence": "CC0-1.0"}})
        {'schema_version': 1, 'source': {'license': 'CC0-1.0'}}
    """
    if manifest.get("schema_version") != 1:
        return manifest
    renamed = dict(manifest)
    for key in ("source", "recipe"):
        if isinstance(renamed.get(key), dict):
            renamed[key] = _renamed(renamed[key])
    source = renamed["recipe"].get("source") if isinstance(renamed.get("recipe"), dict) else None
    if isinstance(source, dict) and isinstance(source.get("options"), dict):
        renamed["recipe"] = renamed["recipe"] | {"source": source | {"options": _renamed(source["options"])}}
    return renamed


def _renamed(values: dict[str, Any]) -> dict[str, Any]:
    return {EARLIER_NAMES.get(key, key): value for key, value in values.items()}
