"""A map file of any kind as features."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.raw import open_regular
from rsica_data.imagery.input_files import checked_file
from rsica_data.osm.assemble import TagFilter, any_tags
from rsica_data.osm.features import Bounds, FeatureSet

_OSM = re.compile(r"\.(osm|osh|pbf|o5m)(\.(pbf|bz2|gz))?$")
_POLYGONS = (".geojson", ".gpkg", ".parquet", ".fgb", ".shp", ".csv", ".csv.gz", ".geojsonl", ".geojsonl.gz")


def read_map(
    path: str | Path,
    *,
    date: str | None = None,
    bounds: Bounds | None = None,
    wanted: TagFilter = any_tags,
    layer: str | None = None,
    root: Path | None = None,
) -> FeatureSet:
    """Features of a map file, chosen by its name.

    ``.osm``, ``.osm.bz2``, ``.osm.gz``, ``.osm.pbf``, ``.osh`` and ``.osh.pbf`` are read by osmium; ``.json`` is an
    answer of Overpass or GeoJSON; ``.geojson``, ``.gpkg``, ``.parquet``, ``.fgb``, ``.shp``, ``.csv(.gz)`` and
    ``.geojsonl`` are labelled polygons.

    Args:
        path: the file.
        date: state at this time, of a history file: ``2020``, ``2020-05``, ``2020-05-17`` or a full ISO time.
        bounds: leave out features whose box does not meet this one.
        wanted: leave out features whose tags it refuses. Cheaper than refusing them later.
        layer: layer of a file that has several.
        root: the input folder that a link must not leave; None for a file that a user names.

    Raises:
        UserError: missing, no regular file, not readable, without CRS, swapped axes, or a date asked of a file that has
            no history.
    """
    file = Path(path)
    try:
        # Absolute: of a relative path osmium would take the beginning for an address or for standard input.
        checked_file(root, file.absolute())
    except InvalidItemError as error:
        raise UserError(error.detail.removeprefix(f"{file.absolute()}: "), file=file) from None
    moment = iso_time(date) if date is not None else None
    name = file.name.lower()
    if _OSM.search(name):
        from rsica_data.osm.osmium_files import read_osmium

        return read_osmium(file, wanted, bounds, moment)
    if moment is not None:
        raise UserError("holds one state of the map: a date means nothing here", file=file, hint="leave the date out")
    if name.endswith(".json") and _is_overpass(file):
        from rsica_data.osm.overpass_json import read_overpass

        return read_overpass(file, wanted, bounds)
    if name.endswith((".json", *_POLYGONS)):
        from rsica_data.osm.polygon_files import read_polygons

        return read_polygons(file, wanted, bounds, layer)
    known = ".osm, .osm.bz2, .osm.pbf, .osh, .osh.pbf, .json (Overpass), " + ", ".join(_POLYGONS)
    raise UserError("not a map file that is known here", file=file, hint=f"known: {known}")


def _is_overpass(path: Path) -> bool:
    with open_regular(path) as stream:
        head = stream.read(4096)
    return b'"elements"' in head or b'"osm3s"' in head


def need_features(feature_set: FeatureSet, what: str = "features") -> FeatureSet:
    """The set, where it has any.

    Raises:
        UserError: it is empty; says how many were skipped.
    """
    if feature_set.features:
        return feature_set
    aside = (
        f"; {len(feature_set.skipped)} were skipped, first: {feature_set.skipped[0].detail}"
        if feature_set.skipped
        else ""
    )
    raise UserError(
        f"the map has no {what} here{aside}", file=feature_set.origin or None, hint="a larger area or other tags"
    )


def refuse_swapped_box(feature_set: FeatureSet, bounds: Bounds, read: Callable[[Bounds], FeatureSet]) -> None:
    """Say so where a box met no feature, and would with its longitudes and latitudes exchanged.

    Args:
        feature_set: what was read with the box.
        bounds: the box.
        read: reads the same map with another box.

    Raises:
        UserError: it would.
    """
    turned = bounds.swapped() if not feature_set.features else None
    if turned is None or turned == bounds:
        return
    extent = feature_set.extent
    if extent is not None and not any(turned.meets((e.west, e.south, e.east, e.north)) for e in extent.parts()):
        return
    if read(turned).features:
        right = ",".join(f"{value:.10g}" for value in (turned.west, turned.south, turned.east, turned.north))
        raise UserError(
            f"no features in {bounds}; with latitude and longitude exchanged there are",
            file=feature_set.origin or None,
            key="--bbox",
            hint=f"longitude comes first: --bbox {right}",
        )


def iso_time(text: str) -> str:
    """A date as the full UTC time that OSM uses; the end of a year, month or day that is given alone is its start.

    Raises:
        UserError: not a date.
    """
    for form in ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except ValueError:
            continue
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        hint = "2020, 2020-05, 2020-05-17 or 2020-05-17T10:00:00Z"
        raise UserError(f"'{text}' is not a date", hint=hint) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def within(feature_set: FeatureSet, bounds: Bounds) -> FeatureSet:
    """The features whose box meets ``bounds``."""
    kept = tuple(item for item in feature_set.features if bounds.meets(item.geometry.bounds))
    return replace(feature_set, features=kept)
