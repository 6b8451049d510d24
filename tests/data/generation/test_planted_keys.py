"""A key, or a login, that a server repeats in every field is in no file of a build or its cache, and in no output."""

import pytest
from planted_server import KEY, LOGIN, planted_server, traces, traces_in
from raw_server import message, sends

from rsica_data.cli import cli as data_group
from rsica_data.core.command_line import run_cli
from rsica_data.dataset.opening import open_dataset


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    out = tmp_path_factory.mktemp("tree") / "levir"
    assert run_cli(data_group, "rsica-data", ["synth", "--pairs", "6", "--out", str(out), "--workers", "1"]) == 0
    return out


@pytest.fixture
def build(rsica_data, write_recipe, tree, tmp_path):
    def run(url, *words, out="out", **sections):
        assist = {"model": "m", "retries": 1, "prompts": {"caption-write": {"per_pair": 40, "verify": "off"}}}
        recipe = write_recipe(source="levir-mci", tasks=["counting"], assist=assist | sections)
        where = ["--input", tree, "--out", tmp_path / out, "--workers", 1, "--assist", "--llm-url", url]
        return rsica_data("build", recipe, *where, *words, "--json")

    return run


@pytest.mark.parametrize("words", [(), ("--batch",)], ids=["singly", "batch"])
def test_a_planted_key_is_nowhere(build, tmp_path, monkeypatch, words):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with planted_server(KEY) as server:
        found = build(server.url, *words)
    assert found.status == 0, found.err
    assert any(KEY in asked.headers.get("authorization", "") for asked in server.asked), "the key was sent"
    rows = [item for item in open_dataset(tmp_path / "out").instructions("train") if item.task == "captioning"]
    assert any("***" in item.references[0] for item in rows), "the answers were taken, without the key"
    assert traces_in(tmp_path, [KEY]) == {}
    assert traces(found.out + found.err, [KEY]) == []


def test_a_planted_login_is_nowhere(build, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    user, password = LOGIN
    secrets = [user, password, f"{user}:{password}"]
    with planted_server(*secrets) as server:
        address = server.url.replace("//", f"//{user}:{password.replace('/', '%2F')}@")
        found = build(address)
        assert found.status == 0, found.err
        refused = build(address.replace("/v1", "/v1?key=x"), out="second")
        assert refused.status == 2
    wrong = build(address.replace("http:", "htp:"), out="third")
    down = build(address, out="fourth")
    assert wrong.status == 2 and down.status == 2 and "cannot be reached" in down.err
    sent = {asked.headers.get("authorization", "").split()[0] for asked in server.asked}
    assert sent == {"Basic"}
    assert traces_in(tmp_path, secrets) == {}
    for ended in (found, refused, wrong, down):
        assert traces(ended.out + ended.err, secrets) == []
        assert user not in ended.err and "Pa55" not in ended.err


@pytest.mark.parametrize("status", ["401 X", "403 X", "404 X", "429 X"])
def test_errors_that_end_a_build_show_no_key(build, tmp_path, monkeypatch, status):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with planted_server(KEY) as server:
        error = {
            "message": f"{'x' * 270} {server.planted.all}",
            "code": "insufficient_quota",
            "type": server.planted.all,
        }
        server.others["POST "] = sends(message(status, {"error": error}, server.planted.headers()))
        ended = build(server.url)
    assert ended.status == 2 and ended.err.count("\n") == 1
    assert traces(ended.out + ended.err, [KEY]) == [] and traces_in(tmp_path, [KEY]) == {}


def test_a_redirect_to_a_host_named_like_the_key_shows_no_key(build, monkeypatch):
    key = "sk-planted-9f8e7d6c5b4a3z2y"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with planted_server(key) as server:
        server.others["GET "] = sends(message("307 X", b"", {"Location": f"http://{key}.test/{key}"}))
        ended = build(server.url)
    assert ended.status == 2 and ended.err.count("\n") == 1 and "redirects to another server (***.test)" in ended.err
