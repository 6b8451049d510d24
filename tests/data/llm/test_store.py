"""The cache folder, from inside and from outside."""

import errno
import json
import os
from decimal import Decimal

import pytest

from rsica_data.core.errors import RunError, UserError
from rsica_data.core.redaction import Redactor
from rsica_data.llm.cache_admin import prune, stats
from rsica_data.llm.store import Store

KEYS = [f"{number:064x}" for number in range(6)]


def raw(key, number=0, **values):
    row = {"key": key, "n": number, "text": "words", "model": "m", "at": 0, "cost": "0.25", "batch": False}
    row |= {"refusal": None, "finish": "stop", "request_id": ""}
    return {**row, "usage": {"input": 10, "output": 5, "cached": 2}, **values}


@pytest.fixture
def store(tmp_path):
    opened = []

    def make(redact=None):
        opened.append(Store(tmp_path / "cache", redact))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_what_is_added_is_found_by_this_and_every_later_store(store):
    first = store()
    first.add("raw", raw(KEYS[0]))
    first.add("raw", raw(KEYS[0], 1, text="Wörter"))
    first.add("parsed", {"key": KEYS[0], "n": 2, "data": [1]})
    second = store()
    for one in (first, second):
        assert [row["text"] for row in one.raw(KEYS[0])] == ["words", "Wörter"]
        assert one.parsed(KEYS[0])["data"] == [1]
        assert one.raw(KEYS[1]) == []
        assert one.parsed(KEYS[1]) is None


def test_two_open_stores_write_to_files_of_their_own_and_read_each_other(store, tmp_path):
    first, second = store(), store()
    first.add("raw", raw(KEYS[0]))
    second.add("raw", raw(KEYS[1]))
    first.refresh()
    second.refresh()
    assert first.raw(KEYS[1]) and second.raw(KEYS[0])
    assert sorted(path.name for path in (tmp_path / "cache" / "raw").iterdir()) == ["000.jsonl", "001.jsonl"]
    first.close()
    third = store()
    third.add("raw", raw(KEYS[2]))
    assert sorted(path.name for path in (tmp_path / "cache" / "raw").iterdir()) == ["000.jsonl", "001.jsonl"]


@pytest.mark.parametrize("torn", [b"", b"{", b'{"key": "00', b'{"key":"' + b"0" * 64 + b'","n":0}'])
def test_a_torn_last_line_is_cut_off(store, tmp_path, torn):
    first = store()
    first.add("raw", raw(KEYS[0]))
    first.close()
    path = tmp_path / "cache" / "raw" / "000.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    again = store()
    assert len(again.raw(KEYS[0])) == 1
    again.add("raw", raw(KEYS[1]))
    assert path.read_bytes().startswith(whole + b'{"key":')
    assert len(store().raw(KEYS[1])) == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        b"nonsense",
        b"[" * 100_000,
        b"[1]",
        b"\xff\xfe",
        b'{"key": "zz", "n": 0}',
        *(
            json.dumps(raw(KEYS[1], **values)).encode()
            for values in (
                {"text": ["a"]},
                {"text": None},
                {"n": -1},
                {"n": "0"},
                {"model": 3},
                {"finish": {}},
                {"refusal": []},
                {"usage": None},
                {"usage": {"input": -10, "output": 5, "cached": 0}},
                {"usage": {"input": 10, "output": 5, "cached": 11}},
                {"usage": {"input": 10, "output": 10**30, "cached": 0}},
                {"cost": "-4000"},
                {"cost": "NaN"},
                {"cost": 1},
                {"at": "now"},
            )
        ),
    ],
)
def test_a_row_that_cannot_be_used_counts_as_absent(store, tmp_path, spoilt):
    first = store()
    first.add("raw", raw(KEYS[0]))
    first.close()
    path = tmp_path / "cache" / "raw" / "000.jsonl"
    path.write_bytes(spoilt + b"\n" + path.read_bytes())
    again = store()
    assert len(again.raw(KEYS[0])) == 1 and again.raw(KEYS[1]) == []
    again.close()
    assert stats(tmp_path / "cache")["answers"] == 1
    prune(tmp_path / "cache")
    assert spoilt not in path.read_bytes()


def test_a_full_disk_leaves_no_half_row(store, tmp_path, monkeypatch):
    one = store()
    one.add("raw", raw(KEYS[0]))
    write = os.write

    def full(handle, data):
        write(handle, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(RunError, match="no space left on the disk"):
            one.add("raw", raw(KEYS[1]))
    one.add("raw", raw(KEYS[2]))
    rows = [json.loads(line) for line in (tmp_path / "cache" / "raw" / "000.jsonl").read_bytes().splitlines()]
    assert [row["key"] for row in rows] == [KEYS[0], KEYS[2]]
    assert one.raw(KEYS[2])[0]["key"] == KEYS[2]


def test_a_question_is_claimed_by_one_at_a_time(store):
    first, second = store(), store()
    assert first.claim(KEYS[0])
    assert not second.claim(KEYS[0])
    assert second.claim(KEYS[1])
    first.add("parsed", {"key": KEYS[0], "n": 1, "error": "x"})
    first.release(KEYS[0])
    assert second.claim(KEYS[0])
    assert second.parsed(KEYS[0])["error"] == "x", "claiming takes in what was written meanwhile"


def test_the_secret_is_never_written(store, tmp_path):
    one = store(Redactor(["sk-0123456789"]))
    one.add("raw", raw(KEYS[0], text="it is sk-0123456789!"))
    assert one.raw(KEYS[0])[0]["text"] == "it is ***!"
    assert b"sk-0123456789" not in (tmp_path / "cache" / "raw" / "000.jsonl").read_bytes()


@pytest.fixture
def filled(store, tmp_path):
    one = store()
    for key, values in zip(KEYS, [{}, {}, {"model": "other", "cost": None}, {"at": 2_000_000_000}], strict=False):
        one.add("sent", {"key": key, "n": 0})
        one.add("raw", raw(key, **values))
        one.add("parsed", {"key": key, "n": 1, **({"error": "bad"} if key == KEYS[1] else {"data": 1})})
    one.add("sent", {"key": KEYS[5], "n": 0})
    one.close()
    return tmp_path / "cache"


def test_stats_add_up(filled, rsica_data):
    found = rsica_data("assist", "cache", "stats", filled, "--json").json
    assert (found["questions"], found["answers"], found["settled"]) == (4, 4, 4)
    assert (found["failed"], found["unanswered"]) == (1, 1)
    assert found["models"]["m"] == {
        "answers": 3,
        "input_tokens": 30,
        "output_tokens": 15,
        "cached_tokens": 6,
        "cost": "0.75",
    }
    assert found["models"]["other"]["cost"] is None
    said = rsica_data("assist", "cache", "stats", filled).out
    assert "1 sent and not answered" in said and "price not known" in said


@pytest.mark.parametrize(
    ("words", "left"),
    [((), {0, 1, 2, 3}), (("--failed",), {0, 2, 3}), (("--model", "other"), {0, 1, 3}), (("--older-than", "1"), {3})],
)
def test_prune_drops_what_is_chosen(filled, rsica_data, store, words, left):
    before = stats(filled)
    found = rsica_data("assist", "cache", "prune", filled, *words, "--json").json
    after = stats(filled)
    assert found == {"questions": 4 - len(left), "bytes": before["bytes"] - after["bytes"]}
    assert after["questions"] == after["settled"] == len(left)
    assert after["unanswered"] == 0
    one = store()
    assert {number for number in range(6) if one.parsed(KEYS[number])} == left


def test_prune_needs_the_cache_for_itself(filled, store):
    one = store()
    with pytest.raises(UserError, match="a client has the cache open"):
        prune(filled, failed=True)
    one.close()
    assert prune(filled, failed=True)["questions"] == 1


def test_a_folder_that_is_no_cache_is_named(tmp_path, rsica_data):
    found = rsica_data("assist", "cache", "stats", tmp_path)
    assert found.status == 2
    assert "not a cache of answers" in found.err
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be used as cache"):
        Store(tmp_path / "file")


def test_costs_are_exact():
    assert sum(Decimal(row["cost"]) for row in [raw(KEYS[0], cost="0.1")] * 3) == Decimal("0.3")
