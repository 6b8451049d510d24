"""The prompt and the schema of a reading, and readings beside the facts and the marks."""

import re
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_texts import written

from rsica_data.claims import Fact, Listed, check_text
from rsica_data.claims.agreeing import disagreement
from rsica_data.claims.fact_list import OWN_KINDS
from rsica_data.claims.reading import ARGUMENTS, NAMES, VALUES, parts_of, reading_prompt, reading_schema
from rsica_data.claims.readings import Entry, holds, holds_all, reading_of
from rsica_data.claims.settled import settled
from rsica_data.tasks.open_qa.kinds import KINDS

AT_LEAST = ">="


def ask(kind, *args, value=None, bound="", stance=None):
    stance = stance or ("unanswered" if value is None else "yes")
    words = [*(["no"] if stance == "no" else []), kind, *args, *([bound] if bound else [])]
    values = value if isinstance(value, list) else [] if value is None else [value]
    return [*words, *values, *(["?"] if stance == "unanswered" else [])]


def claim(part, kind, *args, value=None, bound="", stance="yes"):
    """A claim of a part of a text, by its number or by its words."""
    return [part, *ask(kind, *args, value=value, bound=bound, stance=stance)]


def in_parts(claims, text):
    """Claims whose parts are given by their words, with the numbers of these parts."""
    parts = [text[start:end] for start, end in parts_of(text)]
    for part, *entry in claims:
        named = isinstance(part, str)
        yield [*([n for n, words in enumerate(parts, 1) if words.strip(" .,") in part] if named else [part]), *entry]


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
        data = {"asks": written(asks)} if question is not None else {}
        data |= {"claims": written(in_parts(claims, checked.text))}
        jsonschema.validate(data, reading_schema(question))
        return disagreement(reading_of(data, checked.text, listed), checked.left, listed, question)

    return make


def test_every_listed_kind_has_a_form_and_is_explained(listed):
    listable = {*OWN_KINDS, *(fact.kind for fact in listed.facts)} - {"caption"}
    assert listable <= ARGUMENTS.keys() == VALUES.keys()
    prompt = reading_prompt("Two roads changed.", None, listed)
    assert all(re.search(rf"\b{NAMES[kind]}\b", prompt) for kind in ARGUMENTS)
    assert len(set(NAMES.values())) == len(NAMES)
    assert {VALUES[kind] for kind in ARGUMENTS if kind in KINDS} <= {kind.type for kind in KINDS.values()}


def test_a_prompt_shows_no_fact(listed):
    about = Listed(listed.facts, listed.classes, earlier=" Did anything change? Yes.")
    prompt = reading_prompt("Two roads changed.", "How many?", about)
    for fact in listed.facts:
        assert fact.words() not in prompt
    assert "Did anything change? Yes." in prompt and "How many?" in prompt


IDIOM = "[The houses were not left in peace](class_count building)."
CHANGED = claim("The houses were not left in peace", "class_count", "building", value=0, stance="no")


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
        ([], [], "marked with"),
        ([], [claim("The houses were not left in peace", "other")], "marked with"),
        ([], [claim(9, "class_count", "building", value=3)], "marked with"),
        ([], [claim("The houses were not left in peace", "growth_direction", "bare land", value="left")],
             "does not tell"),
        # The question is another.
        ([ask("class_count", "road", value=2)], [CHANGED], "asks for class count of roads; the answer gives 2"),
        ([ask("cells_of_class", "building")], [CHANGED], "gives another thing"),
        ([ask("description", stance="unanswered")], [CHANGED], "another thing than the question asks for"),
        ([ask("other", stance="unanswered")], [CHANGED], "another thing than the question asks for"),
    ],
)  # fmt: skip
def test_an_idiom_is_refused_where_it_does_not(reason, asks, claims, words):
    question = "Were the houses left in peace?" if asks else None
    assert words in reason(IDIOM, question, asks, claims)


@pytest.mark.parametrize(
    ("words", "mark", "read", "taken"),
    [
        ("down there on the right", "growth_direction building", ("growth_direction", "building"), True),
        # Right as read, and marked with another half, a number of cells, an area, another transition.
        ("it is the left that has more", "top_or_bottom", ("left_or_right",), False),
        ("houses here and there", "cell_count building", ("cells_of_class", "building"), False),
        ("a good bit of it all", "area_m2 building", ("area_share", "building"), False),
        ("from the bare land it all came", "transition 'b': 'building'", ("transition", "vegetation", "road"), False),
        # The same thing told by another kind, and with the classes in the other order.
        ("the houses have not been left in peace", "changed_classes", ("class_count", "building"), True),
        ("it is houses first", "more_area", ("more_area", "road", "building"), True),
    ],
)
def test_a_mark_is_of_the_fact_that_its_words_are_read_as(reason, listed, words, mark, read, taken):
    kind, *args = read
    value = settled(kind, dict(zip(ARGUMENTS[kind], args, strict=True)), listed)
    assert value is not None
    refused = reason(f"[{words}]({mark}).", None, [], [claim(1, kind, *args, value=value)])
    assert refused is None if taken else "marked with" in refused


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ("[Three houses changed](class_count building), up where [it is the top-left](cell_objects top-left)", False),
        ("[The houses changed](changed_classes), one up where [it is the top-left](cell_objects top-left)", True),
        (
            "[The houses changed](changed_classes), one wholly up where [it is the top-left](cell_objects top-left)",
            False,
        ),
    ],
)
def test_cells_beside_a_count_of_all_are_those_of_all(reason, words, taken):
    text = words.replace(", ", " ")
    cells = claim(1, "cells_of_class", "building", value=["top-left"])
    inside = claim(1, "cell_objects", "building", "top-left", value=1)
    refused = reason(f"{text}.", None, [], [cells, inside])
    assert refused is None if taken else "cells of class of buildings" in refused


def test_what_a_person_wrote_of_one_image_is_not_told_of_the_other(listed):
    about = Listed((*listed.facts, Fact("caption", {}, "three houses differ in the later image")), listed.classes)
    for image, taken in (("later", True), ("second", True), ("earlier", False), ("first", False)):
        words = f"three houses that are not in peace in the {image} image"
        checked = check_text(f"[{words}]({len(about.facts)}).", about)
        reading = reading_of({"claims": "1 count building 3; 1 other"}, checked.text, about)
        assert (disagreement(reading, checked.left, about, None) is None) is taken


def test_a_number_before_a_comma_counts_no_objects(reason):
    text = "Of the two, [the houses had it worse](class_count building)."
    read = claim("the houses had it worse", "class_count", "building", value=1, bound=AT_LEAST)
    assert reason(text, None, [], [read]) is None


def test_a_description_marks_a_fact_of_change(reason):
    asks, claims = [ask("description", value=None, stance="yes")], []
    text = "[Buildings cover 5.3% of the second image](cover_after building)."
    assert "description" in reason(text, "Describe the change.", asks, claims, undecided=False)
    text = "[Two houses were built](built_count building)."
    assert reason(text, "Describe the change.", asks, claims, undecided=False) is None


@pytest.mark.parametrize(
    "words",
    [
        "As to the buildings, they are next: ",  # a heading of what is spoken of
        "Like ducks on a pond, ",  # another word for a class, said of nothing
        "Whatever comes beyond that edge: ",
    ],
)
def test_headings_and_asides_need_no_claim(reason, words):
    text = words + "[a brace of houses came into the world](built_count building)."
    built = claim("a brace of houses came into the world", "built_count", "building", value=2)
    assert reason(text, None, [], [built]) is None


def test_a_sentence_of_knowledge_states_nothing_of_the_pair(listed):
    known = replace(listed, knowledge=("New roads bring more traffic.",))
    number = next(n for n, f in enumerate(listed.facts, 1) if f.kind == "class_count" and f.args["cls"] == "road")
    text = f"New roads bring more traffic, and [one road changed]({number})."
    assert "outside of all marks" in check_text(text, listed).fault
    assert check_text(text, known).fault is None


def test_where_is_answered_by_the_cells_that_hold_the_middles_and_which_cells_by_all(listed):
    counted = {f.args["cell"] for f in listed.facts if f.kind == "cell_objects" and f.args["cls"] == "building"}
    entry = Entry("cells_of_class", {"cls": "building"}, sorted(counted))
    wider = [Fact("cells_of_class", {"cls": "building"}, [*sorted(counted), "top-center"])]
    others = tuple(f for f in listed.facts if not (f.kind == "cells_of_class" and f.args["cls"] == "building"))
    touching = replace(listed, facts=(*wider, *others))
    assert holds(entry, touching) is False and holds_all(entry, touching)
    assert not holds_all(Entry("cells_of_class", {"cls": "building"}, sorted(counted)[:1]), touching)


@pytest.mark.parametrize("side", ["bottom right", "bottom-right"])
def test_a_side_may_be_written_as_a_cell(listed, side):
    data = {"claims": f"1 side building {side}"}
    assert reading_of(data, "They lie there.", listed).claims[0].value == "bottom right"


def test_what_a_person_wrote_bears_out_its_own_words_alone(reason):
    text = "[a road is built](caption) [where you would not look](growth_direction road)."
    whole = "a road is built where you would not look"
    leans = claim(whole, "growth_direction", "road", value="bottom left")
    assert "it is top right" in reason(text, None, [], [claim(whole, "built_count", "road", value=1), leans])


def test_every_number_of_objects_and_cell_outside_of_marks_is_read(reason):
    text = "[A brace of houses came into the world](built_count building) in the bottom-right, and one road."
    first, second = "A brace of houses came into the world in the bottom-right", "and one road"
    built = claim(first, "built_count", "building", value=2)
    cell = claim(first, "cell_objects", "building", "bottom-right", value=1, bound=AT_LEAST)
    road = claim(second, "built_count", "road", value=1)
    assert reason(text, None, [], [built, cell, road]) is None
    assert "'one' is said of nothing" in reason(text, None, [], [built, cell])
    assert "it is 1" in reason(text, None, [], [built, cell, claim(second, "built_count", "road", value=2)])


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
        ([ask("other", stance="yes")], [], None),
        # A true statement that answers another question.
        ([ask("removed_count", "building", value=3)], [], "the answer gives 3, and it is 1"),
        ([ask("removed_count", "building")], [], "gives another thing"),
        # A mark that code confirmed is no claim of another kind.
        ([ask("class_count", "building", value=3)], [claim("Three", "built_count", "building", value=3)], None),
        # What code has confirmed is not read again.
        ([], [claim("Three", "built_count", "building", value=4)], None),
    ],
)
def test_an_answer_that_holds_by_its_marks(reason, asks, claims, words):
    fault = reason("[Three](class_count building).", WHY, asks, claims, undecided=False)
    assert fault is None if words is None else words in fault


@pytest.mark.parametrize(
    ("question", "answer", "asks", "words"),
    [
        # Whatever the reader makes of an answer: what is asked stands in no fact that it marks.
        ("What of the roads, pray?", "[No building but three changed](class_count building).",
         [ask("class_count", "road", value=1)], "no fact that is marked is about that"),
        ("Pray, how many houses changed?", "[The three buildings take 5.3% of the second image](cover_after building).",
         [ask("class_count", "building", value=3)], "no fact that is marked is about that"),
        ("Pray, how many houses changed?", "[Three buildings changed](class_count building).",
         [ask("class_count", "building", value=3)], None),
        ("Pray, did any road change?", "[The road was built](direction road).",
         [ask("class_count", "road", value=1, bound=AT_LEAST)], None),
    ],
)  # fmt: skip
def test_what_is_asked_stands_in_a_marked_fact(listed, question, answer, asks, words):
    text = re.sub(r"\(([a-z_]+) (\w+)\)", lambda m: f"({number_of(listed, m[1], m[2])})", answer)
    checked = check_text(text, listed, question)
    left = replace(checked.left, fault=None, confirmed=(True,))
    fault = disagreement(reading_of({"asks": written(asks)}, checked.text, listed), left, listed, question)
    assert fault is None if words is None else words in fault


def number_of(listed, kind, name):
    return next(n for n, f in enumerate(listed.facts, 1) if f.kind == kind and f.args.get("cls") == name)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("[Three buildings changed](class_count building).", True),
        ("Well, my dear, [three houses are different](class_count building), there you go.", True),
        # Words that say when, which alone, or which way are for a reader; so is what stands outside of marks.
        ("[By then three buildings had changed](class_count building).", False),
        ("[Three buildings changed, and they alone](class_count building).", False),
        ("[Three buildings changed](class_count building), and one reaches the edge.", False),
    ],
)
def test_texts_that_code_reads_for_certain(listed, text, plain):
    text = re.sub(r"\(([a-z_]+) (\w+)\)", lambda m: f"({number_of(listed, m[1], m[2])})", text)
    checked = check_text(text, listed)
    assert (checked.outcome == "holds") is plain
    assert plain or checked.left.parts


def test_what_is_asked_need_not_be_claimed_again(reason):
    asked = ask("built_count", "building", value=2)
    text = "[A brace of houses came into the world](built_count building)."
    assert reason(text, "How many houses were built?", [asked], []) is None
    # "A brace of" is no other number than two.
    assert "it is 2" in reason(text, "How many houses were built?", [ask("built_count", "building", value=3)], [])


@pytest.mark.parametrize(
    ("words", "kind", "taken"),
    [
        ("built is a road", "built_count", True),
        ("built is a road", "other", False),
        ("a road has been removed", "removed_count", False),
        ("a road has been removed", "other", False),
    ],
)
def test_what_a_person_wrote_is_told_in_its_words_or_by_the_list(reason, words, kind, taken):
    entry = claim(1, kind) if kind == "other" else claim(1, kind, "road", value=1)
    assert (reason(f"[{words}](caption).", None, [], [entry]) is None) is taken


FACTS = (Fact("any_change", {}, True), Fact("class_count", {"cls": "road"}, 2))
WORD = st.one_of(
    st.sampled_from([*NAMES.values(), "other", "description", "no", "?", "none", ">=", "~", "road", "building"]),
    st.sampled_from(["top-left", "true", "before", "1", "2.5", "; 1"]), st.text(max_size=5),
)  # fmt: skip
KNOWN = st.sampled_from(list(ARGUMENTS)).flatmap(
    lambda kind: st.tuples(
        st.just(NAMES[kind]), *(st.sampled_from(["road", "top-left", "before"]) for _ in ARGUMENTS[kind])
    )
)
ENTRY = st.builds(lambda known, more: " ".join((*known, *more)), st.one_of(KNOWN, st.just(())), st.lists(WORD))


@settings(deadline=None, max_examples=150)
@given(st.lists(ENTRY, max_size=3), st.lists(ENTRY, max_size=3))
def test_no_reading_breaks_the_comparison(asks, claims):
    about = Listed(FACTS, ("road", "building"))
    checked = check_text("[Two roads are not the same](2), [changed](1)", about, "What of the roads, dear?")
    reading = {"asks": "; ".join(asks), "claims": "; ".join(f"1 2 {entry}" for entry in claims)}
    fault = disagreement(reading_of(reading, checked.text, about), checked.left, about, "What of the roads, dear?")
    assert isinstance(fault, (str, type(None)))
