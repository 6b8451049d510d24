"""Runs of benchmarks on boards: whole ones are taken, parts are refused and never ranked beside whole ones."""

import json

import pytest

from rsica_bench.leaderboard.board_tables import collect_tables
from rsica_bench.leaderboard.boards import open_board
from rsica_bench.leaderboard.ranking import stated_split
from rsica_bench.leaderboard.site.collect import board_data
from rsica_bench.metrics.resampling import Resampling

PUBLISHED = (
    "task,split,protocol,model,metric,value,unit,trust,source,seen,note\n"
    "change_detection,the test set,micro,X,f1,50,percent,A,a paper,,\n"
)


@pytest.fixture
def board(tmp_path):
    """A board of clcd whose benchmark has as many pairs as the miniature, with a printed row."""
    folder = tmp_path / "boards" / "mine"
    folder.mkdir(parents=True)
    section = {"summary": "Mine.", "input": "a folder", "page": "clcd", "masks": "change"}
    section |= {"items": {"pairs": 4}, "printed": ["the test set"]}
    (folder / "benchmark.yaml").write_text(json.dumps({"title": "Mine", "benchmarks": {"mine": section}}))
    (folder / "published.csv").write_text(PUBLISHED)
    return folder


@pytest.fixture
def run(rsica_bench, rsica_data, board, tmp_path):
    """``run(name, *words)``: a run of the benchmark in a folder of that name."""
    assert rsica_data("synth", "--layout", "clcd", "--pairs", 12, "--out", tmp_path / "in").status == 0

    def make(name, *words):
        done = rsica_bench(
            *("run", "--benchmark", board / "benchmark.yaml", "--input", tmp_path / "in"),
            *("--dataset", tmp_path / "dataset", "--adapter", "pixel-difference", "--out", tmp_path / name, *words),
        )
        assert done.status == 0, done.err
        return tmp_path / name

    return make


def test_a_whole_run_is_taken_and_stands_beside_printed_rows(rsica_bench, board, run, tmp_path):
    folder = run("whole")
    done = rsica_bench("leaderboard", "submit", folder, "--to", board, "--name", "Difference")
    assert done.status == 0, done.err
    tables = board_data(open_board(board), {}, None, Resampling(0))[0]["tables"]
    (table,) = [table for table in tables if table["task"] == "change_detection"]
    assert {(row["model"], row["status"]) for row in table["rows"]} == {("Difference", "reproduced"), ("X", "reported")}
    assert rsica_bench("leaderboard", "verify", board, "--data", tmp_path / "dataset").status == 0


def test_a_part_is_refused(rsica_bench, board, run):
    folder = run("part", "--limit", 2)
    assert json.loads((folder / "result.json").read_text())["benchmark"]["items"] == {"pairs": 2}
    done = rsica_bench("leaderboard", "submit", folder, "--to", board, "--name", "Difference")
    assert done.status == 2 and "a board takes whole benchmarks, and the run states items: 2 of 4" in done.err


def test_a_dataset_of_another_recipe_is_refused(rsica_bench, board, run):
    folder = run("whole")
    path = board / "benchmark.yaml"
    content = json.loads(path.read_text())
    content["benchmarks"]["mine"]["split"] = "val"
    path.write_text(json.dumps(content))
    done = rsica_bench("leaderboard", "submit", folder, "--to", board, "--name", "Difference")
    assert done.status == 2 and "was not built by the recipe of benchmark 'mine'" in done.err
    other = board.parent / "other"
    other.mkdir()
    (other / "benchmark.yaml").write_text(json.dumps({"title": "Other"}))
    done = rsica_bench("leaderboard", "submit", folder, "--to", other, "--name", "Difference")
    assert done.status == 2 and "the board does not take the dataset 'mine'" in done.err


def test_a_part_and_the_whole_share_no_table(run, tmp_path):
    run("runs/whole")
    run("runs/part", "--limit", 2)
    tables = [table for table in collect_tables(tmp_path / "runs") if table.task == "classification"]
    assert [len(table.rows) for table in tables] == [1, 1]
    assert len({table.split for table in tables}) == 2


def test_the_split_of_a_part_says_so():
    part = {"split": "test", "limit": None, "benchmark": {"items": {"vqa": 3}, "published": {"vqa": 1200}}}
    assert stated_split(part, "vqa") == "test, 3 of 1,200 items"
    assert stated_split(part | {"benchmark": {"items": {"vqa": 1200}, "published": {"vqa": 1200}}}, "vqa") == "test"
    assert stated_split({"split": "test", "limit": 5}, "vqa") == "test, first 5 of each task"
