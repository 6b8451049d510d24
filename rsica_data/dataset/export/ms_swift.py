"""JSONL as ms-swift reads it: ``{"messages": [...], "images": [before, after]}``, one file a split.

ms-swift resolves relative paths against ``ROOT_IMAGE_DIR`` and not against the file, so paths are absolute by default.
Measured with ms-swift 4.6.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import (
    ImageOptions,
    Paths,
    copy_images,
    marked,
    rows,
    shown_paths,
    write_lines,
)
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IMAGE_MARK

_RESERVED = (IMAGE_MARK, "<video>", "<audio>")


class MsSwiftOptions(ImageOptions):
    """Options.

    Attributes:
        paths: ``absolute``; or ``relative`` to the folder, which ``ROOT_IMAGE_DIR`` must name then.
    """

    paths: Paths = "absolute"


def export(dataset: BuiltDataset, out: Path, options: MsSwiftOptions) -> list[Path]:
    """Write ``ms_swift_SPLIT.jsonl`` for every split, for ``swift sft --dataset``."""
    written = []
    for split in dataset.splits:
        path = Path(f"ms_swift_{split}.jsonl")
        write_lines(out / path, (record(item, pair, out, options) for item, pair in rows(dataset, split)))
        written.append(path)
    return written + copy_images(dataset, out, options)


def record(item: Instruction, pair: StoredPair, out: Path, options: MsSwiftOptions) -> dict[str, Any]:
    """A record: a mark for each image before the first question, the images in the same order."""
    return {
        "id": item.instruction_id,
        "messages": [{"role": role, "content": text} for role, text in marked(item, pair, IMAGE_MARK, _RESERVED)],
        "images": shown_paths(item, pair, out, options.paths, "images/"),
    }


EXPORTER = ExporterSpec("ms-swift", "JSONL for ms-swift.", MsSwiftOptions, export)
