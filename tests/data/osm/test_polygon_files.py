"""Labelled polygons as they are published: Overture, Microsoft, Google, GeoPackage, GeoJSON of any CRS."""

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box, to_geojson, to_wkb

from rsica_data.core.errors import UserError
from rsica_data.osm.features import Feature
from rsica_data.osm.geojson import feature_json, write_geojson
from rsica_data.osm.map_files import read_map

HOUSE = box(8.0, 49.0, 8.001, 49.001)
BARN = box(8.01, 49.0, 8.012, 49.002)


def collection(*members, **more):
    features = [
        {"type": "Feature", "properties": properties, "geometry": json.loads(to_geojson(shape)) if shape else None}
        for shape, properties in members
    ]
    return json.dumps({"type": "FeatureCollection", "features": features} | more)


def save(path, text):
    path.write_text(text)
    return path


def test_overture_buildings(tmp_path):
    names = pa.struct([("primary", pa.string()), ("common", pa.map_(pa.string(), pa.string()))])
    table = pa.table(
        {
            "id": ["08b2a", "08b2b"],
            "geometry": pa.array([to_wkb(HOUSE), to_wkb(BARN)], pa.binary()),
            "bbox": pa.array([{"xmin": 8.0}, {"xmin": 8.01}], pa.struct([("xmin", pa.float32())])),
            "version": [1, 2],
            "sources": pa.array([[{"dataset": "OpenStreetMap"}]] * 2, pa.list_(pa.struct([("dataset", pa.string())]))),
            "names": pa.array([{"primary": "Old mill", "common": None}, None], names),
            "class": ["industrial", None],
            "height": [12.5, None],
            "num_floors": pa.array([3, None], pa.int32()),
        }
    )
    geo = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}
    path = tmp_path / "buildings.parquet"
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    mill, other = read_map(path).features
    assert mill.geometry.equals(HOUSE) and mill.name == "polygon/0"
    expected = {"building": "industrial", "name": "Old mill", "height": "12.5", "building:levels": "3", "id": "08b2a"}
    assert expected.items() <= mill.tags.items()
    assert other.tags["building"] == "yes" and "height" not in other.tags
    pq.write_table(table.replace_schema_metadata({}), path)
    with pytest.raises(UserError, match="is parquet but no GeoParquet"):
        read_map(path)
    geo["columns"]["geometry"]["crs"] = None
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    with pytest.raises(UserError, match="has no CRS"):
        read_map(path)


def test_microsoft_global_footprints(tmp_path):
    line = {
        "type": "Feature",
        "properties": {"height": -1, "confidence": 0.9},
        "geometry": json.loads(to_geojson(HOUSE)),
    }
    path = tmp_path / "120200.csv.gz"
    path.write_bytes(gzip.compress((json.dumps(line) + "\n").encode()))
    (house,) = read_map(path).features
    assert house.geometry.equals(HOUSE) and house.tags == {"confidence": "0.9", "building": "yes"}
    path.write_bytes(gzip.compress((json.dumps(line) + "\n{broken\n").encode()))
    with pytest.raises(UserError, match=r"120200.csv.gz:2: not valid JSON"):
        read_map(path)


def test_google_open_buildings(tmp_path):
    text = (
        "latitude,longitude,area_in_meters,confidence,geometry,full_plus_code\n"
        f'49.0,8.0,120.5,0.71,"{HOUSE.wkt}",8FX2\n49.0,8.0,3,0.7,POLYGON((1 2,8FX3\n'
    )
    path = tmp_path / "buildings.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    found = read_map(path)
    (house,) = found.features
    assert house.geometry.equals(HOUSE) and house.tags["building"] == "yes" and house.tags["confidence"] == "0.71"
    assert [note.reason for note in found.skipped] == ["empty-geometry"]
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(UserError, match="no table of polygons that is known here"):
        read_map(path)


def test_geopackage_with_layers_and_a_projected_crs(tmp_path):
    import geopandas as gpd

    frame = gpd.GeoDataFrame(
        {"landuse": ["forest", "grass"], "ref": ["1", None]}, geometry=[HOUSE, BARN], crs=4326
    ).to_crs(32632)
    path = tmp_path / "a.gpkg"
    frame.to_file(path, layer="cover", engine="pyogrio")
    forest, other = read_map(path).features
    assert forest.tags == {"landuse": "forest", "ref": "1"} and other.tags == {"landuse": "grass"}
    assert forest.geometry.bounds == pytest.approx(HOUSE.bounds, abs=1e-8)
    frame.to_file(path, layer="more", engine="pyogrio")
    with pytest.raises(UserError, match=r"has the layers cover, more \(choose one with --layer\)"):
        read_map(path)
    assert len(read_map(path, layer="more").features) == 2


def test_geojson_of_another_crs(tmp_path, real_data):
    found = read_map(real_data / "spacenet_atlanta" / "geotiff_labels.geojson")
    assert len(found.features) == 43 and found.features[0].tags["building"] == "yes"
    west, south, east, north = found.features[0].geometry.bounds
    assert -85 < west < east < -84 and 33 < south < north < 34


@pytest.mark.parametrize(
    ("shape", "more", "message"),
    [
        (box(49.0, 108.0, 49.1, 108.1), {}, "polygon/0: latitude and longitude are swapped"),
        (box(733601, 3724689, 733700, 3724700), {}, "which are no degrees"),
        (HOUSE, {"crs": None}, "has no CRS"),
        (HOUSE, {"crs": {"properties": {"name": "EPSG:999999"}}}, "has a CRS that is not known"),
        (HOUSE, {"crs": 3}, "its crs member cannot be read"),
        (HOUSE, {"features": 3}, "it has no list 'features'"),
        (
            HOUSE,
            {"features": [{"geometry": {"type": "Polygon", "coordinates": 3}}]},
            "features[0]: is not as GeoJSON has it",
        ),
    ],
)
def test_wrong_geojson_is_one_line(shape, more, message, tmp_path):
    path = save(tmp_path / "a.geojson", collection((shape, {}), **more))
    with pytest.raises(UserError) as caught:
        read_map(path)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_broken_polygons_are_repaired_or_set_aside(tmp_path):
    tie = Polygon([(8, 49), (8.1, 49.1), (8.1, 49), (8, 49.1)])
    found = read_map(save(tmp_path / "a.geojson", collection((tie, {"landuse": "grass"}), (None, {}))))
    assert found.features[0].geometry.is_valid and len(found.features) == 1
    assert [note.name for note in found.repaired] == ["polygon/0"]
    assert [(note.name, note.reason) for note in found.skipped] == [("polygon/1", "empty-geometry")]


def test_geojson_round_trip_keeps_everything(tmp_path):
    feature = Feature(
        7, "way", HOUSE, {"building": "yes", "start_date": "2015-03-01", "height": "3"}, 4, "2020-01-01T00:00:00Z",
        "2020-01-01T00:00:00Z", None,
    )  # fmt: skip
    path = tmp_path / "a.geojson"
    assert write_geojson(path, [feature_json(feature, reason="new")]) == 1
    assert read_map(path).features == (feature,)
    assert json.loads(path.read_text())["features"][0]["properties"]["@reason"] == "new"


def test_polygons_in_a_collection(tmp_path):
    line, point = LineString([(8.0, 49.0), (8.1, 49.0)]), Point(8.0, 49.0)
    bow_tie = Polygon([(8.0, 49.0), (8.001, 49.001), (8.001, 49.0), (8.0, 49.001)])
    shapes = [
        GeometryCollection([HOUSE, BARN]),
        GeometryCollection([HOUSE]),
        GeometryCollection([GeometryCollection([MultiPolygon([HOUSE, BARN])]), line, point]),
        GeometryCollection([bow_tie, line]),
        GeometryCollection([line, point]),
        GeometryCollection([point]),
        GeometryCollection([]),
    ]
    found = read_map(save(tmp_path / "a.geojson", collection(*((shape, {"building": "yes"}) for shape in shapes))))
    kinds = {feature.osm_id: feature.geometry.geom_type for feature in found.features}
    assert kinds == {0: "MultiPolygon", 1: "Polygon", 2: "MultiPolygon", 3: "MultiPolygon", 4: "LineString", 5: "Point"}
    areas = {feature.osm_id: feature.geometry.area for feature in found.features}
    assert areas[0] == areas[2] == pytest.approx(HOUSE.area + BARN.area)
    assert areas[3] == pytest.approx(HOUSE.area / 2)
    assert [note.reason for note in found.skipped] == ["empty-geometry"]
    assert [(note.name, note.reason) for note in found.repaired] == [
        (f"polygon/{number}", "mixed-collection") for number in (2, 3, 4)
    ]
    assert "its areas are kept, 2 other parts left out" in found.repaired[0].detail


def test_a_collection_is_drawn(tmp_path):
    from rsica_data.osm.ground_grid import Grid
    from rsica_data.osm.rasterize import rasterize_named
    from rsica_data.osm.scheme import load_scheme

    scheme = load_scheme("levir-mci")
    grid = Grid("EPSG:4326", (1e-4, 0, 8.0, 0, -1e-4, 49.01), 150, 100)
    drawn = []
    for shape in (GeometryCollection([HOUSE, BARN]), MultiPolygon([HOUSE, BARN])):
        found = read_map(save(tmp_path / "a.geojson", collection((shape, {"building": "yes"}))))
        drawn.append(rasterize_named(scheme.classify_all(found.features), grid, "centre"))
    assert drawn[0].any()
    assert (drawn[0] == drawn[1]).all()


def test_byte_order_marks(tmp_path):
    text = collection((HOUSE, {"building": "yes"}))
    (tmp_path / "a.geojson").write_bytes(text.encode("utf-8-sig"))
    (tmp_path / "b.geojson").write_bytes(text.encode("utf-16"))
    (tmp_path / "c.geojsonl").write_bytes(json.dumps(json.loads(text)["features"][0]).encode("utf-8-sig"))
    for name in ("a.geojson", "b.geojson", "c.geojsonl"):
        assert len(read_map(tmp_path / name).features) == 1
