"""The order of an epoch: every row once over all consumers, the same for a seed, resumed anywhere."""

from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from rsica_data.training.order import Consumer, Shuffling, epoch_order

UNITS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12)), min_size=1, max_size=8)
CONSUMERS = st.integers(1, 5)
SHUFFLINGS = st.builds(Shuffling, st.integers(0, 9), st.sampled_from([0, 1, 3, 1000]))
ONCE = (1.0, 1.0, 1.0)


def orders(sizes, weights, epoch, of, shuffling):
    return [list(epoch_order(sizes, weights, epoch, Consumer(n, of), shuffling)) for n in range(of)]


@given(UNITS, CONSUMERS, SHUFFLINGS, st.integers(0, 3))
def test_every_row_once_over_all_consumers(sizes, of, shuffling, epoch):
    found = Counter(place for order in orders(sizes, ONCE, epoch, of, shuffling) for place in order)
    assert found == Counter((unit, row) for unit, (_, size) in enumerate(sizes) for row in range(size))


@given(UNITS, SHUFFLINGS, st.integers(0, 200))
def test_what_is_left_after_any_number_of_rows_is_the_rest_of_the_same_order(sizes, shuffling, number):
    whole = list(epoch_order(sizes, ONCE, 0, shuffling=shuffling))
    first = list(islice(epoch_order(sizes, ONCE, 0, shuffling=shuffling), number))
    assert first + list(islice(epoch_order(sizes, ONCE, 0, shuffling=shuffling), number, None)) == whole


@given(st.integers(1, 30), st.fractions(0, 3), SHUFFLINGS)
def test_a_weight_is_how_often_an_epoch_shows_a_row(size, weight, shuffling):
    weight = float(weight)
    shown = Counter()
    for epoch in range(8):
        order = list(epoch_order([(0, size)], [weight], epoch, shuffling=shuffling))
        assert abs(len(order) - weight * size) <= 1
        shown.update(order)
    # Over all epochs no row had more than one turn more than another.
    counts = [shown[0, row] for row in range(size)]
    assert max(counts) - min(counts) <= 1


def test_without_a_buffer_the_stored_order_is_kept():
    assert orders([(0, 2), (0, 3)], (1.0,), 5, 1, Shuffling(3, 0)) == [[(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]]


def test_seeds_and_epochs_give_other_orders():
    sizes = [(0, 20)] * 4
    found = {tuple(epoch_order(sizes, (1.0,), epoch, shuffling=Shuffling(seed))) for seed in (0, 1) for epoch in (0, 1)}
    assert len(found) == 4


def test_parts_of_different_size_end_together():
    order = list(epoch_order([(0, 900), (1, 100)], (1.0, 1.0), 0, shuffling=Shuffling(0, 10)))
    places = [place for place, (unit, _) in enumerate(order) if unit == 1]
    for start in range(0, 1000, 250):
        assert 8 <= sum(start <= place < start + 250 for place in places) <= 45
