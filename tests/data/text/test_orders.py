"""Orders in replies, in the ways in which models write them."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.schema import Unparsed
from rsica_data.text.none_text import says_none
from rsica_data.text.orders import read_order
from rsica_data.text.trends import has_risen, images_named, interval_named, says_never

ORDERS = [
    "2, 3, 1", "[2, 3, 1]", "2 > 3 > 1", "2 → 3 → 1", "2-3-1", "231", "(2, 3, 1)", "B, C, A", "B → C → A",
    "Image 2, image 3, image 1.", "The order is 2, 3, 1.", "second, third, first", "2nd, 3rd, 1st",
    "1. Image 2\n2. Image 3\n3. Image 1", "- Image 2\n- Image 3\n- Image 1", "first 2, then 3, finally 1",
    '{"order": [2, 3, 1]}', "**2, 3, 1**", "The correct chronological order is: Image 2 -> Image 3 -> Image 1.",
    "Image 2 came first, followed by image 3, and image 1 is the most recent.",
    "Image 1 shows most buildings, image 2 the fewest, image 3 is between.\nSo the order is 2, 3, 1.",
    "Step 1: image 1 has 9 houses. Step 2: image 2 has 2.\nStep 3: image 3 has 5.\n[2, 3, 1]",
    "From the latest to the earliest: 1, 3, 2", "Earliest: image 2; then image 3; latest: image 1",
    "2 (2018), 3 (2019), 1 (2020)", "1: third, 2: first, 3: second",
    "1 (newest), 3, 2 (oldest)", "The newest is image 1, then 3 and the oldest 2.", "Descending order of time: 1, 3, 2",
    "Image 1 is later than image 3, later than image 2.", "1 is after 3, which comes after 2", "1 ← 3 ← 2",
    "1, preceded by 3, preceded by 2", "Starting with the most recent: 1, 3, 2", "2 (earliest), 3, 1 (latest)",
    "Image 1 is the third, image 2 is the first and image 3 is the second.", "image_2, image_3, image_1", "2 3 1",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDERS)
def test_an_order_is_read(text):
    assert read_order(text, 3) == [2, 3, 1]


@pytest.mark.parametrize(
    "text",
    ["", "lovely weather", "2, 3", "2, 2, 1", "1, 2, 3, 4, 2, 1", "Image 2 is the oldest.", "I cannot tell.",
     "image 2 is the oldest, image 1 the newest, image 3 in the middle", "Latest: image 2; image 3; image 1",
     "all three are alike", "2018, 2019, 2020"],
)  # fmt: skip
def test_what_is_no_order(text):
    assert isinstance(read_order(text, 3), Unparsed)


@given(st.text(max_size=80) | st.from_regex(r"[a-c0-9 \[\]:.,>-]{0,60}", fullmatch=True), st.integers(2, 12))
def test_no_text_makes_the_reader_raise(text, count):
    order = read_order(text, count)
    assert isinstance(order, Unparsed) or sorted(order) == list(range(1, count + 1))


@given(st.permutations(range(1, 13)))
def test_twelve_numbers(order):
    assert read_order(", ".join(map(str, order)), 12) == list(order)
    assert read_order(" > ".join(f"Image {number}" for number in order), 12) == list(order)


LOOPS = [
    "\n",
    " ",
    "1 ",
    "1. ",
    "image 1 and ",
    "image 1,",
    "first ",
    "latest ",
    "the target ",
    "[",
    "2018-",
    "1: ",
    "A ",
]


@pytest.mark.parametrize("part", LOOPS)
def test_long_replies_are_read_in_time(part):
    text = part * 8000 + "x"
    started = process_time()
    for read in (read_order, images_named, interval_named):
        read(text, 9)
    has_risen(text)
    says_never(text)
    says_none(text)
    assert process_time() - started < 1
