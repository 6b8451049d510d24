"""Rows that were not run here, in the tables of the site: those of papers, and predictions of others scored here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rsica_bench.leaderboard.boards import Board
from rsica_bench.leaderboard.published import PublishedRow, PublishedTable
from rsica_bench.leaderboard.ranking import UNKNOWN, scorer_of
from rsica_bench.leaderboard.rescored import RescoredRow

# Papers print the figures of captions in this order.
_CAPTION_ORDER = ("BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr", "S*m")
Json = dict[str, Any]


def columns_of(task: str, protocol: str, present: set[str], everything: bool) -> Json:
    """Columns of a table, its lead, and the columns in which less is better.

    Args:
        task: its task.
        protocol: its protocol, as tables name it.
        present: figures that its rows have.
        everything: show all of them, not the scorer's alone.
    """
    scorer = scorer_of(task, protocol)
    columns = list(scorer.shown(present))
    if everything:
        captions = [name for name in _CAPTION_ORDER if name in present]
        columns = list(dict.fromkeys([*captions, *columns, *sorted(present)]))
    return {
        "columns": columns,
        "lead": scorer.lead_of(columns),
        "lower": [name for name in columns if scorer.is_lower(name)],
    }


def join_published(tables: list[Json], published: Sequence[PublishedTable]) -> None:
    """Published rows join an own table of the same task, split and protocol; else they are a table of their own."""
    for one in published:
        home = next((table for table in tables if _same(table, one)), None)
        if home is None:
            tables.append(_reported_table(one, f"reported-{len(tables)}"))
        else:
            home["rows"] += [_reported(row) for row in one.rows]


def _same(table: Json, one: PublishedTable) -> bool:
    return (
        table["task"] == one.task
        and one.split in table.get("printed", ())
        and one.protocol in table.get("protocol_ids", ())
    )


def _reported_table(one: PublishedTable, name: str) -> Json:
    present = {name for row in one.rows for name in row.values}
    return {
        "id": name,
        "task": one.task,
        "split": one.split,
        "protocol": one.protocol,
        **columns_of(one.task, one.protocol, present, everything=True),
        # Rows of a protocol that is not known need not be of one: they are listed.
        **({"lead": ""} if one.protocol == UNKNOWN else {}),
        "rows": [_reported(row) for row in one.rows],
    }


def _reported(row: PublishedRow) -> Json:
    return {
        "model": row.model,
        "status": "reported",
        "privileged": False,
        "values": row.values,
        "unranked": f"repeats {row.repeats}" if row.repeats else "",
        "source": row.source,
        "trust": row.trust,
        "note": row.note,
        "seen": row.seen,
    }


def join_rescored(board: Board, tables: list[Json], rows: Sequence[RescoredRow]) -> None:
    """Rescored rows join a table of the same task, split and protocol; those of one benchmark else make one.

    A row with another number of items than was published stands there without a rank.
    """
    for row in rows:
        content, section = row.content, board.file.benchmarks[row.content["benchmark"]]
        splits = {section.split, content["benchmark"], *section.printed}
        home = next(
            (
                table
                for table in tables
                if table["task"] == content["task"]
                and content["protocol"] in (table["protocol"], *table.get("protocol_ids", ()))
                and not splits.isdisjoint((table["split"], *table.get("printed", ())))
            ),
            None,
        )
        if home is None:
            home = _rescored_table(row, section.split if len(board.file.benchmarks) == 1 else content["benchmark"])
            tables.append(home)
        home["rows"].append(row.record())


def _rescored_table(row: RescoredRow, split: str) -> Json:
    task, protocol = row.content["task"], row.content["protocol"]
    return {
        "id": f"rescored-{row.name}",
        "task": task,
        "split": split,
        "protocol": protocol,
        **columns_of(task, protocol, set(row.content["entry"]["metrics"]), everything=False),
        "rows": [],
    }
