"""ShareGPT-style JSON as LLaMA-Factory reads it: ``messages`` and ``images``, with its ``dataset_info.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.core.files import dump_json_pretty, write_atomic
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import ImageOptions, copy_images, marked, rows, shown_paths, write_array
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IMAGE_MARK


def export(dataset: BuiltDataset, out: Path, options: ImageOptions) -> list[Path]:
    """Write ``sharegpt_SPLIT.json`` for every split, and ``dataset_info.json``."""
    written = []
    info: dict[str, Any] = {}
    for split in dataset.splits:
        path = Path(f"sharegpt_{split}.json")
        write_array(out / path, (record(item, pair, out, options) for item, pair in rows(dataset, split)))
        written.append(path)
        info[f"{dataset.name}_{split}"] = {
            "file_name": str(path),
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "images": "images"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
            },
        }
    write_atomic(out / "dataset_info.json", dump_json_pretty(info))
    return [*written, Path("dataset_info.json"), *copy_images(dataset, out, options)]


def record(item: Instruction, pair: StoredPair, out: Path, options: ImageOptions) -> dict[str, Any]:
    """A record; relative image paths are relative to the folder, ``images/`` included."""
    return {
        "id": item.instruction_id,
        "messages": [{"role": role, "content": text} for role, text in marked(item, pair, IMAGE_MARK)],
        "images": shown_paths(item, pair, out, options.paths, "images/"),
    }


EXPORTER = ExporterSpec("sharegpt", "ShareGPT-style JSON for LLaMA-Factory.", ImageOptions, export)
