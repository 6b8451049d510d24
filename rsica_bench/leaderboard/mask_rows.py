"""Predicted masks of a board's row: kept with it, scored again, and shown as tasks of their own.

``masks.jsonl.gz`` has a line a mask file of the run: ``{"name": path below masks/, "png": base64}``.
"""

from __future__ import annotations

import base64
import binascii
import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_bench.files.benchmark_items import MASK_TASKS
from rsica_bench.run.mask_scores import MASKS
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, write_atomic
from rsica_data.core.json_text import read_json_lines
from rsica_data.core.raw import read_bytes

PACKED_MASKS = "masks.jsonl.gz"
MASK_PROTOCOLS = {"change_detection": "micro", "semantic_change": "second", "building_damage": "xview2"}
"""The protocol of printed rows that such a task has: figures of pixels summed over all pairs, and SECOND's."""


def pack_masks(run: Path) -> bytes:
    """The masks of a run folder in one file."""
    folder = run / MASKS
    lines = [
        dump_json({"name": path.relative_to(folder).as_posix(), "png": base64.b64encode(read_bytes(path)).decode()})
        for path in sorted(folder.rglob("*.png"))
    ]
    return gzip.compress("".join(line + "\n" for line in lines).encode("utf-8"), mtime=0)


def unpack_masks(packed: Path, run: Path) -> None:
    """Write the masks of a row into a run folder.

    Raises:
        UserError: the file is damaged, or names a file outside the folder.
    """
    for number, row in read_json_lines(packed, "a mask", unpack=True):
        name, text = row.get("name"), row.get("png")
        if not isinstance(name, str) or not isinstance(text, str) or not _is_inside(name):
            raise UserError("is no mask of a pair", file=packed, line=number)
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise UserError("holds no base64", file=packed, line=number, key="png") from None
        write_atomic(run / MASKS / name, data)


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    plain = not any(letter in name for letter in ("\\", ":", "\0"))
    return plain and path.suffix == ".png" and not path.is_absolute() and ".." not in path.parts


def mask_entries(result: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(task, entry) of each part of the block ``masks`` of a result, in the form of the entries of ``tasks``."""
    masks = result.get("masks") or {}
    for part, task in MASK_TASKS.items():
        if masks.get(part):
            pairs = masks["pairs"] - masks["without_truth"]
            yield task, {"items": pairs, "pairs": pairs, "unparsed": 0, "unparsed_reasons": {}, **masks[part]}


def board_tasks(result: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The entries of a result by the task that they are on a board: those of ``tasks``, and of masks."""
    return {**result["tasks"], **dict(mask_entries(result))}
