"""Lists of classes: laws, golds by hand, replies in many styles, scores through the command line."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.schema import AskContext, ParseContext, Question, RenderContext, Unparsed
from rsica_data.tasks.multilabel import TASK, MultilabelSettings

LAND = ("road", "building", "water", "tree", "low_vegetation")


def drafts_of(cover, seed=0):
    context = AskContext("s/test/p", "test", LAND, None, (), None, seed % 2 == 0, seed, land_cover=cover)
    return TASK.ask(context, MultilabelSettings())


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9))
def test_laws(seed, pick):
    rng = Random(seed)
    cover = {name: rng.choice([0, 0.005, 0.1, 0.3]) for name in LAND}
    for draft in drafts_of(cover, seed):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, LAND)
        assert TASK.parse(draft.turns[1].content, context) == answer
        text = TASK.render(answer, RenderContext(turn.question, LAND, "default", pick))
        assert TASK.parse(text, context) == answer, text
        assert TASK.matches(draft.gold, answer)


def test_a_class_of_less_than_a_hundredth_is_not_asked_about():
    (draft,) = drafts_of({"road": 0.0, "building": 0.005, "water": 0.01, "tree": 0.4})
    assert draft.gold["args"] == {"among": ["road", "water", "tree"], "image": ""}
    assert draft.gold["value"] == ["water", "tree"]
    assert draft.turns[0].content == "Which of these can be seen in the image: roads, water areas or trees? Name all."
    assert drafts_of({"road": 0.005, "tree": 0.9}) == [] and drafts_of({}) == []


def parse(text):
    return TASK.parse(text, ParseContext(Question("multilabel", {"among": list(LAND), "image": ""}), LAND))


@pytest.mark.parametrize(
    "text",
    [
        "roads and trees", "Roads, trees.", "The image shows roads and trees.", "- roads\n- trees", '["road", "tree"]',
        '{"classes": ["road", "tree"]}', '{"road": true, "building": false, "tree": true, "water": false}',
        "There are roads and trees, but no water.", "**Roads**, **trees**", "<answer>road, tree</answer>",
        "Final answer: roads, trees", "<think>water?</think>road, tree", "I can see a road and some trees.",
        "Roads: yes\nBuildings: no\nWater: no\nTrees: yes", "1. road\n2. tree", "A, D", "A and D", "TREES, ROADS",
    ],
)  # fmt: skip
def test_a_list_is_read(text):
    assert parse(text) == {"value": ["road", "tree"]}


@pytest.mark.parametrize("text", ["None.", "none of them", "[]"])
def test_an_empty_list_is_read(text):
    assert parse(text) == {"value": []}


@pytest.mark.parametrize("text", ["", "lovely weather", "<think>road</think>"])
def test_what_is_no_list(text):
    assert isinstance(parse(text), Unparsed)


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_raise(text):
    assert isinstance(parse(text), (dict, Unparsed))


def test_pairs_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    recipe = write_recipe(options={"pairs": 60, "size": 64, "seed": 3}, tasks={"multilabel": {}}, splits=["test"])
    assert rsica_data("build", recipe, "--out", tmp_path / "d").status == 0
    assert rsica_data("validate", tmp_path / "d").status == 0
    words = ("run", "--data", tmp_path / "d", "--adapter", "oracle", "--out", tmp_path / "o", "--json")
    scores = rsica_bench(*words).json["tasks"]["multilabel"]["metrics"]
    assert {scores[name] for name in ("f1", "macro_f1", "subset_accuracy", "jaccard")} == {1.0}
    assert scores["hamming"] == scores["unparsed_share"] == 0
