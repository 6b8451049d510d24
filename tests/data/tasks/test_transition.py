"""Questions about transitions: laws, golds by hand, replies in many styles, scores."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.change_facts import compute_facts
from rsica_data.schema import (
    AskContext,
    ClassDef,
    FactRules,
    ParseContext,
    Question,
    RenderContext,
    Unparsed,
    view_facts,
)
from rsica_data.tasks.transition import KINDS, TASK, TransitionSettings, matrix_of, matrix_overlap

LAND = ("road", "building", "water", "tree", "low_vegetation")


def view_of(before, after):
    classes = [ClassDef(number, name) for number, name in enumerate(LAND, 1)]
    facts = compute_facts(
        change_mask=None, before_labels=np.uint8(before), after_labels=np.uint8(after), classes=classes,
        report=["road", "building"],
    )  # fmt: skip
    return view_facts(facts, FactRules())


def random_view(seed):
    rng = np.random.default_rng(seed)
    maps = rng.integers(0, int(rng.integers(2, 6)) + 1, (2, 12, 12))
    return view_of(maps[0], np.where(rng.random((12, 12)) < rng.random(), maps[0], maps[1]))


# Of 100 pixels 6 trees became buildings, 3 water became road, 1 road became water; 4 trees stayed.
HAND = view_of(
    np.array([[4] * 10, [3] * 3 + [1] + [0] * 6] + [[2] * 10] * 8),
    np.array([[2] * 6 + [4] * 4, [1] * 3 + [3] + [0] * 6] + [[2] * 10] * 8),
)


def drafts_of(view, seed, **options):
    context = AskContext("s/test/p", "test", view.classes, view, (), view.changed, seed % 2 == 0, seed)
    return TASK.ask(context, TransitionSettings(**options))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9))
def test_laws(seed, pick):
    view = random_view(seed)
    for draft in drafts_of(view, seed, per_pair=6):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, view.classes)
        read = TASK.parse(draft.turns[1].content, context)
        assert read == answer, (draft.turns[1].content, read, answer)
        text = TASK.render(answer, RenderContext(turn.question, view.classes, "default", pick))
        assert TASK.parse(text, context) == answer, (text, TASK.parse(text, context))
        assert TASK.matches(draft.gold, answer) and TASK.answer(view, turn.question, 0) == answer


def test_golds_by_hand():
    rows = [("tree", "building", 60.0), ("water", "road", 30.0), ("road", "water", 10.0)]
    assert matrix_of(HAND) == rows

    def value(kind, **args):
        measured = TASK.answer(HAND, Question(kind, args), 0)
        return measured and measured["value"]

    among = list(HAND.land)
    assert value("matrix", among=among) == [list(row) for row in rows]
    assert value("largest", among=among) == ["tree", "building"]
    assert value("became", cls="tree", among=among) == "building"
    assert value("was_before", cls="road", among=among) == "water"
    assert value("share", a="water", b="road") == 30.0
    assert value("share_of_class", a="tree", b="building") == 60.0
    assert value("share_of_class", a="water", b="road") == 100.0
    assert value("share", a="road", b="tree") == 0.0
    same = view_of(np.ones((2, 2)), np.ones((2, 2)))
    assert drafts_of(same, 0) == ()
    assert TASK.answer(same, Question("matrix", {"among": among}), 0) == {"value": []}


def test_every_kind_is_asked():
    asked = {draft.kind for seed in range(30) for draft in drafts_of(HAND, seed, per_pair=6)}
    assert asked == set(KINDS)
    assert drafts_of(HAND, 4) == drafts_of(HAND, 4)


def parse(kind, text, **args):
    return TASK.parse(text, ParseContext(Question(kind, {"among": list(LAND)} | args), ("road", "building")))


MATRIX = [
    "trees to buildings: 60%; water to roads: 40%",
    "- Trees → buildings: 60 %\n- Water → roads: 40 %",
    "**Trees to buildings**: 60%\n**Water to roads**: 40%",
    '{"tree": {"building": 60}, "water": {"road": 40}}',
    '[{"from": "tree", "to": "building", "percent": 60}, {"from": "water", "to": "road", "percent": 40}]',
    '{"steps": [{"from": "trees", "to": "buildings", "share": "60%"}, {"from": "water", "to": "road", "share": 40}]}',
    "| from/to | road | building |\n| --- | --- | --- |\n| tree | 0 | 60 |\n| water | 40% | - |",
    '[["tree", "building", 60.0], ["water", "road", 40.0]]',
    "| from | to | percent |\n| --- | --- | --- |\n| tree | building | 60 |\n| water | road | 40 |",
    "60 % of the change went from trees to buildings, and 40 % from water to roads.",
    "Trees became buildings (60 %). Water became road (40 %).",
    "Buildings replaced trees (60%); roads replaced water (40%).",
    "<think>trees to roads: 90%?</think><answer>trees to buildings: 60%; water to roads: 40%</answer>",
    "Final answer: trees to buildings: 60%; water to roads: 40%",
    "1. tree -> building: 60%\n2. water -> road: 40%",
    "TREES TO BUILDINGS: 60%, WATER TO ROADS: 40%",
    "trees were converted to buildings on 60%, water was turned into roads on 40%",
]


@pytest.mark.parametrize("text", MATRIX)
def test_a_matrix_is_read(text):
    assert parse("matrix", text) == {"value": [["tree", "building", 60.0], ["water", "road", 40.0]]}


@pytest.mark.parametrize(
    "text",
    [
        "Trees were cleared for buildings.", "Trees were replaced with buildings.", "Trees were covered by buildings.",
        "Trees were felled and buildings were built.", "Trees have been displaced by buildings.",
        "Trees were swapped for buildings.", "Buildings superseded trees.", "Trees were superseded by buildings.",
        "Buildings appeared where trees were.", "Buildings in place of trees.", "Buildings instead of trees.",
        "Buildings took the place of trees.", "Buildings grew at the expense of trees.", "Buildings on former trees.",
        "Buildings were converted from trees.", "Buildings were substituted for trees.", "Buildings were once trees.",
        "The buildings were formerly covered by trees.", "Trees were removed and replaced with buildings.",
        "After: buildings, before: trees", "Buildings now, trees before",
    ],
)  # fmt: skip
def test_the_words_between_say_which_class_was_first(text):
    assert parse("largest", text) == {"value": ["tree", "building"]}


@pytest.mark.parametrize(
    "text",
    [
        "70% of the changed ground went from trees to water and 30% from buildings to water.",
        "Of the changed ground, 70% went from trees to water; 30% from buildings to water.",
        "70% of the ground changed from trees to water, 30% of the ground from buildings to water.",
    ],
)
def test_the_ground_that_changed_is_not_the_class_ground(text):
    classes = ("water", "ground", "tree", "building")
    given = TASK.parse(text, ParseContext(Question("matrix", {"among": list(classes)}), classes))
    assert given == {"value": [["tree", "water", 70.0], ["building", "water", 30.0]]}


@pytest.mark.parametrize("text", ["Nothing became something else.", "There is no change.", "Nothing has changed."])
def test_an_empty_matrix_is_read(text):
    assert parse("matrix", text) == {"value": []}


@pytest.mark.parametrize("text", ["", "lovely weather", "trees to roads; water to roads", "<think>a</think>"])
def test_what_is_no_matrix(text):
    assert isinstance(parse("matrix", text), Unparsed)


@pytest.mark.parametrize(
    "text",
    [
        "From trees to buildings.", "trees → buildings", "Trees became buildings.", "**Trees to buildings**",
        '{"from": "tree", "to": "building"}', "Trees were replaced by buildings.", "Buildings replaced trees.",
        "<answer>from trees to buildings</answer>", "Final answer: trees to buildings", "trees to buildings",
        "The largest transition is from trees to buildings, with 60 % of the change.",
        "trees to buildings: 60%, water to roads: 40%",
    ],
)  # fmt: skip
def test_the_largest_transition_is_read(text):
    assert parse("largest", text) == {"value": ["tree", "building"]}


@pytest.mark.parametrize(
    "text",
    [
        "12.5%", "12.5 %", "About 12.5 percent.", "12.5", "**12.5%**", '{"percent": 12.5}', "Final answer: 12.5%",
        "<think>20 %?</think>12.5%", "The share is 12.5%.", "- 12.5%", "<answer>12.5</answer>",
        "12.5% of the changed ground went from trees to buildings.",
    ],
)  # fmt: skip
def test_a_share_is_read(text):
    assert parse("share", text, a="tree", b="building") == {"value": 12.5}


def test_overlap_by_hand():
    assert matrix_overlap([["a", "b", 60], ["c", "b", 40]], [["a", "b", 50], ["c", "b", 50]]) == pytest.approx(0.9)
    assert matrix_overlap([["a", "b", 100]], [["b", "a", 100]]) == 0
    assert matrix_overlap([["a", "b", 100]], [["a", "b", 300]]) == 1
    assert matrix_overlap([], []) == 1
    assert matrix_overlap([["a", "b", 100]], []) == 0
    assert TASK.matches(
        {"kind": "matrix", "value": [["a", "b", 60], ["c", "b", 40]]}, {"value": [["a", "b", 65], ["c", "b", 35]]}
    )


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_raise(text):
    for kind in KINDS:
        assert isinstance(parse(kind, text, cls="tree", a="tree", b="road"), (dict, Unparsed))


def test_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    recipe = write_recipe(options={"pairs": 60, "size": 64, "seed": 3}, tasks={"transition": {}}, splits=["test"])
    assert rsica_data("build", recipe, "--out", tmp_path / "d").status == 0
    assert rsica_data("validate", tmp_path / "d").status == 0
    words = ("run", "--data", tmp_path / "d", "--adapter", "oracle", "--out", tmp_path / "o", "--json")
    scores = rsica_bench(*words).json["tasks"]["transition"]["metrics"]
    assert {scores[name] for name in ("accuracy", "average_accuracy", "step_f1", "matrix_overlap")} == {1.0}
    rows = [json.loads(line) for line in (tmp_path / "o" / "predictions.jsonl").read_text().splitlines()]
    assert rows and all(row["answer"] is not None for row in rows)
