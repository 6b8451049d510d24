"""Frames, reasoning and control tokens around an answer."""

import warnings

import pytest

from rsica_data.text.normalized.cleaning import NoAnswerError, answer_text, conclusion
from rsica_data.text.normalized.literals import structures_in


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("<think>2 or 3?</think> **Answer:** Yes", "Yes"),
        ("[THINK]maybe[/THINK]Yes", "Yes"),
        ("<answer><|begin_of_box|>No<|end_of_box|></answer>", "No"),
        ("<|channel|>analysis<|message|>Yes?<|end|><|start|>assistant<|channel|>final<|message|>No<|return|>", "No"),
        ("Final Answer: No", "No"),
        ("【答案】是", "是"),
        ("Yes</s>", "Yes"),
        ("\ud800Yes", "Yes"),
        ("ANSWER: yes\n\nReason: <ref>new house</ref><box>[[1, 2, 3, 4]]</box>", "yes"),
    ],
)
def test_the_answer_of_a_reply(reply, answer):
    assert answer_text(reply).strip("* ") == answer


@pytest.mark.parametrize("reply", ["", "  \n", "<think>let me see", "<|channel|>analysis<|message|>Looks new"])
def test_a_reply_without_an_answer(reply):
    with pytest.raises(NoAnswerError):
        answer_text(reply)


def test_a_box_of_coordinates_is_no_frame():
    assert "new house" in answer_text("<ref>new house</ref><box>(412,233),(471,290)</box>")


def test_a_conclusion_stands_after_its_mark():
    assert conclusion("Two roads. Total: 5") == "5"
    assert conclusion("Two roads.") is None


@pytest.mark.parametrize("reply", ["[5not, 2roads]", "{1if 2else 3: 0x1for}"])
def test_broken_literals_warn_nobody(reply):
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert structures_in(reply) == []
    assert seen == []
