"""A Ray cluster of three nodes on this machine, of which one is killed while it works: nothing is lost.

Needs Ray, which `make setup` does not install.
"""

import json

import pytest
from assisted_builds import served
from ray_nodes import kill_when, notes_of

from rsica_data.core.files import sha256_file
from rsica_data.core.workers import run_units

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # those of Ray and of its client libraries
]


def content(folder, *varying):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in (*varying, ".rsica-lock"))
    return {str(path.relative_to(folder)): sha256_file(path) for path in files}


def test_units_of_a_killed_node_are_done_again(three_nodes):
    cluster, nodes, notes = three_nodes
    import slow_parts

    thread = kill_when(cluster, nodes[0], lambda: len(notes_of(notes, "begun")) >= 3)
    assert dict(run_units(slow_parts.work, range(7), 3, "ray")) == {n: n * n for n in range(7)}
    thread.join(10)
    begun = notes_of(notes, "begun")
    print(f"7 units, begun {len(begun)} times on three nodes of which one was killed")
    assert len(begun) > 7


def test_a_build_loses_nothing(three_nodes, rsica_data, write_recipe, tmp_path):
    cluster, nodes, _ = three_nodes
    recipe = write_recipe(options={"pairs": 40, "size": 512}, facts={"classes": ["road"]}, build={"shard_pairs": 2})
    journal = tmp_path / "ray" / ".build" / "journal.jsonl"
    met = []

    def some_are_done():
        met.append(journal.read_text().count("\n") if journal.is_file() else 0)
        return met[-1] >= 4

    thread = kill_when(cluster, nodes[0], some_are_done)
    assert rsica_data("build", recipe, "--out", tmp_path / "ray", "--engine", "ray").status == 0
    thread.join(10)
    assert rsica_data("build", recipe, "--out", tmp_path / "local", "--workers", 1).status == 0
    print(f"a node was killed after {met[-1] - 1} of 20 shards")
    assert met[-1] < 21
    assert content(tmp_path / "ray", "build_info.json") == content(tmp_path / "local", "build_info.json")


def test_a_run_loses_nothing(three_nodes, rsica_data, rsica_bench, write_recipe, tmp_path):
    cluster, nodes, notes = three_nodes
    recipe = write_recipe(options={"pairs": 30, "size": 64}, facts={"classes": ["road"]}, tasks=["classification"])
    assert rsica_data("build", recipe, "--out", tmp_path / "data").status == 0
    words = ("--data", tmp_path / "data", "--adapter", "python", "--model", "slow_parts:answer", "--allow-code")
    words += ("--batch-size", 1, "--split", "train")
    thread = kill_when(cluster, nodes[0], lambda: len(notes_of(notes, "asked")) >= 5)
    ray = ("--engine", "ray", "--devices", "cpu,cpu,cpu")
    told = rsica_bench("run", *words, "--out", tmp_path / "ray", *ray)
    assert told.status == 0, told.err
    thread.join(10)
    asked = len(notes_of(notes, "asked"))
    assert rsica_bench("run", *words, "--out", tmp_path / "local").status == 0
    questions = len(notes_of(notes, "asked")) - asked
    print(f"{questions} questions, asked {asked} times on three nodes of which one was killed")
    assert content(tmp_path / "ray", "run_info.json") == content(tmp_path / "local", "run_info.json")
    assert json.loads((tmp_path / "ray" / "result.json").read_text())["failed"] == 0


def test_an_assisted_build_loses_nothing(three_nodes, rsica_data, write_recipe, tmp_path):
    cluster, nodes, _ = three_nodes
    tree = tmp_path / "tree"
    assert rsica_data("synth", "--layout", "levir-mci", "--pairs", 24, "--out", tree, "--workers", 1).status == 0
    recipe = write_recipe(
        source="levir-mci", tasks=["counting"], assist={"model": "rules", "prompts": {"caption-write": {}}},
        build={"shard_pairs": 2},
    )  # fmt: skip
    words = ("build", recipe, "--input", tree, "--assist", "--json")
    journal = tmp_path / "ray" / ".build" / "journal.jsonl"
    thread = kill_when(cluster, nodes[0], lambda: journal.is_file() and journal.read_text().count("\n") >= 3)
    with served(tmp_path / "log.jsonl") as server:
        ray = rsica_data(*words, "--llm-url", server.url, "--out", tmp_path / "ray", "--engine", "ray")
        assert ray.status == 0, ray.err
        thread.join(10)
        local = rsica_data(*words, "--llm-url", server.url, "--out", tmp_path / "local", "--workers", 1)
    assert ray.json["usage"]["paid"] == local.json["usage"]["paid"] > 0
    print(f"{ray.json['usage']['paid']} answers paid for, {ray.json['shards']} shards, a node was killed")
    assert content(tmp_path / "ray", "build_info.json") == content(tmp_path / "local", "build_info.json")
