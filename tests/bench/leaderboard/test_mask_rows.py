"""Mask figures of a detector's run on a board: kept, scored again from the masks, shown as tasks of their own."""

import base64
import gzip
import json
import shutil

import pytest

from rsica_bench.leaderboard.boards import open_board
from rsica_bench.leaderboard.mask_rows import PACKED_MASKS, unpack_masks
from rsica_bench.leaderboard.site.collect import board_data
from rsica_bench.metrics.resampling import Resampling
from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset


@pytest.fixture(scope="module")
def submitted(rsica_session, make_board, finished, tmp_path_factory):
    """A board with the detector's run."""
    board = make_board(tmp_path_factory.mktemp("masks") / "simulated")
    words = ["leaderboard", "submit", str(finished / "pixel-difference"), "--to", str(board), "--name", "Difference"]
    rsica_session(words)
    return board


@pytest.fixture
def row(submitted, board):
    """The folder of the run's row, on a board of the test's own."""
    shutil.copytree(submitted, board, dirs_exist_ok=True)
    return board / "runs" / "difference--default"


def test_a_board_has_the_mask_figures_of_a_run(finished, board, row):
    result = json.loads((finished / "pixel-difference" / "result.json").read_text())
    tables = {one["task"]: one for one in board_data(open_board(board), {}, None, Resampling(0))[0]["tables"]}
    for part, task, lead in (("change", "change_detection", "f1"), ("multi_class", "multi_class_change", "miou")):
        (shown,) = tables[task]["rows"]
        assert shown["values"] == result["masks"][part]["metrics"] and lead == tables[task]["lead"]
        assert shown["intervals"] == result["masks"][part]["intervals"]
    assert set(tables) > {"counting", "multi_class_change"}


def test_masks_are_scored_again(rsica_bench, board, synthetic, row):
    assert rsica_bench("leaderboard", "verify", board, "--data", synthetic).status == 0
    result = json.loads((row / "result.json").read_text())
    result["masks"]["multi_class"]["metrics"]["miou"] += 0.01
    (row / "result.json").write_text(json.dumps(result))
    done = rsica_bench("leaderboard", "verify", board, "--data", synthetic)
    assert done.status == 1 and "'miou' says" in done.out


@pytest.mark.parametrize("data", [b"no png", b""])
def test_a_mask_that_cannot_be_read_does_not_hold(rsica_bench, board, synthetic, row, data):
    lines = [json.loads(line) for line in gzip.decompress((row / PACKED_MASKS).read_bytes()).splitlines()]
    lines[0]["png"] = base64.b64encode(data).decode()
    (row / PACKED_MASKS).write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    done = rsica_bench("leaderboard", "verify", board, "--data", synthetic)
    assert done.status == 1 and "a predicted mask cannot be read" in done.out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"name": "../x.png", "png": ""}, "is no mask of a pair"),
        ({"name": "/x.png", "png": ""}, "is no mask of a pair"),
        ({"name": "x.txt", "png": ""}, "is no mask of a pair"),
        ({"name": "x.png", "png": "?"}, "holds no base64"),
        ({"name": "x.png"}, "is no mask of a pair"),
    ],
)
def test_damaged_masks_end_in_one_line(tmp_path, line, told):
    good = {"name": "a/x.png", "png": base64.b64encode(b"x").decode()}
    (tmp_path / PACKED_MASKS).write_bytes(gzip.compress(f"{json.dumps(good)}\n{json.dumps(line)}\n".encode()))
    with pytest.raises(UserError, match=told) as caught:
        unpack_masks(tmp_path / PACKED_MASKS, tmp_path / "run")
    assert caught.value.line == 2
    assert (tmp_path / "run" / "masks" / "a" / "x.png").read_bytes() == b"x"


def test_rows_of_masks_get_letters_and_differences(rsica_bench, finished, board, row, synthetic, tmp_path):
    """Another threshold is another system: letters, `compare` and the results' own scores tell the same."""
    blind = tmp_path / "blind"
    done = rsica_bench(
        "run", "--data", synthetic, "--adapter", "pixel-difference", "--set", "floor=250", "--out", blind, "--json"
    )
    assert done.status == 0, done.err
    assert rsica_bench("leaderboard", "submit", blind, "--to", board, "--name", "Blind").status == 0
    data = open_dataset(synthetic)
    record, examples = board_data(open_board(board), {data.hash: data}, None, Resampling(300))
    table = next(one for one in record["tables"] if one["task"] == "change_detection")
    assert {row["run"]: row["letters"] for row in table["rows"]} == {"difference--default": "a", "blind--default": "b"}
    assert table["id"] not in examples

    compared = rsica_bench("compare", blind, finished / "pixel-difference", "--draws", "300", "--json")
    change = compared.json["tasks"]["change_detection"]
    scores = [json.loads((run / "result.json").read_text())["masks"]["change"] for run in (blind, row)]
    f1 = change["metrics"]["f1"]
    assert [f1["first"], f1["second"]] == pytest.approx([entry["metrics"]["f1"] for entry in scores])
    assert f1["p"] < 0.05 and f1["low"] > 0 and change["lead"] == "f1" and change["pairs"] == 24
    assert abs(table["pairs"]["blind--default|difference--default"]["f1"]["difference"]) == pytest.approx(
        f1["difference"]
    )
    itself = rsica_bench("compare", blind, blind, "--draws", "300", "--json").json["tasks"]["change_detection"]
    assert itself["metrics"]["f1"]["p"] == 1 and itself["metrics"]["f1"]["difference"] == 0
