"""Label files of a page as class ids: values and palettes, thresholds, one band of several, one band a class."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import InvalidItemError
from rsica_data.imagery.image_limits import check_pixels, check_samples
from rsica_data.imagery.images import decode_raw, is_tiff, read_image
from rsica_data.imagery.masks import Colour, values_to_ids
from rsica_data.imagery.raster_files import opened_raster
from rsica_data.schema import Mask
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.catalog.catalog_page import CHANGED, Layout, Page
from rsica_data.sources.catalog.forms import MaskForm
from rsica_data.sources.catalog.ground_polygons import load_outlines
from rsica_data.sources.catalog.pixel_polygons import load_polygons
from rsica_data.sources.class_map import label_ids
from rsica_data.sources.common import load_mask
from rsica_data.sources.mask_rules import MaskRule
from rsica_data.sources.tiff_images import Georeference
from rsica_data.sources.tiling import Cut
from rsica_data.sources.windows import load_band_tiles, load_mask_tile

_JPEG_THRESHOLD = 128
_BLACK = (0, 0, 0)


def class_ids(page: Page, role: str) -> Mapping[str, int]:
    """Ids that the files of a role are read to: those of the page's classes, or 1 for a changed pixel."""
    return {CHANGED: 1} if role == "extent" else page.ids()


def mask_rule(page: Page, layout: Layout, role: str, form: MaskForm) -> MaskRule:
    """What the values of a role's files mean.

    Raises:
        ValueError: one value stands for two things.
    """
    ids = class_ids(page, role)
    named = page.values_of(layout, role, form)
    only = next(iter(ids.values()), 1)
    if form.threshold is not None:
        return MaskRule({}, threshold=form.threshold, threshold_id=only)
    if not named:
        mapping: dict[Colour, int] = {0: 0, 255: only}
        return MaskRule(mapping, zero_one_id=only, jpeg_threshold=_JPEG_THRESHOLD, threshold_id=only)
    silent = [value for entry in form.no_change for value in entry.values]
    background = layout.background if form.background is None else form.background
    ignore = layout.ignore if form.ignore is None else form.ignore
    taken = {value for entry in named for value in entry.values}
    if form.background is None and "background" not in layout.model_fields_set:
        # 0 is background where a page says nothing else of it.
        taken |= {0} if {0, _BLACK} & set(ignore) else set()
    background = tuple(value for value in background if value not in taken)
    mapping = label_ids(named, ids, [*background, *silent], ignore, IGNORE_ID)
    return MaskRule(mapping, palette_indices=form.palette == "indices")


def load_labels(
    root: Path,
    path: str | None,
    page: Page,
    layout: Layout,
    role: str,
    size: tuple[int, int],
    *,
    shown: bool,
    cut: Cut | None = None,
    place: Georeference | None = None,
) -> Mask:
    """A label file as class ids, ``[height, width]``.

    Args:
        root: the input folder.
        path: file relative to it; None where none is there.
        page: the page.
        layout: the layout of the file.
        role: its role.
        size: width and height that it must have.
        cut: the tile of it that is read; None for all of it.
        place: where the image, or the tile, lies on the ground.
        shown: turn it by its own orientation tag.

    Raises:
        InvalidItemError: as :func:`common.load_mask`; ``missing-band``.
    """
    form: MaskForm = getattr(layout, role)
    if form.polygons is not None:
        if path is None:
            raise InvalidItemError("missing-mask", "no file of polygons")
        corner = (0, 0) if cut is None else (cut.x, cut.y)
        return load_polygons(root, path, form.polygons, page.ids(), size, corner)
    if form.outlines is not None:
        return load_outlines(root, path, page.ids()[form.outlines], size, place)
    if path is None or not (form.nonzero or form.one_hot is not None or form.channel is not None):
        rule = mask_rule(page, layout, role, form)
        if cut is not None:
            return load_mask_tile(root, path, rule, cut)
        return load_mask(root, path, rule, size, shown=shown)
    bands = read_bands(root, path) if cut is None else load_band_tiles(root, path, cut)
    if (bands.shape[1], bands.shape[0]) != size:
        shape = f"{bands.shape[1]}x{bands.shape[0]}"
        raise InvalidItemError("size-mismatch", f"mask {path} is {shape}, the images are {size[0]}x{size[1]}")
    return _of_bands(bands, path, page, layout, role)


def _of_bands(bands: NDArray[Any], path: str, page: Page, layout: Layout, role: str) -> Mask:
    """Class ids of a file whose bands are read one by one."""
    form: MaskForm = getattr(layout, role)
    ids = class_ids(page, role)
    if form.nonzero:
        return np.asarray((bands != 0).any(axis=2) * np.uint8(next(iter(ids.values()))), np.uint8)
    if form.one_hot is not None:
        return _one_hot(bands, form.one_hot, ids, path)
    assert form.channel is not None
    if form.channel > bands.shape[2]:
        raise InvalidItemError("missing-band", f"{path}: has {bands.shape[2]} bands, band {form.channel} is asked for")
    band = bands[:, :, form.channel - 1]
    if band.dtype != np.uint8:
        if band.min() < 0 or band.max() > 255:
            raise InvalidItemError("mask-depth", f"{path}: {band.dtype} values {band.min()}..{band.max()}")
        band = band.astype(np.uint8)
    rule = mask_rule(page, layout, role, form)
    if rule.threshold is not None:
        return np.asarray((band >= rule.threshold) * np.uint8(rule.threshold_id), np.uint8)
    return values_to_ids(np.ascontiguousarray(band), rule.mapping, path)


def read_bands(root: Path, path: str) -> NDArray[Any]:
    """All bands of a file, ``[height, width, bands]``, in its own depth.

    Raises:
        InvalidItemError: missing or broken file, or one that is too large.
    """
    try:
        image = read_image(root, path)
    except InvalidItemError as error:
        if error.reason == "missing-file":
            raise InvalidItemError("missing-mask", f"{path}: no such file") from None
        raise
    if is_tiff(image):
        with opened_raster(path, root=root) as opened:
            check_pixels(path, opened.width, opened.height)
            size = max(np.dtype(kind).itemsize for kind in opened.dtypes)
            check_samples(path, opened.width, opened.height, opened.count, size)
            return np.asarray(opened.read().transpose(1, 2, 0))
    raw = decode_raw(image)
    return raw[:, :, None] if raw.ndim == 2 else raw


def _one_hot(bands: NDArray[Any], names: tuple[str | None, ...], ids: Mapping[str, int], path: str) -> Mask:
    if bands.shape[2] != len(names):
        raise InvalidItemError("missing-band", f"{path}: has {bands.shape[2]} bands, the page names {len(names)}")
    table = np.array([IGNORE_ID if name is None else ids[name] for name in names], np.uint8)
    return np.where((bands > 0).any(axis=2), table[bands.argmax(axis=2)], 0).astype(np.uint8)


def standing_apart(mask: Mask, standing: int) -> tuple[Mask, Mask]:
    """A mask of levels as the change mask, without what stands as it was, and the map of all that stood before.

    Args:
        mask: class ids, ``[H, W]``.
        standing: the id of what stands as it was.

    Returns:
        Two masks of that shape; in the second all that stood has the id ``standing``.

    Example:
        >>> [part.tolist() for part in standing_apart(np.array([[0, 1, 4, 255]], np.uint8), 4)]
        [[[0, 1, 0, 255]], [[0, 4, 4, 255]]]
    """
    change = np.where(mask == standing, 0, mask).astype(np.uint8)
    stood = np.where((mask > 0) & (mask != IGNORE_ID), standing, mask).astype(np.uint8)
    return change, stood
