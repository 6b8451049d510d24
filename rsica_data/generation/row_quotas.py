"""How many rows each pair gives, so that a split's total is reached exactly.

``T`` rows over ``N`` pairs: every pair is to give ``T // N``, and the ``T % N`` pairs whose hash (of seed, prompt and
pair) comes first give one more. So the number of a pair depends on the set of pairs alone, not on their order, on
shards or on workers. Where a pair gives fewer than it should, spare rows of others take their place, one from each in
the order of the same hash, until the total is reached or no spare row is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from rsica_data.generation.recipe_section import Total


def rank(seed: int, prompt: str, pair_id: str) -> bytes:
    """The place of a pair in the drawing: pairs are taken in ascending order of it."""
    return hashlib.sha256(f"{seed}\n{prompt}\n{pair_id}\nshare".encode()).digest()


def scaled_total(total: Total, pairs: int) -> int:
    """The total for another number of pairs, in proportion, rounded half up."""
    return (2 * total.rows * pairs + total.pairs) // (2 * total.pairs)


def spread(total: int, pair_ids: Sequence[str], seed: int, prompt: str) -> dict[str, int]:
    """Rows of each pair; they add up to ``total`` (to 0 where there are no pairs)."""
    if not pair_ids:
        return {}
    each, more = divmod(total, len(pair_ids))
    first = set(sorted(pair_ids, key=lambda pair_id: (rank(seed, prompt, pair_id), pair_id))[:more])
    return {pair_id: each + (pair_id in first) for pair_id in pair_ids}


def fill(wanted: Mapping[str, int], there: Mapping[str, int], seed: int, prompt: str) -> dict[str, int]:
    """Rows to take from each pair, so that they add up to what is wanted in all, as far as there are rows.

    Args:
        wanted: rows that each pair should give.
        there: rows that each pair has, spare ones included; a pair that is missing has none.
        seed: the recipe's seed.
        prompt: name of the prompt.
    """
    taken = {pair_id: min(number, there.get(pair_id, 0)) for pair_id, number in wanted.items()}
    missing = sum(wanted.values()) - sum(taken.values())
    order = sorted(wanted, key=lambda pair_id: (rank(seed, prompt, pair_id), pair_id)) if missing else []
    while missing:
        more = [pair_id for pair_id in order if there.get(pair_id, 0) > taken[pair_id]][:missing]
        if not more:
            break
        for pair_id in more:
            taken[pair_id] += 1
        missing -= len(more)
    return taken
