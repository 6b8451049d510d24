"""The facts that prompts list."""

from rsica_data.claims import Fact, PairContext, directions_in, list_facts, numbered


def test_facts_of_a_pair(listed):
    words = [fact.words() for fact in listed.facts]
    for expected in (
        "anything changed: yes",
        "classes that changed: roads and buildings",
        "buildings: changed objects: 3",
        "buildings: built: 2",
        "buildings: removed: 1",
        "buildings: cells where some were built: bottom-center and bottom-right",
        "buildings: cells where some were removed: top-left",
        "roads: each was built",
        "buildings: changed objects in bottom-right: 1",
        "buildings: share of the second image: 5.3%",
        "from bare land areas to buildings: 5.3% of the image",
        "date of the image before: 2012-05-01",
        "a person wrote: a road is built and a house is removed",
    ):
        assert expected in words, expected
    assert numbered(listed.facts).startswith("1. anything changed: yes\n2. ")
    assert len(set(words)) == len(words)


def test_facts_without_a_mask():
    facts = list_facts(None, PairContext(("road",), changed=False, captions=("no change",)))
    assert facts == (Fact("any_change", {}, False), Fact("caption", {}, "no change"))


def test_directions_that_captions_tell():
    classes = ("road", "building", "tree")
    captions = ["two houses and a road are built", "many trees are removed", "no house is removed"]
    assert directions_in(captions, classes) == {"building": "built", "road": "built", "tree": "removed"}
    assert directions_in([*captions, "a house is demolished"], classes) == {"road": "built", "tree": "removed"}
