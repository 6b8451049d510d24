"""In which cells a reply says that each class changed: one group of cases for each rule of reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from left_replies import LEFT

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.grid.cells import read_cells

ROAD_BUILDING = ("road", "building")
LAND = ("farmland", "forest", "bare land", "water", "building", "road")
SHORT = dict(zip(["tl", "tc", "tr", "cl", "cc", "cr", "bl", "bc", "br"], CELLS, strict=True))


def cells(words):
    return sorted((SHORT[word] for word in words.split()), key=CELLS.index)


def read(text, classes=ROAD_BUILDING):
    result = read_cells(text, classes)
    return result if isinstance(result, Unparsed) else {name: places for name, places in result.items() if places}


def wanted(**classes):
    return {name.replace("_", " "): cells(words) for name, words in classes.items()}


CASES = {
    "class first": (
        "Buildings in the top-left and center, roads in the bottom row.",
        wanted(building="tl cc", road="bl bc br"),
    ),
    "place first": (
        "In the top left new buildings appear, in the center a road.",
        wanted(building="tl", road="cc"),
    ),
    "class headings": (
        "**Roads**\n- top-left\n- center\n\n**Buildings**\n- none",
        wanted(road="tl cc"),
    ),
    "row headings": (
        "### Top row\n- Left: a house\n- Right: a road\n\n### Bottom row\n- No change",
        wanted(building="tl", road="tr"),
    ),
    "one line of heads": (
        "top-left: none, top-center: building, center: road",
        wanted(building="tc", road="cc"),
    ),
    "a class without a colon": (
        "road none building top-center",
        wanted(building="tc"),
    ),
    "denied class": (
        "There are new buildings but no new roads in the top-left.",
        wanted(building="tl"),
    ),
    "denied place": (
        "Buildings changed in the top-left, not in the center. Nothing changed in the bottom row.",
        wanted(building="tl"),
    ),
    "one denial of several": (
        "The buildings in the top-left and the road in the center did not change; "
        "those in the corners did not either, but a house is new in the bottom-right.",
        wanted(building="br"),
    ),
    "existing object": (
        "The older road in the top row is unchanged; a new road is in the bottom-left.",
        wanted(road="bl"),
    ),
    "only a landmark": (
        "New houses along the road in the center-left.",
        wanted(building="cl"),
    ),
    "a direction": (
        "Roads: a new street in the center leads off to the east.",
        wanted(road="cc"),
    ),
    "a path": (
        "A road runs from the center-left to the center-right.",
        wanted(road="cl cc cr"),
    ),
    "respectively": (
        "Roads and buildings changed in the top-left and bottom-right, respectively.",
        wanted(road="tl", building="br"),
    ),
    "the same cells": (
        "Buildings changed in the top-left and center. Roads changed in the same cells.",
        wanted(building="tl cc", road="tl cc"),
    ),
    "the former, the latter": (
        "Roads and buildings changed, the latter in the center, the former in the top-left.",
        wanted(road="tl", building="cc"),
    ),
    "both": (
        "top-left: both; center: building",
        wanted(road="tl", building="tl cc"),
    ),
    "the other cells": (
        "The corners are unchanged. Buildings: the rest of the cells.",
        wanted(building="tc cl cc cr bc"),
    ),
    "exceptions": (
        "Buildings: everywhere except the bottom row. Nothing else changed.",
        wanted(building="tl tc tr cl cc cr"),
    ),
    "nothing but": (
        "Nothing has changed except the buildings in the top-right corner.",
        wanted(building="tr"),
    ),
    "a gloss": (
        "Buildings: the right column (top-right and center-right)",
        wanted(building="tr cr"),
    ),
    "a correction": (
        "Roads: top-left. Actually, the roads changed in the center, not the top-left.",
        wanted(road="cc"),
    ),
    "a first guess": (
        "Initial guess: roads in the top-left. On checking, only the buildings in the center changed.",
        wanted(building="cc"),
    ),
    "a final list": (
        "Maybe roads in the top-left.\n\nFinal: roads → center; buildings → bottom-left",
        wanted(road="cc", building="bl"),
    ),
    "not there before": (
        "The bottom-left cell shows a building that was not present before.",
        wanted(building="bl"),
    ),
    "the earlier image": (
        "In the first image there is a road in the top-left. In the second image there is a new one in the center.",
        wanted(road="cc"),
    ),
    "question and answer": (
        "Do roads change? No. Do buildings change? Yes, in the center-right.",
        wanted(building="cr"),
    ),
    "a cut end": (
        "Buildings: top-left, top-center, bottom-cen",
        wanted(building="tl tc"),
    ),
    "table of cells": (
        "| Cell | Road | Building |\n|---|---|---|\n| top-left | yes | - |\n| center | no | 2 |",
        wanted(road="tl", building="cc"),
    ),
    "table of classes": (
        "| Class | top-left | center |\n|---|---|---|\n| road | 1 | 0 |\n| building | 0 | 1 |",
        wanted(road="tl", building="cc"),
    ),
    "drawn table": (
        "| | Left | Center | Right |\n|---|---|---|---|\n| Top | B | | R |\n| Center | | B, R | |\n| Bottom | | | |",
        wanted(building="tl cc", road="tr cc"),
    ),
    "comma-separated": (
        "class,row,column\nroad,2,1\nbuilding,1,3",
        wanted(road="cl", building="tr"),
    ),
    "drawing with a legend": (
        "B . R\n. X .\n. . .\n(B = building, R = road, X = both)",
        wanted(building="tl cc", road="tr cc"),
    ),
    "drawing for each class": (
        "Roads\n. X .\n. X .\n. X .\n\nBuildings\nX . .\n. . .\n. . X",
        wanted(road="tc cc bc", building="tl br"),
    ),
    "emojis": (
        "- top-left: 🏠\n- center: 🏠🛣️\n\n(🏠 = buildings, 🛣️ = roads)",
        wanted(building="tl cc", road="cc"),
    ),
    "JSON of cells": (
        '{"top-left": ["building"], "center": "road and building", "top-right": null}',
        wanted(building="tl cc", road="cc"),
    ),
    "JSON of rows": (
        '{"center": {"left": ["road"], "center": [], "right": ["building"]}}',
        wanted(road="cl", building="cr"),
    ),
    "JSON of flags": (
        '{"grid": [[{"road": true, "building": false}, {}, {}], [{}, {}, {}], [{}, {}, {"building": 1}]]}',
        wanted(road="tl", building="br"),
    ),
    "JSON matrix": (
        '{"legend": {"0": "no change", "1": "road", "2": "building"}, "grid": [[1, 0, 0], [0, 2, 0], [0, 0, 0]]}',
        wanted(road="tl", building="cc"),
    ),
    "JSON records": (
        '[{"row": 0, "col": 2, "class": "building"}, {"row": 2, "col": 0, "class": "road"}]',
        wanted(building="tr", road="bl"),
    ),
    "tags": (
        '<changes><class name="road"><cell>top-left</cell><cell>center</cell></class></changes>',
        wanted(road="tl cc"),
    ),
    "numbered cells": (
        "Cells are numbered 1-9 row by row.\nRoads: 2, 5\nBuildings: 9",
        wanted(road="tc cc", building="br"),
    ),
    "coordinates from zero": (
        "Buildings: x=0,y=2. Roads: x=2,y=0. (Both start at 0.)",
        wanted(building="bl", road="tr"),
    ),
    "compass": (
        "Roads → N, C\nBuildings → NE, SE",
        wanted(road="tc cc", building="tr br"),
    ),
}


def check(text, expected, answer):
    if text in LEFT:
        assert isinstance(answer, Unparsed)
    else:
        assert answer == expected


@pytest.mark.parametrize("name", CASES)
def test_rules(name):
    text, expected = CASES[name]
    check(text, expected, read(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Forest in the top-left was turned into bare land.", wanted(forest="tl", bare_land="tl")),
        (
            "bare land → building: center. forest → road: top-left.",
            wanted(bare_land="cc", building="cc", forest="tl", road="tl"),
        ),
        (
            "In the center farmland gave way to a road, and in the top-left forest gave way to buildings.",
            wanted(farmland="cc", road="cc", forest="tl", building="tl"),
        ),
    ],
)
def test_land_that_was_turned_into_something_changed_with_it(text, expected):
    check(text, expected, read(text, LAND))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("除中心格以外,其余八个格子都新增了建筑物。道路没有变化。", wanted(building="tl tc tr cl cr bl bc br")),
        ("第一行第二列出现了新建筑,第三行第一列新修了一条道路。", wanted(building="tc", road="bl")),
        ("建筑物和道路分别在右下和左下发生了变化。", wanted(building="br", road="bl")),
        ("四个角上的格子都新建了房屋,道路没有变。", wanted(building="tl tr bl br")),
    ],
)
def test_chinese(text, expected):
    check(text, expected, read(text))


@pytest.mark.parametrize(
    "text",
    [
        "None",
        "No changes at all.",
        "All cells: no change.",
        "roads: none; buildings: -",
        '{"road": [], "building": null}',
    ],
)
def test_no_change(text):
    assert read_cells(text, ROAD_BUILDING) == {"road": [], "building": []}


@pytest.mark.parametrize(
    "text",
    [
        "Roads and buildings have changed.",
        "The upper half of the image has new buildings.",
        "roads: 2, buildings: 4 houses",
        '{"road": 2, "building": 5}',
        '[{"box_2d": [112, 430, 298, 611], "label": "changed building"}]',
        '{"road": ["...", "..."], "building": ["..."]}',
        "top-left, center",
        "Roads have changed in the top-right. Roads have not changed.",
        "A road runs from the top-left to the center-right.",
        "I can only process one image at a time.",
        "The center cell and the one to its right contain new buildings.",
    ],
)
def test_what_a_person_cannot_use_is_unparsed(text):
    assert isinstance(read_cells(text, ROAD_BUILDING), Unparsed)


def test_with_one_class_asked_places_of_others_are_not_its_own():
    assert read_cells("Roads in the top-left; buildings in the center.", ("building",)) == {
        "building": ["center-center"]
    }
    assert read_cells("top-left and center", ("building",)) == {"building": ["top-left", "center-center"]}


WRITTEN = (
    lambda gold: "; ".join(f"{name}s: {', '.join(places) or 'none'}" for name, places in gold.items()),
    lambda gold: "\n".join(
        f"- {cell}: {' and '.join(n for n in gold if cell in gold[n]) or 'no change'}" for cell in CELLS
    ),
    lambda gold: "cell,road,building\n" + "\n".join(f"{c},{c in gold['road']},{c in gold['building']}" for c in CELLS),
    lambda gold: (
        "\n".join(
            " ".join("".join(n[0].upper() for n in gold if c in gold[n]) or "." for c in CELLS[row : row + 3])
            for row in (0, 3, 6)
        )
        + "\nR = road, B = building"
    ),
)


@settings(max_examples=60, deadline=None)
@given(road=st.sets(st.sampled_from(CELLS)), building=st.sets(st.sampled_from(CELLS)), form=st.sampled_from(WRITTEN))
def test_what_is_written_is_read(road, building, form):
    gold = {"road": sorted(road, key=CELLS.index), "building": sorted(building, key=CELLS.index)}
    result = read_cells(form(gold), ROAD_BUILDING)
    if road or building:
        assert not isinstance(result, Unparsed)
        assert {name: result.get(name, []) for name in gold} == gold


PIECES = [
    "road",
    "buildings",
    "top-left",
    "center",
    "row",
    "1",
    ",",
    ";",
    ".",
    ":",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    '"',
    "|",
    "no",
    "not",
    "except",
    "both",
    "in",
    "and",
    "→",
    "-",
    "=",
    "2",
    "yes",
    "X",
    "<a>",
    "</a>",
    "to",
    "same",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, "\n"]), max_size=60), st.text(max_size=60))
def test_nothing_raises(pieces, text):
    read_cells(" ".join(pieces) + text, ROAD_BUILDING)
    read_cells(text, ("building",))


@pytest.mark.parametrize("dash", [" - ", " – ", " — "])
def test_a_dash_between_two_cells_is_a_list_or_a_way(dash):
    reply = f"Roads: top-left{dash}top-right. Buildings: none."
    assert isinstance(read_cells(reply, ("road", "building")), Unparsed)


def test_a_bar_between_two_cells_is_a_comma():
    reply = "Roads: top-left | top-right. Buildings: none."
    assert read_cells(reply, ("road", "building")) == {"road": ["top-left", "top-right"], "building": []}


@pytest.mark.parametrize("center", ["center", "centre", "middle"])
def test_cells_in_two_words_in_grid_order_are_no_loop(center):
    cells = ["top-center", "center-center", "center-right"]
    reply = ", ".join(cell.replace("-", " ").replace("center", center) for cell in cells)
    assert read_cells(f"Roads: {reply}", ("road",)) == {"road": cells}
    assert isinstance(read_cells("Roads: " + f"{center} " * 9, ("road",)), Unparsed)
