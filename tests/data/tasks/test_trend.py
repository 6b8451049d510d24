"""Questions on series: laws, golds by hand against the label maps, replies in many styles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.change_facts import series_cover
from rsica_data.schema import AskContext, ClassDef, ParseContext, Question, RenderContext, Unparsed
from rsica_data.schema.series import SeriesDate
from rsica_data.tasks.trend import KINDS, TASK, TrendSettings, value_of
from tests.support.series_folders import label_maps

CLASSES = ("building", "field")
DATES = ["2018-01", "2018-03", "2018-05", "2018-07"]


def series_of(*shares, dates=None):
    return tuple(SeriesDate(date, {"building": share}) for date, share in
                 zip(dates or [None] * len(shares), shares, strict=True))  # fmt: skip


def drawn(seed, dates):
    maps = label_maps(seed, dates)
    cover = series_cover(maps, [ClassDef(1, "building"), ClassDef(2, "field")], None)
    names = [f"2018-{month:02}" for month in range(1, dates + 1)]
    return tuple(SeriesDate(name, shares) for name, shares in zip(names, cover, strict=True))


def drafts_of(series, seed=0, evaluation=True, classes=CLASSES, **options):
    context = AskContext("s/test/p", "test", classes, None, (), None, evaluation, seed, series=series)
    return TASK.ask(context, TrendSettings(**options))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 10**5), st.integers(3, 9), st.integers(0, 9), st.booleans(), st.booleans())
def test_laws(seed, dates, pick, evaluation, dated):
    series = drawn(seed, dates)
    for draft in drafts_of(series, seed, evaluation, per_pair=4, dates=dated):
        (turn,) = TASK.turns(draft.kind, draft.gold)
        (answer,) = TASK.accepted(draft.gold)
        context = ParseContext(turn.question, CLASSES)
        assert TASK.parse(draft.turns[1].content, context) == answer
        text = TASK.render(answer, RenderContext(turn.question, CLASSES, "default", pick))
        assert TASK.parse(text, context) == answer, text
        assert TASK.matches(draft.gold, answer)
        assert value_of(series, draft.kind, draft.gold["args"]) == answer["value"]
        assert ("2018-02" in draft.turns[0].content) is dated


def test_golds_by_hand():
    series = series_of(0.1, 0.15, 0.4, 0.3)

    def value(kind, series=series, **args):
        return value_of(series, kind, {"cls": "building"} | args)

    assert value("rose") is True and value("rose", series_of(0.3, 0.5, 0.1)) is False
    assert value("rose", series_of(0.3, 0.5, 0.3)) is False and value("rose", series_of(0.3, 0.5, 0.301)) is None
    assert value("most_growth") == [2, 3] and value("most_growth", series_of(0.3, 0.2, 0.1)) is None
    assert value("most_growth", series_of(0.1, 0.2, 0.3)) is None
    assert value("largest") == 3 and value("largest", series_of(0.2, 0.2, 0.1)) is None
    assert [value("first_reached", percent=percent) for percent in (5, 12.5, 27.5, 60)] == [1, 2, 3, "none"]
    assert value("first_reached", percent=15) is None


def test_shares_are_of_the_ground_that_is_labelled_at_all_dates():
    first, second = np.array([[1, 0], [2, 9]], np.uint8), np.array([[1, 1], [9, 2]], np.uint8)
    cover = series_cover([first, second], [ClassDef(1, "building"), ClassDef(2, "field")], 9)
    assert cover == [{"building": 0.5, "field": 0.0}, {"building": 1.0, "field": 0.0}]
    assert series_cover([np.full((2, 2), 9, np.uint8)], [ClassDef(1, "building")], 9) == [{}]


def test_what_is_asked():
    assert drafts_of(()) == () == drafts_of(series_of(0.1, 0.2))
    assert drafts_of((SeriesDate("2018"),) * 3) == ()
    drafts = [draft for seed in range(60) for draft in drafts_of(drawn(seed, 5), seed, per_pair=4)]
    assert {draft.kind for draft in drafts} == set(KINDS)
    assert "none" in {draft.gold["value"] for draft in drafts if draft.kind == "first_reached"}
    assert drafts_of(drawn(1, 5), 3) == drafts_of(drawn(1, 5), 3)


def parse(kind, text, dates=()):
    args = {"cls": "building", "shown": [0, 1, 2, 3]} | ({"dates": list(dates)} if dates else {})
    return TASK.parse(text, ParseContext(Question(kind, args), CLASSES))


@pytest.mark.parametrize(
    "text",
    ["Image 3.", "3", "The third image.", "**3**", '{"image": 3}', "<think>2?</think>3", "Final answer: image 3",
     "In image 3 buildings cover 12 % of the ground.", "3rd", "image three", "<answer>3</answer>", "The answer is 3.",
     "Image 2 has few and image 4 too. Therefore: image 3", "#3", "image_3"],
)  # fmt: skip
def test_an_image_is_read(text):
    assert parse("largest", text) == {"value": 3} == parse("first_reached", text)


@pytest.mark.parametrize(
    "text",
    ["It first reaches 26 % in image 3.", "Not in image 1 or 2, but in image 3.", "At first little, then image 3.",
     "Image 3, not image 4.", "The first time is in image 3.", "Image 3 rather than the last one."],
)  # fmt: skip
def test_a_first_time_and_a_denied_image_are_not_named(text):
    assert parse("first_reached", text) == {"value": 3}


@pytest.mark.parametrize("text", ["It is not image 3.", "Not the last one."])
def test_a_denied_image_alone_is_no_answer(text):
    assert isinstance(parse("largest", text), Unparsed)


@pytest.mark.parametrize("text", ["2018-05", "In May 2018.", "05/2018", "**2018-05**", "It is the image of May 2018"])
def test_a_date_is_read_where_dates_are_given(text):
    assert parse("largest", text, DATES) == {"value": 3}


@pytest.mark.parametrize(
    "text",
    ["None.", "Never.", "In no image.", "none of the images", "It is not reached in any image.", "No image does."],
)
def test_never_is_read(text):
    assert parse("first_reached", text) == {"value": "none"}


@pytest.mark.parametrize(
    "text",
    ["2 and 3", "Between image 2 and image 3.", "from image 2 to image 3", "images 2-3", "2 → 3", "(2, 3)", "[2, 3]",
     "The second interval.", "Between the second and third images", "**2 and 3**", '{"interval": [2, 3]}',
     "Most growth took place between image 2 (5 %) and image 3 (12 %).", "<think>1 and 2?</think>2 and 3",
     "Final answer: 2 and 3", "Between images two and three"],
)  # fmt: skip
def test_an_interval_is_read(text):
    assert parse("most_growth", text) == {"value": [2, 3]}


def test_an_interval_of_dates_is_read():
    assert parse("most_growth", "between March 2018 and May 2018", DATES) == {"value": [2, 3]}


@pytest.mark.parametrize(
    ("text", "rose"),
    [("Yes.", True), ("no", False), ("It grew.", True), ("The area of buildings increased from 3 % to 9 %.", True),
     ("It did not increase.", False), ("It declined.", False), ("**Yes**", True), ("Final answer: no", False),
     ("The area stayed the same.", False), ('{"answer": "yes"}', True), ("<think>yes</think>No.", False),
     ("There are more buildings in the last image.", True), ("Buildings cover less ground in the last image.", False),
     ("\\boxed{Yes}", True)],
)  # fmt: skip
def test_a_rise_is_read(text, rose):
    assert parse("rose", text) == {"value": rose}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ["", "lovely weather", "I cannot tell.", "<think>Image 3</think>"])
def test_what_is_no_answer(kind, text):
    assert isinstance(parse(kind, text), Unparsed)


def test_several_images_are_no_answer():
    assert isinstance(parse("largest", "Image 2 or image 3."), Unparsed)
    assert isinstance(parse("most_growth", "1, 2, 3"), Unparsed)


@given(st.text(max_size=80) | st.from_regex(r"[a-z0-9 \[\]:.,>-]{0,60}", fullmatch=True))
def test_no_text_makes_the_reader_raise(text):
    for kind in KINDS:
        assert isinstance(parse(kind, text, DATES), (dict, Unparsed))
