"""A dataset without its images: what may be published where their terms forbid passing them on.

The pairs keep every column but the images and masks, which are null. Beside each shard of pairs stands
``join/SPLIT-00000-of-000NN.parquet`` with the original path and the SHA-256 of every image, so that a user's own copy
can be joined and checked. The manifest names the files as published, and under ``withheld`` the original ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rsica_data.core.files import atomic_path
from rsica_data.core.parquet import count_rows, opened_parquet
from rsica_data.dataset.checksums import file_entry
from rsica_data.dataset.hub.pull import JOIN
from rsica_data.dataset.reader import IMAGE_COLUMNS, BuiltDataset
from rsica_data.imagery.images import decode_mask
from rsica_data.schema.records import MASK_ROLES

MASK_COLUMNS = MASK_ROLES

PAIRS = "pairs/"
"""How names of files of pairs begin."""

JOIN_SCHEMA = pa.schema(
    [
        ("pair_id", pa.string()),
        ("role", pa.string()),
        ("path", pa.string()),
        ("sha256", pa.string()),
        ("pixels_sha256", pa.string()),
    ]
)
"""``role`` is a column of pairs or ``extra_images/N``; ``pixels_sha256`` is of a mask's class ids, row by row."""


def withhold_shard(dataset: BuiltDataset, path: str, target: Path) -> dict[str, Any]:
    """Write a file of pairs without its images, and its join table, into ``target``.

    Args:
        dataset: whose file; it is here.
        path: of the file, as the manifest names it.
        target: a folder, in which both get the names that they have in a dataset.

    Returns:
        What a manifest says of the two files, by name.
    """
    join = f"{JOIN}/{path.removeprefix(PAIRS)}"
    _strip(dataset.root / path, target / path, target / join)
    entries = {name: file_entry(target / name, count_rows(target / name), images=False) for name in (path, join)}
    if entries[path]["rows"] != dataset.manifest["files"][path]["rows"]:
        raise AssertionError(f"{path}: rows were lost")
    return entries


def withheld_manifest(manifest: Mapping[str, Any], entries: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """The manifest of a dataset as it is published without its images.

    Args:
        manifest: the dataset's own.
        entries: what :func:`withhold_shard` gave for all files of pairs. Those of instructions stay as they are.
        reason: why the images are not published.
    """
    originals = {path: entry for path, entry in manifest["files"].items() if path.startswith(PAIRS)}
    files = {**manifest["files"], **entries}
    withheld = {"reason": reason, "files": dict(sorted(originals.items()))}
    return {**manifest, "files": dict(sorted(files.items())), "withheld": withheld}


def full_manifest(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest that the dataset had before :func:`withheld_manifest`."""
    files = {path: entry for path, entry in manifest["files"].items() if not path.startswith(("pairs/", "join/"))}
    whole = {key: value for key, value in manifest.items() if key != "withheld"}
    return {**whole, "files": dict(sorted({**files, **manifest["withheld"]["files"]}.items()))}


def _strip(source: Path, pairs: Path, join: Path) -> None:
    with opened_parquet(source) as file, atomic_path(pairs) as pairs_part, atomic_path(join) as join_part:
        schema = file.schema_arrow
        with (
            pq.ParquetWriter(pairs_part, schema, compression="zstd") as pairs_writer,
            pq.ParquetWriter(join_part, JOIN_SCHEMA, compression="zstd") as join_writer,
        ):
            for number in range(file.num_row_groups):
                table = file.read_row_group(number)
                join_writer.write_table(pa.Table.from_pylist(list(_join_rows(table)), schema=JOIN_SCHEMA))
                pairs_writer.write_table(_without_images(table))


def _without_images(table: pa.Table) -> pa.Table:
    for name in IMAGE_COLUMNS:
        place = table.schema.get_field_index(name)
        field = table.schema.field(place)
        empty = pa.types.is_list(field.type)
        column = pa.array([[] if empty else None] * table.num_rows, type=field.type)
        table = table.set_column(place, field, column)
    return table


def _join_rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for row in table.select(["pair_id", *IMAGE_COLUMNS]).to_pylist():
        images = {name: row[name] for name in IMAGE_COLUMNS if name != "extra_images"}
        images |= {f"extra_images/{number}": extra["image"] for number, extra in enumerate(row["extra_images"] or ())}
        for role, image in images.items():
            if image is not None:
                yield join_row(row["pair_id"], role, image["path"], image["bytes"])


def join_row(pair_id: str, role: str, path: str | None, data: bytes) -> dict[str, Any]:
    """A row of the join table for one image."""
    pixels = hashlib.sha256(decode_mask(data).tobytes()).hexdigest() if role in MASK_COLUMNS else None
    digest = hashlib.sha256(data).hexdigest()
    return {"pair_id": pair_id, "role": role, "path": path, "sha256": digest, "pixels_sha256": pixels}
