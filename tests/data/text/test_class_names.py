"""Nouns of class names: one object, several, and class names that name their plural or what cannot be counted."""

import pytest

from rsica_data.text.class_names import counted, plural, singular


@pytest.mark.parametrize(
    ("name", "one", "several"),
    [
        ("building", "building", "buildings"),
        ("church", "church", "churches"),
        ("water", "water area", "water areas"),
        ("low_vegetation", "low vegetation area", "low vegetation areas"),
        ("agriculture", "agriculture area", "agriculture areas"),
        ("tree cover", "tree cover area", "tree cover areas"),
        ("place of worship", "place of worship", "places of worship"),
        ("building under construction", "building under construction", "buildings under construction"),
        ("row of garages", "row of garages", "rows of garages"),
        ("body of water", "body of water", "bodies of water"),
        ("mixed trees", "mixed tree", "mixed trees"),
        ("water works", "water works", "water works"),
        ("storage tank", "storage tank", "storage tanks"),
    ],
)
def test_one_object_and_several(name: str, one: str, several: str) -> None:
    assert (singular(name), plural(name)) == (one, several)
    assert (counted(0, name), counted(1, name), counted(3, name)) == (f"no {several}", f"1 {one}", f"3 {several}")
