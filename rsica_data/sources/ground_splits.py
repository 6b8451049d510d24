"""Pairs shared out by where they lie: cells of the ground assigned whole, or rings of a scene."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.geometry.degrees import DEGREES, to_degrees
from rsica_data.geometry.ground_cells import ground_cells, rings
from rsica_data.geometry.raster_header import Transform, raster_place
from rsica_data.imagery.raster_files import opened_raster
from rsica_data.schema import PairKey
from rsica_data.schema.records import SPLITS
from rsica_data.sources.splits import SPLIT_KEY, SplitResult, SplitRules, counted_splits, shares_of, splits_by_ratio


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where a pair lies.

    Attributes:
        scene: the picture that it is cut from; its own name where it is whole.
        x, y, width, height: its window in that picture, in pixels.
        scene_size: width and height of the picture.
        crs: reference system of the picture, None where nothing tells.
        transform: pixel of the picture to map, None where nothing tells.
    """

    scene: str
    x: int
    y: int
    width: int
    height: int
    scene_size: tuple[int, int]
    crs: str | None = None
    transform: Transform | None = None

    def points(self) -> list[tuple[float, float]]:
        """Its middle and the middles of its four corner pixels, in pixels of the picture."""
        left, right = self.x + 0.5, self.x + self.width - 0.5
        top, bottom = self.y + 0.5, self.y + self.height - 0.5
        middle = (self.x + self.width / 2, self.y + self.height / 2)
        return [middle, (left, top), (right, top), (left, bottom), (right, bottom)]


def file_footprint(root: Path, path: str, name: str) -> Footprint:
    """The footprint of a whole image file, of which only the header is read.

    Raises:
        InvalidItemError: it cannot be opened.
    """
    with opened_raster(path, root=root) as opened:
        place, size = raster_place(opened), (int(opened.width), int(opened.height))
    return Footprint(name, 0, 0, *size, size, place.crs, place.transform)


def given_footprint(name: str, attributes: Mapping[str, Any]) -> Footprint | None:
    """The footprint that attributes tell: ``bounds`` (west, south, east, north) or ``lon`` and ``lat``, in degrees.

    Raises:
        UserError: they are no numbers.
    """
    key = "source.options.pair_attributes"
    try:
        if "bounds" in attributes:
            west, south, east, north = (float(value) for value in attributes["bounds"])
        elif "lon" in attributes and "lat" in attributes:
            west = east = float(attributes["lon"])
            south = north = float(attributes["lat"])
        else:
            return None
    except (TypeError, ValueError):
        raise UserError(f"'{name}': bounds should be [west, south, east, north] in degrees", key=key) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise UserError(f"'{name}': {[west, south, east, north]} are no bounds in degrees", key=key)
    return Footprint(name, 0, 0, 1, 1, (1, 1), DEGREES, (east - west, 0.0, west, 0.0, south - north, north))


def footprints_of(
    names: Sequence[str], root: Path, attributes: Mapping[str, Mapping[str, Any]], files: Mapping[str, str]
) -> dict[str, Footprint]:
    """Footprints of pairs that are whole images: what their attributes tell, else their files.

    Args:
        names: of the pairs.
        root: the input folder.
        attributes: of pairs, by name.
        files: an image of each pair, relative to the input folder; a pair without one is left out.

    Raises:
        UserError: a file cannot be opened.
    """
    footprints: dict[str, Footprint] = {}
    for name in names:
        given = given_footprint(name, attributes.get(name, {}))
        if given is not None:
            footprints[name] = given
        elif name in files:
            try:
                footprints[name] = file_footprint(root, files[name], name)
            except InvalidItemError as error:
                raise UserError(f"a split by places needs every image: {error.detail}", key=SPLIT_KEY) from error
    return footprints


def share_out_ground(footprints: Mapping[str, Footprint], rules: SplitRules) -> SplitResult:
    """Share pairs out by where they lie. The same footprints and rules give the same splits, in any order.

    Cells are assigned whole, those with most pairs first, each to the split that lacks most of its share. Rings are
    counted from the edge of each picture: train outside, then val, test in the middle.

    Args:
        footprints: of all pairs, by name.
        rules: with ``cell_km``, ``cell_px`` or ``rings``.

    Raises:
        UserError: a pair has no georeference and ``cell_km`` needs one.
    """
    names = sorted(footprints)
    places = [footprints[name] for name in names]
    if rules.rings:
        splits_of, note = _by_rings(places, rules), "rings from the edge of each scene (reBEN's rule)"
    else:
        cells = _ground(names, places, rules.cell_km) if rules.cell_km is not None else _pixel(places, rules.cell_px)
        splits_of, note = _by_cells(cells, rules)
    kept = [number for number, of in enumerate(splits_of) if rules.border == "keep" or len(set(of)) == 1]
    splits = {names[number]: splits_of[number][0] for number in kept}
    shares = ", ".join(f"{split} {share:g}" for split, share in (rules.ratio or {}).items())
    seed = "" if rules.rings else f", seed {rules.seed}"
    left_out = f"; left out, across a border: {len(names) - len(kept)}" if rules.border == "drop" else ""
    return SplitResult(splits, f"split by ratio ({shares}){seed}, {note}: {counted_splits(splits)}{left_out}")


def with_splits(keys: Iterable[PairKey], splits: Mapping[str, str]) -> Iterator[PairKey]:
    """Keys with the splits of their names, the last part of their ids; those of no split are left out."""
    for key in keys:
        source, _, name = key.pair_id.split("/", 2)
        if name in splits:
            yield replace(key, pair_id=f"{source}/{splits[name]}/{name}", split=splits[name])


Cell = tuple[str, int, int]


def _by_cells(cells: Sequence[Sequence[Cell]], rules: SplitRules) -> tuple[list[list[str]], str]:
    """Split of each point of each pair; cells that hold no pair's middle go with the middle's."""
    groups = {str(number): "/".join(map(str, of[0])) for number, of in enumerate(cells)}
    chosen = splits_by_ratio(groups, rules)
    splits_of = []
    for of in cells:
        own = chosen["/".join(map(str, of[0]))]
        splits_of.append([chosen.get("/".join(map(str, cell)), own) for cell in of])
    size = f"{rules.cell_km:g} km" if rules.cell_km is not None else f"{rules.cell_px} px"
    held = Counter(chosen.values())
    counts = ", ".join(f"{split} {held[split]}" for split in SPLITS if held[split])
    return splits_of, f"cells of {size} whole ({counts})"


def _by_rings(places: Sequence[Footprint], rules: SplitRules) -> list[list[str]]:
    shares = shares_of(rules)
    points = np.array([point for place in places for point in place.points()], np.float64).reshape(-1, 2)
    sizes = np.repeat(np.array([place.scene_size for place in places], np.float64).reshape(-1, 2), 5, axis=0)
    numbers = rings(points[:, 0], points[:, 1], sizes[:, 0], sizes[:, 1], list(shares.values())).reshape(-1, 5)
    order = list(shares)
    return [[order[number] for number in row] for row in numbers]


def _pixel(places: Sequence[Footprint], cell_px: int | None) -> list[list[Cell]]:
    assert cell_px is not None
    return [[(place.scene, int(y // cell_px), int(x // cell_px)) for x, y in place.points()] for place in places]


def _ground(names: Sequence[str], places: Sequence[Footprint], cell_km: float) -> list[list[Cell]]:
    by_crs: dict[str, list[int]] = {}
    for number, (name, place) in enumerate(zip(names, places, strict=True)):
        if place.crs is None or place.transform is None:
            what = f"'{name}' has no georeference, which cells of {cell_km:g} km need"
            hint = "cell_px or group, or pair_attributes with bounds [west, south, east, north]"
            raise UserError(what, key=f"{SPLIT_KEY}.cell_km", hint=hint)
        by_crs.setdefault(place.crs, []).append(number)
    cells: list[list[Cell]] = [[] for _ in places]
    for crs, numbers in by_crs.items():
        mapped = np.array([_mapped(places[number]) for number in numbers])
        lon, lat = to_degrees(crs)(mapped[..., 0].ravel(), mapped[..., 1].ravel())
        if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
            raise UserError(f"a pair lies outside its reference system {crs}", key=f"{SPLIT_KEY}.cell_km")
        rows, columns = (part.reshape(-1, 5) for part in ground_cells(lon, lat, cell_km))
        for number, row, column in zip(numbers, rows.tolist(), columns.tolist(), strict=True):
            cells[number] = [("", a, b) for a, b in zip(row, column, strict=True)]
    return cells


def _mapped(place: Footprint) -> list[tuple[float, float]]:
    assert place.transform is not None
    a, b, c, d, e, f = place.transform
    return [(a * x + b * y + c, d * x + e * y + f) for x, y in place.points()]
