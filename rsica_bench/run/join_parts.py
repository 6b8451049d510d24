"""The parts of a run put together: their answers become those of one run, which is then scored as any other.

Predictions and result are byte for byte those of a run that was never cut: rows are sorted by instruction and turn, and
scored from what is on disk.
"""

from __future__ import annotations

import os
from collections.abc import Container
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from rsica_bench.files.row_keys import Key
from rsica_bench.files.row_store import RowStore
from rsica_bench.files.run_forms import read_result
from rsica_bench.metrics.word_map import load_word_map
from rsica_bench.run.mask_scores import MASKS
from rsica_bench.run.predictions import JOURNAL, PREDICTIONS, write_predictions
from rsica_bench.run.result import MODEL, RESULT, RUN_INFO, SETTINGS, dataset_of, protocol_in
from rsica_bench.run.run_options import check_folder
from rsica_bench.run.run_plan import plan_units
from rsica_bench.run.whole_run import FAILED, finish, journalled, keep_description, list_failed
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, remove_partial, write_atomic
from rsica_data.core.journal import Journal
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.parts import part_folders, parts_folder, remove_parts
from rsica_data.core.remote import shown
from rsica_data.dataset.reader import BuiltDataset

_APPENDED = 1024


def merge(out: Path, data: Path | None = None, word_map: Path | None = None) -> dict[str, Any]:
    """Put the parts of a run together and score it; the result's content, also of a run that was merged before.

    Args:
        out: run folder, as the parts were given it.
        data: the dataset; None for the folder that the parts were made from.
        word_map: word map of the levir-cc captions, where the parts were given one.

    Raises:
        UserError: parts are missing, not finished, at work, of different runs, or the dataset is another one.
    """
    if (out / RESULT).is_file() and not parts_folder(out).exists():
        with locked_folder(out, "rsica-bench merge", key="OUT"):
            remove_parts(out)
        return read_result(out / RESULT)
    folders = part_folders(out)
    settings = _settings(folders)
    dataset = dataset_of(folders[0], settings, data)
    protocol = protocol_in(settings)
    if word_map is not None:
        protocol = replace(protocol, word_map=load_word_map(word_map))
    for folder in folders:
        with locked_folder(folder, "rsica-bench merge"):
            continue  # no process is at work on it, asking again what failed, say
    with locked_folder(out, "rsica-bench merge", key="OUT"):
        check_folder(out, settings)
        remove_partial(out)
        _write_answers(out, folders, settings, dataset)
        result = finish(dataset, out, protocol)
        remove_parts(out)
    return result


def _write_answers(out: Path, folders: list[Path], settings: dict[str, Any], dataset: BuiltDataset) -> None:
    """Write all of the run but its scores."""
    rows = RowStore()
    journalled((folder / JOURNAL for folder in folders), rows)
    _check_whole(dataset, settings, rows, out)
    write_atomic(out / SETTINGS, dump_json_pretty(settings))
    (out / JOURNAL).unlink(missing_ok=True)
    with Journal(out / JOURNAL) as journal:
        kept = (row for _, row in rows.items())
        while batch := list(islice(kept, _APPENDED)):
            journal.append(*batch)
    for folder in folders:
        _take_files(folder, out)
    infos = [read_json_object(folder / RUN_INFO, "the record of a run") for folder in folders]
    info = {"data": shown(dataset.place), "batch_size": infos[0]["batch_size"], "parts": infos}
    write_predictions(out / PREDICTIONS, rows)
    list_failed(out / FAILED, rows)
    write_atomic(out / RUN_INFO, dump_json_pretty(info))


def _settings(folders: list[Path]) -> dict[str, Any]:
    """The settings that all parts were made with."""
    unfinished = [folder for folder in folders if not (folder / RUN_INFO).is_file()]
    if unfinished:
        problem = f"{len(unfinished)} of {len(folders)} parts are not finished, the first this one"
        raise UserError(problem, file=unfinished[0], hint="run them again: they resume where they were stopped")
    first, *others = [read_json_object(folder / SETTINGS, "the settings of a run") for folder in folders]
    for folder, other in zip(folders[1:], others, strict=True):
        differing = [key for key in (first | other) if first.get(key) != other.get(key)]
        if differing:
            problem = f"is a part of a run with other settings ({', '.join(differing)})"
            raise UserError(problem, file=folder, hint="delete it, and run it with the options of the others")
    return first


def _check_whole(dataset: BuiltDataset, settings: dict[str, Any], rows: Container[Key], out: Path) -> None:
    units = plan_units(dataset, settings["split"], settings["tasks"], settings["limit"], 1024)
    missing = [key for unit in units for key in unit.keys if key not in rows]
    if missing:
        problem = f"{len(missing)} turns are in no part, the first {missing[0][0]}, turn {missing[0][1]}"
        raise UserError(problem, file=parts_folder(out), hint="give all parts one --batch-size, and run them again")


def _take_files(folder: Path, out: Path) -> None:
    """The description of the model, and predicted masks."""
    if (folder / MODEL).is_file():
        keep_description(out / MODEL, read_json_object(folder / MODEL, "what an adapter said of itself"))
    for path in sorted((folder / MASKS).rglob("*.png")):
        target = out / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, target)  # noqa: PTH105 - its error has both names
