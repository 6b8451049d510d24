"""A file of captions, against references of a file of the set or in the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rsica_bench.benchmarks.benchmark_files import Benchmark
from rsica_bench.files.row_fields import field_of, reply_of
from rsica_bench.files.row_files import read_rows
from rsica_bench.leaderboard.importing.scored import Scored, entry_of, item_of
from rsica_bench.metrics.caption_files import References, read_hypotheses, read_references
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.metrics.word_map import derive_word_map
from rsica_bench.protocols import find_protocol
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.schema.caption_text import has_words

TASK = "captioning"


def score_caption_file(
    benchmark: Benchmark,
    predictions: Path,
    references: Path | Sequence[str],
    how: Resampling,
    *,
    word_map: Mapping[str, int] | None = None,
    field: str | None = None,
    id_field: str | None = None,
    caption: str | None = None,
) -> Scored:
    """Score captions by the caption protocol of a benchmark, or by another one.

    Args:
        benchmark: the benchmark.
        predictions: text with a line an item, JSON, or rows.
        references: a file of references (LevirCCcaptions.json, COCO captions, rows), or the fields of the rows of
            ``predictions`` that hold them.
        how: bootstrap over pairs.
        word_map: word map of ``levir-cc``; None derives it from the references' file, which then has to be whole.
        field: field of the rows that holds the caption.
        id_field: field that holds the item's id; ``order`` takes rows in order.
        caption: caption protocol in place of the benchmark's.

    Raises:
        UserError: items are missing or unknown, a row without caption, or no word map where one is needed.
    """
    protocol = find_protocol(benchmark.section.protocol)
    if caption is not None:
        registry.load(registry.METRICS, caption)
        protocol = replace(protocol, caption=caption)
    if isinstance(references, Path):
        meant = _references(references, benchmark.section.split)
        hypotheses = read_hypotheses(predictions, meant, field, id_field)
    else:
        meant, hypotheses = _from_rows(predictions, references, field)
    if protocol.caption == "levir-cc":
        if word_map is None and not isinstance(references, Path):
            problem = "references in the rows give no word map of the whole set"
            raise UserError(problem, key="--word-map", hint="give the word map of the set")
        protocol = replace(protocol, word_map=word_map or derive_word_map(meant.corpus))
    items = [
        item_of(TASK, name, {"captions": texts}, {"text": text}, changed=meant.flags.get(name), raw=text)
        for (name, texts), text in zip(meant.by_id.items(), hypotheses, strict=True)
    ]
    return Scored(TASK, protocol.caption, entry_of(TASK, items, protocol, how), TASK)


def _references(path: Path, split: str) -> References:
    """References of the split, where the file has splits; else all."""
    try:
        return read_references(path, split)
    except UserError as error:
        if "split" not in error.message:
            raise
    return read_references(path)


def _from_rows(path: Path, fields: Sequence[str], field: str | None) -> tuple[References, list[str]]:
    by_id: dict[str, list[str]] = {}
    hypotheses: list[str] = []
    for row in read_rows(path):
        texts = [str(field_of(row, name, "--references-in ")) for name in fields]
        by_id[f"row {row.number}"] = [text for text in texts if has_words(text)]
        if not by_id[f"row {row.number}"]:
            raise row.mistake("has no reference with words")
        hypotheses.append(reply_of(row, field, "--field ") or "")
    return References(by_id), hypotheses
