"""Tables of very many rows: a page gets the first rows at once, and the others in scripts that it reads when asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

FIRST = 500
"""Rows of a table that come with its board."""

PART = 5000
"""Rows of each further script."""


def split_long(record: Json) -> Iterator[tuple[str, list[Json]]]:
    """Take the rows beyond the first out of a board's tables.

    The tables are ranked already, so the first rows are the best; rows of runs stay, since a run's page needs them. A
    table that was cut has ``total``, ``parts`` (keys of the scripts), ``statuses`` (rows of each) and ``best`` (of each
    figure over all ranked rows).

    Yields:
        Key of a script and its rows.
    """
    for number, table in enumerate(record["tables"]):
        rows = table["rows"]
        if len(rows) <= FIRST:
            continue
        first = rows[:FIRST] + [row for row in rows[FIRST:] if row.get("run")]
        others = [row for row in rows[FIRST:] if not row.get("run")]
        parts = [others[start : start + PART] for start in range(0, len(others), PART)]
        keys = [f"{number}.{place}" for place in range(len(parts))]
        table |= {
            "rows": first,
            "total": len(rows),
            "parts": keys,
            "statuses": dict(Counter(row["status"] for row in rows)),
            "best": dict(_best(table, rows)),
        }
        yield from zip(keys, parts, strict=True)


def _best(table: Json, rows: list[Json]) -> Iterator[tuple[str, float]]:
    if not table["lead"]:
        return
    ranked = [row["values"] for row in rows if not row["privileged"] and not row["unranked"]]
    for column in table["columns"]:
        values = [figures[column] for figures in ranked if column in figures]
        if len(values) > 1:
            yield column, min(values) if column in table["lower"] else max(values)
