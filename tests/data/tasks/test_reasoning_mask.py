"""Implicit questions: laws, golds by hand, replies in many styles, a miniature of EarthReason by the command line."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.schema import AskContext, ParseContext, Question, RenderContext, Unparsed
from rsica_data.schema.given import GivenQuestion
from rsica_data.tasks.reasoning_mask import TASK, ReasoningMaskSettings
from rsica_data.text.mask_text import mask_text, read_mask_text

ASKED = "Where could a ship take on fuel?"


def drafts_of(labels, seed=0, answer="At the pier.", kind="reasoning", evaluation=True, **options):
    questions = (GivenQuestion(kind, ((ASKED, answer),)),)
    context = AskContext("s/test/p", "test", ("target",), None, (), None, evaluation, seed, questions=questions,
                         labels=labels)  # fmt: skip
    return TASK.ask(context, ReasoningMaskSettings(**options))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([4, 16, 32]), st.integers(0, 9), st.booleans())
def test_laws(seed, grid, pick, evaluation):
    rng = np.random.default_rng(seed)
    labels = np.zeros((int(rng.integers(1, 90)), int(rng.integers(1, 90))), np.uint8)
    for _ in range(int(rng.integers(0, 3))):
        y, x = int(rng.integers(labels.shape[0])), int(rng.integers(labels.shape[1]))
        labels[y : y + int(rng.integers(1, 40)), x : x + int(rng.integers(1, 40))] = 1
    (draft,) = drafts_of(labels, seed, evaluation=evaluation, grid=grid)
    (turn,) = TASK.turns(draft.kind, draft.gold)
    (answer,) = TASK.accepted(draft.gold)
    context = ParseContext(turn.question, ("target",))
    assert TASK.parse(draft.turns[1].content, context) == answer
    text = TASK.render(answer, RenderContext(turn.question, ("target",), "default", pick))
    assert TASK.parse(text, context) == answer, text
    assert TASK.matches(draft.gold, answer)
    assert read_mask_text(answer["mask"], grid).any() == labels.any()
    assert draft.turns[0].content.startswith(ASKED)


def test_golds_by_hand():
    labels = np.zeros((8, 8), np.uint8)
    labels[0:2, 4:8] = 1
    (draft,) = drafts_of(labels, grid=4)
    assert draft.gold["mask"] == "0*2, 1*2; 0*4; 0*4; 0*4" == draft.turns[1].content
    (draft,) = drafts_of(np.zeros((8, 8), np.uint8), grid=4)
    assert (draft.gold["mask"], draft.turns[1].content) == (
        "0*4; 0*4; 0*4; 0*4",
        "There is no target object in the image.",
    )


def test_what_is_asked():
    assert drafts_of(None) == []
    (draft,) = drafts_of(None, answer="")
    assert draft.turns[1].content == "There is no target object in the image."
    assert drafts_of(np.ones((9, 9), np.uint8), kind="scene") == []


def parse(text, grid=4):
    args = {"form": "mask", "grid": grid, "size": [90, 90]}
    return TASK.parse(text, ParseContext(Question("reasoning", args), ("target",)))


RUNS = "0*4; 0*2, 1*2; 0*4; 0*4"


@pytest.mark.parametrize(
    "text",
    [
        RUNS, f"**{RUNS}**", f"<answer>{RUNS}</answer>", f"<think>A pier, so 1*4?</think>\n{RUNS}",
        f"Final answer: {RUNS}", "```\n" + RUNS.replace("; ", "\n") + "\n```", f'{{"mask": "{RUNS}"}}',
        f"Ships take on fuel at the pier. The mask of the pier: {RUNS}", "[[0,0,0,0],[0,0,1,1],[0,0,0,0],[0,0,0,0]]",
        "others*4; others*2, pier*2; others*4; others*4", "Row 1: 0*4\nRow 2: 0*2, 1*2\nRow 3: 0*4\nRow 4: 0*4",
        "0 0 0 0; 0 0 1 1; 0 0 0 0; 0 0 0 0",
    ],
)  # fmt: skip
def test_a_mask_is_read(text):
    assert parse(text) == {"mask": RUNS}


@pytest.mark.parametrize(
    "text",
    [
        "There is no target object in the image.", "No target.", "None.", "**No target**", "no such object",
        "The image contains no target.", "<think>A port? No.</think>There is no target.", "[]",
        "Final answer: no target", "<answer>None</answer>", "I cannot find any such object in this image.",
        "The target is not present in the image.", "The image does not contain any building of this kind.",
        "I see nothing that fits the description.", "Empty mask.", "In the image there is nothing that fits.",
        '{"mask": "none"}', "0*4; 0*4; 0*4; 0*4", "N/A",
    ],
)  # fmt: skip
def test_no_target_is_read(text):
    assert parse(text) == {"mask": mask_text(np.zeros((4, 4), bool))}


@pytest.mark.parametrize(
    "text",
    ["", "At the pier.", "The image shows a port with two piers.", "I can see a pier.", "<think>No target.</think>",
     "1*4; 1*4", "Sure, it is <seg>.", "The target is the pier."],
)  # fmt: skip
def test_what_is_no_mask(text):
    assert isinstance(parse(text), Unparsed)


@given(st.text(max_size=80) | st.from_regex(r"[a-z0-9 \[\]{}:'\",.*;x-]{0,60}", fullmatch=True))
def test_no_text_makes_the_reader_raise(text):
    assert isinstance(parse(text), (dict, Unparsed))


def test_a_miniature_of_earthreason(rsica_data, rsica_bench, write_recipe, tmp_path):
    root = tmp_path / "in"
    assert rsica_data("synth", "--layout", "earthreason", "--out", root, "--pairs", 30).status == 0
    answers = [json.loads(path.read_text())["answer"] for path in sorted(root.glob("test/QAs/*.json"))]
    assert [] in answers and ["yes"] in answers
    recipe = write_recipe(
        source="catalog", options={"page": "earthreason"}, tasks={"given_qa": {}, "reasoning_mask": {}}
    )
    built = rsica_data("build", recipe, "--input", root, "--out", tmp_path / "d", "--workers", 1)
    assert built.status == 0, built.err
    assert rsica_data("validate", tmp_path / "d").status == 0
    measured = {}
    for name in ("oracle", "majority"):
        words = ("run", "--data", tmp_path / "d", "--adapter", name, "--out", tmp_path / name, "--json")
        result = rsica_bench(*words).json["tasks"]
        measured[name] = result["reasoning_mask"]["metrics"]
    assert result["reasoning_mask"]["items"] == 10 > result["given_qa"]["items"]
    assert {measured["oracle"][key] for key in ("giou", "ciou", "accuracy@0.5", "n_acc", "t_acc")} == {1}
    assert measured["majority"]["giou"] < 1
    for form in ("llava", "openai"):
        assert rsica_data("export", tmp_path / "d", "--format", form, "--to", tmp_path / form).status == 0
