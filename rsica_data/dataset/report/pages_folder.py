"""A folder of pages for datasets of any size: an index of all pairs, a script file a pair, texts for the search.

The pages work from disk: everything comes by script elements, nothing is fetched. The files of pairs are written once
and kept as long as the dataset is the same, so that a second call is quick; index.html comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import as_failure, dump_json, is_leftover, remove_partial, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.web_pages import data_script
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.dataset.report.content import head_data, page_html, pair_data
from rsica_data.schema import Instruction, view_facts
from rsica_data.schema.arrow import StoredPair

_TEXTS = 1000  # pairs of one file of texts
_THUMBNAIL = 384  # longest side of images, in pixels
_MARK = "report.json"
_FORM = 2  # of the files of pairs: those of an earlier release are written again


@dataclass
class _Index:
    """Columns over all pairs, as the page's script reads them."""

    splits: list[str]
    tasks: list[str]
    classes: list[str]
    names: list[str] = field(default_factory=list)
    split: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    bits: list[int] = field(default_factory=list)
    counts: list[list[int]] = field(default_factory=list)

    def add(self, pair: StoredPair, counts: list[int], tasks: set[str]) -> None:
        self.names.append(pair.pair_id)
        self.split.append(self.splits.index(pair.split))
        self.changed.append(2 if pair.changed is None else int(pair.changed))
        self.bits.append(sum(1 << self.tasks.index(task) for task in tasks))
        self.counts.append(counts)


def write_folder(
    dataset: BuiltDataset,
    out: Path,
    *,
    split: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Write the pages of all pairs.

    Args:
        dataset: a built dataset.
        out: folder to write; pages of another dataset there are replaced.
        split: only pairs of this split.
        progress: called with (pairs done, in all).

    Returns:
        ``{"pairs": number shown, "kept": pairs whose files were there already}``.

    Raises:
        UserError: no such split, the dataset is damaged, or the folder holds something else or is in use.
        RunError: a file cannot be written.
    """
    dataset.shards(split)  # says so where there is no such split, before anything is written
    with locked_folder(out, "rsica-data preview", key="--html"):
        dataset.check_files()
        return _write_folder(dataset, out, split, progress)


def _write_folder(
    dataset: BuiltDataset, out: Path, split: str | None, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    kept_pairs = _prepare(out, dataset, split)
    tasks = sorted(
        {task for task_counts in dataset.manifest["counts"]["instructions"].values() for task in task_counts}
    )
    index = _Index(list(dataset.splits), tasks, list(dataset.manifest["change_classes"]))
    counts = dataset.manifest["counts"]["pairs"]
    total = sum(counts.values()) if split is None else counts[split]
    texts: list[str] = []
    for pair, items in _pairs(dataset, split):
        number = len(index.names)
        if number >= kept_pairs:
            _write_pair(out, number, dataset, pair, items)
        index.add(pair, _counts(dataset, pair, index.classes), {item.task for item in items})
        texts.append(_text(pair, items))
        if len(texts) == _TEXTS:
            _write_texts(out, number // _TEXTS, texts)
            texts = []
            _note(out, dataset, split, number + 1)
        progress(number + 1, total)
    if not index.names:
        raise UserError("has no pairs", file=dataset.root)
    if texts:
        _write_texts(out, (len(index.names) - 1) // _TEXTS, texts)
    head = head_data(dataset) | {"pairs": len(index.names)}
    write_atomic(out / "data" / "head.js", data_script("head", head))
    write_atomic(out / "data" / "index.js", data_script("index", vars(index)))
    write_atomic(out / "index.html", page_html("folder", '<script src="data/head.js"></script>'))
    _note(out, dataset, split, len(index.names))
    return {"pairs": len(index.names), "kept": min(kept_pairs, len(index.names))}


def _prepare(out: Path, dataset: BuiltDataset, split: str | None) -> int:
    """How many pairs' files of the same dataset the folder holds already."""
    mark = out / _MARK
    remove_partial(out)
    if mark.is_file():
        stored_mark = read_json_object(mark, "the mark of a report")
        whole = _whole(dataset, split)
        pairs = stored_mark.get("pairs")
        if isinstance(pairs, int) and {**stored_mark, **whole} == stored_mark:
            return pairs
        mark.unlink()
    elif any(not is_leftover(path) for path in out.iterdir()):
        raise UserError("holds something else than a report", file=out, key="--html", hint="give a new folder")
    _note(out, dataset, split, 0)
    return 0


def _note(out: Path, dataset: BuiltDataset, split: str | None, pairs: int) -> None:
    write_atomic(out / _MARK, dump_json(_whole(dataset, split) | {"pairs": pairs}) + "\n")


def _whole(dataset: BuiltDataset, split: str | None) -> dict[str, Any]:
    """What the files of pairs depend on."""
    return {"form": _FORM, "sha256": dataset.hash, "split": split, "thumbnail": _THUMBNAIL}


def _pairs(dataset: BuiltDataset, split: str | None) -> Iterator[tuple[StoredPair, list[Instruction]]]:
    for shard in dataset.shards(split):
        asked: dict[str, list[Instruction]] = {}
        for item in dataset.shard_instructions(shard):
            asked.setdefault(item.pair_id, []).append(item)
        for pair in dataset.shard_pairs(shard):
            yield pair, asked.get(pair.pair_id, [])


def _write_pair(out: Path, number: int, dataset: BuiltDataset, pair: StoredPair, items: list[Instruction]) -> None:
    path = out / "data" / "pairs" / f"{number // 1000:04d}" / f"{number:07d}.js"
    text = data_script(f"pair:{number}", pair_data(dataset, pair, items, _THUMBNAIL))
    try:
        # One of up to 100,000 files: not synced, since `report.json` says which are sure to be there.
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise as_failure(error, path) from None


def _write_texts(out: Path, part: int, texts: list[str]) -> None:
    path = out / "data" / "texts" / f"{part:04d}.js"
    write_atomic(path, data_script(f"texts:{part}", texts))


def _text(pair: StoredPair, items: list[Instruction]) -> str:
    """All that the search looks through, in lower case."""
    spoken = [word for item in items for word in (item.kind, *(turn.content for turn in item.turns))]
    return "\n".join(dict.fromkeys([*pair.captions, *spoken])).lower()


def _counts(dataset: BuiltDataset, pair: StoredPair, classes: list[str]) -> list[int]:
    if pair.facts is None:
        return []
    view = view_facts(pair.facts, dataset.rules, pair.changed)
    return [view.counts.get(name, 0) for name in classes]
