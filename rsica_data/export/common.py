"""What the conversation formats share: image files, image marks, streamed JSON arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from rsica_data.journal import atomic_path, write_atomic
from rsica_data.reader import BuiltDataset, read_instructions, read_pairs
from rsica_data.schema import EncodedImage, Instruction
from rsica_data.schema.arrow import StoredPair


class ImageOptions(BaseModel):
    """Options of formats with image files: ``images`` is ``copy`` (once a pair, under ``images/``) or ``none``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: Literal["copy", "none"] = "copy"


def image_path(image: EncodedImage) -> str:
    """The path a record names an image by: the original one without a leading ``images/``, as published."""
    return image.path.removeprefix("images/")


def image_paths(pair: StoredPair) -> list[str]:
    """Before, then after."""
    return [image_path(image) for image in (pair.before, pair.after) if image is not None]


def rows(dataset: BuiltDataset, split: str) -> Iterator[tuple[Instruction, StoredPair]]:
    """Instructions of a split with their pairs, a shard in memory at a time."""
    for shard in dataset.shards(split):
        pairs = {pair.pair_id: pair for pair in read_pairs(shard.pairs)}
        for item in read_instructions(shard.instructions):
            yield item, pairs[item.pair_id]


def copy_images(dataset: BuiltDataset, out: Path, options: ImageOptions) -> list[Path]:
    """Write every image once under ``images/``; paths relative to ``out``."""
    if options.images == "none":
        return []
    written = []
    for pair in dataset.pairs():
        for image in (pair.before, pair.after):
            if image is not None:
                path = Path("images") / image_path(image)
                write_atomic(out / path, image.data)
                written.append(path)
    return written


def marked(item: Instruction, mark: str) -> list[tuple[str, str]]:
    """(role, text) of every turn, the image mark before the first user turn alone."""
    turns = [(turn.role, turn.content) for turn in item.turns]
    return [(turns[0][0], f"{mark}{turns[0][1]}"), *turns[1:]]


def write_array(path: Path, records: Iterable[Any]) -> int:
    """Write a JSON array, a record a line, atomically and streamed; number of records."""
    number = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.write("[")
        for record in records:
            stream.write("\n" if number == 0 else ",\n")
            stream.write(json.dumps(record, ensure_ascii=False))
            number += 1
        stream.write("\n]\n")
    return number


def write_lines(path: Path, records: Iterable[Any]) -> int:
    """Write JSON lines atomically and streamed; number of records."""
    number = 0
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            number += 1
    return number
