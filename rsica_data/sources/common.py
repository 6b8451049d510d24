"""What the layouts share: listing folders, reading pairs of images and masks, the checks every pair passes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rsica_data.errors import BadItem, UserError
from rsica_data.images import IMAGE_SUFFIXES, Colour, decode_values, probe, read_image, values_to_ids
from rsica_data.schema import EncodedImage, Mask, PairKey

SPLITS = ("train", "val", "test")


def list_images(folder: Path) -> dict[str, str]:
    """File names of the images in a folder by their stem, sorted; empty where there is no such folder.

    Raises:
        UserError: two images have the same stem.
    """
    found: dict[str, str] = {}
    if not folder.is_dir():
        return found
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a Path per file is slow for 10,000 files
        if suffix.lower() not in IMAGE_SUFFIXES or name.startswith("."):
            continue
        if stem in found:
            raise UserError(f"'{found[stem]}' and '{name}' have the same name", file=folder)
        found[stem] = name
    return found


def sort_keys(keys: Iterable[PairKey]) -> list[PairKey]:
    """Keys by split (train, val, test), then by name: the order of every build."""
    return sorted(keys, key=lambda key: (SPLITS.index(key.split), key.pair_id))


def load_images(root: Path, key: PairKey) -> tuple[EncodedImage, EncodedImage, int, int]:
    """Before and after image, width and height.

    Raises:
        BadItem: one is missing or broken (see ``images.read_image`` and ``images.probe``), has more than 8 bits a
            sample (``image-depth``), or their sizes differ (``size-mismatch``).
    """
    images: list[EncodedImage] = []
    sizes: list[tuple[int, int]] = []
    for role in ("before", "after"):
        path = key.files.get(role)
        if path is None:
            raise BadItem("missing-file", f"{key.pair_id}: no {role} image")
        image = read_image(root, path)
        info = probe(image)
        if info.bits > 8:
            detail = f"{path}: {info.bits} bits a sample; 8-bit images are needed"
            raise BadItem("image-depth", detail)
        images.append(image)
        sizes.append((info.width, info.height))
    if sizes[0] != sizes[1]:
        (w0, h0), (w1, h1) = sizes
        raise BadItem("size-mismatch", f"before {key.files['before']} is {w0}x{h0}, after is {w1}x{h1}")
    return images[0], images[1], *sizes[0]


def load_mask(
    root: Path,
    path: str,
    mapping: Mapping[Colour, int],
    size: tuple[int, int],
    *,
    palette_indices: bool = False,
) -> Mask:
    """A mask file as class ids.

    Args:
        root: the source's folder.
        path: file relative to it.
        mapping: label value to class id.
        size: width and height it must have.
        palette_indices: read a palette image's indices, not its colours.

    Raises:
        BadItem: ``missing-mask``, ``size-mismatch``, ``mask-depth``, ``unknown-mask-value``, or a broken file.
    """
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
    what = "folder is empty" if not any(root.iterdir()) else f"not in the layout of '{source}'"
    return UserError(what, file=root, hint="looked for " + ", ".join(looked_for))
