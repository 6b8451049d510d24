"""Boards into the data of the site: tables, rows, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rsica_bench.files.benchmark_items import MASK_TASKS
from rsica_bench.leaderboard.boards import Board, OwnRow
from rsica_bench.leaderboard.mask_rows import MASK_PROTOCOLS, board_tasks
from rsica_bench.leaderboard.published import TRUST, published_tables, read_published
from rsica_bench.leaderboard.ranking import UNKNOWN, ranked, stated_protocol, stated_split, unread_reason
from rsica_bench.leaderboard.rescored import rescored_rows
from rsica_bench.leaderboard.site.examples import example_rows
from rsica_bench.leaderboard.site.joining import columns_of, join_published, join_rescored
from rsica_bench.leaderboard.site.run_evidence import (
    ALL_COMPARED,
    Evidence,
    Measured,
    compare_rows,
    evidence_of,
    letters_of,
    mask_tables,
    strata_of,
)
from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.intervals import INTERVAL_KEYS
from rsica_data.core import registry
from rsica_data.dataset.reader import BuiltDataset

Json = dict[str, Any]


def board_data(
    board: Board, datasets: Mapping[str, BuiltDataset], word_map: Mapping[str, int] | None, how: Resampling
) -> tuple[Json, dict[str, Json]]:
    """A board as the page has it, and its examples by table.

    Returns:
        The board's record, and by table id what `example_rows` gives.
    """
    rows = list(board.rows())
    seen = {row.name: evidence_of(row, data, word_map) for row in rows if (data := _data_of(row, datasets)) is not None}
    tables: list[Json] = []
    examples: dict[str, Json] = {}
    for key, members in _groups(rows).items():
        table = _own_table(board, key, members)
        evidence = {row.name: seen[row.name] for row in members if row.name in seen}
        if evidence and key[0] in MASK_TASKS.values():
            # Pairs of masks are no questions with an answer each: letters and differences, and no examples.
            part = next(part for part, task in MASK_TASKS.items() if task == key[0])
            _add_letters(table, mask_tables(evidence, part), how)
        elif evidence:
            examples[table["id"]] = _add_evidence(table, evidence, how)
        tables.append(table)
    join_published(tables, published_tables(read_published(board.published)))
    join_rescored(board, tables, list(rescored_rows(board)))
    for table in tables:
        table["rows"] = _ranked(table["rows"], table)
    tables.sort(key=lambda table: (table["task"], table["protocol"] == UNKNOWN))
    record = {
        "name": board.name,
        **board.file.model_dump(include={"title", "description", "homepage", "citation", "license"}),
        "trust": TRUST,
        "tables": tables,
        "runs": [_run_record(row, row.name in seen) for row in rows],
    }
    return record, examples


def _data_of(row: OwnRow, datasets: Mapping[str, BuiltDataset]) -> BuiltDataset | None:
    return datasets.get(row.result["dataset"]["sha256"])


Key = tuple[str, str, str, str]  # task, dataset hash, split, protocol


def _groups(rows: Iterable[OwnRow]) -> dict[Key, list[OwnRow]]:
    groups: dict[Key, list[OwnRow]] = {}
    for row in rows:
        for task in board_tasks(row.result):
            part, protocol = stated_split(row.result, task), stated_protocol(row.result)
            key = (task, row.result["dataset"]["sha256"], part, protocol)
            groups.setdefault(key, []).append(row)
    return dict(sorted(groups.items()))


def _own_table(board: Board, key: Key, members: Sequence[OwnRow]) -> Json:
    task, _, split, protocol = key
    first = members[0].result
    present = {name for row in members for name in board_tasks(row.result)[task]["metrics"]}
    printed = {MASK_PROTOCOLS[task]} if task in MASK_PROTOCOLS else set()
    return {
        "id": f"{task}-{split}-{protocol}-{key[1][:8]}".replace(" ", "-").replace(",", ""),
        "task": task,
        "split": split,
        "printed": board.printed(first.get("benchmark"), split),
        "protocol": protocol,
        "protocol_ids": sorted(
            {first["protocol"]["name"]} | printed | ({first["protocol"]["caption"]} & _caption_ids(task))
        ),
        "dataset": first["dataset"]["name"],
        "dataset_sha256": key[1],
        **columns_of(task, protocol, present, everything=False),
        "rows": [_own_record(row, task) for row in members],
    }


def _caption_ids(task: str) -> set[str]:
    return set(registry.names(registry.METRICS)) if task == "captioning" else set()


def _own_record(row: OwnRow, task: str) -> Json:
    entry, stated = board_tasks(row.result)[task], row.submission
    return {
        "run": row.name,
        "model": stated.model,
        "status": row.status,
        "privileged": row.result["adapter"]["kind"] == "privileged",
        "items": entry["items"],
        "values": entry["metrics"],
        "unranked": unread_reason(entry),
        "intervals": entry.get("intervals", {}),
        "interval_approximate": entry.get("interval_approximate", {}),
        "cost_usd": stated.cost_usd,
        "hours": stated.hours,
        "parameters_b": stated.parameters_b,
    }


def _add_evidence(table: Json, evidence: Mapping[str, Evidence], how: Resampling) -> Json:
    """Strata, comparisons and letters into the table; its examples."""
    task, lead = table["task"], table["lead"]
    measured = {name: one.tasks[task] for name, one in evidence.items()}
    _add_letters(table, measured, how)
    for row in table["rows"]:
        if row["run"] in measured:
            row["strata"] = strata_of(measured[row["run"]])
    return example_rows(measured, lead, lead in table["lower"])


def _add_letters(table: Json, measured: Mapping[str, Measured], how: Resampling) -> None:
    """Differences between runs, and letters of those that do not differ, into the table."""
    lead = table["lead"]
    rows = [row for row in _ranked(table["rows"], table) if row["run"] in measured]
    table["pairs"] = compare_rows(measured, [row["run"] for row in rows], table["columns"], how)
    # Letters tell rows apart that are each compared with each.
    runs = [row["run"] for row in rows[:ALL_COMPARED] if lead in row["values"] and not row["unranked"]]
    letters = letters_of(runs, table["pairs"], lead)
    for row in table["rows"]:
        if row["run"] in measured:
            row["letters"] = letters.get(row["run"], "")


def _ranked(rows: Sequence[Json], table: Json) -> list[Json]:
    lead = table["lead"]
    return ranked(
        rows,
        lead,
        lead in table["lower"],
        lambda row: row["values"],
        lambda row: row["model"],
        lambda row: bool(row["unranked"]),
    )


def _run_record(row: OwnRow, checked: bool) -> Json:
    result = row.result
    return {
        "name": row.name,
        "status": row.status,
        "scored_again": checked,
        **row.submission.model_dump(exclude_defaults=True),
        "adapter": result["adapter"],
        "dataset": result["dataset"],
        "split": result["split"],
        "protocol": result["protocol"],
        "predictions_sha256": result["predictions_sha256"],
        "versions": result["versions"],
        "tasks": {task: _task_record(entry) for task, entry in board_tasks(result).items()},
    }


def _task_record(entry: Json) -> Json:
    keys = ("items", "pairs", "unparsed", "metrics", "absent", "unparsed_reasons", *INTERVAL_KEYS)
    return {key: entry[key] for key in keys if key in entry}
