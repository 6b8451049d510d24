"""A page's layout on disk, filled with simulated pairs: templates run backwards.

It shows that page and reader agree, not that the page is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, is_leftover, write_atomic
from rsica_data.imagery.masks import Colour
from rsica_data.imagery.raster_files import encode_tiff
from rsica_data.schema import Mask
from rsica_data.schema.records import SPLITS
from rsica_data.sources.catalog.catalog_page import LABEL_ROLES, ROLES, Layout, Page
from rsica_data.sources.catalog.file_matching import split_texts
from rsica_data.sources.catalog.forms import ImageForm, MaskForm, SeriesOption
from rsica_data.sources.catalog.page_labels import class_ids, standing_apart
from rsica_data.sources.catalog.pixel_polygons import rectangle
from rsica_data.sources.catalog.writing_hdf5 import write_hdf5
from rsica_data.sources.catalog.writing_packed import write_shards
from rsica_data.sources.catalog.writing_texts import WrittenPair, listed_paths, path_of, write_texts
from rsica_data.synth.drawn_scene import BUILDING, ROAD
from rsica_data.synth.simulate import pair_seed, simulate

_PLACE = ("EPSG:3857", (4.0, 0.0, 1_000_000.0, 0.0, -4.0, 2_000_000.0))
"""Where images lie whose labels are polygons on the ground."""
_Pixels = NDArray[Any]


def layout_of(page: Page, name: str | None) -> Layout:
    """The layout of a name; the first where none is given.

    Raises:
        UserError: there is none of that name.
    """
    layouts = [layout for layout in page.layouts if name in (None, layout.name)]
    if not layouts:
        names = ", ".join(layout.name for layout in page.layouts)
        raise UserError(f"{page.name} has no layout '{name}'", hint=f"there are: {names}")
    return layouts[0]


def simulated(page: Page, layout: Layout, *, pairs: int, size: int, seed: int) -> Iterator[WrittenPair]:
    """The pairs that a layout is written with, ``pairs`` of each split; every second one is unchanged."""
    for text, split in _splits(page, layout).items():
        for number in range(pairs):
            name = f"{text.lower()}_{number + 1:04d}"
            changed = number % 2 == 0
            pair = simulate(pair_seed(seed, f"{page.name}/{name}"), changed, size)
            before, after = (_ids(labels, page) for labels in (pair.before_labels, pair.after_labels))
            masks = _masks(page, layout, before, after)
            images = {"before": pair.before, "after": pair.after}
            differs = bool((before != after).any()) if masks else changed
            if page.standing is not None and "change_mask" in masks:
                if changed and layout.change_mask is not None and layout.change_mask.polygons is None:
                    # Every level is somewhere, as in the published sets.
                    for place, number in enumerate(page.ids().values()):
                        masks["change_mask"][6:21, 4 + 12 * place : 11 + 12 * place] = number
                masks["change_mask"], masks["before_labels"] = standing_apart(
                    masks["change_mask"], page.ids()[page.standing]
                )
                differs = bool(masks["change_mask"].any())
            yield WrittenPair(split, text, name, differs, images, masks, pair.captions)


def _splits(page: Page, layout: Layout) -> dict[str, str]:
    """Texts of the splits that are written, and their splits."""
    texts = split_texts(layout)
    fixed = next((form.all for form in layout.splits if form.all is not None), None)
    if fixed is not None:
        return {fixed: fixed}
    listed: Mapping[Any, Any] | None = next(
        (form.lists for form in layout.splits if isinstance(form.lists, dict)), None
    )
    inside = layout.before.packed or layout.before.hdf5
    if inside is not None and "" not in inside.files:
        return {split: split for split in inside.files}
    if layout.before.hdf5 is not None and layout.split_names:
        return dict(layout.split_names)
    asked = layout.questions
    talks = (
        (asked.conversations or (asked.rows.file if asked.rows is not None else None)) if asked is not None else None
    )
    boxes = layout.objects.coco if layout.objects is not None else None
    listed = listed or next((boxes for form in layout.splits if form.objects and boxes), None)
    listed = listed or next((talks for form in layout.splits if form.questions and talks and "" not in talks), None)
    if listed is not None:
        rest = [form.rest for form in layout.splits if form.rest is not None]
        return {split: split for split in (*listed, *rest)}
    if layout.split_names and not layout.by_folder:
        return dict(layout.split_names)
    published: dict[str, str] = {text: texts[text] for text in page.pairs if text in texts}
    return published or {split: split for split in SPLITS}


def _ids(labels: Mask, page: Page) -> Mask:
    """Simulated land cover as classes of the page.

    Of a page with one class it is whatever is built, roads too: in images this small a building rarely finds a site.
    """
    count = len(page.classes)
    if count <= 1:
        return np.asarray(np.isin(labels, (ROAD, BUILDING)), np.uint8)
    return np.where(labels == 0, 0, 1 + (labels.astype(np.int64) - 1) % count).astype(np.uint8)


def _masks(page: Page, layout: Layout, before: Mask, after: Mask) -> dict[str, Mask]:
    differs = before != after
    whole = {
        "change_mask": np.where(differs, np.where(after == 0, before, after), 0).astype(np.uint8),
        "before_labels": before if page.labels == "whole" else np.where(differs, before, 0).astype(np.uint8),
        "after_labels": after if page.labels == "whole" else np.where(differs, after, 0).astype(np.uint8),
        "extent": differs.astype(np.uint8),
    }
    if layout.before.hdf5 is not None and layout.before.hdf5.mask is not None:
        return {"change_mask": whole["change_mask"]}
    return {role: _boxes(form, page, differs) if form.polygons else whole[role] for role, form in layout.masks()}


def _boxes(form: MaskForm, page: Page, differs: NDArray[np.bool_]) -> Mask:
    """A mask of the rectangles that a file of polygons holds."""
    mask = np.zeros(differs.shape, np.uint8)
    for name, (x0, y0, x1, y1) in _rectangles(form) if differs.any() else ():
        mask[y0 : y1 + 1, x0 : x1 + 1] = page.ids()[name]
    return mask


def _rectangles(form: MaskForm) -> list[tuple[str, tuple[int, int, int, int]]]:
    assert form.polygons is not None
    return [(name, (4 + 12 * place, 6, 10 + 12 * place, 20)) for place, name in enumerate(form.polygons.names)]


def write_page(
    page: Page, out: Path, *, layout: str | None = None, pairs: int = 2, size: int = 64, seed: int = 0
) -> dict[str, Any]:
    """Write a layout of a page.

    Args:
        page: the page.
        out: a new folder.
        layout: name of the layout (default: the first).
        pairs: pairs of each split.
        size: width and height in pixels.
        seed: of the simulation.

    Raises:
        UserError: no such layout, or the folder is not empty.
    """
    chosen = layout_of(page, layout)
    if out.exists() and any(not is_leftover(path) for path in out.iterdir()):
        raise UserError("folder is not empty", file=out, key="--out", hint="give a new folder")
    written = list(simulated(page, chosen, pairs=pairs, size=size, seed=seed))
    root = out / chosen.under[0]
    for pair in written:
        _write_pair(root, page, chosen, pair)
    _write_lists(root, chosen, written)
    write_texts(out, root, chosen, written)
    if chosen.before.hdf5 is not None:
        write_hdf5(root, chosen.before, written)
    if chosen.before.packed is not None:
        write_shards(root, chosen.before.packed, written)
    splits = {split: sum(pair.split == split for pair in written) for split in SPLITS}
    return {"layout": page.name, "form": chosen.name, "pairs": len(written), "splits": splits}


def dates_of(layout: Layout) -> list[str]:
    """The dates, a month apart, of each place of a series: as many as a record of it has."""
    form = layout.series
    count = (form.dates - 1) * form.every + 1 if isinstance(form, SeriesOption) else 2
    return [f"{2018 + month // 12}-{month % 12 + 1:02}-01" for month in range(count)]


def _write_pair(root: Path, page: Page, layout: Layout, pair: WrittenPair) -> None:
    if not layout.series:
        _write_date(root, page, layout, pair, "", ROLES)
        return
    *dates, last = dates_of(layout)
    for place, date in enumerate(dates):
        _write_date(root, page, layout, _on_the_way(pair, place / len(dates)), date, ("before", "before_labels"))
    at_last = replace(pair, images={**pair.images, "before": pair.images["after"]})
    later = (role for role in LABEL_ROLES if role != "before_labels")
    _write_date(root, page, layout, at_last, last, ("before", *later))


def _on_the_way(pair: WrittenPair, share: float) -> WrittenPair:
    """A pair whose earlier image and label map have a share of their columns, from the left, from the later ones."""

    def mixed(before: _Pixels, after: _Pixels) -> _Pixels:
        mixture, columns = before.copy(), round(share * before.shape[1])
        mixture[:, :columns] = after[:, :columns]
        return mixture

    images, masks = dict(pair.images), dict(pair.masks)
    images["before"] = mixed(images["before"], images["after"])
    if "before_labels" in masks and "after_labels" in masks:
        masks["before_labels"] = mixed(masks["before_labels"], masks["after_labels"])
    return replace(pair, images=images, masks=masks)


def _write_date(root: Path, page: Page, layout: Layout, pair: WrittenPair, date: str, roles: Sequence[str]) -> None:
    stacked: dict[str, dict[int, _Pixels]] = {}
    for role, form in layout.forms():
        if role not in roles:
            continue
        if isinstance(form, ImageForm):
            _write_image(root, form, pair, date, pair.images[role], _placed(layout))
            continue
        if form.polygons is not None:
            _write_polygons(root / path_of(form.file[0], pair, date), form, bool(pair.masks[role].any()))
            continue
        if form.outlines is not None:
            _write_outlines(root / path_of(form.file[0], pair, date), pair.masks[role])
            continue
        path, pixels = path_of(form.file[0], pair, date), _values(page, layout, role, form, _whole(page, pair, role))
        if form.channel is None:
            write_atomic(root / path, _encoded(path, pixels))
        else:
            stacked.setdefault(path, {})[form.channel] = pixels
    for path, bands in stacked.items():
        empty = np.zeros_like(next(iter(bands.values())))
        stack = np.stack([bands.get(number, empty) for number in range(1, max(3, *bands) + 1)], axis=2)
        write_atomic(root / path, _encoded(path, stack))


def _whole(page: Page, pair: WrittenPair, role: str) -> WrittenPair:
    """The pair with what stands as it was in its change mask again, as files of a set of damage have it."""
    if page.standing is None or role != "change_mask":
        return pair
    change, stood = pair.masks["change_mask"], pair.masks["before_labels"]
    return replace(pair, masks={**pair.masks, role: np.where(change == 0, stood, change).astype(np.uint8)})


def _write_polygons(path: Path, form: MaskForm, changed: bool) -> None:
    assert form.polygons is not None
    features: Any = [
        {"properties": {form.polygons.attribute: form.polygons.names[name][0]}, "wkt": rectangle(box)}
        for name, box in (_rectangles(form) if changed else ())
    ]
    for key in reversed(form.polygons.features.split(".")):
        features = {key: features}
    write_atomic(path, dump_json(features))


def _placed(layout: Layout) -> tuple[str, Any] | None:
    return _PLACE if any(form.outlines is not None for _, form in layout.masks()) else None


def _write_outlines(path: Path, mask: Mask) -> None:
    """Polygons along the edges of the pixels of a mask."""
    from rasterio import Affine
    from rasterio.features import shapes

    drawn = shapes(mask, mask=mask > 0, transform=Affine(*_PLACE[1]))
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry, _ in drawn]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    write_atomic(path, dump_json({"type": "FeatureCollection", "crs": crs, "features": features}))


def _write_image(
    root: Path,
    form: ImageForm,
    pair: WrittenPair,
    date: str,
    pixels: NDArray[np.uint8],
    place: tuple[str, Any] | None = None,
) -> None:
    if form.packed is not None or form.hdf5 is not None:
        return
    if form.listed:
        # What the conversations name: see `writing_texts`.
        for path, image in zip(listed_paths(form, pair), ("before", "after"), strict=True):
            write_atomic(root / form.listed[0] / path, _encoded(path, pair.images[image]))
        return
    deep: _Pixels = pixels
    if form.stretch is not None:
        low, high = form.stretch
        kind = np.uint8 if form.any_depth else np.uint16
        deep = (pixels.astype(np.float64) / 255 * (high - low) + low).round().astype(kind)
    if form.separate is not None:
        for number, template in enumerate(form.separate):
            path = path_of(template, pair, date)
            write_atomic(root / path, _encoded(path, np.ascontiguousarray(deep[:, :, number])))
        return
    if form.bands is not None:
        stack = np.zeros((*deep.shape[:2], max(4, *form.bands)), deep.dtype)
        stack[:, :, [band - 1 for band in form.bands]] = deep
        deep = stack
    path = path_of(form.file[0], pair, date)
    write_atomic(root / path, _encoded(path, deep) if place is None else encode_tiff(deep, place))


def _values(page: Page, layout: Layout, role: str, form: MaskForm, pair: WrittenPair) -> _Pixels:
    """What a label file holds for class ids."""
    mask, ids = pair.masks[role], class_ids(page, role)
    if form.nonzero:
        return np.where((mask > 0)[:, :, None], np.array([255, 0, 0], np.uint8), 0).astype(np.uint8)
    if form.one_hot is not None:
        bands = [(mask == ids[name]) * 255 if name is not None else np.zeros_like(mask) for name in form.one_hot]
        return np.stack(bands, axis=2).astype(np.uint8)
    named = page.values_of(layout, role, form)
    if form.threshold is not None or not named:
        return np.asarray((mask > 0) * np.uint8(255), np.uint8)
    colours: dict[int, Colour] = {ids[entry.name]: entry.values[0] for entry in named}
    in_colour = any(isinstance(value, tuple) for value in colours.values())
    background = layout.background if form.background is None else form.background
    fitting = [value for value in background if isinstance(value, tuple) == in_colour]
    table = np.zeros((256, 3), np.uint8)
    table[0] = (fitting or background or [0])[0]
    for number, value in colours.items():
        table[number] = value
    values = table[mask]
    for entry in form.no_change[:1]:
        # What is no change stands where nothing changed.
        values[: len(values) // 8][mask[: len(mask) // 8] == 0] = entry.values[0]
    return values if in_colour else np.ascontiguousarray(values[:, :, 0])


def _encoded(path: str, pixels: _Pixels) -> bytes:
    suffix = path[path.rfind(".") :].lower()
    bands = pixels.shape[2] if pixels.ndim == 3 else 1
    if suffix in (".tif", ".tiff"):
        return encode_tiff(pixels)
    _, data = cv2.imencode(suffix, pixels[:, :, ::-1] if bands == 3 else pixels)
    return bytes(data)


def _write_lists(root: Path, layout: Layout, written: list[WrittenPair]) -> None:
    for form in layout.splits[:1]:
        for text, split in {pair.text: pair.split for pair in written}.items():
            pairs = [pair for pair in written if pair.text == text]
            names = [next(iter(listed_paths(layout.before, pair)), pair.name) for pair in pairs]
            if form.lists is None or split == form.rest:
                continue
            whole = form.lists if isinstance(form.lists, str) else next(iter(dict(form.lists)[split]))  # type: ignore[index]
            path = whole.replace("{split}", text).replace("*", "").replace("?", "")
            write_atomic(root / path, "".join(f"{name}\n" for name in names))
