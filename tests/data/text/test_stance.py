"""Replies to "Has anything changed?" as people read them: rsica_data.text.yes_no.stance and what it stands on."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from left_replies import LEFT

from rsica_data.schema import ParseContext, Question, Unparsed
from rsica_data.tasks import classification
from rsica_data.text.yes_no.stance import read_change, read_yes_no


def read(reply):
    answer = classification.parse(reply, ParseContext(Question("classification"), ("road", "building")))
    return None if isinstance(answer, Unparsed) else answer["changed"]


REPLIES = json.loads(Path(__file__).with_name("stance_replies.json").read_text())


@pytest.mark.parametrize("reply", REPLIES["changed"])
def test_a_reply_that_says_yes(reply):
    assert read(reply) is (None if reply in LEFT else True)


@pytest.mark.parametrize("reply", REPLIES["same"])
def test_a_reply_that_says_no(reply):
    assert read(reply) is (None if reply in LEFT else False)


@pytest.mark.parametrize("reply", REPLIES["no_answer"])
def test_a_reply_without_a_usable_answer(reply):
    assert read(reply) is None


SAMENESS = ["nothing changed", "the scene is unchanged", "these two images are identical", "there is no change"]
CHANGES = ["something has changed", "a house was built", "the two images differ"]
DENIALS = [
    "It isn't true that {}.",
    "It would be wrong to say that {}.",
    "I cannot claim that {}.",
    "I do not think that {}.",
    "The claim that {} is false.",
    "It is not the case that {}.",
]


@pytest.mark.parametrize("denial", DENIALS)
def test_a_denial_turns_the_statement_that_follows(denial):
    assert {read(denial.format(statement)) for statement in SAMENESS} <= {True, None}
    assert {read(denial.format(statement)) for statement in CHANGES} <= {False, None}


@pytest.mark.parametrize("cue", ["Looking again,", "On closer inspection,", "Wait,", "Actually,", "On second thought,"])
def test_a_reply_that_takes_back_what_it_said_is_read_by_its_later_verdict_or_not_at_all(cue):
    assert read(f"My first impression was that a house was built. {cue} nothing has changed.") in (False, None)
    assert read(f"At first glance nothing has changed. {cue} a house was built in the north.") in (True, None)


def test_sameness_of_a_part_beside_a_change_is_a_change_and_of_the_whole_a_contradiction():
    assert read("The roads are unchanged. Two houses were built.") is True
    assert read("Nothing has changed. Two houses were built.") is None
    assert read("Nothing has changed except that two houses were built.") is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Probability that something changed: 0.5", True),
        ("Probability that something changed: 49%", False),
        ("Probability that the images are identical: 0.9", False),
        ("Confidence that nothing changed: 20%", True),
    ],
)
def test_a_probability_of_one_half_or_more_is_yes(text, value):
    assert read(text) is value


def test_reasons_are_few():
    reasons = {
        answer.reason
        for reply in REPLIES["no_answer"]
        if isinstance(
            answer := classification.parse(reply, ParseContext(Question("classification"), ("road",))), Unparsed
        )
    }
    assert len(reasons) <= 9


HOSTILE = {
    "a number of 5,000 digits": "1" * 5000,
    "lone surrogates": "\ud800\udfff" * 50_000 + "?",
    "a megabyte of one word": "yes and " * 125_000,
    "a megabyte of clauses": "the road is not changed and " * 36_000,
    "64,000 newlines": "\n" * 64_000,
    "32,000 lines": "a\n" * 32_000,
    "100,000 brackets": "[" * 100_000,
    "100,000 braces": "{" * 100_000,
    "nested keys": '{"a":' * 20_000,
    "open tags": "<think>" * 20_000,
    "boxes": "\\boxed{" * 20_000,
    "pipes": "|" * 100_000,
    "spaces": " " * 1_000_000 + "no",
    "denials": "to say that " * 50_000,
    "negations": "not " * 100_000,
    "revisions": "wait, " * 50_000,
    "questions": "no? " * 50_000,
    "Chinese": "是否没有" * 50_000,
    "one word": "a" * 1_000_000,
    "marks": "answer: " * 50_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_replies_are_cheap_and_never_raise(name):
    read("warm")
    start = time.process_time()
    read(HOSTILE[name])
    assert time.process_time() - start < 3


@given(st.text(max_size=400))
def test_nothing_raises(text):
    assert read(text) in (True, False, None)
    assert read_yes_no(text) in (True, False, None)
    read_change(text)


@given(
    st.sampled_from(["yes", "no"]),
    st.sampled_from(
        [
            "{}",
            " {}.",
            "**{}**",
            "<answer>{}</answer>",
            "Answer: {}",
            '{{"answer": "{}"}}',
            "<think>hm</think>{}",
            "\\boxed{{{}}}",
            "[THINK]hm[/THINK]{}",
            "{}</s>",
        ]
    ),
)
def test_frames_do_not_matter(word, frame):
    assert read(frame.format(word)) is (word == "yes")
