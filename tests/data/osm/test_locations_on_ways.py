"""Extracts whose ways carry the coordinates of their nodes, as `osmium add-locations-to-ways` writes them."""

import osmium
import pytest

from rsica_data.osm.map_files import read_map


def with_locations_on_ways(source, target, form):
    """A copy with coordinates on the ways and without untagged nodes."""
    writer = osmium.SimpleWriter(osmium.io.File(str(target), f"{form},locations_on_ways=true"))
    for item in osmium.FileProcessor(str(source)).with_locations():
        if not item.is_node() or len(item.tags):
            writer.add(item)
    writer.close()
    return target


def shapes(path, **options):
    found = read_map(path, **options)
    return {feature.name: (feature.geometry.wkb, feature.tags) for feature in found.features}, found


def test_the_case(cases, real_data):
    def is_building(tags):
        return "building" in tags

    plain, _ = shapes(real_data / "osm" / "Helsinki.osm.pbf", wanted=is_building)
    found, whole = shapes(cases / "locations_on_ways" / "low.osm.pbf", wanted=is_building)
    assert len(found) == 482
    assert found == plain
    assert whole.skipped == read_map(real_data / "osm" / "Helsinki.osm.pbf", wanted=is_building).skipped


@pytest.mark.parametrize(("form", "suffix"), [("pbf", ".osm.pbf"), ("xml", ".osm"), ("xml", ".osm.gz")])
def test_ways_and_relations(osm, tmp_path, form, suffix):
    corners = [osm.node(*at) for at in [(0, 0), (40, 0), (40, 40), (0, 40)]]
    osm.way(1, None, refs=corners[:3], close=False)
    osm.way(2, None, refs=[corners[0], corners[3], corners[2]], close=False)
    osm.box(3, 10, 10, 20, 20, {"natural": "water"})
    osm.relation(5, [(1, "outer"), (2, "outer"), (3, "inner")], {"type": "multipolygon", "landuse": "forest"})
    osm.way(11, [(0, 50), (100, 50)], {"highway": "primary"}, close=False)
    osm.node(5, 5, {"amenity": "cafe"})
    source = osm.save(tmp_path / "a.osm")
    low = with_locations_on_ways(source, tmp_path / f"low{suffix}", form)
    plain, found = (shapes(path) for path in (source, low))
    assert {name.partition("/")[0] for name in found[0]} == {"node", "way", "relation"}
    assert found[0] == plain[0]
    assert found[1].skipped == ()


def test_the_whole_extract(real_data, tmp_path):
    source = real_data / "osm" / "Helsinki.osm.pbf"
    low = with_locations_on_ways(source, tmp_path / "low.osm.pbf", "pbf")
    (plain, one), (found, other) = shapes(source), shapes(low)
    assert found == plain
    assert one.counts == other.counts


def test_a_history(osm, tmp_path):
    osm.box(3, 10, 10, 20, 20, {"building": "yes"})
    source = osm.save(tmp_path / "a.osm")
    low = with_locations_on_ways(source, tmp_path / "low.osh.pbf", "pbf")
    found, _ = shapes(low, date="2020-01-01")
    assert list(found) == ["way/3"]
    assert found == shapes(source)[0]
