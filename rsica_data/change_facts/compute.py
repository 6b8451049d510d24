"""ChangeFacts of one pair from its masks.

Definitions are those of ``rsica_data.schema.facts``. Every component is measured inside its own bounding box, so the
cost grows with the pixels of the objects and not with their number times the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.change_facts.changed_cells import cells_with, in_grid_order
from rsica_data.change_facts.components import Component, find_components
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.geometry.cells import cell_of
from rsica_data.imagery.change_masks import check_shapes, mask_of_valid, valid_pixels
from rsica_data.schema.facts import (
    FACTS_VERSION,
    ChangeFacts,
    ClassFacts,
    CoverFacts,
    ObjectFacts,
    Side,
    TransitionFacts,
    unchanged_class,
)
from rsica_data.schema.records import ClassDef, Mask
from rsica_data.schema.rules import square_metres


def compute_facts(
    *,
    change_mask: Mask | None,
    before_labels: Mask | None = None,
    after_labels: Mask | None = None,
    classes: Sequence[ClassDef],
    report: Sequence[str] | None = None,
    ignore_id: int | None = None,
    gsd_m: float | None = None,
    min_object_pixels: int = 1,
    min_cell_pixels: int = 1,
    change_from: Side = "after",
    labels_whole: bool = True,
) -> ChangeFacts:
    """Facts of a pair.

    Args:
        change_mask: class ids of what changed, ``[H, W]`` uint8, 0 for no change; None to derive it from the label
            maps with :func:`derive_change_mask`.
        before_labels: land-cover ids before, ``[H, W]`` uint8, 0 for none.
        after_labels: the same after.
        classes: the one id space of all three maps.
        report: names of the classes that get an entry (default: all).
        ignore_id: pixels of this id, in any of the maps, count nowhere.
        gsd_m: ground sample distance in metres per pixel; None where unknown (areas in m2 are then None).
        min_object_pixels: smaller components are not objects and have no centroid cell; their pixels still add to
            areas and touched cells.
        min_cell_pixels: changed pixels of a class that make a cell touched.
        change_from: which side names the change where it is derived.
        labels_whole: False where the label maps hold classes only where something changed: cover is then unknown.

    Raises:
        UserError: ``report`` names a class that does not exist.
        InvalidItemError: ``size-mismatch`` between the maps, or ``no-mask``.

    Transitions are those between two classes: pixels that are none on one side are in ``cover`` alone.
    """
    maps = (change_mask, before_labels, after_labels)
    check_shapes(maps)
    valid = valid_pixels(maps, ignore_id)
    mask = mask_of_valid(maps, valid, change_from)
    height, width = mask.shape
    # Most pairs of most sets are unchanged: one look at the mask then does for all classes.
    nowhere = not cv2.hasNonZero(mask)
    reported = _reported(tuple(classes), None if report is None else tuple(report))
    if nowhere and (before_labels is None or after_labels is None):
        return _nothing_changed(reported, width, height, gsd_m)
    pixels = int(valid.sum()) if valid is not None else height * width
    entries: list[ClassFacts] = []
    objects: list[ObjectFacts] = []
    for item in reported:
        binary = None if nowhere else (mask == item.id).view(np.uint8)
        area = 0 if binary is None else cv2.countNonZero(binary)
        if binary is None or not area:
            entries.append(unchanged_class(item.id, item.name, gsd_m is not None))
            continue
        components = find_components(binary, min_object_pixels)
        gain = gained_pixels(item.id, before_labels, after_labels)
        first, size = len(objects), (width, height)
        class_objects = [
            _object(first + number, item.id, component, gain, size, min_cell_pixels)
            for number, component in enumerate(components)
        ]
        touched = _touched(binary, area, class_objects, min_cell_pixels)
        entries.append(_class_facts(item, mask.shape, (area, pixels), components, first, gsd_m, touched))
        objects += class_objects
    transitions, cover = _from_to(before_labels, after_labels, valid, classes, pixels)
    if not labels_whole:
        cover = tuple(replace(entry, before_px=None, after_px=None) for entry in cover)
    return ChangeFacts(FACTS_VERSION, width, height, gsd_m, tuple(entries), tuple(objects), transitions, cover)


@lru_cache(maxsize=1024)
def _reported(classes: tuple[ClassDef, ...], report: tuple[str, ...] | None) -> tuple[ClassDef, ...]:
    """The classes that get an entry, by id."""
    by_name = {item.name: item for item in classes}
    for name in report or ():
        if name not in by_name:
            raise UserError(f"unknown class '{name}'", key="facts.classes", hint=did_you_mean(name, by_name))
    reported = classes if report is None else (by_name[name] for name in report)
    return tuple(sorted(reported, key=lambda entry: entry.id))


# Typed: 1 and 1.0 metres are equal, but not the same text.
@lru_cache(maxsize=1024, typed=True)
def _nothing_changed(classes: tuple[ClassDef, ...], width: int, height: int, gsd_m: float | None) -> ChangeFacts:
    entries = tuple(unchanged_class(item.id, item.name, gsd_m is not None) for item in classes)
    return ChangeFacts(FACTS_VERSION, width, height, gsd_m, entries, ())


def _touched(binary: NDArray[np.uint8], area: int, objects: list[ObjectFacts], least: int) -> tuple[str, ...]:
    """The cells of a class that is there; ``area`` are its pixels."""
    if least <= 1 and sum(item.area_px for item in objects) == area:
        # One pixel is enough, and each belongs to an object.
        return objects[0].cells if len(objects) == 1 else in_grid_order(cell for item in objects for cell in item.cells)
    height, width = binary.shape
    return cells_with(binary, (0, 0), (width, height), least, area)


def _class_facts(
    item: ClassDef,
    shape: tuple[int, ...],
    counted: tuple[int, int],
    components: list[Component],
    first: int,
    gsd_m: float | None,
    touched: tuple[str, ...],
) -> ClassFacts:
    """Facts of a class that is there: ``counted`` are its pixels and the valid ones, ``first`` its first object."""
    (height, width), (area, pixels) = shape, counted
    outer = [component for component in components if component.outer]
    centred = (
        cell_of(component.contour_centroid, width, height)
        for component in outer
        if component.contour_centroid is not None
    )
    areas = [component.area_px for component in components]
    return ClassFacts(
        class_id=item.id,
        name=item.name,
        count_components=len(components),
        count_contours=len(outer),
        area_px=area,
        area_m2=square_metres(area, gsd_m),
        fraction=area / pixels if pixels else 0.0,
        cells_touch=touched,
        cells_centroid=in_grid_order(centred),
        largest=first + areas.index(max(areas)) if areas else None,
    )


def _object(
    object_id: int,
    class_id: int,
    component: Component,
    gain: NDArray[np.int8] | None,
    size: tuple[int, int],
    min_cell_pixels: int,
) -> ObjectFacts:
    """An object with its direction, by what `gained_pixels` gave for its class, and its cells."""
    balance = 0
    if gain is not None:
        x0, y0, x1, y1 = component.box
        balance = int(gain[y0:y1, x0:x1][component.pixels != 0].sum(dtype=np.int64))
    return ObjectFacts(
        object_id=object_id,
        class_id=class_id,
        box=component.box,
        obb=component.obb,
        centroid=component.centroid,
        area_px=component.area_px,
        outline=component.outline,
        outer=component.outer,
        direction="built" if balance > 0 else "removed" if balance < 0 else None,
        cells=cells_with(component.pixels, component.box[:2], size, min_cell_pixels, component.area_px),
    )


def gained_pixels(class_id: int, before: Mask | None, after: Mask | None) -> NDArray[np.int8] | None:
    """Where a class came (1), went (-1) or neither (0), ``[H, W]`` int8; None without both label maps."""
    if before is None or after is None:
        return None
    gain: NDArray[np.int8] = (after == class_id).astype(np.int8)
    gain -= before == class_id
    return gain


def _from_to(
    before: Mask | None,
    after: Mask | None,
    valid: NDArray[np.bool_] | None,
    classes: Sequence[ClassDef],
    pixels: int,
) -> tuple[tuple[TransitionFacts, ...], tuple[CoverFacts, ...]]:
    if before is None or after is None:
        return (), ()
    # As few codes as the ids need: the table would else be larger than most images.
    size = 1 + max(int(before.max()), int(after.max()), *(item.id for item in classes))
    codes = before.astype(np.int64) * size + after
    counted = codes[valid] if valid is not None else codes.ravel()
    table = np.bincount(counted, minlength=size * size).reshape(size, size)
    pairs = [(int(a), int(b), int(table[a, b])) for a, b in zip(*np.nonzero(table), strict=True)]
    transitions = tuple(
        TransitionFacts(a, b, count, count / pixels) for a, b, count in pairs if a != b and a != 0 and b != 0
    )
    cover = tuple(
        CoverFacts(item.id, item.name, int(table[item.id].sum()), int(table[:, item.id].sum()))
        for item in sorted(classes, key=lambda entry: entry.id)
    )
    return transitions, cover
