"""Readers of OSM files: geometry, repair, what is skipped, history."""

import bz2
import json

import pytest

from rsica_data.core.errors import UserError
from rsica_data.osm.features import Bounds, parse_bounds
from rsica_data.osm.map_files import iso_time, need_features, read_map

from .conftest import GRID, MapWriter, degrees


def by_name(found):
    return {feature.name: feature for feature in found.features}


def area_px(feature, grid=GRID):
    return grid.to_pixels(feature.geometry).area


def test_areas_lines_and_points(osm, tmp_path):
    osm.node(5, 5, {"amenity": "cafe"})
    osm.box(10, 10, 10, 30, 20, {"building": "yes"})
    osm.way(11, [(0, 50), (100, 50)], {"highway": "primary"}, close=False)
    osm.box(12, 40, 40, 60, 60, {"highway": "residential"})  # a closed road is a line
    osm.box(13, 40, 40, 60, 60, {"building": "yes", "area": "no"})
    osm.box(14, 0, 0, 1, 1)  # no tags, no feature
    found = by_name(read_map(osm.save(tmp_path / "a.osm")))
    kinds = {name: feature.geometry.geom_type for name, feature in found.items()}
    assert kinds == {
        "node/1": "Point",
        "way/10": "Polygon",
        "way/11": "LineString",
        "way/12": "LineString",
        "way/13": "LineString",
    }
    assert area_px(found["way/10"]) == pytest.approx(200, abs=0.5)
    assert found["way/10"].tags == {"building": "yes"}
    assert (found["way/10"].version, found["way/10"].timestamp) == (1, "2015-01-01T00:00:00Z")


def test_relation_with_a_hole_and_split_rings(osm, tmp_path):
    corners = [osm.node(*at) for at in [(0, 0), (40, 0), (40, 40), (0, 40)]]
    osm.way(1, None, refs=corners[:3], close=False)
    osm.way(2, None, refs=[corners[0], corners[3], corners[2]], close=False)  # the other way round
    osm.box(3, 10, 10, 20, 20, {"natural": "water"})
    osm.relation(5, [(1, "outer"), (2, "outer"), (3, "inner")], {"type": "multipolygon", "landuse": "forest"})
    found = by_name(read_map(osm.save(tmp_path / "a.osm")))
    assert area_px(found["relation/5"]) == pytest.approx(1500, abs=1)
    assert area_px(found["way/3"]) == pytest.approx(100, abs=1)


def test_ring_without_role_is_a_hole_where_it_lies_inside(osm, tmp_path):
    osm.box(1, 0, 0, 40, 40)
    osm.box(2, 10, 10, 20, 20)
    osm.box(3, 50, 50, 60, 60)
    osm.relation(5, [(1, "outer"), (2, ""), (3, "")], {"type": "multipolygon", "landuse": "grass"})
    (feature,) = read_map(osm.save(tmp_path / "a.osm")).features
    assert area_px(feature) == pytest.approx(1600 - 100 + 100, abs=1)


def test_old_multipolygon_takes_the_tags_of_its_outer_way(osm, tmp_path):
    osm.box(1, 0, 0, 40, 40, {"building": "school"})
    osm.box(2, 10, 10, 20, 20)
    osm.relation(5, [(1, "outer"), (2, "inner")], {"type": "multipolygon"})
    (feature,) = read_map(osm.save(tmp_path / "a.osm")).features
    assert feature.name == "relation/5" and feature.tags["building"] == "school"
    assert area_px(feature) == pytest.approx(1500, abs=1)


def test_lender_is_a_feature_again_where_its_relation_fails(osm, tmp_path):
    osm.box(1, 0, 0, 40, 40, {"building": "school"})
    osm.relation(5, [(1, "outer"), (99, "inner")], {"type": "multipolygon"})
    found = read_map(osm.save(tmp_path / "a.osm"))
    assert [feature.name for feature in found.features] == ["way/1"]
    assert [(note.name, note.reason) for note in found.skipped] == [("relation/5", "incomplete-relation")]


def test_broken_geometry_is_repaired_or_set_aside_with_its_reason(osm, tmp_path):
    osm.way(1, [(0, 0), (10, 10), (10, 0), (0, 10)], {"building": "yes"})  # a bow tie
    osm.way(2, None, {"building": "yes"}, refs=[osm.node(1, 1), 998, 999, 997])
    osm.way(3, None, {"highway": "path"}, refs=[osm.node(1, 1)], close=False)
    a, b = osm.node(0, 0), osm.node(10, 0)
    osm.way(4, None, {"building": "yes"}, refs=[a, b, b])
    osm.box(6, 20, 20, 30, 30)
    osm.way(7, [(40, 40), (50, 40), (50, 50)], close=False)
    osm.relation(8, [(6, "outer"), (7, "outer")], {"type": "multipolygon", "landuse": "grass"})
    found = read_map(osm.save(tmp_path / "a.osm"))
    assert [feature.name for feature in found.features] == ["way/1"]
    assert area_px(found.features[0]) == pytest.approx(50, abs=1)
    assert [(note.name, note.reason) for note in found.repaired] == [("way/1", "self-intersection")]
    reasons = {note.name: note.reason for note in found.skipped}
    assert reasons == {
        "way/2": "missing-node",
        "way/3": "too-few-points",
        "way/4": "too-few-points",
        "relation/8": "open-ring",
    }


def test_line_with_a_gap_keeps_its_pieces(osm, tmp_path):
    refs = [osm.node(0, 0), osm.node(10, 0), 999, osm.node(30, 0), osm.node(40, 0)]
    osm.way(1, None, {"highway": "path"}, refs=refs, close=False)
    (feature,) = read_map(osm.save(tmp_path / "a.osm")).features
    assert feature.geometry.geom_type == "MultiLineString"
    assert GRID.to_pixels(feature.geometry).length == pytest.approx(20, abs=0.01)


def test_order_of_the_file_does_not_matter(osm, tmp_path):
    osm.box(1, 0, 0, 40, 40, {"building": "yes"})
    osm.box(2, 10, 10, 20, 20)
    osm.relation(5, [(1, "outer"), (2, "inner")], {"type": "multipolygon", "landuse": "grass"})
    one = read_map(osm.save(tmp_path / "a.osm"))
    other = read_map(osm.save(tmp_path / "b.osm", order=("relation", "way", "node")))
    assert one.features == other.features and len(one.features) == 2


def test_elements_that_stand_twice_count_once(osm, tmp_path):
    osm.box(1, 0, 0, 10, 10, {"building": "yes"})
    osm.box(1, 0, 0, 20, 10, {"building": "school"}, version=2)
    (feature,) = read_map(osm.save(tmp_path / "a.osm")).features
    assert (feature.version, feature.tags["building"]) == (2, "school")


def test_compressed_and_pbf_hold_the_same(osm, tmp_path):
    import osmium

    osm.box(1, 0, 0, 40, 40, {"building": "yes"})
    plain = osm.save(tmp_path / "a.osm")
    packed = tmp_path / "a.osm.bz2"
    packed.write_bytes(bz2.compress(plain.read_bytes()))
    binary = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(str(binary)) as writer:
        for item in osmium.FileProcessor(str(plain)):
            writer.add(item)
    assert read_map(plain).features == read_map(packed).features
    (feature,) = read_map(binary).features
    assert area_px(feature) == pytest.approx(1600, abs=1)


def test_bounds_leave_out_what_is_elsewhere(osm, tmp_path):
    osm.box(1, 0, 0, 10, 10, {"building": "yes"})
    osm.box(2, 80, 80, 90, 90, {"building": "yes"})
    west, north = degrees(70, 70)
    east, south = degrees(99, 99)
    found = read_map(osm.save(tmp_path / "a.osm"), bounds=Bounds(west, south, east, north))
    assert [feature.name for feature in found.features] == ["way/2"]


def test_history_gives_the_state_at_a_date(tmp_path):
    osm = MapWriter()
    a, b, c, d = (osm.node(*at, timestamp="2010-01-01T00:00:00Z") for at in [(0, 0), (10, 0), (10, 10), (0, 10)])
    # The corner c moves in 2012: the house is twice as wide from then on.
    osm.node(20, 10, number=c, version=2, timestamp="2012-01-01T00:00:00Z")
    osm.node(20, 0, number=b, version=2, timestamp="2012-01-01T00:00:00Z")
    refs = [a, b, c, d]
    osm.way(1, None, {"building": "yes"}, refs=refs, timestamp="2010-06-01T00:00:00Z")
    osm.way(1, None, {"building": "school"}, refs=refs, version=2, timestamp="2014-01-01T00:00:00Z")
    osm.way(1, None, refs=refs, version=3, timestamp="2016-01-01T00:00:00Z", visible="false")
    path = osm.save(tmp_path / "a.osh")

    def state(date):
        found = read_map(path, date=date)
        return [(f.tags["building"], round(area_px(f)), f.version, f.valid_from, f.valid_to) for f in found.features]

    assert state("2009") == state("2010-05-31") == []
    assert state("2011") == [("yes", 100, 1, "2010-06-01T00:00:00Z", "2012-01-01T00:00:00Z")]
    assert state("2013") == [("yes", 200, 1, "2012-01-01T00:00:00Z", "2014-01-01T00:00:00Z")]
    assert state("2014-01-01") == [("school", 200, 2, "2014-01-01T00:00:00Z", "2016-01-01T00:00:00Z")]
    assert state("2017") == []
    assert [note.reason for note in read_map(path).skipped] == ["deleted"]


def test_antimeridian_way_goes_on_beyond_180(tmp_path):
    text = (
        '<osm version="0.6"><node id="1" lon="179.999" lat="-16.80" version="1"/>'
        '<node id="2" lon="-179.999" lat="-16.80" version="1"/>'
        '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way></osm>'
    )
    path = tmp_path / "fiji.osm"
    path.write_text(text)
    (feature,) = read_map(path, bounds=Bounds(179.99, -17, -179.99, -16)).features
    assert feature.geometry.bounds == pytest.approx((179.999, -16.8, 180.001, -16.8))
    assert read_map(path, bounds=Bounds(-179.9995, -17, -179.99, -16)).features == (feature,)
    assert read_map(path, bounds=Bounds(0, -17, 10, -16)).features == ()


@pytest.mark.parametrize("form", ["body", "geom"])
def test_overpass_json(form, tmp_path):
    ring = [degrees(*at) for at in [(0, 0), (40, 0), (40, 40), (0, 40), (0, 0)]]
    hole = [degrees(*at) for at in [(10, 10), (20, 10), (20, 20), (10, 20), (10, 10)]]

    def way(number, points, first):
        refs = [first, first + 1, first + 2, first + 3, first]
        found = {"type": "way", "id": number, "nodes": refs}
        return found | ({"geometry": [{"lon": x, "lat": y} for x, y in points]} if form == "geom" else {})

    nodes = [
        {"type": "node", "id": first + number, "lon": x, "lat": y}
        for first, points in ((1, ring), (11, hole))
        for number, (x, y) in enumerate(points[:4])
    ]
    members = [{"type": "way", "ref": 1, "role": "outer"}, {"type": "way", "ref": 2, "role": "inner"}]
    relation = {"type": "relation", "id": 5, "members": members, "tags": {"type": "multipolygon", "building": "yes"}}
    elements = [relation, way(1, ring, 1), way(2, hole, 11), *(nodes if form == "body" else [])]
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"version": 0.6, "osm3s": {}, "elements": elements}))
    (feature,) = read_map(path).features
    assert area_px(feature) == pytest.approx(1500, abs=1)


def test_overpass_answer_that_is_not_whole_is_refused(tmp_path):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps({"elements": [], "remark": "runtime error: Query timed out"}))
    with pytest.raises(UserError, match="is not whole; the server remarked: runtime error"):
        read_map(path)
    path.write_text(json.dumps({"elements": [{"type": "way", "id": 1, "tags": {"building": "yes"}}]}))
    assert [note.reason for note in read_map(path).skipped] == ["no-coordinates"]


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("a.osm", None, {}, "no such file"),
        ("a.txt", "x", {}, "not a map file that is known here"),
        ("a.osm", "<osm version='0.6'><node id='1'", {}, "cannot be read as OSM data"),
        ("a.osm.pbf", "not a pbf", {}, "cannot be read as OSM data"),
        ("a.osm", "<osm version='0.6'/>", {"date": "2020"}, "is no history file"),
        ("a.geojson", "{}", {"date": "2020"}, "a date means nothing here"),
        ("a.osm", "<osm version='0.6'/>", {"date": "last year"}, "'last year' is not a date"),
        ("a.json", '{"elements": 3}', {}, "no answer of Overpass"),
        ("a.geojson", "not json", {}, "not valid JSON"),
    ],
)
def test_wrong_input_is_one_line(name, content, options, message, tmp_path):
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError) as caught:
        read_map(path, **options)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_empty_map_is_named(osm, tmp_path):
    path = osm.save(tmp_path / "a.osm")
    with pytest.raises(UserError, match="the map has no buildings here"):
        need_features(read_map(path), "buildings")


def test_boxes_of_the_command_line():
    assert parse_bounds("1,2,3,4") == Bounds(1, 2, 3, 4)
    assert Bounds(170, -10, -170, 10).parts() == [Bounds(170, -10, 180, 10), Bounds(-180, -10, -170, 10)]
    for text, message in [
        ("1,2,3", "is not a box"),
        ("60,100,61,101", "longitude comes first"),
        ("1,3,2,3", "is empty"),
        ("1,2,3,nan", "not all numbers are finite"),
    ]:
        with pytest.raises(UserError, match=message):
            parse_bounds(text)


def test_dates():
    assert iso_time("2020") == "2020-01-01T00:00:00Z"
    assert iso_time("2020-05-17T12:00:00+02:00") == "2020-05-17T10:00:00Z"


def test_real_extracts(real_data):
    counts = {}
    for name in ("Helsinki.osm.pbf", "planet_10.068_48.135.osm", "West-Oakland.osm.bz2"):
        found = read_map(real_data / "osm" / name)
        counts[name] = (len(found.features), len(found.skipped), len(found.repaired))
        assert all(feature.geometry.is_valid for feature in found.features)
    assert counts == {
        "Helsinki.osm.pbf": (12882, 260, 0),
        "planet_10.068_48.135.osm": (49, 10, 1),
        "West-Oakland.osm.bz2": (87, 0, 0),
    }


def test_real_histories(real_data):
    folder = real_data / "osm"
    (road,) = read_map(folder / "Huxelrebeweg.osh").features
    assert road.tags == {"highway": "living_street", "name": "Huxelrebenweg"}
    assert (road.version, road.valid_to) == (5, None)

    def versions(date):
        found = read_map(folder / "deleted-way.osh", date=date)
        return [feature.version for feature in found.features if feature.osm_type == "way"]

    dates = ["2008-05-08", "2008-05-20", "2008-06-01", "2008-06-15", "2008-06-20", "2008-06-21"]
    assert [versions(date) for date in dates] == [[], [1], [2], [3], [4], []]


def test_history_as_pbf_holds_the_same_states(real_data, tmp_path):
    import osmium

    source, packed = real_data / "osm" / "deleted-way.osh", tmp_path / "deleted-way.osh.pbf"
    with osmium.SimpleWriter(str(packed)) as writer:
        for item in osmium.FileProcessor(str(source)):
            writer.add(item)
    for date in ("2008-05-20", "2008-06-01", "2008-06-20", "2010", None):
        one, other = read_map(source, date=date), read_map(packed, date=date)
        assert one.features == other.features and one.skipped == other.skipped


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_truncated_real_file_is_one_line(share, real_data, tmp_path):
    whole = (real_data / "osm" / "Helsinki.osm.pbf").read_bytes()
    path = tmp_path / "cut.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UserError) as caught:
        need_features(read_map(path))
    assert "cut.osm.pbf" in str(caught.value) and "\n" not in str(caught.value)
