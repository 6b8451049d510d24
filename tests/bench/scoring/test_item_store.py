"""Items on disk are what they were, in any order, and scores do not depend on where they are."""

import gc
import weakref
from dataclasses import fields

import pytest

from rsica_bench.protocols import find_protocol
from rsica_bench.run.predictions import scored_items
from rsica_bench.scoring.api import PairFacts
from rsica_bench.scoring.item_store import ItemStore, PairSpool, Picked
from rsica_bench.scoring.task_report import measure_task
from rsica_data.dataset.opening import open_dataset


@pytest.fixture
def by_task(tiny_data):
    dataset = open_dataset(tiny_data)
    replies = {
        (item.instruction_id, turn): {"raw": item.turns[2 * turn + 1].content if turn or item.changed else "unsure"}
        for item in dataset.instructions("test")
        for turn in range(len(item.turns) // 2)
    }
    items = {}
    for task, item in scored_items(dataset, "test", None, replies):
        items.setdefault(task, []).append(item)
    return items


def stored(items, most):
    store = ItemStore(PairSpool(), most)
    for item in items:
        store.append(item)
    return store


def of_pair(pair):
    return {one.name: getattr(pair, one.name) for one in fields(PairFacts)}


def of_item(item):
    return {one.name: getattr(item, one.name) for one in fields(item) if one.name != "pair"} | of_pair(item.pair)


def test_items_come_back_from_disk(by_task):
    items = [item for task_items in by_task.values() for item in task_items] * 20
    store = stored(items, 300)
    assert len(store) == len(items) > 600
    wanted = [of_item(item) for item in items]
    assert [of_item(item) for item in store] == wanted
    for place in (0, 255, 256, 511, len(items) - 1, -1, 3):
        assert of_item(store[place]) == wanted[place]
    assert [of_item(item) for item in store[250:260]] == wanted[250:260]
    assert [of_item(item) for item in Picked(store, [500, 2, 300])] == [wanted[n] for n in (500, 2, 300)]
    with pytest.raises(IndexError):
        store[len(items)]


def test_a_store_goes_with_its_last_user(by_task):
    """Not when the collector of cycles comes by: what a task has in memory would stay beside that of the next ones."""
    gc.disable()
    try:
        store = stored(by_task["counting"] * 60, 10)
        gone = weakref.ref(store)
        assert sum(item.turn for item in store) == 0
        del store
        assert gone() is None
    finally:
        gc.enable()


def test_turns_of_one_pair_share_it(by_task):
    first, second = list(stored(by_task["dialogue"] * 60, 10))[:2]
    assert first.pair is second.pair
    assert isinstance(first.pair, PairFacts)


def test_scores_are_the_same(by_task):
    protocol = find_protocol("default")
    for task, items in by_task.items():
        many = items * (600 // len(items) + 1)
        near, far = measure_task(task, many, protocol), measure_task(task, stored(many, 100), protocol)
        assert near.absent == far.absent
        assert near.clusters.tolist() == far.clusters.tolist()
        assert [one.rows.tolist() for one in near.tables] == [one.rows.tolist() for one in far.tables]
