"""WebDataset shards: ``.tar`` files of ``KEY.before.png``, ``KEY.after.png`` and ``KEY.json``.

Files of one key are one sample and stand side by side. Keys hold no dot: a suffix starts at the first one.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rsica_data.core.files import atomic_path, dump_json
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import encoded_for_readers, pair_images, rows
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.images import probe
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.series import shown_of

_SUFFIX = {"PNG": "png", "JPEG": "jpg"}
Sample = list[tuple[str, bytes]]
"""Suffix and content of the files of one key."""


class WebDatasetOptions(BaseModel):
    """Options.

    Attributes:
        sample: ``instruction`` gives a sample a conversation, which repeats the images of a pair; ``pair`` a sample a
            pair, with all of its conversations in the JSON.
        shard_samples: maximum number of samples of a shard.
        shard_mb: size after which a shard ends, in MB.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    sample: Literal["instruction", "pair"] = "instruction"
    shard_samples: int = Field(default=10_000, ge=1)
    shard_mb: int = Field(default=1000, ge=1)


def export(dataset: BuiltDataset, out: Path, options: WebDatasetOptions) -> list[Path]:
    """Write ``SPLIT-000000.tar`` and so on; tars of an earlier export that are no longer needed are removed."""
    written = []
    for split in dataset.splits:
        samples = _by_pair(dataset, split) if options.sample == "pair" else _by_instruction(dataset, split)
        written += _write_shards(out, split, enumerate(samples), options)
    for path in sorted(out.glob("*-[0-9]*.tar")):
        if path.relative_to(out) not in written:
            path.unlink()
    return written


def _by_instruction(dataset: BuiltDataset, split: str) -> Iterator[Sample]:
    for item, pair in rows(dataset, split):
        yield _sample(pair, _conversation(item, pair) | {"pair_id": pair.pair_id})


def _by_pair(dataset: BuiltDataset, split: str) -> Iterator[Sample]:
    for shard in dataset.shards(split):
        items: dict[str, list[Instruction]] = {}
        for item in dataset.shard_instructions(shard):
            items.setdefault(item.pair_id, []).append(item)
        for pair in dataset.shard_pairs(shard):
            if pair.pair_id in items:
                conversations = [_conversation(item, pair) for item in items[pair.pair_id]]
                yield _sample(pair, {"pair_id": pair.pair_id, "conversations": conversations})


def _image_names(count: int) -> list[str]:
    """What the images of a sample are called, in order of time; those between the first and the last by number."""
    return ["before", *(f"date_{place}" for place in range(1, count - 1)), *(["after"] if count > 1 else [])]


def _conversation(item: Instruction, pair: StoredPair) -> dict[str, Any]:
    names = _image_names(len(pair_images(pair)))
    # Which images a question of a series shows, and in which order; before and after go without saying.
    shown = {"images": shown_of(names, item.gold)} if len(names) > 2 else {}
    return {
        "id": item.instruction_id,
        "task": item.task,
        "messages": [{"role": turn.role, "content": turn.content} for turn in item.turns],
        "references": list(item.references),
        **shown,
    }


def _sample(pair: StoredPair, record: dict[str, Any]) -> Sample:
    files: Sample = []
    images = pair_images(pair)
    for name, (_, image) in zip(_image_names(len(images)), images, strict=True):
        encoded = encoded_for_readers(image)
        files.append((f"{name}.{_SUFFIX[probe(encoded).format]}", encoded.data))
    return [*files, ("json", dump_json(record).encode())]


def _write_shards(
    out: Path, split: str, samples: Iterator[tuple[int, Sample]], options: WebDatasetOptions
) -> list[Path]:
    written: list[Path] = []
    for first in samples:
        path = Path(f"{split}-{len(written):06d}.tar")
        with atomic_path(out / path) as partial, tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT) as tar:
            size = 0
            for held, (number, sample) in enumerate(chain([first], samples), 1):
                size += _add(tar, f"{split}-{number:09d}", sample)
                if held >= options.shard_samples or size >= options.shard_mb * 1_000_000:
                    break
        written.append(path)
    return written


def _add(tar: tarfile.TarFile, key: str, sample: Sample) -> int:
    """Add the files of one sample; their size in bytes."""
    for suffix, data in sample:
        # No times, owners or modes: the same rows give the same bytes.
        info = tarfile.TarInfo(f"{key}.{suffix}")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    return sum(len(data) for _, data in sample)


EXPORTER = ExporterSpec("webdataset", "WebDataset shards.", WebDatasetOptions, export)
