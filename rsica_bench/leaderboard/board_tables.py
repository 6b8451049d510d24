"""result.json files into tables: one for each dataset, split, protocol and task; two protocols never share one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rsica_bench.files.run_forms import read_result
from rsica_bench.leaderboard.ranking import ranked, scorer_of, stated_protocol, stated_split, unread_reason
from rsica_bench.run.result import RESULT
from rsica_data.core.errors import UserError


@dataclass(frozen=True)
class Row:
    """One run: its name, how its figures came about, whether it saw the gold, and the figures that are defined.

    ``unranked`` says why it has no rank; empty where it has one.
    """

    model: str
    status: str
    privileged: bool
    items: int
    values: dict[str, float]
    unranked: str = ""


@dataclass(frozen=True)
class Table:
    """Rows that can be compared: same data, split, questions, protocol and task.

    ``lower`` names the columns in which less is better, ``lead`` the one that rows are ranked by.
    """

    dataset: str
    dataset_sha256: str
    split: str
    protocol: str
    task: str
    columns: tuple[str, ...]
    lower: tuple[str, ...]
    lead: str
    rows: tuple[Row, ...]


def collect_tables(folder: Path) -> list[Table]:
    """Tables of every result.json below a folder.

    Raises:
        UserError: no folder, no results in it, or a file that is no result.
    """
    if not folder.is_dir():
        raise UserError("no such folder", file=folder)
    groups: dict[tuple[str, str, str, str, str], list[Row]] = {}
    for path in sorted(folder.rglob(RESULT)):
        for key, row in _rows(path):
            groups.setdefault(key, []).append(row)
    if not groups:
        raise UserError("no results found", file=folder, hint=f"looked for {RESULT} files of finished runs")
    return [_table(key, rows) for key, rows in sorted(groups.items())]


def _rows(path: Path) -> Iterator[tuple[tuple[str, str, str, str, str], Row]]:
    result = read_result(path)
    adapter = result["adapter"]
    name = adapter["name"] if adapter["model"] is None else f"{adapter['name']} ({adapter['model']})"
    stated = stated_protocol(result)
    for task, entry in result["tasks"].items():
        privileged = adapter["kind"] == "privileged"
        row = Row(name, result["status"], privileged, entry["items"], entry["metrics"], unread_reason(entry))
        part = stated_split(result, task)
        yield (result["dataset"]["name"], result["dataset"]["sha256"], part, stated, task), row


def _table(key: tuple[str, str, str, str, str], rows: list[Row]) -> Table:
    dataset, sha256, split, protocol, task = key
    scorer = scorer_of(task, protocol)
    columns = scorer.shown({name for row in rows for name in row.values})
    lower, lead = tuple(filter(scorer.is_lower, columns)), scorer.lead_of(columns)
    best = ranked(
        rows, lead, lead in lower, lambda row: row.values, lambda row: row.model, lambda row: bool(row.unranked)
    )
    return Table(dataset, sha256, split, protocol, task, columns, lower, lead, tuple(best))
