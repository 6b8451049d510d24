"""JSON as the finetuning script of Qwen2.5-VL and Qwen3-VL reads it, with the entry for its list of datasets.

The script joins ``data_path`` and each path of ``image``, and takes ``<image>`` and ``<video>`` in the texts of the
human for places of images and videos (``qwen-vl-finetune/qwenvl/data/data_processor.py``, read November 2026).
"""

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

_MARK = f"{IMAGE_MARK}\n"
_RESERVED = (IMAGE_MARK, "<video>")
_ROLES = {"user": "human", "assistant": "gpt"}


def export(dataset: BuiltDataset, out: Path, options: ImageOptions) -> list[Path]:
    """Write ``qwen_vl_SPLIT.json`` for every split, and their entries for the script's ``data_dict``."""
    written = []
    entries: dict[str, dict[str, str]] = {}
    for split in dataset.splits:
        path = Path(f"qwen_vl_{split}.json")
        write_array(out / path, (record(item, pair, out, options) for item, pair in rows(dataset, split)))
        written.append(path)
        folder = out.resolve().as_posix()
        entries[f"{dataset.name}_{split}"] = {"annotation_path": f"{folder}/{path}", "data_path": f"{folder}/images"}
    write_atomic(out / "data_list.json", dump_json_pretty(entries))
    return [*written, Path("data_list.json"), *copy_images(dataset, out, options)]


def record(item: Instruction, pair: StoredPair, out: Path, options: ImageOptions) -> dict[str, Any]:
    """A record; relative image paths are relative to ``images/``."""
    turns = marked(item, pair, _MARK, _RESERVED)
    return {
        "id": item.instruction_id,
        "image": shown_paths(item, pair, out, options.paths),
        "conversations": [{"from": _ROLES[role], "value": text} for role, text in turns],
    }


EXPORTER = ExporterSpec("qwen-vl", "JSON for the finetuning script of Qwen-VL.", ImageOptions, export)
