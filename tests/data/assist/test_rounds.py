"""Asking in rounds, with a model made of a function."""

import json

import pytest

from rsica_data.assist.rounds import Asking, write_rows
from rsica_data.assist.rows import instructions_of, outcome_json, refusal_rows
from rsica_data.assist.types import Job
from rsica_data.llm import LlmReply, Usage

ASKING = Asking("m", {"temperature": 0.5}, True, 2, "strict")
RIGHT = [
    ("How many buildings changed?", "One building changed."),
    ("How many roads changed?", "One road changed."),
    ("Did a road change?", "Yes, a road changed."),
]
WRONG = ("How many buildings are new?", "Seven buildings changed.")


def reply(request, items, error=None):
    data = None if error else {"items": [{"about": "what", "question": q, "answer": a} for q, a in items]}
    text = "garbage" if error else json.dumps(data)
    return LlmReply(request.key, text, data, "m-2026", Usage(), False, "id", 1, error)


class Model:
    """Answers round after round from a list; remembers what it was asked."""

    def __init__(self, *rounds):
        self.rounds, self.asked = rounds, []

    def __call__(self, requests):
        requests = list(requests)
        self.asked.append(requests)
        answers = [reply(request, *self._now(request)) for request in requests]
        return reversed(answers)

    def _now(self, request):
        found = self.rounds[min(len(self.asked), len(self.rounds)) - 1]
        return ((), found) if isinstance(found, str) else (found,)


@pytest.fixture
def job(prompt, material):
    def make(number=2, spare=0, **section):
        return Job(prompt("changechat-open-qa", **section), material(), number, spare, seed=3)

    return make


def texts(outcome):
    return [entry.candidate.turns[0].content for entry in outcome.accepted]


def test_what_is_refused_is_asked_again_with_the_reason(job):
    model = Model([RIGHT[0], WRONG], [RIGHT[1]])
    (outcome,) = write_rows([job()], ASKING, model)
    assert texts(outcome) == [RIGHT[0][0], RIGHT[1][0]]
    assert [refusal.kind for refusal in outcome.refused] == ["contradiction"]
    first, second = (requests[0] for requests in model.asked)
    assert first.key != second.key
    said = second.messages[-1].content
    assert WRONG[1] in said and "1 building changed" in said and RIGHT[0][0] in said
    assert outcome.accepted[0].request == first.key and outcome.accepted[1].request == second.key
    assert outcome.accepted[0].model == "m-2026"


def test_it_is_given_up_after_the_last_round(job):
    model = Model([WRONG])
    (outcome,) = write_rows([job()], ASKING, model)
    assert len(model.asked) == 3 and outcome.rounds == 3
    assert outcome.accepted == []
    rows = refusal_rows(outcome_json(outcome))
    assert [row["reason"] for row in rows] == ["contradiction"] * 3
    assert all(WRONG[1] in row["text"] and row["prompt"] == "changechat-open-qa" for row in rows)
    assert len({request.key for requests in model.asked for request in requests}) == 3


def test_spare_answers_save_a_round(job):
    model = Model([WRONG, *RIGHT])
    (outcome,) = write_rows([job(number=2, spare=1)], ASKING, model)
    assert len(model.asked) == 1
    assert len(outcome.accepted) == 3


def test_no_more_is_kept_than_was_asked_for(job):
    (outcome,) = write_rows([job(number=1, spare=1)], ASKING, Model(RIGHT))
    assert texts(outcome) == [RIGHT[0][0], RIGHT[1][0]] and outcome.refused == []


def test_the_same_question_twice_is_refused_also_across_rounds(job):
    (outcome,) = write_rows([job()], ASKING, Model([RIGHT[0], RIGHT[0]], [RIGHT[0]], [RIGHT[1]]))
    assert texts(outcome) == [RIGHT[0][0], RIGHT[1][0]]
    assert [refusal.kind for refusal in outcome.refused] == ["duplicate", "duplicate"]


def test_two_prompts_do_not_say_the_same_about_a_pair(prompt, material):
    said = {"captions": ["a road has changed", "one building has changed"]}

    def ask(requests):
        return [LlmReply(r.key, "", said, "m", Usage(), False, "", 1) for r in requests]

    about = material()
    jobs = [Job(prompt(name), about, 1, 0, seed=3) for name in ("caption-write", "caption-rewrite")]
    first, second = write_rows(jobs, ASKING, ask)
    assert [entry.candidate.references[0] for entry in (*first.accepted, *second.accepted)] == said["captions"]
    assert [refusal.kind for refusal in second.refused] == ["duplicate"]


def test_an_unreadable_reply_is_asked_for_again(job):
    (outcome,) = write_rows([job()], ASKING, Model("does not fit the schema", RIGHT[:2]))
    assert len(outcome.accepted) == 2
    assert (outcome.refused[0].kind, outcome.refused[0].text) == ("unreadable", "garbage")


def test_verification_can_be_turned_off_for_one_prompt(job):
    model = Model([WRONG, RIGHT[0]])
    (outcome,) = write_rows([job(verify="off")], ASKING, model)
    assert len(model.asked) == 1 and len(outcome.accepted) == 2
    assert [entry.verified for entry in outcome.accepted] == [None, None]


def test_a_prompt_may_have_parameters_of_its_own(job):
    model = Model(RIGHT)
    write_rows([job(parameters={"temperature": 0.1, "top_p": 0.9})], ASKING, model)
    sent = dict(model.asked[0][0].parameters)
    assert sent.pop("seed") >= 0
    assert sent == {"temperature": 0.1, "top_p": 0.9}


def test_rows_have_their_provenance(job):
    (outcome,) = write_rows([job()], ASKING, Model(RIGHT))
    row = json.loads(json.dumps(outcome_json(outcome)))
    numbers = {"open_qa": 4}
    first, second = instructions_of(row, 2, True, False, numbers)
    assert [first.instruction_id, second.instruction_id] == ["hand/train/one#open_qa#4", "hand/train/one#open_qa#5"]
    found = first.provenance
    assert (found.method, found.model, found.template, found.version) == ("llm", "m-2026", "changechat-open-qa", 1)
    assert found.prompt_hash == outcome.job.prompt.files.sha256 and found.request_id == outcome.accepted[0].request
    assert json.loads(found.parameters)["temperature"] == 0.5 and "seed" in json.loads(found.parameters)
    assert found.seed == 3 and found.verified is True
    assert instructions_of(row, 1, True, False, {}) == [instructions_of(row, 2, True, False, {})[0]]


def test_evaluation_captions_are_one_row_with_all_references(prompt, material):
    said = {"captions": ["a road has changed", "one building has changed"]}

    def ask(requests):
        return [LlmReply(r.key, "", said, "m", Usage(), False, "", 1) for r in requests]

    job = Job(prompt("caption-write"), material(), 2, 0, seed=3)
    row = outcome_json(write_rows([job], ASKING, ask)[0])
    (joined,) = instructions_of(row, 2, True, True, {"captioning": 1})
    assert joined.instruction_id.endswith("#captioning#1")
    assert joined.references == tuple(said["captions"]) and joined.gold == said
    assert len(instructions_of(row, 2, True, False, {})) == 2
