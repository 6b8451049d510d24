"""`osm extract`: features of a file or of Overpass."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.cli.osm_options import json_option, set_aside_counts
from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_data.osm.features import FeatureSet, Tags


@click.command()
@click.argument("map_file", required=False, type=click.Path(path_type=Path))
@click.option("--place", default=None, help="Name of a place, asked of Nominatim and Overpass.")
@click.option("--bbox", default=None, help="west,south,east,north in degrees; west > east crosses 180.")
@click.option("--polygon", type=click.Path(path_type=Path), default=None, help="GeoJSON file with the area.")
@click.option("--date", default=None, help="State of the map then: of a history file, or Overpass's attic data.")
@click.option("--scheme", "scheme_name", default=None, help="Keep only what a scheme names.")
@click.option("--key", "keys", multiple=True, help="Keep only features with this OSM key; may be repeated.")
@click.option("--endpoint", "endpoints", multiple=True, help="Overpass server; may be repeated, tried in turn.")
@click.option("--nominatim", default=None, help="Nominatim server for --place.")
@click.option("--attempts", type=click.IntRange(1), default=6, show_default=True, help="Requests at most.")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0), default=15.0, show_default=True, help="First pause, seconds."
)
@click.option("--cache", type=click.Path(path_type=Path), default=None, help="Folder that keeps Overpass's answers.")
@click.option("--layer", default=None, help="Layer of a map file that has several.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="GeoJSON file to write.")
@json_option
def extract(
    map_file: Path | None,
    place: str | None,
    bbox: str | None,
    polygon: Path | None,
    date: str | None,
    scheme_name: str | None,
    keys: tuple[str, ...],
    layer: str | None,
    out: Path | None,
    as_json: bool,
    **server: Any,
) -> None:
    """Features of a map file, or of Overpass where none is given, as GeoJSON with tags, versions and edit times.

    \b
    Example:
      rsica-data osm extract Helsinki.osm.pbf --bbox 24.935,60.165,24.945,60.17 --key building --out houses.geojson
      rsica-data osm extract history.osh.pbf --date 2015-06-01 --scheme levir-mci --out 2015.geojson
      rsica-data osm extract --place "Ingelheim, Germany" --date 2015-06-01 --scheme levir-mci --cache cache --json
    """
    from rsica_data.osm.features import parse_bounds
    from rsica_data.osm.map_files import need_features, read_map, refuse_swapped_box

    wanted, asked_keys = _filter(scheme_name, keys)
    bounds = parse_bounds(bbox) if bbox is not None else None
    if map_file is not None:
        if place is not None or polygon is not None:
            raise UserError("a file is cut by --bbox only", hint="leave --place and --polygon out")
        read = partial(read_map, map_file, date=date, wanted=wanted, layer=layer)
        feature_set = read(bounds=bounds)
        if bounds is not None:
            refuse_swapped_box(feature_set, bounds, lambda box: read(bounds=box))
    else:
        feature_set = _download(place, bounds, polygon, asked_keys, date, wanted, server)
    need_features(feature_set)
    if out is not None:
        _write(out, feature_set)
    summary: dict[str, Any] = {
        "features": len(feature_set.features),
        "types": _count(feature.osm_type for feature in feature_set.features),
        "reader": feature_set.reader,
        "date": feature_set.date,
        "skipped": set_aside_counts(feature_set.skipped),
        "repaired": len(feature_set.repaired),
        "out": None if out is None else str(out),
    }
    if as_json:
        print_json(summary)
    else:
        aside = sum(summary["skipped"].values())
        click.echo(
            f"{counted(len(feature_set.features), 'feature')}, {aside} skipped, {len(feature_set.repaired)} repaired"
        )
        for note in feature_set.skipped[:5]:
            click.echo(f"  {note.name}: {note.reason}: {note.detail}")


def _count(words: Any) -> dict[str, int]:
    from collections import Counter

    return dict(sorted(Counter(words).items()))


def _filter(scheme_name: str | None, keys: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """A filter on tags, and the keys to ask Overpass for."""
    from rsica_data.osm.assemble import any_tags
    from rsica_data.osm.scheme import load_scheme

    if scheme_name is not None:
        scheme = load_scheme(scheme_name)
        return scheme.wants, (*scheme.keys(), *keys)
    if keys:

        def has_key(tags: Tags) -> bool:
            return any(key in tags for key in keys)

        return has_key, keys
    return any_tags, ()


def _download(
    place: str | None,
    bounds: Any,
    polygon: Path | None,
    keys: tuple[str, ...],
    date: str | None,
    wanted: Any,
    server: dict[str, Any],
) -> FeatureSet:
    from rsica_data.core.validation import check_address
    from rsica_data.osm.download import ENDPOINTS, NOMINATIM, Server, fetch

    given = [value for value in (place, bounds, polygon) if value is not None]
    if len(given) != 1:
        raise UserError("give a map file, or one of --place, --bbox and --polygon")
    if not keys:
        raise UserError("Overpass is asked for keys", hint="--scheme NAME or --key building")
    asked = Server(
        endpoints=tuple(check_address(url, "--endpoint") for url in server["endpoints"]) or ENDPOINTS,
        nominatim=check_address(server["nominatim"] or NOMINATIM, "--nominatim"),
        cache=server["cache"],
        attempts=server["attempts"],
        wait_s=server["wait_s"],
    )
    where = _area(polygon) if polygon is not None else given[0]
    return fetch(where, keys, date=date, server=asked, wanted=wanted)


def _area(path: Path) -> Any:
    """The union of the polygons of a file."""
    from shapely import unary_union

    from rsica_data.osm.map_files import need_features
    from rsica_data.osm.polygon_files import read_polygons

    feature_set = need_features(read_polygons(path, lambda tags: True, None), "polygons")
    return unary_union([feature.geometry for feature in feature_set.features])


def _write(out: Path, feature_set: FeatureSet) -> None:
    from rsica_data.osm.geojson import feature_json, write_geojson

    extent = feature_set.extent
    box = {} if extent is None else {"extent": [extent.west, extent.south, extent.east, extent.north]}
    write_geojson(out, (feature_json(feature) for feature in feature_set.features), **box)
