"""Folders at ``hf://``, on a local Hub: built to, opened from and run from."""

import json

RECIPE = {
    "name": "far",
    "license": "CC-BY-4.0",
    "citation": "The authors.",
    "source": {"name": "synthetic", "options": {"pairs": 6, "size": 64}},
    "facts": {"classes": ["road", "building"]},
    "tasks": {"classification": {}, "counting": {}},
    "build": {"shard_pairs": 2},
}


def test_a_dataset_and_a_run_in_a_repository(client, hub, dataset, content, tmp_path):
    assert client("publish", dataset, "--repo", "ann/far").status == 0
    recipe = tmp_path / "far.yaml"
    recipe.write_text(json.dumps(RECIPE))
    far = "hf://datasets/ann/far/made"
    hub.fail(("preupload", "503", 2), ("commit", "drop", 1))
    for number in (1, 2):
        built = client("build", recipe, "--out", far, "--workers", 1, "--part", f"{number}/2")
        assert built.status == 0, built.err
    assert client("build", recipe, "--out", tmp_path / "near", "--workers", 1).status == 0
    merged = client("merge", recipe, "--out", far)
    assert merged.status == 0, merged.err
    assert merged.out.startswith(far)
    assert client("stats", far, "--json").json == client("stats", tmp_path / "near", "--json").json
    run = client(
        "run", "--data", far, "--adapter", "oracle", "--out", "hf://datasets/ann/far/run", program="rsica-bench"
    )
    assert run.status == 0, run.err
    again = client("score", "hf://datasets/ann/far/run", "--data", far, "--json", program="rsica-bench")
    assert again.json["tasks"]["classification"]["metrics"]["accuracy"] == 1
