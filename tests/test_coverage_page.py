"""docs/coverage.yaml names what is registered, and docs/coverage.md is what the tool writes of it."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("coverage_page", ROOT / "tools" / "coverage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_name_is_registered(tool):
    assert tool.faults(tool.read_table(), tool.registered()) == []


def test_the_page_is_up_to_date(tool):
    told = "python tools/coverage.py writes it"
    assert tool.TARGET.read_text(encoding="utf-8") == tool.page_text(), told


def test_the_systems_are_complete_and_every_row_says_something(tool):
    systems = tool.read_table()["systems"]
    assert len(systems) == 61
    rows = [line for line in tool.page_text().splitlines() if line.startswith(f"| {systems[0]['name']} |")]
    assert len(rows) == 1
    for system in systems:
        assert any(system.get(kind) for kind in (*tool.KINDS, "awaited")), system["name"]


def test_every_page_of_the_catalog_has_its_row(tool):
    text = tool.page_text()
    for page in tool.all_pages():
        assert text.count(f"\n| `{page.name}` | {page.family} |") == 1


THERE = {
    "sources": {"levir-cd", "dior"},
    "tasks": {"counting"},
    "adapters": {"mask"},
    "boards": set(),
    "prompts": set(),
    "recipes": set(),
    "scripts": set(),
    "commands": {"osm changes"},
}


def test_what_is_awaited_is_served_once_it_is_registered(tool):
    system = {
        "name": "A|B",
        "sources": ["levir-cd"],
        "awaited": {"sources": ["dior", "gid"], "tasks": ["damage"]},
        "open": "x",
    }
    assert tool.served(system, THERE)["sources"] == ["levir-cd", "dior"]
    assert tool.missing(system, THERE) == ["source `gid`", "task `damage`"]
    row = tool.system_row(system, THERE)
    assert row == "| A\\|B | `levir-cd`, `dior` | - | - | - | - | - | x; not here: source `gid`, task `damage` |"
    later = {**THERE, "sources": {*THERE["sources"], "gid"}, "tasks": {"counting", "damage"}}
    assert tool.system_row(system, later).endswith("| x |") and "`gid` | `damage` |" in tool.system_row(system, later)


@pytest.mark.parametrize(
    ("system", "told"),
    [
        ({"sources": ["levir"], "checked": "x"}, "S: no source 'levir'"),
        ({"commands": ["osm change"], "checked": "x"}, "S: no command 'osm change'"),
        ({"sourcs": ["levir-cd"], "checked": "x"}, "S: unknown key 'sourcs'"),
        ({"awaited": {"sourcs": ["gid"]}, "checked": "x"}, "S: unknown key 'sourcs'"),
        ({"tasks": ["counting"]}, "S: says neither what was checked nor what is open"),
        (
            {"tasks": ["counting"], "awaited": {"tasks": ["counting"]}, "open": "x"},
            "S: 'counting' is awaited and stated",
        ),
    ],
)
def test_what_is_wrong_in_the_table_is_told(system, told, tool):
    assert tool.faults({"systems": [{"name": "S", **system}]}, THERE) == [told]


def test_forms_lose_the_sets_that_have_a_page(tool):
    table = {"forms": {"boxes": ["dior", "isaid"], "nothing left": ["dior"]}}
    assert list(tool.form_rows(table, THERE)) == ["| boxes | isaid |"]
