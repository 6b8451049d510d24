"""Two scenes, or two mosaics, of one place, of any size: brought to one grid and cut into tiles.

The parts are in ``sources/scenes``. A scene is read window by window; nothing is ever held whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rsica_data.core.errors import SkippedItem, UserError
from rsica_data.imagery.images import encode_png
from rsica_data.schema import EncodedImage, ImagePair, Mask, PairKey, SourceSpec
from rsica_data.schema.records import IGNORE_ID
from rsica_data.sources.common import need_root
from rsica_data.sources.ground_splits import Footprint, share_out_ground, with_splits
from rsica_data.sources.scenes.layers import Window
from rsica_data.sources.scenes.opened_rasters import gdal
from rsica_data.sources.scenes.place import Place, fingerprint, forget_places, place_of, render
from rsica_data.sources.scenes.place_names import has_places, options_of, share_places
from rsica_data.sources.scenes.scene_grid import Tile, tile_gsd
from rsica_data.sources.scenes.scene_labels import read_labels
from rsica_data.sources.scenes.scene_layer import read_scene
from rsica_data.sources.scenes.scene_options import GeotiffOptions
from rsica_data.sources.splits import SplitResult, SplitRules

NAME = "geotiff"


def index(root: Path | None, options: GeotiffOptions) -> Sequence[PairKey]:
    """A key for every tile of the grid of every place, row by row. Reads headers only.

    Raises:
        UserError: see :func:`scenes.place.open_place` and :func:`scenes.places.share_places`.
    """
    root = need_root(root)
    forget_places()
    keys: list[PairKey] = []
    splits = _tile_splits(root, options)
    for name, split in share_places(root, options).splits.items():
        place_keys = _keys(root, options_of(options, name, split), name, split)
        keys += place_keys if splits is None else list(with_splits(place_keys, splits.splits))
    return keys


def _tile_splits(root: Path, options: GeotiffOptions) -> SplitResult | None:
    """The splits of all tiles, by name, where the recipe shares them out by where they lie."""
    if not isinstance(options.split, SplitRules) or not options.split.by_ground:
        return None
    footprints: dict[str, Footprint] = {}
    for name, split in share_places(root, options).splits.items():
        own = options_of(options, name, split)
        place, size = place_of(root, own), own.tiles.size
        grid = place.grid
        for tile, tile_name in _named_tiles(place, name):
            whole = (grid.width, grid.height)
            footprints[tile_name] = Footprint(name, tile.x, tile.y, size, size, whole, grid.crs, grid.transform)
    return share_out_ground(footprints, options.split)


def _named_tiles(place: Place, name: str) -> Iterator[tuple[Tile, str]]:
    rows, columns = (str(max(numbers)) for numbers in zip(*((t.row, t.column) for t in place.tiles), strict=True))
    for tile in place.tiles:
        yield tile, f"{name}_r{tile.row:0{len(rows)}d}_c{tile.column:0{len(columns)}d}"


def _keys(root: Path, options: GeotiffOptions, name: str, split: str) -> list[PairKey]:
    place = place_of(root, options)
    mark = fingerprint(place)
    if place.maps and not any(len(layer.shapes) for layer in place.maps):
        raise UserError("the maps have no feature of the classes on the grid", file=root, key="source.options.scheme")
    keys = []
    for number, (_, tile_name) in enumerate(_named_tiles(place, name)):
        files = {
            "before": place.before.files.headers[0].path,
            "after": place.after_unaligned.files.headers[0].path,
        }
        extra = {"tile": number, "input": mark, "place": name}
        keys.append(PairKey(f"{NAME}/{split}/{tile_name}", split, files, extra=extra))
    return keys


def notes(root: Path | None, options: GeotiffOptions) -> Sequence[str]:
    """How places or tiles were shared out."""
    splits = _tile_splits(need_root(root), options)
    if splits is not None:
        return [splits.note]
    return [share_places(need_root(root), options).note] if has_places(options) else []


def load(root: Path | None, key: PairKey, options: GeotiffOptions) -> ImagePair:
    """Read one tile.

    Raises:
        SkippedItem: too few of its pixels have data (``too-few-valid``) or labels (``too-few-labelled``).
        InvalidItemError: its pixels cannot be read, or a mask has values that the class map does not know.
        UserError: the scenes are further apart than the recipe allows.
    """
    root = need_root(root)
    options = options_of(options, str(key.extra.get("place", options.name)), key.split)
    place = place_of(root, options)
    tile = place.tiles[key.extra["tile"]]
    size = options.tiles.size
    window = Window(tile.x, tile.y, size, size)
    after_scene = place.after
    with gdal():
        before, after = (read_scene(root, scene, window) for scene in (place.before, after_scene))
        valid = before.valid & after.valid
        share = float(valid.mean())
        if share < options.tiles.min_valid or not share:
            raise SkippedItem("too-few-valid", f"{key.pair_id}: {share:.1%} of the pixels have data at both dates")
        labels = read_labels(root, place.masks, place.maps, options, place.grid, window)
    for ids in labels.masks.values():
        ids[~valid] = IGNORE_ID
    labelled = float((labels.labelled & valid).mean())
    if labels.masks and labelled < options.tiles.min_labelled:
        raise SkippedItem("too-few-labelled", f"{key.pair_id}: {labelled:.1%} of the pixels have a label")
    name = key.pair_id.rpartition("/")[2]
    images = [
        EncodedImage(f"{key.split}/{folder}/{name}.png", encode_png(render(place, samples, side), options.png_level))
        for side, (folder, samples) in enumerate((("A", before), ("B", after)))
    ]
    shares = {"valid_share": share} | ({"labelled_share": labelled} if labels.masks else {})
    return _pair(place, key, tile, images, labels.masks, shares)


def _pair(
    place: Place,
    key: PairKey,
    tile: Tile,
    images: Sequence[EncodedImage],
    masks: Mapping[str, Mask],
    shares: Mapping[str, float],
) -> ImagePair:
    options, size, grid = place.options, place.options.tiles.size, place.grid
    attributes = dict(options.attributes) | place.record
    attributes |= {
        "window": [tile.x, tile.y, size, size],
        "bounds": list(grid.window_extent(tile.x, tile.y, size, size)),
        **{name: round(share, 4) for name, share in shares.items()},
    }
    return ImagePair(
        pair_id=key.pair_id,
        split=key.split,
        source=NAME,
        before=images[0],
        after=images[1],
        width=size,
        height=size,
        classes=place.classes,
        change_mask=masks.get("change_mask"),
        before_labels=masks.get("before_labels"),
        after_labels=masks.get("after_labels"),
        ignore_id=IGNORE_ID if masks else None,
        gsd_m=tile_gsd(grid, tile, size),
        crs=grid.crs,
        transform=grid.window_transform(tile.x, tile.y) if grid.crs is not None else None,
        before_date=options.before_date or place.before.files.date,
        after_date=options.after_date or place.after_unaligned.files.date,
        license=options.license,
        attributes=attributes,
    )


SOURCE = SourceSpec(
    name=NAME,
    summary="Two georeferenced scenes or mosaics of any size, on one grid, in tiles; masks, label maps, polygons.",
    options=GeotiffOptions,
    index=index,
    load=load,
    notes=notes,
    layout="before.tif, after.tif and, by options, mosaics, STAC items, masks",
)
