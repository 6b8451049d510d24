"""Adding a run to a board, and checking again what is on it."""

from __future__ import annotations

import gzip
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date as Day
from datetime import timedelta
from pathlib import Path
from typing import Any

from rsica_bench.files.run_forms import check_settings
from rsica_bench.leaderboard.board_datasets import check_dataset, takes_dataset
from rsica_bench.leaderboard.boards import (
    PACKED,
    RUNS,
    SUBMISSION,
    Board,
    OwnRow,
    Submission,
    open_board,
    pack_readings,
    unpack_readings,
    unpacked_predictions,
)
from rsica_bench.leaderboard.checks import NotCheckableError, check_run
from rsica_bench.leaderboard.mask_rows import PACKED_MASKS, pack_masks, unpack_masks
from rsica_bench.run.predictions import PREDICTIONS
from rsica_bench.run.result import RESULT, SETTINGS, open_run, settings_of
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, sha256_file, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.raw import read_bytes
from rsica_data.dataset.reader import BuiltDataset

_PARTIAL = ".submit-"


def submit(
    run: Path, board: Path, stated: Submission, data: Path | None = None, word_map: Mapping[str, int] | None = None
) -> Path:
    """Check a run and add it to a board; the new folder.

    Args:
        run: run folder.
        board: the board's folder.
        stated: what the submitter says of it.
        data: the dataset; None for the folder that the run was made from.
        word_map: word map of protocols that have one.

    Raises:
        UserError: the run is not what it says, the board does not take its dataset, or has a row of this name.
    """
    opened = open_board(board)
    if Day.fromisoformat(stated.date) > Day.today() + timedelta(days=1):
        raise UserError(f"{stated.date} is in the future", key="--date", hint="the day of the run")
    settings_of(run)
    check_settings(read_json_object(run / SETTINGS, "the settings of a run"), run / SETTINGS)
    settings, dataset = open_run(run, data)
    check_dataset(opened, settings, dataset)
    result = read_json_object(run / RESULT, "the result of a run")
    check_run(run, result, dataset, word_map)
    target = board / RUNS / slug(stated.model, result["protocol"]["name"], *_read_by(result))
    files = {SETTINGS: read_bytes(run / SETTINGS), RESULT: dump_json_pretty(result).encode("utf-8")}
    if "masks" in result:
        files[PACKED_MASKS] = pack_masks(run)
    files |= pack_readings(run, result)
    files[PACKED] = gzip.compress(read_bytes(run / PREDICTIONS), mtime=0)
    files[SUBMISSION] = dump_json_pretty(stated.model_dump(exclude_defaults=True)).encode("utf-8")
    with locked_folder(target.parent, "rsica-bench leaderboard submit"):
        for left in target.parent.glob(f"{_PARTIAL}*"):
            shutil.rmtree(left, ignore_errors=True)
        _refuse_double(opened, target, str(result["predictions_sha256"]), result.get("reading"))
        _write_row(target, files)
    return target


def _read_by(result: Mapping[str, Any]) -> tuple[str, ...]:
    reading = result.get("reading")
    return () if reading is None else (slug(reading["name"]),)


def _write_row(target: Path, files: Mapping[str, bytes]) -> None:
    """Write a row's folder, which appears whole or not at all."""
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=target.parent))
    try:
        for name, data in files.items():
            write_atomic(partial / name, data)
        partial.chmod(0o755)
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def slug(model: str, *more: str) -> str:
    """A name for a row's files: letters and digits of the model's name, and what else tells the row.

    Raises:
        UserError: the model's name has neither.
    """
    name = re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")
    if not name:
        raise UserError("needs letters or digits", key="--name")
    return "--".join((name, *more))


def _refuse_double(board: Board, target: Path, predictions: str, reading: Mapping[str, Any] | None) -> None:
    if target.exists():
        raise UserError("the board has a row of this name and protocol", file=target, key="--name")
    for row in board.rows():
        if row.result["predictions_sha256"] == predictions and row.result.get("reading") == reading:
            raise UserError(f"the same predictions are on the board as '{row.submission.model}'", file=row.folder)


@dataclass(frozen=True)
class VerifyResult:
    """What checking a row again found. ``ok`` is None where it could not be scored: ``reason`` says why."""

    board: str
    row: str
    ok: bool | None
    reason: str = ""


def verify(
    boards: Sequence[Board], datasets: Mapping[str, BuiltDataset], word_map: Mapping[str, int] | None
) -> list[VerifyResult]:
    """Score every own row again from its predictions.

    Args:
        boards: boards to check.
        datasets: datasets at hand, by hash.
        word_map: word map of protocols that have one.
    """
    return [_verdict(board, row, datasets, word_map) for board in boards for row in board.rows()]


def _verdict(
    board: Board, row: OwnRow, datasets: Mapping[str, BuiltDataset], word_map: Mapping[str, int] | None
) -> VerifyResult:
    wanted = row.result["dataset"]
    if not takes_dataset(board, row.result):
        return VerifyResult(board.name, row.name, False, "its dataset is not one of the board's")
    dataset = datasets.get(wanted["sha256"])
    if dataset is None:
        return VerifyResult(board.name, row.name, None, f"dataset '{wanted['name']}' not given")
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        try:
            (run / PREDICTIONS).write_bytes(unpacked_predictions(row))
            (run / SETTINGS).write_bytes(read_bytes(row.folder / SETTINGS))
            if "masks" in row.result:
                unpack_masks(row.folder / PACKED_MASKS, run)
            unpack_readings(row, run)
            check_dataset(board, row.result, dataset)
            check_run(run, row.result, dataset, word_map)
        except NotCheckableError as error:
            return VerifyResult(board.name, row.name, None, f"{error.message} ({error.hint})")
        except UserError as error:
            # The folder is a passing one: the file's own name tells more.
            name = Path(error.file).name if error.file is not None else None
            line = error.message if name is None else f"{name}: {error.message}"
            return VerifyResult(board.name, row.name, False, line)
    return VerifyResult(board.name, row.name, True, f"equal; predictions {sha256_file(row.folder / PACKED)[:12]}")
