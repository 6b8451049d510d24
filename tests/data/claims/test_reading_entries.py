"""Entries of a reading: what holds by the list, what fits its kind, and what a request asks for."""

import json
import re

import jsonschema
import pytest

from rsica_data.claims.reading import BOUNDS, reading_prompt, reading_schema
from rsica_data.claims.readings import Entry, holds, reading_of

AT_LEAST = ">="


@pytest.mark.parametrize(
    ("kind", "args", "value", "bound", "expected"),
    [
        ("class_count", {"cls": "building"}, 2, AT_LEAST, True),
        ("class_count", {"cls": "building"}, 3, ">", False),
        ("class_count", {"cls": "building"}, 4, "~", True),
        ("cover_after", {"cls": "building"}, 5.3, "", True),
        ("cover_after", {"cls": "building"}, 5.5, "", False),
        ("cover_after", {"cls": "building"}, 5, "~", True),
        ("cells_of_class", {"cls": "road"}, ["top-right"], "", True),
        ("cells_of_class", {"cls": "road"}, ["top-left"], "", False),
        ("unchanged_classes", {}, ["vegetation"], "", False),
        ("date", {"side": "before"}, "May 2012", "", True),
        ("date", {"side": "before"}, "May 2013", "", False),
        ("growth_direction", {"cls": "road"}, "top", "", True),
        ("nearest_class", {"cls": "vegetation"}, "road", "", None),
    ],
)
def test_what_holds_by_the_list(listed, kind, args, value, bound, expected):
    assert holds(Entry(kind, args, value, BOUNDS[bound]), listed) is expected


@pytest.mark.parametrize(
    "entry",
    ["count 2", "count top-left 2", "count road built", "more_objects road road road", "count road 2 3", "count road",
     "cells road true", "cells road top-left road", "change maybe", "no such kind", "2"],
)  # fmt: skip
def test_an_entry_that_does_not_fit_its_kind_is_other(listed, entry):
    reading = reading_of({"asks": entry if entry != "count road" else "count road 2 3", "claims": f"1 {entry}"},
                         "Two roads changed.", listed)  # fmt: skip
    assert [ask.kind for ask in reading.asks] == ["other"]
    assert [claim.kind for claim in reading.claims] == ([] if entry == "2" else ["other"])


def test_entries_without_a_part_of_the_text_are_left_out(listed):
    claims = "1; ; 4 count road 3; count road 3; 1 1 count road >= 2; 1 cells road top-left top-right;"
    reading = reading_of({"claims": claims}, "Two roads changed.", listed)
    assert [(claim.kind, claim.bound, claim.value) for claim in reading.claims] == [
        ("class_count", "at least", 2),
        ("cells_of_class", "exactly", ["top-left", "top-right"]),
    ]
    assert all(claim.spans == ((0, 18),) for claim in reading.claims)


@pytest.mark.parametrize(
    ("entry", "kind", "args", "value"),
    [
        ("was_before building bare land", "was_before", {"cls": "building"}, "bare land"),
        ("transition bare_land building > 0", "transition", {"a": "bare land", "b": "building"}, 0),
        ("unchanged road bare land building", "unchanged_classes", {}, ["road", "bare land", "building"]),
        ("changed none", "changed_classes", {}, []),
        ("area building 1,250 m2", "area_m2", {"cls": "building"}, 1250),
        ("cover_after bare land 12.5%", "cover_after", {"cls": "bare land"}, 12.5),
        ("date before 3 May 2012", "date", {"side": "before"}, "3 May 2012"),
        ("objects building top-left ~2", "cell_objects", {"cls": "building", "cell": "top-left"}, 2),
    ],
)
def test_names_and_values_of_several_words(listed, entry, kind, args, value):
    (ask,) = reading_of({"asks": entry}, "", listed).asks
    assert (ask.kind, ask.args, ask.value) == (kind, args, value)


@pytest.mark.parametrize(
    ("question", "claims", "lists"),
    [("How many?", False, ["asks"]), ("How many?", True, ["asks", "claims"]), (None, True, ["claims"])],
)
def test_a_request_asks_for_what_is_needed(listed, question, claims, lists):
    schema = reading_schema(question, claims)
    assert list(schema["properties"]) == schema["required"] == lists
    prompt = reading_prompt("Two roads changed, and one house.", question, listed, (2,) if claims else ())
    for name in ("asks", "claims"):
        starts = f"\n{name}: each thing" in prompt
        assert starts is (f'"{name}": "' in prompt) is (name in lists)
    assert ('"2": "and one house."' in prompt) is claims and ('"question"' in prompt) is (question is not None)
    assert (re.search(r'"read": \[\s*2\s*\]', prompt) is not None) is claims
    example = json.loads(prompt.split(" gives\n")[1].split("\n\n")[0])
    jsonschema.validate(example, schema)
    if question is None:
        assert example["claims"].count(";") == 1  # with a question the second one stands in what is asked
