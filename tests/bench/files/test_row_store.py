"""Rows on disk by instruction and turn: a mapping, sorted as Python sorts keys."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rsica_bench.files.row_store import RowStore

KEYS = st.tuples(st.text(st.characters(codec=None), max_size=4), st.integers(0, 2**70))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(KEYS, st.dictionaries(st.sampled_from(["raw", "failed"]), st.booleans()))))
def test_it_is_a_mapping(pairs):
    rows, wanted = RowStore(), {}
    rows.put(pairs)
    wanted.update(pairs)
    assert dict(rows.items()) == wanted == dict(rows)
    assert list(rows) == list(wanted)
    assert list(rows.in_order()) == sorted(wanted.items(), key=lambda pair: pair[0])
    assert [key for key, _ in rows.failed_in_order()] == sorted(key for key, row in wanted.items() if row.get("failed"))
    assert (len(rows), bool(rows)) == (len(wanted), bool(wanted))
    assert list(rows.names()) == sorted({name for name, _ in wanted})
    rows.drop([key for key, _ in pairs[::2]])
    assert set(rows) == wanted.keys() - {key for key, _ in pairs[::2]}


def test_a_key_is_added_once():
    rows = RowStore()
    assert rows.add(("a", 0), {"raw": "yes"})
    assert not rows.add(("a", 0), {"raw": "no"})
    assert rows["a", 0] == {"raw": "yes"}
    assert ("a", 1) not in rows and "a" not in rows
    assert rows.has_name("a") and not rows.has_name("b")
    assert rows.count_names() == 1


def test_keys_that_are_no_utf_8_come_back():
    rows = RowStore()
    rows.put([(("\ud800", 2**70), {"raw": "half a pair: \udfff"})])
    assert list(rows.items()) == [(("\ud800", 2**70), {"raw": "half a pair: \udfff"})]


def test_names_beside_the_known_ones():
    rows = RowStore()
    rows.put(((name, turn), {}) for name, turn in [("z", 0), ("b", 1), ("\ud800", 0), ("b", 0), ("a", 0)])
    for _ in range(2):
        assert rows.names_beside(iter(["a", "c", "a"])) == ["z", "b", "\ud800"]
    assert rows.names_beside([]) == ["z", "b", "\ud800", "a"]
    assert len(rows) == 5
