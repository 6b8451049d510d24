"""Rows of predictions on disk, and joined with their gold again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rsica_bench.files.row_fields import reply_of
from rsica_bench.files.row_files import each_row
from rsica_bench.files.row_keys import Key, appears_twice, key_of
from rsica_bench.files.row_store import RowStore
from rsica_bench.items import Job, make_job, read_reply
from rsica_bench.models.api import Reply
from rsica_bench.scoring.api import PairFacts, ScoredItem
from rsica_data.core.errors import UserError
from rsica_data.core.files import atomic_path
from rsica_data.dataset.reader import BuiltDataset, pair_of
from rsica_data.schema import FactRules, Unparsed, view_facts
from rsica_data.schema.arrow import StoredPair

PREDICTIONS = "predictions.jsonl"
JOURNAL = "predictions.partial.jsonl"


def write_predictions(path: Path, rows: RowStore) -> None:
    """Write rows sorted by instruction and turn."""
    with atomic_path(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(line + "\n" for line in rows.lines_in_order())


def read_predictions(path: Path) -> RowStore:
    """Rows of a predictions file by (instruction id, turn). ``reply`` and ``text`` serve for ``raw`` too.

    Raises:
        UserError: no such file, a line that is not such a row or holds no reply, or a row that appears twice.
    """
    if not path.is_file():
        raise UserError("no such predictions file", file=path)
    rows = RowStore()
    for row in each_row(path):
        key = key_of(row)
        if not rows.add(key, row.fields | {"raw": reply_of(row)}):
            raise appears_twice(row, key)
    return rows


def scored_items(
    dataset: BuiltDataset,
    split: str,
    tasks: Sequence[str] | None,
    rows: Mapping[Key, Mapping[str, Any]],
    only: frozenset[str] | None = None,
) -> Iterator[tuple[str, ScoredItem]]:
    """(task of the instruction, item) for every assistant turn of a split, read afresh from the raw replies.

    A turn without a row counts as unparsed. ``only`` restricts to some instructions (a limited run): shards behind the
    last of them are not read, nor are the pairs of those that have none.
    """
    left = None if only is None else len(only)
    for shard in dataset.shards(split):
        if left == 0:
            return
        pairs: dict[str, StoredPair] = {}
        known: dict[str, PairFacts] = {}
        for item in dataset.shard_instructions(shard, tasks):
            if only is not None and left is not None:
                if item.instruction_id not in only:
                    continue
                left -= 1
            if not pairs:
                pairs = {pair.pair_id: pair for pair in dataset.shard_pairs(shard, images=False)}
                known = {name: _facts(pair, dataset.rules) for name, pair in pairs.items()}
            job = make_job(item, pair_of(item, pairs))
            for turn in range(len(job.golds)):
                row = rows.get((item.instruction_id, turn))
                yield item.task, _item(job, turn, row, known[item.pair_id])


def _item(job: Job, turn: int, row: Mapping[str, Any] | None, facts: PairFacts) -> ScoredItem:
    raw = None if row is None else row.get("raw")
    why = "no row in the predictions" if row is None else str(row.get("reason") or "no reply")
    reply = Reply(raw, None if raw is not None else why.removeprefix("no reply: "))
    gold = job.golds[turn]
    prompt = str((row or {}).get("prompt") or job.item.turns[2 * turn].content)
    parsed = read_reply(reply, gold, job.classes, prompt)
    gold_text = job.item.turns[2 * turn + 1].content
    return ScoredItem(
        instruction_id=job.item.instruction_id,
        turn=turn,
        pair=facts,
        gold=gold,
        prompt=prompt,
        raw=raw,
        answer=None if isinstance(parsed, Unparsed) else parsed,
        reason=parsed.reason if isinstance(parsed, Unparsed) else None,
        classes=job.classes,
        references=job.item.references if len(job.golds) == 1 else (gold_text,),
    )


def _facts(pair: StoredPair, rules: FactRules) -> PairFacts:
    view = None if pair.facts is None else view_facts(pair.facts, rules, pair.changed)
    return PairFacts(
        pair_id=pair.pair_id,
        source=pair.source,
        split=pair.split,
        changed=pair.changed,
        view=view,
        captions=pair.captions,
        before_date=pair.before_date,
        after_date=pair.after_date,
    )
