"""What the conversation formats share: image files, image marks, streamed JSON arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path, sha256_bytes, sync_disks, write_unsynced
from rsica_data.dataset.reader import BuiltDataset, pair_of, shown_images
from rsica_data.imagery.images import as_png, probe
from rsica_data.schema import EncodedImage, Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IMAGE_MARK
from rsica_data.schema.series import series_images

Paths = Literal["relative", "absolute"]
"""How a record names an image file: from the folder that its trainer starts from, or from the root of the disk."""


class ImageOptions(BaseModel):
    """Options of formats with image files.

    Attributes:
        images: ``copy`` writes each image once under ``images/``; ``none`` writes none.
        paths: ``relative`` to the folder that the format's readers start from, or ``absolute``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    images: Literal["copy", "none"] = "copy"
    paths: Paths = "relative"


def pair_images(pair: StoredPair) -> list[tuple[str, EncodedImage]]:
    """The images of a pair in order of time, each with the path that records name it by.

    That is the original path without a leading ``images/``, as published.

    Raises:
        UserError: a stored path would lead out of the folder that is written to.
    """
    images = series_images(pair.before, pair.extra_images, pair.after)
    return [(_inside(image.path, pair), image) for image in images]


def item_images(item: Instruction, pair: StoredPair) -> list[EncodedImage]:
    """The images that an instruction shows, in its order.

    Raises:
        UserError: a stored path would lead out of the folder that is written to, or an image is not there.
    """
    pair_images(pair)
    return shown_images(item, pair)


def shown_paths(item: Instruction, pair: StoredPair, out: Path, paths: Paths, below: str = "") -> list[str]:
    """How a record names the images that an instruction shows, of those that :func:`copy_images` writes.

    Args:
        item: the instruction.
        pair: its pair.
        out: folder of the export.
        paths: as in the options.
        below: what stands before a relative path: ``images/`` where readers start from ``out``, else nothing.
    """
    before = f"{out.resolve().as_posix()}/images/" if paths == "absolute" else below
    return [before + _inside(image.path, pair) for image in shown_images(item, pair)]


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


def encoded_for_readers(image: EncodedImage) -> EncodedImage:
    """The image as it is where every trainer can decode it, else as PNG.

    Raises:
        InvalidItemError: it cannot be decoded.
    """
    return image if probe(image).format in ("PNG", "JPEG") else as_png(image)


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
                    write_unsynced(out / "images" / path, image.data)
                elif written[path] != digest:
                    raise UserError(f"pair {pair.pair_id}: another image is named {path!r} too", file=dataset.root)
                written[path] = digest
    sync_disks()
    return [Path("images") / path for path in written]


def marked(
    item: Instruction, pair: StoredPair, mark: str, reserved: Sequence[str] = (IMAGE_MARK,)
) -> list[tuple[str, str]]:
    """(role, text) of every turn; before the first user turn alone stands a mark for each image that is shown.

    Args:
        item: the instruction.
        pair: its pair.
        mark: what stands for an image.
        reserved: marks that readers of the format look for in texts.

    Raises:
        UserError: a text holds such a mark itself, which readers would take for one more image.
    """
    turns = [(turn.role, turn.content) for turn in item.turns]
    for held in reserved:
        if any(held in text for _, text in turns):
            what = "image mark" if held == IMAGE_MARK else "mark"
            raise UserError(f"instruction {item.instruction_id}: its text holds the {what} {held}")
    return [(turns[0][0], mark * len(shown_images(item, pair)) + turns[0][1]), *turns[1:]]


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
