"""Letters of multiple choice, as models write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.schema import Unparsed
from rsica_data.text.letters import LETTERS, lone_letter, named_options, read_letters

OPTIONS = ("roads", "buildings", "low vegetation", "vegetation")
B = [
    "B", "b", "(B)", "(b)", "B.", "b)", "B:", "Option B", "option b", "Answer: B", "The answer is B.", "**B**", "`B`",
    "B. buildings", "(B) buildings", "B) Buildings", "B - buildings", "B: buildings", "buildings", "Buildings.",
    "The correct option is (B) buildings because A shows no change.", "I would choose B.", "I'd go with B",
    "It is buildings.", "The best choice is B, since new houses stand there.", '{"answer": "B"}', '["B"]',
    '{"choice": "b", "reason": "A and C did not change"}', '```json\n{"answer": "B. buildings"}\n```', "# B",
    "- B", "The correct answer is option B.", "Not A but B.", "Option A is wrong. Option B.", "选项 B", "答案：B",
    "There are new houses. So the answer must be B", "_B_", "the correct answer is (B).",
    "(A) is incorrect and (C) is wrong, so (B)",
]  # fmt: skip


@pytest.mark.parametrize("text", B)
def test_one_letter(text):
    assert read_letters(text, OPTIONS) == [1]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("A, C", [0, 2]), ("A and C", [0, 2]), ("AC", [0, 2]), ("(A), (C)", [0, 2]),
        ("A. roads\nC. low vegetation", [0, 2]),
        ("roads and low vegetation", [0, 2]), ('{"answers": ["A", "C"]}', [0, 2]), ('["A", "C"]', [0, 2]),
        ("Options A and C", [0, 2]), ("- (A) roads\n- (C) low vegetation", [0, 2]), ("A; C", [0, 2]),
        ("The right ones are (A) and (C).", [0, 2]), ("C", [2]), ("A, B, C and D", [0, 1, 2, 3]), ("a, c", [0, 2]),
    ],
)  # fmt: skip
def test_several_letters(text, places):
    assert read_letters(text, OPTIONS, several=True) == places


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no option"), ("A road was built near a river.", "no option"), ("The answer is a guess.", "no option"),
        ("I cannot tell.", "no option"), ("E", "no option"), ("(A) or (B)", "several"),
        ("roads or buildings", "several"),
        ("A, B", "several"), ("B. roads", "another option"), ("BAD", "no option"), ("lovely weather", "no option"),
    ],
)  # fmt: skip
def test_no_letter(text, reason):
    read = read_letters(text, ("red roads" if text.startswith("A road") else "roads", *OPTIONS[1:]))
    assert isinstance(read, Unparsed) and reason in read.reason, read


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("trees and low vegetation", [2, 3]), ("Ground.", [1]), ("building, tree", [0, 2]), ("A and C, not B", [0, 2]),
        ("A, B and C are right; D is not", [0, 1, 2]), ("Only B", [1]), ("A is wrong, B is right", [1]),
        ("B is correct.", [1]), ("C. a tree", [2]),
    ],
)  # fmt: skip
def test_short_names_of_options(text, places):
    options = ("buildings", "ground areas", "trees", "low vegetation areas")
    assert read_letters(text, options, several=True) == places


@pytest.mark.parametrize("text", ["C. building", "buildings, but not trees", "All except trees", "It isn't buildings."])
def test_what_is_denied_or_beside_another_is_no_choice(text):
    options = ("buildings", "ground areas", "trees", "low vegetation areas")
    assert isinstance(read_letters(text, options, several=True), Unparsed)


def test_a_text_that_holds_another():
    assert read_letters("low vegetation", OPTIONS) == [2]
    assert read_letters("mostly vegetation", OPTIONS) == [3]
    assert named_options("between 0 and 10: 0_to_10", ("0", "0 to 10")) == [0, 1]


def test_lone_letters():
    assert [lone_letter(text, 3) for text in ("b", "(c).", "Option A", "d", "a road", "")] == [
        1,
        2,
        0,
        None,
        None,
        None,
    ]


@given(st.text(max_size=60), st.booleans())
def test_no_text_makes_the_reader_raise(text, several):
    read = read_letters(text, OPTIONS, several)
    assert isinstance(read, Unparsed) or all(0 <= place < 4 for place in read)


@given(st.sets(st.integers(0, 9), min_size=1), st.sampled_from([", ", " and ", "; ", ""]))
def test_lists_of_letters_read_back(places, between):
    options = [f"option text {letter * 3}" for letter in LETTERS]
    text = between.join(LETTERS[place] for place in sorted(places))
    assert read_letters(text, options, several=True) == sorted(places)
