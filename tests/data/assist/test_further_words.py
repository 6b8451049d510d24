"""Wordings beside those of the recorded replies: soil that is sealed, there, what came in the place, extents."""

from pathlib import Path

import pytest
import yaml
from reply_contexts import read_contexts

from rsica_data.assist.checking import against
from rsica_data.assist.readers.paraphrases import sense
from rsica_data.assist.types import Statement

WORDS = yaml.safe_load((Path(__file__).parent / "further_words.yaml").read_text(encoding="utf-8"))
QUESTIONS = WORDS.pop("questions")


@pytest.fixture(scope="module")
def contexts():
    return {pair.rpartition("/")[2]: context for pair, context in read_contexts("synthetic-77", None)}


@pytest.mark.parametrize("pair", sorted(WORDS))
def test_true_ones_stand_and_false_ones_fall(pair, contexts):
    for kind, texts in WORDS[pair].items():
        for text in texts:
            question, answer = text if isinstance(text, list) else (None, text)
            _, fault = against(Statement(answer, question), contexts[pair.rpartition("/")[2]], "strict")
            assert (fault is None) is (kind == "stand"), (question, answer, fault)


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["asked"][:20])
def test_a_question_in_other_words_asks_the_same(asked):
    classes = ("road", "building")
    meant = sense(asked["asked"], classes)
    assert [text for text in asked["same"] if sense(text, classes) != meant] == []
    assert [text for text in asked["other"] if sense(text, classes) == meant] == []
