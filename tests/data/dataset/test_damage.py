"""Damage of a dataset's files is seen by whatever reads them, and `validate` tells all of it."""

import json
import os
import random
import shutil
import sys

import pytest
from edited_dataset import edit_rows, flip_bit, restate

FLIPS = 30


@pytest.fixture
def copy(small_dataset, tmp_path):
    shutil.copytree(small_dataset, tmp_path / "copy")
    return tmp_path / "copy"


def shards(root):
    return sorted([*(root / "pairs").glob("*.parquet"), *(root / "instructions").glob("*.parquet")])


def told(found, name):
    """One line that names the file, status 2."""
    assert found.status == 2, (name, found.out, found.err)
    assert len(found.err.strip().splitlines()) == 1, found.err
    assert name in found.err and "Traceback" not in found.err


def test_every_flipped_bit_is_seen(rsica_data, rsica_bench, copy, tmp_path):
    rng = random.Random(5)
    for number in range(FLIPS):
        path = rng.choice(shards(copy))
        whole = path.read_bytes()
        where = flip_bit(path, rng)
        name = path.relative_to(copy).as_posix()
        out = tmp_path / f"out{number}"
        for words in (
            ["export", copy, "--format", "llava", "--to", out],
            ["preview", copy, "--html", tmp_path / "page.html"],
            ["preview", copy, "--html", f"{out}/"],
            ["publish", copy, "--repo", "ann/x", "--dry-run"],
            ["card", copy, "--force"],
            ["stats", copy],
        ):
            told(rsica_data(*words), path.name)
        told(rsica_bench("run", "--data", copy, "--adapter", "oracle", "--out", out), path.name)
        assert not out.exists() and not (tmp_path / "page.html").exists()
        checked = rsica_data("validate", copy, "--json")
        assert checked.status == 1, (name, where)
        assert name in {problem["where"] for problem in checked.json["list"]}
        path.write_bytes(whole)
    assert rsica_data("validate", copy).status == 0


def test_a_damaged_shard_is_built_again_when_a_build_goes_on(rsica_data, write_recipe, tmp_path, monkeypatch):
    """Stopped after its shards: the journal says that they are done, and one of them is no longer what was written."""
    recipe = write_recipe(options={"pairs": 8, "size": 64}, build={"shard_pairs": 2})
    assert rsica_data("build", recipe, "--out", tmp_path / "whole", "--workers", 1).status == 0
    expected = [path.read_bytes() for path in shards(tmp_path / "whole")]

    def stop(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["rsica_data.builder.whole_build"], "_finish", stop)
    assert rsica_data("build", recipe, "--out", tmp_path / "out", "--workers", 1).status == 130
    monkeypatch.undo()
    damaged = shards(tmp_path / "out")[1]
    before = damaged.stat()
    flip_bit(damaged, random.Random(1))
    os.utime(damaged, ns=(before.st_atime_ns, before.st_mtime_ns))
    found = rsica_data("build", recipe, "--out", tmp_path / "out", "--workers", 1, "--json")
    assert found.status == 0
    assert found.json["reused"] == found.json["shards"] - 1
    assert [path.read_bytes() for path in shards(tmp_path / "out")] == expected


def test_a_damaged_finished_build_is_built_again(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(options={"pairs": 8, "size": 64}, build={"shard_pairs": 2})
    out = tmp_path / "out"
    assert rsica_data("build", recipe, "--out", out, "--workers", 1).status == 0
    expected = [path.read_bytes() for path in shards(out)], (out / "manifest.json").read_bytes()
    flip_bit(shards(out)[0], random.Random(1))
    shards(out)[-1].unlink()
    found = rsica_data("build", recipe, "--out", out, "--workers", 1)
    assert found.status == 0
    assert "damaged, so all is built again" in found.out
    assert ([path.read_bytes() for path in shards(out)], (out / "manifest.json").read_bytes()) == expected
    assert not (out / ".build").exists()


def test_a_finished_build_with_what_a_kill_left_is_tidied(rsica_data, write_recipe, tmp_path):
    recipe = write_recipe(options={"pairs": 3, "size": 64})
    out = tmp_path / "out"
    assert rsica_data("build", recipe, "--out", out, "--workers", 1).status == 0
    before = sorted(path.name for path in out.iterdir())
    (out / ".build" / "rules").mkdir(parents=True)
    (out / ".build" / "journal.jsonl").write_text("{}\n")
    (out / ".partial-77-manifest.json").write_text("{")
    (out / ".rsica-lock").write_text("")
    assert rsica_data("build", recipe, "--out", out, "--workers", 1).status == 0
    assert sorted(path.name for path in out.iterdir()) == before


def nothing_else(rows):
    del rows[1:]


def first(**values):
    def change(rows):
        rows[0] |= values

    return change


def image(column, data):
    def change(rows):
        rows[0][column]["bytes"] = data

    return change


EDITS = {
    "pairs": [
        first(pair_id=None),
        first(pair_id=""),
        first(split="nowhere"),
        first(width=-1),
        first(height=None),
        first(classes=[]),
        first(classes=[{"id": None, "name": None}]),
        first(attributes="{"),
        first(attributes="[" * 5000),
        first(facts=None),
        first(before=None),
        image("before", b""),
        image("before", None),
        image("after", b"no image"),
        image("change_mask", b"\x89PNG"),
        image("change_mask", None),
        nothing_else,
        lambda rows: rows.append(dict(rows[0])),
    ],
    "instructions": [
        first(instruction_id=None),
        first(pair_id="nobody"),
        first(split="nowhere"),
        first(task="unknown"),
        first(task=None),
        first(gold="{"),
        first(gold="[]"),
        first(gold="null"),
        first(gold="[" * 5000),
        first(gold=None),
        first(gold='{"building": 1e400}'),
        first(turns=[]),
        first(turns=[{"role": "system", "content": "x"}, {"role": "assistant", "content": "y"}]),
        first(turns=[{"role": "user", "content": None}, {"role": "assistant", "content": None}]),
        first(provenance=None),
        nothing_else,
        lambda rows: rows.append(dict(rows[0])),
    ],
}


@pytest.mark.parametrize(("part", "change"), [(part, change) for part, changes in EDITS.items() for change in changes])
def test_validate_tells_of_every_edit_and_goes_on(rsica_data, copy, part, change):
    path = sorted((copy / part).glob("train-*.parquet"))[0]
    edit_rows(path, change)
    restate(copy)
    found = rsica_data("validate", copy, "--json", "--show", 1000)
    allowed = part == "pairs" and change is EDITS["pairs"][9]  # a pair may have no facts
    assert found.status == (0 if allowed else 1), found.err
    assert allowed or found.json["list"]
    assert "Traceback" not in found.err
    assert found.json["pairs"] > 3, "the other shards are checked too"


@pytest.mark.parametrize(
    "files",
    [None, [], {"pairs/x.parquet": None}, {"pairs/x.parquet": {}}, {"pairs/x.parquet": {"sha256": 1, "rows": 1}}],
)
def test_validate_of_a_broken_manifest_is_one_line(rsica_data, copy, files):
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps(manifest | {"files": files}))
    told(rsica_data("validate", copy), "manifest.json")


def test_validate_tells_of_files_beside_the_manifest(rsica_data, copy):
    pairs = sorted((copy / "pairs").glob("*.parquet"))
    shutil.copy(pairs[0], copy / "pairs" / "more-00000-of-00001.parquet")
    pairs[1].unlink()
    pairs[2].write_bytes(b"")
    told_of = {problem["where"] for problem in rsica_data("validate", copy, "--json").json["list"]}
    assert {"pairs/more-00000-of-00001.parquet", f"pairs/{pairs[1].name}", f"pairs/{pairs[2].name}"} <= told_of
