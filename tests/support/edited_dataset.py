"""A dataset whose files a test has edited, as if it had been built so: its manifest states them as they are."""

import hashlib
import json

import pyarrow.parquet as pq


def restate(root):
    """Write the hashes, sizes and rows of the data files into the manifest."""
    path = root / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    for name in manifest["files"]:
        data = (root / name).read_bytes()
        manifest["files"][name] = {
            "rows": pq.read_metadata(root / name).num_rows,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
    path.write_text(json.dumps(manifest), encoding="utf-8")


def flip_bit(path, rng):
    """Flip one bit anywhere in a file; where."""
    data = bytearray(path.read_bytes())
    place, bit = rng.randrange(len(data)), rng.randrange(8)
    data[place] ^= 1 << bit
    path.write_bytes(bytes(data))
    return place, bit


def edit_rows(path, change):
    """Rewrite a data file with ``change(rows)`` made to its rows."""
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(type(table).from_pylist(rows, schema=table.schema), path)
