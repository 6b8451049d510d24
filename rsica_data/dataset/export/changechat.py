"""ChangeChat's JSON: the layout of the published eight files (DeltaVLM, arXiv 2507.22346).

``PREFIX_train.json`` holds all training records, ``PREFIX_train_loc.json`` the same records with the localization ones
first; ``PREFIX_test.json`` the captioning test split; ``_test_binary``, ``_test_count``, ``_test_loc``,
``_test_dialog`` and ``_test_open`` the other test splits. Record ids are whole numbers, as in the readme of DeltaVLM's
repository (hanlinwu/DeltaVLM, commit 6c9bd60); that they count the records of a file from 0, and what sets the
published ``train_loc`` apart, is unverified.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from rsica_data.core.errors import UserError
from rsica_data.dataset.export.api import ExporterSpec
from rsica_data.dataset.export.common import ImageOptions, copy_images, flag, marked, rows, shown_paths, write_array
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.records import IMAGE_MARK

_MARK = f"{IMAGE_MARK} "
_SPLITS = ("train", "test")
_ROLES = {"user": "human", "assistant": "gpt"}
_TEST_FILES = {
    "captioning": "",
    "classification": "_binary",
    "counting": "_count",
    "localization": "_loc",
    "dialogue": "_dialog",
    "open_qa": "_open",
}


class ChangeChatOptions(ImageOptions):
    """Options.

    Attributes:
        prefix: of the file names.
        ids: ids of records: their number in the file, or the instruction's id.
    """

    prefix: str = "changechat_105k"
    ids: Literal["number", "instruction"] = "number"


def export(dataset: BuiltDataset, out: Path, options: ChangeChatOptions) -> list[Path]:
    """Write the files that the dataset has splits and tasks for.

    Raises:
        UserError: it has neither of the two splits, or a pair without an image after.
    """
    splits = [split for split in _SPLITS if split in dataset.splits]
    if not splits:
        raise UserError("has no train and no test split, and the format has no other", file=dataset.root)
    written: list[Path] = []
    if "train" in dataset.splits:
        for name in (f"{options.prefix}_train.json", f"{options.prefix}_train_loc.json"):
            write_array(out / name, _train(dataset, out, options, name.endswith("_loc.json")))
            written.append(Path(name))
    if "test" in dataset.splits:
        have = {_file_task(item) for item in dataset.instructions("test")}
        for task, suffix in _TEST_FILES.items():
            if task in have:
                path = Path(f"{options.prefix}_test{suffix}.json")
                write_array(out / path, _test(dataset, out, options, task))
                written.append(path)
    return written + copy_images(dataset, out, options, splits)


def _train(
    dataset: BuiltDataset, out: Path, options: ChangeChatOptions, localization_first: bool
) -> Iterator[dict[str, Any]]:
    """The training records; a record has the same id in both files."""
    for wanted in (True, False) if localization_first else (None,):
        for number, (item, pair) in enumerate(rows(dataset, "train")):
            if wanted is None or (item.task == "localization") is wanted:
                yield record(item, pair, _id(item, number, options), out, options)


def _test(dataset: BuiltDataset, out: Path, options: ChangeChatOptions, task: str) -> Iterator[dict[str, Any]]:
    of_task = ((item, pair) for item, pair in rows(dataset, "test") if _file_task(item) == task)
    for number, (item, pair) in enumerate(of_task):
        if task == "captioning":
            yield caption_record(item, pair, out, options)
        else:
            yield record(item, pair, _id(item, number, options), out, options)


def _id(item: Instruction, number: int, options: ChangeChatOptions) -> int | str:
    return number if options.ids == "number" else item.instruction_id


def _file_task(item: Instruction) -> str:
    """The task whose file holds a row: of questions that were read from such a file, the one that they came from."""
    return item.kind if item.task == "given_qa" else item.task


def record(
    item: Instruction, pair: StoredPair, record_id: int | str, out: Path, options: ChangeChatOptions
) -> dict[str, Any]:
    """A conversation record."""
    return {
        "id": record_id,
        "image": _two_paths(item, pair, out, options),
        "changeflag": flag(item),
        "conversations": [{"from": _ROLES[role], "value": text} for role, text in marked(item, pair, _MARK)],
    }


def caption_record(item: Instruction, pair: StoredPair, out: Path, options: ChangeChatOptions) -> dict[str, Any]:
    """A record of the captioning test split: all references, no conversation."""
    before, after = _two_paths(item, pair, out, options)
    return {
        "image_A": before,
        "image_B": after,
        "captions": list(item.references),
        "changeflag": flag(item),
    }


def _two_paths(item: Instruction, pair: StoredPair, out: Path, options: ChangeChatOptions) -> list[str]:
    paths = shown_paths(item, pair, out, options.paths)
    if len(paths) != 2:
        problem = (
            f"pair {pair.pair_id} has one image" if len(paths) == 1 else f"{item.instruction_id} shows {len(paths)}"
        )
        raise UserError(f"{problem}; this format needs two", hint="llava and sharegpt take any number")
    return paths


EXPORTER = ExporterSpec("changechat", "The JSON files of ChangeChat-105k.", ChangeChatOptions, export)
