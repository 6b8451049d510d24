"""`validate`: the same report from any number of processes, pairs of several shards, turns that repeat others."""

import shutil

import pytest
from edited_dataset import edit_rows, restate

from rsica_data.core.workers import reading_workers
from rsica_data.dataset import shard_checks
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.validate import validate_dataset
from rsica_data.schema import GoldTurn, Question


@pytest.fixture
def copy(small_dataset, tmp_path):
    shutil.copytree(small_dataset, tmp_path / "copy")
    return tmp_path / "copy"


def rename(old, new):
    def change(rows):
        for row in rows:
            if row["pair_id"] == old:
                row["pair_id"] = new

    return change


def test_a_pair_of_two_shards_is_told_once(copy):
    first, second, *_ = open_dataset(copy).shards("train")
    rows = [[pair.pair_id for pair in open_dataset(copy).shard_pairs(shard)] for shard in (first, second)]
    for path in (second.pairs, second.instructions):
        edit_rows(path, rename(rows[1][0], rows[0][0]))
    restate(copy)
    report = validate_dataset(open_dataset(copy))
    assert [problem.what for problem in report.problems if problem.where == rows[0][0]] == ["pair appears twice"]


def test_the_report_does_not_depend_on_the_number_of_processes(rsica_data, copy):
    train, test = open_dataset(copy).shards("train")[0], open_dataset(copy).shards("test")[0]
    edit_rows(train.instructions, lambda rows: rows[0].update(task="unknown"))
    edit_rows(test.pairs, lambda rows: rows[0].update(width=7))
    restate(copy)
    train.pairs.unlink()
    found = [rsica_data("validate", copy, "--json", "--workers", number) for number in (1, 2)]
    assert found[0].json == found[1].json
    assert found[0].status == 1 and found[0].json["problems"] >= 3


def test_few_shards_are_read_in_one_process(monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert [reading_workers(None, 31), reading_workers(None, 32), reading_workers(2, 100)] == [1, 6, 2]


def test_a_turn_that_was_seen_before_has_the_same_problems(monkeypatch):
    monkeypatch.setattr(shard_checks, "_outcomes", {})
    gold = GoldTurn("counting", Question("counting"), {"road": 2})
    first, again = (
        list(shard_checks._check_turn(where, "1 road", gold, ("road",))) for where in ("a#counting", "b#counting")
    )
    assert [problem.what for problem in first] == [problem.what for problem in again] != []
    assert {problem.where for problem in again} == {"b#counting"}
    right = GoldTurn("counting", gold.question, {"road": 1})
    assert not list(shard_checks._check_turn("c", "1 road", right, ("road",)))


def test_what_a_check_raises_is_raised_for_each_turn(monkeypatch):
    monkeypatch.setattr(shard_checks, "_outcomes", {})
    gold = GoldTurn("counting", Question("counting"), {"road": "many"})
    monkeypatch.setattr(shard_checks, "_turn_problems", lambda *turn: 1 / 0)
    depths = []
    for _ in range(3):
        with pytest.raises(ZeroDivisionError) as raised:
            list(shard_checks._check_turn("a", "1 road", gold, ("road",)))
        depths.append(len(raised.traceback))
    assert len(set(depths)) == 1  # what is kept of a turn does not keep the rows in which it was


def test_turns_are_kept_up_to_a_number(monkeypatch):
    monkeypatch.setattr(shard_checks, "_outcomes", {})
    monkeypatch.setattr(shard_checks, "_KEPT_TURNS", 3)
    for number in range(5):
        gold = GoldTurn("counting", Question("counting"), {"road": number})
        assert not list(shard_checks._check_turn("a", f"{number} roads", gold, ("road",)))
    assert len(shard_checks._outcomes) == 2
