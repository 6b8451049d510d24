"""`osm changes`, `osm label` and `osm rules`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.cli.osm_options import drawing_options, image_option, json_option, scheme_option
from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_data.osm.changes import Change, FromTo
    from rsica_data.osm.ground_grid import Grid
    from rsica_data.osm.naming import NamedObject


@click.command()
@click.argument("before_map", type=click.Path(path_type=Path))
@click.argument("after_map", type=click.Path(path_type=Path))
@image_option
@scheme_option
@click.option("--map-dates", nargs=2, default=None, help="States to take of a history file, earlier and later.")
@click.option("--image-dates", nargs=2, default=None, help="When the two images were taken.")
@click.option("--images", nargs=2, type=click.Path(path_type=Path), default=None, help="The two images, as evidence.")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Confidence to believe.")
@click.option(
    "--unsure-from", type=click.FloatRange(0, 1), default=None, help="From here to the threshold: ignored (255)."
)
@drawing_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the maps and changes.geojson.")
@json_option
def changes(
    before_map: Path,
    after_map: Path,
    image: Path,
    scheme_name: str,
    map_dates: tuple[str, str] | None,
    image_dates: tuple[str, str] | None,
    images: tuple[Path, Path] | None,
    threshold: float,
    unsure_from: float | None,
    pixels: Any,
    min_cover: float,
    layer: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """From-to maps of two states of a map, and a list of what changed with tags of both dates and a confidence.

    Writes before.tif, after.tif, change.tif (class ids) and changes.geojson. A change of the map need not be one of
    the ground: see `rsica-data osm rules`.

    \b
    Example:
      rsica-data osm changes 2015.osm.pbf 2020.osm.pbf --image after.tif --images before.tif after.tif \\
        --image-dates 2015-05-01 2020-06-01 --scheme levir-mci --out changes
    """
    from rsica_data.osm.changes import ImageDates, find_changes, from_to, keeps_history
    from rsica_data.osm.ground_grid import check_cover, grid_of
    from rsica_data.osm.map_files import iso_time, need_features, read_map
    from rsica_data.osm.map_rasters import image_on_grid, write_labels
    from rsica_data.osm.scheme import load_scheme

    scheme, grid = load_scheme(scheme_name), grid_of(image)
    dates = ImageDates(*(iso_time(date) for date in image_dates)) if image_dates is not None else ImageDates()
    _check_order(dates.first, dates.second, "--image-dates")
    earlier, later = map_dates or (None, None)
    _check_order(earlier, later, "--map-dates")
    if unsure_from is not None and unsure_from > threshold:
        raise UserError(f"{unsure_from:g} is above --threshold {threshold:g}", key="--unsure-from")
    old, new = (
        need_features(read_map(path, date=date, wanted=keeps_history(scheme), layer=layer))
        for path, date in ((before_map, earlier), (after_map, later))
    )
    for feature_set in (old, new):
        check_cover(grid, feature_set, min_cover)
    pair = None if images is None else (image_on_grid(images[0], grid), image_on_grid(images[1], grid))
    found_changes = find_changes(old.features, new.features, scheme, grid, dates=dates, images=pair)
    named = (scheme.classify_all(old.features), scheme.classify_all(new.features))
    how: dict[str, Any] = {"threshold": threshold, "unsure_from": unsure_from, "pixels": pixels}
    maps = from_to(*named, found_changes, grid, **how)
    for name, labels in (("before", maps.before), ("after", maps.after), ("change", maps.change_mask)):
        write_labels(out / f"{name}.tif", labels, grid, scheme.classes, ignore_id=255)
    _write_changes(out / "changes.geojson", found_changes, grid, threshold)
    if as_json:
        print_json({"out": str(out)} | _summary(found_changes, maps))
        return
    click.echo(f"{counted(len(found_changes), 'change')} of the map, {len(maps.believed)} believed to be of the ground")
    for change in sorted(maps.believed, key=lambda item: -item.verdict.confidence)[:10]:
        click.echo(f"  {change.verdict.confidence:.2f} {_shown(change)}: {change.verdict.text}")


def _summary(map_changes: list[Change], maps: FromTo) -> dict[str, Any]:
    return {
        "changes": len(map_changes),
        "believed": len(maps.believed),
        "refused": len(maps.refused),
        "unsure": len(maps.unsure),
        "kinds": _count(change.kind for change in map_changes),
        "believed_from_to": _count(" -> ".join(change.class_names()) for change in maps.believed),
        "changed_px": int(((maps.change_mask != 0) & (maps.change_mask != 255)).sum()),
    }


def _shown(change: Change) -> str:
    before, after = change.class_names()
    return f"{change.name} {change.kind} ({before} -> {after})"


def _check_order(first: str | None, second: str | None, option: str) -> None:
    if first is not None and second is not None and first > second:
        raise UserError(f"{option}: {first} is after {second}", hint="the earlier date comes first")


def _count(words: Any) -> dict[str, int]:
    from collections import Counter

    return dict(Counter(words).most_common())


def _write_changes(path: Path, map_changes: list[Change], grid: Grid, threshold: float) -> None:
    from rsica_data.osm.geojson import write_geojson

    def members() -> Iterator[dict[str, Any]]:
        from shapely.geometry import mapping

        for change in map_changes:
            before, after = change.class_names()
            yield {
                "type": "Feature",
                "geometry": mapping(grid.from_pixels(change.shape)),
                "properties": {
                    "@id": change.name,
                    "@kind": change.kind,
                    "@from": before,
                    "@to": after,
                    "@confidence": change.verdict.confidence,
                    "@believed": change.verdict.confidence >= threshold,
                    "@reason": change.verdict.text,
                    "@rules": [code for code, _, _ in change.verdict.reasons],
                    "@tags_before": dict(change.tags_before),
                    "@tags_after": dict(change.tags_after),
                },
            }

    write_geojson(path, members())


@click.command()
@click.argument("mask_file", type=click.Path(path_type=Path))
@click.option("--image", type=click.Path(path_type=Path), default=None, help="Where the mask lies, if it says nothing.")
@click.option("--before", "before_map", type=click.Path(path_type=Path), default=None, help="Map of the earlier date.")
@click.option("--after", "after_map", type=click.Path(path_type=Path), default=None, help="Map of the later date.")
@click.option("--map-dates", nargs=2, default=None, help="States to take of a history file, earlier and later.")
@scheme_option
@click.option(
    "--min-share", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Share that names an object."
)
@drawing_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Multi-class mask to write, .tif or .png.")
@click.option("--from-to", type=click.Path(path_type=Path), default=None, help="Folder for before.tif and after.tif.")
@click.option("--objects", type=click.Path(path_type=Path), default=None, help="GeoJSON of the objects to write.")
@json_option
def label(
    mask_file: Path,
    image: Path | None,
    before_map: Path | None,
    after_map: Path | None,
    map_dates: tuple[str, str] | None,
    scheme_name: str,
    min_share: float,
    pixels: Any,
    min_cover: float,
    layer: str | None,
    out: Path,
    from_to: Path | None,
    objects: Path | None,
    as_json: bool,
) -> None:
    """Name the objects of a binary change mask, from any detector, by the features of a map that they overlap.

    \b
    Example:
      rsica-data osm label mask.png --image after.tif --before 2015.osm.pbf --after 2020.osm.pbf \\
        --scheme second --out named.tif --objects objects.geojson
    """
    from rsica_data.osm.ground_grid import check_cover, grid_of
    from rsica_data.osm.map_files import read_map
    from rsica_data.osm.map_rasters import check_label_path, read_mask, write_labels
    from rsica_data.osm.naming import UNKNOWN, name_mask
    from rsica_data.osm.scheme import load_scheme
    from rsica_data.schema import ClassDef

    check_label_path(out)
    scheme, grid = load_scheme(scheme_name), grid_of(image if image is not None else mask_file)
    sides: list[Any] = []
    for path, date in zip((before_map, after_map), map_dates or (None, None), strict=True):
        if path is None:
            sides.append(None)
            continue
        feature_set = read_map(path, date=date, wanted=scheme.wants, layer=layer)
        check_cover(grid, feature_set, min_cover)
        sides.append(scheme.classify_all(feature_set.features))
    count = len(scheme.classes)
    named = name_mask(read_mask(mask_file), grid, *sides, class_count=count, min_share=min_share, pixels=pixels)
    write_labels(out, named.mask, grid, (*scheme.classes, ClassDef(named.unknown_id, UNKNOWN)))
    if from_to is not None:
        for name, labels in (("before", named.before), ("after", named.after)):
            write_labels(from_to / f"{name}.tif", labels, grid, scheme.classes, ignore_id=255)
    if objects is not None:
        _write_objects(objects, named.objects, named.numbers, grid)
    summary: dict[str, Any] = {
        "out": str(out),
        "objects": len(named.objects),
        "classes": _count(item.class_name for item in named.objects),
        "from_to": _count(f"{item.class_before} -> {item.class_after}" for item in named.objects),
    }
    if as_json:
        print_json(summary)
    else:
        names = ", ".join(f"{name} {number}" for name, number in summary["classes"].items())
        click.echo(f"{out}: {counted(len(named.objects), 'object')}: {names or 'none'}")


def _write_objects(path: Path, objects: tuple[NamedObject, ...], numbers: Any, grid: Grid) -> None:
    from dataclasses import asdict

    from rsica_data.osm.geojson import write_geojson
    from rsica_data.osm.mask_outlines import mask_outlines

    outlines = dict(mask_outlines(numbers, grid))

    def members() -> Iterator[dict[str, Any]]:
        from shapely.geometry import mapping

        for item in objects:
            yield {"type": "Feature", "geometry": mapping(outlines[item.number]), "properties": asdict(item)}

    write_geojson(path, members())


@click.command()
@json_option
def rules(as_json: bool) -> None:
    """The table of rules that give a change of the map its confidence, with their weights and reasons.

    \b
    Example:
      rsica-data osm rules
    """
    from rsica_data.osm.change_rules import PRIOR, RULES

    rows = [{"rule": r.code, "kinds": list(r.kinds), "weight": r.weight, "why": r.why} for r in RULES]
    if as_json:
        print_json({"prior": PRIOR, "rules": rows})
        return
    click.echo("prior log-odds: " + ", ".join(f"{kind} {value:+.1f}" for kind, value in PRIOR.items()))
    for rule in RULES:
        weight = "  " if rule.weight is None else f"{rule.weight:+.1f}"
        click.echo(f"{rule.code:<18} {weight:>5}  {'/'.join(rule.kinds)}\n    {rule.why}")
