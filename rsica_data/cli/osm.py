"""`osm`: maps read, named, drawn and compared."""

from __future__ import annotations

import click

from rsica_data.core.command_line import LazyGroup

_COMMANDS = "rsica_data.cli"


@click.group(
    cls=LazyGroup,
    lazy={
        "extract": (f"{_COMMANDS}.osm_extract:extract", "Features of a map file or of Overpass as GeoJSON."),
        "classes": (f"{_COMMANDS}.osm_classes:classes", "Schemes, their classes, and what a map holds of them."),
        "rasterize": (f"{_COMMANDS}.osm_classes:rasterize", "Draw a map's classes on an image's grid."),
        "changes": (f"{_COMMANDS}.osm_changes:changes", "From-to maps of two states of a map, object by object."),
        "label": (f"{_COMMANDS}.osm_changes:label", "Name the objects of a change mask by a map."),
        "rules": (
            f"{_COMMANDS}.osm_changes:rules",
            "The table that tells changes of the map from those of the ground.",
        ),
    },
)
def osm() -> None:
    """OpenStreetMap and other labelled polygons: read, name, draw on an image's grid, compare two dates.

    \b
    Example:
      rsica-data osm extract --bbox 24.93,60.16,24.95,60.18 --scheme levir-mci --out helsinki.geojson
      rsica-data osm rasterize helsinki.geojson --image after.tif --scheme levir-mci --out labels.tif
    """
