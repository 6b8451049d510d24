"""Source ``catalog``: sets of the field, and a user's own, as pages of YAML describe them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.schema import ClassDef, ExtraImage, ImagePair, Mask, PairKey, SourceSpec
from rsica_data.schema.records import IGNORE_ID, Split
from rsica_data.schema.series import DATE
from rsica_data.sources.catalog.catalog_page import Layout, Page
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.sources.catalog.forms import ImageForm, Series
from rsica_data.sources.catalog.hdf5 import load_change, load_hdf5
from rsica_data.sources.catalog.indexing import (
    BETWEEN,
    LAYOUT,
    MEMBER,
    SEPARATE,
    Indexed,
    index_page,
    notes_of,
)
from rsica_data.sources.catalog.packed_images import load_member
from rsica_data.sources.catalog.page_labels import load_labels, standing_apart
from rsica_data.sources.catalog.texts import given_attributes, given_questions
from rsica_data.sources.class_map import GroundSampleDistance
from rsica_data.sources.common import check_sizes, need_root
from rsica_data.sources.fields import LowHigh
from rsica_data.sources.oriented import OrientedPair, settle_orientation
from rsica_data.sources.splits import SplitRules
from rsica_data.sources.tiff_images import LoadedImage, check_alignment, load_any, load_bytes, load_separate
from rsica_data.sources.tiling import TileOption, TileSize, cut_of, tile_note, tile_path, tiled_keys
from rsica_data.sources.windows import load_tile, picture_size

NAME = "catalog"
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")


class CatalogOptions(BaseModel):
    """Options of the source.

    Attributes:
        page: name of a page that ships, or a page written out.
        layout: name of the page's layout to read; by default the one that the folder is most completely in.
        split: split of all pairs, or how to share them out, where folders do not tell it; by
            default what the page says.
        tile: cuts pictures into tiles, as in the source ``folder``; by default as the page says, and ``whole`` where it
            says so and they are to stay whole.
        series: records of more than two dates, in sets of series: ``{dates: 5, every: 3}`` takes each third date of a
            place, five in a record, ``next`` each date with the next one; by default as the page says.
        stretch: sample values that become 0 and 255, in place of the page's.
        gsd_m: ground sample distance in metres per pixel; by default the page's, else what the files tell.
        license: terms of the images, where they are not the page's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    page: Page
    layout: str | None = None
    split: Split | SplitRules | None = None
    tile: Literal["whole"] | TileOption | None = None
    series: Series | None = None
    stretch: LowHigh | None = None
    gsd_m: GroundSampleDistance | None = None
    license: str | None = Field(default=None)

    @field_validator("page", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return load_page(value)
        except UserError as error:
            raise ValueError(str(error)) from None


def _indexed(root: Path | None, options: CatalogOptions) -> Indexed:
    root = need_root(root)
    indexed = index_page(root, options.page, options.layout, options.split, options.series)
    tile = _tile(indexed, options)
    if tile is not None and indexed.match.members:
        raise UserError("images inside shards are not cut", key="source.options.tile", hint="leave it out")
    keys = tiled_keys(indexed.keys, tile, lambda key: picture_size(root, key.files["before"]), indexed.texts.on_tile)
    return replace(indexed, keys=tuple(keys))


def _tile(indexed: Indexed, options: CatalogOptions) -> TileSize | None:
    if options.tile == "whole":
        return None
    return options.tile or indexed.match.layout.tile


def index(root: Path | None, options: CatalogOptions) -> Sequence[PairKey]:
    """Every pair of the layout that the folder is in."""
    return _indexed(root, options).keys


def notes(root: Path | None, options: CatalogOptions) -> Sequence[str]:
    """Which layout the folder is in, and how splits were told."""
    indexed = _indexed(root, options)
    return [*notes_of(need_root(root), indexed), *tile_note(indexed.keys, _tile(indexed, options))]


def load(root: Path | None, key: PairKey, options: CatalogOptions) -> ImagePair:
    """Read one pair."""
    root, page = need_root(root), options.page
    questions = given_questions(key)
    layout = page.layouts[key.extra[LAYOUT]]
    oriented, two = _images(root, key, layout, options), "after" in key.files
    before, after = oriented.before, oriented.after
    place = before.georeference or after.georeference
    labels = _labels(root, key, page, layout, oriented)
    crs, transform, gsd = (None, None, None) if place is None else (place.crs, place.transform, place.gsd_m)
    change, classes = _change(labels, layout, page), _classes(page)
    standing = page.standing if change is not None else None
    if change is not None and standing is not None:
        change, labels["before_labels"] = standing_apart(change, page.ids()[standing])
    between = _between(root, key, page, layout, oriented, options)
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=page.name,
        before=before.image,
        after=after.image if two else None,
        width=before.size[0],
        height=before.size[1],
        classes=classes,
        change_mask=change,
        before_labels=labels.get("before_labels"),
        after_labels=labels.get("after_labels"),
        ignore_id=IGNORE_ID if _ignores(layout) else None,
        captions=key.captions,
        changed=key.changed,
        gsd_m=options.gsd_m or page.gsd_m or gsd,
        crs=crs,
        transform=transform,
        before_date=_date(key, 0),
        after_date=_date(key, 1),
        license=options.license or page.license,
        attributes={**oriented.attributes, **given_attributes(key)},
        labels_whole=page.labels == "whole",
        questions=questions,
        extra_images=tuple(image for image, _ in between),
        series_labels=_series_labels(labels, [mask for _, mask in between]),
        standing=standing,
    )


def _images(root: Path, key: PairKey, layout: Layout, options: CatalogOptions) -> OrientedPair:
    """The images of a pair, of one size and of one ground; of one date the image is both."""
    before = after = _image(root, key, "before", layout.before, options)
    if "after" in key.files:
        after = _image(root, key, "after", layout.after or layout.before, options)
    masks = [
        key.files[role]
        for role, form in layout.masks()
        if role in key.files and form.polygons is None and form.outlines is None
    ]
    oriented = settle_orientation(root, before, after, masks)
    check_sizes(oriented.before.size, oriented.after.size)
    check_alignment(oriented.before, oriented.after)
    return oriented


def _between(
    root: Path, key: PairKey, page: Page, layout: Layout, oriented: OrientedPair, options: CatalogOptions
) -> list[tuple[ExtraImage, Mask | None]]:
    """The images of the dates between the first and the last of a series, with their label maps."""
    first, entries = oriented.before, []
    place = first.georeference or oriented.after.georeference
    for date, path, labels, *others in key.extra.get(BETWEEN, ()):
        files = (path, others[0] if others else ())
        image = _opened(root, key, "before", files, layout.before, options)
        check_sizes(first.size, image.size)
        check_alignment(first, image)
        mask = None
        if labels is not None:
            own, cut = image.georeference or place, cut_of(key)
            size, shown = first.size, oriented.shown
            mask = load_labels(root, labels, page, layout, "before_labels", size, shown=shown, cut=cut, place=own)
        entries.append((ExtraImage(DATE, _as_date(date), image.image), mask))
    return entries


def _series_labels(labels: Mapping[str, Mask], between: Sequence[Mask | None]) -> tuple[Mask, ...]:
    """The label maps of all dates of a series; none where one is missing."""
    masks = (labels.get("before_labels"), *between, labels.get("after_labels"))
    known = tuple(mask for mask in masks if mask is not None)
    return known if between and len(known) == len(masks) else ()


def _labels(root: Path, key: PairKey, page: Page, layout: Layout, oriented: OrientedPair) -> dict[str, Mask]:
    """The change mask and the label maps of a pair, by role."""
    before, cut, form = oriented.before, cut_of(key), layout.before.hdf5
    if form is not None and form.mask is not None:
        path = str(key.files["before"])
        return {"change_mask": load_change(root, path, tuple(key.extra[MEMBER]), form, before.size)}
    place = before.georeference or oriented.after.georeference
    return {
        role: load_labels(
            root, key.files[role], page, layout, role, before.size, shown=oriented.shown, cut=cut, place=place
        )
        for role, _ in layout.masks()
        if role in key.files
    }


def _classes(page: Page) -> tuple[ClassDef, ...]:
    return tuple(ClassDef(number, name) for name, number in page.ids().items())


def _date(key: PairKey, side: int) -> str | None:
    return _as_date(key.extra.get("dates", ("", ""))[side])


def _as_date(given: str) -> str | None:
    text = str(given).replace("_", "-")
    if whole := _EIGHT_DIGITS.fullmatch(text):
        text = "-".join(whole.groups())
    return text if _DATE.fullmatch(text) else None


def _image(root: Path, key: PairKey, role: str, form: ImageForm, options: CatalogOptions) -> LoadedImage:
    files = (key.files[role], key.extra.get(SEPARATE, {}).get(role, ()))
    return _opened(root, key, role, files, form, options)


def _opened(
    root: Path,
    key: PairKey,
    role: str,
    files: tuple[str | None, Sequence[str | None]],
    form: ImageForm,
    options: CatalogOptions,
) -> LoadedImage:
    """The image in a file, or in one and those of its green and blue."""
    path, others = files
    if path is None:
        raise InvalidItemError("missing-file", f"{key.pair_id}: no {role} image")
    stretch = options.stretch or form.stretch
    if MEMBER in key.extra and form.hdf5 is not None:
        dataset = form.hdf5.after if role == "after" and form.hdf5.after is not None else form.hdf5.image
        name = f"{path}/{key.pair_id.rpartition('/')[2]}_{dataset}"
        place = tuple(key.extra[MEMBER])
        return load_hdf5(root, path, place, dataset, form.hdf5, name=name, stretch=stretch, bands=form.bands)
    if MEMBER in key.extra and form.packed is not None:
        first, second = key.extra[MEMBER]
        name = f"{path}/{key.pair_id.rpartition('/')[2]}"
        return load_bytes(load_member(root, path, (first, second), name, form.packed.image), stretch, form.bands)
    cut = cut_of(key)
    if others:
        there = [other for other in others if other is not None]
        if len(there) < len(others):
            raise InvalidItemError("missing-file", f"{key.pair_id}: no {role} image of one of its bands")
        if cut is not None:
            return load_tile(root, [path, *there], cut, tile_path(path, key), stretch, None, any_depth=form.any_depth)
        return load_separate(root, [path, *there], stretch, any_depth=form.any_depth)
    if cut is not None:
        return load_tile(root, [path], cut, tile_path(path, key), stretch, form.bands)
    return load_any(root, path, stretch, form.bands)


def _ignores(layout: Layout) -> bool:
    forms = [form for _, form in layout.masks()]
    return bool(layout.ignore) or any(
        form.ignore or None in (form.one_hot or ()) or (form.polygons is not None and form.polygons.ignore)
        for form in forms
    )


def _change(labels: Mapping[str, Mask], layout: Layout, page: Page) -> Mask | None:
    """The change mask: of its file; else the classes of the label maps where the set says that something changed."""
    mask, extent = labels.get("change_mask"), labels.get("extent")
    before, after = labels.get("before_labels"), labels.get("after_labels")
    if mask is not None or before is None or after is None:
        return mask
    if extent is None:
        if page.labels == "whole":
            return None
        return np.where((after == 0) | (after == IGNORE_ID), before, after).astype(np.uint8)
    classes = np.where(after == 0, before, after)
    if layout.extent_differs:
        extent = np.where((extent == 1) & (before == after), 0, extent)
    return np.where(extent == IGNORE_ID, IGNORE_ID, np.where(extent == 1, classes, 0)).astype(np.uint8)


@dataclass(frozen=True)
class PageSource(SourceSpec):
    """The source as one page makes it: with that set's name, terms and citation."""

    page: Page | None = None

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Made again from its page in other processes."""
        return (page_source, (self.page,))


def page_source(page: Page) -> PageSource:
    """The source that reads a page's set; its options still name the page."""
    return PageSource(
        name=page.name,
        summary=page.summary,
        options=CatalogOptions,
        index=index,
        streams=_streams,
        load=load,
        notes=notes,
        layout="  or  ".join(dict.fromkeys(text for entry in page.layouts for text in entry.before.templates)),
        license=page.license,
        citation=page.citation,
        url=page.url,
        redistributable=page.redistributable,
        page=page,
    )


def _streams(options: CatalogOptions) -> bool:
    tiles = options.tile is None and any(layout.tile is not None for layout in options.page.layouts)
    return options.tile in (None, "whole") and not tiles and not isinstance(options.split, SplitRules)


SOURCE = SourceSpec(
    name=NAME,
    summary="Sets of the field, and your own, by a page of YAML: rsica-data sources NAME shows one.",
    options=CatalogOptions,
    index=index,
    load=load,
    notes=notes,
    layout="as the page says",
    redistributable=False,
)
