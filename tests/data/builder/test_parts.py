"""Builds in parts: merged they are the build that was never cut, also where parts and merges were stopped."""

import json
import shutil

import pytest

from rsica_data.builder import BuildOptions, build, merge
from rsica_data.builder.recipe import load_recipe
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import sha256_file
from rsica_data.core.parts import parse_part, part_folder, parts_folder

SYNTHETIC = {"pairs": 16, "size": 64, "seed": 2}
CLASSES = {"classes": ["road", "building"]}
SHARDS = {"shard_pairs": 3}


def content(out):
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.name != "build_info.json")
    return {path.relative_to(out).as_posix(): sha256_file(path) for path in files}


@pytest.fixture
def recipe(write_recipe):
    return write_recipe(options=SYNTHETIC, facts=CLASSES, build=SHARDS)


@pytest.fixture
def whole(recipe, tmp_path):
    build(BuildOptions(load_recipe(str(recipe)), tmp_path / "whole"))
    return content(tmp_path / "whole")


def test_parts_through_the_commands(rsica_data, recipe, whole, tmp_path):
    out = tmp_path / "out"
    for number in (2, 3, 1):
        done = rsica_data("build", recipe, "--out", out, "--part", f"{number}/3", "--workers", 1, "--json")
        assert done.status == 0
        assert done.json["out"] == str(part_folder(out, (number, 3)))
    merged = rsica_data("merge", recipe, "--out", out, "--workers", 1, "--json")
    assert merged.status == 0
    assert merged.json["reused"] == merged.json["shards"]
    assert content(out) == whole
    assert not parts_folder(out).exists()
    assert rsica_data("merge", recipe, "--out", out).status == 0


def test_more_parts_than_shards(recipe, whole, tmp_path):
    options = BuildOptions(load_recipe(str(recipe)), tmp_path / "out")
    for number in range(1, 10):
        build(BuildOptions(options.recipe, options.out, part=(number, 9)))
    merge(options)
    assert content(options.out) == whole


def test_a_stopped_part_and_a_stopped_merge_go_on(recipe, whole, tmp_path, monkeypatch):
    options = BuildOptions(load_recipe(str(recipe)), tmp_path / "out")
    calls = {"shards": 0, "moves": 0}

    def failing(kind, real):
        def call(*given):
            calls[kind] += 1
            if calls[kind] == 2:
                raise RunError("stopped")
            return real(*given)

        return call

    import rsica_data.builder.join_parts as join_parts
    import rsica_data.builder.whole_build as whole_module

    monkeypatch.setattr(whole_module, "build_shard", failing("shards", whole_module.build_shard))
    monkeypatch.setattr(join_parts, "_rename", failing("moves", join_parts._rename))
    with pytest.raises(RunError, match="stopped"):
        build(BuildOptions(options.recipe, options.out, part=(1, 2)))
    with pytest.raises(UserError, match=r"parts of 2 are missing: 2 \(.*--part 2/2"):
        merge(options)
    build(BuildOptions(options.recipe, options.out, part=(2, 2)))
    with pytest.raises(UserError, match="parts are not finished"):
        merge(options)
    assert not (options.out / "pairs").exists()
    assert build(BuildOptions(options.recipe, options.out, part=(1, 2))).reused == 1
    with pytest.raises(RunError, match="stopped"):
        merge(options)
    merge(options)
    assert content(options.out) == whole


def test_parts_of_another_build_are_refused(recipe, tmp_path):
    options = BuildOptions(load_recipe(str(recipe)), tmp_path / "out")
    build(BuildOptions(options.recipe, options.out, part=(1, 1), seed=5))
    with pytest.raises(UserError, match="holds no part of this build"):
        merge(options)
    shutil.copytree(part_folder(options.out, (1, 1)), part_folder(options.out, (1, 2)))
    with pytest.raises(UserError, match="holds parts of 1 and 2"):
        merge(options)


def test_a_part_of_other_columns_is_refused(recipe, tmp_path):
    options = BuildOptions(load_recipe(str(recipe)), tmp_path / "out")
    build(BuildOptions(options.recipe, options.out, part=(1, 1)))
    journal = part_folder(options.out, (1, 1)) / ".build" / "journal.jsonl"
    rows = [json.loads(line) for line in journal.read_text().splitlines()]
    rows[1]["files"] = 3
    journal.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(UserError, match="files"):
        merge(options)


@pytest.mark.parametrize("text", ["3", "0/4", "5/4", "1/0", "a/b", "1/100000", "-1/2"])
def test_what_is_no_part(text):
    with pytest.raises(UserError) as told:
        parse_part(text)
    assert told.value.key == "--part"


@pytest.mark.parametrize(
    ("text", "told"),
    [("0/4", "parts of 4 are 1/4 to 4/4"), ("1/0", "parts count from 1"), ("1/100000", "at most 99999 parts")],
)
def test_what_parts_there_are_is_told(text, told):
    with pytest.raises(UserError, match=told):
        parse_part(text)
