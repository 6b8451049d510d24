"""The prompt and the schema of a reading, and readings beside the facts and the marks."""

import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_data.claims import Fact, Listed, check_text
from rsica_data.claims.agreeing import disagreement
from rsica_data.claims.fact_list import OWN_KINDS
from rsica_data.claims.reading import ARGUMENTS, VALUES, reading_prompt, reading_schema
from rsica_data.claims.readings import Entry, holds, reading_of
from rsica_data.tasks.open_qa.kinds import KINDS

AT_LEAST = "at least"


def ask(kind, *args, value=None, bound="exactly", said=None):
    said = said or ("unanswered" if value is None else "yes")
    return {"kind": kind, "args": list(args), "value": value, "bound": bound, "said": said}


def claim(quote, kind, *args, value=None, bound="exactly", said="yes"):
    return {"quote": quote, **ask(kind, *args, value=value, bound=bound, said=said)}


@pytest.fixture
def reason(listed):
    """Why a marked text with a reading is not taken; the schema holds of every reading of these tests."""

    def number(match):
        kind, *named = match[1].split()
        there = (n for n, f in enumerate(listed.facts, 1) if f.kind == kind and all(c in str(f.args) for c in named))
        return f"({next(there)})"

    def make(text, question, asks, claims, undecided=True):
        checked = check_text(re.sub(r"(?<=\])\(([a-z_]+[^()]*)\)", number, text), listed, question)
        assert checked.outcome == "undecided" and bool(checked.fault) is undecided, checked
        data = {"asks": list(asks), "claims": list(claims)}
        jsonschema.validate(data, reading_schema(listed))
        return disagreement(reading_of(data, checked.text, listed), checked.left, listed, question)

    return make


def test_every_listed_kind_has_a_form_and_is_explained(listed):
    listable = {*OWN_KINDS, *(fact.kind for fact in listed.facts)} - {"caption"}
    assert listable <= ARGUMENTS.keys() == VALUES.keys()
    prompt = reading_prompt("Two roads changed.", None, listed)
    assert all(re.search(rf"\b{kind}\b", prompt) for kind in ARGUMENTS)
    assert {VALUES[kind] for kind in ARGUMENTS if kind in KINDS} <= {kind.type for kind in KINDS.values()}


def test_a_prompt_shows_no_fact(listed):
    about = Listed(listed.facts, listed.classes, earlier=" Did anything change? Yes.")
    prompt = reading_prompt("Two roads changed.", "How many?", about)
    for fact in listed.facts:
        assert fact.words() not in prompt
    assert "Did anything change? Yes." in prompt and "How many?" in prompt
    no_cover = Listed(tuple(f for f in listed.facts if not f.kind.startswith("cover")), ("road",))
    kinds = reading_schema(no_cover)["properties"]["claims"]["items"]["properties"]["kind"]["enum"]
    assert not {"cover_before", "became", "more_objects"} & set(kinds) and {"class_count", "other"} <= set(kinds)


IDIOM = "[The houses were not left in peace](class_count building)."
CHANGED = claim("The houses were not left in peace", "class_count", "building", value=0, said="no")


def test_an_idiom_is_taken_where_the_reading_bears_it_out(reason):
    assert reason(IDIOM, None, [], [CHANGED]) is None
    asked = ask("class_count", "building", value=1, bound=AT_LEAST)
    assert reason(IDIOM, "Were the houses left in peace?", [asked], [CHANGED]) is None


@pytest.mark.parametrize(
    ("asks", "claims", "words"),
    [
        # What is read is false.
        ([], [claim("The houses were not left in peace", "class_count", "building", value=4)], "it is 3"),
        # What is read is of another thing than the mark.
        ([], [claim("The houses were not left in peace", "cover_after", "building", value=5.3)],
         "marked with"),
        # Nothing is read, or too little.
        ([], [], "'houses' is said of nothing"),
        ([], [claim("The houses were not left in peace", "other")], "'houses' is said of nothing"),
        ([], [claim("somewhere else", "class_count", "building", value=3)], "'houses' is said of nothing"),
        ([], [claim("The houses were not left in peace", "growth_direction", "bare land", value="left")],
             "does not tell"),
        # The question is another.
        ([ask("class_count", "road", value=2)], [CHANGED], "asks for class count of roads; the answer gives 2"),
        ([ask("cells_of_class", "building")], [CHANGED], "gives another thing"),
        ([ask("description", said="unanswered")], [CHANGED], "the answer is none"),
        ([ask("other", said="unanswered")], [CHANGED], "another thing than the question asks for"),
        ([ask("description", said="yes")], [CHANGED], "leaves out that road changed"),
    ],
)  # fmt: skip
def test_an_idiom_is_refused_where_it_does_not(reason, asks, claims, words):
    question = "Were the houses left in peace?" if asks else None
    assert words in reason(IDIOM, question, asks, claims)


def test_every_number_class_and_cell_is_taken_up_by_a_claim(reason):
    text = "[A brace of houses came into the world](built_count building) in the bottom-right, and one road."
    quote = "A brace of houses came into the world in the bottom-right, and one road"
    built = claim(quote, "built_count", "building", value=2)
    cell = claim(quote, "cell_objects", "building", "bottom-right", value=1, bound=AT_LEAST)
    road = claim(quote, "built_count", "road", value=1)
    assert reason(text, None, [], [built, cell, road]) is None
    assert "'bottom-right'" in reason(text, None, [], [built, road])
    assert "'one'" in reason(text, None, [], [built, cell]) or "'road'" in reason(text, None, [], [built, cell])


@pytest.mark.parametrize(
    "words",
    ["Don't you worry, ", "Right, look here: ", "Of the two views the later one tells: ", "Believe it or not, "],
)
def test_idle_words_outside_of_marks_are_left_to_the_reading(reason, words):
    text = words + "[a brace of houses came into the world](built_count building)."
    built = claim("a brace of houses came into the world", "built_count", "building", value=2)
    assert reason(text, None, [], [built]) is None


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("In the right half, ", "right"),
        ("Two roads aside, ", "Two"),
        ("At 15 %, ", "15"),
        ("Removed or not, ", "Removed"),
    ],
)
def test_words_that_always_state_something_need_a_claim(reason, words, left):
    text = words + "[a brace of houses came into the world](built_count building)."
    built = claim("a brace of houses came into the world", "built_count", "building", value=2)
    assert f"'{left}" in reason(text, None, [], [built])


def test_a_long_quote_hides_no_false_claim_behind_what_a_person_wrote(reason):
    text = "[All is as it ever was](any_change), though [a road is built](caption)."
    whole = "All is as it ever was, though a road is built"
    road = claim("a road is built", "built_count", "road", value=1)
    assert "it is True" in reason(text, None, [], [claim(whole, "any_change", value=False), road])
    # What is said in the words of an unconfirmed mark is read there, not elsewhere.
    assert "does not say what it is marked with" in reason(text, None, [], [road])


WHY = "How many buildings are a reason to redraw the map?"


@pytest.mark.parametrize(
    ("asks", "claims", "words"),
    [
        ([ask("class_count", "building", value=3)], [claim("Three", "class_count", "building", value=3)], None),
        # A reading without an opinion leaves a text that holds by its marks alone.
        ([], [], None),
        ([ask("other", said="yes")], [], None),
        # A true statement that answers another question.
        ([ask("removed_count", "building", value=3)], [], "the answer gives 3, and it is 1"),
        ([ask("removed_count", "building")], [], "gives another thing"),
        # A mark that code confirmed is no claim of another kind.
        ([ask("class_count", "building", value=3)], [claim("Three", "built_count", "building", value=3)], None),
        ([], [claim("Three", "built_count", "building", value=4)], "it is 2"),
    ],
)
def test_an_answer_that_holds_by_its_marks(reason, asks, claims, words):
    found = reason("[Three](class_count building).", WHY, asks, claims, undecided=False)
    assert found is None if words is None else words in found


@pytest.mark.parametrize(
    ("kind", "args", "value", "bound", "expected"),
    [
        ("class_count", {"cls": "building"}, 2, AT_LEAST, True),
        ("class_count", {"cls": "building"}, 3, "more than", False),
        ("class_count", {"cls": "building"}, 4, "about", True),
        ("cover_after", {"cls": "building"}, 5.3, "exactly", True),
        ("cover_after", {"cls": "building"}, 5.5, "exactly", False),
        ("cover_after", {"cls": "building"}, 5, "about", True),
        ("cells_of_class", {"cls": "road"}, ["top-right"], "exactly", True),
        ("cells_of_class", {"cls": "road"}, ["top-left"], "exactly", False),
        ("unchanged_classes", {}, ["vegetation"], "exactly", False),
        ("date", {"side": "before"}, "May 2012", "exactly", True),
        ("date", {"side": "before"}, "May 2013", "exactly", False),
        ("growth_direction", {"cls": "road"}, "top", "exactly", True),
        ("nearest_class", {"cls": "vegetation"}, "road", "exactly", None),
    ],
)
def test_what_holds_by_the_list(listed, kind, args, value, bound, expected):
    assert holds(Entry(kind, args, value, bound), listed) is expected


def test_entries_that_do_not_fit_their_kind_are_other(listed):
    text = "Two roads changed."
    odd = [
        claim("Two roads", "class_count", value=2),
        claim("Two roads", "class_count", "top-left", value=2),
        claim("Two roads", "class_count", "road", value="built"),
        claim("Two roads", "more_objects", "road", "road", value="road"),
        claim("two ROADS", "class_count", "road", value=2),
        claim("Three roads", "class_count", "road", value=3),
    ]
    reading = reading_of({"asks": [ask("cells_of_class", "road", value=True)], "claims": odd}, text, listed)
    assert [entry.kind for entry in reading.claims] == ["other"] * 4 + ["class_count"]
    assert [entry.kind for entry in reading.asks] == ["other"]


FACTS = (Fact("any_change", {}, True), Fact("class_count", {"cls": "road"}, 2))
ENTRY = st.fixed_dictionaries(
    {
        "quote": st.sampled_from(["Two roads", "changed", ""]),
        "kind": st.sampled_from([*ARGUMENTS, "other", "description"]),
        "args": st.lists(st.sampled_from(["road", "building", "top-left", "before"]), max_size=3),
        "value": st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.floats(0, 99), st.text(max_size=5),
                           st.lists(st.sampled_from(["road", "top-left"]), max_size=2)),
        "bound": st.sampled_from(["exactly", "about", "at least"]),
        "said": st.sampled_from(["yes", "no", "unanswered"]),
    }
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(ENTRY, max_size=3), st.lists(ENTRY, max_size=3))
def test_no_reading_breaks_the_comparison(asks, claims):
    about = Listed(FACTS, ("road", "building"))
    checked = check_text("[Two roads are not the same](2), [changed](1)", about, "What of the roads, dear?")
    reading = reading_of({"asks": asks, "claims": claims}, checked.text, about)
    assert isinstance(disagreement(reading, checked.left, about, "What of the roads, dear?"), (str, type(None)))
