"""Datasets at an address, read shard by shard: what is fetched, what stays within the limit, equal output."""

import os
import threading
from pathlib import Path

import pytest
from dataset_at_address import ADDRESS, fill, shards_of, watch_gets

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.files import sha256_file
from rsica_data.core.remote_copies import state_of
from rsica_data.dataset import cache_space, mirrors
from rsica_data.dataset.cache_space import size_of, take
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.remote_shards import open_shards
from rsica_data.dataset.selection import Selection, select


@pytest.fixture
def gets(memory, small_dataset, monkeypatch):
    """The small dataset at an address; names of the files that are fetched from it."""
    fill(memory, small_dataset)
    return watch_gets(memory, monkeypatch)


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256_file(path) for path in files}


def largest_shard(folder):
    return max(path.stat().st_size + (folder / "instructions" / path.name).stat().st_size for path in pairs_of(folder))


def pairs_of(folder):
    return sorted((folder / "pairs").glob("*.parquet"))


@pytest.fixture
def tight(monkeypatch, small_dataset):
    """A cache that holds the small files and little more than the largest shard; the most that it ever held."""
    small = sum(
        path.stat().st_size for path in small_dataset.rglob("*") if path.is_file() and path.suffix != ".parquet"
    )
    limit = small + int(1.2 * largest_shard(small_dataset))
    data = sum(path.stat().st_size for path in small_dataset.rglob("*.parquet"))
    assert limit < small + data / 2
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(limit))
    held, right = [0], cache_space.take

    def watched(path):
        handle = right(path)
        home = Path(os.environ["RSICA_CACHE"]) / "remote"
        held[0] = max(held[0], sum(map(size_of, cache_space.copies(home))))
        assert held[0] <= limit
        return handle

    monkeypatch.setattr("rsica_data.dataset.remote_shards.take", watched)
    return held


def test_commands_give_what_they_give_of_a_local_dataset(gets, tight, rsica_data, small_dataset, tmp_path):
    for words in (("validate",), ("stats",), ("stats", "--json")):
        told = rsica_data(words[0], ADDRESS, *words[1:], "--workers", 1)
        assert told.status == 0, told.err
        assert told.out == rsica_data(words[0], small_dataset, *words[1:], "--workers", 1).out.replace(
            str(small_dataset), ADDRESS
        )
    for place, out in ((ADDRESS, "there"), (small_dataset, "here")):
        for form in ("llava", "webdataset"):
            told = rsica_data("export", place, "--format", form, "--to", tmp_path / out / form)
            assert told.status == 0, told.err
        assert rsica_data("preview", place, "--html", tmp_path / out / "page.html").status == 0
        assert rsica_data("preview", place, "--html", f"{tmp_path / out / 'pages'}/").status == 0
    assert content(tmp_path / "there") == content(tmp_path / "here")
    assert tight[0] > 0


def test_a_second_reading_finds_what_there_is_space_for(gets, rsica_data, small_dataset):
    assert rsica_data("validate", ADDRESS, "--workers", 1).status == 0
    assert sorted(shards_of(gets)) == sorted(
        path.relative_to(small_dataset).as_posix() for path in small_dataset.rglob("*.parquet")
    )
    done = len(gets)
    assert rsica_data("stats", ADDRESS, "--workers", 1).status == 0
    assert len(gets) == done


def test_a_limit_reads_the_shards_that_it_needs(gets, rsica_data, tmp_path):
    first = "train-00000-of"
    told = rsica_data("export", ADDRESS, "--format", "llava", "--split", "train", "--limit", 3, "--to", tmp_path / "a")
    assert told.status == 0, told.err
    assert shards_of(gets) and all(first in name for name in shards_of(gets))
    limited = select(open_dataset(ADDRESS), Selection(splits=("train",), limit=3))
    assert len(list(limited.instructions())) == 3


def test_what_is_missing_is_told_before_anything_is_read(gets, memory, rsica_data, small_dataset, tmp_path):
    name = f"pairs/{pairs_of(small_dataset)[-1].name}"
    data = memory.cat_file(f"/set/data/{name}")
    memory.pipe_file(f"/set/data/{name}", data[:-1])
    told = rsica_data("export", ADDRESS, "--format", "llava", "--to", tmp_path / "out")
    assert told.status == 2 and f"{ADDRESS}/{name}: damaged: its size is not that of the manifest" in told.err
    memory.rm(f"/set/data/{name}")
    told = rsica_data("export", ADDRESS, "--format", "llava", "--to", tmp_path / "out")
    assert told.status == 2 and f"{ADDRESS}/{name}: file is missing" in told.err
    assert not shards_of(gets)
    told = rsica_data("validate", ADDRESS, "--workers", 1)
    assert told.status == 1 and f"{name}: file is missing" in told.out + told.err


def test_damage_is_told_as_the_shard_arrives(gets, memory, rsica_data, small_dataset, tmp_path):
    path = pairs_of(small_dataset)[-1]
    name = f"pairs/{path.name}"
    data = path.read_bytes()
    memory.pipe_file(f"/set/data/{name}", data[:-9] + b"x" + data[-8:])
    told = rsica_data("export", ADDRESS, "--format", "llava", "--to", tmp_path / "out")
    assert told.status == 2 and f"{ADDRESS}/{name}: damaged: its checksum is not that of the manifest" in told.err
    told = rsica_data("validate", ADDRESS, "--workers", 1)
    assert told.status == 1 and f"{name}: checksum differs" in told.out + told.err
    memory.pipe_file(f"/set/data/{name}", data)
    assert rsica_data("export", ADDRESS, "--format", "llava", "--to", tmp_path / "out").status == 0


def test_a_copy_that_was_damaged_here_is_fetched_again(gets):
    dataset = open_dataset(ADDRESS)
    shard = dataset.shards()[0]
    list(dataset.shard_pairs(shard))
    shard.pairs.write_bytes(b"x" * shard.pairs.stat().st_size)
    with pytest.raises(UserError, match="damaged"):
        list(dataset.shard_pairs(shard))
    assert list(dataset.shard_pairs(shard))


def test_a_file_that_the_manifest_does_not_name(gets, memory, rsica_data, small_dataset):
    data = pairs_of(small_dataset)[0].read_bytes()
    memory.pipe_file("/set/data/pairs/train-00007-of-00009.parquet", data)
    told = rsica_data("validate", ADDRESS, "--workers", 1)
    assert told.status == 1 and "pairs/train-00007-of-00009.parquet: file is not in the manifest" in told.out + told.err


def test_shards_that_are_read_stay_and_others_wait(gets, tight, monkeypatch):
    monkeypatch.setattr(cache_space, "_WAIT", 0.0)
    dataset = open_dataset(ADDRESS)
    first, second = dataset.shards("train")[:2]
    with dataset.held(first.pairs):
        with pytest.raises(UserError, match="no space for a shard.*fewer --workers, or raise RSICA_CACHE_LIMIT"):
            list(dataset.shard_pairs(second))
        assert first.pairs.is_file()
    assert list(dataset.shard_pairs(second))
    assert not first.pairs.is_file()


def test_one_that_waits_goes_on(gets, tight, monkeypatch):
    monkeypatch.setattr(cache_space, "_LOOK_EVERY", 0.01)
    dataset = open_dataset(ADDRESS)
    first, second = dataset.shards("train")[:2]
    pairs = []
    with dataset.held(first.pairs):
        thread = threading.Thread(target=lambda: pairs.extend(dataset.shard_pairs(second)))
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join(10)
    assert pairs


def test_several_that_want_one_shard_fetch_it_once(gets):
    dataset = open_dataset(ADDRESS)
    shard = dataset.shards()[0]
    threads = [threading.Thread(target=dataset.check_file, args=(shard.pairs,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shards_of(gets)) == 1


def test_what_was_used_longest_ago_goes_first(gets, memory, monkeypatch, small_dataset):
    memory.pipe_file("/old/one.bin", bytes(1000))
    memory.pipe_file("/new/one.bin", bytes(1000))
    old = mirrors.mirrored("memory://old")
    os.utime(state_of(old), (1, 1))
    dataset = open_dataset(ADDRESS)
    shards = [shard.pairs for shard in dataset.shards()]
    for path in shards:
        dataset.check_file(path)
    cache_space.release()
    held = sum(map(size_of, cache_space.copies(old.parent)))
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(held))
    handle = take(shards[0])
    new = mirrors.mirrored("memory://new")
    assert not old.is_dir() and new.is_dir() and all(path.is_file() for path in shards)
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(held - 1))
    memory.pipe_file("/new/two.bin", bytes(1000))
    mirrors.mirrored("memory://new")
    gone = [path for path in shards if not path.is_file()]
    assert gone == [shards[1]]  # the first is read now
    os.close(handle)


def test_a_shard_larger_than_the_cache_is_refused_at_once(gets, monkeypatch, small_dataset):
    monkeypatch.setenv("RSICA_CACHE_LIMIT", str(largest_shard(small_dataset) - 1))
    with pytest.raises(UserError, match="needs for its largest shard.*RSICA_CACHE_LIMIT="):
        open_shards(ADDRESS)
    assert not shards_of(gets)


def test_what_a_killed_process_left_goes(gets):
    dataset = open_dataset(ADDRESS)
    place = cache_space.fetching_folder(dataset.root) / "pairs-one.parquet"
    place.mkdir(parents=True)
    (place / "reserved").write_bytes(bytes(1000))
    assert cache_space.held_beside(dataset.root) == 1000
    open_dataset(ADDRESS)
    assert cache_space.held_beside(dataset.root) == 0 and not list(place.parent.iterdir())


def test_a_line_that_stays_cut(gets, memory, monkeypatch):
    dataset = open_dataset(ADDRESS)

    def get_file(self, name, to, **options):
        raise ConnectionResetError("cut")

    monkeypatch.setattr(type(memory), "get_file", get_file)
    with pytest.raises(RunError, match=f"{ADDRESS}/pairs/.*tried 8 times.*run the same command again"):
        list(dataset.pairs())
    assert cache_space.held_beside(dataset.root) == 0
