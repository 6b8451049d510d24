"""Finished runs on a board."""

import json

import pytest

from rsica_data.dataset.opening import open_dataset


@pytest.fixture(scope="session")
def finished(synthetic, tmp_path_factory):
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    folder = tmp_path_factory.mktemp("finished")
    for name in ("oracle", "pixel-difference", "no-change"):
        words = ["run", "--data", str(synthetic), "--adapter", name, "--out", str(folder / name)]
        assert run_cli(cli, "rsica-bench", words) == 0
    return folder


@pytest.fixture(scope="session")
def make_board(synthetic):
    """``make_board(folder)``: an empty board that takes the synthetic dataset."""

    def make(folder):
        folder.mkdir(parents=True)
        content = {"title": "Simulated", "datasets": [{"name": "bench", "sha256": open_dataset(synthetic).hash}]}
        (folder / "benchmark.yaml").write_text(json.dumps(content))
        return folder

    return make


@pytest.fixture
def board(make_board, tmp_path):
    return make_board(tmp_path / "boards" / "simulated")
