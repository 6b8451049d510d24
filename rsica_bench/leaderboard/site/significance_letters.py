"""Letters for groups of systems that cannot be told apart: two systems share a letter unless they differ.

Piepho 2004, "An Algorithm for a Letter-Based Representation of All-Pairwise Comparisons", insert-and-absorb.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence


def group_letters(names: Sequence[str], differing: Collection[frozenset[str]]) -> dict[str, str]:
    """Letters by name, "a" for the first.

    Args:
        names: systems, best first.
        differing: the pairs that differ significantly.
    """
    columns: list[set[str]] = [set(names)] if names else []
    for pair in sorted(differing, key=lambda pair: sorted(map(names.index, pair))):
        one, other = sorted(pair, key=names.index)
        split = [column for column in columns if pair <= column]
        columns = [column for column in columns if not pair <= column]
        for column in split:
            columns += [column - {one}, column - {other}]
        columns = _absorbed(columns)
    columns.sort(key=lambda column: sorted(map(names.index, column)))
    letters: dict[str, str] = dict.fromkeys(names, "")
    for number, column in enumerate(columns):
        for name in column:
            letters[name] += _letter(number)
    return letters


def _absorbed(columns: list[set[str]]) -> list[set[str]]:
    kept: list[set[str]] = []
    for column in sorted(columns, key=len, reverse=True):
        if not any(column <= other for other in kept):
            kept.append(column)
    return kept


def _letter(number: int) -> str:
    first, rest = divmod(number, 26)
    return (_letter(first - 1) if first else "") + chr(ord("a") + rest)
