"""Numbers of what repeats itself: on disk, whatever the blocks, those of plain counting in memory."""

import resource
import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rsica_bench.metrics import key_numbers, ngrams, stored_arrays, stored_numbers, text_numbers
from rsica_bench.metrics.caption_metrics import make_corpus, score_corpus
from rsica_bench.metrics.caption_protocols import WORDS
from rsica_bench.metrics.cider_spread import frequency_spread
from rsica_bench.metrics.key_numbers import number_keys
from rsica_bench.metrics.stored_numbers import StoredNumbers
from rsica_data.core.errors import RunError

BLOCKS = st.lists(st.lists(st.integers(0, 2**62) | st.integers(0, 9), max_size=12), max_size=8)
TEXTS = st.lists(st.lists(st.sampled_from("abc"), max_size=7).map(" ".join), min_size=1, max_size=4)


@settings(deadline=None)
@given(BLOCKS, st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_keys_are_numbered_by_first_place(blocks, part, block, on_disk):
    keys, wanted = [key for block_keys in blocks for key in block_keys], {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_numbers, "_PART", part)
        patch.setattr(key_numbers, "_BLOCK", block)
        if on_disk:
            patch.setattr(stored_arrays, "MANY_BYTES", 1)
        numbers, count = number_keys(np.array(block_keys, np.int64) for block_keys in blocks)
        assert numbers.tolist() == [wanted.setdefault(key, len(wanted)) for key in keys]
    assert count == len(wanted)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=2)), st.integers(1, 4))
def test_numbers_in_a_database_are_those_in_memory(keys, held):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored_numbers, "_IN_MEMORY", held)
        numbers, wanted = StoredNumbers(), {}
        for key in keys:
            assert numbers.get(key) == wanted.get(key)
            if key not in wanted:
                wanted[key] = len(wanted)
                numbers.put(key, wanted[key])


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_a_corpus_on_disk_is_that_in_memory(rows):
    said, items = [texts[-1] for texts in rows], np.arange(len(rows))
    with pytest.MonkeyPatch.context() as patch:
        corpora = [make_corpus(said, rows, WORDS, meteor="none")]
        whole = score_corpus(corpora[0]).table, frequency_spread(corpora[0], items)
        patch.setattr(stored_arrays, "MANY_BYTES", 1)
        for module, name in (
            (stored_numbers, "_IN_MEMORY"), (key_numbers, "_PART"), (key_numbers, "_BLOCK"), (ngrams, "_TOKENS"),
            (text_numbers, "_HELD_BYTES"), (text_numbers, "_ITEMS"),
        ):  # fmt: skip
            patch.setattr(module, name, 2)
        corpora.append(make_corpus(said, rows, WORDS, meteor="none"))
        parts = score_corpus(corpora[1]).table, frequency_spread(corpora[1], items)
    assert [part.tobytes() for part in parts] == [part.tobytes() for part in whole]
    for name in ("hypotheses", "meant", "starts", "owner"):
        assert getattr(corpora[0], name).tolist() == getattr(corpora[1], name).tolist()


def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr(stored_numbers, "_IN_MEMORY", 100)
    monkeypatch.setattr(stored_numbers, "_CACHE_KIB", 16)
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    numbers = StoredNumbers()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, limits[1]))
        with pytest.raises(RunError, match="TMPDIR"):
            for number in range(5000):
                numbers.put(number.to_bytes(100, "big"), number)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
