"""How many of each class a reply says: the cases of counts.yaml, and what holds for any number."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from left_replies import LEFT

from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.tasks import counting
from rsica_data.text.amounts.counts import read_counts

RB = ("road", "building")
CLASSES = {
    "road-building": RB,
    "building": ("building",),
    "land": ("farmland", "forest", "bare land", "water", "building", "road"),
    "objects": ("water", "tree", "low vegetation", "ground", "building", "playground"),
}
RULES = yaml.safe_load(Path(__file__).with_name("counts.yaml").read_text(encoding="utf-8"))
WORDS = ["1", "3", "12", "road", "buildings", "and", ",", "the", "new", "no", "before", "after", "("]
WORDS += [")", "of", "to", "in", "with", "a", ":", ".", "\n", "not", "same", "is"]
CASES = [pytest.param(*row, id=f"{rule}: {row[2][:50]!r}") for rule, rows in RULES.items() for row in rows]


def _read(reply, classes):
    return counting.parse(reply, ParseContext(Question("counting"), classes))


@pytest.mark.parametrize(("classes", "counts", "reply"), CASES)
def test_a_reply_is_read_as_a_person_reads_it(classes, counts, reply):
    read = _read(reply, CLASSES[classes])
    if counts is None or reply in LEFT:
        assert isinstance(read, Unparsed), "a person cannot use it"
    else:
        assert not isinstance(read, Unparsed), read.reason
        assert _without_zeros(read) == _without_zeros(counts)


def _without_zeros(counts):
    return {name: count for name, count in counts.items() if count}


@given(st.integers(0, 2000), st.integers(0, 2000), st.sampled_from(["\n", "; ", ", ", " and ", ". "]))
def test_two_labelled_numbers_with_any_joint(roads, buildings, joint):
    counts = {"road": roads, "building": buildings}
    assert read_counts(f"Roads: {roads}{joint}Buildings: {buildings}", RB) == counts
    assert read_counts(f"{roads} roads{joint}{buildings} buildings", RB) == counts


@given(st.lists(st.integers(1, 30), min_size=2, max_size=6))
def test_parts_after_a_colon_do_not_add_to_their_whole(parts):
    listed = ", ".join(f"{part} in block {chr(97 + place)}" for place, part in enumerate(parts))
    assert read_counts(f"{sum(parts)} buildings have changed: {listed}.", RB) == {"building": sum(parts)}


@given(st.lists(st.integers(1, 30), min_size=2, max_size=6))
def test_items_of_a_list_add_up(parts):
    sides = ["north", "south", "east", "west", "centre", "corner"]
    listed = "\n".join(f"- {part} houses in the {side}" for part, side in zip(parts, sides, strict=False))
    assert read_counts(listed, RB) == {"building": sum(parts)}


@given(st.integers(0, 40), st.integers(0, 40))
def test_two_images_give_their_difference(before, after):
    text = f"The first image shows {before} buildings. The second image shows {after} buildings."
    assert read_counts(text, RB) == {"building": abs(after - before)}


@given(st.text(max_size=300))
def test_nothing_raises(text):
    assert isinstance(_read(text, RB), dict | Unparsed)


@given(
    st.lists(
        st.sampled_from(WORDS),
        max_size=60,
    )
)
def test_no_heap_of_words_raises(words):
    assert isinstance(_read(" ".join(words), RB), dict | Unparsed)


@pytest.mark.parametrize(
    "unit",
    [
        "1 road, ",
        "the building near the road was ",
        "road and ",
        "- road\n",
        "no ",
        "1 + ",
        "perhaps wait ",
        "道路1条，",
    ],
)
def test_a_looping_reply_takes_no_time(unit):

    start = time.perf_counter()
    _read(unit * 60_000, RB)
    assert time.perf_counter() - start < 5
