"""Questions for regions: laws, golds by hand, and replies in the ways in which models write them."""

from random import Random

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
from rsica_data.tasks.grounding import KINDS, TASK, GroundingSettings, form_sentence, iou
from rsica_data.text.mask_text import mask_text

CLASSES = ("road", "building")


def facts(before, after):
    classes = [ClassDef(number, name) for number, name in enumerate(CLASSES, 1)]
    return view_facts(
        compute_facts(change_mask=None, before_labels=before, after_labels=after, classes=classes), FactRules()
    )


def facts_of(seed, width=60, height=60):
    rng = np.random.default_rng(seed)
    maps = np.zeros((2, height, width), np.uint8)
    for _ in range(int(rng.integers(0, 6))):
        x, y, w, h = (int(rng.integers(0, 50)), int(rng.integers(0, 50)), *map(int, rng.integers(1, 12, 2)))
        maps[int(rng.integers(2)), y : y + h, x : x + w] = int(rng.integers(1, 3))
    return facts(maps[0], maps[1])


def drafts_of(view, seed, **options):
    context = AskContext("s/test/p", "test", CLASSES, view, (), view.changed, seed % 2 == 0, seed)
    return TASK.ask(context, GroundingSettings(**options))


UNITS = st.sampled_from(["percent", "thousand", "pixels"])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), UNITS, st.sampled_from([4, 16, 32]), st.sampled_from([60, 90]), st.integers(0, 9))
def test_laws(seed, unit, grid, width, pick):
    for draft in drafts_of(facts_of(seed, width), seed, per_pair=8, unit=unit, grid=grid):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        read = TASK.parse(draft.turns[1].content, ParseContext(turn.question, CLASSES))
        assert read == answer and TASK.matches(draft.gold, read)
        text = TASK.render(answer, RenderContext(turn.question, CLASSES, "default", pick))
        assert TASK.parse(text, ParseContext(turn.question, CLASSES)) == answer, text
        assert iou(answer, read, draft.gold["args"]) == pytest.approx(1)


def question(form="box", unit="percent", kind="largest", size=(100, 100), grid=4, name="building"):
    return Question(kind, {"cls": name, "form": form, "unit": unit, "size": list(size), "grid": grid})


def mask_with(*boxes, size=100):
    after = np.zeros((size, size), np.uint8)
    for x0, y0, x1, y1 in boxes:
        after[y0:y1, x0:x1] = 2
    return facts(np.zeros_like(after), after)


def test_golds_by_hand():
    view = mask_with((10, 20, 30, 40), (50, 50, 90, 52), size=200)
    assert TASK.answer(view, question(size=(200, 200)), 0) == {"boxes": [[5, 10, 15, 20]]}
    assert TASK.answer(view, question(unit="thousand", size=(200, 200)), 0) == {"boxes": [[50, 100, 150, 200]]}
    assert TASK.answer(view, question(unit="pixels", size=(200, 200)), 0) == {"boxes": [[10, 20, 30, 40]]}
    both = TASK.answer(view, question("oriented", kind="all", size=(200, 200)), 0)
    assert both == {"boxes": [[10, 15, 10, 10, 0], [35, 25.5, 20, 1, 0]]}
    mask = TASK.answer(view, question("mask", size=(200, 200), grid=10), 0)["mask"].split("; ")
    assert mask[:3] == ["0*10", "1*2, 0*8", "0*10"] and len(mask) == 10
    assert TASK.answer(view, question(kind="only", size=(200, 200)), 0) == {
        "boxes": [[5, 10, 15, 20], [25, 25, 45, 26]]
    }
    assert TASK.answer(view, question(kind="all", name="road", size=(200, 200)), 0) == {"boxes": []}
    assert TASK.answer(view, question(kind="largest", name="road", size=(200, 200)), 0) == {"boxes": []}


def test_boxes_are_rounded_outwards_and_never_vanish():
    view = mask_with((33, 33, 34, 34), size=256)
    assert TASK.answer(view, question(size=(256, 256), kind="only"), 0) == {"boxes": [[12, 12, 14, 14]]}
    turned = TASK.answer(view, question("oriented", size=(256, 256), kind="only"), 0)["boxes"][0]
    assert min(turned[2:4]) > 0


def test_the_largest_is_asked_for_where_one_is_larger_than_all_others():
    for second, asked in (((10, 10, 14, 14), {"all"}), ((10, 10, 14, 15), {"all", "largest", "largest_new"})):
        view = mask_with((0, 0, 4, 4), second)
        assert {draft.kind for draft in drafts_of(view, 1, per_pair=20, absent=0)} == asked
    assert TASK.answer(view, question(), 0) == {"boxes": [[10, 10, 14, 15]]}


def test_new_objects_are_those_that_were_built():
    before, after = np.zeros((2, 40, 40), np.uint8)
    before[2:20, 2:20] = 2
    after[30:33, 30:33] = after[36:38, 36:38] = 2
    view = facts(before, after)
    asked = question("box", "pixels", "largest_new", (40, 40))
    assert TASK.answer(view, asked, 0) == {"boxes": [[30, 30, 33, 33]]}
    unknown = view_facts(compute_facts(change_mask=after, classes=[ClassDef(2, "building")]), FactRules())
    assert TASK.answer(unknown, asked, 0) is None


def test_an_oriented_box_of_an_image_that_is_no_square_is_asked_for_in_pixels():
    for draft in drafts_of(facts_of(3, 90), 4, per_pair=20, forms=["oriented"], unit="percent"):
        assert draft.gold["args"]["unit"] == "pixels" and "pixels of the 90 x 60 image" in draft.turns[0].content


def test_asking_is_deterministic_and_of_all_kinds():
    view = facts_of(7)
    assert drafts_of(view, 3, per_pair=5) == drafts_of(view, 3, per_pair=5)
    kinds = {draft.kind for seed in range(40) for draft in drafts_of(facts_of(seed), seed, per_pair=9)}
    assert kinds == set(KINDS)
    absent = [d for s in range(40) for d in drafts_of(facts_of(s), s, per_pair=9, forms=["box"]) if not d.gold["boxes"]]
    assert absent
    assert list(TASK.ask(AskContext("p", "train", CLASSES, None, (), None, False, 0), GroundingSettings())) == []


BOX = {"boxes": [[10, 20, 30, 40]]}
BOXES = [
    "[10, 20, 30, 40]",
    "The largest changed building is at [10, 20, 30, 40].",
    "**[10, 20, 30, 40]**",
    "- Building: [10, 20, 30, 40]",
    '{"bbox": [10, 20, 30, 40], "label": "building"}',
    '```json\n[{"bbox_2d": [10, 20, 30, 40], "label": "object"}]\n```',
    "<think>[1, 2, 3, 4]? No.</think><answer>[10, 20, 30, 40]</answer>",
    "I looked at [0, 0, 5, 5] first.\nFinal answer: [10, 20, 30, 40]",
    "{<10><20><30><40>}",
    "{<10><20><30><40>|<0>}",
    "<|box_start|>(10,20),(30,40)<|box_end|>",
    "from (10, 20) to (30, 40)",
    "top-left (10, 20) and bottom-right (30, 40)",
    "x0 = 10, y0 = 20, x1 = 30, y1 = 40",
    '{"xmin": 10, "ymin": 20, "xmax": 30, "ymax": 40}',
    '{"x1": 10, "y1": 20, "x2": 30, "y2": 40}',
    "left: 10, top: 20, right: 30, bottom: 40",
    "10, 20, 30, 40",
    "building: 10 20 30 40",
    "<bbox>10, 20, 30, 40</bbox>",
    "[10%, 20%, 30%, 40%]",
    "[10.0, 20.0, 30.0, 40.0]",
    "[10, 20, 30, 20, 30, 40, 10, 40]",
    "\\boxed{[10, 20, 30, 40]}",
    "center: cx=20, cy=30, w=20, h=20",
    "top left (10, 20), bottom right (30, 40)",
    "[0, 0, 5, 5] is unchanged; the answer is [10, 20, 30, 40].",
    "Candidates: [0, 0, 5, 5] and [10, 20, 30, 40]. So: [10, 20, 30, 40]",
]


@pytest.mark.parametrize("text", BOXES)
def test_a_box_is_read(text):
    assert TASK.parse(text, ParseContext(question(), CLASSES)) == BOX


TURNED = {"boxes": [[20, 30, 10, 6, 45]]}


@pytest.mark.parametrize(
    "text",
    [
        "[20, 30, 10, 6, 45]",
        "The building lies at [20, 30, 10, 6, 45], turned to the road.",
        "**[20, 30, 10, 6, 45]**",
        '{"box": [20, 30, 10, 6, 45], "class": "object"}',
        "{<15><27><25><33>|<45>}",
        "<think>Hm.</think> [20, 30, 10, 6, 45]",
        "Final answer: [20, 30, 10, 6, 45]",
        "cx=20, cy=30, w=10, h=6, angle=45",
        '{"cx": 20, "cy": 30, "width": 10, "height": 6, "angle": 45}',
        "20, 30, 10, 6, 45",
        "[20, 30, 10, 6, 45°]",
        "[[20, 30, 10, 6, 45 degrees]]",
    ],
)
def test_an_oriented_box_is_read(text):
    assert TASK.parse(text, ParseContext(question("oriented"), CLASSES)) == TURNED


def test_corners_of_a_polygon_and_plain_boxes_are_oriented_boxes_too():
    context = ParseContext(question("oriented"), CLASSES)
    (box,) = TASK.parse("[10, 20, 30, 20, 30, 40, 10, 40]", context)["boxes"]
    assert iou({"boxes": [box]}, {"boxes": [[20, 30, 20, 20, 0]]}, question("oriented").args) == pytest.approx(1)
    assert TASK.parse("[10, 20, 30, 40]", context) == {"boxes": [[20, 30, 20, 20, 0]]}


@pytest.mark.parametrize("text", ["None.", "[]", "There is none.", "No.", "no", "There are no changed buildings."])
def test_nothing_is_read(text):
    assert TASK.parse(text, ParseContext(question(), CLASSES)) == {"boxes": []}


@pytest.mark.parametrize(
    "text", ["", "lovely weather", "There are 7 buildings.", "<think>[1, 2, 3, 4]</think>", "A, B"]
)
def test_what_is_no_region(text):
    assert isinstance(TASK.parse(text, ParseContext(question(), CLASSES)), Unparsed)
    assert isinstance(TASK.parse(text, ParseContext(question("mask"), CLASSES)), Unparsed)


def test_a_mask_is_read_in_its_frames():
    cells = np.zeros((4, 4), bool)
    cells[1, 2:] = True
    runs = mask_text(cells)
    context = ParseContext(question("mask"), CLASSES)
    for text in (
        runs,
        f"**{runs}**",
        f"<answer>{runs}</answer>",
        f"<think>0*4; 1*4</think>\n{runs}",
        f"Final answer: {runs}",
        "```\n" + runs.replace("; ", "\n") + "\n```",
        f'{{"mask": "{runs}"}}',
        f"The mask of the building is: {runs}",
        str(cells.astype(int).tolist()),
        "Others*4; others*2, building*2; others*4; others*4",
    ):
        assert TASK.parse(text, context) == {"mask": runs}, text


@given(st.text(max_size=80) | st.from_regex(r"[a-z0-9 \[\]{}:'\",.*;x-]{0,60}", fullmatch=True))
def test_no_text_makes_the_reader_raise(text):
    for form in ("box", "oriented", "mask"):
        assert isinstance(TASK.parse(text, ParseContext(question(form), CLASSES)), (dict, Unparsed))


def test_the_question_states_its_form():
    assert "0 to 100" in form_sentence(question().args)
    assert "0 to 1000" in form_sentence(question("oriented", "thousand").args)
    assert "grid of 4 x 4 cells" in form_sentence(question("mask").args)


def test_random_replies_are_rarely_right():
    rng = Random(0)
    hits = 0
    for _ in range(300):
        x, y = rng.randrange(80), rng.randrange(80)
        hits += TASK.matches({"args": question().args} | BOX, {"boxes": [[x, y, x + 20, y + 20]]})
    assert hits < 30
