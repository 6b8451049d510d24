"""Pairs of images with orientation tags: which pixels are meant, and the same images without the tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError
from rsica_data.core.quick_init import quick_init
from rsica_data.imagery.images import probe, read_image
from rsica_data.imagery.orientation import as_shown, as_stored, is_turned, orientation
from rsica_data.sources.tiff_images import LoadedImage

Size = tuple[int, int]


@quick_init
@dataclass(frozen=True, slots=True)
class OrientedPair:
    """Two images without orientation tags.

    Attributes:
        before, after: the images.
        shown: whether they were turned as viewers show them; masks are then to be turned by their own tags.
        attributes: what the pair keeps of this; empty where no image had a tag.
    """

    before: LoadedImage
    after: LoadedImage
    shown: bool
    attributes: dict[str, Any]


def settle_orientation(
    root: Path, before: LoadedImage, after: LoadedImage, masks: Iterable[str | None] = ()
) -> OrientedPair:
    """Two images as their masks were drawn on them.

    Masks decide: the pixels as stored, where all files have one size so; else as viewers show them, where they have one
    size so. Without masks viewers go first, for that is what captions were written of.

    Args:
        root: the input folder.
        before: the image as it is stored.
        after: the same.
        masks: mask files relative to it.

    Raises:
        InvalidItemError: an image cannot be decoded.
    """
    return settle_turns(before, after, lambda: _mask_sizes(root, masks))


def settle_turns(
    before: LoadedImage, after: LoadedImage, mask_sizes: Callable[[], Sequence[tuple[Size, int]]]
) -> OrientedPair:
    """The same of masks that are at hand: ``mask_sizes`` gives size and orientation tag of each, where they are needed.

    Raises:
        InvalidItemError: an image cannot be decoded.
    """
    tags = (before.orientation, after.orientation)
    if tags == (1, 1):
        return OrientedPair(before, after, False, {})
    drawn = mask_sizes()
    files = [(before.size, tags[0]), (after.size, tags[1]), *drawn]
    stored = {size for size, _ in files}
    shown = {size[::-1] if is_turned(tag) else size for size, tag in files}
    turn = len(shown) == 1 and (not drawn or len(stored) > 1)
    kept = {"before": tags[0], "after": tags[1], "pixels": "as shown" if turn else "as stored"}
    return OrientedPair(_plain(before, turn), _plain(after, turn), turn, {"exif_orientation": kept})


def _plain(loaded: LoadedImage, turn: bool) -> LoadedImage:
    if loaded.orientation == 1:
        return loaded
    if not turn:
        return replace(loaded, image=as_stored(loaded.image), orientation=1)
    size = loaded.size[::-1] if is_turned(loaded.orientation) else loaded.size
    return replace(loaded, image=as_shown(loaded.image), size=size, orientation=1, converted=True)


def _mask_sizes(root: Path, masks: Iterable[str | None]) -> Sequence[tuple[Size, int]]:
    """Size and tag of every mask that can be read; loading it tells what is wrong with another."""
    sizes = []
    for path in masks:
        try:
            image = read_image(root, path or "")
            info = probe(image)
            sizes.append(((info.width, info.height), orientation(image)))
        except InvalidItemError:
            continue
    return sizes
