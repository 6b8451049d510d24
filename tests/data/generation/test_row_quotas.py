"""How many rows each pair gives: totals are exact, and independent of order."""

from hypothesis import given
from hypothesis import strategies as st

from rsica_data.generation.recipe_section import Total
from rsica_data.generation.row_quotas import fill, scaled_total, spread

NAMES = [f"levir/train/{n:06d}" for n in range(6815)]


def test_the_published_totals_over_the_published_pairs():
    train = spread(26600, NAMES, seed=0, prompt="open")
    assert sum(train.values()) == 26600
    # 26,600 = 3 x 6,815 + 6,155
    assert sorted(set(train.values())) == [3, 4]
    assert sum(number == 4 for number in train.values()) == 6155
    test = spread(7527, NAMES[:1929], seed=0, prompt="open")
    assert sum(test.values()) == 7527
    assert sum(number == 4 for number in test.values()) == 7527 - 3 * 1929


def test_other_numbers_of_pairs_get_their_share():
    total = Total(rows=26600, pairs=6815)
    assert [scaled_total(total, pairs) for pairs in (0, 1, 10, 6815, 13630)] == [0, 4, 39, 26600, 53200]
    # 7,527 x 2 / 1,929 = 7.804
    assert scaled_total(Total(rows=7527, pairs=1929), 2) == 8
    assert spread(5, [], seed=0, prompt="open") == {}


@given(st.integers(0, 400), st.sets(st.text(max_size=4), min_size=1, max_size=40), st.integers(0, 5))
def test_spread_adds_up_and_does_not_depend_on_order(total, names, seed):
    names = sorted(names)
    found = spread(total, names, seed, "open")
    assert sum(found.values()) == total
    assert max(found.values()) - min(found.values()) <= 1
    assert found == spread(total, names[::-1], seed, "open")


@given(st.dictionaries(st.integers(0, 60).map(str), st.tuples(st.integers(0, 6), st.integers(0, 9)), max_size=40))
def test_spare_rows_take_the_place_of_missing_ones(numbers):
    wanted = {name: want for name, (want, _) in numbers.items()}
    there = {name: have for name, (_, have) in numbers.items()}
    taken = fill(wanted, there, seed=1, prompt="open")
    assert all(taken[name] <= there[name] for name in taken)
    assert all(taken[name] >= min(wanted[name], there[name]) for name in taken)
    # Reached, or every row that there is was taken.
    assert sum(taken.values()) == min(sum(wanted.values()), sum(there.values()))


def test_spare_rows_are_drawn_evenly():
    wanted = {"a": 4, "b": 4, "c": 4, "d": 4}
    taken = fill(wanted, {"a": 0, "b": 6, "c": 6, "d": 6}, seed=1, prompt="open")
    assert sum(taken.values()) == 16
    assert max(taken.values()) - min(taken[name] for name in "bcd") == 1
