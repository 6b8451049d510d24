"""ChangeFacts of one pair from its masks.

Definitions are those of ``rsica_data.schema.facts``. Every component is measured inside its own bounding box, so the
cost grows with the pixels of the objects and not with their number times the image.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsica_data.errors import BadItem, UserError, did_you_mean
from rsica_data.facts.components import Component, find_components
from rsica_data.facts.grid import cell_counts, cell_index
from rsica_data.schema.facts import (
    CELLS,
    FACTS_VERSION,
    ChangeFacts,
    ClassFacts,
    CoverFacts,
    ObjectFacts,
    TransitionFacts,
)
from rsica_data.schema.records import ClassDef, Mask


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
    change_from: Literal["after", "before"] = "after",
) -> ChangeFacts:
    """Facts of a pair.

    Args:
        change_mask: class ids of what changed, ``[H, W]`` uint8, 0 for no change; None to derive it from the label
            maps with :func:`derive_change_mask`.
        before_labels: land-cover ids before, ``[H, W]`` uint8, 0 for unlabelled.
        after_labels: the same after.
        classes: the one id space of all three maps.
        report: names of the classes that get an entry (default: all).
        ignore_id: pixels of this id, in any of the maps, count nowhere.
        gsd_m: ground sample distance in metres per pixel; None where unknown (areas in m2 are then None).
        min_object_pixels: smaller components are not objects, and count nowhere but in areas.
        min_cell_pixels: changed pixels of a class that make a cell touched.
        change_from: which side names the change where it is derived.

    Raises:
        UserError: ``report`` names a class that does not exist.
        BadItem: ``size-mismatch`` between the maps, or ``no-mask``.
    """
    _check_shapes(change_mask, before_labels, after_labels)
    valid = _valid_pixels(change_mask, before_labels, after_labels, ignore_id)
    mask = change_mask
    if mask is None:
        if before_labels is None or after_labels is None:
            raise BadItem("no-mask", "neither a change mask nor both label maps are given")
        mask = derive_change_mask(before_labels, after_labels, change_from)
    if valid is not None:
        mask = np.where(valid, mask, 0).astype(np.uint8)
    height, width = mask.shape
    pixels = int(valid.sum()) if valid is not None else height * width
    entries: list[ClassFacts] = []
    objects: list[ObjectFacts] = []
    present = np.bincount(mask.ravel(), minlength=256)
    for item in sorted(_reported(classes, report), key=lambda entry: entry.id):
        area = int(present[item.id])
        found = find_components(mask == item.id, min_object_pixels) if area else []
        first = len(objects)
        objects += [_object(first + number, item.id, component) for number, component in enumerate(found)]
        entries.append(
            _class_facts(item, mask, area, pixels, found, first, gsd_m, min_cell_pixels)
            if area
            else _unchanged(item, gsd_m)
        )
    transitions, cover = _from_to(before_labels, after_labels, valid, classes, pixels)
    return ChangeFacts(FACTS_VERSION, width, height, gsd_m, tuple(entries), tuple(objects), transitions, cover)


def derive_change_mask(before: Mask, after: Mask, change_from: Literal["after", "before"] = "after") -> Mask:
    """Change mask of two label maps: where both are labelled and differ, the class of one side; else 0."""
    differs = (before != after) & (before != 0) & (after != 0)
    return np.where(differs, after if change_from == "after" else before, 0).astype(np.uint8)


def _check_shapes(*maps: Mask | None) -> None:
    shapes = {m.shape for m in maps if m is not None}
    if len(shapes) > 1:
        sizes = " and ".join(f"{w}x{h}" for h, w in sorted(shapes))
        raise BadItem("size-mismatch", f"masks of sizes {sizes}")


def _valid_pixels(*maps_and_ignore: Mask | int | None) -> NDArray[np.bool_] | None:
    *maps, ignore_id = maps_and_ignore
    if ignore_id is None:
        return None
    ignored: NDArray[np.bool_] | None = None
    for labels in maps:
        if isinstance(labels, np.ndarray):
            here = labels == ignore_id
            ignored = here if ignored is None else ignored | here
    return None if ignored is None else ~ignored


def _reported(classes: Sequence[ClassDef], report: Sequence[str] | None) -> list[ClassDef]:
    if report is None:
        return list(classes)
    by_name = {item.name: item for item in classes}
    for name in report:
        if name not in by_name:
            raise UserError(f"unknown class '{name}'", key="facts.classes", hint=did_you_mean(name, by_name))
    return [by_name[name] for name in report]


def _unchanged(item: ClassDef, gsd_m: float | None) -> ClassFacts:
    return ClassFacts(item.id, item.name, 0, 0, 0, None if gsd_m is None else 0.0, 0.0, (), (), None)


def _class_facts(
    item: ClassDef,
    mask: Mask,
    area: int,
    pixels: int,
    found: list[Component],
    first: int,
    gsd_m: float | None,
    min_cell_pixels: int,
) -> ClassFacts:
    height, width = mask.shape
    touched = cell_counts(mask == item.id) >= max(min_cell_pixels, 1)
    outer = [component for component in found if component.outer]
    centred = {
        cell_index(*component.contour_centroid, width, height)
        for component in outer
        if component.contour_centroid is not None
    }
    largest = max(range(len(found)), key=lambda number: (found[number].area_px, -number)) if found else None
    return ClassFacts(
        class_id=item.id,
        name=item.name,
        count_components=len(found),
        count_contours=len(outer),
        area_px=area,
        area_m2=None if gsd_m is None else round(area * gsd_m**2, 3),
        fraction=area / pixels if pixels else 0.0,
        cells_touch=tuple(name for number, name in enumerate(CELLS) if touched[number]),
        cells_centroid=tuple(name for number, name in enumerate(CELLS) if number in centred),
        largest=None if largest is None else first + largest,
    )


def _object(object_id: int, class_id: int, component: Component) -> ObjectFacts:
    return ObjectFacts(
        object_id=object_id,
        class_id=class_id,
        box=component.box,
        obb=component.obb,
        centroid=component.centroid,
        area_px=component.area_px,
        outline=component.outline,
        outer=component.outer,
    )


def _from_to(
    before: Mask | None,
    after: Mask | None,
    valid: NDArray[np.bool_] | None,
    classes: Sequence[ClassDef],
    pixels: int,
) -> tuple[tuple[TransitionFacts, ...], tuple[CoverFacts, ...]]:
    if before is None or after is None:
        return (), ()
    codes = before.astype(np.uint16) * 256 + after
    counted = codes[valid] if valid is not None else codes.ravel()
    table = np.bincount(counted, minlength=65536).reshape(256, 256)
    pairs = [(int(a), int(b), int(table[a, b])) for a, b in zip(*np.nonzero(table), strict=True)]
    transitions = tuple(
        TransitionFacts(a, b, count, count / pixels) for a, b, count in pairs if a != b and a != 0 and b != 0
    )
    cover = tuple(
        CoverFacts(item.id, item.name, int(table[item.id].sum()), int(table[:, item.id].sum()))
        for item in sorted(classes, key=lambda entry: entry.id)
    )
    return transitions, cover
