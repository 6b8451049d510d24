"""Described changes: laws, golds by hand, scores through the command line."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.change_facts import compute_facts
from rsica_data.schema import AskContext, ClassDef, FactRules, ParseContext, Question, RenderContext, view_facts
from rsica_data.tasks.referring_change import KINDS, TASK, ReferringChangeSettings, objects_of
from rsica_data.text.mask_text import read_mask_text

CLASSES = ("road", "building")


def facts(before, after, mask=None):
    classes = [ClassDef(number, name) for number, name in enumerate(CLASSES, 1)]
    measured = compute_facts(change_mask=mask, before_labels=before, after_labels=after, classes=classes)
    return view_facts(measured, FactRules())


def random_view(seed):
    rng = np.random.default_rng(seed)
    maps = np.zeros((2, 60, 60), np.uint8)
    for _ in range(int(rng.integers(2, 9))):
        x, y, w, h = (*map(int, rng.integers(0, 54, 2)), *map(int, rng.integers(1, 16, 2)))
        maps[int(rng.integers(2)), y : y + h, x : x + w] = int(rng.integers(1, 3))
    return facts(maps[0], maps[1], np.where(maps[0] != maps[1], np.maximum(*maps), 0).astype(np.uint8))


def drafts_of(view, seed, **options):
    context = AskContext("s/test/p", "test", CLASSES, view, (), view.changed, seed % 2 == 0, seed)
    return TASK.ask(context, ReferringChangeSettings(**options))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9))
def test_laws(seed, pick):
    view = random_view(seed)
    for draft in drafts_of(view, seed, per_pair=8, forms=["mask", "box", "oriented"]):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, CLASSES)
        assert TASK.parse(draft.turns[1].content, context) == answer
        text = TASK.render(answer, RenderContext(turn.question, CLASSES, "default", pick))
        assert TASK.parse(text, context) == answer, text
        assert TASK.matches(draft.gold, answer) and TASK.answer(view, turn.question, 0) == answer


def test_golds_by_hand():
    before, after = np.zeros((2, 100, 100), np.uint8)
    after[0:30, 0:30] = 2  # large, new, at the border
    after[50:54, 50:54] = 2  # small, new
    before[80:90, 80:90] = 2  # gone
    view = facts(before, after, np.maximum(before, after))

    def boxes(kind, **args):
        asked = {"cls": "building", "form": "box", "unit": "percent", "size": [100, 100]} | args
        return TASK.answer(view, Question(kind, asked), 0)["boxes"]

    assert boxes("new") == [[0, 0, 30, 30], [50, 50, 54, 54]]
    assert boxes("gone") == [[80, 80, 90, 90]]
    assert boxes("of_size", word="large") == boxes("at_border") == [[0, 0, 30, 30]]
    assert boxes("in_cell", cell="center-center") == [[50, 50, 54, 54]]
    assert boxes("in_cell", cell="top-right") == [] == boxes("new", cls="road")
    args = {"cls": "building", "form": "mask", "grid": 10, "size": [100, 100]}
    cells = read_mask_text(TASK.answer(view, Question("gone", args), 0)["mask"], 10)
    assert np.argwhere(cells).tolist() == [[8, 8]]


def test_a_description_fits_some_objects_and_not_all():
    kinds = set()
    for seed in range(40):
        view = random_view(seed)
        for draft in drafts_of(view, seed, per_pair=9):
            kinds.add(draft.kind)
            args = draft.gold["args"]
            assert 0 < len(objects_of(view, draft.kind, args)) < len(view.objects[args["cls"]])
    assert kinds == set(KINDS)
    assert drafts_of(random_view(3), 3) == drafts_of(random_view(3), 3)


def test_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    options, tasks = {"pairs": 126, "size": 128, "seed": 11}, {"referring_change": {"grid": 16}}
    recipe = write_recipe(options=options, tasks=tasks, splits=["test"])
    assert rsica_data("build", recipe, "--out", tmp_path / "d").status == 0
    assert rsica_data("validate", tmp_path / "d").status == 0
    measured = {}
    for name in ("oracle", "no-change"):
        words = ("run", "--data", tmp_path / "d", "--adapter", name, "--out", tmp_path / name, "--json")
        measured[name] = rsica_bench(*words).json["tasks"]["referring_change"]["metrics"]
    assert (measured["oracle"]["giou"], measured["oracle"]["ciou/mask"]) == pytest.approx((1, 1))
    assert measured["no-change"]["giou"] == 0
