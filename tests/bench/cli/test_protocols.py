"""Named protocols: what is listed, what a record holds, and RSVQA's ranges."""

import json

import pytest

from rsica_bench.benchmarks.benchmark_files import shipped_benchmarks
from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.metrics.vqa import rsvqa_range
from rsica_bench.protocols import ABOUT, EARLIER, PRESETS, find_protocol
from rsica_bench.run.mask_scores import MASK_COLUMNS
from rsica_bench.scoring.given_qa import SCORER
from rsica_data.core import registry
from rsica_data.schema import Question
from rsica_data.schema.given import NUMBER
from rsica_data.tasks.given_qa import read_option


def test_every_protocol_says_what_it_is():
    assert ABOUT.keys() == PRESETS.keys() >= {"levir-cc", "cdvqa", "second", "rsvqa", "xview2", "earthreason"}
    tasks = {*registry.names(registry.SCORERS), *MASK_COLUMNS}
    assert all(set(about.leads) <= tasks for about in ABOUT.values())
    assert EARLIER.keys() == {"default", "changechat", "deltavlm"}


def test_records_of_before_are_as_they_were():
    assert "answers" not in PRESETS["default"].as_json() and PRESETS["rsvqa"].as_json()["answers"] == "rsvqa"
    assert {name: preset.version for name, preset in PRESETS.items() if preset.version != 1} == {
        "default": 2, "changechat": 2, "deltavlm": 2}  # fmt: skip


def test_the_list(rsica_bench):
    shown = rsica_bench("protocols")
    assert shown.status == 0 and all(f"{name} v" in shown.out for name in PRESETS)
    one = rsica_bench("protocols", "rsvqa")
    assert one.status == 0 and "answers rsvqa" in one.out and "rsvqa-lr" in one.out
    record = rsica_bench("protocols", "xview2", "--json").json
    assert (record["name"], record["version"], record["benchmarks"]) == ("xview2", 1, ["xbd"])
    assert len(rsica_bench("protocols", "--json").json) == len(PRESETS)
    wrong = rsica_bench("protocols", "rsvqq")
    assert wrong.status == 2 and "rsvqa" in wrong.err
    used = {one.section.protocol for one in shipped_benchmarks().values()}
    assert {"rsvqa", "xview2", "earthreason"} <= used


@pytest.mark.parametrize(
    ("text", "span"),
    [("0", "0"), ("1", "between 0 and 10"), ("10", "between 0 and 10"), ("11", "between 10 and 100"),
     ("100", "between 10 and 100"), ("101", "between 100 and 1000"), ("1000", "between 100 and 1000"),
     ("1001", "more than 1000"), ("0m2", "0m2"), ("42 m2", "between 10m2 and 100m2"), ("5000m2", "more than 1000m2"),
     ("more than 1000m2", "more than 1000m2"), ("between 10 and 100", "between 10 and 100"), ("Yes", "yes"),
     ("between 10 m2 and 100 m2", "between 10m2 and 100m2"), ("rural", "rural"), ("1,200", "more than 1000")],
)  # fmt: skip
def test_ranges(text, span):
    assert rsvqa_range(text) == span


def test_counts_are_right_in_their_range_under_rsvqa_alone(item):
    asked = Question("count", {"options": [NUMBER]})
    replies = (("17", "23"), ("17", "17"), ("17", "between 10 and 100"), ("3", "17"), ("0", "2"), ("5", None))
    items = [
        item("given_qa", {"kind": "count", "value": true}, raw, question=asked, name=f"i{n}")
        for n, (true, raw) in enumerate(replies)
    ]

    def accuracy(name):
        return scores_of_tables(SCORER.measure(items, find_protocol(name)).tables).values["accuracy"]

    assert accuracy("rsvqa") == pytest.approx(3 / 6) and accuracy("default") == pytest.approx(1 / 6)


def test_a_range_is_an_answer():
    assert read_option("It is between 10 and 100 buildings.", (NUMBER,)) == {"value": "between 10 and 100"}
    assert read_option("17 buildings", (NUMBER,)) == {"value": "17"}


def test_a_run_states_the_protocol_and_is_scored_by_it_again(rsica_data, rsica_bench, tmp_path):
    assert rsica_data("synth", "--layout", "rsvqa-lr", "--out", tmp_path / "in", "--pairs", 4).status == 0
    words = ["--input", tmp_path / "in", "--dataset", tmp_path / "d", "--adapter", "oracle", "--out", tmp_path / "r"]
    done = rsica_bench("run", "--benchmark", "rsvqa-lr", *words, "--json")
    assert done.status == 0, done.err
    assert done.json["protocol"]["name"] == "rsvqa" and done.json["benchmark"]["version"] == 2
    again = rsica_bench("score", tmp_path / "r", "--json")
    assert again.status == 0 and again.json["tasks"] == done.json["tasks"]
    from rsica_bench.files.run_forms import check_settings, read_settings

    stated = read_settings(tmp_path / "r" / "run.json")
    check_settings(stated, tmp_path / "r" / "run.json")
    from rsica_data.core.errors import UserError

    edited = json.loads(json.dumps(stated))
    edited["protocol"] |= {"name": "default", "version": 2}
    with pytest.raises(UserError, match="answers"):
        check_settings(edited, tmp_path / "r" / "run.json")
