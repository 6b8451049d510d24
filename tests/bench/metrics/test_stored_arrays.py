"""Arrays in files: the same numbers as in memory, and the same sums block by block."""

import resource
import signal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.metrics import caption_metrics, stored_arrays
from rsica_bench.metrics.caption_metrics import item_rows, make_corpus, score_corpus
from rsica_bench.metrics.caption_protocols import WORDS
from rsica_bench.metrics.statistics_tables import summed
from rsica_bench.metrics.stored_arrays import ArrayWriter, release, stored, stored_zeros
from rsica_data.core.errors import RunError

CAPTIONS = [
    "a road is built",
    "a house",
    "a road is built",
    "nothing has changed here",
    "a new house and a road",
    "trees",
]
MEANT = [
    ["a new road", "a road is built"],
    ["houses are built"],
    ["a new road", "a road is built"],
    ["nothing has changed"],
    ["a house and a road"],
    ["nothing has changed", "trees"],
]


@pytest.fixture
def on_disk(monkeypatch):
    monkeypatch.setattr(stored_arrays, "MANY_BYTES", 1)


def test_an_array_on_disk_has_the_same_numbers(on_disk):
    rows = np.random.default_rng(0).normal(size=(7, 3))
    kept = stored(rows)
    assert isinstance(kept, np.memmap) and stored(kept) is kept
    release(kept, None, rows)
    assert (kept == rows).all()
    writer = ArrayWriter(np.float64, (3,))
    for begin in range(0, 7, 2):
        writer.append(rows[begin : begin + 2])
    assert (writer.finish() == rows).all()


@pytest.mark.parametrize("shape", [(0,), (1,), (7, 3), (1000,), (1000, 2, 2)])
def test_zeros_on_disk_are_written_to(on_disk, shape):
    rows = stored_zeros(shape)
    assert isinstance(rows, np.memmap) == (np.prod(shape) > 0) and rows.tolist() == np.zeros(shape).tolist()
    rows[-1:] += 1
    release(rows)
    assert rows.sum() == np.prod(shape[1:]) * (shape[0] > 0)
    assert not isinstance(stored_zeros((0, 3)), np.memmap)


@pytest.mark.parametrize("blocks", [[], [[]], [[1, 2]], [[], [3], []]])
def test_small_arrays_stay_in_memory(blocks):
    writer = ArrayWriter(np.int32)
    for block in blocks:
        writer.append(np.array(block, np.int32))
    made = writer.finish()
    assert not isinstance(made, np.memmap)
    assert (made.tolist(), made.dtype) == ([number for block in blocks for number in block], np.int32)


def test_no_more_files_than_may_be_open(on_disk, monkeypatch):
    monkeypatch.setattr(stored_arrays, "_MOST_MAPS", len(stored_arrays._maps))
    writer = ArrayWriter(np.int64)
    writer.append(np.arange(3))
    assert not isinstance(writer.finish(), np.memmap)
    assert not isinstance(stored(np.arange(3)), np.memmap)


@pytest.mark.parametrize("beyond", [8, 800, 8000, 80000])
def test_a_full_disk_is_told(on_disk, beyond):
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = 1 << 16
    writer = ArrayWriter(np.int64)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        with pytest.raises(RunError, match="TMPDIR"):
            writer.append(np.zeros((size - 256) // 8, np.int64))
            writer.append(np.zeros((256 + beyond) // 8, np.int64))
            writer.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


@given(st.integers(1, 400), st.integers(2, 40), st.integers(1, 50), st.integers(0, 99))
def test_a_sum_of_blocks_is_that_of_the_whole_to_the_bit(number, columns, size, seed):
    rows = np.random.default_rng(seed).normal(size=(number, columns)) * 10.0 ** np.arange(columns)
    blocks = (rows[begin : begin + size] for begin in range(0, number, size))
    assert summed(blocks).tobytes() == rows.sum(axis=0).tobytes()


@pytest.mark.parametrize("chosen", [None, [0, 1, 3], [2, 4, 5]])
def test_rows_of_captions_are_those_of_the_corpus(on_disk, monkeypatch, chosen):
    items = None if chosen is None else np.array(chosen)
    wanted = {idf: score_corpus(make_corpus(CAPTIONS, MEANT, WORDS), items, idf).table for idf in ("own", "all")}
    for name in ("_ROWS", "_METEOR_PAIRS", "_CHUNK"):
        monkeypatch.setattr(caption_metrics, name, 2)
    corpus = make_corpus(iter(CAPTIONS), iter(MEANT), WORDS)
    for idf, table in wanted.items():
        assert np.concatenate(list(item_rows(corpus, items, idf))).tobytes() == table.tobytes()
    assert isinstance(corpus.ngram_rows, np.memmap) and isinstance(corpus.grams.grams, np.memmap)


def test_items_and_hypotheses_must_be_as_many():
    for captions, meant in ((CAPTIONS[:2], MEANT[:3]), (CAPTIONS[:3], MEANT[:2])):
        with pytest.raises(Exception, match=f"{len(captions)} hypotheses for the references of {len(meant)} items"):
            make_corpus(captions, meant, WORDS)
