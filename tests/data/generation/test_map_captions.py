"""Captions of one image from a map: a GeoTIFF and an OSM file written here, through the command line."""

import json

import numpy as np
import pytest
from assisted_builds import served

from rsica_data.dataset.opening import open_dataset
from rsica_data.osm.ground_grid import Grid

GRID = Grid("EPSG:32635", (1.0, 0.0, 385_750.0, 0.0, -1.0, 6_673_000.0), 100, 100)
WAYS = [
    ((10, 10, 30, 30), {"building": "warehouse", "name": "Depot"}),
    ((50, 60, 70, 80), {"building": "house", "addr:street": "Elm Street"}),
]


@pytest.fixture
def place(tmp_path):
    import rasterio
    from affine import Affine

    root = tmp_path / "place"
    (root / "images").mkdir(parents=True)
    pixels = np.random.default_rng(1).integers(60, 200, (3, 100, 100)).astype(np.uint8)
    profile = {"driver": "GTiff", "height": 100, "width": 100, "count": 3, "dtype": "uint8"}
    with rasterio.open(
        root / "images" / "a.tif", "w", crs=GRID.crs, transform=Affine(*GRID.transform), **profile
    ) as out:
        out.write(pixels)
    nodes, ways, number = [], [], 0
    for place, ((x0, y0, x1, y1), tags) in enumerate(WAYS, 1):
        refs = []
        for column, row in ((x0, y0), (x1, y0), (x1, y1), (x0, y1)):
            number += 1
            lon, lat = GRID.to_degrees(*GRID.place(column, row))
            nodes.append(f'<node id="{number}" version="1" lon="{float(lon):.9f}" lat="{float(lat):.9f}"/>')
            refs.append(f'<nd ref="{number}"/>')
        said = "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        ways.append(f'<way id="{place}" version="1">{"".join(refs)}{refs[0]}{said}</way>')
    bounds = '<bounds minlat="40" minlon="0" maxlat="80" maxlon="40"/>'
    (root / "map.osm").write_text(f'<osm version="0.6">{bounds}{"".join(nodes)}{"".join(ways)}</osm>')
    return root


@pytest.mark.parametrize(("extract", "kind"), [("same", "extraction"), (None, "unsupported")])
def test_captions_from_map_tags(place, rsica_data, write_recipe, tmp_path, extract, kind):
    options = {
        "before": "images", "after": None, "before_map": "map.osm", "after_map": None, "scheme": "skyscript",
        "tile": 100,
    }  # fmt: skip
    recipe = write_recipe(
        source="osm-two-dates", options=options, tasks=["tag_caption"], quality={"extract": extract},
        assist={"model": "rules", "prompts": {"rsteller-caption": {}}, "retries": 0},
    )  # fmt: skip
    out = tmp_path / "out"
    with served(tmp_path / "log.jsonl", "--fault", "wrong-count=1") as server:
        found = rsica_data(
            "build", recipe, "--input", place, "--out", out, "--workers", 1, "--assist", "--llm-url", server.url
        )
        requests = len(server.rows())
    assert found.status == 0, found.err
    assert rsica_data("validate", out).status == 0
    rows = [row for row in open_dataset(out).instructions() if row.provenance.method == "llm"]
    assert {row.task for row in rows} == {"tag_caption"} and rows
    said = " ".join(text for row in rows for text in row.references)
    assert "warehouse" in said and "Depot" not in said and "Elm" not in said
    assert all(row.provenance.verified is None for row in rows)
    # The first caption names a thing that the map does not have; each caption is read where a second model is asked.
    refused = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    assert [(row["reason"], row["detail"]) for row in refused] == [(kind, "the map has no lighthouse")]
    texts = sum(len(row.references) for row in rows) + len(refused)
    assert requests == 1 + (texts if extract else 0)
