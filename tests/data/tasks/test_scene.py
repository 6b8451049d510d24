"""Classes of images: laws, replies in many styles, and a set of folders through the command line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from rsica_data.schema import AskContext, ParseContext, Question, RenderContext, Unparsed
from rsica_data.schema.given import GivenQuestion
from rsica_data.tasks.common import TaskSettings
from rsica_data.tasks.scene import TASK

OPTIONS = ("airport", "baseball diamond", "dense residential", "residential", "sea ice")


@given(st.sampled_from(OPTIONS), st.integers(0, 10**6), st.booleans())
def test_laws(value, seed, evaluation):
    given_ = GivenQuestion("scene", (("What scene?", value),), OPTIONS)
    context = AskContext("s/test/p", "test", (), None, (), None, evaluation, seed, questions=(given_,))
    (draft,) = TASK.ask(context, TaskSettings())
    (turn,) = TASK.turns(draft.kind, draft.gold)
    (answer,) = TASK.accepted(draft.gold)
    text = TASK.render(answer, RenderContext(turn.question, ()))
    assert TASK.parse(text, ParseContext(turn.question, ())) == answer and TASK.matches(draft.gold, answer)
    assert all(option in draft.turns[0].content for option in OPTIONS)


def parse(text):
    return TASK.parse(text, ParseContext(Question("scene", {"options": list(OPTIONS)}), ()))


@pytest.mark.parametrize(
    "text",
    [
        "baseball diamond", "Baseball diamond.", "**Baseball diamond**", "It is a baseball diamond.",
        "baseball_diamond",
        '{"scene": "baseball diamond"}', "<think>airport?</think>baseball diamond", "<answer>baseball diamond</answer>",
        "Final answer: baseball diamond", "- baseball diamond", "BASEBALL DIAMOND",
        "The scene shows a baseball diamond.",
    ],
)  # fmt: skip
def test_a_scene_is_read(text):
    assert parse(text) == {"value": "baseball diamond"}


def test_a_name_that_holds_another():
    assert parse("dense residential") == {"value": "dense residential"}
    assert parse("residential area") == {"value": "residential"}


@pytest.mark.parametrize("text", ["", "lovely weather", "airport or sea ice", "<think>airport</think>"])
def test_what_is_no_scene(text):
    assert isinstance(parse(text), Unparsed)


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_raise(text):
    assert isinstance(parse(text), (dict, Unparsed))


def test_folders_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    for number, folder in enumerate(("airport", "sea_ice", "sea_ice")):
        path = tmp_path / "in" / folder / f"{folder}_{number:03}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16)).save(path)
    recipe = write_recipe(source="catalog", options={"page": "resisc45"}, tasks={"scene": {}})
    built = rsica_data("build", recipe, "--input", tmp_path / "in", "--out", tmp_path / "d", "--workers", 1)
    assert built.status == 0, built.err
    assert rsica_data("validate", tmp_path / "d").status == 0
    measured = {}
    for name in ("oracle", "majority"):
        words = ("run", "--data", tmp_path / "d", "--adapter", name, "--out", tmp_path / name, "--json")
        measured[name] = rsica_bench(*words).json["tasks"]["scene"]["metrics"]
    assert measured["oracle"]["accuracy"] == measured["oracle"]["balanced_accuracy"] == 1
    assert measured["majority"]["accuracy"] == pytest.approx(2 / 3)
    assert (measured["majority"]["balanced_accuracy"], measured["majority"]["recall/airport"]) == (0.5, 0.0)
