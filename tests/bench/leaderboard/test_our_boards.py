"""The boards of this repository: own rows scored again on data rebuilt from its recipe."""

from pathlib import Path

import pytest

from rsica_bench.leaderboard.boards import open_boards
from rsica_bench.leaderboard.checks import _TOLERANCE, _check_part
from rsica_data.core.errors import UserError

BOARDS = Path(__file__).parents[3] / "leaderboards"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """Every dataset that a board's recipe rebuilds."""
    from rsica_data.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("rebuilt")
    recipes = {one.recipe for board in open_boards(BOARDS) for one in board.file.datasets if one.recipe}
    assert recipes
    for recipe in recipes:
        assert run_cli(cli, "rsica-data", ["build", recipe, "--out", str(folder / recipe), "--workers", "1"]) == 0
    return [folder / recipe for recipe in sorted(recipes)]


def test_every_own_row_holds(rsica_bench, rebuilt):
    words = [word for path in rebuilt for word in ("--data", path)]
    found = rsica_bench("leaderboard", "verify", BOARDS, *words, "--json")
    assert found.status == 0, found.err
    checked = {row["row"]: row["ok"] for row in found.json["rows"] if row["board"] == "simulated"}
    assert checked == dict.fromkeys(
        ("majority--default", "no-change--default", "oracle--default", "pixel-difference--default",
         "question-words--default"), True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("part", "off", "holds"), [("metrics", 1e-8, False), ("intervals", 1e-8, True), ("intervals", 1e-4, False)]
)
def test_how_near_a_row_must_come(part, off, holds):
    stated = {"a": 0.5 if part == "metrics" else [0.25, 0.75]}
    again = {"a": 0.5 + off if part == "metrics" else [0.25 + off, 0.75]}
    if holds:
        _check_part(stated, again, BOARDS, "task", _TOLERANCE[part])
        return
    with pytest.raises(UserError, match="scored again"):
        _check_part(stated, again, BOARDS, "task", _TOLERANCE[part])
