"""Pairs without masks, of a built dataset or of a plain folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.image_listing import image_files
from rsica_data.imagery.images import read_image
from rsica_data.schema import EncodedImage
from rsica_data.schema.records import is_evaluation

NAMED = re.compile(r"[^A-Za-z0-9._-]+")
"""What cannot be part of a name."""


@dataclass(frozen=True, slots=True)
class UnlabelledPair:
    """A pair without a mask: its name as a file, its id or path, and what reads its images (before, after)."""

    name: str
    pair_id: str
    read: Callable[[], tuple[EncodedImage, EncodedImage]]


def dataset_pairs(dataset: BuiltDataset, split: str, relabel: bool = False) -> Iterator[UnlabelledPair]:
    """The pairs of a split of two dates that have no change mask.

    Args:
        dataset: a built dataset with its images.
        split: one that is not for evaluation.
        relabel: take those with a mask too.

    Raises:
        UserError: no such split, or one of evaluation.
    """
    dataset.need_images()
    if is_evaluation(split):
        what = f"'{split}' is for evaluation, and labels of a model measure no other model"
        raise UserError(what, key="--split", hint="label train, or a folder of other images")
    for pair in dataset.pairs(split):
        if pair.before is not None and pair.after is not None and (pair.change_mask is None or relabel):
            name = NAMED.sub("_", pair.pair_id.split("/", 2)[-1])
            images = (pair.before, pair.after)
            yield UnlabelledPair(name, pair.pair_id, lambda images=images: images)  # type: ignore[misc]


def folder_pairs(root: Path) -> Iterator[UnlabelledPair]:
    """The pairs of a folder: images of one path below folders ``A`` and ``B``, also below further folders.

    An image without its other date is a pair that cannot be read, by the name of its file.

    Raises:
        UserError: there is none, or two have one name.
    """
    sides: dict[str, dict[str, str]] = {"A": {}, "B": {}}
    for path in image_files(root):
        parts = path.relative_to(root).parts
        place = next((number for number, part in enumerate(parts[:-1]) if part in sides), None)
        if place is not None:
            key = "/".join((*parts[:place], *parts[place + 1 : -1], path.stem))
            sides[parts[place]][key] = path.relative_to(root).as_posix()
    names: dict[str, str] = {}
    for key in sorted(sides["A"].keys() & sides["B"].keys()):
        name = NAMED.sub("_", key)
        if names.setdefault(name, key) != key:
            raise UserError(f"'{names[name]}' and '{key}' would be one pair", file=root, key="--input")
    if not names:
        raise UserError("holds no pairs", file=root, key="--input", hint="images of equal names in A and B")
    for name, key in names.items():
        yield UnlabelledPair(name, key, partial(_read_both, root, sides["A"][key], sides["B"][key]))
    for one, other in (("A", "B"), ("B", "A")):
        for key in sorted(sides[one].keys() - sides[other].keys()):
            yield UnlabelledPair(sides[one][key], key, partial(_refuse_alone, other))


def _refuse_alone(other: str) -> tuple[EncodedImage, EncodedImage]:
    raise InvalidItemError("unpaired-image", f"there is no image of this name in {other}")


def _read_both(root: Path, before: str, after: str) -> tuple[EncodedImage, EncodedImage]:
    return read_image(root, before), read_image(root, after)
