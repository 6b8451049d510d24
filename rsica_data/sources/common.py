"""What the layouts share: listing folders, reading pairs of images and masks, the checks every pair passes."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.quick_init import quick_init
from rsica_data.imagery.image_listing import IMAGE_SUFFIXES, is_hidden
from rsica_data.imagery.images import read_image
from rsica_data.imagery.masks import decode_values, empty_values
from rsica_data.imagery.orientation import as_shown, orientation
from rsica_data.schema import EncodedImage, Mask, PairKey
from rsica_data.schema.records import MASK_ROLES, SPLITS
from rsica_data.sources.mask_rules import MaskRule, mask_ids
from rsica_data.sources.oriented import settle_orientation
from rsica_data.sources.tiff_images import LoadedImage, load_any

LEFT_OUT = "captions_left_out"
"""Key of ``PairKey.extra``: how many sentences of the pair hold no words and were left out of its captions."""

_DIGITS = re.compile(r"(\d+)")


def need_root(root: Path | None) -> Path:
    """The input folder of a source that cannot do without one."""
    if root is None:
        raise UserError("an input folder is needed", key="--input")
    return root


def inside(path: str) -> bool:
    """Whether a relative path, as it is written, stays inside the folder it is relative to."""
    return not (PurePosixPath(path).is_absolute() or Path(path).is_absolute() or ".." in PurePosixPath(path).parts)


def list_folder(folder: Path) -> list[str]:
    """Names in a folder, sorted, without ``image_listing.is_hidden`` ones; empty where there is no such folder.

    Raises:
        UserError: the folder cannot be read, or a name is not valid Unicode and could not be stored.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if not is_hidden(name))  # noqa: PTH208 - names only
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", file=folder) from None
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise UserError(f"file name {name!r} is not valid UTF-8", file=folder, hint="rename it") from None
    return names


def split_suffix(name: str) -> tuple[str, str]:
    """``(stem, suffix)`` of a file name, the suffix only where it is one of an image."""
    stem, dot, ending = name.rpartition(".")
    suffix = dot + ending
    # As os.path.splitext has it: a name that begins with dots has no suffix there.
    named = stem[stem.rfind("/") + 1 :].strip(".")
    return (stem, suffix) if named and suffix.lower() in IMAGE_SUFFIXES else (name, "")


def listed_name(line: str, known: Container[str]) -> tuple[str, str]:
    """Name and file name of a line of a list of pairs.

    Args:
        line: a name, a path, or the paths of the pair, of which the first stands for all.
        known: names of pairs.
    """
    stem, file = "", ""
    for text in (line, line.split()[0].rstrip(",")):
        file = re.split(r"[/\\]", text)[-1]
        stem = split_suffix(file)[0]
        if stem in known:
            break
    return stem, file


def list_images(folder: Path) -> dict[str, str]:
    """File names of the images in a folder by their stem, sorted; empty where there is no such folder.

    Raises:
        UserError: two images have the same stem, or the folder cannot be read.
    """
    image_names: dict[str, str] = {}
    for name in list_folder(folder):
        stem, suffix = split_suffix(name)
        if not suffix:
            continue
        if stem in image_names:
            raise UserError(
                f"'{image_names[stem]}' and '{name}' would be one pair", file=folder, hint="keep one of them"
            )
        image_names[stem] = name
    return image_names


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """Sort key that puts ``tile_9`` before ``tile_10``; ``01`` and ``1`` stay apart by the name itself."""
    parts = _DIGITS.split(name)
    return tuple(int(part) if number % 2 else part for number, part in enumerate(parts)), name


def sort_keys(keys: Iterable[PairKey]) -> list[PairKey]:
    """Keys by split (train, val, test), then by name in natural order: the order of every build."""
    return sorted(keys, key=lambda key: (SPLITS.index(key.split), natural(key.pair_id)))


@quick_init
@dataclass(frozen=True, slots=True)
class PairImages:
    """The images of a pair as they are stored.

    Attributes:
        before, after: the images.
        width, height: of both, in pixels.
        shown: see :class:`oriented.OrientedPair`.
        attributes: what the pair keeps of how they were read.
    """

    before: EncodedImage
    after: EncodedImage
    width: int
    height: int
    shown: bool
    attributes: dict[str, Any]


def load_image(root: Path, path: str | None, role: str) -> LoadedImage:
    """An 8-bit image: PNG and JPEG as they stand, others as they are to be shown.

    Raises:
        InvalidItemError: missing or broken (``images.read_image``, ``images.probe``), or of more than 8 bits a sample
            (``image-depth``).
    """
    if path is None:
        raise InvalidItemError("missing-file", f"no {role} image")
    try:
        return load_any(root, path, None, None)
    except InvalidItemError as error:
        if error.reason != "image-depth":
            raise
        raise InvalidItemError("image-depth", f"{error.detail.partition(';')[0]}; 8-bit images are needed") from None


def check_sizes(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raises InvalidItemError (``size-mismatch``) where two images differ in width or height."""
    if before != after:
        sizes = f"before {before[0]}x{before[1]}, after {after[0]}x{after[1]}"
        raise InvalidItemError("size-mismatch", f"the images differ in size: {sizes}")


def load_images(root: Path, key: PairKey) -> PairImages:
    """Before and after image, turned one way where they have orientation tags.

    Raises:
        InvalidItemError: as :func:`load_image` and :func:`check_sizes`.
    """
    before = load_image(root, key.files.get("before"), "before")
    after = load_image(root, key.files.get("after"), "after")
    pair = settle_orientation(root, before, after, (key.files[role] for role in MASK_ROLES if role in key.files))
    check_sizes(pair.before.size, pair.after.size)
    return PairImages(pair.before.image, pair.after.image, *pair.before.size, pair.shown, pair.attributes)


def load_mask(root: Path, path: str | None, rule: MaskRule, size: tuple[int, int], *, shown: bool = False) -> Mask:
    """A mask file as class ids.

    Args:
        root: the source's folder.
        path: file relative to it; None where none was found.
        rule: what its values mean.
        size: width and height it must have.
        shown: turn it by its own orientation tag.

    Raises:
        InvalidItemError: ``missing-mask``, ``size-mismatch``, or as :func:`masks.decode_values`.
    """
    if path is None:
        raise InvalidItemError("missing-mask", "no mask file")
    try:
        image = read_image(root, path)
    except InvalidItemError as error:
        if error.reason == "missing-file":
            raise InvalidItemError("missing-mask", f"{path}: no such file") from None
        raise
    return read_mask(image, rule, size, shown=shown)


def read_mask(image: EncodedImage, rule: MaskRule, size: tuple[int, int], *, shown: bool = False) -> Mask:
    """An encoded mask as class ids; arguments and errors as of :func:`load_mask`."""
    if shown and orientation(image) != 1:
        image = as_shown(image)
    empty = empty_values(image, palette_indices=rule.palette_indices)
    values = decode_values(image, palette_indices=rule.palette_indices) if empty is None else empty
    if (values.shape[1], values.shape[0]) != size:
        shape = f"{values.shape[1]}x{values.shape[0]}"
        raise InvalidItemError("size-mismatch", f"mask {image.path} is {shape}, the images are {size[0]}x{size[1]}")
    return values if empty is not None and rule.keeps_zero else mask_ids(image, values, rule)


def not_this_layout(root: Path, source: str, looked_for: Sequence[str]) -> UserError:
    """The folder is not in the source's layout."""
    what = "folder is empty" if not list_folder(root) else f"not in the layout of '{source}'"
    return UserError(what, file=root, hint="looked for " + ", ".join(looked_for))
