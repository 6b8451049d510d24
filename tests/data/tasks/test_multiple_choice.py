"""Questions with options: laws, distractors that are wrong, order by seed, replies, scores through the command line."""

import json
from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.change_facts import compute_facts
from rsica_data.schema import AskContext, ClassDef, FactRules, ParseContext, RenderContext, Unparsed, view_facts
from rsica_data.tasks.multiple_choice import TASK, MultipleChoiceSettings
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.open_qa.values import same_value

CLASSES = ("road", "building", "water", "tree")


def view_of(seed):
    rng = np.random.default_rng(seed)
    maps = rng.integers(0, 5, (2, 6, 6)).repeat(10, axis=1).repeat(10, axis=2).astype(np.uint8)
    maps[1] = np.where(rng.random((60, 60)) < 0.8, maps[0], maps[1])
    classes = [ClassDef(number, name) for number, name in enumerate(CLASSES, 1)]
    facts = compute_facts(change_mask=None, before_labels=maps[0], after_labels=maps[1], classes=classes, gsd_m=0.5)
    return view_facts(facts, FactRules())


def drafts_of(seed, view_seed=None, **options):
    view = view_of(seed if view_seed is None else view_seed)
    context = AskContext("s/test/p", "test", CLASSES, view, (), view.changed, seed % 2 == 0, seed)
    return view, TASK.ask(context, MultipleChoiceSettings(**options))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(0, 9))
def test_laws(seed, most, pick):
    view, drafts = drafts_of(seed, per_pair=12, options=most)
    for draft in drafts:
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        assert TASK.parse(draft.turns[1].content, ParseContext(turn.question, CLASSES)) == answer
        text = TASK.render(answer, RenderContext(turn.question, CLASSES, "default", pick))
        assert TASK.parse(text, ParseContext(turn.question, CLASSES)) == answer, text
        assert TASK.matches(draft.gold, answer) and TASK.answer(view, turn.question, 0) == answer


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_no_two_options_can_be_right(seed):
    for draft in drafts_of(seed, per_pair=20)[1]:
        args, kind = draft.gold["args"], KINDS[draft.kind]
        assert 2 <= len(args["options"]) == len(args["values"]) and len(set(args["options"])) == len(args["options"])
        if not args["several"]:
            assert len(draft.gold["letters"]) == 1
            assert not any(same_value(kind.type, a, b) for a, b in combinations(args["values"], 2)), args


def test_order_follows_the_seed_and_prefers_no_letter():
    assert drafts_of(3)[1] == drafts_of(3)[1]
    counts = [draft for seed in range(0, 20, 2) for draft in drafts_of(seed, 1, kinds=["class_count"])[1]]
    assert len({tuple(draft.gold["args"]["options"]) for draft in counts}) > 3
    four = [draft for seed in range(120) for draft in drafts_of(seed)[1] if len(draft.gold["args"]["options"]) == 4]
    letters = Counter(draft.gold["letters"][0] for draft in four)
    assert set(letters) == set("ABCD") and max(letters.values()) < 0.4 * letters.total()


def test_options_are_listed_in_the_question():
    for draft in drafts_of(8, per_pair=9)[1]:
        asked = draft.turns[0].content
        for letter, text in zip("ABCDEF", draft.gold["args"]["options"], strict=False):
            assert f"({letter}) {text}\n" in asked


def test_replies_in_many_styles():
    (draft,) = drafts_of(8, kinds=["class_count"])[1]
    (turn,) = TASK.turns(draft.kind, draft.gold)
    (letter,) = draft.gold["letters"]
    text = draft.gold["args"]["options"]["ABCD".index(letter)]
    other = next(one for one in "ABCD" if one != letter)
    for reply in (
        letter, letter.lower(), f"({letter})", f"{letter}.", f"Option {letter}", f"**{letter}**", f"{letter}. {text}",
        text, f'{{"answer": "{letter}"}}', f"<answer>{letter}</answer>", f"<think>{other}?</think>{letter}",
        f"Final answer: {letter}", f"The answer is {letter}.", f"\\boxed{{{letter}}}", f"- {letter}) {text}",
        f"Not {other}. The correct option is ({letter}).",
    ):  # fmt: skip
        read = TASK.parse(reply, ParseContext(turn.question, CLASSES))
        assert read == {"letters": [letter]}, (reply, read)
    for reply in ("", "I cannot tell.", f"{letter} or {other}", "<think>A</think>", "lovely weather"):
        assert isinstance(TASK.parse(reply, ParseContext(turn.question, CLASSES)), Unparsed), reply


def test_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    recipe = write_recipe(
        options={"pairs": 90, "size": 64, "seed": 3}, tasks={"multiple_choice": {}}, splits=["test"],
        facts={"classes": ["road", "building"]},
    )  # fmt: skip
    assert rsica_data("build", recipe, "--out", tmp_path / "d").status == 0
    assert rsica_data("validate", tmp_path / "d").status == 0
    scores = {}
    for name in ("oracle", "no-change"):
        words = ("run", "--data", tmp_path / "d", "--adapter", name, "--out", tmp_path / name, "--json")
        scores[name] = rsica_bench(*words).json["tasks"]["multiple_choice"]["metrics"]
    assert scores["oracle"]["accuracy"] == scores["oracle"]["average_accuracy"] == 1
    assert scores["no-change"]["accuracy"] < 0.6
    rows = [json.loads(line) for line in (tmp_path / "oracle" / "predictions.jsonl").read_text().splitlines()]
    assert all(row["answer"]["letters"] for row in rows)


def test_pairs_without_a_mask_are_passed_over():
    assert list(TASK.ask(AskContext("p", "train", CLASSES, None, (), None, False, 0), MultipleChoiceSettings())) == []


@pytest.mark.parametrize("kind", ["changed_classes"])
def test_several_letters_may_be_right(kind):
    measured = [draft for seed in range(30) for draft in drafts_of(seed, kinds=[kind])[1]]
    assert any(len(draft.gold["letters"]) > 1 for draft in measured)
    assert all("More than one" in d.turns[0].content or "every option" in d.turns[0].content for d in measured)
