"""Tasks that ask by a map: RSVQA's families, names and directions, the old map as text, captions from tags."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.core import registry
from rsica_data.geometry.boxes import box_distance
from rsica_data.geometry.cells import cell_of
from rsica_data.schema import (
    AskContext,
    MapChange,
    MapObject,
    MapScene,
    ParseContext,
    Question,
    RenderContext,
    Unparsed,
    scene_from_json,
    scene_to_json,
)
from rsica_data.tasks import map_qa, rsvqa, tag_caption
from rsica_data.tasks.map_words import DIRECTIONS, direction_of, side_of

CLASSES = ("building", "road", "tree", "water", "school")


def thing(number, class_name, box, shape="area", area=None, whole=True, **tags):
    x0, y0, x1, y1 = box
    area = (x1 - x0) * (y1 - y0) if area is None else area
    tags = {key.replace("__", ":"): value for key, value in tags.items()}
    return MapObject(number, class_name, tags, shape, box, ((x0 + x1) / 2, (y0 + y1) / 2), area, area, whole)


def change(name, kind, before, after, box, tags_before=None, tags_after=None, believed=True):
    x0, y0, x1, y1 = box
    centre = ((x0 + x1) / 2, (y0 + y1) / 2)
    area = (x1 - x0) * (y1 - y0)
    return MapChange(
        name, kind, before, after, tags_before or {}, tags_after or {}, box, centre, area, 0.9, believed, "because"
    )


ONE = MapScene(
    before=(
        thing("way/1", "building", (10, 10, 18, 18)),  # 64 m2
        thing("way/2", "building", (200, 10, 240, 50)),  # 1600 m2
        thing("way/3", "road", (0, 60, 300, 70), "line"),
        thing("way/4", "water", (100, 200, 150, 250), name="Duck pond"),
    ),
    width=300,
    height=300,
)
TWO = MapScene(
    before=(thing("way/1", "school", (140, 140, 160, 160), name="Hill School."), thing("way/9", "tree", (5, 5, 9, 9))),
    after=(
        thing("way/1", "school", (140, 140, 160, 160), name="Hill School."),
        thing("way/2", "building", (145, 20, 155, 30), building="warehouse", name="Depot"),
    ),
    changes=(
        change("way/2", "added", "none", "building", (145, 20, 155, 30), {"landuse": "farmland"},
               {"building": "warehouse", "name": "Depot"}),
        change("way/9", "removed", "tree", "none", (5, 5, 9, 9)),
        change("way/8", "added", "none", "building", (250, 250, 260, 260), believed=False),
    ),
    width=300,
    height=300,
    notes={"north_up": True},
)  # fmt: skip


def context(scene, classes=CLASSES, evaluation=False, seed=1):
    return AskContext("p", "train", classes, None, (), None, evaluation, seed, scene=scene)


def ask(task, scene, *, evaluation=False, seed=1, **settings):
    return task.TASK.ask(context(scene, evaluation=evaluation, seed=seed), task.TASK.settings(**settings))


def every(task, scene, seeds=range(60), **settings):
    return [draft for seed in seeds for draft in ask(task, scene, seed=seed, **settings)]


def obeys_the_laws(task, draft):
    (gold,) = task.TASK.turns(draft.kind, draft.gold)
    parsed = task.TASK.parse(draft.turns[1].content, ParseContext(gold.question, CLASSES))
    assert not isinstance(parsed, Unparsed) and task.TASK.matches(gold.gold, parsed), (draft, parsed)
    for answer in task.TASK.accepted(gold.gold):
        again = task.TASK.parse(
            task.TASK.render(answer, RenderContext(gold.question, CLASSES)), ParseContext(gold.question, CLASSES)
        )
        assert again == answer


@pytest.mark.parametrize(
    ("task", "scene", "settings"),
    [
        (rsvqa, ONE, {"variant": "hr"}),
        (rsvqa, ONE, {"variant": "lr"}),
        (rsvqa, TWO, {"variant": "hr"}),
        (map_qa, TWO, {"per_pair": 8}),
        (tag_caption, ONE, {}),
        (tag_caption, TWO, {}),
    ],
)
def test_laws_and_no_repeats(task, scene, settings):
    drafts = every(task, scene, **settings)
    assert drafts
    for draft in drafts:
        obeys_the_laws(task, draft)
    for seed in range(5):
        asked = [draft.turns[0].content for draft in ask(task, scene, seed=seed, **settings)]
        assert ask(task, scene, seed=seed, **settings) == ask(task, scene, seed=seed, **settings) and asked


def test_no_map_no_question():
    assert [list(ask(task, None)) for task in (rsvqa, map_qa, tag_caption)] == [[], [], []]


def test_scene_as_json_and_back():
    import json

    assert scene_from_json(json.loads(json.dumps(scene_to_json(TWO)))) == TWO


def gold_of(drafts, kind, **args):
    found = [d.gold["value"] for d in drafts if d.kind == kind and args.items() <= d.gold["args"].items()]
    assert len(set(map(repr, found))) == 1, (kind, args, found)
    return found[0]


PLAIN = {"size": None, "where": None}


def test_rsvqa_values_by_hand():
    high = every(rsvqa, ONE, range(300), variant="hr")
    assert gold_of(high, "count", cls="building", **PLAIN) == 2
    assert gold_of(high, "count", cls="building", size="small") == 1
    assert gold_of(high, "count", cls="building", where={"side": "next to", "cls": "road"}) == 1  # 10 m and 42 m away
    assert gold_of(high, "count", cls="building", where={"side": "left", "cls": "water"}) == 0
    assert gold_of(high, "count", cls="building", where={"side": "above", "cls": "water"}) == 2
    assert gold_of(high, "presence", cls="tree", **PLAIN) is False
    assert gold_of(high, "presence", cls="road", **PLAIN) is True
    assert gold_of(high, "comparison", cls="building", other="water") is True
    assert gold_of(high, "comparison", cls="water", other="building") is False
    assert gold_of(high, "area", cls="building", **PLAIN) == "more than 1000m2"
    assert gold_of(high, "area", cls="building", size="small") == "between 10m2 and 100m2"
    assert gold_of(high, "area", cls="tree", **PLAIN) == "0m2"
    low = every(rsvqa, ONE, variant="lr")
    assert gold_of(low, "count", cls="building", **PLAIN) == "between 0 and 10"
    assert gold_of(low, "rural_urban") == "rural"  # 2 buildings on 0.09 km2: 22 a km2
    assert gold_of(every(rsvqa, ONE, variant="lr", urban_buildings_per_km2=20), "rural_urban") == "urban"
    assert {d.kind for d in high} == set(rsvqa.KINDS["hr"]) and {d.kind for d in low} == set(rsvqa.KINDS["lr"])
    assert not [d for d in high if d.kind in ("count", "area") and d.gold["args"]["cls"] == "road"]


def test_rsvqa_yes_and_no_are_even_and_wording_is_right():
    drafts = [d for d in every(rsvqa, ONE, range(200)) if d.kind == "presence"]
    share = sum(d.gold["value"] for d in drafts) / len(drafts)
    assert 0.4 < share < 0.6
    texts = {d.turns[0].content for d in every(rsvqa, ONE, range(300))}
    assert "Is there a tree?" in texts and "How many small buildings are there?" in texts
    assert "How many buildings are at the top of the water area?" not in texts
    assert "How many buildings at the top of the water area are there?" in texts
    two = {d.turns[0].content for d in every(rsvqa, TWO, range(80))}
    assert (
        any(text.startswith("In the second image: ") for text in two)
        and "In the first image: is there a school?" in two
    )


@pytest.mark.parametrize(
    ("kind", "args", "text", "value"),
    [
        ("presence", {}, "Yes, there is a road.", True),
        ("presence", {}, "There are no roads in the image.", False),
        ("comparison", {}, "No.", False),
        ("count", {}, "There are three buildings.", 3),
        ("count", {}, "None", 0),
        ("count", {}, "between 0 and 10", None),
        ("count", {"ranges": True}, "Between 10 and 100 buildings", "between 10 and 100"),
        ("count", {"ranges": True}, "42", "between 10 and 100"),
        ("count", {"ranges": True}, "more than 1000", "more than 1000"),
        ("count", {"ranges": True}, "between 3 and 12", None),
        ("area", {}, "about 250 m2", "between 100m2 and 1000m2"),
        ("area", {}, "0m2", "0m2"),
        ("area", {}, "more than 1,000 square meters", "more than 1000m2"),
        ("rural_urban", {}, "An urban area.", "urban"),
        ("rural_urban", {}, "It is neither rural nor urban", None),
        ("presence", {}, "perhaps", None),
        ("count", {}, "", None),
    ],
)
def test_rsvqa_reads_replies(kind, args, text, value):
    found = rsvqa.parse(text, ParseContext(Question(kind, args), CLASSES))
    assert isinstance(found, Unparsed) if value is None else found == {"value": value}


@given(
    st.sampled_from(sorted(rsvqa.COUNT_RANGES)),
    st.sampled_from(sorted(rsvqa.AREA_RANGES)),
    st.integers(0, 99),
    st.booleans(),
)
def test_rsvqa_law_for_every_value(count, area, number, flag):
    for kind, args, value in [
        ("count", {"ranges": True}, count),
        ("area", {}, area),
        ("count", {}, number),
        ("presence", {}, flag),
    ]:
        question = Question(kind, args)
        text = rsvqa.render({"value": value}, RenderContext(question, CLASSES))
        assert rsvqa.parse(text, ParseContext(question, CLASSES)) == {"value": value}


def test_map_questions_by_hand():
    drafts = every(map_qa, TWO, per_pair=8)
    by_kind = {}
    for draft in drafts:
        by_kind.setdefault(draft.kind, {})[draft.turns[0].content] = draft.gold["value"]
    assert set(by_kind) == set(map_qa._TYPES)
    assert by_kind["name"]["What is the school in the center called?"] == "Hill School"
    assert by_kind["name"]["What is the name of the building in the top-center?"] == "Depot"
    assert by_kind["function"]["Which kind of building was built in the top-center?"] == "warehouse"
    assert by_kind["was"]["What was there before the building in the top-center?"] == "farmland"
    assert set(by_kind["direction"].values()) == {"north"}
    assert set(by_kind["what_lies"].values()) == {"building"}
    assert (
        by_kind["name_by_relation"]["What is the school south of the new building called? North is up."]
        == "Hill School"
    )
    prior = "1 school (center-center) and 1 tree (top-left)."
    counts = {q: v for q, v in by_kind["prior_count"].items() if q.startswith("An older map says")}
    assert counts[f"An older map says: {prior} How many buildings were built since?"] == 1
    gone = {q: v for q, v in by_kind["prior_gone"].items() if "trees" in q}
    assert set(gone.values()) == {1}


def test_no_direction_where_north_is_not_up_or_it_is_not_clear():
    import dataclasses

    turned = dataclasses.replace(TWO, notes={})
    kinds = {draft.kind for draft in every(map_qa, turned, per_pair=8)}
    assert not kinds & {"direction", "what_lies", "name_by_relation"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("direction", "It lies to the north-east of it.", "north-east"),
        ("direction", "Northwest", "north-west"),
        ("direction", "north or south", None),
        ("what_lies", "A new building was built there.", "building"),
        ("what_lies", "a road and a building", None),
        ("prior_count", "No new ones.", 0),
        ("prior_count", "3", 3),
        ("name", ' "Depot". ', "Depot"),
        ("name", '" "', None),
    ],
)
def test_map_questions_read_replies(kind, text, value):
    found = map_qa.parse(text, ParseContext(Question(kind, {}), CLASSES))
    assert isinstance(found, Unparsed) if value is None else found == {"value": value}


def test_text_is_right_where_it_holds_the_true_one():
    gold = {"kind": "name", "value": "Hill School"}
    said = {"It is called Hill school": True, "hill school": True, "Hill Schools": False, "Up Hill": False}
    assert {text: map_qa.matches(gold, {"value": text}) for text in said} == said


@given(st.text(max_size=40))
def test_no_text_breaks_a_parser(text):
    for task, kinds in ((rsvqa, rsvqa._ASK), (map_qa, map_qa._TYPES), (tag_caption, ["tag_caption"])):
        for kind in kinds:
            task.TASK.parse(text, ParseContext(Question(kind, {}), CLASSES))


@given(st.text(max_size=30))
def test_free_text_keeps_the_law(text):
    value = map_qa.clean(text)
    if value and not isinstance(map_qa.parse(value, ParseContext(Question("name"), CLASSES)), Unparsed):
        assert map_qa.parse(value, ParseContext(Question("name"), CLASSES)) == {"value": value}


def test_captions_from_tags():
    scene = MapScene(
        before=(
            thing("way/1", "warehouse", (10, 10, 50, 50), roof__shape="flat", name="Secret"),
            thing("way/2", "primary road", (0, 60, 300, 70), "line"),
            thing("way/3", "tree", (55, 10, 56, 11)),
            thing("way/4", "park", (200, 200, 300, 300)),
        ),
        width=300,
        height=300,
    )
    (draft,) = ask(tag_caption, scene, evaluation=True, captions=3)
    first, second, third = draft.gold["captions"]
    assert re.fullmatch(r"A satellite image of a park\.|An aerial view of a park\.", first)
    assert "a primary road" in second.lower() and "warehouse" in second
    assert "a flat-roofed warehouse" in third.lower() and "Secret" not in third and "tree" not in third
    assert draft.turns[0].content == "Write a caption of the image."
    assert len(ask(tag_caption, scene, captions=2)) == 2
    (two,) = ask(tag_caption, TWO, evaluation=True)
    assert two.turns[0].content == "Write a caption of the second image."


def test_places():
    assert [cell_of(at, 300, 300) for at in [(0, 0), (150, 150), (300, 300)]] == [
        "top-left",
        "center-center",
        "bottom-right",
    ]
    assert [side_of(at, (0, 0)) for at in [(-2, 1), (2, 1), (1, -2), (1, 2)]] == ["left", "right", "above", "below"]
    around = [(0, -9), (9, -9), (9, 0), (9, 9), (0, 9), (-9, 9), (-9, 0), (-9, -9)]
    assert [direction_of(at, (0, 0)) for at in around] == list(DIRECTIONS)
    assert box_distance((0, 0, 10, 10), (13, 14, 20, 20)) == 5
    assert box_distance((0, 0, 10, 10), (10, 3, 20, 20)) == 0


def test_registered():
    assert {"rsvqa", "map_qa", "tag_caption"} <= set(registry.names(registry.TASKS)) & set(
        registry.names("rsica.scorers")
    )
