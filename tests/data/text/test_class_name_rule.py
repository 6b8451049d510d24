import pytest

from rsica_data.builder.recipe import parse_recipe
from rsica_data.core.errors import UserError
from rsica_data.text.class_name_rule import ClassNameError, check_class_names

GOOD = [
    "road",
    "no-damage",
    "low vegetation",
    "trees/shrubs",
    "building (damaged)",
    "bâtiment",
    "road 2",
    "T1",
    "water",
]


@pytest.mark.parametrize(
    "name",
    [
        *("U.S. base", "top", "none", "two  spaces", "5", "2 3", "", " road", "road ", "a\tb", "a\nb", "a--b", "a_ b"),
        *("None", "No", "zero", "Two", "both", "unchanged", "top-left", "north", "center pivot", "sand and gravel"),
        *("tree, shrub", "road;", "road: wide", '"road"', "a|b", "道路", "건물", "...", "x" * 61, "first", "cells"),
    ],
)
def test_names_that_cannot_be_read_back(name):
    with pytest.raises(ClassNameError):
        check_class_names(["building", name])


@pytest.mark.parametrize("name", GOOD)
def test_names_that_can(name):
    check_class_names(["building", name])


@pytest.mark.parametrize(
    "names",
    [
        *(("road", "roads"), ("Road", "road"), ("low-vegetation", "low vegetation"), ("bus", "buses")),
        *(("city", "cities"), ("water", "water area"), ("low_vegetation", "Low Vegetation")),
    ],
)
def test_names_that_read_as_each_other(names):
    for given in (names, names[::-1]):
        with pytest.raises(ClassNameError, match="cannot be told from"):
            check_class_names(given)


def test_published_names_keep_their_places():
    check_class_names(["sports centre", "public management and service"], published=True)
    for name in ("centre", "none", "U.S. base"):
        with pytest.raises(ClassNameError):
            check_class_names([name], published=True)


FOLDER = """name: a
source:
  name: folder
  options:
    before: 'A/{name}.png'
    after: 'B/{name}.png'
    change_mask: 'L/{name}.png'
    classes:
      road: 1
      %s: 2
tasks: {counting: {}}
"""


@pytest.mark.parametrize("name", ["U.S. base", "top", "none", "two  spaces", "Roads", "'7'"])
def test_a_recipe_is_refused_with_line_and_key(name):
    with pytest.raises(UserError, match=r"^r\.yaml:\d+: source\.options\.classes\..*class name") as caught:
        parse_recipe(FOLDER % name, "r.yaml")
    assert len(str(caught.value).splitlines()) == 1
    line = int(str(caught.value).split(":")[1])
    assert line == (9 if name == "Roads" else 10)


def test_names_of_both_maps_are_one_list():
    text = FOLDER.replace("    classes:", "    change_classes: {roads: 3}\n    classes:") % "tree"
    with pytest.raises(UserError, match="cannot be told from"):
        parse_recipe(text, "r.yaml")
    parse_recipe(text.replace("roads: 3", "road: 3"), "r.yaml")


def test_the_only_class_of_levir_cd():
    text = "name: a\nsource: {name: levir-cd, options: {class_name: top}}\ntasks: {counting: {}}\n"
    with pytest.raises(UserError, match=r"r\.yaml:2: source\.options\.class_name: class name 'top'"):
        parse_recipe(text, "r.yaml")
