"""The boards of this repository: own rows scored again on data rebuilt from its recipe."""

from pathlib import Path

import pytest

from rsica_bench.leaderboard.boards import open_boards

BOARDS = Path(__file__).parents[3] / "leaderboards"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    """Every dataset that a board's recipe rebuilds."""
    from rsica_data.cli import cli
    from rsica_data.cli_support import run_cli

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
        ("majority--default", "no-change--default", "oracle--default", "pixel-difference--default"), True
    )
