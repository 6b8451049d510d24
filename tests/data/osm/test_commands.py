"""`rsica-data osm ...` on files: what is written, what is said, and one line for what is wrong."""

import json

import numpy as np
import pytest
import rasterio

from rsica_data.osm.ground_grid import Grid

from .conftest import GRID, MapWriter, write_image

DATES = ("--image-dates", "2015-06-01", "2020-06-01")


def test_changes(rsica_data, scene, tmp_path):
    out = tmp_path / "out"
    images = ("--images", scene["t1"], scene["t2"])
    done = rsica_data(
        "osm", "changes", scene["m1"], scene["m2"], "--image", scene["t2"], *images, *DATES, "--out", out, "--json"
    )
    assert done.status == 0, done.err
    assert (done.json["changes"], done.json["believed"], done.json["refused"]) == (3, 2, 1)
    assert done.json["believed_from_to"] == {"building -> none": 1, "none -> building": 1}
    assert done.json["changed_px"] == 600
    maps = {}
    for name in ("before", "after", "change"):
        with rasterio.open(out / f"{name}.tif") as opened:
            maps[name] = opened.read(1)
            assert opened.crs.to_epsg() == 32632 and opened.tags()["CLASS_2"] == "building"
    assert (maps["before"][85, 50], maps["after"][85, 50]) == (2, 2)
    assert np.array_equal(maps["change"] != 0, maps["before"] != maps["after"])
    rows = {
        item["properties"]["@id"]: item["properties"]
        for item in json.loads((out / "changes.geojson").read_text())["features"]
    }
    depot = rows["way/3"]
    assert depot["@tags_after"]["name"] == "Depot" and depot["@believed"] and depot["@confidence"] > 0.9
    # Its first version says 2015-01-01: the rules may speak against each other, and all are shown.
    assert set(depot["@rules"]) == {"start-between", "mapped-before", "image"}
    assert rows["way/2"]["@tags_after"] == {"demolished:building": "yes"}
    assert not rows["way/4"]["@believed"] and "start_date=1910 is before the first image" in rows["way/4"]["@reason"]
    said = rsica_data("osm", "changes", scene["m1"], scene["m2"], "--image", scene["t2"], *DATES, "--out", out)
    assert "3 changes of the map, 2 believed" in said.out


def test_history_file_gives_both_states(rsica_data, tmp_path, scene):
    osm = MapWriter()
    refs = [osm.node(*at) for at in [(10, 10), (30, 10), (30, 30), (10, 30)]]
    osm.way(1, None, {"building": "yes"}, refs=refs, timestamp="2018-01-01T00:00:00Z")
    osm.box(2, 50, 50, 60, 60, {"building": "yes"}, timestamp="2010-01-01T00:00:00Z")
    path = osm.save(tmp_path / "a.osh")
    words = (
        "osm",
        "changes",
        path,
        path,
        "--image",
        scene["t2"],
        "--map-dates",
        "2016",
        "2020",
        "--out",
        tmp_path / "o",
    )
    assert rsica_data(*words, "--json").json["kinds"] == {"added": 1}


def test_label_names_a_mask(rsica_data, scene, tmp_path):
    mask = np.zeros((100, 100), np.uint8)
    mask[12:28, 12:28] = 255
    mask[61:69, 61:79] = 255
    from rsica_data.imagery.images import encode_png

    (tmp_path / "mask.png").write_bytes(encode_png(mask))
    out, objects = tmp_path / "named.tif", tmp_path / "objects.geojson"
    words = (
        "--image",
        scene["t2"],
        "--before",
        scene["m1"],
        "--after",
        scene["m2"],
        "--out",
        out,
        "--objects",
        objects,
    )
    done = rsica_data("osm", "label", tmp_path / "mask.png", *words, "--from-to", tmp_path / "maps", "--json")
    assert done.status == 0, done.err
    assert done.json["from_to"] == {"None -> building": 1, "building -> None": 1}
    with rasterio.open(out) as opened:
        assert np.array_equal(opened.read(1) == 2, mask > 0) and opened.tags()["CLASS_3"] == "unknown"
    with (
        rasterio.open(tmp_path / "maps" / "before.tif") as one,
        rasterio.open(tmp_path / "maps" / "after.tif") as other,
    ):
        assert np.array_equal(one.read(1) != other.read(1), mask > 0)
    first = json.loads(objects.read_text())["features"][0]
    assert first["properties"]["after"][0]["tags"]["name"] == "Depot"
    assert len(first["geometry"]["coordinates"][0]) == 5


def test_extract_rasterize_and_classes(rsica_data, scene, tmp_path):
    out = tmp_path / "m2.geojson"
    done = rsica_data("osm", "extract", scene["m2"], "--scheme", "levir-mci", "--out", out, "--json")
    assert done.status == 0 and done.json["types"] == {"way": 3} and done.json["reader"] == "osmium"
    labels = {}
    for source in (scene["m2"], out):
        path = tmp_path / f"labels-{source.suffix[1:]}.tif"
        drawn = rsica_data("osm", "rasterize", source, "--image", scene["t2"], "--out", path, "--json")
        assert drawn.status == 0, drawn.err
        with rasterio.open(path) as opened:
            labels[source.suffix] = opened.read(1)
    assert np.array_equal(labels[".osm"], labels[".geojson"])
    assert drawn.json["pixels"] == {"none": 10_000 - 1700, "road": 1000, "building": 700}
    listed = rsica_data("osm", "classes", "--json").json
    assert [item["name"] for item in listed] == ["corine-1", "fusu", "landcover-ai", "levir-mci", "second", "skyscript"]
    counted = rsica_data("osm", "classes", "levir-mci", "--map", scene["m2"], "--json").json
    assert [row["features"] for row in counted["classes"]] == [1, 2]
    assert "2  building  2" in rsica_data("osm", "classes", "levir-mci", "--map", scene["m2"]).out


def test_png_labels(rsica_data, scene, tmp_path):
    out = tmp_path / "labels.png"
    assert rsica_data("osm", "rasterize", scene["m2"], "--image", scene["t2"], "--out", out).status == 0
    with pytest.warns(rasterio.errors.NotGeoreferencedWarning), rasterio.open(out) as opened:
        assert set(np.unique(opened.read(1))) == {0, 1, 2}


def test_rules_are_listed(rsica_data):
    assert "start-between" in rsica_data("osm", "rules").out
    assert rsica_data("osm", "rules", "--json").json["prior"]["removed"] == -0.5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["extract"], "give a map file, or one of --place, --bbox and --polygon"),
        (["extract", "--bbox", "1,2,3,4"], "Overpass is asked for keys (--scheme NAME or --key building)"),
        (["extract", "--bbox", "1,2,3"], "'1,2,3' is not a box"),
        (["extract", "--place", "X", "--key", "building", "--endpoint", "overpass.example"], "--endpoint: "),
        (["extract", "--place", "X", "--key", "building", "--nominatim", "htp://x"], "--nominatim: "),
        (["extract", "m1", "--place", "X"], "a file is cut by --bbox only"),
        (["extract", "m1", "--bbox", "1,1,2,2"], "the map has no features here"),
        (["extract", "m1", "--date", "2020"], "is no history file"),
        (["rasterize", "m1", "--image", "t2", "--out", "x.bmp"], "a label map is written as .tif"),
        (["rasterize", "m1", "--image", "t2", "--out", "x.tif", "--scheme", "levir"], "no scheme 'levir'"),
        (["rasterize", "m1", "--image", "m1", "--out", "x.tif"], "cannot be opened as an image"),
        (["rasterize", "swapped", "--image", "t2", "--out", "x.tif"], "latitude and longitude are swapped"),
        (["rasterize", "far", "--image", "t2", "--out", "x.tif"], "do not overlap"),
        (["rasterize", "part", "--image", "t2", "--out", "x.tif"], "of the image"),
        (["rasterize", "m1", "--image", "nowhere", "--out", "x.tif"], "has no CRS: nobody can tell where it lies"),
        (["changes", "m1", "m2", "--image", "t2", "--image-dates", "2020", "2015", "--out", "x"], "--image-dates: "),
        (["changes", "m1", "m2", "--image", "t2", "--unsure-from", "0.9", "--out", "x"], "0.9 is above --threshold"),
        (["label", "t2", "--out", "x.tif"], "no map is given to name the mask with"),
        (["label", "small", "--image", "t2", "--after", "m2", "--out", "x.tif"], "the mask is 5x5, the image 100x100"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(words, message, rsica_data, scene, tmp_path):
    box = {"type": "Feature", "properties": {"building": "yes"}, "geometry": None}

    def polygons(name, ring):
        geometry = {"type": "Polygon", "coordinates": [ring]}
        path = tmp_path / f"{name}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [box | {"geometry": geometry}]}))
        return path

    west, south, east, north = (getattr(GRID.bounds, side) for side in ("west", "south", "east", "north"))
    files = dict(scene)
    files["swapped"] = polygons("swapped", [[south, west], [north, west], [north, east], [south, west]])
    files["far"] = polygons("far", [[1, 1], [2, 1], [2, 2], [1, 1]])
    half = f'<bounds minlat="40" minlon="{(west + east) / 2}" maxlat="60" maxlon="20"/>'
    osm = MapWriter()
    osm.box(1, 60, 60, 80, 70, {"building": "yes"})
    files["part"] = osm.save(tmp_path / "part.osm", bounds=half)
    files["nowhere"], files["small"] = tmp_path / "nowhere.png", tmp_path / "small.png"
    from rsica_data.imagery.images import encode_png

    for name in ("nowhere", "small"):
        files[name].write_bytes(encode_png(np.zeros((5, 5), np.uint8)))
    done = rsica_data("osm", *[files.get(word, word) for word in words])
    assert done.status == 2 and message in done.err, done.err
    assert len(done.err.strip().splitlines()) == 1 and not (tmp_path / "x.tif").exists()


@pytest.mark.parametrize("stated", [True, False])
def test_a_box_with_latitude_first_is_told(rsica_data, tmp_path, stated):
    osm = MapWriter()
    osm.box(1, 10, 10, 30, 30, {"building": "yes"})
    # The extract's own box is so wide that it meets both.
    path = osm.save(
        tmp_path / "m.osm", bounds='<bounds minlat="0" minlon="0" maxlat="60" maxlon="60"/>' if stated else ""
    )
    box = GRID.bounds
    turned = f"{box.south},{box.west},{box.north},{box.east}"
    done = rsica_data("osm", "extract", path, "--bbox", turned)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "--bbox: no features in 49.9" in done.err
    assert f"longitude comes first: --bbox {box.west:.10g},{box.south:.10g}," in done.err
    other_key = rsica_data("osm", "extract", path, "--bbox", turned, "--key", "highway")
    assert other_key.status == 2 and "longitude" not in other_key.err
    assert rsica_data("osm", "extract", path, "--bbox", f"{box.west},{box.south},{box.east},{box.north}").status == 0
    sydney = rsica_data("osm", "extract", path, "--bbox", "-33.9,151.2,-33.8,151.3")
    assert sydney.status == 2 and "longitude comes first" in sydney.err


def test_pole_is_refused_by_name(rsica_data, scene, tmp_path):
    pole = Grid("EPSG:3413", (100.0, 0.0, -5000.0, 0.0, -100.0, 5000.0), 100, 100)
    image = write_image(tmp_path / "pole.tif", np.zeros((100, 100, 3), np.uint8), pole)
    done = rsica_data("osm", "rasterize", scene["m1"], "--image", image, "--out", tmp_path / "x.tif")
    assert done.status == 2 and "the grid reaches a pole" in done.err


def test_real_extract_from_the_command_line(rsica_data, real_data, tmp_path):
    grid = Grid("EPSG:32635", (2.0, 0.0, 385600.0, 0.0, -2.0, 6672400.0), 300, 300)
    image = write_image(tmp_path / "helsinki.tif", np.zeros((300, 300, 3), np.uint8), grid)
    words = ("--image", image, "--scheme", "second", "--out", tmp_path / "labels.tif", "--json")
    done = rsica_data("osm", "rasterize", real_data / "osm" / "Helsinki.osm.pbf", *words)
    assert done.status == 0, done.err
    assert done.json["cover"] == 1 and done.json["pixels"]["building"] > 20_000
    assert sum(done.json["pixels"].values()) == 90_000
