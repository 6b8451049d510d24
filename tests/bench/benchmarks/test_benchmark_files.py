"""The files that describe benchmarks: found by name or path, every mistake told with its line and key."""

import pytest
import yaml

from rsica_bench.benchmarks.benchmark_files import find_benchmark, shipped_benchmarks
from rsica_bench.benchmarks.dataset import recipe_of
from rsica_data.builder.recipe import load_recipe, parse_recipe
from rsica_data.core.files import dump_json

ASKED_FOR = (
    *("levir-cc", "changechat-105k", "levir-mci", "second-cc", "dubai-cc", "whu-cdc", "cdvqa-test1", "cdvqa-test2"),
    *("levir-cd", "whu-cd-lists", "whu-cd-random", "whu-cd-areas", "clcd", "s2looking", "sysu-cd", "second"),
    *("landsat-scd", "xbd", "rsvqa-lr"),
)
SECTION = {"summary": "Mine.", "input": "a folder", "page": "clcd", "masks": "change"}


def test_the_benchmarks_of_the_field_are_there():
    assert set(ASKED_FOR) <= shipped_benchmarks().keys()


@pytest.mark.parametrize("name", sorted(shipped_benchmarks()))
def test_a_shipped_benchmark_is_named_after_its_board_and_has_a_valid_recipe(name):
    found = find_benchmark(name)
    assert name == found.board_name or name.startswith(f"{found.board_name}-")
    recipe = parse_recipe(dump_json(recipe_of(found)), name)
    assert {task.name for task, _ in recipe.tasks} == set(found.section.asked)


def test_changechat_is_asked_as_its_recipe_builds_it():
    recipe, ours = load_recipe("changechat-105k").as_json(), recipe_of(find_benchmark("changechat-105k"))
    whole = parse_recipe(dump_json(ours), "ours").as_json()
    assert (whole["facts"], whole["tasks"], whole["source"]) == (recipe["facts"], recipe["tasks"], recipe["source"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"pagee": "clcd"}, "mine.yaml:9: benchmarks.mine.pagee: unknown key"),
        ({"page": "clcdd"}, "benchmarks.mine.page: no page 'clcdd' in the catalog (did you mean 'clcd'?)"),
        ({"source": "folder"}, "should have one of page and source"),
        ({"masks": None}, "should have tasks, or masks to score"),
        ({"items": {"counting": 3}}, "items names 'counting', which is none of its tasks"),
        ({"items": {"pairs": 0}}, "mine.yaml:10: benchmarks.mine.items.pairs"),
        ({"tasks": {"countin": {}}}, "mine.yaml:10: benchmarks.mine.tasks.countin: unknown name 'countin'"),
        ({"tasks": {"counting": {"prompt": 1}}}, "mine.yaml:11: benchmarks.mine.tasks.counting.prompt: unknown key"),
        ({"protocol": "ours"}, "benchmarks.mine.protocol"),
        ({"options": {"layuot": "x"}}, "benchmarks.mine.layuot: unknown key"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_key(rsica_bench, own_file, change, told):
    done = rsica_bench("benchmarks", own_file(mine=SECTION | change))
    assert done.status == 2 and told in done.err, done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("leviir-cc", "no benchmark 'leviir-cc' (did you mean 'levir-cc'?)"),
        ("whu-cd", "give one of whu-cd-areas, whu-cd-btc, whu-cd-lists"),
        ("nowhere.yaml", "no such file"),
    ],
)
def test_a_name_that_is_none(rsica_bench, reference, told):
    done = rsica_bench("benchmarks", reference)
    assert done.status == 2 and told in done.err


def test_a_file_of_several_needs_a_name(rsica_bench, own_file):
    path = own_file(one=SECTION, other=SECTION)
    done = rsica_bench("benchmarks", path)
    assert done.status == 2 and "give one of one, other" in done.err
    assert rsica_bench("benchmarks", f"{path}:other", "--json").json["name"] == "other"


def test_the_list_says_what_each_needs(rsica_bench):
    listed = {row["name"]: row for row in rsica_bench("benchmarks", "--json").json}
    row = listed["levir-cc"]
    assert row["items"]["captioning"] == 1929 and row["split"] == "test" and row["protocol"] == "changechat"
    assert "LevirCCcaptions.json" in row["input"]
    text = rsica_bench("benchmarks").out
    assert all(f"{name}: " in text for name in ASKED_FOR)
    one = rsica_bench("benchmarks", "second").out
    assert "masks (semantic)" in one and "pairs 1,694" in one and "rsica-data synth --layout second" in one


def test_a_page_may_be_written_out_in_the_file(rsica_bench, own_file):
    page = yaml.safe_load(
        "{name: own, title: Own, family: binary change, summary: Own., classes: [region], layouts: [{name: plain, "
        'before: "{split}/a/{name}.png", after: "{split}/b/{name}.png", change_mask: "{split}/m/{name}.png"}]}'
    )
    done = rsica_bench("benchmarks", own_file(own=SECTION | {"page": page}))
    assert done.status == 0 and "a page of its own" in done.out
