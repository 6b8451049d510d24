"""Builds, parts, merges and runs from and to S3 over HTTP, through a proxy that drops connections, and killed.

Needs moto's server and s3fs, which `make setup` does not install.
"""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from s3_server import content

from rsica_data.core.files import sha256_bytes

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

BUILD = (sys.executable, "-c", "from rsica_data.cli import main; main()", "build", "--workers", "1")


def written(direct):
    direct.invalidate_cache()
    return [name for name in direct.find("set/out/", withdirs=False) if not name.endswith(".rsica-lock")]


def local(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    kept = (path for path in files if path.name not in ("build_info.json", ".rsica-lock"))
    return {f"/{path.relative_to(folder).as_posix()}": sha256_bytes(path.read_bytes()) for path in kept}


def test_a_build_over_a_line_that_drops(s3, rsica_data, write_recipe, tmp_path, monkeypatch):
    """Two workers, whose copies may have a third of the input."""
    direct, proxy = s3
    tree = tmp_path / "tree"
    assert rsica_data("synth", "--layout", "levir-mci", "--pairs", 60, "--out", tree).status == 0
    sizes = [path.stat().st_size for path in tree.rglob("*") if path.is_file()]
    assert 10 * max(sizes) < sum(sizes) / 3
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(sum(sizes) // 3))
    recipe = write_recipe(source="levir-mci", build={"shard_pairs": 4})
    words = [*BUILD[:-1], "2", str(recipe), "--input", "s3://set/in", "--out", "s3://set/out"]
    direct.put(f"{tree}/", "set/in", recursive=True)
    started = time.monotonic()
    child = subprocess.Popen(words)
    while child.poll() is None and not written(direct):
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    left = content(direct, "set/out")
    assert child.returncode == -signal.SIGKILL and "/manifest.json" not in left
    told = subprocess.run(words, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert rsica_data("build", recipe, "--input", tree, "--out", tmp_path / "out").status == 0
    wanted = local(tmp_path / "out")
    assert content(direct, "set/out") == wanted
    assert left.items() <= wanted.items()
    print(
        f"{proxy.cuts} connections cut, killed with {len(left)} of {len(wanted)} files written, "
        f"{time.monotonic() - started:.0f} s"
    )
    assert proxy.cuts > 3


def test_parts_a_merge_and_a_run_over_a_line_that_drops(
    s3, rsica_data, rsica_bench, write_recipe, tmp_path, monkeypatch
):
    direct, proxy = s3
    tree = tmp_path / "tree"
    assert rsica_data("synth", "--layout", "levir-mci", "--pairs", 24, "--out", tree).status == 0
    direct.put(f"{tree}/", "set/in", recursive=True)
    recipe = write_recipe(source="levir-mci", build={"shard_pairs": 2})
    words = (recipe, "--input", "s3://set/in", "--out", "s3://set/out")
    for number in (1, 2):
        monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{number}"))
        told = rsica_data("build", *words, "--workers", 1, "--part", f"{number}/2")
        assert told.status == 0, told.err
    assert not direct.exists("set/out")
    assert rsica_data("merge", *words).status == 0
    assert rsica_data("build", recipe, "--input", tree, "--out", tmp_path / "out").status == 0
    assert content(direct, "set/out") == local(tmp_path / "out")
    assert not direct.find("set/out.parts")
    asked = ("run", "--split", "train", "--adapter", "pixel-difference", "--data")
    assert rsica_bench(*asked, tmp_path / "out", "--out", tmp_path / "run").status == 0
    for number in (1, 2):
        monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{number}"))
        told = rsica_bench(*asked, "s3://set/out", "--out", "s3://set/run", "--part", f"{number}/2")
        assert told.status == 0, told.err
    assert rsica_bench("merge", "s3://set/run").status == 0
    wanted = {name: digest for name, digest in local(tmp_path / "run").items() if "run_info" not in name}
    assert {name: digest for name, digest in content(direct, "set/run").items() if "run_info" not in name} == wanted
    print(f"{proxy.cuts} connections cut")
    assert proxy.cuts > 3


def test_a_dataset_is_read_by_shards_over_a_line_that_drops(
    s3, rsica_data, rsica_bench, write_recipe, tmp_path, monkeypatch
):
    """Two workers, killed and started again, with a cache that holds two fifths of the dataset."""
    direct, proxy = s3
    options = {"pairs": 48, "size": 128}
    recipe = write_recipe(options=options, facts={"classes": ["road"]}, build={"shard_pairs": 4})
    assert rsica_data("build", recipe, "--out", tmp_path / "data", "--workers", 1).status == 0
    sizes = [path.stat().st_size for path in (tmp_path / "data").rglob("*") if path.is_file()]
    direct.put(f"{tmp_path / 'data'}/", "set/data", recursive=True)
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(2 * sum(sizes) // 5))
    cache = tmp_path / "cache" / "remote"
    words = ("validate", "s3://set/data", "--workers", "2")
    child = subprocess.Popen([*BUILD[:-3], *words])
    while child.poll() is None and not list(cache.glob("*/pairs/*.parquet")):
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    told = subprocess.run([*BUILD[:-3], *words], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert "48 pairs" in told.stdout and "all checks hold" in told.stdout
    held = sum(path.stat().st_size for path in cache.rglob("*.parquet"))
    assert 0 < held <= 2 * sum(sizes) // 5
    far, near = (rsica_data("stats", place, "--json", "--workers", 1) for place in ("s3://set/data", tmp_path / "data"))
    assert far.json == near.json
    for place, out in (("s3://set/data", "far"), (tmp_path / "data", "near")):
        assert rsica_data("export", place, "--format", "llava", "--to", tmp_path / out / "llava").status == 0
        asked = ("run", "--adapter", "pixel-difference", "--split", "train", "--tasks", "classification,counting")
        assert rsica_bench(*asked, "--data", place, "--out", tmp_path / out / "run").status == 0
    kept = {name: digest for name, digest in local(tmp_path / "near").items() if "run_info" not in name}
    assert {name: digest for name, digest in local(tmp_path / "far").items() if "run_info" not in name} == kept
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "machine-2"))
    asked = ("run", "--adapter", "no-change", "--split", "train", "--tasks", "classification", "--limit", 2)
    assert rsica_bench(*asked, "--data", "s3://set/data", "--out", tmp_path / "limited").status == 0
    fetched = list((tmp_path / "machine-2").rglob("*.parquet"))
    print(f"{proxy.cuts} connections cut; a limited run fetched {len(fetched)} of {len(sizes)} files")
    assert sorted(path.parent.name for path in fetched) == ["instructions", "pairs"]
    assert proxy.cuts > 3


def test_two_builds_into_one_address(s3, rsica_data, tmp_path, write_recipe):
    """Of two different builds that are started at once one is made whole, the other refused; a third takes over."""
    direct, _ = s3
    words = []
    for number in (1, 2):
        options = {"pairs": 60, "size": 128, "seed": number}
        recipe = write_recipe(options=options, facts={"classes": ["road"]}, build={"shard_pairs": 4})
        recipe = recipe.rename(tmp_path / f"recipe-{number}.yaml")
        words.append([*BUILD, str(recipe), "--out", "s3://set/out"])
        assert rsica_data("build", recipe, "--out", tmp_path / str(number), "--workers", 1).status == 0
    children = []
    for number, command in enumerate(words, 1):
        environment = {**os.environ, "RSICA_CACHE": str(tmp_path / f"machine-{number}")}
        children.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True))
    errors = [child.communicate(timeout=200)[1] for child in children]
    assert sorted(child.returncode for child in children) == [0, 2], errors
    made = next(number for number, child in enumerate(children, 1) if child.returncode == 0)
    assert "in use by process" in errors[2 - made] or "holds another dataset" in errors[2 - made]
    assert content(direct, "set/out") == local(tmp_path / str(made))
    assert not direct.exists("set/out/.rsica-lock")


def test_a_plan_to_publish_and_a_card_over_a_line_that_drops(s3, rsica_data, many_shards, tmp_path, monkeypatch):
    """The cache holds a fifth of the shards and of what is made of them."""
    direct, proxy = s3
    proxy.bounds = (50_000, 200_000)  # a shard has 85,000 bytes
    shutil.copytree(many_shards, tmp_path / "copy")
    direct.put(f"{many_shards}/", "set/data", recursive=True)
    files = [path for path in many_shards.rglob("*") if path.is_file()]
    data = sum(path.stat().st_size for path in files if path.suffix == ".parquet")
    small = sum(path.stat().st_size for path in files if path.suffix != ".parquet")
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(2 * small + data // 5))
    words = ("--repo", "ann/many", "--dry-run", "--json")
    told = rsica_data("publish", "s3://set/data", *words)
    assert told.status == 0, told.err
    assert told.json == rsica_data("publish", tmp_path / "copy", *words).json
    told = rsica_data("card", "s3://set/data")
    assert told.status == 0, told.err
    assert rsica_data("card", tmp_path / "copy").status == 0
    assert content(direct, "set/data") == local(tmp_path / "copy")
    print(f"{proxy.cuts} connections cut")
    assert proxy.cuts > 3
