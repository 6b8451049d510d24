"""`osm classes` and `osm rasterize`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rsica_data.cli.osm_options import drawing_options, image_option, json_option, scheme_option, set_aside_counts
from rsica_data.core.command_line import print_json


@click.command()
@click.argument("scheme_name", metavar="[SCHEME]", required=False)
@click.option(
    "--map", "map_file", type=click.Path(path_type=Path), default=None, help="Count a map's features by class."
)
@click.option("--date", default=None, help="State of a history file.")
@json_option
def classes(scheme_name: str | None, map_file: Path | None, date: str | None, as_json: bool) -> None:
    """Shipped schemes; the classes of one; and how many features of a map each class gets.

    \b
    Example:
      rsica-data osm classes
      rsica-data osm classes second --map Helsinki.osm.pbf
    """
    from rsica_data.osm.scheme import load_scheme, shipped_schemes

    if scheme_name is None:
        schemes = [load_scheme(name) for name in shipped_schemes()]
        rows: Any = [
            {"name": item.name, "title": item.content.title, "classes": list(item.content.classes)} for item in schemes
        ]
        lines = [f"{row['name']}: {row['title']} ({len(row['classes'])})" for row in rows]
    else:
        rows = _classes_of(load_scheme(scheme_name), map_file, date)
        lines = [f"{row['id']:>4}  {row['name']}" + _counted(row) for row in rows["classes"]]
    if as_json:
        print_json(rows)
    else:
        click.echo("\n".join(lines))


def _counted(row: dict[str, Any]) -> str:
    return f"  {row['features']}" if "features" in row else ""


def _classes_of(scheme: Any, map_file: Path | None, date: str | None) -> dict[str, Any]:
    from collections import Counter

    from rsica_data.osm.map_files import read_map

    rows = [{"id": item.id, "name": item.name} for item in scheme.classes]
    summary: dict[str, Any] = {"scheme": scheme.name, "title": scheme.content.title, "classes": rows}
    if map_file is not None:
        feature_set = read_map(map_file, date=date)
        named = scheme.classify_all(feature_set.features)
        counts = Counter(item.class_id for item in named)
        for row in rows:
            row["features"] = counts[row["id"]]
        summary |= {"features": len(feature_set.features), "named": len(named)}
    return summary


@click.command()
@click.argument("map_file", type=click.Path(path_type=Path))
@image_option
@scheme_option
@click.option("--date", default=None, help="State of a history file.")
@drawing_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Label map to write, .tif or .png.")
@json_option
def rasterize(
    map_file: Path,
    image: Path,
    scheme_name: str,
    date: str | None,
    pixels: Any,
    min_cover: float,
    layer: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Draw a map's classes on the grid of an image: a label map of class ids, 0 for none.

    \b
    Example:
      rsica-data osm rasterize Helsinki.osm.pbf --image scene.tif --scheme second --out labels.tif
    """
    import numpy as np

    from rsica_data.osm.ground_grid import check_cover, grid_of
    from rsica_data.osm.map_files import need_features, read_map
    from rsica_data.osm.map_rasters import check_label_path, write_labels
    from rsica_data.osm.rasterize import rasterize_named
    from rsica_data.osm.scheme import load_scheme

    check_label_path(out)
    scheme, grid = load_scheme(scheme_name), grid_of(image)
    feature_set = need_features(
        read_map(map_file, date=date, wanted=scheme.wants, layer=layer), f"'{scheme.name}' features"
    )
    cover = check_cover(grid, feature_set, min_cover)
    labels = rasterize_named(scheme.classify_all(feature_set.features), grid, pixels)
    write_labels(out, labels, grid, scheme.classes)
    counts = np.bincount(labels.ravel(), minlength=len(scheme.classes) + 1).tolist()
    by_name = {item.name: counts[item.id] for item in scheme.classes}
    summary = {
        "out": str(out),
        "width": grid.width,
        "height": grid.height,
        "gsd_m": round(grid.gsd_m, 6),
        "cover": round(cover, 6),
        "pixels": {"none": counts[0], **by_name},
        "skipped": set_aside_counts(feature_set.skipped),
    }
    if as_json:
        print_json(summary)
    else:
        shares = ", ".join(f"{name} {count / labels.size:.1%}" for name, count in by_name.items() if count)
        click.echo(f"{out}: {grid.width}x{grid.height}, {shares or 'nothing of the scheme'}")
