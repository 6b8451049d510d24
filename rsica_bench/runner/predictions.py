"""Rows of predictions on disk, and joined with their gold again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rsica_bench.contracts import Reply, ScoredItem
from rsica_bench.runner.answering import make_job, read_reply
from rsica_data.errors import UserError
from rsica_data.journal import dump_json, write_atomic
from rsica_data.reader import BuiltDataset, read_instructions, read_pairs
from rsica_data.schema import Unparsed

PREDICTIONS = "predictions.jsonl"
Key = tuple[str, int]


def write_predictions(path: Path, rows: Mapping[Key, dict[str, Any]]) -> None:
    """Write rows sorted by instruction and turn."""
    write_atomic(path, "".join(dump_json(rows[key]) + "\n" for key in sorted(rows)))


def read_predictions(path: Path) -> dict[Key, dict[str, Any]]:
    """Rows of a predictions file by (instruction id, turn). ``reply`` and ``text`` serve for ``raw`` too.

    Raises:
        UserError: no such file, a line that is not such a row, or a row that stands twice.
    """
    if not path.is_file():
        raise UserError("no such predictions file", file=path)
    rows: dict[Key, dict[str, Any]] = {}
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                key = (str(row["instruction_id"]), int(row.get("turn", 0)))
                raw = next((row[name] for name in ("raw", "reply", "text") if name in row), None)
            except (ValueError, KeyError, TypeError, AttributeError):
                hint = 'a row is {"instruction_id": .., "turn": 0, "raw": "the reply"}'
                raise UserError("not a row of predictions", file=path, line=number, hint=hint) from None
            if key in rows:
                raise UserError(f"instruction '{key[0]}' turn {key[1]} stands twice", file=path, line=number)
            rows[key] = row | {"raw": raw if raw is None or isinstance(raw, str) else dump_json(raw)}
    return rows


def scored_items(
    dataset: BuiltDataset,
    split: str,
    tasks: Sequence[str] | None,
    rows: Mapping[Key, Mapping[str, Any]],
    only: frozenset[str] | None = None,
) -> Iterator[tuple[str, ScoredItem]]:
    """(task of the instruction, item) for every assistant turn of a split, read afresh from the raw replies.

    A turn without a row counts as unparsed. ``only`` restricts to some instructions (a limited run).
    """
    for shard in dataset.shards(split):
        pairs = {pair.pair_id: pair for pair in read_pairs(shard.pairs, images=False)}
        for item in read_instructions(shard.instructions, tasks):
            if only is not None and item.instruction_id not in only:
                continue
            job = make_job(item, pairs[item.pair_id])
            for turn, gold in enumerate(job.golds):
                row = rows.get((item.instruction_id, turn))
                raw = None if row is None else row.get("raw")
                why = "no row in the predictions" if row is None else str(row.get("reason") or "no reply")
                reply = Reply(raw, None if raw is not None else why.removeprefix("no reply: "))
                parsed = read_reply(reply, gold, job.classes)
                yield (
                    item.task,
                    ScoredItem(
                        instruction_id=item.instruction_id,
                        pair_id=item.pair_id,
                        turn=turn,
                        gold=gold,
                        answer=None if isinstance(parsed, Unparsed) else parsed,
                        reason=parsed.reason if isinstance(parsed, Unparsed) else None,
                        classes=job.classes,
                        changed=item.changed,
                    ),
                )
