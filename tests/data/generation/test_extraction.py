"""Blind extraction: a second model that sees the text alone, made of a function and over the local server."""

import json
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from marked_texts import numbered_marks, written

from rsica_data.cli import cli as data_group
from rsica_data.core.command_line import run_cli
from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset
from rsica_data.generation.recipe_section import QualitySection
from rsica_data.generation.retry_loop import GenerationConfig, first_requests, write_rows
from rsica_data.generation.types import Job
from rsica_data.llm import LlmReply, Usage

MAIN = [sys.executable, "-c", "from rsica_data.cli import main; main()"]
ASKING = GenerationConfig("m", {}, False, 2, "strict", "reader")
TURNS = [
    (
        "how_much",
        "How many buildings would a mapmaker redraw?",
        "[One building changed](class_count building).",
    ),
    ("how_much", "How many roads would a mapmaker redraw?", "[One road changed](class_count road)."),
    ("whether", "Did a road change?", "[Yes, a road changed](class_count road)."),
]


def answer(request, data, error=None):
    return LlmReply(request.key, json.dumps(data), data, request.model, Usage(), False, "id", 1, error)


class Pair:
    """Two models: one writes the same texts in every round, one reads texts by a rule."""

    def __init__(self, about, reads, dialogue=False, turns=TURNS):
        self.about, self.reads, self.dialogue, self.turns, self.asked = about, reads, dialogue, turns, []

    def __call__(self, requests):
        requests = list(requests)
        self.asked += requests
        return [self._one(request) for request in reversed(requests)]

    def _one(self, request):
        if request.model == "m":
            turns = [(about, q, numbered_marks(self.about, a)) for about, q, a in self.turns]
            key, name = ("turns", "asks") if self.dialogue else ("items", "about")
            return answer(request, {key: [{name: about, "question": q, "answer": a} for about, q, a in turns]})
        reading = self.reads(case_in(request))
        return answer(request, reading, "no JSON" if reading is None else None)

    def read(self):
        return [request for request in self.asked if request.model == "reader"]


def case_in(request):
    return json.loads(request.messages[0].content.split("```json\n")[1].split("\n```")[0])


def reading(case, asks, claims=()):
    """A reading with the lists that a request wants."""
    given = {"asks": written(asks)} if "question" in case else {}
    return given | ({"claims": written(claims)} if isinstance(case["text"], dict) else {})


def counts(number, asked=None):
    """Reads the number of buildings that changed, and that as many were asked for."""

    def reads(case):
        if "building" not in str(case["text"]):
            return reading(case, [])
        asks = [["class_count", "building", number if asked is None else asked]]
        return reading(case, asks, [[1, "class_count", "building", number]])

    return reads


@pytest.fixture
def job(prompt, material):
    return lambda name="changechat-open-qa", number=3, **section: Job(
        prompt(name, **section), material(), number, 0, seed=3
    )


def test_what_the_reader_agrees_with_is_taken(job, material):
    ask = Pair(material(), counts(1))
    (outcome,) = write_rows([job()], ASKING, ask)
    assert len(outcome.accepted) == 3 and not outcome.refused
    # Of the texts about roads the reader does not tell what is asked.
    assert [entry.verified for entry in outcome.accepted] == [True, None, None]
    assert {case_in(request)["question"] for request in ask.read()} == {question for _, question, _ in TURNS}
    for request in ask.read():
        assert "](" not in request.messages[0].content and request.schema_name == "reading"
        assert case_in(request).keys() == {"classes", "question", "text"}


@pytest.mark.parametrize(
    ("reads", "reason"),
    [
        (counts(2), "the question asks for class count of buildings; the answer gives 2, and it is 1"),
        (counts(1, asked=4), "the question asks for class count of buildings; the answer gives 4, and it is 1"),
    ],
)
def test_what_it_reads_otherwise_is_refused_and_asked_again(job, material, reads, reason):
    ask = Pair(material(), reads)
    (outcome,) = write_rows([job(number=3)], ASKING, ask)
    assert len(outcome.accepted) == 2
    kinds = Counter(refusal.kind for refusal in outcome.refused)
    assert kinds["extraction"] == 3  # once a round: it is no duplicate of what was refused
    refusal = next(one for one in outcome.refused if one.kind == "extraction")
    assert reason in refusal.reason
    asked_again = [request for request in ask.asked if request.model == "m"][1]
    assert reason in asked_again.messages[-1].content


def test_only_the_turn_that_is_read_otherwise_is_asked_again(job, material):
    ask = Pair(material(), counts(2), dialogue=True)
    (outcome,) = write_rows([job("dialogue", 1, options={"least": 3, "most": 3})], ASKING, ask)
    assert not outcome.accepted and [refusal.kind for refusal in outcome.refused] == ["extraction"] * 3
    assert outcome.partial is not None and set(outcome.partial.refused) == {0}
    second = next(case_in(request) for request in ask.read() if "roads" in case_in(request)["question"])
    assert second["earlier"].endswith("One building changed.")


def test_a_reply_that_cannot_be_read_leaves_a_text_unverified(job, material):
    (outcome,) = write_rows([job()], ASKING, Pair(material(), lambda case: None))
    assert [entry.verified for entry in outcome.accepted] == [None] * 3


def test_an_answer_whose_question_is_not_read_is_not_called_verified(job, material):
    (outcome,) = write_rows([job()], ASKING, Pair(material(), lambda case: reading(case, [])))
    assert [entry.verified for entry in outcome.accepted] == [None] * 3


IDIOM = [("whether", "Were the houses left in peace?", "[The houses were not left in peace](class_count building).")]


@pytest.mark.parametrize("reader", [None, "reader"])
def test_words_that_code_cannot_read_are_taken_where_a_reading_bears_them_out(job, material, reader):
    asks, claims = [["no", "class_count", "building", 0]], [[1, "no", "class_count", "building", 0]]
    ask = Pair(material(), lambda case: reading(case, asks, claims), turns=IDIOM)
    (outcome,) = write_rows([job(number=1)], replace(ASKING, extract=reader), ask)
    assert [row.verified for row in outcome.accepted] == ([True] if reader else [])
    assert bool(outcome.refused) is (reader is None) and bool(ask.read()) is (reader is not None)


def test_words_that_code_cannot_read_are_refused_where_no_reading_comes(job, material):
    (outcome,) = write_rows([job(number=1)], ASKING, Pair(material(), lambda case: None, turns=IDIOM))
    assert not outcome.accepted and {refusal.kind for refusal in outcome.refused} == {"extraction"}


def test_faults_alone_are_read_where_that_is_wanted(job, material):
    ask = Pair(material(), counts(2))
    (outcome,) = write_rows([job()], replace(ASKING, reads="faults"), ask)
    assert len(outcome.accepted) == 3 and not ask.read()


@pytest.mark.parametrize(
    ("quality", "reader", "asks"),
    [
        ({}, "m", "undecided"),
        ({"extract": None}, None, "undecided"),
        ({"extract": "small"}, "small", "undecided"),
        ({"reads": "faults"}, "m", "faults"),
        ({"extract": "small", "reads": "faults"}, "small", "faults"),
    ],
)
def test_who_is_asked_about_what(quality, reader, asks):
    section = QualitySection(**quality)
    assert (section.reader("m"), section.reads) == (reader, asks)


@pytest.mark.parametrize(
    ("name", "number", "more"), [("changechat-open-qa", 5, 5), ("caption-write", 20, 4), ("paraphrase", 2, 2)]
)
def test_the_estimate_counts_what_is_likely_to_be_read(job, material, rule_rows, name, number, more):
    requests = list(first_requests([replace(job(name, number), material=material(rows=rule_rows))], ASKING))
    assert Counter(request.model for request in requests) == Counter({"m": 1, "reader": more}) - Counter()
    assert len({request.key for request in requests}) == 1 + more


class Rewording:
    """A model that puts the count of roads and buildings into other words, and one that reads them."""

    def __init__(self, question, answer, asks):
        self.item, self.asks, self.read = {"id": 0, "question": question, "answer": answer}, asks, []

    def __call__(self, requests):
        return [self._one(request) for request in list(requests)]

    def _one(self, request):
        if request.model == "m":
            return answer(request, {"items": [self.item]})
        self.read.append(request)
        return answer(request, None if self.asks is None else {"asks": written(self.asks)})


COUNTED = [["class_count", "road", 1], ["class_count", "building", 1]]
BUILT = [["built_count", "road", "?"], ["built_count", "building", "?"]]
OTHER = "Tell the tally of altered roads and buildings."
ROWS = "1 road and 1 building have changed."
TALE = "Of the roads not more than one has changed, whereas among the buildings one has."


@pytest.mark.parametrize(
    ("question", "said", "asks", "kept", "verified"),
    [
        (OTHER, "Changed: 1 road, 1 building.", COUNTED, None, True),
        ("Tell the tally of roads and buildings put up.", "Changed: 1 road, 1 building.", BUILT, "refused", None),
        (OTHER, "Changed: 1 road, 1 building.", None, None, None),
        # The task does not read this answer: the row keeps its own.
        (OTHER, TALE, COUNTED, ROWS, True),
        (OTHER, TALE, None, "refused", None),
    ],
)
def test_other_words_for_a_row_are_read_blind(job, material, rule_rows, question, said, asks, kept, verified):
    ask = Rewording(question, said, asks)
    about = replace(job("paraphrase", 1), material=material(rows=rule_rows[:1]))
    (outcome,) = write_rows([about], ASKING, ask)
    assert ask.read
    assert all(case_in(request).keys() == {"classes", "question", "text"} for request in ask.read)
    assert [entry.candidate.turns[1].content for entry in outcome.accepted] == (
        [] if kept == "refused" else [kept or said]
    )
    assert [entry.verified for entry in outcome.accepted] == ([] if kept == "refused" else [verified])
    assert all("the original is:" in refusal.reason for refusal in outcome.refused if refusal.kind == "meaning")


def test_without_a_second_model_the_rules_alone_decide(job, material, rule_rows):
    about = replace(job("paraphrase", 1), material=material(rows=rule_rows[:1]))
    alone = replace(ASKING, extract=None)
    (taken,) = write_rows([about], alone, Rewording(OTHER, "Changed: 1 road, 1 building.", None))
    assert [entry.verified for entry in taken.accepted] == [True]
    (refused,) = write_rows([about], alone, Rewording(OTHER, TALE, None))
    assert not refused.accepted and {refusal.kind for refusal in refused.refused} == {"meaning"}


@contextmanager
def served(log, *words):
    command = [*MAIN, "assist", "serve", "--model", "rules", "--port", "0", "--log", str(log), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    try:
        url = json.loads(process.stdout.readline())["base_url"]
        yield SimpleNamespace(url=url, asked=lambda: len(Path(log).read_text().splitlines()))
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A small LEVIR-MCI tree: 7 train, 1 val and 2 test pairs."""
    out = tmp_path_factory.mktemp("tree") / "levir"
    words = ["synth", "--pairs", "10", "--seed", "5", "--out", str(out), "--workers", "1"]
    assert run_cli(data_group, "rsica-data", words) == 0
    return out


@pytest.fixture
def build(rsica_data, write_recipe, tree, tmp_path):
    def make(url, quality, name, *words):
        prompts = {"changechat-open-qa": {"per_pair": 3, "spare": 1}}
        recipe = write_recipe(
            source="levir-mci", tasks=["counting"], facts={"count": "contours", "cells": "centroid"},
            build={"shard_pairs": 5}, assist={"model": "rules", "prompts": prompts}, quality=quality,
        )  # fmt: skip
        out = tmp_path / name
        where = ("--llm-url", url) if url else ()
        found = rsica_data(
            "build", recipe, "--input", tree, "--out", out, "--workers", 1, "--assist", *where, "--json", *words
        )
        assert found.status == 0, found.err
        return found.json, out

    return make


def texts_of(out):
    return [row.turns[1].content for row in open_dataset(out).instructions() if row.provenance.method == "llm"]


def refused(out):
    path = out / "rejected.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return Counter(row["reason"] for row in rows if row.get("stage") == "assist")


def test_true_texts_pass(build, tmp_path):
    with served(tmp_path / "log.jsonl") as server:
        plain, _ = build(server.url, {"extract": None}, "plain")
        planned, _ = build(server.url, {"extract": "rules"}, "dry", "--dry-run")
        found, out = build(server.url, {}, "out")
        asked = server.asked()
    assert "extraction" not in refused(out)
    # 10 prompts, and what their four texts each were asked; equal texts are asked about once.
    assert plain["usage"]["paid"] == 10 < found["usage"]["paid"] <= 10 + 4 * 10
    assert planned["requests"] == 10 + 4 * 10
    assert asked == plain["usage"]["paid"] + found["usage"]["paid"]
    again, same = build(None, {"extract": "rules"}, "again", "--llm-cache", str(tmp_path / "out.llm-cache"))
    assert again["usage"]["paid"] == 0
    hashes = [[sha256_file(file) for file in sorted(path.glob("instructions/*.parquet"))] for path in (out, same)]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("extract", "words", "reason"),
    [("rulez", (), "has no model 'rulez'"), ("rules-2", ("--max-cost", "1"), "the price of 'rules-2' is not known")],
)
def test_the_second_model_is_checked_before_any_work(rsica_data, write_recipe, tree, tmp_path, extract, words, reason):
    recipe = write_recipe(
        source="levir-mci", tasks=["counting"], quality={"extract": extract},
        assist={"model": "rules", "prompts": {"caption-write": {}}, "prices": {"rules": {"input": 1, "output": 1}}},
    )  # fmt: skip
    with served(tmp_path / "log.jsonl") as server:
        found = rsica_data(
            "build", recipe, "--input", tree, "--out", tmp_path / "out", "--assist", "--llm-url", server.url, *words
        )
    log = tmp_path / "log.jsonl"
    assert found.status == 2 and reason in found.err and not (log.exists() and log.read_text())


def test_in_batches(build, tmp_path):
    with served(tmp_path / "log.jsonl") as server:
        _, plain = build(server.url, {}, "plain")
        _, batched = build(server.url, {}, "batched", "--batch")
    assert texts_of(batched) == texts_of(plain)
