"""Questions about damage: laws, golds by hand, replies in many styles, scores."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rsica_data as rd
from rsica_data.dataset.opening import open_dataset
from rsica_data.schema import AskContext, ParseContext, Question, RenderContext, Unparsed
from rsica_data.sources.catalog.catalog_pages import load_page
from rsica_data.tasks.damage import KINDS, TASK, DamageSettings, levels_of, settled_by

XBD = levels_of(load_page("xbd").classes)
BRIGHT = levels_of(load_page("bright").classes)
INTACT = load_page("xbd").standing
SLIGHT, HEAVY, GONE = XBD


def view_of(seed, classes):
    rng = np.random.default_rng(seed)
    mask = np.zeros((80, 100), np.uint8)
    for _ in range(int(rng.integers(0, 9))):
        x, y = int(rng.integers(0, 9)) * 10, int(rng.integers(0, 7)) * 10
        mask[y + 1 : y + 7, x + 1 : x + 8] = int(rng.integers(1, len(classes) + 1))
    return rd.facts(mask, list(classes))


def drafts_of(view, seed, standing=None, **options):
    context = AskContext("s/test/p", "test", view.classes, view, (), view.changed, seed % 2 == 0, seed,
                         standing=standing or {})  # fmt: skip
    return TASK.ask(context, DamageSettings(**options))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([XBD, BRIGHT]), st.integers(0, 9))
def test_laws(seed, classes, pick):
    view = view_of(seed, classes)
    for draft in drafts_of(view, seed, per_pair=5):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, classes)
        read = TASK.parse(draft.turns[1].content, context)
        assert read == answer, (draft.turns, read)
        text = TASK.render(answer, RenderContext(turn.question, classes, "default", pick))
        assert TASK.parse(text, context) == answer, text
        assert TASK.matches(draft.gold, answer) and TASK.answer(view, turn.question, 0) == answer


def intact_of(seed):
    """Intact buildings beside those of `view_of`: in the columns that it leaves free."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((80, 100), np.uint8)
    for _ in range(int(rng.integers(0, 5))):
        y = int(rng.integers(0, 7)) * 10
        mask[y + 1 : y + 7, 92:99] = 1
    return {INTACT: rd.facts(mask, [INTACT]).objects[INTACT]}


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 9))
def test_laws_with_intact_buildings(seed, pick):
    view, standing = view_of(seed, XBD), intact_of(seed)
    for draft in drafts_of(view, seed, standing, per_pair=6):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, XBD)
        assert TASK.parse(draft.turns[1].content, context) == answer, draft.turns
        text = TASK.render(answer, RenderContext(turn.question, XBD, "default", pick))
        assert TASK.parse(text, context) == answer, text
        assert TASK.matches(draft.gold, answer) and settled_by(view, turn.question, standing) == answer
        assert draft.version == (2 if INTACT in draft.gold["args"]["levels"] else 1)


def test_golds_with_intact_buildings_by_hand():
    mask = np.zeros((100, 100), np.uint8)
    mask[0:10, 0:10], mask[50:60, 50:70] = 1, 3
    view = rd.facts(mask, list(XBD))
    stood = np.zeros((100, 100), np.uint8)
    stood[80:90, 0:9] = stood[80:90, 20:29] = 1
    standing = {INTACT: rd.facts(stood, [INTACT]).objects[INTACT]}

    def value(kind, known=standing, **args):
        told = settled_by(view, Question(kind, {"levels": [INTACT, *XBD]} | args), known)
        return None if told is None else told["value"]

    assert [value("count", cls=name) for name in (INTACT, SLIGHT, HEAVY)] == [2, 1, 0]
    assert [value("share_of_all", cls=name) for name in (INTACT, GONE)] == [50.0, 25.0]
    assert value("level", box=[0, 80, 9, 90]) == INTACT and value("level", box=[50, 50, 70, 60]) == GONE
    # Predicted damage says nothing of how many buildings there are; where it marks none, a building is intact.
    assert value("count", {}, cls=INTACT) is None is value("share_of_all", {}, cls=GONE)
    assert value("count", {}, cls=GONE) == 1 and value("level", {}, box=[0, 80, 9, 90]) == INTACT
    asked = {draft.kind for seed in range(40) for draft in drafts_of(view, seed, standing, per_pair=3)}
    assert asked == set(KINDS) - {"most", "share"}  # of two damaged buildings
    assert all(draft.version == 1 for seed in range(9) for draft in drafts_of(view, seed, standing, intact=False))


@pytest.mark.parametrize(
    "text",
    ["Intact.", "No damage.", "It is undamaged.", "no-damage", "**Intact**", "A", "unharmed", '{"level": "intact"}',
     "Final answer: intact", "The building is not damaged."],
)  # fmt: skip
def test_intact_is_read(text):
    asked = Question("level", {"levels": [INTACT, *XBD], "box": [0, 0, 1, 1]})
    assert TASK.parse(text, ParseContext(asked, XBD)) == {"value": INTACT}


def test_golds_by_hand():
    mask = np.zeros((100, 100), np.uint8)
    mask[0:10, 0:10], mask[0:10, 20:30], mask[50:60, 50:70], mask[80:90, 0:9] = 1, 1, 3, 1
    view = rd.facts(mask, list(XBD))

    def value(kind, **args):
        return TASK.answer(view, Question(kind, {"levels": list(XBD)} | args), 0)["value"]

    assert (value("count", cls=SLIGHT), value("count", cls=HEAVY)) == (3, 0)
    assert (value("share", cls=SLIGHT), value("share", cls=GONE)) == (75.0, 25.0)
    assert (value("worst"), value("most")) == (GONE, SLIGHT)
    assert value("level", box=[50, 50, 70, 60]) == GONE
    assert value("level", box=[1, 1, 11, 11]) == SLIGHT
    empty = rd.facts(np.zeros((9, 9), np.uint8), list(XBD))
    assert TASK.answer(empty, Question("worst", {"levels": list(XBD)}), 0) == {"value": "none"}
    assert TASK.answer(empty, Question("most", {"levels": list(XBD)}), 0) is None
    asked = {draft.kind for seed in range(30) for draft in drafts_of(view, seed, per_pair=2)}
    assert asked == set(KINDS) - {"share_of_all"} and drafts_of(view, 3) == drafts_of(view, 3)


def test_levels_come_from_the_page():
    assert levels_of(XBD) == XBD and levels_of(BRIGHT) == BRIGHT
    assert levels_of(("road", "building")) == ()
    assert drafts_of(view_of(1, ("road", "building")), 1) == ()


def parse(kind, text, levels=XBD, cls=GONE):
    return TASK.parse(text, ParseContext(Question(kind, {"levels": list(levels), "cls": cls}), levels))


HEAVILY = [
    "Heavily damaged.", "heavily damaged", "**Heavily damaged**", "It is heavily damaged.", "Major damage.",
    "major-damage",
    '{"level": "heavily damaged"}', "<think>destroyed?</think>heavily damaged", "Final answer: heavily damaged", "B",
    "(b)",
    "- heavily damaged", "The building is severely damaged, but not destroyed.", "<answer>Major damage</answer>",
    "The level is heavily damaged.", '{"damage": "major-damage"}', "Heavily damaged building",
]  # fmt: skip


@pytest.mark.parametrize("text", HEAVILY)
def test_a_level_is_read(text):
    assert parse("level", text) == {"value": HEAVY}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Minor damage.", SLIGHT), ("slight damage", SLIGHT), ("It has collapsed.", GONE), ("total destruction", GONE),
        ("The house was completely destroyed.", GONE), ("destroyed", GONE),
    ],
)  # fmt: skip
def test_other_words_for_levels(text, level):
    assert parse("level", text) == {"value": level}


def test_the_levels_of_bright():
    assert parse("level", "Damaged.", BRIGHT) == {"value": BRIGHT[0]}
    assert parse("level", "It is destroyed.", BRIGHT) == {"value": BRIGHT[1]}
    assert parse("worst", "No damage.", BRIGHT) == {"value": "none"}
    assert parse("worst", "None.", XBD) == {"value": "none"}
    assert parse("worst", "No visible damage.", XBD) == {"value": "none"}
    assert parse("worst", "All buildings are intact.", XBD) == {"value": "none"}
    assert parse("share", "40% of the damaged buildings are destroyed.", BRIGHT, BRIGHT[1]) == {"value": 40.0}
    assert parse("share", "Of all damaged buildings, 40% are destroyed.", BRIGHT, BRIGHT[1]) == {"value": 40.0}


@pytest.mark.parametrize("text", ["", "lovely weather", "slightly or heavily damaged", "I cannot tell."])
def test_what_is_no_level(text):
    assert isinstance(parse("level", text), Unparsed)


@pytest.mark.parametrize(
    "text",
    ["3", "There are 3 destroyed buildings.", "**3**", '{"count": 3}', "three", "Final answer: 3", "- 3",
     "<answer>3</answer>", "<think>4?</think>3", "I count 3."],
)  # fmt: skip
def test_a_count_is_read(text):
    assert parse("count", text) == {"value": 3}


@pytest.mark.parametrize("text", ["25.0%", "25 %", "About 25 percent are destroyed.", "a quarter", "**25%**", "25",
                                  '{"share": 25}', "Final answer: 25%"])  # fmt: skip
def test_a_share_is_read(text):
    assert parse("share", text) == {"value": 25.0}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("2 are slightly damaged, 3 destroyed", 2), ("3 destroyed and 2 slightly damaged buildings", 2),
        ("Of 7 buildings, 2 are slightly damaged.", 2), ("Slightly damaged: 2. Destroyed: 1.", 2),
        ("- slightly damaged: two\n- destroyed: 4", 2), ('{"slightly damaged": 2, "destroyed": 3}', 2),
        ("None are slightly damaged, 3 are destroyed.", 0), ("No building is damaged.", 0), ("2 show minor damage", 2),
        ("3 buildings are destroyed.", None), ("2 slightly damaged or destroyed buildings", None),
    ],
)  # fmt: skip
def test_the_count_is_that_of_the_level_asked_about(text, count):
    given = parse("count", text, cls=SLIGHT, levels=[INTACT, *XBD])
    assert (None if isinstance(given, Unparsed) else given["value"]) == count


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("25% are slightly damaged, 75% destroyed", 25.0), ("75% are destroyed, 25% are slightly damaged", 25.0),
        ("1 of 4", 25.0), ("One in four.", 25.0), ("1 out of the 4 buildings is slightly damaged.", 25.0),
        ("75% are destroyed.", None), ("Of 4 buildings, 25% are slightly damaged.", 25.0), ("12.5%", 12.5),
    ],
)  # fmt: skip
def test_the_share_is_that_of_the_level_asked_about(text, share):
    given = parse("share", text, cls=SLIGHT, levels=XBD)
    assert (None if isinstance(given, Unparsed) else given["value"]) == share


@given(st.text(max_size=80))
def test_no_text_makes_the_reader_raise(text):
    for kind in KINDS:
        assert isinstance(parse(kind, text), (dict, Unparsed))


def test_through_the_command_line(rsica_data, rsica_bench, write_recipe, tmp_path):
    root = tmp_path / "in"
    assert rsica_data("synth", "--layout", "xbd", "--out", root, "--pairs", 4).status == 0
    recipe = write_recipe(source="catalog", options={"page": "xbd"}, tasks={"damage": {}})
    built = rsica_data("build", recipe, "--input", root, "--out", tmp_path / "d")
    assert built.status == 0, built.err
    assert rsica_data("validate", tmp_path / "d").status == 0
    words = ("run", "--data", tmp_path / "d", "--adapter", "oracle", "--out", tmp_path / "o", "--json")
    pairs = list(open_dataset(tmp_path / "d").pairs("test"))
    assert all(set(pair.attributes["standing"]) == {INTACT} and pair.after_labels is None for pair in pairs)
    assert {entry.name for pair in pairs for entry in pair.facts.classes} == set(XBD)
    scores = rsica_bench(*words).json["tasks"]["damage"]["metrics"]
    assert (scores["accuracy"], scores["level_error"], scores["unparsed_share"]) == (1, 0, 0)
