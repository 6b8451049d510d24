"""Handed files that once gave a traceback, a hang or gigabytes: each ends in one line, with a limit on time and memory.

Images, rasters and vector maps of the same folder have their tests beside their readers.
"""

import gzip
import io
import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rsica_bench.cli import cli as bench_group
from rsica_data.core.command_line import run_cli

SHARED = Path(os.environ.get("RSICA_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
CASES = SHARED / "cases" / "hostile"
MEASURED = Path(__file__).resolve().parent / "support" / "measured_main.py"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="no cases under RSICA_SHARED")

SECONDS = 20  # of a busy machine; 10 on a free one
MOST_BYTES = 1 << 30
ADDRESSES = 16 << 30  # torch alone maps several gigabytes that it never touches


def one_file(case):
    return next(CASES.joinpath(case).iterdir()) if CASES.joinpath(case).is_dir() else CASES / "min" / case


@pytest.fixture
def limited(tmp_path):
    """Run a command line in a process of its own: (status, output, errors), checked for time, memory and tracebacks."""

    def run(package, *words, statuses=(2,)):
        out, err, peak = tmp_path / "stdout", tmp_path / "stderr", tmp_path / "peak"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, str(MEASURED), str(peak), package, *map(str, words)],
                stdout=stdout,
                stderr=stderr,
                cwd=tmp_path,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES)),
            )
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                pytest.fail("hangs")
        told = err.read_text(errors="replace")
        assert "Traceback" not in told, told[-2000:]
        assert process.returncode in statuses, (process.returncode, told[-500:])
        assert int(peak.read_text()) < MOST_BYTES
        if process.returncode == 2:
            lines = told.strip().splitlines()
            assert len(lines) == 1 and len(lines[0]) < 1500, lines[:3]
        return process.returncode, out.read_text(errors="replace"), told

    return run


def image(seed):
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def levir(tmp_path):
    """A pair in LEVIR-CC's layout, and a recipe for it."""
    for number, side in enumerate("AB"):
        folder = tmp_path / "in" / "images" / "train" / side
        folder.mkdir(parents=True)
        (folder / "train_000001.png").write_bytes(image(number))
    recipe = {"name": "x", "source": {"name": "levir-mci"}, "tasks": {"captioning": {}}}
    (tmp_path / "r.yaml").write_text(json.dumps(recipe))
    return tmp_path


@needs_cases
@pytest.mark.parametrize(
    ("case", "key"),
    [
        ("captions-01", "levels deep"),
        ("captions-02", "images[0].sentences[0].raw"),
        ("captions-03", "images[0].filename"),
        ("captions-04", "images[0].filename"),
        ("caption_nul_filename.json", "images[0]"),
        ("caption_surrogate.json", "images[0]"),
    ],
)
def test_captions_of_a_build(levir, limited, case, key):
    shutil.copy(one_file(case), levir / "in" / "LevirCCcaptions.json")
    _, _, told = limited("rsica_data", "build", "r.yaml", "--input", "in", "--out", "out", "--workers", "1")
    assert "LevirCCcaptions.json" in told and key in told
    assert not (levir / "out" / "manifest.json").exists()


@needs_cases
@pytest.mark.parametrize("case", ["captions-05", "caption_empty.json"])
def test_captions_without_words_are_left_out(levir, limited, case):
    shutil.copy(one_file(case), levir / "in" / "LevirCCcaptions.json")
    limited("rsica_data", "build", "r.yaml", "--input", "in", "--out", "out", "--workers", "1", statuses=(0, 1, 2))


@needs_cases
def test_references_that_are_nested(tmp_path, limited):
    (tmp_path / "h.json").write_text('{"a": "a road"}')
    words = ("score-captions", "--hypotheses", "h.json", "--references", one_file("captions-06"), "--meteor", "none")
    assert "refs.json" in limited("rsica_bench", *words)[2]


@needs_cases
def test_frequencies_without_keys(tmp_path, limited):
    (tmp_path / "h.json").write_text('{"a": "a road"}')
    (tmp_path / "r.json").write_text('{"a": ["a road"]}')
    words = (
        "score-captions",
        "--hypotheses",
        "h.json",
        "--references",
        "r.json",
        "--df",
        one_file("geo-07"),
        "--meteor",
        "none",
    )
    told = limited("rsica_bench", *words)[2]
    assert "df2.json" in told and "protocol" in told


@needs_cases
@pytest.mark.parametrize(
    "case",
    [
        *("yaml-02", "yaml-04", "yaml-06", "yaml-07"),
        *("recipe_alias_bomb.yaml", "recipe_listkey.yaml", "recipe_surrogate.yaml"),
    ],
)
def test_recipes(limited, case):
    path = one_file(case)
    told = limited("rsica_data", "build", path, "--out", "out")[2]
    assert f"{path}:" in told


@needs_cases
@pytest.mark.parametrize("case", ["yaml-08", "yaml-09", "yaml-10"])
def test_boards(tmp_path, limited, case):
    (tmp_path / "board").mkdir()
    shutil.copy(one_file(case), tmp_path / "board" / "benchmark.yaml")
    assert "benchmark.yaml:" in limited("rsica_bench", "leaderboard", "build", "board", "--site", "site")[2]


@needs_cases
@pytest.mark.parametrize("case", [f"osm_1-{number:02d}" for number in (6, 7, 8, 12, 13, 14, 16, 17, 19, 20, 22)])
def test_maps_that_are_refused(limited, case):
    path = one_file(case)
    told = limited("rsica_data", "osm", "extract", path, "--out", "out.geojson")[2]
    assert path.name in told


@needs_cases
@pytest.mark.parametrize("case", ["osm_1-09", "osm_1-10", "osm_1-15", "osm_1-25", "osm_2-01"])
def test_maps_with_single_faults(limited, case):
    limited("rsica_data", "osm", "extract", one_file(case), "--out", "out.geojson", statuses=(0, 2))


@pytest.fixture
def run_folder(small_dataset, tmp_path, monkeypatch):
    """A finished run of the small dataset beside a copy of that."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(small_dataset, tmp_path / "ds")
    words = ["run", "--data", "ds", "--adapter", "no-change", "--out", "runs/maj"]
    assert run_cli(bench_group, "rsica-bench", words) == 0
    return tmp_path


@needs_cases
@pytest.mark.parametrize("case", ["data_1-41", "data_1-42"])
def test_shards(run_folder, limited, case):
    path = one_file(case)
    folder = "pairs" if path.name.startswith("train") else "instructions"
    shutil.copy(path, run_folder / "ds" / folder / sorted((run_folder / "ds" / folder).iterdir())[0].name)
    _, out, _ = limited("rsica_data", "validate", "ds", statuses=(1,))
    assert "problem" in out


@needs_cases
@pytest.mark.parametrize("case", ["data_1-43", "data_1-57", "data_1-60"])
def test_results(run_folder, limited, case):
    shutil.copy(one_file(case), run_folder / "runs" / "maj" / "result.json")
    told = limited("rsica_bench", "leaderboard", "build", "runs", "--html", "l.html", "--markdown", "l.md")[2]
    assert "result.json" in told


@needs_cases
@pytest.mark.parametrize("case", ["data_1-52", "data_1-59", "data_1-62"])
def test_settings_of_runs(run_folder, limited, case):
    shutil.copytree(run_folder / "runs" / "maj", run_folder / "run")
    shutil.copy(one_file(case), run_folder / "run" / "run.json")
    assert "run.json" in limited("rsica_bench", "score", "run", "--data", "ds")[2]
    assert "run.json" in limited("rsica_bench", "compare", "run", "runs/maj", "--data", "ds")[2]


@needs_cases
@pytest.mark.parametrize("case", ["data_1-50", "data_1-61"])
def test_manifests(run_folder, limited, case):
    shutil.copy(one_file(case), run_folder / "ds" / "manifest.json")
    for words in (("card", "ds", "--force"), ("preview", "ds", "--html", "rep/"), ("validate", "ds"), ("stats", "ds")):
        assert "manifest.json" in limited("rsica_data", *words)[2]


@needs_cases
def test_replies_with_half_a_surrogate_pair(run_folder, limited):
    words = ("run", "--data", "ds", "--adapter", "replay", "--set", f"predictions={one_file('data_1-28')}")
    limited("rsica_bench", *words, "--out", "rp", statuses=(0, 2))


@needs_cases
@pytest.mark.parametrize("case", ["data_1-44", "data_1-45", "data_1-51", "data_1-56"])
def test_predictions_of_boards(run_folder, limited, case):
    digest = json.loads((run_folder / "runs" / "maj" / "run.json").read_text())["dataset"]["sha256"]
    board = run_folder / "board"
    board.mkdir()
    (board / "benchmark.yaml").write_text(f"title: A\ndatasets: [{{name: small, sha256: '{digest}'}}]\n")
    words = ["leaderboard", "submit", "runs/maj", "--to", "board", "--name", "M", "--data", "ds"]
    assert run_cli(bench_group, "rsica-bench", words) == 0
    row = next((board / "runs").iterdir())
    shutil.copy(one_file(case), row / "predictions.jsonl.gz")
    _, out, told = limited("rsica_bench", "leaderboard", "verify", "board", "--data", "ds", statuses=(1,))
    assert "DOES NOT HOLD" in out
    told = limited("rsica_bench", "leaderboard", "build", "board", "--site", "site", "--data", "ds", statuses=(0, 2))[2]
    assert not told or "predictions" in told


NAMES, LINES = (
    ("refs.json", "a.geojsonl.gz", "a.csv.gz", "preds.jsonl.gz"),
    (b"\n", b" ", b"[],", b'{"geometry": null}\n'),
)
UNPACKED = [(name, line) for name in NAMES for line in LINES]
QUICK = {("refs.json", LINES[2]), ("a.geojsonl.gz", LINES[3]), ("a.csv.gz", LINES[0]), ("preds.jsonl.gz", LINES[1])}


@pytest.mark.parametrize(
    ("name", "line"),
    [pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow) for case in UNPACKED],
)
def test_files_that_unpack_to_gigabytes(tmp_path, limited, name, line):
    with gzip.open(tmp_path / name, "wb", compresslevel=1) as stream:
        for _ in range(200):  # in pieces: a process begins with the memory of the one that starts it
            stream.write(line * ((1 << 20) // len(line)))
    (tmp_path / "h.json").write_text('{"a": "a road"}')
    if name.startswith("a."):
        words = ("rsica_data", "osm", "extract", name, "--out", "o.geojson")
    else:
        words = ("rsica_bench", "score-captions", "--hypotheses", "h.json", "--references", name, "--meteor", "none")
    assert name in limited(*words)[2]


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_what_is_no_regular_file(tmp_path, limited, kind):
    path = tmp_path / "refs.json"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    (tmp_path / "h.json").write_text('{"a": "a road"}')
    told = limited("rsica_bench", "score-captions", "--hypotheses", "h.json", "--references", path, "--meteor", "none")[
        2
    ]
    assert "refs.json" in told
    assert "r.yaml" in limited("rsica_data", "build", path.rename(tmp_path / "r.yaml"), "--out", "o")[2]
