"""The shipped recipes on a real extract: Helsinki, on images made for the purpose; built, validated and scored."""

import json
import shutil

import numpy as np
import osmium
import pytest

from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import read_instructions, read_pairs
from rsica_data.osm.ground_grid import Grid
from rsica_data.osm.map_files import read_map
from rsica_data.osm.rasterize import label_map
from rsica_data.osm.scheme import load_scheme

from .conftest import write_image

MCI = load_scheme("levir-mci")
# 512 x 512 pixels of 1 m in the middle of the Helsinki extract.
HELSINKI = Grid("EPSG:32635", (1.0, 0.0, 385_750.0, 0.0, -1.0, 6_673_000.0), 512, 512)
BOX = osmium.osm.Box(24.939, 60.172, 24.951, 60.179)


def cut(source, target, keep=lambda item: True):
    """The part of an extract around the image, ways whole, as `osmium extract` cuts."""
    nodes, ways = {}, set()
    for node in osmium.FileProcessor(str(source), osmium.osm.NODE):
        if BOX.contains(node.location):
            nodes[node.id] = None
    for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
        refs = [node.ref for node in way.nodes]
        if any(ref in nodes for ref in refs):
            ways.add(way.id)
            nodes |= dict.fromkeys(refs)
    header = osmium.io.Header()
    header.add_box(BOX)
    with osmium.SimpleWriter(str(target), header=header) as writer:
        for item in osmium.FileProcessor(str(source)):
            known = nodes if item.is_node() else ways
            if (item.is_relation() or item.id in known) and keep(item):
                writer.add(item)


def not_new(item):
    """False for a third of the buildings: those that the earlier state lacks."""
    return not (item.is_way() and "building" in item.tags and item.id % 3 == 0)


@pytest.fixture(scope="module")
def place(real_data, tmp_path_factory):
    """The extract, an earlier state of it, and images that differ where its buildings are new."""
    root = tmp_path_factory.mktemp("helsinki")
    cut(real_data / "osm" / "Helsinki.osm.pbf", root / "after.osm.pbf")
    cut(real_data / "osm" / "Helsinki.osm.pbf", root / "before.osm.pbf", not_new)
    shutil.copy(root / "after.osm.pbf", root / "map.osm.pbf")
    old, new = (label_map(read_map(root / f"{n}.osm.pbf").features, MCI, HELSINKI) for n in ("before", "after"))
    before = np.random.default_rng(5).integers(60, 120, (512, 512, 3)).astype(np.uint8)
    after = np.where((old != new)[:, :, None], 250, before).astype(np.uint8)
    for folder, pixels in (("before", before), ("after", after), ("images", after)):
        (root / folder).mkdir()
        write_image(root / folder / "centre.tif", pixels, HELSINKI)
    return root


def rows_of(out):
    dataset = open_dataset(out)
    return [item for shard in dataset.shards() for item in read_instructions(shard.instructions)]


@pytest.mark.parametrize("name", ["osm-two-dates", "rsvqa-osm", "skyscript-osm"])
def test_recipe_on_a_real_extract(name, place, rsica_data, rsica_bench, tmp_path):
    out = tmp_path / "out"
    done = rsica_data("build", name, "--input", place, "--out", out, "--workers", 1, "--json")
    assert done.status == 0, done.err
    checked = rsica_data("validate", out)
    assert checked.status == 0, checked.out + checked.err
    rows = rows_of(out)
    tasks = {item.task for item in rows}
    if name == "osm-two-dates":
        assert {"counting", "open_qa", "map_qa"} <= tasks
        pairs = [pair for shard in open_dataset(out).shards() for pair in read_pairs(shard.pairs)]
        objects = [item for pair in pairs for item in pair.facts.objects]
        assert len(pairs) == 4 and objects
        assert all(item.tags and "building" in item.tags and item.confidence >= 0.6 for item in objects)
    else:
        assert tasks == {"rsvqa": {"rsvqa"}, "skyscript": {"tag_caption"}}[name.removesuffix("-osm")]
    run = tmp_path / "run"
    scored = rsica_bench("run", "--data", out, "--adapter", "oracle", "--out", run, "--split", "test")
    assert scored.status == 0, scored.err
    scores = json.loads((run / "result.json").read_text())["tasks"]
    for task in tasks & {"rsvqa", "map_qa"}:
        assert scores[task]["metrics"]["accuracy"] == scores[task]["metrics"]["average_accuracy"] == 1
    if "tag_caption" in tasks:
        assert scores["tag_caption"]["metrics"]["BLEU-4"] == pytest.approx(1)


def test_questions_are_about_what_the_map_has(place, rsica_data, tmp_path):
    out = tmp_path / "out"
    assert rsica_data("build", "rsvqa-osm", "--input", place, "--out", out, "--workers", 1).status == 0
    (pair,) = [pair for shard in open_dataset(out).shards() for pair in read_pairs(shard.pairs)]
    buildings = [item for item in pair.attributes["map"]["before"] if item["class_name"] == "building"]
    found = [item for item in rows_of(out) if item.kind == "count" and item.gold["args"]["cls"] == "building"]
    plain = [item for item in found if not item.gold["args"]["size"] and not item.gold["args"]["where"]]
    assert len(buildings) > 40 and all(item.gold["value"] == len(buildings) for item in plain)
