"""Runs on a Ray cluster whose dataset and run folder lie at S3, over a line that drops, while a node is killed.

Needs Ray, moto's server and s3fs, which `make setup` does not install.
"""

import json

import pytest
from ray_nodes import kill_when, notes_of
from s3_server import content

from rsica_data.core.files import sha256_bytes

# The server comes first: nodes take its address and keys from their environment.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of Ray and of its client libraries
]


def local_run(folder):
    return {
        f"/{path.relative_to(folder).as_posix()}": sha256_bytes(path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("run_info.json", ".rsica-lock") and "state" not in path.parts
    }


def test_a_run_at_s3_loses_nothing(s3, three_nodes, rsica_data, rsica_bench, write_recipe, tmp_path):
    cluster, nodes, notes = three_nodes
    direct, proxy = s3
    recipe = write_recipe(options={"pairs": 30, "size": 64}, facts={"classes": ["road"]}, tasks=["classification"])
    told = rsica_data("build", recipe, "--out", "s3://set/data")
    assert told.status == 0, told.err
    assert rsica_data("build", recipe, "--out", tmp_path / "data").status == 0
    asked = ("--adapter", "python", "--model", "slow_parts:answer", "--allow-code", "--batch-size", 1)
    asked += ("--split", "train")
    thread = kill_when(cluster, nodes[0], lambda: len(notes_of(notes, "asked")) >= 5)
    ray = ("--engine", "ray", "--devices", "cpu,cpu,cpu")
    told = rsica_bench("run", "--data", "s3://set/data", *asked, "--out", "s3://set/run", *ray)
    assert told.status == 0, told.err
    thread.join(10)
    times = len(notes_of(notes, "asked"))
    assert rsica_bench("run", "--data", tmp_path / "data", *asked, "--out", tmp_path / "local").status == 0
    questions = len(notes_of(notes, "asked")) - times
    print(f"{questions} questions, asked {times} times, a node of three was killed, {proxy.cuts} connections cut")
    there = {name: digest for name, digest in content(direct, "set/run").items() if "run_info" not in name}
    assert there == local_run(tmp_path / "local")
    assert json.loads(direct.cat_file("set/run/result.json"))["failed"] == 0
    assert json.loads(direct.cat_file("set/run/run_info.json"))["turns"] == questions


def test_parts_of_a_build_and_of_a_run_with_a_worker_that_dies(
    s3, three_nodes, rsica_data, rsica_bench, write_recipe, tmp_path, monkeypatch
):
    _, _, notes = three_nodes
    direct, _ = s3
    tree = tmp_path / "tree"
    assert rsica_data("synth", "--layout", "levir-mci", "--pairs", 12, "--out", tree, "--workers", 1).status == 0
    direct.put(f"{tree}/", "set/in", recursive=True)
    recipe = write_recipe(source="levir-mci", tasks=["classification"], build={"shard_pairs": 2})
    ray = ("--engine", "ray")
    words = (recipe, "--input", "s3://set/in", "--out", "s3://set/data")
    asked = ("--adapter", "python", "--model", "slow_parts:answer_or_die", "--allow-code", "--batch-size", 1)
    asked += ("--split", "train")
    for number in (1, 2):
        monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{number}"))
        told = rsica_data("build", *words, *ray, "--part", f"{number}/2")
        assert told.status == 0, told.err
    assert rsica_data("merge", *words).status == 0
    assert rsica_data("build", recipe, "--input", tree, "--out", tmp_path / "data", "--workers", 1).status == 0
    wanted = {
        f"/{name}": sha256_bytes((tmp_path / "data" / name).read_bytes()) for name in ("manifest.json", "README.md")
    }
    assert wanted.items() <= content(direct, "set/data").items()
    for number in (1, 2):
        monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{number}"))
        told = rsica_bench(
            "run", "--data", "s3://set/data", *asked, "--out", "s3://set/run", *ray, "--part", f"{number}/2"
        )
        assert told.status == 0, told.err
    assert (notes / "died").is_file()
    assert rsica_bench("merge", "s3://set/run").status == 0
    assert rsica_bench("run", "--data", tmp_path / "data", *asked, "--out", tmp_path / "local").status == 0
    there = {name: digest for name, digest in content(direct, "set/run").items() if "run_info" not in name}
    assert there == local_run(tmp_path / "local")
