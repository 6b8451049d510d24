"""A dataset of the simulator for the runs."""

import json

import pytest

TASKS = ("captioning", "classification", "counting", "dialogue", "localization", "open_qa")


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory):
    """A dataset with a test split of 24 pairs."""
    from rsica_data.cli import cli
    from rsica_data.cli_support import run_cli

    folder = tmp_path_factory.mktemp("synthetic")
    recipe = {
        "name": "bench",
        "source": {"name": "synthetic", "options": {"pairs": 126, "size": 128, "seed": 11}},
        "splits": ["test"],
        "facts": {"classes": ["road", "building"]},
        "tasks": {task: {} for task in TASKS},
        "build": {"shard_pairs": 10},
    }
    (folder / "r.yaml").write_text(json.dumps(recipe))
    assert run_cli(cli, "rsica-data", ["build", str(folder / "r.yaml"), "--out", str(folder / "out")]) == 0
    return folder / "out"
