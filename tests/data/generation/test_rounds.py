"""Asking in rounds, with a model made of a function."""

import json

import pytest
from marked_texts import numbered_marks

from rsica_data.generation.accepted_rows import instructions_of, outcome_json, refusal_rows
from rsica_data.generation.retry_loop import GenerationConfig, write_rows
from rsica_data.generation.types import Job
from rsica_data.llm import LlmReply, Usage

ASKING = GenerationConfig("m", {"temperature": 0.5}, True, 2, "strict")
RIGHT = [
    ("How many buildings changed?", "[One building changed](class_count building)."),
    ("How many roads changed?", "[One road changed](class_count road)."),
    ("Did a road change?", "[Yes, a road changed](class_count road)."),
]
WRONG = ("How many buildings are different?", "[Seven buildings changed](class_count building).")
CAPTIONS = ["[a road has changed](class_count road)", "[one building has changed](class_count building)"]
PLAIN = ["a road has changed", "one building has changed"]


def reply(request, items, error=None):
    data = None if error else {"items": [{"about": "what", "question": q, "answer": a} for q, a in items]}
    text = "garbage" if error else json.dumps(data)
    return LlmReply(request.key, text, data, "m-2026", Usage(), False, "id", 1, error)


class Model:
    """Answers round after round from a list; remembers what it was asked."""

    def __init__(self, *rounds, about):
        self.rounds, self.asked, self.about = rounds, [], about

    def __call__(self, requests):
        requests = list(requests)
        self.asked.append(requests)
        answers = [reply(request, *self._now(request)) for request in requests]
        return reversed(answers)

    def _now(self, request):
        found = self.rounds[min(len(self.asked), len(self.rounds)) - 1]
        if isinstance(found, str):
            return (), found
        return ([(question, numbered_marks(self.about, answer)) for question, answer in found],)


@pytest.fixture
def model_of(material):
    """Makes a model that answers in rounds."""
    return lambda *rounds: Model(*rounds, about=material())


@pytest.fixture
def job(prompt, material):
    def make(number=2, spare=0, **section):
        return Job(prompt("changechat-open-qa", **section), material(), number, spare, seed=3)

    return make


def texts(outcome):
    return [entry.candidate.turns[0].content for entry in outcome.accepted]


def test_what_is_refused_is_asked_again_with_the_reason(job, model_of):
    model = model_of([RIGHT[0], WRONG], [RIGHT[1]])
    (outcome,) = write_rows([job()], ASKING, model)
    assert texts(outcome) == [RIGHT[0][0], RIGHT[1][0]]
    assert [refusal.kind for refusal in outcome.refused] == ["contradiction"]
    first, second = (requests[0] for requests in model.asked)
    assert first.key != second.key
    said = second.messages[-1].content
    assert (
        "Seven buildings changed" in said
        and "does not say what it is marked with: buildings: changed objects: 1" in said
    )
    assert RIGHT[0][0] in said
    assert outcome.accepted[0].request == first.key and outcome.accepted[1].request == second.key
    assert outcome.accepted[0].model == "m-2026"


def test_it_is_given_up_after_the_last_round(job, model_of):
    model = model_of([WRONG])
    (outcome,) = write_rows([job()], ASKING, model)
    assert len(model.asked) == 3 and outcome.rounds == 3
    assert outcome.accepted == []
    rows = refusal_rows(outcome_json(outcome))
    assert [row["reason"] for row in rows] == ["contradiction"] * 3
    assert all("Seven buildings changed" in row["text"] and row["prompt"] == "changechat-open-qa" for row in rows)
    assert len({request.key for requests in model.asked for request in requests}) == 3


def test_spare_answers_save_a_round(job, model_of):
    model = model_of([WRONG, *RIGHT])
    (outcome,) = write_rows([job(number=2, spare=1)], ASKING, model)
    assert len(model.asked) == 1
    assert len(outcome.accepted) == 3


def test_no_more_is_kept_than_was_asked_for(job, model_of):
    (outcome,) = write_rows([job(number=1, spare=1)], ASKING, model_of(RIGHT))
    assert texts(outcome) == [RIGHT[0][0], RIGHT[1][0]] and outcome.refused == []


def test_the_same_question_twice_is_refused_also_across_rounds(job, model_of):
    (outcome,) = write_rows([job()], ASKING, model_of([RIGHT[0], RIGHT[0]], [RIGHT[0]], [RIGHT[1]]))
    assert texts(outcome) == [RIGHT[0][0], RIGHT[1][0]]
    assert [refusal.kind for refusal in outcome.refused] == ["duplicate", "duplicate"]


def test_two_prompts_do_not_say_the_same_about_a_pair(prompt, material):
    said = {"captions": [numbered_marks(material(), caption) for caption in CAPTIONS]}

    def ask(requests):
        return [LlmReply(r.key, "", said, "m", Usage(), False, "", 1) for r in requests]

    about = material()
    jobs = [Job(prompt(name), about, 1, 0, seed=3) for name in ("caption-write", "caption-rewrite")]
    first, second = write_rows(jobs, ASKING, ask)
    assert [entry.candidate.references[0] for entry in (*first.accepted, *second.accepted)] == PLAIN
    assert [refusal.kind for refusal in second.refused] == ["duplicate"]


def test_an_unreadable_reply_is_asked_for_again(job, model_of):
    (outcome,) = write_rows([job()], ASKING, model_of("does not fit the schema", RIGHT[:2]))
    assert len(outcome.accepted) == 2
    assert (outcome.refused[0].kind, outcome.refused[0].text) == ("unreadable", "garbage")


def test_verification_can_be_turned_off_for_one_prompt(job, model_of):
    model = model_of([WRONG, RIGHT[0]])
    (outcome,) = write_rows([job(verify="off")], ASKING, model)
    assert len(model.asked) == 1 and len(outcome.accepted) == 2
    assert [entry.verified for entry in outcome.accepted] == [None, None]


def test_a_prompt_may_have_parameters_of_its_own(job, model_of):
    model = model_of(RIGHT)
    write_rows([job(parameters={"temperature": 0.1, "top_p": 0.9})], ASKING, model)
    sent = dict(model.asked[0][0].parameters)
    assert sent.pop("seed") >= 0
    assert sent == {"temperature": 0.1, "top_p": 0.9}


def test_rows_have_their_provenance(job, model_of):
    (outcome,) = write_rows([job()], ASKING, model_of(RIGHT))
    row = json.loads(json.dumps(outcome_json(outcome)))
    numbers = {"open_qa": 4}
    first, second = instructions_of(row, 2, True, False, numbers)
    assert [first.instruction_id, second.instruction_id] == ["hand/train/one#open_qa#4", "hand/train/one#open_qa#5"]
    found = first.provenance
    assert (found.method, found.model, found.template, found.version) == ("llm", "m-2026", "changechat-open-qa", 3)
    assert found.prompt_hash == outcome.job.prompt.files.sha256 and found.request_id == outcome.accepted[0].request
    assert json.loads(found.parameters)["temperature"] == 0.5 and "seed" in json.loads(found.parameters)
    assert found.seed == 3 and found.verified is None
    assert instructions_of(row, 1, True, False, {}) == [instructions_of(row, 2, True, False, {})[0]]


def test_evaluation_captions_are_one_row_with_all_references(prompt, material):
    said = {"captions": [numbered_marks(material(), caption) for caption in CAPTIONS]}

    def ask(requests):
        return [LlmReply(r.key, "", said, "m", Usage(), False, "", 1) for r in requests]

    job = Job(prompt("caption-write"), material(), 2, 0, seed=3)
    row = outcome_json(write_rows([job], ASKING, ask)[0])
    (joined,) = instructions_of(row, 2, True, True, {"captioning": 1})
    assert joined.instruction_id.endswith("#captioning#1")
    assert joined.references == tuple(PLAIN) and joined.gold == {"captions": PLAIN}
    assert len(instructions_of(row, 2, True, False, {})) == 2


TURNS = [
    ("whether", "Has it changed?", "[Yes](any_change)."),
    (
        "how_much",
        "How many roads and buildings changed?",
        "[1 road](class_count road) and [1 building](class_count building).",
    ),
    ("where", "In which cells did the road change?", "[In the bottom-left](cells_of_class road)."),
    ("describe", "Describe it.", "[A road](class_count road) and [a building](class_count building) have changed."),
]


def test_only_the_refused_turn_of_a_conversation_is_asked_again(prompt, material):
    turns = [{"asks": a, "question": q, "answer": numbered_marks(material(), text)} for a, q, text in TURNS]
    better = {**turns[2], "answer": numbered_marks(material(), "[In the top-left](cells_of_class road).")}
    asked = []

    def ask(requests):
        asked.extend(requests := list(requests))
        data = {"turns": turns if len(asked) == 1 else [better]}
        return [LlmReply(r.key, "", data, "m", Usage(), False, "", 1) for r in requests]

    (outcome,) = write_rows([Job(prompt("dialogue"), material(), 1, 0, seed=3)], ASKING, ask)
    assert len(asked) == 2 and "only the 1 turns that are marked REWRITE" in asked[1].messages[-1].content
    (row,) = outcome.accepted
    answers = [turn.content for turn in row.candidate.turns[1::2]]
    assert answers == ["Yes.", "1 road and 1 building.", "In the top-left.", "A road and a building have changed."]
    assert row.verified is None  # no second model is asked
