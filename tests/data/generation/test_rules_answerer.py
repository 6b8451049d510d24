"""The answerer without a model: what it says passes the checks, and its mistakes on purpose do not."""

import json

import numpy as np
import pytest

from rsica_data.change_facts import compute_facts
from rsica_data.generation.candidate_check import check_candidate
from rsica_data.generation.material import material_of
from rsica_data.generation.prompt_files import prompt_folders
from rsica_data.generation.readers import READERS
from rsica_data.generation.requests import make_request
from rsica_data.generation.rules import answer_rules
from rsica_data.generation.rules.planted_mistakes import FLAGS
from rsica_data.generation.types import Refusal
from rsica_data.schema import view_facts
from rsica_data.schema.facts import FactRules
from rsica_data.serve.answerers import AnswerRequest

NAMES = sorted(prompt_folders())


def answered(order, *faults):
    request = make_request(order, "rules", {}, True)
    text = answer_rules(AnswerRequest(request.messages, request.schema, "rules", faults))
    from jsonschema import Draft202012Validator

    data = json.loads(text)
    Draft202012Validator(request.schema).validate(data)
    found = READERS[order.job.prompt.files.meta.reads].read(data, order)
    return [
        entry if isinstance(entry, Refusal) else check_candidate(entry, order.job, "strict").refusal for entry in found
    ]


@pytest.fixture
def scattered(stored_pair):
    """Makes material with random roads and buildings under either set of rules."""

    def make(number, rules):
        rng = np.random.default_rng(number)
        mask = np.zeros((60, 60), np.uint8)
        for _ in range(rng.integers(0, 6)):
            x, y = rng.integers(0, 50, 2)
            mask[y : y + rng.integers(2, 10), x : x + rng.integers(2, 10)] = rng.integers(1, 3)
        pair = stored_pair(f"n{number}", split="train", changed=bool(mask.any()))
        facts = compute_facts(change_mask=mask, classes=pair.classes)
        return material_of(pair, view_facts(facts, rules, pair.changed))

    return make


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("changed", [True, False])
def test_every_prompt_is_answered_in_full_and_truly(name, changed, order, material, rule_rows):
    tags = {"building": "house"} if changed else None
    about = material(changed=changed, tags=tags, rows=rule_rows if changed else ())
    if not all(about.has(need) for need in order(name).job.prompt.files.meta.needs):
        pytest.skip("such a pair is not asked about")
    found = answered(order(name, about=about, number=6 if "caption" not in name else 3))
    expected = {"dialogue": 1, "paraphrase": 2, "earthreason-question": 2}.get(name, 3 if "caption" in name else 6)
    assert found == [None] * expected


@pytest.mark.parametrize("rules", [FactRules(), FactRules("contours", "centroid", flag_overrides=True)])
@pytest.mark.parametrize("name", ["changechat-open-qa", "caption-write", "dialogue", "earthreason-question"])
def test_answers_about_many_pairs_pass(name, rules, order, scattered):
    for number in range(25):
        about = scattered(number, rules)
        if all(about.has(need) for need in order(name).job.prompt.files.meta.needs):
            found = answered(order(name, about=about, number=6))
            assert [entry for entry in found if entry is not None] == [], number


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("name", ["changechat-open-qa", "caption-write", "dialogue"])
def test_mistakes_on_purpose_are_refused(flag, name, order):
    found = [entry.kind for entry in answered(order(name, number=3), flag) if entry is not None]
    if flag == "repeat":
        # Candidates are compared with one another in the rounds; a conversation is one reply.
        assert found in ([["duplicate"], ["length"]] if name == "dialogue" else [[]])
        return
    expected = {"leak": ("leak",), "doubt": ("doubt",)}.get(flag, ("contradiction", "undecided"))
    assert len(found) == 1 and found[0] in expected


def test_a_wrong_paraphrase_is_refused(order, material, rule_rows):
    chosen = order("paraphrase", about=material(rows=rule_rows))
    assert [entry and entry.kind for entry in answered(chosen, "wrong-count")] == ["meaning", None]


def test_other_questions_get_values_that_fit_their_schema():
    from rsica_data.llm import Message

    schema = {"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"]}
    text = answer_rules(AnswerRequest((Message("user", "How good is this?"),), schema, "rules"))
    assert isinstance(json.loads(text)["score"], int)
