"""How many rows each part gives to a mix: weights, caps and a temperature, without taking a row twice."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import floor

from rsica_data.core.errors import UserError


def mix_shares(sizes: Mapping[str, int], weights: Mapping[str, float], temperature: float = 1.0) -> dict[str, float]:
    """The share of each part in a mix, relative to the others: its weight times its size ** (1 / temperature).

    A temperature of 1 mixes in proportion to the sizes; the higher it is, the more equal are the parts (Raffel et al.,
    JMLR 2020, section 3.5.2, examples-proportional mixing with a limit and temperature-scaled mixing).

    Args:
        sizes: rows by part, capped already.
        weights: by part; 1 where a part has none.
        temperature: greater than 0.

    Returns:
        Positive numbers by part. Parts without a row are left out.

    Example:
        >>> mix_shares({"a": 900, "b": 100}, {}, temperature=2.0)
        {'a': 30.0, 'b': 10.0}
    """
    return {name: weights.get(name, 1.0) * size ** (1 / temperature) for name, size in sizes.items() if size}


def rows_of_parts(sizes: Mapping[str, int], shares: Mapping[str, float], total: int | None = None) -> dict[str, int]:
    """Rows that each part gives, rounded by largest remainders.

    Args:
        sizes: rows that each part has.
        shares: of the mix, by part, relative to each other.
        total: rows of the mix; None for as many as the shares allow, which uses up the scarcest part.

    Raises:
        UserError: a part has fewer rows than its share of ``total``.

    Example:
        >>> rows_of_parts({"a": 900, "b": 100}, {"a": 3, "b": 1})
        {'a': 300, 'b': 100}
    """
    if not shares:
        return {}
    # Fractions: without weights the shares are the sizes themselves, and not a row may be lost to rounding.
    exact = {name: Fraction(share) for name, share in shares.items()}
    whole = sum(exact.values())
    scarcest = min(exact, key=lambda name: (sizes[name] / exact[name], name))
    most = floor(sizes[scarcest] * whole / exact[scarcest])
    if total is None:
        total = most
    elif total > most:
        problem = f"{total} rows need more of '{scarcest}' than its {sizes[scarcest]}"
        raise UserError(problem, key="--rows", hint=f"at most {most} with these weights; no row is taken twice")
    wanted = {name: share * total / whole for name, share in exact.items()}
    rows = {name: floor(value) for name, value in wanted.items()}
    for name in sorted(wanted, key=lambda name: (rows[name] - wanted[name], name))[: total - sum(rows.values())]:
        rows[name] += 1
    return rows
