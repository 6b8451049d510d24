"""CDVQA's types of question: rules by hand and by an independent computation, the official answers, replies."""

import gzip
import json
import re
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics.vqa_files import score_files
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
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.tasks.cdvqa import TASK, CdvqaSettings
from rsica_data.tasks.cdvqa_rules import RATIOS, TYPES, ChangedGround, ratio_of_percent

SECOND = tuple(load_page("second").classes)
ORDER = ("ground", "tree", "low vegetation", "water", "building", "playground")


def maps_of(seed):
    """Label maps as of SECOND: classes on ground that changed, 0 elsewhere."""
    rng = np.random.default_rng(seed)
    changed = rng.random((20, 20)) < rng.random() * 0.7
    few = int(rng.integers(1, 7))
    return [np.where(changed, rng.integers(1, few + 1, (20, 20)), 0).astype(np.uint8) for _ in range(2)]


def drafts_of(maps, seed=0, **options):
    classes = [ClassDef(number, name) for number, name in enumerate(SECOND, 1)]
    facts = compute_facts(
        change_mask=None, before_labels=maps[0], after_labels=maps[1], classes=classes, labels_whole=False
    )
    table = Counter(zip(maps[0].ravel().tolist(), maps[1].ravel().tolist(), strict=True))
    names = ("none", *SECOND)
    steps = {(names[a], names[b]): count for (a, b), count in table.items() if a or b}
    view = view_facts(facts, FactRules())
    context = AskContext("s/test/p", "test", SECOND, view, (), view.changed, seed % 2 == 0, seed, steps=steps)
    return TASK.ask(context, CdvqaSettings(**options))


def by_pixels(maps, question):
    """The answer from the maps themselves, another way: masks and sorting, not a table of steps."""
    before, after = maps
    kind, args = question.kind, question.args
    ids = {name: number for number, name in enumerate(SECOND, 1)}
    words = {"ground": "NVG_surface", "low vegetation": "low_vegetation", "tree": "trees", "building": "buildings",
             "playground": "playgrounds", "water": "water"}  # fmt: skip

    def area(name, side):
        return sum(
            int((labels == ids[name]).sum()) for labels in {"first": [before], "second": [after], "": maps}[side]
        )

    def step(part):
        return next(r for r in RATIOS if part * 10 <= before.size * (0 if r == "0" else int(r.split("_")[-1]) / 10))

    if kind == "change_or_not":
        return "yes" if area(args["cls"], args["side"]) else "no"
    if kind in ("increase_or_not", "decrease_or_not"):
        more, less = ("second", "first") if kind.startswith("inc") else ("first", "second")
        return "yes" if area(args["cls"], more) > area(args["cls"], less) else "no"
    if kind == "change_ratio":
        changed = int(((before > 0) | (after > 0)).sum())
        return step(changed if args["of"] == "changed" else before.size - changed)
    if kind == "change_ratio_types":
        return step(area(args["cls"], args["side"]))
    if kind == "change_to_what":
        there = after[before == ids[args["cls"]]]
        return words[sorted(ORDER, key=lambda name: (-int((there == ids[name]).sum()), ORDER.index(name)))[0]]
    areas = [(area(name, args["side"]), place) for place, name in enumerate(ORDER)]
    if kind == "smallest_change":
        return words[ORDER[min(entry for entry in areas if entry[0])[1]]]
    return words[ORDER[min((-size, place) for size, place in areas)[1]]]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_answers_equal_an_independent_computation_and_keep_the_laws(seed):
    maps = maps_of(seed)
    for draft in drafts_of(maps, seed, per_type=20):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        assert draft.gold["value"] == by_pixels(maps, turn.question), turn
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, SECOND)
        text = TASK.render(answer, RenderContext(turn.question, SECOND))
        assert TASK.parse(text, context) == answer and TASK.matches(draft.gold, answer)


def test_every_type_is_asked_in_the_words_of_the_files():
    drafts = drafts_of(maps_of(3), per_type=1)
    assert [draft.kind for draft in drafts] == list(TYPES)
    assert drafts_of(maps_of(3)) == drafts_of(maps_of(3))
    asked = {draft.turns[0].content for seed in range(40) for draft in drafts_of(maps_of(seed), seed, per_type=9)}
    assert {"Did the areas of non-vegetated ground surface change?", "How much of the area has not changed?",
            "What have the areas of trees in the first image mainly changed to?"} <= asked  # fmt: skip
    still = drafts_of(np.zeros((2, 8, 8), np.uint8), per_type=9)
    assert {draft.kind for draft in still} == set(TYPES) - {"largest_change", "smallest_change", "change_to_what"}


def test_a_class_may_mainly_change_to_itself():
    ground = ChangedGround({("tree", "tree"): 5, ("tree", "water"): 3}, ("tree", "water"), 100)
    drafts = drafts_of(np.array([[[4, 4, 4]], [[4, 4, 1]]], np.uint8), types=["change_to_what"])
    assert drafts[0].gold["value"] == "trees" and ground.area("tree") == 13


# The official validation files


@pytest.fixture(scope="module")
def official(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cdvqa")
    for key in ("questions", "answers", "images"):
        packed = (real_data / "cdvqa" / f"Val_{key}.json.gz").read_bytes()
        (folder / f"{key}.json").write_bytes(gzip.decompress(packed))
    return folder


def told_of(official):
    """By image: {(type, class, side or "unchanged"): answer}."""
    read = {key: json.loads((official / f"{key}.json").read_text())[key] for key in ("questions", "answers", "images")}
    answers = {row["question_id"]: row["answer"] for row in read["answers"]}
    files = {row["id"]: row["file_name"] for row in read["images"]}
    told = defaultdict(dict)
    names = {"non-vegetated": "NVG_surface", "low vegetation": "low_vegetation"}
    for row in read["questions"]:
        text = row["question"]
        name = re.search(r"non-vegetated|low vegetation|trees|water|buildings|playgrounds", text)
        side = "first" if re.search("first|pre-", text) else "second" if re.search("second|post-", text) else ""
        side = "unchanged" if re.search("non-change|unchanged|not changed", text) else side
        told[files[row["img_id"]]][row["type"], name and names.get(name[0], name[0]), side] = answers[row["id"]]
    return told


def low(step):
    return 0 if step == "0" else int(step.split("_")[0])


def high(step):
    return 0 if step == "0" else int(step.split("_")[-1])


def test_the_official_answers_scored_by_themselves_are_perfect(official):
    paths = [official / f"{key}.json" for key in ("questions", "answers", "answers", "images")]
    scores = score_files(*paths).table.scores().values
    assert scores["accuracy"] == scores["average_accuracy"] == 1
    assert {name for name in scores if "/" in name} == {f"accuracy/{kind}" for kind in TYPES}


def test_every_official_answer_is_read_as_itself(official):
    for rows in told_of(official).values():
        for (kind, _, _), answer in rows.items():
            question = Question(kind, {"classes": list(ORDER)})
            assert TASK.parse(answer, ParseContext(question, SECOND)) == {"value": answer}


def test_majority_by_type_equals_a_hand_count(official, tmp_path):
    """The most frequent answers and their numbers, counted by hand from the files."""
    majority = {
        "change_or_not": ("yes", 3160, 5751), "increase_or_not": ("no", 1296, 1920),
        "decrease_or_not": ("no", 1340, 1922),
        "smallest_change": ("buildings", 281, 1200), "largest_change": ("NVG_surface", 503, 1200),
        "change_to_what": ("buildings", 494, 1239), "change_ratio": ("10_to_20", 133, 800),
        "change_ratio_types": ("0", 1177, 2409),
    }  # fmt: skip
    questions = json.loads((official / "questions.json").read_text())["questions"]
    predicted = {row["id"]: majority[row["type"]][0] for row in questions}
    (tmp_path / "p.json").write_text(json.dumps(predicted))
    scores = (
        score_files(official / "questions.json", official / "answers.json", tmp_path / "p.json").table.scores().values
    )
    for kind, (_, right, asked) in majority.items():
        assert scores[f"accuracy/{kind}"] == pytest.approx(right / asked), kind
    assert scores["accuracy"] == pytest.approx(sum(right for _, right, _ in majority.values()) / 16_441)


def test_the_rules_hold_between_all_official_answers(official):
    """What the rules demand of the answers about one image, over all 400; in one of them nothing changed."""
    told = told_of(official)
    assert len(told) == 400 and sum(map(len, told.values())) == 16_441
    checked, differing = Counter(), set()
    for name, rows in told.items():
        _check_classes(rows, checked)
        differing |= {(name, *measured) for measured in _check_image(rows, checked)}
    assert checked["nothing changed"] == 1
    assert min(checked.values()) >= 1 and checked.total() > 6000, checked
    # The rules' docstring says what may be behind these.
    assert differing == {(f"{name}.png", "first", "trees") for name in ("00728", "03647", "06747")}


def _check_classes(rows, checked):
    names = {name for kind, name, _ in rows if kind == "change_or_not"} | {"NVG_surface"}

    def of(kind, name=None, side=""):
        return rows.get((kind, name, side))

    for name in names:
        sides = [of("change_or_not", name, side) for side in ("first", "second", "")]
        if None not in sides:
            assert sides[2] == ("yes" if "yes" in sides[:2] else "no")
            checked["a class changed where one of its maps has it"] += 1
        for place, side in enumerate(("first", "second")):
            share = of("change_ratio_types", name, side)
            if None not in (share, sides[place]):
                assert (share != "0") == (sides[place] == "yes")
                checked["a class has a share where it changed"] += 1
        more, less = of("increase_or_not", name), of("decrease_or_not", name)
        if None not in (more, less):
            assert (more, less) != ("yes", "yes")
            checked["no class increased and decreased"] += 1
        shares = [of("change_ratio_types", name, side) for side in ("first", "second")]
        if None not in shares:
            checked["shares agree with increase"] += more is not None
            assert not (more == "yes" and low(shares[1]) < low(shares[0]))
            assert not (less == "yes" and low(shares[1]) > low(shares[0]))
        if of("change_to_what", name, "first"):
            assert sides[0] != "no"
            assert of("change_or_not", of("change_to_what", name, "first"), "second") != "no"
            checked["what a class became is in the second map"] += 1


NAMES = {"NVG_surface", "buildings", "low_vegetation", "playgrounds", "trees", "water"}


def _check_image(rows, checked):
    """Checks what is told of all classes together; yields smallest changes that did not change."""

    def of(kind, name=None, side=""):
        return rows.get((kind, name, side))

    changed, unchanged = of("change_ratio"), of("change_ratio", None, "unchanged")
    if changed == "0":
        # All areas are equal, so that the first class is both the largest and the smallest.
        assert unchanged == "90_to_100"
        assert {rows[key] for key in rows if key[0] in ("largest_change", "smallest_change")} == {"NVG_surface"}
        checked["nothing changed"] += 1
        return
    assert low(changed) + low(unchanged) == 90
    checked["changed and unchanged add up"] += 1
    for side in ("first", "second"):
        shares = {name: share for (kind, name, of_side), share in rows.items()
                  if (kind, of_side) == ("change_ratio_types", side)}  # fmt: skip
        largest, smallest = of("largest_change", None, side), of("smallest_change", None, side)
        assert sum(map(low, shares.values())) <= high(changed)
        absent = {name: "0" for name in NAMES if "no" in (of("change_or_not", name, side), of("change_or_not", name))}
        if (shares | absent).keys() >= NAMES:
            # Ground that changed has a class in both maps.
            assert sum(high(share) for share in (absent | shares).values()) >= low(changed)
            checked["the classes make up what changed"] += 1
        assert of("change_or_not", largest, side) != "no" and shares.get(largest) != "0"
        if of("change_or_not", smallest, side) == "no" or shares.get(smallest) == "0":
            yield side, smallest
            continue
        for share in shares.values():
            assert low(shares.get(largest, "90_to_100")) >= low(share)
            assert share == "0" or low(shares.get(smallest, "0")) <= low(share)
            checked["largest and smallest by share of the image"] += 1


# Replies


def parse(kind, text):
    return TASK.parse(text, ParseContext(Question(kind, {"classes": list(ORDER), "cls": "tree", "side": ""}), SECOND))


@pytest.mark.parametrize(
    "text",
    ["yes", "Yes.", "Yes, they did.", "**Yes**", '{"answer": "yes"}', "<think>no?</think>yes", "Final answer: yes",
     "YES", "- yes", "The answer is yes."],
)  # fmt: skip
def test_yes_is_read(text):
    assert parse("change_or_not", text) == {"value": "yes"}


@pytest.mark.parametrize(
    "text",
    ["low_vegetation", "Low vegetation.", "low vegetation", "**Low vegetation**", '{"answer": "low_vegetation"}',
     "<answer>low_vegetation</answer>", "<think>trees?</think>low_vegetation", "Final answer: low vegetation",
     "The largest change is that of low vegetation.", "- low_vegetation"],
)  # fmt: skip
def test_a_class_is_read(text):
    assert parse("largest_change", text) == {"value": "low_vegetation"}


@pytest.mark.parametrize(
    ("text", "name"),
    [("Buildings", "buildings"), ("a building", "buildings"), ("NVG surface", "NVG_surface"), ("tree", "trees"),
     ("bare ground", "NVG_surface")],
)  # fmt: skip
def test_other_words_for_a_class(text, name):
    assert parse("change_to_what", text) == {"value": name}


@pytest.mark.parametrize(
    "text",
    ["10_to_20", "10 to 20", "10 to 20 percent", "15%", "About 12.5 percent.", "**10_to_20**", '{"ratio": "10_to_20"}',
     "<think>5%?</think>10_to_20", "Final answer: 15 %", "It is 10_to_20.", "20%"],
)  # fmt: skip
def test_a_ratio_is_read(text):
    assert parse("change_ratio", text) == {"value": "10_to_20"}


@pytest.mark.parametrize("text", ["", "lovely weather", "trees or water", "I cannot tell."])
def test_what_is_no_answer(text):
    for kind in TYPES:
        assert isinstance(parse(kind, text), Unparsed), (kind, text)


def test_steps_of_a_share():
    assert [ratio_of_percent(value) for value in (0, 0.1, 10, 10.1, 100, 101)] == [
        "0", "0_to_10", "0_to_10", "10_to_20", "90_to_100", None,
    ]  # fmt: skip


@given(st.text(max_size=60))
def test_no_text_makes_the_reader_raise(text):
    for kind in TYPES:
        assert isinstance(parse(kind, text), (dict, Unparsed))


def test_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    root = tmp_path / "in"
    assert rsica_data("synth", "--layout", "second", "--out", root, "--pairs", 3).status == 0
    recipe = write_recipe(source="catalog", options={"page": "second"}, tasks={"cdvqa": {"per_type": 4}})
    built = rsica_data("build", recipe, "--input", root, "--out", tmp_path / "d")
    assert built.status == 0, built.err
    assert rsica_data("validate", tmp_path / "d").status == 0
    words = ("run", "--data", tmp_path / "d", "--adapter", "oracle", "--out", tmp_path / "o", "--json")
    scores = rsica_bench(*words).json["tasks"]["cdvqa"]["metrics"]
    assert (scores["accuracy"], scores["average_accuracy"], scores["unparsed_share"]) == (1, 1, 0)
    words = ("run", "--data", tmp_path / "d", "--adapter", "no-change", "--out", tmp_path / "n", "--json")
    still = rsica_bench(*words).json["tasks"]["cdvqa"]["metrics"]
    assert 0 < still["accuracy/change_or_not"] < 1 and still["accuracy/largest_change"] < 1
