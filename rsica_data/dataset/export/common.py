"""What the conversation formats share: image files, image marks, streamed JSON arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path, sha256_bytes, write_atomic
from rsica_data.dataset.reader import BuiltDataset, pair_of
from rsica_data.schema import EncodedImage, Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IMAGE_MARK


class ImageOptions(BaseModel):
    """Options of formats with image files: ``images`` is ``copy`` (once a pair, under ``images/``) or ``none``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: Literal["copy", "none"] = "copy"


def pair_images(pair: StoredPair) -> list[tuple[str, EncodedImage]]:
    """The images of a pair, before and then after, each with the path that records name it by.

    That is the original path without a leading ``images/``, as published.

    Raises:
        UserError: a stored path would lead out of the folder that is written to.
    """
    return [(_inside(image.path, pair), image) for image in (pair.before, pair.after) if image is not None]


def image_paths(pair: StoredPair) -> list[str]:
    """Before, then after."""
    return [path for path, _ in pair_images(pair)]


def _inside(path: str, pair: StoredPair) -> str:
    # A dataset from elsewhere may hold any path; backslashes and drives count too, for those who unpack on Windows.
    short = path.removeprefix("images/")
    windows = PureWindowsPath(short)
    if not short or PurePosixPath(short).is_absolute() or windows.drive or windows.root or ".." in windows.parts:
        raise UserError(f"pair {pair.pair_id}: image path {path!r} is not a path inside the dataset")
    return short


def rows(dataset: BuiltDataset, split: str) -> Iterator[tuple[Instruction, StoredPair]]:
    """Instructions of a split with their pairs, a shard in memory at a time."""
    for shard in dataset.shards(split):
        pairs = {pair.pair_id: pair for pair in dataset.shard_pairs(shard)}
        for item in dataset.shard_instructions(shard):
            yield item, pair_of(item, pairs)


def copy_images(
    dataset: BuiltDataset, out: Path, options: ImageOptions, splits: Sequence[str] | None = None
) -> list[Path]:
    """Write every image of some splits (all where None) once under ``images/``; paths relative to ``out``.

    Raises:
        UserError: two different images have the same path, so one would take the place of the other.
    """
    if options.images == "none":
        return []
    written: dict[str, str] = {}
    for split in dataset.splits if splits is None else splits:
        for pair in dataset.pairs(split):
            for path, image in pair_images(pair):
                digest = sha256_bytes(image.data)
                if path not in written:
                    write_atomic(out / "images" / path, image.data)
                elif written[path] != digest:
                    raise UserError(f"pair {pair.pair_id}: another image is named {path!r} too", file=dataset.root)
                written[path] = digest
    return [Path("images") / path for path in written]


def marked(item: Instruction, pair: StoredPair, mark: str) -> list[tuple[str, str]]:
    """(role, text) of every turn; before the first user turn alone stands a mark for each image of the pair.

    Raises:
        UserError: a text holds ``<image>`` itself, which readers of the format would take for one more image.
    """
    turns = [(turn.role, turn.content) for turn in item.turns]
    if any(IMAGE_MARK in text for _, text in turns):
        raise UserError(f"instruction {item.instruction_id}: its text holds the image mark {IMAGE_MARK}")
    return [(turns[0][0], mark * len(pair_images(pair)) + turns[0][1]), *turns[1:]]


def flag(item: Instruction) -> int | None:
    """``changeflag``: 1, 0, or null where nobody knows."""
    return None if item.changed is None else int(item.changed)


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
