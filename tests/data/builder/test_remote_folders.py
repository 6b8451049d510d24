"""Builds from and to folders at an address, with fsspec's file system in memory: equal bytes, faults, resumption."""

from pathlib import Path

import fsspec
import pytest

from rsica_data.core import remote
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import sha256_bytes
from rsica_data.core.remote import address_of, mirror, open_remote, upload


@pytest.fixture
def memory(monkeypatch, tmp_path):
    monkeypatch.setattr(remote, "_FIRST_WAIT", 0.0)
    monkeypatch.setenv("RSICA_CACHE", str(tmp_path / "cache"))
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


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
    (tmp_path / "s3:" / "a").mkdir(parents=True)
    assert address_of("s3:/a") is None


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


def test_mistakes(memory, rsica_data, tree, tmp_path):
    words = ("build", "changechat-105k", "--out", tmp_path / "out", "--input")
    told = rsica_data(*words, "memory://nowhere")
    assert told.status == 2 and "memory://nowhere: no such folder" in told.err
    told = rsica_data(*words, "nonsense://bucket")
    assert told.status == 2 and "nonsense" in told.err
    told = rsica_data("build", "changechat-105k", "--input", tree, "--out", "memory://out", "--part", "1/2")
    assert told.status == 2 and "--out" in told.err
    memory.pipe_file("/full/notes.txt", b"mine")
    told = rsica_data("build", "changechat-105k", "--input", tree, "--out", "memory://full")
    assert told.status == 2 and "notes.txt" in told.err


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
