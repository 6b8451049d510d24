"""Batches by length: everything once, within the budget; what does not fit is halved."""

from hypothesis import given
from hypothesis import strategies as st

from rsica_bench.models.batching import Computing, OutOfMemory, plan_batches

LENGTHS = st.lists(st.integers(1, 100), max_size=40)


@given(LENGTHS, st.integers(1, 400), st.integers(1, 9))
def test_every_request_once_within_the_budget_longest_first(lengths, budget, most):
    batches = plan_batches(lengths, budget, most)
    assert sorted(place for batch in batches for place in batch.places) == list(range(len(lengths)))
    order = [lengths[place] for batch in batches for place in batch.places]
    assert order == sorted(order, reverse=True)
    for batch in batches:
        assert batch.cost == max(lengths[place] for place in batch.places) * len(batch.places)
        assert len(batch.places) <= most and (batch.cost <= budget or len(batch.places) == 1)


@given(LENGTHS, st.integers(1, 2000), st.integers(1, 400))
def test_out_of_memory_costs_only_what_does_not_fit_alone(lengths, budget, fits):
    computing, tried = Computing(budget, 64), []

    def compute(batch, following):
        tried.append(batch.cost)
        if batch.cost > fits:
            raise OutOfMemory
        return [f"reply {place}" for place in batch.places]

    found = computing.run(lengths, compute, lambda: "too large")
    assert found == [f"reply {place}" if length <= fits else "too large" for place, length in enumerate(lengths)]
    if any(cost > fits for cost in tried) and lengths and max(lengths) <= fits:
        assert computing.budget < budget
        before = len(tried)
        assert computing.run(lengths, compute, lambda: "too large") == found
        assert all(cost <= max(fits, computing.budget) for cost in tried[before:])


def test_a_hand_computed_plan():
    batches = plan_batches([5, 3, 4, 1], budget=8, most=3)
    assert [batch.places for batch in batches] == [(0,), (2, 1), (3,)]
    assert [batch.cost for batch in batches] == [5, 8, 1]
