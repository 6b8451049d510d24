"""The two laws of every task, the wordings, and the replies that must be understood."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.core import registry
from rsica_data.geometry.cells import CELLS
from rsica_data.schema import (
    AskContext,
    ChangeFacts,
    ClassFacts,
    CoverFacts,
    FactRules,
    ObjectFacts,
    ParseContext,
    Question,
    RenderContext,
    TransitionFacts,
    Unparsed,
    view_facts,
)
from rsica_data.tasks.common import TaskSettings
from rsica_data.tasks.open_qa import fill
from rsica_data.tasks.open_qa.kinds import KINDS
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import a_or_an, counted, join, plural

NAMES = ("captioning", "classification", "counting", "localization", "open_qa", "dialogue")
CLASS_SETS = [
    ("road", "building"),
    ("building",),
    ("water", "low_vegetation", "tree", "church", "bare land", "playground"),
]
STYLES = st.sampled_from(["default", "changechat"])
PICKS = st.integers(0, 1000)


def spec(name):
    return registry.load(registry.TASKS, name)


def make_facts(classes, boxes, size=90, cover=(), transitions=(), gsd=0.5):
    """ChangeFacts with rectangular objects: boxes is a list of (class name, x0, y0, x1, y1)."""
    ids = {name: number for number, name in enumerate(classes, 1)}
    objects = tuple(
        ObjectFacts(
            object_id=number,
            class_id=ids[name],
            box=(x0, y0, x1, y1),
            obb=((x0 + x1) / 2, (y0 + y1) / 2, float(x1 - x0), float(y1 - y0), 0.0),
            centroid=((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2),
            area_px=(x1 - x0) * (y1 - y0),
            outline=((x0, y0), (x1 - 1, y0), (x1 - 1, y1 - 1), (x0, y1 - 1)),
            outer=True,
        )
        for number, (name, x0, y0, x1, y1) in enumerate(boxes)
    )
    entries = []
    for name, class_id in ids.items():
        mine = [item for item in objects if item.class_id == class_id]
        touched = {
            CELLS[(3 * y // size) * 3 + 3 * x // size]
            for item in mine
            for x in range(item.box[0], item.box[2])
            for y in range(item.box[1], item.box[3])
        }
        cells = tuple(cell for cell in CELLS if cell in touched)
        area = sum(item.area_px for item in mine)
        entries.append(
            ClassFacts(
                class_id=class_id,
                name=name,
                count_components=len(mine),
                count_contours=len(mine),
                area_px=area,
                area_m2=None if gsd is None else area * gsd**2,
                fraction=area / size**2,
                cells_touch=cells,
                cells_centroid=cells[:1],
                largest=max(mine, key=lambda item: item.area_px).object_id if mine else None,
            )
        )
    return ChangeFacts(1, size, size, gsd, tuple(entries), objects, tuple(transitions), tuple(cover))


def random_view(rng, classes):
    boxes = []
    for _ in range(rng.choice([0, 0, 1, 2, 5, 9])):
        x, y = rng.randrange(80), rng.randrange(80)
        boxes.append((rng.choice(classes), x, y, x + rng.randint(1, 10), y + rng.randint(1, 10)))
    cover, transitions = (), ()
    if rng.random() < 0.5:
        land = [*classes, "forest"]
        cover = [CoverFacts(n, name, rng.randrange(4000), rng.randrange(4000)) for n, name in enumerate(land, 1)]
        transitions = [TransitionFacts(1, len(land), rng.randint(1, 50), 0.01)] if boxes else []
    facts = make_facts(classes, boxes, cover=cover, transitions=transitions, gsd=rng.choice([None, 0.5]))
    return view_facts(facts, FactRules())


def context_of(view, seed=0, captions=(), evaluation=False):
    return AskContext(
        pair_id="s/test/p",
        split="test" if evaluation else "train",
        classes=view.classes,
        view=view,
        captions=tuple(captions),
        changed=view.changed,
        evaluation=evaluation,
        seed=seed,
    )


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**9), style=STYLES, pick=PICKS, classes=st.sampled_from(CLASS_SETS))
def test_laws(seed, style, pick, classes):
    view = random_view(Random(seed), classes)
    for name in NAMES:
        task = spec(name)
        context = context_of(view, seed, evaluation=seed % 2 == 0)
        for draft in task.ask(context, task.settings(style=style, prompts=style if name != "open_qa" else "default")):
            said = [turn.content for turn in draft.turns if turn.role == "assistant"]
            golds = task.turns(draft.kind, draft.gold)
            assert len(said) == len(golds)
            for text, gold in zip(said, golds, strict=True):
                spec_ = spec(gold.task)
                parsed = spec_.parse(text, ParseContext(gold.question, classes))
                assert not isinstance(parsed, Unparsed), (text, parsed)
                assert spec_.matches(gold.gold, parsed), (text, parsed, gold)
                for answer in spec_.accepted(gold.gold):
                    rendered = spec_.render(answer, RenderContext(gold.question, classes, style, pick))
                    again = spec_.parse(rendered, ParseContext(gold.question, classes))
                    assert again == answer, (rendered, again, answer)
                    assert spec_.matches(gold.gold, again)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**9), pick=PICKS, classes=st.sampled_from(CLASS_SETS))
def test_every_open_question_that_can_be_asked_reads_back(seed, pick, classes):
    view = random_view(Random(seed), classes)
    task = spec("open_qa")
    for name, kind in KINDS.items():
        for args in list(kind.arguments(view))[:6]:
            question = Question(name, args)
            answer = task.answer(view, question, pick)
            if answer is None:
                continue
            text = task.render(answer, RenderContext(question, classes, "default", pick))
            assert task.parse(text, ParseContext(question, classes)) == answer, (name, args, text)


@settings(max_examples=150, deadline=None)
@given(
    counts=st.lists(st.integers(0, 130), min_size=6, max_size=6),
    style=STYLES,
    pick=PICKS,
    classes=st.sampled_from(CLASS_SETS),
)
def test_counting_reads_back(counts, style, pick, classes):
    answer = dict(zip(classes, counts, strict=False))
    question = Question("counting")
    text = spec("counting").render(answer, RenderContext(question, classes, style, pick))
    assert spec("counting").parse(text, ParseContext(question, classes)) == answer, text


@settings(max_examples=150, deadline=None)
@given(data=st.data(), style=STYLES, pick=PICKS, classes=st.sampled_from(CLASS_SETS))
def test_localization_reads_back(data, style, pick, classes):
    answer = {}
    for name in classes:
        chosen = data.draw(st.sets(st.sampled_from(CELLS)))
        answer[name] = [cell for cell in CELLS if cell in chosen]
    question = Question("localization")
    text = spec("localization").render(answer, RenderContext(question, classes, style, pick))
    assert spec("localization").parse(text, ParseContext(question, classes)) == answer, text


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=80) | st.from_regex(r"[a-z0-9 \[\]{}:'\",.-]{0,60}", fullmatch=True))
def test_no_text_makes_a_parser_raise(text):
    for name in ("captioning", "classification", "counting", "localization", "dialogue"):
        found = spec(name).parse(text, ParseContext(Question(name), ("road", "building")))
        assert isinstance(found, (dict, Unparsed))
    for kind in KINDS:
        found = spec("open_qa").parse(text, ParseContext(Question(kind, {"among": ["road"]}), ("road", "building")))
        assert isinstance(found, (dict, Unparsed))


CLASSIFIED = [
    ("Yes", True), ("No", False), ("yes.", True), ("**Yes**, the scene changed", True), ("Answer: no", False),
    ("there is no difference", False), ("the two scenes seem identical", False), ("no change has occurred", False),
    ("the scene is the same as before", False), ("almost nothing has changed", False), ("True", True),
    ('{"changed": false}', False), ("Several houses have been built on the bare land.", True),
    ("No, nothing has changed.", False), ("The images are different.", True),
    ("There are no significant changes.", False),
    ("Yes, there is no vegetation left", True), ("The scene has not changed", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "changed"), CLASSIFIED)
def test_classification_replies(text, changed):
    assert spec("classification").parse(text, ParseContext(Question("classification"), ())) == {"changed": changed}


@pytest.mark.parametrize("text", ["", "   ", "maybe", "I cannot tell"])
def test_classification_replies_that_say_nothing(text):
    assert isinstance(spec("classification").parse(text, ParseContext(Question("classification"), ())), Unparsed)


COUNTED = [
    ("there are no changes in roads or buildings", 0, 0),
    ("no new roads or buildings", 0, 0),
    ("No roads has changed, and no buildings has changed.", 0, 0),
    ("1 road has changed, and 3 buildings has changed.", 1, 3),
    ("2 new roads and 5 new buildings", 2, 5),
    ("no new roads and 3 new buildings", 0, 3),
    ("Roads: 2, Buildings: 5", 2, 5),
    ("- Roads: 2\n- Buildings: 5", 2, 5),
    ('{"roads": 2, "buildings": 5}', 2, 5),
    ('```json\n{"road": 0, "building": 12}\n```', 0, 12),
    ("A road and two buildings have been built.", 1, 2),
    ("There are twenty-one new buildings and no changes in roads.", 0, 21),
    ("2 road(s) and 1 building(s)", 2, 1),
    ("**3** buildings and **1** road", 1, 3),
    ("No change.", 0, 0),
    ("The number of roads is 2 and the number of buildings is 1,204.", 2, 1204),
    ("roads = 0; buildings = 4", 0, 4),
    ("Four large residential buildings and one narrow road", 1, 4),
]


@pytest.mark.parametrize(("text", "roads", "buildings"), COUNTED)
def test_counting_replies(text, roads, buildings):
    found = spec("counting").parse(text, ParseContext(Question("counting"), ("road", "building")))
    assert found == {"road": roads, "building": buildings}


def test_counting_replies_in_part_or_in_doubt():
    context = ParseContext(Question("counting"), ("road", "building"))
    parse = spec("counting").parse
    assert parse("3 buildings have changed", context) == {"building": 3}
    assert isinstance(parse("2 buildings, or perhaps 3 buildings", context), Unparsed)
    assert isinstance(parse("many things", context), Unparsed)
    assert parse("7", ParseContext(Question("counting"), ("building",))) == {"building": 7}


LOCATED = [
    ("roads ['top-left', 'top-center'] buildings []", ["top-left", "top-center"], []),
    ("Roads: upper left, top centre; buildings: none", ["top-left", "top-center"], []),
    ("roads: center. buildings: bottom right and middle-left", ["center-center"], ["center-left", "bottom-right"]),
    ('{"roads": ["top-left"], "buildings": ["center"]}', ["top-left"], ["center-center"]),
    ("There are no changes.", [], []),
    ("In the bottom-left there are new buildings. No roads have changed.", [], ["bottom-left"]),
    ("Roads and buildings: top-right", ["top-right"], ["top-right"]),
    ("Buildings: left-top. Roads: []", [], ["top-left"]),
]


@pytest.mark.parametrize(("text", "roads", "buildings"), LOCATED)
def test_localization_replies(text, roads, buildings):
    found = spec("localization").parse(text, ParseContext(Question("localization"), ("road", "building")))
    assert found == {"road": roads, "building": buildings}


OPEN = [
    ("class_count", "There are three of them.", 3), ("class_count", "None", 0), ("area_share", "about 12.5 %", 12.5),
    ("area_m2", "1,250 m2", 1250), ("largest_cell", "upper right", "top-right"),
    ("any_change", "Nothing changed", False),
    ("more_objects", "More buildings than before", "building"), ("more_objects", "the same number", "equal"),
    ("changed_classes", "Buildings and roads", ["road", "building"]), ("changed_classes", "nothing", []),
    ("growth_direction", "towards the upper-left corner", "top left"), ("spread", "They are clustered", "concentrated"),
    ("relative_position", "It is above it", "above"), ("cells_of_class", "nowhere", []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "value"), OPEN)
def test_open_replies(kind, text, value):
    assert spec("open_qa").parse(text, ParseContext(Question(kind), ("road", "building"))) == {"value": value}


def test_published_wordings():
    question, classes = Question("counting"), ("road", "building")
    render = RenderContext(question, classes, "changechat")
    assert spec("counting").render({"road": 0, "building": 0}, render) == (
        "No roads has changed, and no buildings has changed."
    )
    assert spec("counting").render({"road": 1, "building": 3}, render) == (
        "1 road has changed, and 3 buildings has changed."
    )
    located = spec("localization").render({"road": ["top-left", "top-center"], "building": []}, render)
    assert located == "roads ['top-left', 'top-center'] buildings []"
    assert spec("classification").render({"changed": True}, render) == "Yes"


def test_published_prompts():
    asked = {name: spec(name).prompt(Question(name), "changechat", ("road", "building")) for name in NAMES}
    assert asked["captioning"] == "Please briefly describe the changes in these two images."
    assert asked["classification"] == ("Please judge whether these two images have changed. Please answer yes or no.")
    assert asked["counting"] == "Please determine how many roads and buildings have changed?"
    assert asked["localization"] == (
        "Please indicate the locations where changes have occurred in the buildings and roads, using a 3x3 grid "
        "(namely, 'top', 'center', and 'bottom' vertically and 'left', 'center', 'right' horizontally)."
    )
    dialogue = spec("dialogue").ask(
        context_of(random_view(Random(1), ("road", "building"))), TaskSettings(prompts="changechat")
    )[0]
    assert [turn.content for turn in dialogue.turns if turn.role == "user"] == [
        "Please judge whether these two images have changed. Please answer yes or no.",
        "If changes have occurred, count the number of road and building changes separately.",
        "Based on the above analysis, please describe the changes of these two images in detail.",
    ]


def test_at_least_25_kinds_and_8_wordings_each():
    bank = template_file("open_qa")
    assert len(KINDS) >= 25
    assert set(KINDS) == set(bank) - {"answer_forms"}
    for name in KINDS:
        assert len(set(bank[name]["questions"])) >= 8, name
    for name in ("captioning", "classification", "counting", "localization"):
        assert len(set(template_file(name)["paraphrases"])) >= 8
    for step in template_file("dialogue")["default"]["turns"]:
        assert len(set(step["asks"])) >= 8


def test_every_question_is_plain_english():
    rng = Random(5)
    for classes in CLASS_SETS:
        for _ in range(40):
            view = random_view(rng, classes)
            for name, kind in KINDS.items():
                for args in list(kind.arguments(view))[:3]:
                    for template in template_file("open_qa")[name]["questions"]:
                        text = fill(template, args)
                        assert not re.search(r"[{}]|  |_|\b1 \w+s have\b", text), text
                        assert text[0].isupper() or text[0].isdigit()
                        assert text[-1] in "?.", text
                        assert re.search(r"\ba [aeiou]", text) is None, text


def test_nothing_is_said_of_all_change_where_the_classes_hold_a_part_of_it():
    boxes = [("building", 2, 2, 8, 8), ("building", 40, 60, 50, 70), ("road", 1, 30, 80, 34)]
    cover = [CoverFacts(n, name, 100, 100) for n, name in enumerate(("road", "building", "tree", "water"), 1)]
    asked = ("total_count", "largest_class", "left_or_right", "nearest_class", "only_class")
    args = {"cls": "building"}
    for hidden, known in ((TransitionFacts(3, 4, 810, 0.1), False), (TransitionFacts(3, 2, 810, 0.1), True)):
        facts = make_facts(("road", "building"), boxes, cover=cover, transitions=[hidden])
        view = view_facts(facts, FactRules())
        answers = [spec("open_qa").answer(view, Question(kind, args), 0) for kind in asked]
        assert all((answer is not None) is known for answer in answers), (asked, answers)
        assert spec("open_qa").answer(view, Question("total_share"), 0) == {"value": 10.0}


def test_english():
    assert [plural(word) for word in ("road", "church", "city", "water", "bare land", "bus", "low_vegetation")] == [
        "roads", "churches", "cities", "water areas", "bare land areas", "buses", "low vegetation areas",
    ]  # fmt: skip
    assert (counted(0, "road"), counted(1, "road"), counted(2, "water")) == ("no roads", "1 road", "2 water areas")
    assert join(["a", "b", "c"]) == "a, b and c"
    assert a_or_an("object") == "an object"


def test_captions_train_and_evaluation():
    view = random_view(Random(3), ("road", "building"))
    task = spec("captioning")
    captions = ["one .", "two", "three"]
    train = task.ask(context_of(view, captions=captions), task.settings())
    assert [draft.turns[1].content for draft in train] == captions
    assert all(len(draft.references) == 1 for draft in train)
    test = task.ask(context_of(view, captions=captions, evaluation=True), task.settings())
    assert len(test) == 1
    assert list(test[0].references) == captions


def test_rule_caption_is_true():
    facts = make_facts(("road", "building"), [("building", 2, 2, 8, 8), ("building", 12, 2, 18, 8)])
    text = spec("captioning").answer(view_facts(facts, FactRules()), Question("captioning"), 0)["text"]
    assert text == "two buildings have changed in the top left of the scene"
    empty = view_facts(make_facts(("road",), []), FactRules())
    assert spec("captioning").answer(empty, Question("captioning"), 0)["text"] == "there is no difference"


def test_asking_is_deterministic_and_varied():
    view = random_view(Random(11), ("road", "building"))
    task = spec("open_qa")
    first = task.ask(context_of(view, 4), task.settings(per_pair=6))
    assert first == task.ask(context_of(view, 4), task.settings(per_pair=6))
    assert len({draft.kind for draft in first}) == 6
    assert first != task.ask(context_of(view, 5), task.settings(per_pair=6))


def test_pairs_without_what_a_task_needs_are_passed_over():
    bare = AskContext("p", "train", ("road",), None, (), None, False, 0)
    for name in NAMES:
        assert list(spec(name).ask(bare, spec(name).settings())) == []
