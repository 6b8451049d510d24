"""`benchmarks/check.py`: records compared and merged, and what the bare loops are compared with is the same work."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
RECORD = FOLDER / "recorded.json"


@pytest.fixture(scope="module")
def records():
    spec = importlib.util.spec_from_file_location("benchmark_records", FOLDER / "records.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def values(least, median=None, greatest=None):
    median = least if median is None else median
    return {"median": median, "least": least, "greatest": median if greatest is None else greatest}


def ratios(**of):
    return {"ratios": {f"{way}/bare": value for way, value in of.items()}}


def memory(pairs=200, **of):
    return {"memory_mb": of, "memory_taken": {"pairs": pairs}}


def python(code, **environment):
    """Run code with the benchmarks on the path, apart from the tests: their modules have names like `build`."""
    paths = [str(FOLDER), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, *code], capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)} | environment,
    )  # fmt: skip


def test_a_ratio_is_worse_where_even_its_best_round_is_a_quarter_above_the_median(records):
    recorded = {"build": ratios(ours=values(0.3, 0.4), unchecked=values(0.2))}
    at = {"build": ratios(ours=values(0.5, 0.9), unchecked=values(0.1, 0.9))}
    assert records.compare(at, recorded).worse == ()
    above = {"build": ratios(ours=values(0.6, 0.7, 0.8), unchecked=values(0.1))}
    line = "build: ours/bare is 0.6 to 0.8 times the seconds, on record 0.4: at least 50 % worse"
    assert records.compare(above, recorded) == records.Comparison((line,), ())


def test_memory_is_worse_by_a_quarter_and_by_more_than_noise(records):
    recorded = {"load": memory(ours=values(40.0)), "facts": memory(ours=values(1.0))}
    within = {"load": memory(ours=values(50.0, 90.0)), "facts": memory(ours=values(1.0 + records.NOISE_MB))}
    assert records.compare(within, recorded).worse == ()
    above = {"load": memory(ours=values(60.0, 61.0)), "facts": memory(ours=values(1.5 + records.NOISE_MB))}
    assert records.compare(above, recorded).worse == (
        "load: memory of ours is 60 to 61 MB, on record 40 MB: at least 50 % worse",
        "facts: memory of ours is 5.5 to 5.5 MB, on record 1 MB: at least 450 % worse",
    )


def test_memory_that_was_nothing_has_no_percentage(records):
    line = records.compare({"facts": memory(ours=values(9.0))}, {"facts": memory(ours=values(0.0))}).worse
    assert line == ("facts: memory of ours is 9 to 9 MB, on record 0 MB",)


def test_memory_of_the_bare_loop_is_not_held_against_the_record(records):
    recorded = {"load": memory(bare=values(10.0), ours=values(10.0))}
    assert records.compare({"load": memory(bare=values(99.0), ours=values(10.0))}, recorded) == records.Comparison(
        (), ()
    )


def test_what_cannot_be_compared_is_said(records):
    recorded = {"load": ratios(ours=values(1.0)) | memory(60, ours=values(1.0))}
    now = {
        "load": ratios(ours=values(1.0), other=values(9.0)) | memory(200, ours=values(99.0)),
        "new": ratios(ours=values(9.0)) | memory(ours=values(99.0)),
    }
    assert records.compare(now, recorded) == records.Comparison(
        (),
        (
            "load: other/bare is not on record",
            "load: memory of ours is of 200 pairs, on record of 60: not compared",
            "new: ours/bare is not on record",
            "new: memory of ours is not on record",
        ),
    )


def test_what_was_not_taken_now_stays_on_record(records, tmp_path):
    path = tmp_path / "recorded.json"
    first = {"facts": ratios(ours=values(3.0)) | memory(ours=values(2.0)), "load": ratios(ours=values(1.0))}
    records.write_record(path, {"date": "2026-01-01", "benchmarks": first})
    assert records.read_record(path) == first
    records.write_record(path, {"date": "2026-01-02", "benchmarks": {"facts": memory(ours=values(5.0))}})
    assert records.read_record(path) == first | {"facts": ratios(ours=values(3.0)) | memory(ours=values(5.0))}
    assert json.loads(path.read_text())["date"] == "2026-01-02"


def test_no_record_is_an_empty_one(records, tmp_path):
    assert records.read_record(tmp_path / "none.json") == {}


def test_the_record_names_stages_and_ways_that_are_there():
    code = "import json; from bench_stages import STAGES; print(json.dumps({k: v.names for k, v in STAGES.items()}))"
    result = python(["-c", code])
    assert result.returncode == 0, result.stderr
    names = json.loads(result.stdout)
    for stage, one in json.loads(RECORD.read_text())["benchmarks"].items():
        assert {name.removesuffix("/bare") for name in one["ratios"]} <= set(names[stage]) - {"bare"}, stage
        assert set(one.get("memory_mb", {})) <= set(names[stage]), stage


def test_a_check_measures_records_and_fails_where_something_is_worse(tmp_path):
    record, written = tmp_path / "recorded.json", tmp_path / "measured.json"
    words = ["--pairs", "4", "--rounds", "1", "--memory-rounds", "1", "--only", "facts", "--recorded", str(record)]
    first = python([str(FOLDER / "check.py"), *words, "--record", "--json", str(written)])
    assert first.returncode == 0, first.stderr
    content = json.loads(record.read_text())
    assert json.loads(written.read_text()) == json.loads(first.stdout) == content
    measured = content["benchmarks"]["facts"]
    assert set(measured["ratios"]) == {"ours/bare"} and set(measured["memory_mb"]) == {"bare", "ours"}
    assert measured["taken"]["pairs"] == measured["memory_taken"]["pairs"] == 4
    measured["ratios"]["ours/bare"]["median"] /= 1000
    measured["memory_mb"]["ours"]["median"] = -1000.0
    record.write_text(json.dumps(content))
    second = python([str(FOLDER / "check.py"), *words, "--record", "--against"])
    assert second.returncode == 1, second.stderr
    worse = [line for line in second.stderr.splitlines() if line.startswith("WORSE by a quarter or more: facts: ")]
    assert len(worse) == 2, second.stderr


SAME_WORK = """
import sys
from contextlib import ExitStack
from pathlib import Path

import bench_stages
from caption_systems import ours_ngrams, pycocoevalcap_ngrams, simulated_corpus, without_repeats
from rsica_bench.run.mask_scores import MaskStore
from rsica_data.imagery.images import decode_mask
from stages import Material

with ExitStack() as stack:
    have = Material(Path(sys.argv[1]), 10, stack).make()
    ways = bench_stages.run_torch_ways(have)
    assert tuple(ways) == bench_stages.STAGES["run_torch"].names
    ways["bare"]()
    ways["ours"]()
    runs = MaskStore(have.folder / "run")
    pairs = list(have.dataset.pairs("train", images=False))
    assert len(pairs) == 10
    changed = 0
    for pair in pairs:
        bare = decode_mask((have.folder / "bare" / f"{pair.pair_id.replace('/', '_')}.png").read_bytes())
        assert (runs.read(pair.pair_id) == bare).all()
        changed += bare.any()
    assert changed > 5
ours, theirs = (score(*without_repeats(simulated_corpus(30))) for score in (ours_ngrams, pycocoevalcap_ngrams))
assert set(theirs) == {"BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"}
assert all(abs(ours[name] - value) < 1e-9 for name, value in theirs.items()) and theirs["CIDEr"] > 0.1
"""


def test_the_bare_loop_of_the_tiny_model_and_the_peer_of_the_metrics_give_what_ours_give(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("pycocoevalcap")
    result = python(["-c", SAME_WORK, str(tmp_path / "material")])
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_every_stage_is_measured(tmp_path):
    written = tmp_path / "measured.json"
    words = ["--pairs", "8", "--rounds", "1", "--memory-rounds", "1", "--json", str(written)]
    result = python([str(FOLDER / "check.py"), *words])
    assert result.returncode == 0, result.stderr
    measured = json.loads(written.read_text())["benchmarks"]
    left_out = {line.split()[0] for line in result.stderr.splitlines() if " is left out: " in line}
    code = "import json; from bench_stages import STAGES; print(json.dumps({k: v.names for k, v in STAGES.items()}))"
    names = json.loads(python(["-c", code]).stdout)
    assert set(measured) == set(names) - left_out
    for stage, one in measured.items():
        assert set(one["cpu_s"]) == set(one["memory_mb"]) == set(names[stage])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--pairs", "0"], "argument --pairs: '0' is no whole number of at least 1"),
        (["--rounds", "-1"], "argument --rounds: '-1' is no whole number of at least 0"),
        (["--json", "no/such/folder/x.json"], "there is no folder no/such/folder"),
        (["--against", "--recorded", "missing.json"], "argument --recorded: there is no file missing.json"),
        (["--recorded", "Makefile"], "argument --recorded: Makefile is no record"),
    ],
)
def test_a_mistake_is_told_before_anything_is_measured(words, told):
    done = python([FOLDER / "check.py", "--only", "facts", *words])
    assert done.returncode == 2 and told in done.stderr
    assert done.stdout == "" and "Traceback" not in done.stderr
