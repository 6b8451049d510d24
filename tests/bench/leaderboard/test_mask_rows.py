"""Mask figures of a detector's run on a board: kept, scored again from the masks, shown as tasks of their own."""

import base64
import gzip
import json

import pytest

from rsica_bench.leaderboard.boards import open_board
from rsica_bench.leaderboard.mask_rows import PACKED_MASKS, unpack_masks
from rsica_bench.leaderboard.site.collect import board_data
from rsica_bench.metrics.resampling import Resampling
from rsica_data.core.errors import UserError


@pytest.fixture
def row(rsica_bench, finished, board):
    done = rsica_bench("leaderboard", "submit", finished / "pixel-difference", "--to", board, "--name", "Difference")
    assert done.status == 0, done.err
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
