"""Rows of tasks with one turn: prompt and wording are drawn by the row's seed, and each row's gold is its own."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rsica_data as rd
from rsica_data.core import registry
from rsica_data.schema import AskContext, Question, RenderContext
from rsica_data.tasks.template_files import template_file

CLASSES = ("road", "building")
MASKS = [[[0, 0], [0, 0]], [[1, 0, 0], [0, 0, 0], [0, 0, 1]], [[0, 2, 0], [0, 0, 0], [2, 1, 1]]]


def rows(task, mask, style, seed, evaluation):
    spec, view = registry.load(registry.TASKS, task), rd.facts(mask, classes=CLASSES)
    context = AskContext("s/p", "train", CLASSES, view, (), view.changed, evaluation, seed)
    return spec, spec.ask(context, spec.settings(style=style))


@pytest.mark.parametrize("task", ["classification", "counting", "localization"])
@settings(deadline=None)
@given(
    mask=st.sampled_from(MASKS),
    style=st.sampled_from(["default", "changechat"]),
    seed=st.integers(0, 2**64 - 1),
    evaluation=st.booleans(),
)
def test_words_are_those_that_the_seed_draws(task, mask, style, seed, evaluation):
    spec, (draft,) = rows(task, mask, style, seed, evaluation)
    rng, prompts = Random(seed), len(template_file(task)["paraphrases"])
    number, pick = (prompts, 0) if evaluation else (rng.randrange(prompts + 1), rng.randrange(1 << 16))
    assert draft.template == f"{task}/{'default' if number == prompts else number}"
    said = draft.turns[1].content
    assert said == spec.render(draft.gold, RenderContext(Question(task), CLASSES, style, pick))
    assert draft.references == (said,)


@pytest.mark.parametrize("task", ["classification", "counting", "localization", "dialogue"])
def test_a_gold_that_is_changed_leaves_those_of_other_rows(task):
    first, second = (rows(task, MASKS[1], "default", 7, True)[1][0] for _ in range(2))
    kept = repr(second)
    for value in first.gold.values():
        if isinstance(value, list):
            value.clear()
    first.gold.clear()
    assert repr(second) == kept == repr(rows(task, MASKS[1], "default", 7, True)[1][0])


def test_a_count_of_another_kind_of_number_is_said_as_it_stands():
    spec, (draft,) = rows("counting", MASKS[1], "changechat", 0, True)
    assert draft.turns[1].content == "2 roads has changed, and no buildings has changed."  # as published
    context = RenderContext(Question("counting"), CLASSES, "changechat")
    assert spec.render({"road": 2.0, "building": 0}, context).startswith("2.0 roads")
