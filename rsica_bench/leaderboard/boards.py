"""A board: one folder of `leaderboards/`, for one benchmark.

benchmark.yaml          title, description, citation, datasets whose runs are taken, benchmarks that run by name
published.csv           figures from papers, a row a figure
runs/NAME/              own rows: submission.json, run.json, result.json, predictions.jsonl.gz, masks.jsonl.gz
                        and readings.jsonl.gz where a model read replies
"""

from __future__ import annotations

import gzip
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date as Date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from rsica_bench.benchmarks.benchmark_files import BENCHMARK, read_board_file
from rsica_bench.benchmarks.form import BoardFile, Strict
from rsica_bench.files.run_forms import check_row
from rsica_bench.reading.stored import READINGS, file_name, reading_of
from rsica_data.core.errors import UserError
from rsica_data.core.escaping import bibtex_problem
from rsica_data.core.files import write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.raw import read_bytes, unpacked
from rsica_data.core.validation import WebAddress, check_form

PUBLISHED, RUNS = "published.csv", "runs"
SUBMISSION, PACKED = "submission.json", "predictions.jsonl.gz"
PACKED_READINGS = "readings.jsonl.gz"


def _line(most: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text):
            raise ValueError("holds line breaks or other control characters")
        if len(text) > most:
            raise ValueError(f"has {len(text)} characters, at most {most} are taken")
        return text

    return check


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


def _day(text: str) -> str:
    try:
        same = Date.fromisoformat(text).isoformat() == text
    except ValueError:
        same = False
    if not same:
        raise ValueError(f"{text!r} is not a day (as 2026-03-01)")
    return text


def _entry(text: str) -> str:
    problem = bibtex_problem(text) if text else None
    if problem is not None:
        raise ValueError(problem)
    return text


Name = Annotated[str, AfterValidator(_not_empty), AfterValidator(_line(80))]
Line = Annotated[str, AfterValidator(_line(300))]
Note = Annotated[str, AfterValidator(_line(2000))]
Day = Annotated[str, AfterValidator(_day)]


class Submission(Strict):
    """What a submitter states of a run: whose model, and what it ran on.

    ``cost_usd`` is the cost of the whole run where replies were paid for; ``hours`` the time on ``hardware``.
    """

    model: Name
    url: Annotated[WebAddress | None, BeforeValidator(lambda text: text or None)] = None
    paper: Line = ""
    bibtex: Annotated[str, AfterValidator(_entry)] = ""
    hardware: Line = ""
    hours: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    cost_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    parameters_b: float | None = Field(default=None, ge=0, le=100_000, allow_inf_nan=False)
    note: Note = ""
    date: Day


@dataclass(frozen=True)
class OwnRow:
    """A run on a board."""

    name: str
    folder: Path
    submission: Submission
    result: dict[str, Any]

    @property
    def status(self) -> str:
        """``reproduced`` is our run of the model, ``unpinned`` one of a model without a revision; ``rescored`` its
        predictions under our scorer.
        """
        return str(self.result["status"])


def unpacked_predictions(row: OwnRow) -> bytes:
    """The predictions of a row.

    Raises:
        UserError: they cannot be read, or are damaged.
    """
    path = row.folder / PACKED
    return unpacked(read_bytes(path), path)


def pack_readings(run: Path, result: Mapping[str, Any]) -> dict[str, bytes]:
    """The file of a row with the model's readings that a result was scored with; none where the rules alone read."""
    reading = reading_of(run, result)
    if reading is None:
        return {}
    path = run / READINGS / f"{file_name(reading.model)}.jsonl"
    return {PACKED_READINGS: gzip.compress(read_bytes(path) if path.is_file() else b"", mtime=0)}


def unpack_readings(row: OwnRow, run: Path) -> None:
    """Put the model's readings of a row into a run folder, where it has any."""
    path, reading = row.folder / PACKED_READINGS, row.result.get("reading")
    if reading is not None and reading.get("model") and path.is_file():
        write_atomic(run / READINGS / f"{file_name(reading['model'])}.jsonl", unpacked(read_bytes(path), path))


@dataclass(frozen=True)
class Board:
    """A benchmark's folder."""

    name: str
    folder: Path
    file: BoardFile

    @property
    def published(self) -> Path:
        """Figures from papers; the file may be missing."""
        return self.folder / PUBLISHED

    def printed(self, benchmark: Mapping[str, Any] | None, split: str) -> list[str]:
        """What papers call a split, of the benchmark that a run states, else of the board's datasets.

        A table of a part of the split has another name than the split, and none in papers.
        """
        section = self.file.benchmarks.get(str((benchmark or {}).get("name")))
        if section is None:
            return self.file.splits.get(split, [])
        return list(section.printed) if split == section.split else []

    def rows(self) -> Iterator[OwnRow]:
        """Own rows, by name.

        Raises:
            UserError: a row's files cannot be read.
        """
        for folder in sorted((self.folder / RUNS).glob("*/")):
            if folder.name.startswith("."):  # a row that was being added when its process was killed
                continue
            result = read_json_object(folder / "result.json", "the result of a run")
            check_row(result, folder / "result.json")
            submission = read_json_object(folder / SUBMISSION, "a submission", own=False)
            stated = check_form(Submission, submission, folder / SUBMISSION)
            yield OwnRow(folder.name, folder, stated, result)


def open_boards(root: Path) -> list[Board]:
    """Every board below ``root``; ``root`` itself where it is one.

    Raises:
        UserError: no such folder, no board in it, or mistakes in a benchmark.yaml.
    """
    if not root.is_dir():
        raise UserError("no such folder", file=root)
    folders = [root] if (root / BENCHMARK).is_file() else sorted(path.parent for path in root.glob(f"*/{BENCHMARK}"))
    if not folders:
        raise UserError("holds no board", file=root, hint=f"a board is a folder with a {BENCHMARK}")
    return [open_board(folder) for folder in folders]


def open_board(folder: Path) -> Board:
    """The board in a folder.

    Raises:
        UserError: no benchmark.yaml, or mistakes in it.
    """
    path = folder / BENCHMARK
    if not path.is_file():
        raise UserError(f"is no board: it has no {BENCHMARK}", file=folder)
    return Board(folder.resolve().name, folder, read_board_file(path))
