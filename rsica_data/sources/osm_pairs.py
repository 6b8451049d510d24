"""Georeferenced images and a map: pairs with two states of the map, or single images with one.

The images of one name in two folders lie on one grid. The map (OSM or any other file of ``rsica_data.osm``) is read
once a process. Label maps of both dates differ where a change of the map is believed to be one of the ground; every
changed object keeps the tags of both dates and its confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.images import encode_mask
from rsica_data.schema import EncodedImage, ExtraImage, ImagePair, PairKey, SourceSpec
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.common import list_images, need_root, not_this_layout, sort_keys
from rsica_data.sources.ground_splits import Footprint, footprints_of, share_out_ground, with_splits
from rsica_data.sources.osm_options import ODBL, OsmOptions
from rsica_data.sources.osm_tiles import read_tile, same_grid
from rsica_data.sources.splits import SplitResult, share_out

NAME = "osm-two-dates"


def index(root: Path | None, options: OsmOptions) -> Sequence[PairKey]:
    """Every image of the folders, or every tile of it; also images whose partner is missing."""
    from rsica_data.sources.osm_scene import scheme_of

    root = need_root(root)
    scheme_of(root, options)  # a mistake in it is told before any work
    for name in {options.before_map, options.after_map or options.before_map}:
        if not (root / name).is_file():
            raise UserError("no such map file", file=root / name, key="source.options", hint="before_map, after_map")
    before = list_images(root / options.before)
    after = list_images(root / options.after) if options.after is not None else before
    files = {**after, **before}
    if not files:
        raise not_this_layout(root, NAME, [f"{options.before}/NAME.tif", f"{options.after}/NAME.tif"])
    keys: list[PairKey] = []
    fixed = options.split if isinstance(options.split, str) else "test"
    for name, file in files.items():
        roles: dict[str, str | None] = {"before": f"{options.before}/{before.get(name, file)}"}
        if options.after is not None:
            roles["after"] = f"{options.after}/{after.get(name, file)}"
        keys += [
            PairKey(f"{NAME}/{fixed}/{name}{suffix}", fixed, roles, extra=extra)
            for suffix, extra in _windows(root / str(roles["before"]), options.tile)
        ]
    attributes = _shared_out(root, keys, options)
    return sort_keys(keys if attributes is None else list(with_splits(keys, attributes.splits)))


def _shared_out(root: Path, keys: Sequence[PairKey], options: OsmOptions) -> SplitResult | None:
    """How pairs are shared out; None where all are of one split."""
    if isinstance(options.split, str):
        return None
    names = {key.pair_id.rpartition("/")[2]: key for key in keys}
    if not options.split.by_ground:
        return share_out(list(names), options.split, root, {})
    pictures = {str(key.files["before"]): "" for key in keys}
    whole = footprints_of(list(pictures), root, {}, {path: path for path in pictures})
    return share_out_ground({name: _tile_of(key, whole) for name, key in names.items()}, options.split)


def _tile_of(key: PairKey, whole: Mapping[str, Footprint]) -> Footprint:
    picture = whole[str(key.files["before"])]
    if not key.extra:
        return picture
    size = key.extra["size"]
    return replace(picture, x=key.extra["x"], y=key.extra["y"], width=size, height=size)


def notes(root: Path | None, options: OsmOptions) -> Sequence[str]:
    """How the pairs were shared out, where the recipe asks for it."""
    if isinstance(options.split, str):
        return []
    attributes = _shared_out(need_root(root), index(root, options.model_copy(update={"split": "test"})), options)
    return [] if attributes is None else [attributes.note]


def _windows(path: Path, tile: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name suffix and window of each tile of an image; one whole window where it is not cut or cannot be opened."""
    if tile is None:
        yield "", {}
        return
    from rsica_data.osm.ground_grid import grid_of

    try:
        grid = grid_of(path)
    except UserError:
        yield "", {}  # loading it tells what is wrong
        return
    for y in range(0, grid.height - tile + 1, tile):
        for x in range(0, grid.width - tile + 1, tile):
            yield f"_{y}_{x}", {"x": x, "y": y, "size": tile}


def load(root: Path | None, key: PairKey, options: OsmOptions) -> ImagePair:
    """The images of a tile with label maps, change mask and what the map says.

    Raises:
        InvalidItemError: a file is missing or broken, has no CRS (``no-crs``), or the images are not on one grid
            (``wrong-crs``).
        UserError: the map cannot be read, or does not cover the image.
    """
    from rsica_data.sources.osm_scene import map_pair, map_single

    root = need_root(root)
    window = (key.extra["x"], key.extra["y"], key.extra["size"]) if key.extra else None
    before = read_tile(root, key.files["before"], window, options.stretch, options.bands)
    common: dict[str, Any] = {
        "pair_id": key.pair_id,
        "split": key.split,
        "source": NAME,
        "before": before.image,
        "width": before.grid.width,
        "height": before.grid.height,
        "gsd_m": round(before.grid.gsd_m, 6),
        "crs": before.grid.crs,
        "transform": before.grid.transform,
        "before_date": options.before_date,
        "license": options.license,
        "ignore_id": IGNORE_ID,
    }
    if options.after is None:
        return ImagePair(after=None, **common, **map_single(root, before.grid, options))
    after = read_tile(root, key.files["after"], window, options.stretch, options.bands)
    if not same_grid(before.grid, after.grid):
        raise InvalidItemError("wrong-crs", f"{before.image.path} and {after.image.path}: are not on one grid")
    images = (before.pixels, after.pixels) if options.image_evidence else None
    map_fields = map_pair(root, before.grid, images, options)
    if options.prior_map:
        drawn = EncodedImage(f"prior_map/{key.pair_id}.png", encode_mask(map_fields["before_labels"]))
        map_fields["extra_images"] = (ExtraImage("prior_map", options.before_date, drawn),)
    return ImagePair(after=after.image, after_date=options.after_date, **common, **map_fields)


SOURCE = SourceSpec(
    name=NAME,
    summary="Georeferenced images and one or two states of a map (OpenStreetMap), with a confidence for every change.",
    options=OsmOptions,
    index=index,
    load=load,
    notes=notes,
    layout="before/NAME.tif after/NAME.tif\nbefore.osm.pbf after.osm.pbf (or one history file and map_dates)",
    license=ODBL,
    url="https://www.openstreetmap.org/copyright",
)
