"""Training data over built datasets: rows, images, ranks and workers, resuming in the middle of an epoch."""

import json
from collections import Counter

import numpy as np
import pytest

from rsica_data.core.errors import UserError
from rsica_data.dataset.opening import open_dataset
from rsica_data.imagery.images import decode_rgb

torch = pytest.importorskip("torch")

from torch.utils.data import DataLoader  # noqa: E402

from rsica_data.training import MapDataset, Part, StreamDataset  # noqa: E402


def plain(samples):
    return samples


@pytest.fixture
def rows(small_dataset):
    return {item.instruction_id: item for item in open_dataset(small_dataset).instructions("train")}


@pytest.fixture
def other(stored_pair, asked, write_dataset):
    """A dataset of five pairs with two rows each."""
    pairs = [stored_pair(f"o{number}", split="train") for number in range(5)]
    items = [asked(pair, "counting", "How many?", "1.", number=n) for pair in pairs for n in range(2)]
    return write_dataset(pairs, items, name="other")


@pytest.fixture(params=["streamed", "mapped"])
def dataset(request, small_dataset, tmp_path):
    if request.param == "streamed":
        return list(StreamDataset(small_dataset))
    data = MapDataset(small_dataset, cache=tmp_path / "cache")
    return [data[number] for number in range(len(data))]


def test_samples_are_the_rows_with_their_images(dataset, rows, small_dataset):
    pairs = {pair.pair_id: pair for pair in open_dataset(small_dataset).pairs("train")}
    assert sorted(sample["id"] for sample in dataset) == sorted(rows)
    for sample in dataset:
        item = rows[sample["id"]]
        texts = [[part["text"] for part in m["content"] if part["type"] == "text"] for m in sample["messages"]]
        assert texts == [[turn.content] for turn in item.turns]
        assert [m["role"] for m in sample["messages"]] == [turn.role for turn in item.turns]
        assert [part["type"] for part in sample["messages"][0]["content"]] == ["image", "image", "text"]
        assert (sample["task"], sample["dataset"]) == (item.task, "small")
        pair = pairs[item.pair_id]
        for image, encoded in zip(sample["images"], (pair.before, pair.after), strict=True):
            assert (np.asarray(image) == decode_rgb(encoded.data)).all()


def test_a_row_by_its_number(small_dataset, rows, tmp_path):
    data = MapDataset(small_dataset, cache=tmp_path / "cache")
    assert len(data) == len(rows)
    assert [data[number]["id"] for number in (0, 5, len(data) - 1)] == [data[0]["id"], list(rows)[5], list(rows)[-1]]
    assert data[-1]["id"] == list(rows)[-1]
    with pytest.raises(IndexError):
        data[len(data)]
    loaded = DataLoader(data, batch_size=7, shuffle=True, num_workers=2, collate_fn=plain)
    assert sorted(sample["id"] for batch in loaded for sample in batch) == sorted(rows)


def test_an_unpacked_copy_that_is_damaged_is_made_again(small_dataset, tmp_path):
    def first():
        return np.asarray(MapDataset(small_dataset, cache=tmp_path / "cache")[0]["images"][0])

    whole = first()
    (copy,) = (tmp_path / "cache").glob("*.arrow")
    for damage in (b"", copy.read_bytes()[:2000]):
        copy.write_bytes(damage)
        assert (first() == whole).all()


def test_tasks_and_splits(small_dataset, rows):
    data = StreamDataset([Part(small_dataset, tasks=("counting",))])
    assert Counter(sample["task"] for sample in data) == {"counting": len(data)}
    assert {sample["id"].split("/")[1] for sample in StreamDataset(small_dataset, "test")} == {"test"}
    with pytest.raises(UserError, match="no split 'tset'"):
        StreamDataset(small_dataset, "tset")
    with pytest.raises(UserError, match="no rows in split"):
        StreamDataset([Part(small_dataset, tasks=("no-such-task",))])
    with pytest.raises(UserError, match="weight 0 of 'small'"):
        StreamDataset([Part(small_dataset, weight=0)])


def read(parts, rank, world, workers, epoch=0, state=None, batches=None, batch_size=3):
    """Ids that a rank reads with worker processes, and its state after so many batches."""
    data = StreamDataset(parts, seed=5, buffer=8, rank=rank, world=world)
    data.set_epoch(epoch)
    if state is not None:
        data.load_state_dict(json.loads(json.dumps(state)))
    ids = []
    for number, batch in enumerate(DataLoader(data, batch_size=batch_size, num_workers=workers, collate_fn=plain), 1):
        ids += [sample["id"] for sample in batch]
        data.saw(sample["position"] for sample in batch)
        if number == batches:
            break
    return ids, data.state_dict()


def test_two_ranks_with_two_workers_read_every_row_of_a_mix_once(small_dataset, other, rows):
    parts = [small_dataset, other]
    wanted = sorted([*rows, *(item.instruction_id for item in other.instructions("train"))])
    by_rank = [read(parts, rank, 2, 2)[0] for rank in range(2)]
    assert sorted(by_rank[0] + by_rank[1]) == wanted
    assert by_rank[0] and by_rank[1]
    assert [read(parts, rank, 2, 2)[0] for rank in range(2)] == by_rank
    assert read(parts, 0, 2, 2, epoch=1)[0] != by_rank[0]


@pytest.mark.parametrize("batches", [1, 4, 7])
def test_resumed_in_the_middle_of_an_epoch_no_row_comes_twice_and_none_is_lost(small_dataset, other, rows, batches):
    parts = [small_dataset, other]
    wanted = sorted([*rows, *(item.instruction_id for item in other.instructions("train"))])
    found = []
    for rank in range(2):
        first, state = read(parts, rank, 2, 2, batches=batches)
        rest, _ = read(parts, rank, 2, 2, state=state)
        found += first + rest
    assert sorted(found) == wanted


def test_in_one_process_a_state_goes_on_in_the_same_order(small_dataset):
    whole = [sample["id"] for sample in StreamDataset(small_dataset, seed=2)]
    for number in (0, 1, len(whole) // 2, len(whole)):
        data = StreamDataset(small_dataset, seed=2)
        stream = iter(data)
        first = [next(stream)["id"] for _ in range(number)]
        again = StreamDataset(small_dataset, seed=2)
        again.load_state_dict(json.loads(json.dumps(data.state_dict())))
        assert first + [sample["id"] for sample in again] == whole


def test_epochs_follow_each_other_in_one_process(small_dataset):
    data = StreamDataset(small_dataset, seed=2)
    first, second = ([sample["id"] for sample in data] for _ in range(2))
    assert sorted(first) == sorted(second) and first != second
    data.set_epoch(0)
    assert [sample["id"] for sample in data] == first


def test_states_that_do_not_fit_are_told(small_dataset):
    _, state = read(small_dataset, 0, 2, 2, batches=1)
    data = StreamDataset(small_dataset, seed=5)
    data.load_state_dict(state)
    with pytest.raises(UserError, match="the state is of 4 processes"):
        next(iter(data))
    with pytest.raises(UserError, match="of seed 5"):
        StreamDataset(small_dataset, seed=6).load_state_dict(state)
    with pytest.raises(UserError, match="ranks count from 0"):
        StreamDataset(small_dataset, rank=2, world=2)


def test_weights_mix_datasets(small_dataset, other, rows):
    parts = [Part(small_dataset, 0.5), Part(other, 2.0)]
    names = Counter(sample["dataset"] for sample in StreamDataset(parts))
    assert names["other"] == 2 * 10
    assert abs(names["small"] - len(rows) / 2) <= 2


def test_images_of_a_pair_are_decoded_once_for_rows_that_stand_close(small_dataset, monkeypatch):
    from rsica_data.training import samples

    decoded = []
    real = samples.pil_rgb
    monkeypatch.setattr(samples, "pil_rgb", lambda data: decoded.append(1) or real(data))
    number = sum(1 for _ in StreamDataset(small_dataset))
    assert len(decoded) == 2 * 8 < number


def test_a_small_cache_of_images_forgets_the_oldest(small_dataset):
    from rsica_data.training.samples import DecodedImages

    pairs = list(open_dataset(small_dataset).pairs("train"))[:3]
    cache = DecodedImages(limit=2 * 2 * 3 * 128 * 128)
    images = {pair.pair_id: (pair.before.data, pair.after.data) for pair in pairs}
    first = [cache.get((0, name), encoded)[0] for name, encoded in images.items()]
    names = list(images)
    assert cache.get((0, names[2]), images[names[2]])[0] is first[2]
    assert cache.get((0, names[0]), images[names[0]])[0] is not first[0]


def test_a_damaged_shard_is_told(small_dataset, tmp_path):
    import shutil

    shutil.copytree(small_dataset, tmp_path / "copy")
    shard = sorted((tmp_path / "copy" / "pairs").glob("train-*"))[0]
    shard.write_bytes(shard.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match=shard.name):
        list(StreamDataset(tmp_path / "copy"))
