"""A file of counts, against change flags: counts that are all zero say that nothing changed.

Whether the counts are right needs the masks of the set; a run of the benchmark with the adapter ``replay`` tells that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rsica_bench.files.row_fields import field_of, field_of_ids
from rsica_bench.files.row_files import FileRow, read_rows
from rsica_bench.leaderboard.importing.scored import Scored, entry_of, item_of
from rsica_bench.metrics.caption_files import read_references
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.protocols import BenchProtocol
from rsica_data.core.errors import UserError

TASK = "classification"
PROTOCOL = "count-derived"


def score_count_file(
    predictions: Path,
    references: Path,
    split: str,
    protocol: BenchProtocol,
    how: Resampling,
    *,
    field: str | None = None,
    id_field: str | None = None,
) -> Scored:
    """Score whether counts say that anything changed.

    Args:
        predictions: rows with counts by class, ``{"image_id": .., "answer": {"road": 0, "building": 2}}``.
        references: a captions file with change flags.
        split: its split.
        protocol: protocol of the benchmark.
        how: bootstrap over pairs.
        field: field that holds the counts; ``answer`` where left out.
        id_field: field that holds the item's name; found where left out.

    Raises:
        UserError: a row without counts, an item that is unknown or missing, or one without a change flag.
    """
    meant = read_references(references, split)
    answers: dict[str, bool] = {}
    rows = read_rows(predictions)
    known = {name: name for name in meant.by_id} | meant.aliases
    for row in rows:
        name = _name(row, known, id_field or field_of_ids(rows, known) or "image_id")
        if name in answers:
            raise row.mistake(f"'{name}' is counted twice")
        answers[name] = any(_counts(row, field or "answer").values())
    missing = [name for name in meant.by_id if name not in answers]
    flagless = [name for name in meant.by_id if name not in meant.flags]
    for names, what in ((missing, "have no counts"), (flagless, "have no change flag")):
        if names:
            raise UserError(f"{len(names)} items {what}, the first is '{names[0]}'", file=predictions)
    items = [
        item_of(TASK, name, {"changed": meant.flags[name]}, {"changed": answers[name]}, changed=meant.flags[name])
        for name in meant.by_id
    ]
    return Scored(TASK, PROTOCOL, entry_of(TASK, items, protocol, how), TASK)


def _name(row: FileRow, known: Mapping[str, str], field: str) -> str:
    value = field_of(row, field, "--id ")
    first = value[0] if isinstance(value, list) and value else value
    text = str(first).replace("\\", "/").rsplit("/", 1)[-1]
    if text not in known:
        raise row.mistake(f"'{text}' is no item of the references")
    return known[text]


def _counts(row: FileRow, field: str) -> Mapping[str, int]:
    value = field_of(row, field, "--field ")
    if not isinstance(value, dict) or not value or any(type(number) is not int for number in value.values()):
        raise row.mistake("holds no counts by class", '{"road": 0, "building": 2}')
    return value
