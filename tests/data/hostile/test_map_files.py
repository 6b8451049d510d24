"""Damaged and hostile map files: one line with the file, or the element left out with its reason."""

import json
import shutil

import numpy as np
import pytest

CASES = [
    "osm_1-02", "osm_1-03", "osm_1-06", "osm_1-07", "osm_1-08", "osm_1-09", "osm_1-10", "osm_1-12", "osm_1-13",
    "osm_1-14", "osm_1-15", "osm_1-16", "osm_1-17", "osm_1-19", "osm_1-20", "osm_1-22", "osm_1-24", "osm_1-25",
    "osm_1-29", "osm_2-01", "osm_2-09",
]  # fmt: skip
SHAPEFILES = ["osm_1-27", "osm_1-28", "osm_1-30", "osm_2-02", "osm_2-08"]
SQUARE = [[[24.93, 60.16], [24.9305, 60.16], [24.9305, 60.1605], [24.93, 60.1605], [24.93, 60.16]]]


def told(result, file):
    """Read, or refused in one line that names the file."""
    assert result.status in (0, 2)
    if result.status:
        assert str(file) in result.err
        assert len(result.err.strip().splitlines()) == 1
    return result


@pytest.mark.parametrize("name", CASES)
def test_handed_files(name, hostile, tmp_path, limited):
    (file,) = (hostile / name).iterdir()
    copy = tmp_path / file.name
    shutil.copy(file, copy)
    told(limited("osm", "extract", copy, "--out", tmp_path / "out.geojson", "--json"), copy)


def shapefile(folder):
    import pyogrio
    import shapely

    shapes = shapely.to_wkb(shapely.polygons(SQUARE * 3))
    pyogrio.raw.write(
        folder / "a.shp", shapes, [np.array(["yes"] * 3, object)], ["building"],
        geometry_type="Polygon", crs="EPSG:4326",
    )  # fmt: skip
    return folder / "a.shp"


@pytest.mark.parametrize("name", SHAPEFILES)
def test_handed_parts_of_shapefiles(name, hostile, tmp_path, limited):
    whole = shapefile(tmp_path)
    (part,) = (hostile / name).iterdir()
    shutil.copy(part, tmp_path / part.name)
    told(limited("osm", "extract", whole, "--out", tmp_path / "out.geojson", "--json"), whole)


def feature(geometry=None, **properties):
    shape = {"type": "Polygon", "coordinates": SQUARE} if geometry is None else geometry
    return {"type": "Feature", "properties": {"building": "yes", **properties}, "geometry": shape}


def polygon(*points):
    return {"type": "Polygon", "coordinates": [[*points, points[0]]]}


def with_crs(text):
    return {"features": [feature()], "crs": {"properties": {"name": text}}}


NEIGHBOURS = {
    "local.geojson": with_crs('ENGCRS["x",EDATUM["y"],CS[Cartesian,2]]'),
    "init.geojson": with_crs("+init=/etc/hostname:x"),
    "grids.geojson": with_crs("+proj=longlat +nadgrids=@/etc/hostname"),
    "list.geojson": {"features": [feature()], "crs": {"properties": [1]}},
    "far.geojson": {"features": [feature(polygon([1e300, 0], [1e300, 1], [1e301, 1]))]},
    "huge_id.geojson": {"features": [feature(**{"@id": "way/" + "9" * 400, "@version": "9" * 5000})]},
    "null.geojson": {"features": [None, 3, feature({"type": "Polygon", "coordinates": None})]},
    "points.geojson": {"features": [feature({"type": "Polygon", "coordinates": [[[1, 2], [3]]]})]},
    "id.json": {"elements": [{"type": "node", "id": 10**20, "lat": 1, "lon": 1, "tags": {"name": "x"}}]},
    "lat.json": {"elements": [{"type": "node", "id": 1, "lat": 1000, "lon": 1, "tags": {"name": "x"}}]},
    "version.json": {"elements": [{"type": "node", "id": 1, "lat": 1, "lon": 1, "version": [], "tags": {"name": "x"}}]},
    "nodes.json": {"elements": [{"type": "way", "id": 1, "nodes": "abc", "tags": {"building": "yes"}}]},
    "members.json": {"elements": [{"type": "relation", "id": 1, "members": [1], "tags": {"type": "multipolygon"}}]},
    "elements.json": {"elements": [None, "x", []]},
}  # fmt: skip


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_in_json(name, tmp_path, limited):
    path = tmp_path / name
    path.write_text(json.dumps({"type": "FeatureCollection", **NEIGHBOURS[name]}))
    told(limited("osm", "extract", path, "--out", tmp_path / "out.geojson", "--json"), path)


XML = {
    "lat.osm": '<node id="1" lat="1000" lon="1" version="1"><tag k="name" v="x"/></node>',
    "nan.osm": '<node id="1" lat="nan" lon="inf" version="1"><tag k="name" v="x"/></node>',
    "way_id.osm": '<way id="99999999999999999999999" version="1"><nd ref="88888888888888888888"/></way>',
    "version.osm": '<node id="1" lat="1" lon="1" version="99999999999999999999"><tag k="name" v="x"/></node>',
    "date.osm": '<node id="1" lat="1" lon="1" version="1" timestamp="yesterday"><tag k="name" v="x"/></node>',
    "date.osh": '<node id="1" lat="1" lon="1" version="1" timestamp="0000-00-00T00:00:00Z"><tag k="a" v="x"/></node>',
    "no_date.osh": '<node id="1" lat="1" lon="1" version="1"><tag k="name" v="x"/></node>',
    "self.osm": '<relation id="1"><member type="relation" ref="1" role=""/><tag k="type" v="boundary"/></relation>',
    "cut.osm": '<node id="1" lat="1" lon="1" version="1"><tag k="name" v="x"/>',
    "entity.osm": "&lol;",
}  # fmt: skip


@pytest.mark.parametrize("name", XML)
def test_neighbours_in_xml(name, tmp_path, limited):
    path = tmp_path / name
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{XML[name]}</osm>')
    told(limited("osm", "extract", path, "--out", tmp_path / "out.geojson", "--json"), path)


@pytest.mark.parametrize(
    "missing", [(2**53 + 1,), tuple(number << 26 for number in range(1, 300)), (-7,)], ids=["high", "scattered", "own"]
)
def test_ids_of_nodes_that_are_not_there_take_no_memory(missing, tmp_path, limited):
    nodes = "".join(f'<node id="{number}" lat="1.{number}" lon="1" version="1"/>' for number in (1, 2, 3))
    refs = "".join(f'<nd ref="{number}"/>' for number in (1, 2, 3, *missing, 1))
    later = '<node id="4" lat="1" lon="1.1" version="1"/>'
    late = "".join(f'<nd ref="{number}"/>' for number in (1, 2, 3, 4, 1))
    ways = (f'<way id="{n}" version="1">{r}<tag k="building" v="yes"/></way>' for n, r in ((1, refs), (2, late)))
    path = tmp_path / "a.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{"".join(ways)}{later}</osm>')
    result = limited("osm", "extract", path, "--out", tmp_path / "out.geojson", "--json")
    assert result.status == 0 and result.peak < 500, result.err
    found = json.loads((tmp_path / "out.geojson").read_text())["features"]
    assert [feature["properties"]["@id"] for feature in found] == ["way/2"]


@pytest.mark.parametrize("kind", ["fgb", "gpkg", "shp", "pbf"])
def test_damaged_maps_of_bytes(kind, tmp_path):
    """Bytes exchanged, cut and added: within one process, as starting one for each would take minutes."""
    import random

    from rsica_data.core.errors import UserError
    from rsica_data.osm.map_files import read_map

    folder = tmp_path / "whole"
    folder.mkdir()
    whole = shapefile(folder)
    path = tmp_path / f"a.{'osm.pbf' if kind == 'pbf' else kind}"
    if kind == "pbf":
        import osmium

        with osmium.SimpleWriter(str(path)) as out:
            for number in range(1, 50):
                out.add_node(osmium.osm.mutable.Node(id=number, location=(1.0, 2.0), tags={"name": "x"}, version=1))
    elif kind != "shp":
        import pyogrio

        meta, _, shapes, columns = pyogrio.raw.read(whole)
        driver = {"fgb": "FlatGeobuf", "gpkg": "GPKG"}[kind]
        pyogrio.raw.write(
            path, shapes, columns, meta["fields"], geometry_type="Polygon", crs="EPSG:4326", driver=driver
        )
    else:
        for part in folder.iterdir():
            shutil.copy(part, tmp_path)
    assert len(read_map(path).features) == (49 if kind == "pbf" else 3)
    files = [path] if kind != "shp" else [tmp_path / f"a.{part}" for part in ("shp", "shx", "dbf", "prj", "cpg")]
    draw, outcomes = random.Random(0), set()
    for _ in range(150):
        file = draw.choice(files)
        data = file.read_bytes()
        bad = bytearray(data)
        for _ in range(draw.choice((1, 1, 2, 20))):
            bad[draw.randrange(min(len(bad), 4000))] = draw.randrange(256)
        file.write_bytes(bytes(bad[: draw.choice((len(bad), len(bad), draw.randrange(len(bad))))]))
        try:
            read_map(path)
            outcomes.add("read")
        except UserError as error:
            assert str(path) in str(error)
            assert "\n" not in str(error)
            outcomes.add("refused")
        file.write_bytes(data)
    assert "refused" in outcomes


OGR_VRT = (
    '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>SOURCE</SrcDataSource>'
    "<GeometryType>wkbPolygon</GeometryType>"
    '<LayerSRS>EPSG:4326</LayerSRS><GeometryField encoding="WKT" field="wkt"/></OGRVRTLayer></OGRVRTDataSource>'
)
DESCRIPTIONS = {
    "vrt": OGR_VRT.replace("SOURCE", "/vsicurl/URL/v.csv"),
    "vrt of a secret": OGR_VRT.replace("SOURCE", "SECRET"),
    "flatgeobuf and vrt": "fgb\x03fgb\x01\x7f\x7f\x7f\x7f" + OGR_VRT.replace("SOURCE", "/vsicurl/URL/v.csv"),
    "wfs": "<OGRWFSDataSource><URL>URL/wfs</URL></OGRWFSDataSource>",
    "gml": '<?xml version="1.0"?><FeatureCollection xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:gml="http://www.opengis.net/gml"><gml:featureMember xlink:href="URL/x"/></FeatureCollection>',
    "geojson": '{"type": "FeatureCollection", "features": []}',
}


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".shp"])
@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_descriptions_of_services_are_no_maps(name, suffix, tmp_path, counting_server):
    from rsica_data.core.errors import UserError
    from rsica_data.osm.map_files import read_map

    secret = tmp_path / "secret.csv"
    secret.write_text('wkt,building\n"POLYGON((1 1,2 1,2 2,1 1))",yes\n')
    text = DESCRIPTIONS[name].replace("URL", counting_server.url).replace("SECRET", str(secret))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(text.encode("latin1"))
    with pytest.raises(UserError, match="no GeoPackage, FlatGeobuf or shapefile by its content"):
        read_map(path)


def test_the_handed_ogr_vrt(hostile, tmp_path, limited):
    path = tmp_path / "map_is_ogrvrt.gpkg"
    shutil.copy(hostile / "min" / path.name, path)
    assert told(limited("osm", "extract", path, "--json"), path).status == 2


def test_virtual_tables_of_a_geopackage_open_nothing(tmp_path, counting_server):
    import sqlite3

    from rsica_data.core.errors import UserError
    from rsica_data.osm.map_files import read_map

    whole = shapefile(tmp_path)
    import pyogrio

    meta, _, shapes, columns = pyogrio.raw.read(whole)
    path = tmp_path / "a.gpkg"
    pyogrio.raw.write(path, shapes, columns, meta["fields"], geometry_type="Polygon", crs="EPSG:4326", driver="GPKG")
    table = f"CREATE VIRTUAL TABLE remote USING VirtualOGR('/vsicurl/{counting_server.url}/x.geojson')"
    base = sqlite3.connect(path)
    base.execute("PRAGMA writable_schema=ON")
    base.execute("INSERT INTO sqlite_master VALUES ('table', 'remote', 'remote', 0, ?)", (table,))
    base.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('remote', 'attributes', 'r')")
    base.commit()
    base.close()
    for layer in (None, "a", "remote"):
        try:
            read_map(path, layer=layer)
        except UserError as error:
            assert str(path) in str(error)


@pytest.mark.parametrize("kind", ["no log", "a log", "a journal", "log to come"])
def test_reading_a_geopackage_writes_nothing(kind, tmp_path):
    import sqlite3

    import pyogrio
    import shapely

    from rsica_data.core.errors import UserError
    from rsica_data.osm.map_files import read_map

    whole, folder = tmp_path / "whole.gpkg", tmp_path / "in"
    folder.mkdir()
    pyogrio.raw.write(whole, shapely.to_wkb([shapely.box(0, 0, 1, 1)]), [np.array(["x"], object)], ["building"],
                      geometry_type="Polygon", crs="EPSG:4326", driver="GPKG", layer="a")  # fmt: skip
    path = folder / "m.gpkg"
    expected = "x"
    if kind in ("a log", "log to come"):
        with sqlite3.connect(whole) as base:
            base.execute("PRAGMA journal_mode=WAL")
        if kind == "a log":
            held = sqlite3.connect(whole)
            for (name,) in held.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                held.execute(f'DROP TRIGGER "{name}"')  # they call functions of GDAL
            held.execute("UPDATE a SET building = 'y'")
            held.commit()
            shutil.copyfile(f"{whole}-wal", f"{path}-wal")
            expected = "y"
    shutil.copyfile(whole, path)
    if kind in ("no log", "a journal"):
        (folder / f"m.gpkg-{'wal' if kind == 'no log' else 'journal'}").write_bytes(b"<PAMDataset/>" * 100)
    before = {entry.name: (entry.read_bytes(), entry.stat().st_mtime_ns) for entry in folder.iterdir()}
    seen = folder.stat().st_mtime_ns
    if kind == "a journal":
        with pytest.raises(UserError, match=r"m\.gpkg: cannot be read: "):
            read_map(path)
    else:
        (feature,) = read_map(path).features
        assert feature.tags["building"] == expected
    assert {entry.name: (entry.read_bytes(), entry.stat().st_mtime_ns) for entry in folder.iterdir()} == before
    assert folder.stat().st_mtime_ns == seen


def test_links_out_of_the_input_folder(tmp_path):
    from rsica_data.core.errors import UserError
    from rsica_data.osm.map_files import read_map

    root, other = tmp_path / "in", tmp_path / "other"
    root.mkdir()
    other.mkdir()
    whole = shapefile(other)
    (root / "a.shp").symlink_to(whole)
    with pytest.raises(UserError, match="outside the input folder"):
        read_map(root / "a.shp", root=root)
    (root / "a.shp").unlink()
    for part in other.iterdir():
        if part.suffix == ".dbf":
            (root / part.name).symlink_to(part)
        else:
            shutil.copy(part, root)
    with pytest.raises(UserError, match="outside the input folder"):
        read_map(root / "a.shp")
