"""Cards and plans of publishing for a dataset at an address: a shard at a time, within the limit, equal output."""

import os
import shutil
from pathlib import Path

import pytest
from dataset_at_address import ADDRESS, content_at, file_sizes, fill, shards_of, watch_gets

from rsica_data.core.remote import open_remote
from rsica_data.dataset import cache_space
from rsica_data.dataset.cache_space import size_of
from rsica_data.dataset.publish.uploads import Upload

PLAN = ("--repo", "ann/small", "--dry-run", "--json")
WAYS = {
    "whole": (),
    "no table": ("--no-conversations",),
    "no images": ("--without-images",),
}


@pytest.fixture
def gets(memory, many_shards, monkeypatch):
    """This dataset at an address; names of the files that are fetched from it."""
    fill(memory, many_shards)
    return watch_gets(memory, monkeypatch)


@pytest.fixture
def copy(many_shards, tmp_path):
    """A local copy of it."""
    return shutil.copytree(many_shards, tmp_path / "copy")


@pytest.fixture
def limit(monkeypatch, many_shards):
    """Set a limit of ``times`` times the largest shard; bytes on the disk each time a shard is fetched or made."""

    def set_limit(times):
        small, shards = file_sizes(many_shards)
        most = small + int(times * max(shards))
        assert times * max(shards) < sum(shards) / 2
        monkeypatch.setenv("RSICA_CACHE_LIMIT", str(most))
        held = []

        def look():
            home = Path(os.environ["RSICA_CACHE"]) / "remote"
            folders = cache_space.copies(home)
            held.append(sum(size_of(folder) + size_of(cache_space.fetching_folder(folder)) for folder in folders))
            assert held[-1] <= most

        def take(path, right=cache_space.take):
            handle = right(path)
            look()
            return handle

        def of(*given, right=Upload.of, **options):
            look()
            return right(*given, **options)

        monkeypatch.setattr("rsica_data.dataset.remote_shards.take", take)
        monkeypatch.setattr(Upload, "of", staticmethod(of))
        return held

    return set_limit


def counted(names, part):
    """How often the files of a part were fetched."""
    return sorted(names.count(name) for name in set(names) if name.startswith(f"{part}/"))


def left_behind():
    """What lies in the cache where shards are fetched and made, and of what is prepared to be sent."""
    home = Path(os.environ["RSICA_CACHE"]) / "remote"
    files = (path for folder in home.glob("*.fetching") for path in folder.rglob("*"))
    return [*files, *home.glob("*/.publish")]


@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_plan_is_that_of_the_local_dataset(way, gets, limit, rsica_data, many_shards):
    here = rsica_data("publish", many_shards, *PLAN, *WAYS[way])
    held = limit(2.2 if way == "whole" else 1.4)
    there = rsica_data("publish", ADDRESS, *PLAN, *WAYS[way])
    assert there.status == 0, there.err
    assert there.json == here.json
    parts = {file["path"].split("/")[0] for file in there.json["files"]}
    assert ("conversations" in parts, "join" in parts) == (way == "whole", way == "no images")
    assert counted(gets, "pairs") == [1] * 12
    assert max(counted(gets, "instructions")) <= 2  # those of tests are read again, when it is known what trains
    assert max(held) > max(file_sizes(many_shards)[1])
    assert left_behind() == []


def test_a_card_is_that_of_the_local_dataset(gets, memory, limit, rsica_data, copy):
    assert rsica_data("card", copy, "--repo", "ann/small").status == 0
    limit(1.2)
    before = content_at(memory)
    told = rsica_data("card", ADDRESS, "--repo", "ann/small")
    assert told.status == 0, told.err
    assert told.out.splitlines()[0] == f"{ADDRESS}/README.md"
    assert counted(gets, "pairs") == [1] * 12 and max(counted(gets, "instructions")) <= 2
    after = content_at(memory)
    written = {name for name in after if after[name] != before.get(name)}
    assert written == {line.removeprefix(f"{ADDRESS}/") for line in told.out.splitlines()}
    assert "README.md" in written and any(name.startswith("figures/") for name in written)
    assert all(after[name] == (copy / name).read_bytes() for name in written)
    assert after.keys() == before.keys() | written and left_behind() == []


def test_a_card_that_was_changed_by_hand_stays(gets, memory, rsica_data):
    memory.pipe_file("/set/data/README.md", b"# Mine\n")
    told = rsica_data("card", ADDRESS)
    assert told.status == 2 and f"{ADDRESS}/README.md: was changed by hand" in told.err
    assert memory.cat_file("/set/data/README.md") == b"# Mine\n" and not shards_of(gets)
    assert rsica_data("card", ADDRESS, "--force").status == 0
    assert memory.cat_file("/set/data/README.md") != b"# Mine\n"


def test_a_card_that_cannot_be_written_whole(gets, memory, monkeypatch, rsica_data):
    before = memory.cat_file("/set/data/README.md")
    right = type(memory).put_file

    def put_file(self, path, name, **options):
        if "figures" in name:
            raise ConnectionResetError("cut")
        right(self, path, name, **options)

    monkeypatch.setattr(type(memory), "put_file", put_file)
    told = rsica_data("card", ADDRESS)
    assert told.status == 1 and len(told.err.splitlines()) == 1
    assert f"{ADDRESS}/figures/" in told.err and "run the same command again" in told.err
    assert memory.cat_file("/set/data/README.md") == before
    monkeypatch.setattr(type(memory), "put_file", right)
    assert rsica_data("card", ADDRESS).status == 0
    assert memory.cat_file("/set/data/README.md") != before


def test_a_build_goes_on_where_a_card_was_written(memory, rsica_data, write_recipe):
    recipe = write_recipe(options={"pairs": 3, "size": 64}, tasks=["counting"], build={"shard_pairs": 1})
    words = ("build", recipe, "--out", ADDRESS, "--workers", 1)
    assert rsica_data(*words).status == 0
    built = content_at(memory)
    assert rsica_data("card", ADDRESS).status == 0
    assert content_at(memory) != built
    told = rsica_data(*words)
    assert told.status == 0, told.err
    assert content_at(memory) == built  # as it writes again whatever was changed there


@pytest.mark.parametrize("command", ["card", "publish"])
def test_what_is_missing_or_damaged(command, gets, memory, rsica_data, many_shards):
    words = ("card", ADDRESS) if command == "card" else ("publish", ADDRESS, *PLAN)
    path = sorted((many_shards / "pairs").glob("*.parquet"))[-1]
    name, data = f"pairs/{path.name}", path.read_bytes()
    memory.rm(f"/set/data/{name}")
    told = rsica_data(*words)
    assert told.status == 2 and f"{ADDRESS}/{name}: file is missing" in told.err and not shards_of(gets)
    memory.pipe_file(f"/set/data/{name}", data[:-9] + b"x" + data[-8:])
    told = rsica_data(*words)
    assert told.status == 2 and f"{ADDRESS}/{name}: damaged: its checksum is not that of the manifest" in told.err
    assert left_behind() == []
    memory.pipe_file(f"/set/data/{name}", data)
    assert rsica_data(*words).status == 0


def test_a_cache_that_is_too_small_is_told_at_once(gets, many_shards, monkeypatch, rsica_data):
    most = int(1.5 * max(file_sizes(many_shards)[1]))
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(most + file_sizes(many_shards)[0]))
    told = rsica_data("publish", ADDRESS, *PLAN)
    assert told.status == 2 and "needs for its largest shard and what is made of it" in told.err
    assert "RSICA_CACHE_LIMIT=" in told.err and not shards_of(gets)
    assert rsica_data("publish", ADDRESS, *PLAN, "--no-conversations").status == 0


def test_a_line_that_stays_cut(gets, memory, monkeypatch, rsica_data):
    def get_file(self, name, to, **options):
        raise ConnectionResetError("cut")

    assert rsica_data("stats", ADDRESS, "--workers", 1).status == 0
    for path in (Path(os.environ["RSICA_CACHE"]) / "remote").rglob("*.parquet"):
        path.unlink()
    monkeypatch.setattr(type(memory), "get_file", get_file)
    told = rsica_data("publish", ADDRESS, *PLAN)
    assert told.status == 1 and f"{ADDRESS}/" in told.err and "run the same command again" in told.err
    assert left_behind() == []


def test_places_of_one_name_follow_each_other(gets, many_shards):
    from rsica_data.dataset.opening import open_dataset

    fetched = open_dataset(ADDRESS).fetched
    with fetched.place("one", 1000) as place:
        (place / "file").write_bytes(b"x")
        assert cache_space.held_beside(fetched.folder) == 1000
    assert not place.exists() and cache_space.held_beside(fetched.folder) == 0
    assert open_remote(ADDRESS).read("manifest.json") is not None
