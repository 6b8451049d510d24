"""Whether two datasets hold the same values, whatever their bytes: after a change of how files are written.

    python benchmarks/same_values.py DATASET OTHER

Every row of both tables is compared, column by column, with names and types: masks by their pixels, images and all else
by their bytes. Of the manifests everything but hashes and sizes is. Prints what differs, and fails then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from rsica_data.imagery.images import decode_mask

MASKS = ("change_mask", "before_labels", "after_labels")
OTHER_BYTES = {"sha256", "xxh3_128", "bytes", "plan_sha256"}
"""Keys of a manifest that other bytes of the same values change, or that name the build."""


def differing(one: Path, other: Path, name: str) -> Iterator[str]:
    """Names of what differs between two parquet files."""
    a, b = pq.read_table(one), pq.read_table(other)
    if not a.schema.equals(b.schema, check_metadata=True):
        yield f"{name}: schema"
    for column in a.column_names:
        left, right = a[column], b[column]
        if column in MASKS:
            yield from (f"{name}: {row}: {column}" for row in differing_masks(left, right))
        elif not left.combine_chunks().equals(right.combine_chunks()):
            yield f"{name}: {column}"


def differing_masks(left: Any, right: Any) -> Iterator[int]:
    """Rows of two columns of masks whose pixels or paths differ."""
    for row, (mine, theirs) in enumerate(zip(left.to_pylist(), right.to_pylist(), strict=True)):
        if mine is None or theirs is None:
            same = mine is theirs
        else:
            pixels = decode_mask(mine["bytes"]), decode_mask(theirs["bytes"])
            same = mine["path"] == theirs["path"] and (pixels[0] == pixels[1]).all()
        if not same:
            yield row


def bare(value: Any) -> Any:
    """A manifest without what bytes alone decide."""
    if isinstance(value, dict):
        return {key: bare(part) for key, part in value.items() if key not in OTHER_BYTES}
    return value


def main(one: str, other: str) -> int:
    """Print what differs; 1 where something does."""
    manifests = [json.loads((Path(folder) / "manifest.json").read_text()) for folder in (one, other)]
    problems = [] if bare(manifests[0]) == bare(manifests[1]) else ["manifest.json"]
    names = sorted({*manifests[0]["files"], *manifests[1]["files"]})
    for name in names:
        problems += differing(Path(one) / name, Path(other) / name, name)
    for name in ("rejected.jsonl", "conflicts.jsonl"):
        texts = [(Path(folder) / name).read_bytes() for folder in (one, other) if (Path(folder) / name).is_file()]
        problems += [name] if len(set(texts)) > 1 or len(texts) == 1 else []
    print("\n".join(problems) or f"the same values in {len(names)} files")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
