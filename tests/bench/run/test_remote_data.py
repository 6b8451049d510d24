"""Runs of a dataset at an address: shards are fetched as they are asked about; the bytes are those of local runs."""

import json

import pytest
from dataset_at_address import ADDRESS, fill, shards_of, watch_gets

from rsica_data.core.files import sha256_file

VARYING = ("run_info.json", ".rsica-lock")


@pytest.fixture
def gets(memory, tiny_data, monkeypatch):
    """The tiny dataset at an address; names of the files that are fetched from it."""
    fill(memory, tiny_data)
    return watch_gets(memory, monkeypatch)


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in VARYING)
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}


def test_a_limited_run_reads_the_first_shard(gets, rsica_bench, tiny_data, tmp_path):
    words = ("run", "--adapter", "pixel-difference", "--tasks", "classification,counting", "--limit", 2, "--data")
    told = rsica_bench(*words, ADDRESS, "--out", tmp_path / "there")
    assert told.status == 0, told.err
    assert sorted(shards_of(gets)) == ["instructions/test-00000-of-00002.parquet", "pairs/test-00000-of-00002.parquet"]
    assert rsica_bench(*words, tiny_data, "--out", tmp_path / "here").status == 0
    assert content(tmp_path / "there") == content(tmp_path / "here")


def test_a_part_reads_its_own_pairs(gets, rsica_bench, tiny_data, tmp_path):
    words = ("run", "--adapter", "pixel-difference", "--tasks", "classification", "--batch-size", 3, "--data")
    assert rsica_bench(*words, tiny_data, "--out", tmp_path / "here").status == 0
    told = rsica_bench(*words, ADDRESS, "--out", tmp_path / "there", "--part", "2/2")
    assert told.status == 0, told.err
    assert [name for name in gets if name.startswith("pairs/")] == ["pairs/test-00001-of-00002.parquet"]
    assert rsica_bench(*words, ADDRESS, "--out", tmp_path / "there", "--part", "1/2").status == 0
    told = rsica_bench("merge", tmp_path / "there")
    assert told.status == 0, told.err
    assert content(tmp_path / "there") == content(tmp_path / "here")
    shards = shards_of(gets)
    assert len(shards) == len(set(shards)) == 4


def test_a_run_knows_the_address_of_its_dataset(gets, rsica_bench, tiny_data, tmp_path):
    words = ("run", "--adapter", "no-change", "--tasks", "classification")
    assert rsica_bench(*words, "--data", ADDRESS, "--out", tmp_path / "there").status == 0
    assert rsica_bench(*words, "--data", tiny_data, "--out", tmp_path / "here").status == 0
    assert json.loads((tmp_path / "there" / "run_info.json").read_text())["data"] == ADDRESS
    local, remote = (rsica_bench("score", tmp_path / name, "--json") for name in ("here", "there"))
    assert local.status == 0 and local.json == remote.json
    assert rsica_bench("compare", tmp_path / "there", tmp_path / "here").status == 0
