"""`score` with strata, and `compare`, from end to end."""

import json
import shutil

import pytest

from rsica_data.core.files import sha256_file


def test_the_better_run_is_found_better(rsica_bench, finished):
    found = rsica_bench("compare", finished / "no-change", finished / "oracle", "--json").json
    one = found["tasks"]["classification"]["metrics"]["accuracy"]
    assert one["second"] == 1
    assert one["difference"] == pytest.approx(1 - one["first"])
    assert 0 < one["low"] < one["difference"] < one["high"]
    assert one["p"] < one["p_holm"] < 0.05
    assert found["bootstrap"] == {"unit": "pair", "draws": 1000, "seed": 0, "level": 0.95}
    assert found["inputs"]["other_prompt"] == 0
    assert found["inputs"]["turns"] == sum(entry["items"] for entry in found["tasks"].values())
    back = rsica_bench("compare", finished / "oracle", finished / "no-change", "--json").json
    other = back["tasks"]["classification"]["metrics"]["accuracy"]
    assert other["difference"] == pytest.approx(-one["difference"])
    assert other["p"] == one["p"]


def test_a_run_against_itself(rsica_bench, finished):
    found = rsica_bench("compare", finished / "oracle", finished / "oracle", "--json", "--draws", "50").json
    for entry in found["tasks"].values():
        for one in entry["metrics"].values():
            assert (one["difference"], one["low"], one["high"], one["p"]) == (0, 0, 0, 1)


def test_lines_for_people(rsica_bench, finished):
    said = rsica_bench("compare", finished / "no-change", finished / "pixel-difference", "--strata", "change,size")
    assert said.status == 0
    assert "classification: 24 turns, 24 pairs" in said.out
    assert " change changed: " in said.out
    assert "holm" in said.out
    assert "exact/road" not in said.out
    everything = rsica_bench("compare", finished / "no-change", finished / "oracle", "--all").out.splitlines()
    told = {line.split()[0]: line for line in everything if line.startswith("  ")}
    assert told["exact/road"].endswith("not adjusted") and "holm" in told["exact_all"]


def test_strata_are_adjusted_for_all_of_them_and_many_figures_leave_something_significant(rsica_bench, finished):
    words = ("compare", finished / "no-change", finished / "oracle", "--strata", "change,objects,size", "--json")
    tasks = rsica_bench(*words).json["tasks"]
    parts = [part for entry in tasks.values() for values in entry["strata"].values() for part in values.values()]
    family = [one for part in parts for one in part["metrics"].values()]
    assert len(family) > 50 and all("p_holm" in one for one in family)
    least = min(one["p"] for one in family)
    assert min(one["p_holm"] for one in family) == pytest.approx(min(1, len(family) * least))
    leading = [one for entry in tasks.values() for one in entry["metrics"].values() if "p_holm" in one]
    assert min(one["p_holm"] for one in leading) < 0.05


def test_strata_of_a_run(rsica_bench, finished):
    found = rsica_bench("score", finished / "pixel-difference", "--strata", "change", "--draws", "100", "--json").json
    parts = found["strata"]["counting"]["change"]
    assert sum(part["items"] for part in parts.values()) == found["tasks"]["counting"]["items"]
    whole = found["tasks"]["counting"]["metrics"]["mae"]
    mixed = sum(part["items"] * part["metrics"]["mae"] for part in parts.values()) / 24
    assert mixed == pytest.approx(whole)
    low, high = parts["changed"]["intervals"]["mae"]
    assert low <= parts["changed"]["metrics"]["mae"] <= high
    said = rsica_bench("score", finished / "pixel-difference", "--strata", "change", "--draws", "0")
    assert "counting, change changed: " in said.out
    assert "[" not in said.out


def test_intervals_are_in_the_result_and_do_not_vary(rsica_bench, finished):
    result = json.loads((finished / "pixel-difference" / "result.json").read_text())
    again = rsica_bench("score", finished / "pixel-difference", "--json").json
    assert again["tasks"] == result["tasks"]
    assert again["masks"] == result["masks"] and result["masks"]["multi_class"]["metrics"]["miou"] > 0
    for entry in result["tasks"].values():
        for name, (low, high) in entry["intervals"].items():
            assert low - 1e-9 <= entry["metrics"][name] <= high + 1e-9 or "BLEU" in name or "CIDEr" in name


def test_a_result_says_how_its_intervals_were_made(rsica_bench, finished):
    entry = json.loads((finished / "pixel-difference" / "result.json").read_text())["tasks"]["counting"]
    assert entry["interval_methods"].keys() == entry["intervals"].keys()
    assert entry["interval_methods"]["exact_all"] == "korn-graubard"
    assert entry["interval_methods"]["rmse/building"] == "studentised-bootstrap"
    assert entry["interval_approximate"]["rmse/building"] > 24
    assert "exact_all" not in entry["interval_approximate"]
    shown = rsica_bench("score", finished / "pixel-difference").out
    assert f"approximate (holds from {entry['interval_approximate']['rmse/building']} pairs)" in shown
    shown = rsica_bench("score", finished / "oracle").out
    assert "(no interval: every pair has the same value)" in shown
    perfect = json.loads((finished / "oracle" / "result.json").read_text())["tasks"]["classification"]
    assert 0.8 < perfect["intervals"]["accuracy"][0] < perfect["intervals"]["accuracy"][1] == 1


def test_a_run_that_an_earlier_release_scored_is_scored_again(rsica_bench, finished, synthetic, tmp_path):
    run = shutil.copytree(finished / "oracle", tmp_path / "oracle")
    before = (run / "result.json").read_text()
    result = json.loads(before)
    for entry in result["tasks"].values():
        del entry["interval_methods"]
    (run / "result.json").write_text(json.dumps(result))
    done = rsica_bench("run", "--data", synthetic, "--adapter", "oracle", "--out", run)
    assert done.status == 0, done.err
    assert (run / "result.json").read_text() == before


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("--strata", "sise"), "unknown stratum 'sise'"),
        (("--draws", "0"), "needs draws"),
        (("--protocol", "deltavim"), "deltavlm"),
        (("--data", "nowhere"), "nowhere"),
    ],
)
def test_wrong_words(rsica_bench, finished, words, hint):
    said = rsica_bench("compare", finished / "oracle", finished / "no-change", *words)
    assert said.status == 2
    assert hint in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_runs_that_cannot_be_compared(rsica_bench, finished, synthetic, tmp_path):
    only = tmp_path / "only"
    rsica_bench("run", "--data", synthetic, "--adapter", "oracle", "--tasks", "counting", "--out", only)
    other = tmp_path / "other"
    rsica_bench("run", "--data", synthetic, "--adapter", "oracle", "--tasks", "captioning", "--out", other)
    said = rsica_bench("compare", only, other)
    assert (said.status, "shares no question" in said.err) == (2, True)
    assert set(rsica_bench("compare", finished / "no-change", only, "--json").json["tasks"]) == {"counting"}
    shutil.copytree(finished / "oracle", tmp_path / "moved")
    settings = json.loads((tmp_path / "moved" / "run.json").read_text())
    settings["split"] = "val"
    (tmp_path / "moved" / "run.json").write_text(json.dumps(settings))
    said = rsica_bench("compare", finished / "oracle", tmp_path / "moved")
    assert (said.status, "split" in said.err) == (2, True)
    said = rsica_bench("compare", finished / "oracle", tmp_path)
    assert (said.status, "no finished run" in said.err) == (2, True)


def test_comparing_changes_no_run(rsica_bench, finished):
    before = {path: sha256_file(path) for path in finished.rglob("*") if path.is_file()}
    rsica_bench("compare", finished / "no-change", finished / "oracle")
    assert before == {path: sha256_file(path) for path in finished.rglob("*") if path.is_file()}
