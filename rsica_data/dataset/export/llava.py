"""LLaVA's conversation JSON, one file a split: ``{"id", "image": [before, after], "conversations": [...]}``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import ImageOptions, copy_images, marked, rows, shown_paths, write_array
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IMAGE_MARK

_MARK = f"{IMAGE_MARK}\n"
_ROLES = {"user": "human", "assistant": "gpt"}


def export(dataset: BuiltDataset, out: Path, options: ImageOptions) -> list[Path]:
    """Write ``llava_SPLIT.json`` for every split."""
    written = []
    for split in dataset.splits:
        path = Path(f"llava_{split}.json")
        write_array(out / path, (record(item, pair, out, options) for item, pair in rows(dataset, split)))
        written.append(path)
    return written + copy_images(dataset, out, options)


def record(item: Instruction, pair: StoredPair, out: Path, options: ImageOptions) -> dict[str, Any]:
    """A record."""
    return {
        "id": item.instruction_id,
        "image": shown_paths(item, pair, out, options.paths),
        "conversations": [{"from": _ROLES[role], "value": text} for role, text in marked(item, pair, _MARK)],
    }


EXPORTER = ExporterSpec("llava", "LLaVA's conversation JSON with two images.", ImageOptions, export)
