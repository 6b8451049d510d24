"""Georeferenced images and a map: pairs with two states of the map, or single images with one.

The images of one name in two folders lie on one grid. The map (OSM or any other file of ``rsica_data.osm``) is read
once a process. Label maps of both dates differ where a change of the map is believed to be one of the ground; every
changed object keeps the tags of both dates and its confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from rsica_data.errors import BadItem, UserError
from rsica_data.images import encode_mask
from rsica_data.schema import EncodedImage, ExtraImage, ImagePair, PairKey, SourceSpec
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.common import inside, list_images, need_root, not_this_layout, sort_keys
from rsica_data.sources.osm_tiles import read_tile, same_grid

NAME = "osm-two-dates"
_ODBL = "map: ODbL 1.0, OpenStreetMap contributors"


class OsmOptions(BaseModel):
    """Options of the source.

    Attributes:
        before: folder of the earlier images.
        after: folder of the later images; null for single images with one map.
        before_map: map file of the earlier date, or of the only one.
        after_map: map file of the later date; null where ``before_map`` is a history that holds both.
        map_dates: states to take of a history file, earlier and later.
        before_date, after_date: when the images were taken; rules on dates speak only where both are known.
        scheme: shipped scheme, or a scheme file inside the input folder.
        threshold: confidence from which a change of the map is believed.
        unsure_from: changes from here up to the threshold are left out of everything (id 255); null for none.
        image_evidence: let the images speak about each change.
        pixels: which pixels belong to a polygon.
        min_cover: share of an image that the map's extract must cover.
        prior_map: keep the earlier label map as a further image of the pair, role ``prior_map``, as MapFormer takes it.
        tile: cut images into squares of so many pixels; null for whole images. Rests at the edges are left out.
        stretch: sample values that become 0 and 255, for images of more than 8 bits.
        bands: 1-based bands taken as red, green and blue.
        split: of all pairs.
        licence: terms of images and map.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    before: str = "before"
    after: str | None = "after"
    before_map: str = "before.osm.pbf"
    after_map: str | None = "after.osm.pbf"
    map_dates: tuple[str, str] | None = None
    before_date: str | None = None
    after_date: str | None = None
    scheme: str = "levir-mci"
    threshold: float = Field(default=0.5, ge=0, le=1)
    unsure_from: float | None = Field(default=None, ge=0, le=1)
    image_evidence: bool = True
    pixels: Literal["centre", "touched", "area"] = "centre"
    min_cover: float = Field(default=0.999, ge=0, le=1)
    prior_map: bool = False
    tile: PositiveInt | None = None
    stretch: tuple[float, float] | None = None
    bands: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    split: Literal["train", "val", "test"] = "test"
    licence: str | None = _ODBL

    @model_validator(mode="after")
    def _together(self) -> OsmOptions:
        names = (self.before, self.after, self.before_map, self.after_map)
        if not all(inside(name) for name in names if name is not None):
            raise ValueError("folders and maps should be paths inside the input folder")
        if self.after is not None and self.after_map is None and self.map_dates is None:
            raise ValueError("two dates need after_map, or map_dates of a history file")
        if self.map_dates is not None and self.map_dates[0] > self.map_dates[1]:
            raise ValueError("map_dates: the earlier date comes first")
        if self.stretch is not None and self.stretch[0] >= self.stretch[1]:
            raise ValueError("stretch: the lower value comes first")
        if self.unsure_from is not None and self.unsure_from > self.threshold:
            raise ValueError("unsure_from should not be above threshold")
        return self


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
    for name, file in files.items():
        roles: dict[str, str | None] = {"before": f"{options.before}/{before.get(name, file)}"}
        if options.after is not None:
            roles["after"] = f"{options.after}/{after.get(name, file)}"
        keys += [
            PairKey(f"{NAME}/{options.split}/{name}{suffix}", options.split, roles, extra=extra)
            for suffix, extra in _windows(root / str(roles["before"]), options.tile)
        ]
    return sort_keys(keys)


def _windows(path: Path, tile: int | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name suffix and window of each tile of an image; one whole window where it is not cut or cannot be opened."""
    if tile is None:
        yield "", {}
        return
    from rsica_data.osm.grid import grid_of

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
        BadItem: a file is missing or broken, has no CRS (``no-crs``), or the images are not on one grid
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
        "licence": options.licence,
        "ignore_id": IGNORE_ID,
    }
    if options.after is None:
        return ImagePair(after=None, **common, **map_single(root, before.grid, options))
    after = read_tile(root, key.files["after"], window, options.stretch, options.bands)
    if not same_grid(before.grid, after.grid):
        raise BadItem("wrong-crs", f"{before.image.path} and {after.image.path}: are not on one grid")
    images = (before.pixels, after.pixels) if options.image_evidence else None
    found = map_pair(root, before.grid, images, options)
    if options.prior_map:
        drawn = EncodedImage(f"prior_map/{key.pair_id}.png", encode_mask(found["before_labels"]))
        found["extra_images"] = (ExtraImage("prior_map", options.before_date, drawn),)
    return ImagePair(after=after.image, after_date=options.after_date, **common, **found)


SOURCE = SourceSpec(
    name=NAME,
    summary="Georeferenced images and one or two states of a map (OpenStreetMap), with a confidence for every change.",
    options=OsmOptions,
    index=index,
    load=load,
    layout="before/NAME.tif after/NAME.tif\nbefore.osm.pbf after.osm.pbf (or one history file and map_dates)",
    licence=_ODBL,
    url="https://www.openstreetmap.org/copyright",
)
