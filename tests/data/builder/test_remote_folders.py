"""Builds from and to folders at an address, with fsspec's file system in memory: equal bytes, faults, resumption."""

import json
import os
import sys
from pathlib import Path

import pytest

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import sha256_bytes
from rsica_data.core.remote import address_of, open_remote
from rsica_data.core.remote_copies import mirror, upload
from rsica_data.dataset import cache_space, mirrors


@pytest.fixture
def tree(rsica_data, tmp_path):
    words = ("synth", "--layout", "levir-mci", "--pairs", 5, "--out", tmp_path / "tree")
    assert rsica_data(*words).status == 0
    return tmp_path / "tree"


def fill(system, folder, place):
    for path in folder.rglob("*"):
        if path.is_file():
            system.pipe_file(f"{place}/{path.relative_to(folder).as_posix()}", path.read_bytes())


def content(system, place):
    found = system.find(place)
    return {name.removeprefix(place): sha256_bytes(system.cat_file(name)) for name in found if "build_info" not in name}


def local(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    kept = (path for path in files if path.name not in ("build_info.json", ".rsica-lock"))
    return {f"/{path.relative_to(folder).as_posix()}": sha256_bytes(path.read_bytes()) for path in kept}


def faulty(monkeypatch, system, method, fails):
    """Let a method of the file system raise where ``fails(number of the call, its first arguments)`` says so."""
    right, calls = getattr(type(system), method), []

    def call(self, *given, **options):
        calls.append(given)
        if fails(len(calls), given):
            raise ConnectionResetError("cut")
        return right(self, *given, **options)

    monkeypatch.setattr(type(system), method, call)
    return calls


def test_addresses(tmp_path, monkeypatch):
    assert address_of(tmp_path) is None and address_of(None) is None
    assert address_of("gs://bucket/a/b/") == "gs://bucket/a/b"
    assert address_of("s3:/bucket/a") == "s3://bucket/a"
    assert address_of("user/name") is None and address_of("C:/folder") is None
    monkeypatch.chdir(tmp_path)
    for nothing in ("s3://", "s3:", "gs:/", "hf:///"):
        with pytest.raises(UserError, match="names no bucket"):
            address_of(Path(nothing))
    assert address_of("other:") is None
    (tmp_path / "s3:" / "a").mkdir(parents=True)
    assert address_of("s3:/a") is None and address_of("s3:") is None


def test_the_bytes_are_those_of_local_folders(memory, monkeypatch, rsica_data, tree, tmp_path):
    fill(memory, tree, "/in")
    gets = faulty(monkeypatch, memory, "get_file", lambda number, given: number % 3 == 0)
    puts = faulty(monkeypatch, memory, "put_file", lambda number, given: number % 3 == 0)
    words = ("build", "changechat-105k", "--workers", 1)
    assert rsica_data(*words, "--input", "memory://in", "--out", "memory://made/out").status == 0
    assert rsica_data(*words, "--input", tree, "--out", tmp_path / "out").status == 0
    assert content(memory, "/made/out") == local(tmp_path / "out")
    assert puts[-1][1].endswith("manifest.json")
    read, written = len(gets), len(puts)
    assert rsica_data(*words, "--input", "memory://in", "--out", "memory://made/out").status == 0
    assert (len(gets), len(puts)) == (read, written)
    assert rsica_data("stats", "memory://made/out").status == 0
    other = ("build", "changechat-105k", "--input", tree, "--seed", 7, "--out", "memory://made/out")
    assert rsica_data(*other).status == 2


def test_parts_are_merged_at_an_address(memory, monkeypatch, rsica_data, tree, tmp_path):
    faulty(monkeypatch, memory, "get_file", lambda number, given: number % 3 == 0)
    faulty(monkeypatch, memory, "put_file", lambda number, given: number % 3 == 0)
    recipe = ("changechat-105k", "--input", tree)
    words = ("build", *recipe, "--workers", 1, "--out", "memory://made/out")
    for number in (2, 1):
        monkeypatch.setenv("RSICA_CACHE", str(tmp_path / f"machine-{number}"))
        assert rsica_data(*words, "--part", f"{number}/3").status == 0
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "machine-4"))
    told = rsica_data("merge", *recipe, "--out", "memory://made/out")
    assert told.status == 2 and "parts of 3 are missing: 3" in told.err
    assert rsica_data(*words, "--part", "3/3").status == 0
    assert not memory.exists("/made/out/manifest.json")
    assert rsica_data("merge", *recipe, "--out", "memory://made/out").status == 0
    assert rsica_data("build", *recipe, "--out", tmp_path / "out").status == 0
    assert content(memory, "/made/out") == local(tmp_path / "out")
    assert not memory.find("/made/out.parts")
    assert rsica_data("merge", *recipe, "--out", "memory://made/out").status == 0
    other = rsica_data("build", *recipe[:2], tree, "--seed", 7, "--out", "memory://made/out", "--part", "1/3")
    assert other.status == 0  # the parts of another build lie beside it; merging them is refused
    assert rsica_data("merge", *recipe, "--out", "memory://made/out").status == 0


def test_what_fails_for_good_leaves_no_manifest_and_goes_on(memory, monkeypatch, rsica_data, tree, tmp_path):
    down = [True]
    puts = faulty(monkeypatch, memory, "put_file", lambda number, given: down[0] and "README" in given[1])
    words = ("build", "changechat-105k", "--workers", 1, "--input", tree, "--out", "memory://out")
    told = rsica_data(*words)
    assert told.status == 1 and "tried 8 times" in told.err and "memory://out/README.md" in told.err
    assert not memory.exists("/out/manifest.json")
    down[0] = False
    sent = len(puts)
    assert rsica_data(*words).status == 0
    assert memory.exists("/out/manifest.json")
    whole = len(content(memory, "/out")) + 1
    assert len(puts) - sent < whole
    assert rsica_data("build", "changechat-105k", "--input", tree, "--out", tmp_path / "out").status == 0
    assert content(memory, "/out") == local(tmp_path / "out")


def test_mistakes(memory, monkeypatch, rsica_data, tree, tmp_path):
    words = ("build", "changechat-105k", "--out", tmp_path / "out", "--input")
    told = rsica_data(*words, "memory://nowhere")
    assert told.status == 2 and "memory://nowhere: no such folder" in told.err
    told = rsica_data(*words, "nonsense://bucket")
    assert told.status == 2 and "nonsense://bucket: Protocol not known: nonsense" in told.err
    told = rsica_data("build", "changechat-105k", "--input", tree, "--out", "s3://bucket", "--part", "1/2")
    assert told.status == 2 and "s3://bucket: is a whole bucket" in told.err
    told = rsica_data("merge", "changechat-105k", "--input", tree, "--out", "memory://out")
    assert told.status == 2 and "memory://out.parts: no parts are there" in told.err
    monkeypatch.delenv("RSICA_CACHE")
    told = rsica_data(*words, "memory://in", "--engine", "ray")
    assert told.status == 2 and "all nodes of a Ray cluster" in told.err and "RSICA_CACHE" in told.err
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    told = rsica_data(*words, "gs://bucket/tree")
    assert told.status == 2 and "Please install gcsfs" in told.err and "rsica[cloud]" in told.err
    memory.pipe_file("/full/notes.txt", b"mine")
    told = rsica_data("build", "changechat-105k", "--input", tree, "--out", "memory://full")
    assert told.status == 2 and "notes.txt" in told.err


def test_missing_keys_are_told_at_once(memory, monkeypatch, tmp_path):
    class NoCredentialsError(Exception):
        """As botocore calls it."""

    calls = []

    def find(self, root, detail):
        calls.append(root)
        raise NoCredentialsError("Unable to locate credentials")

    monkeypatch.setattr(type(memory), "find", find)
    with pytest.raises(UserError, match="Unable to locate credentials.*each machine"):
        mirror("memory://in", tmp_path / "copy")
    assert len(calls) == 1


def test_a_mirror_follows_its_folder(memory, tmp_path):
    memory.pipe_file("/in/a/one.txt", b"one")
    memory.pipe_file("/in/two.txt", b"two")
    mirror("memory://in", tmp_path / "copy")
    assert local(tmp_path / "copy") == {"/a/one.txt": sha256_bytes(b"one"), "/two.txt": sha256_bytes(b"two")}
    memory.rm("/in/two.txt")
    memory.pipe_file("/in/a/one.txt", b"other")
    mirror("memory://in", tmp_path / "copy")
    assert local(tmp_path / "copy") == {"/a/one.txt": sha256_bytes(b"other")}


def test_half_a_file_is_none(memory, monkeypatch, tmp_path):
    memory.pipe_file("/in/one.txt", b"0123456789")
    monkeypatch.setattr(type(memory), "get_file", lambda self, name, to: Path(to).write_bytes(b"0123"))
    with pytest.raises(RunError, match="4 of 10 bytes came"):
        mirror("memory://in", tmp_path / "copy")
    assert local(tmp_path / "copy") == {}


def test_names_outside_the_folder(memory, monkeypatch, tmp_path):
    monkeypatch.setattr(type(memory), "find", lambda self, root, detail: {"/in/../../evil": {"size": 1}})
    with pytest.raises(UserError, match="evil"):
        mirror("memory://in", tmp_path / "copy")


def test_file_systems_that_write_in_place_rename(tmp_path, monkeypatch):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "a.txt").write_text("a")
    (tmp_path / "made" / "last.json").write_text("{}")
    address = f"file://{tmp_path}/there"
    assert upload(tmp_path / "made", address, "last.json", tmp_path / "sent.json") == 2
    assert sorted(open_remote(address).files()) == ["a.txt", "last.json"]
    assert upload(tmp_path / "made", address, "last.json", tmp_path / "sent.json") == 0


def test_old_copies_make_room_and_what_is_too_large_is_refused(memory, monkeypatch, tmp_path):
    monkeypatch.setenv("RSICA_CACHE_LIMIT", "2.5 KB")
    for name in "abcd":
        memory.pipe_file(f"/{name}/one.bin", bytes(1000))
    for number, name in enumerate("ab"):
        os.utime(mirrors.state_of(mirrors.mirrored(f"memory://{name}")), (number, number))
    with pytest.raises(UserError, match="other processes use"):
        mirrors.mirrored("memory://c")  # this process has both in use
    assert sorted(path.parent.name[0] for path in (tmp_path / "cache" / "remote").glob("*/one.bin")) == ["a", "b"]
    cache_space.release()
    copy = mirrors.mirrored("memory://c")
    assert sorted(path.parent.name[0] for path in (tmp_path / "cache" / "remote").glob("*/one.bin")) == ["b", "c"]
    assert (copy / "one.bin").stat().st_size == 1000
    cache_space.release()
    mirrors.mirrored("memory://b")  # used again: c is the oldest now
    cache_space.release()
    mirrors.mirrored("memory://d")
    assert sorted(path.parent.name[0] for path in (tmp_path / "cache" / "remote").glob("*/one.bin")) == ["b", "d"]
    memory.pipe_file("/big/one.bin", bytes(3000))
    with pytest.raises(UserError, match="RSICA_CACHE_LIMIT=3.3e-06GB"):
        mirrors.mirrored("memory://big")
    monkeypatch.setenv("RSICA_CACHE_LIMIT", "much")
    with pytest.raises(UserError, match="no size"):
        mirrors.mirrored("memory://big")


def test_an_upload_deletes_what_it_wrote_and_what_is_no_more_there(memory, tmp_path):
    folder, journal = tmp_path / "made", tmp_path / "sent.json"
    (folder / "state").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "last.json", "state/x"):
        (folder / name).write_text(name)
    assert upload(folder, "memory://there", "last.json", journal, without=("state",)) == 3
    (folder / "a.txt").unlink()
    (folder / "b.txt").write_text("other")
    assert upload(folder, "memory://there", "last.json", journal, without=("state",)) == 2
    assert sorted(open_remote("memory://there").files()) == ["b.txt", "last.json"]


def test_an_upload_writes_again_what_was_changed_or_deleted_there(memory, tmp_path):
    folder, journal = tmp_path / "made", tmp_path / "sent.json"
    folder.mkdir()
    for name in ("a.txt", "b.txt", "c.txt", "last.json"):
        (folder / name).write_text(name)
    assert upload(folder, "memory://there", "last.json", journal) == 4
    memory.pipe_file("/there/a.txt", b"other")  # of the same size
    memory.rm("/there/b.txt")
    order = []
    right = type(memory).put_file
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(memory), "put_file", lambda self, *given: order.append(given[1]) or right(self, *given))
        assert upload(folder, "memory://there", "last.json", journal) == 3
    assert order[-1] == "/there/last.json" and sorted(order)[:2] == ["/there/a.txt", "/there/b.txt"]
    assert content(memory, "/there") == local(folder)
    assert upload(folder, "memory://there", "last.json", journal) == 0


def test_an_upload_goes_on_with_the_journal_of_one_that_was_stopped(memory, tmp_path):
    folder, journal = tmp_path / "made", tmp_path / "sent.json"
    folder.mkdir()
    (folder / "last.json").write_text("{}")
    assert upload(folder, "memory://there", "last.json", journal) == 1
    journal.write_text(json.dumps({"last.json": sha256_bytes(b"{}")}))
    assert upload(folder, "memory://there", "last.json", journal) == 0
    memory.pipe_file("/there/last.json", b"more")
    assert upload(folder, "memory://there", "last.json", journal) == 1
