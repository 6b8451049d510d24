"""What the layouts share: listing folders, reading pairs of images and masks, the checks every pair passes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from rsica_data.errors import BadItem, UserError
from rsica_data.images import IMAGE_SUFFIXES, Colour, decode_values, probe, read_image, values_to_ids
from rsica_data.schema import EncodedImage, Mask, PairKey
from rsica_data.schema.records import SPLITS

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
    """Names in a folder, sorted, hidden ones left out; empty where there is no such folder.

    Raises:
        UserError: the folder cannot be read, or a name is not valid Unicode and could not be stored.
    """
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208 - names only
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
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a Path per file is slow for 10,000 files
    return (stem, suffix) if suffix.lower() in IMAGE_SUFFIXES else (name, "")


def list_images(folder: Path) -> dict[str, str]:
    """File names of the images in a folder by their stem, sorted; empty where there is no such folder.

    Raises:
        UserError: two images have the same stem, or the folder cannot be read.
    """
    found: dict[str, str] = {}
    for name in list_folder(folder):
        stem, suffix = split_suffix(name)
        if not suffix:
            continue
        if stem in found:
            raise UserError(f"'{found[stem]}' and '{name}' would be one pair", file=folder, hint="keep one of them")
        found[stem] = name
    return found


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """Sort key that puts ``tile_9`` before ``tile_10``; ``01`` and ``1`` stay apart by the name itself."""
    parts = _DIGITS.split(name)
    return tuple(int(part) if number % 2 else part for number, part in enumerate(parts)), name


def sort_keys(keys: Iterable[PairKey]) -> list[PairKey]:
    """Keys by split (train, val, test), then by name in natural order: the order of every build."""
    return sorted(keys, key=lambda key: (SPLITS.index(key.split), natural(key.pair_id)))


def load_image(root: Path, path: str | None, role: str) -> tuple[EncodedImage, tuple[int, int]]:
    """An image as it stands, and its width and height.

    Raises:
        BadItem: missing or broken (see ``images.read_image`` and ``images.probe``), or of more than 8 bits a sample
            (``image-depth``).
    """
    if path is None:
        raise BadItem("missing-file", f"no {role} image")
    image = read_image(root, path)
    info = probe(image)
    if info.bits > 8:
        raise BadItem("image-depth", f"{path}: {info.bits} bits a sample; 8-bit images are needed")
    return image, (info.width, info.height)


def check_sizes(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raises BadItem (``size-mismatch``) where two images differ in width or height."""
    if before != after:
        sizes = f"before {before[0]}x{before[1]}, after {after[0]}x{after[1]}"
        raise BadItem("size-mismatch", f"the images differ in size: {sizes}")


def load_images(root: Path, key: PairKey) -> tuple[EncodedImage, EncodedImage, int, int]:
    """Before and after image, width and height.

    Raises:
        BadItem: as :func:`load_image` and :func:`check_sizes`.
    """
    before, size = load_image(root, key.files.get("before"), "before")
    after, after_size = load_image(root, key.files.get("after"), "after")
    check_sizes(size, after_size)
    return before, after, *size


def load_mask(
    root: Path,
    path: str | None,
    mapping: Mapping[Colour, int],
    size: tuple[int, int],
    *,
    palette_indices: bool = False,
) -> Mask:
    """A mask file as class ids.

    Args:
        root: the source's folder.
        path: file relative to it; None where none was found.
        mapping: label value to class id.
        size: width and height it must have.
        palette_indices: read a palette image's indices, not its colours.

    Raises:
        BadItem: ``missing-mask``, ``size-mismatch``, ``mask-depth``, ``unknown-mask-value``, or a broken file.
    """
    if path is None:
        raise BadItem("missing-mask", "no mask file")
    try:
        image = read_image(root, path)
    except BadItem as error:
        if error.reason == "missing-file":
            raise BadItem("missing-mask", f"{path}: no such file") from None
        raise
    values = decode_values(image, palette_indices=palette_indices)
    if (values.shape[1], values.shape[0]) != size:
        shown = f"{values.shape[1]}x{values.shape[0]}"
        raise BadItem("size-mismatch", f"mask {path} is {shown}, the images are {size[0]}x{size[1]}")
    return values_to_ids(values, mapping, path)


def not_this_layout(root: Path, source: str, looked_for: Sequence[str]) -> UserError:
    """The folder is not in the source's layout."""
    what = "folder is empty" if not list_folder(root) else f"not in the layout of '{source}'"
    return UserError(what, file=root, hint="looked for " + ", ".join(looked_for))
