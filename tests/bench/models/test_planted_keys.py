"""A key, or a login, that a server repeats in every field is in no file of a run or its judge, and in no output."""

import json

import pytest
from planted_server import KEY, LOGIN, planted_server, traces, traces_in
from raw_server import message, sends

from rsica_bench.run.predictions import read_predictions


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path):
    def run(adapter, url, *words, tasks="classification,open_qa", out="run"):
        where = () if url is None else ("--set", f"base_url={url}")
        return rsica_bench(
            "run", "--data", tiny_data, "--adapter", adapter, "--model", "m", *where,
            "--tasks", tasks, "--limit", 4, "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


@pytest.mark.parametrize("adapter", ["openai", "agent"])
def test_a_planted_key_is_nowhere(go, rsica_bench, tmp_path, monkeypatch, adapter):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with planted_server(KEY) as server:
        run = go(adapter, server.url)
        assert run.status == 0, run.err
        judged = rsica_bench("judge", tmp_path / "run", "--model", "m", "--llm-url", server.url, "--votes", 2, "--json")
        assert judged.status == 0, judged.err
        batched = rsica_bench(
            "judge", tmp_path / "run", "--model", "m", "--llm-url", server.url, "--votes", 3, "--batch", "--json"
        )
        assert batched.status == 0, batched.err
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    assert any("***" in (row["raw"] or "") for row in rows.values()), "the answers were taken, without the key"
    assert traces_in(tmp_path, [KEY]) == {}
    assert traces("".join(one.out + one.err for one in (run, judged, batched)), [KEY]) == []


def test_a_planted_login_is_nowhere(go, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    user, password = LOGIN
    secrets = [user, password, f"{user}:{password}"]
    with planted_server(*secrets) as server:
        address = server.url.replace("//", f"//{user}:{password.replace('/', '%2F')}@")
        named = go("openai", address)
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        by_name = go("openai", None, out="second")
    down = go("openai", address, out="third")
    wrong = go("openai", address.replace("http:", "htp:"), out="fourth")
    assert (named.status, by_name.status, down.status, wrong.status) == (0, 0, 2, 2)
    assert json.loads((tmp_path / "run" / "run.json").read_text())["adapter"]["options"]["base_url"] == server.url
    assert traces_in(tmp_path, secrets) == {}
    for ended in (named, by_name, down, wrong):
        assert traces(ended.out + ended.err, secrets) == []
        assert user not in ended.err and "Pa55" not in ended.err


def test_a_run_that_fails_everywhere_shows_no_key(go, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with planted_server(KEY) as server:
        error = {"error": {"message": f"{'x' * 280} {server.planted.all}"}}
        server.others["POST "] = sends(message("400 X", error, server.planted.headers()))
        ended = go("openai", server.url)
    assert traces(ended.out + ended.err, [KEY]) == [] and traces_in(tmp_path, [KEY]) == {}
