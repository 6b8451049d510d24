"""How many rows each part gives to a mix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rsica_data.core.errors import UserError
from rsica_data.dataset.mixing.part_quotas import mix_shares, rows_of_parts

PARTS = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.integers(1, 10_000), st.floats(0.01, 100)), min_size=1
)  # fmt: skip


def test_shares_by_hand():
    assert mix_shares({"a": 300, "b": 100}, {}) == {"a": 300, "b": 100}
    assert mix_shares({"a": 300, "b": 100}, {"b": 3.0}) == {"a": 300, "b": 300}
    assert mix_shares({"a": 900, "b": 100}, {}, temperature=2) == {"a": 30, "b": 10}
    assert mix_shares({"a": 900, "b": 0}, {}) == {"a": 900}
    equal = mix_shares({"a": 900, "b": 100}, {}, temperature=1e9)
    assert equal["a"] == pytest.approx(equal["b"])


def test_rows_by_hand():
    assert rows_of_parts({"a": 300, "b": 100}, {"a": 1, "b": 1}) == {"a": 100, "b": 100}
    assert rows_of_parts({"a": 300, "b": 100}, {"a": 1, "b": 1}, total=11) == {"a": 6, "b": 5}
    assert rows_of_parts({"a": 7, "b": 7, "c": 7}, {"a": 5, "b": 3, "c": 2}, total=9) == {"a": 4, "b": 3, "c": 2}
    assert rows_of_parts({}, {}) == {}


def test_more_rows_than_there_are_is_refused():
    with pytest.raises(UserError, match="201 rows need more of 'b' than its 100 "):
        rows_of_parts({"a": 300, "b": 100}, {"a": 1, "b": 1}, total=201)


@given(PARTS)
def test_without_weights_every_row_is_taken(parts):
    sizes = {name: size for name, (size, _) in parts.items()}
    assert rows_of_parts(sizes, mix_shares(sizes, {})) == sizes


@given(PARTS, st.floats(0.5, 20), st.data())
def test_no_part_gives_more_than_it_has_and_shares_hold_to_a_row(parts, temperature, data):
    sizes = {name: size for name, (size, _) in parts.items()}
    shares = mix_shares(sizes, {name: weight for name, (_, weight) in parts.items()}, temperature)
    most = sum(rows_of_parts(sizes, shares).values())
    total = data.draw(st.integers(0, most))
    rows = rows_of_parts(sizes, shares, total)
    assert sum(rows.values()) == total
    for name, number in rows.items():
        assert 0 <= number <= sizes[name]
        assert abs(number - shares[name] / sum(shares.values()) * total) < 1 + 1e-6
    # The scarcest part is used up, to the rounding of one row.
    assert any(sizes[name] - number <= 1 for name, number in rows_of_parts(sizes, shares).items())
