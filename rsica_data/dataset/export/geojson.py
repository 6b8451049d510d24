"""Every object of the facts as GeoJSON (RFC 7946): longitude and latitude, right-hand rule, cut at the antimeridian.

Geometries follow the objects' pixel edges, holes included: rasterised again on the pair's grid they give its pixels.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from rsica_data.change_facts import majority, object_pixels, object_polygons
from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import write_lines
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.change_masks import measured_mask
from rsica_data.imagery.images import decode_mask
from rsica_data.schema import EncodedImage, Mask, ObjectFacts, Side
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.rules import square_metres

if TYPE_CHECKING:
    from shapely import Polygon
    from shapely.geometry.base import BaseGeometry

_LOG = logging.getLogger(__name__)
_LONGEST_EDGE_PX = 32
"""A straight edge of the grid is a curve in longitude and latitude: longer ones get corners in between."""

_NAMED = 5

Rings = list[NDArray[np.float64]]


class GeoJsonOptions(BaseModel):
    """Options.

    Attributes:
        lines: one feature a line (``.geojsonl``) in place of one FeatureCollection.
        name: of the file, without suffix.
        decimals: of the coordinates in degrees; 8 are a millimetre.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    lines: bool = False
    name: str = Field(default="objects", pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    decimals: int = Field(default=8, ge=5, le=12)


@dataclass
class _LeftOut:
    """What is not in the file, and why."""

    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, pair: StoredPair, reason: str, object_id: int | None = None) -> None:
        row = {"pair_id": pair.pair_id, "reason": reason}
        self.rows.append(row if object_id is None else row | {"object_id": object_id})


def export(dataset: BuiltDataset, out: Path, options: GeoJsonOptions) -> list[Path]:
    """Write the objects of all pairs; ``left_out.jsonl`` names the pairs and objects that have no place on a map.

    Raises:
        UserError: no pair has a georeference.
    """
    left_out = _LeftOut()
    path = Path(f"{options.name}.geojsonl" if options.lines else f"{options.name}.geojson")
    features = _features(dataset, options, left_out)
    if options.lines:
        write_lines(out / path, features)
    else:
        _write_collection(out / path, features)
    if not left_out.rows:
        return [path]
    write_lines(out / "left_out.jsonl", left_out.rows)
    _warn(left_out)
    return [path, Path("left_out.jsonl")]


def _warn(left_out: _LeftOut) -> None:
    for reason, number in Counter(row["reason"] for row in left_out.rows).items():
        names = [row["pair_id"] for row in left_out.rows if row["reason"] == reason][:_NAMED]
        more = ", ..." if number > len(names) else ""
        _LOG.warning("left out: %d (%s): %s%s; see left_out.jsonl", number, reason, ", ".join(names), more)


def _write_collection(path: Path, features: Iterable[dict[str, Any]]) -> None:
    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8") as stream:
        stream.write('{"type": "FeatureCollection", "features": [')
        separator = "\n"
        for feature in features:
            stream.write(separator + json.dumps(feature, ensure_ascii=False))
            separator = ",\n"
        stream.write("\n]}\n")


def _features(dataset: BuiltDataset, options: GeoJsonOptions, left_out: _LeftOut) -> Iterator[dict[str, Any]]:
    side = dataset.rules.change_from
    placed = 0
    for pair in dataset.pairs():
        if pair.crs is None or pair.transform is None:
            left_out.add(pair, "no-georeference")
        elif pair.facts is None:
            placed += 1
            left_out.add(pair, "no-mask")
        else:
            placed += 1
            yield from _pair_features(pair, options, left_out, side)
    if not placed:
        hint = "sources geotiff and folder keep the georeference of GeoTIFF files"
        raise UserError(f"no pair of {len(left_out.rows)} has a georeference", file=dataset.root, hint=hint)


def _pair_features(
    pair: StoredPair, options: GeoJsonOptions, left_out: _LeftOut, side: Side
) -> Iterator[dict[str, Any]]:
    if pair.facts is None or not pair.facts.objects:
        return
    masks = [_mask(image) for image in (pair.change_mask, pair.before_labels, pair.after_labels)]
    mask = measured_mask(masks[0], masks[1], masks[2], pair.ignore_id, side)
    geometries = object_geometries(mask, pair.facts.objects, pair.crs or "", pair.transform or (), options.decimals)
    for item, geometry in zip(pair.facts.objects, geometries, strict=True):
        if geometry is None:
            left_out.add(pair, "around-a-pole", item.object_id)
            continue
        yield {
            "type": "Feature",
            "id": f"{pair.pair_id}#{item.object_id}",
            "geometry": geometry,
            "properties": _properties(pair, item, mask, masks[1], masks[2]),
        }


def object_geometries(
    mask: Mask, objects: Sequence[ObjectFacts], crs: str, transform: Sequence[float], decimals: int = 8
) -> list[dict[str, Any] | None]:
    """The GeoJSON geometry of every object; None where it runs around a pole.

    Args:
        mask: the class ids that the facts were measured on, ``[H, W]``.
        objects: of the facts; at least one.
        crs: of the pair, as text.
        transform: pixel to map.
        decimals: of the coordinates in degrees.
    """
    outlines = [object_polygons(mask, item) for item in objects]
    flat = [np.asarray(ring, np.float64) for polygons in outlines for polygon in polygons for ring in polygon]
    rings = iter(_to_degrees(flat, crs, transform))
    return [geometry_of([[next(rings) for _ in polygon] for polygon in polygons], decimals) for polygons in outlines]


def _mask(image: EncodedImage | None) -> Mask | None:
    return None if image is None else decode_mask(image.data)


def _properties(
    pair: StoredPair, item: ObjectFacts, mask: Mask, before: Mask | None, after: Mask | None
) -> dict[str, Any]:
    names = {0: "none"} | {entry.id: entry.name for entry in pair.classes}
    pixels = object_pixels(mask, item)

    def most(labels: Mask | None) -> str | None:
        class_id = None if labels is None else majority(labels, item, pixels, pair.ignore_id)
        return None if class_id is None else names.get(class_id)

    return {
        "pair_id": pair.pair_id,
        "split": pair.split,
        "object_id": item.object_id,
        "class": names[item.class_id],
        "area_px": item.area_px,
        "area_m2": square_metres(item.area_px, pair.gsd_m),
        "from": most(before),
        "to": most(after),
        "before_date": pair.before_date,
        "after_date": pair.after_date,
        "confidence": item.confidence,
        "tags": None if item.tags is None else dict(sorted(item.tags.items())),
    }


def _to_degrees(rings: Rings, crs: str, place: Sequence[float]) -> Rings:
    """Rings of pixel corners as rings of longitude and latitude, all of a pair in one transformation."""
    from rasterio.crs import CRS
    from rasterio.warp import transform

    dense = [_densified(ring) for ring in rings]
    points = np.concatenate(dense)
    a, b, c, d, e, f = place
    xs = a * points[:, 0] + b * points[:, 1] + c
    ys = d * points[:, 0] + e * points[:, 1] + f
    longitudes, latitudes = transform(CRS.from_user_input(crs), CRS.from_epsg(4326), xs, ys)
    there = np.column_stack([longitudes, latitudes])
    return list(np.split(there, np.cumsum([len(ring) for ring in dense])[:-1]))


def _densified(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = np.maximum(1, np.ceil(np.abs(np.diff(ring, axis=0)).max(axis=1) / _LONGEST_EDGE_PX)).astype(int)
    if steps.max() == 1:
        return ring
    parts = [
        ring[place] + (ring[place + 1] - ring[place]) * np.arange(number)[:, None] / number
        for place, number in enumerate(steps)
    ]
    return np.concatenate([*parts, ring[-1:]])


def geometry_of(polygons: list[Rings], decimals: int) -> dict[str, Any] | None:
    """Polygons ``[ring [n, 2]]`` of longitude and latitude as a GeoJSON geometry.

    Outer rings run counter-clockwise and holes clockwise; what lies across the antimeridian is cut there. None where a
    ring runs around a pole: no polygon in longitude and latitude is that.
    """
    coordinates: list[list[list[list[float]]]] = []
    for polygon in polygons:
        unwrapped = [_unwrapped(ring) for ring in polygon]
        if any(abs(ring[-1, 0] - ring[0, 0]) > 1 for ring in unwrapped):
            return None
        across = any(np.abs(ring[:, 0]).max() > 180 for ring in unwrapped)
        parts = _cut(unwrapped) if across else [unwrapped]
        coordinates += [[_ring(ring, decimals, hole=number > 0) for number, ring in enumerate(part)] for part in parts]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def _unwrapped(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """The ring with longitudes that never jump by half a turn; they may pass 180."""
    return np.column_stack([np.unwrap(ring[:, 0], period=360), ring[:, 1]])


def _cut(rings: Rings) -> list[Rings]:
    """A polygon whose longitudes pass 180 or -180 as polygons on this side and on that."""
    from shapely import Polygon, box, make_valid
    from shapely.affinity import translate

    first = rings[0][:, 0].mean()
    # Rounded, so that a corner that two rings share is one point again, whichever turns were added on its way.
    aligned = [np.round(ring - [round((ring[:, 0].mean() - first) / 360) * 360, 0], 11) for ring in rings]
    # Outlines along pixel edges may touch themselves at a corner once they are projected and rounded.
    whole = make_valid(Polygon(aligned[0], aligned[1:]))
    parts: list[Rings] = []
    for turn in (-1, 0, 1):
        piece = whole.intersection(box(-180 + 360 * turn, -90, 180 + 360 * turn, 90))
        for polygon in _polygons_of(piece):
            moved = translate(polygon, -360.0 * turn)
            parts.append([np.asarray(ring.coords) for ring in (moved.exterior, *moved.interiors)])
    return parts


def _polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    """All polygons in a geometry, however deep in collections."""
    if geometry.geom_type == "Polygon":
        return [] if geometry.is_empty else [geometry]
    return [polygon for part in getattr(geometry, "geoms", ()) for polygon in _polygons_of(part)]


def _ring(ring: NDArray[np.float64], decimals: int, *, hole: bool) -> list[list[float]]:
    x, y = (ring - ring[0]).T
    area = float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    turned = ring[::-1] if (area > 0) is hole else ring
    # Adding 0.0 makes -0.0 plain 0.0.
    rounded: list[list[float]] = (np.round(turned, decimals) + 0.0).tolist()
    return rounded


EXPORTER = ExporterSpec("geojson", "Every changed object on the map, as GeoJSON.", GeoJsonOptions, export)
