"""Files that rsica wrote, damaged in every way of `damage`: one line with exit status 2, or no harm, never more."""

import gzip
import json
import shutil
import zlib
from importlib import import_module

import pytest
from damage import BYTES, broken_values

from rsica_bench.cli import cli as bench_group
from rsica_data.core.command_line import run_cli

DRAWN = {"quick": 10, "slow": 25}


@pytest.fixture(scope="module")
def work(small_dataset, tmp_path_factory):
    """A dataset with a rejected item, a run of it, and a board with that run."""
    root = tmp_path_factory.mktemp("own")
    shutil.copytree(small_dataset, root / "ds")
    (root / "ds" / "rejected.jsonl").write_text('{"detail":"c","pair_id":"a","reason":"b"}\n')
    run = ["run", "--data", root / "ds", "--adapter", "no-change", "--out", root / "runs" / "one"]
    assert run_cli(bench_group, "rsica-bench", [str(word) for word in run]) == 0
    digest = json.loads((root / "runs" / "one" / "run.json").read_text())["dataset"]["sha256"]
    (root / "board").mkdir()
    (root / "board" / "benchmark.yaml").write_text(f"title: A\ndatasets: [{{name: small, sha256: '{digest}'}}]\n")
    words = [
        "leaderboard",
        "submit",
        root / "runs" / "one",
        "--to",
        root / "board",
        "--name",
        "M",
        "--data",
        root / "ds",
    ]
    assert run_cli(bench_group, "rsica-bench", [str(word) for word in words]) == 0
    (root / "board" / "runs" / "m--default").rename(root / "board" / "runs" / "row")
    return root


FILES = {
    "ds/manifest.json": [
        *(("data", "validate", "ds"), ("data", "stats", "ds"), ("data", "card", "ds", "--force")),
        *(("data", "preview", "ds", "--html", "p.html"), ("bench", "score", "runs/one", "--data", "ds")),
    ],
    "ds/rejected.jsonl": [("data", "preview", "ds", "--html", "p.html")],
    "runs/one/run.json": [
        *(("bench", "score", "runs/one", "--data", "ds"), ("bench", "compare", "runs/one", "runs/one", "--data", "ds")),
        ("bench", "run", "--data", "ds", "--adapter", "no-change", "--out", "runs/one"),
    ],
    "runs/one/run_info.json": [("bench", "score", "runs/one")],
    "runs/one/result.json": [
        ("bench", "leaderboard", "build", "runs", "--html", "l.html", "--markdown", "l.md"),
        ("bench", "run", "--data", "ds", "--adapter", "no-change", "--out", "runs/one"),
    ],
    "runs/one/predictions.jsonl": [("bench", "score", "runs/one", "--data", "ds")],
    "board/runs/row/result.json": [("bench", "leaderboard", "build", "board", "--site", "s", "--data", "ds")],
    "board/runs/row/run.json": [("bench", "leaderboard", "verify", "board", "--data", "ds")],
    "board/runs/row/submission.json": [("bench", "leaderboard", "build", "board", "--site", "s", "--data", "ds")],
    "board/runs/row/predictions.jsonl.gz": [("bench", "leaderboard", "verify", "board", "--data", "ds")],
}


def damaged(path, seed, drawn):
    data = path.read_bytes()
    plain = gzip.decompress(data) if path.suffix == ".gz" else data
    first, rest = plain.split(b"\n", 1) if ".jsonl" in path.suffixes else (plain, b"")
    for name, damage in BYTES.items():
        changed = damage(plain)
        yield name, gzip.compress(changed) if path.suffix == ".gz" else changed
    for name, text in broken_values(first.decode(), seed, drawn):
        changed = text.encode() + (b"\n" + rest if rest or ".jsonl" in path.suffixes else b"")
        yield name, gzip.compress(changed) if path.suffix == ".gz" else changed
    if path.suffix == ".gz":
        yield "cut gzip", data[: len(data) // 2]
        yield "no gzip", b"nothing of it"


@pytest.mark.parametrize("drawn", [DRAWN["quick"], pytest.param(DRAWN["slow"], marks=pytest.mark.slow)])
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_is_one_line(work, file, drawn, rsica_data, rsica_bench, monkeypatch):
    monkeypatch.chdir(work)
    path = work / file
    whole = path.read_bytes()
    refused = 0
    for name, data in damaged(path, zlib.crc32(file.encode()), drawn):
        for program, *words in FILES[file]:
            path.write_bytes(data)
            done = (rsica_data if program == "data" else rsica_bench)(*words)
            assert done.status in (0, 1, 2), (name, words)
            refused += done.status != 0
            if done.status == 2:
                lines = done.err.strip().splitlines()
                assert len(lines) == 1 and len(lines[0]) < 1500, (name, words, lines[:3])
    path.write_bytes(whole)
    assert refused > len(BYTES) // 2


JOURNAL = {"plan_sha256": "?", "name": "small"}


@pytest.mark.parametrize("name", list(BYTES))
def test_a_damaged_journal_of_a_build(tmp_path, write_recipe, rsica_data, name):
    out = tmp_path / "out"
    recipe = write_recipe(options={"pairs": 2, "size": 64}, tasks=["counting"])
    journal = out / ".build" / "journal.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_bytes(BYTES[name](json.dumps(JOURNAL).encode()) + b"\n")
    done = rsica_data("build", recipe, "--out", out, "--workers", "1")
    assert done.status in (0, 2) and len(done.err.strip().splitlines()) <= 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("name", "../../x"), ("name", 3), ("name", None), ("split", []), ("counts", {}), ("counts", None)),
        *(
            ("files", {"../../x": {"sha256": "0" * 64, "bytes": 1}}),
            ("files", []),
            ("rejected", [3]),
            ("rejected", "x"),
        ),
        *(
            ("classes", [{}]),
            ("change_classes", [None]),
            ("input_sha256", None),
            ("extra", 1),
            ("not_offered", {"a": "x"}),
        ),
    ],
)
def test_a_row_of_another_form_in_the_journal_of_a_build(tmp_path, write_recipe, rsica_data, monkeypatch, key, value):
    module = import_module("rsica_data.builder.whole_build")
    out = tmp_path / "out"
    recipe = write_recipe(options={"pairs": 2, "size": 64}, tasks=["counting"])

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_finish", stop)
        assert rsica_data("build", recipe, "--out", out, "--workers", "1").status == 130
    journal = out / ".build" / "journal.jsonl"
    head, row, *rest = journal.read_text().splitlines()
    journal.write_text("\n".join([head, json.dumps({**json.loads(row), key: value}), *rest]) + "\n")
    done = rsica_data("build", recipe, "--out", out, "--workers", "1")
    assert done.status == 2 and "journal.jsonl:2: " in done.err and len(done.err.strip().splitlines()) == 1
