"""Checksums of data files: which are written, and that datasets of earlier releases, with SHA-256 alone, stay whole."""

import json
import mmap
import shutil

import pytest

from rsica_data.core import files
from rsica_data.core.files import sha256_file, xxh3_file, xxh3_written
from rsica_data.dataset.checksums import file_entry, is_first, is_stated, with_joined
from rsica_data.dataset.opening import open_dataset

SHARD = "pairs/test-00000-of-00001.parquet"


@pytest.fixture
def copy(small_dataset, tmp_path):
    shutil.copytree(small_dataset, tmp_path / "copy")
    return tmp_path / "copy"


def as_before(root):
    """The manifest as releases wrote it whose files were of version 2: SHA-256 of every file."""
    path = root / "manifest.json"
    manifest = json.loads(path.read_text())
    for name, entry in manifest["files"].items():
        entry.pop("xxh3_128", None)
        entry["sha256"] = sha256_file(root / name)
    path.write_text(json.dumps(manifest))


def test_files_with_images_have_xxh3_and_all_others_sha256(small_dataset):
    for name, entry in open_dataset(small_dataset).manifest["files"].items():
        own = {key: entry.get(key) for key in ("sha256", "xxh3_128")}
        path = small_dataset / name
        if name.startswith("pairs/"):
            assert own == {"sha256": None, "xxh3_128": xxh3_file(path)}
        else:
            assert own == {"sha256": sha256_file(path), "xxh3_128": None}


def test_a_dataset_of_an_earlier_release_reads_validates_and_is_published(rsica_data, copy, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    as_before(copy)
    dataset = open_dataset(copy)
    dataset.check_files()
    assert rsica_data("validate", copy).status == 0
    plan = rsica_data("publish", copy, "--repo", "ann/x", "--dry-run", "--json")
    assert plan.status == 0, plan.err
    sent = {file["path"]: file["sha256"] for file in plan.json["files"]}
    assert all(sent[name] == entry["sha256"] for name, entry in dataset.manifest["files"].items())


@pytest.mark.parametrize("earlier", [False, True])
def test_damage_is_seen_by_either_checksum(rsica_data, copy, earlier):
    if earlier:
        as_before(copy)
    data = bytearray((copy / SHARD).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / SHARD).write_bytes(bytes(data))
    found = rsica_data("validate", copy, "--json")
    assert found.status == 1
    assert {"where": SHARD, "what": "checksum differs from the manifest's"} in found.json["list"]


def test_a_file_without_a_checksum_is_told_with_its_key(rsica_data, copy):
    path = copy / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["files"][SHARD]["xxh3_128"]
    path.write_text(json.dumps(manifest))
    found = rsica_data("stats", copy)
    assert found.status == 2
    assert "sha256" in found.err and "Traceback" not in found.err


@pytest.mark.parametrize("size", [0, 1, mmap.PAGESIZE - 1, mmap.PAGESIZE, 3 * mmap.PAGESIZE + 1])
def test_a_mapped_file_has_the_checksum_of_the_file_read(tmp_path, monkeypatch, size):
    monkeypatch.setattr(files, "_MAPPED", mmap.PAGESIZE)
    path = tmp_path / "a.parquet"
    path.write_bytes(bytes(number * 7 % 251 for number in range(size)))
    assert xxh3_written(path) == xxh3_file(path)


@pytest.mark.parametrize("images", [False, True])
def test_a_checksum_of_another_kind_may_be_null(tmp_path, images):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"first")
    entry = {"sha256": None, "xxh3_128": None} | file_entry(path, 1, images=images)
    assert is_stated(path, entry) and is_first(path, entry)


@pytest.mark.parametrize("images", [False, True])
def test_a_joined_file_has_a_checksum_of_its_own_and_the_first_one(tmp_path, images):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"first")
    entry = file_entry(path, 1, images=images)
    assert with_joined(entry, path) == entry
    path.write_bytes(b"joined elsewhere")
    joined = with_joined(entry, path)
    assert set(joined) - set(entry) == {"joined_xxh3_128" if images else "joined_sha256"}
    assert is_stated(path, joined) and not is_stated(path, entry)
    assert not is_first(path, joined)
