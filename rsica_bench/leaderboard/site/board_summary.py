"""A board in a few words, for the front page: its tasks, its best score, and how that grew by year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rsica_bench.scoring.descriptions import entry_of, readable

Json = dict[str, Any]

KINDS = ("reported", "rescored", "reproduced", "unpinned")
_MOST_NAMES = 500  # of models that the front page's search knows, a board
_ARXIV = re.compile(r"arXiv (\d{2})\d{2}\.\d{4,5}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")


def summary_of(record: Json) -> Json:
    """What the front page says of a board."""
    rows = [row for table in record["tables"] for row in table["rows"]]
    status = [row["status"] for row in rows]
    return {
        "name": record["name"],
        "title": record["title"],
        "description": record["description"],
        "tasks": sorted({table["task"] for table in record["tables"]}),
        "tables": len(record["tables"]),
        "runs": len(record["runs"]),
        "rows": {name: status.count(name) for name in KINDS},
        "models": sorted({row["model"] for row in rows})[:_MOST_NAMES],
        "best": best_of(record),
    }


def best_of(record: Json) -> Json | None:
    """The best score of the ranked table with the most rows, and the best by year so far; None where none is ranked.

    Privileged rows and those without a rank do not count. A printed row is of the year of the paper that prints it, as
    its source says it or its arXiv number does; rows without a year are not in ``trend``.
    """
    tables = [table for table in record["tables"] if table["lead"] and any(_scored(table))]
    if not tables:
        return None
    table = max(tables, key=lambda one: sum(1 for _ in _scored(one)))
    lead, sign = table["lead"], -1 if table["lead"] in table["lower"] else 1
    dates = {run["name"]: str(run.get("date", "")) for run in record["runs"]}
    best = max(_scored(table), key=lambda row: sign * row["values"][lead])
    by_year: dict[int, float] = {}
    for row in _scored(table):
        year = year_of(row, dates)
        if year is not None:
            value = row["values"][lead]
            by_year[year] = max(by_year.get(year, value), value, key=lambda one: sign * one)
    trend: list[list[float]] = []
    for year in sorted(by_year):
        before = trend[-1][1] if trend else by_year[year]
        trend.append([year, max(before, by_year[year], key=lambda one: sign * one)])
    return {
        "table": table["id"],
        "task": table["task"],
        "figure": readable(lead),
        "lower": sign < 0,
        "value": best["values"][lead],
        "model": best["model"],
        "status": best["status"],
        "year": year_of(best, dates),
        "trend": trend,
    }


def _scored(table: Json) -> Iterator[Json]:
    return (
        row for row in table["rows"] if not row["privileged"] and not row["unranked"] and table["lead"] in row["values"]
    )


def year_of(row: Json, dates: Mapping[str, str]) -> int | None:
    """The year of a row: of its run, of its source's arXiv number, or that its source names; None where none is told.

    >>> year_of({"source": "Chg2Cap arXiv 2304.01091"}, {}), year_of({"source": "TGRS 2022"}, {}), year_of({}, {})
    (2023, 2022, None)
    """
    if row.get("run"):
        return int(dates[row["run"]][:4]) if dates.get(row["run"]) else None
    source = str(row.get("source") or "")
    if match := _ARXIV.search(source):
        return 2000 + int(match[1])
    named = _YEAR.search(source)
    return int(named[0]) if named else None


def describe(record: Json) -> None:
    """Give each table the readable names of its figures and what they are, from the docstrings of the metrics."""
    for table in record["tables"]:
        table["labels"] = {name: readable(name) for name in table["columns"]}
        entries = {name: entry_of(table["task"], name) for name in table["columns"]}
        table["about"] = {
            name: {"formula": entry.formula, "averaging": entry.averaging, "source": entry.source}
            for name, entry in entries.items()
            if entry is not None
        }
