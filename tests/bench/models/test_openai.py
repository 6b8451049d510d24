"""The openai adapter against a local server with faults: replies, cache, price, a server that dies half-way."""

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from rsica_bench.run.predictions import read_predictions


@contextmanager
def serving(log, *words, port=0):
    command = [sys.executable, "-c", "from rsica_data.cli import main; main()", "assist", "serve"]
    process = subprocess.Popen(
        [*command, "--port", str(port), "--log", str(log), *words], stdout=subprocess.PIPE, text=True
    )
    try:
        yield json.loads(process.stdout.readline())["base_url"], process
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def go(rsica_bench, tiny_data, tmp_path):
    def run(url, *words, out="run", tasks="classification,dialogue"):
        return rsica_bench(
            "run", "--data", tiny_data, "--adapter", "openai", "--model", "schema", "--tasks", tasks,
            "--set", f"base_url={url}", "--batch-size", 4, "--out", tmp_path / out, *words, "--json",
        )  # fmt: skip

    return run


def served(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_faults_do_not_change_the_replies_and_nothing_is_paid_twice(go, tmp_path, rsica_bench, tiny_data):
    faults = ("--fault", "429=0.2", "--fault", "500=0.1", "--fault", "cut=0.1", "--retry-after", "0.01")
    price = ("--set", "price={input: 1000, output: 2000}")
    with serving(tmp_path / "a.jsonl", *faults) as (url, _):
        live = go(url, *price)
        assert live.status == 0, live.err
        assert any(row["outcome"] != "answered" for row in served(tmp_path / "a.jsonl"))
        rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
        seen = next(iter(rows.values()))["seen"]
        assert seen["images"] == [[64, 64], [64, 64]] and seen["model"] == "schema"
        info = json.loads((tmp_path / "run" / "run_info.json").read_text())
        assert info["usage"]["usd"] > 0 and info["usage"]["output_tokens"] > 0
        result = json.loads((tmp_path / "run" / "result.json").read_text())
        assert result["model"]["generation"] == {"max_tokens": 512, "temperature": 0.0}
        assert result["status"] == "unpinned"
        before = len(served(tmp_path / "a.jsonl"))
        for name in ("predictions.jsonl", "result.json", "run_info.json"):
            (tmp_path / "run" / name).unlink()
        assert go(url, *price).status == 0
        assert len(served(tmp_path / "a.jsonl")) == before, "the cache in the run folder answered"
        assert json.loads((tmp_path / "run" / "run_info.json").read_text())["usage"].get("usd") is None
    with serving(tmp_path / "b.jsonl") as (url, _):
        assert go(url, *price, out="calm").status == 0
    assert read_predictions(tmp_path / "calm" / "predictions.jsonl") == rows
    words = ("--adapter", "replay", "--model", tmp_path / "run" / "predictions.jsonl", "--out", tmp_path / "again")
    words += ("--tasks", "classification,dialogue", "--json")
    assert rsica_bench("run", "--data", tiny_data, *words).json["tasks"] == live.json["tasks"]


def test_a_server_that_dies_half_way(go, tmp_path, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quick = ("--set", "retries=1", "--set", "timeout_s=2", "--set", "concurrency=1")
    log = tmp_path / "served.jsonl"
    with serving(log, port=port) as (url, process):
        real = os.fsync

        def kill_later(handle):
            real(handle)
            if log.exists() and len(served(log)) >= 8:
                process.kill()

        monkeypatch.setattr(os, "fsync", kill_later)
        found = go(url, *quick)
        monkeypatch.setattr(os, "fsync", real)
    assert found.status == 1
    rows = read_predictions(tmp_path / "run" / "predictions.jsonl")
    failed = {key for key, row in rows.items() if row.get("failed")}
    assert 0 < len(failed) < len(rows) and all(rows[key]["reason"] for key in failed)
    with serving(log, port=port) as (url, _):
        assert go(url, *quick).status == 0
        assert go(url, *quick, out="unbroken").status == 0
    for name in ("predictions.jsonl", "result.json"):
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()


def test_mistakes(go, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = go("127.0.0.1:8000/v1")
    assert found.status == 2 and "--set.base_url: '127.0.0.1:8000/v1' is not a web address" in found.err
    found = go("https://example.invalid/v1")
    assert found.status == 2 and "OPENAI_API_KEY is not set" in found.err
    with serving(tmp_path / "a.jsonl") as (url, _):
        found = go(url, "--set", "max_cost=0.001", out="b")
        assert found.status == 2 and "price" in found.err
        found = go(url, "--set", "max_cost=0.0001", "--set", "price={input: 1000, output: 1000}", out="c")
        assert found.status == 2 and len(found.err.splitlines()) == 1


def test_images_of_other_kinds_are_sent_as_png(real_data):
    from rsica_bench.models.chat_server import as_image
    from rsica_data.schema import EncodedImage

    data = (real_data / "geotiff" / "RGB.byte.tif").read_bytes()
    assert as_image(EncodedImage("a.tif", data)).media_type == "image/png"
    jpeg = b"\xff\xd8\xff\xe0rest"
    assert as_image(EncodedImage("a.jpg", jpeg)).data == jpeg
