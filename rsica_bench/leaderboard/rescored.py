"""Rescored rows: figures of predictions that were published elsewhere, scored here by a benchmark's protocol.

``rescored/NAME.json`` holds the figures of one file of predictions, with its source and hash. The predictions
themselves stay where they are: their terms are those of whoever published them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from rsica_bench.benchmarks.form import Strict
from rsica_bench.files.benchmark_items import incomplete
from rsica_bench.files.run_forms import TaskEntry
from rsica_bench.leaderboard.boards import Board, Day, Line, Name, Note
from rsica_bench.leaderboard.ranking import unread_reason
from rsica_bench.metrics.intervals import INTERVAL_KEYS
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json_pretty, is_leftover, write_atomic
from rsica_data.core.json_text import read_json_object
from rsica_data.core.validation import WebAddress, check_form

RESCORED = "rescored"
_Hash = Field(pattern=r"^[0-9a-f]{64}$")


class _Draws(Strict):
    unit: Literal["pair"] = "pair"
    draws: NonNegativeInt
    seed: NonNegativeInt
    level: float


class RescoredForm(Strict):
    """The keys of a rescored row.

    Attributes:
        form: of this file.
        benchmark: name of the benchmark whose protocol it was scored by.
        system: the system's name as shown.
        source: where the predictions were published.
        note: what else matters.
        date: day of the scoring.
        task, protocol: as tables of the board name them.
        items, published: number of items that were scored, and the published one where it is known.
        entry: figures with intervals, as of a task in a result.
        bootstrap: how the intervals were made.
        predictions_sha256, references_sha256: over the files.
        versions: of the package.
    """

    form: Literal[1] = 1
    benchmark: Name
    system: Name
    source: WebAddress
    note: Note = ""
    date: Day
    task: Name
    protocol: Line
    items: PositiveInt
    published: PositiveInt | None = None
    entry: TaskEntry
    bootstrap: _Draws
    predictions_sha256: str = _Hash
    references_sha256: str = _Hash
    versions: dict[str, str]


@dataclass(frozen=True)
class RescoredRow:
    """A rescored row of a board: its name and the content of its file."""

    name: str
    content: dict[str, Any]

    @property
    def unranked(self) -> str:
        """Why it has no rank; empty where it has one."""
        items, published = self.content["items"], self.content.get("published")
        stated = {"items": {"items": items}, "published": {} if published is None else {"items": published}}
        part = incomplete(stated).get("items")
        return f"items: {part}" if part else unread_reason(self.content["entry"])

    def record(self) -> dict[str, Any]:
        """The row as a table of the site has it."""
        content, entry = self.content, self.content["entry"]
        return {
            "model": content["system"],
            "status": "rescored",
            "privileged": False,
            "items": content["items"],
            "values": entry["metrics"],
            "unranked": self.unranked,
            "source": content["source"],
            "note": "; ".join(filter(None, (content.get("note"), _told(content)))),
            **{key: entry[key] for key in INTERVAL_KEYS if key in entry},
        }


def _told(content: Mapping[str, Any]) -> str:
    items, published = content["items"], content.get("published")
    known = f"{items:,} items" if published is None else f"{items:,} of {published:,} items"
    return f"{known}; predictions {content['predictions_sha256'][:12]}"


def rescored_rows(board: Board) -> Iterator[RescoredRow]:
    """The rescored rows of a board, by name.

    Raises:
        UserError: a file of another form, with the key; or of a benchmark that the board does not have.
    """
    for path in sorted((board.folder / RESCORED).glob("*.json")):
        if is_leftover(path):
            continue
        content = read_json_object(path, "a rescored row", own=False)
        _check_content(board, content, path)
        yield RescoredRow(path.stem, content)


def _check_content(board: Board, content: Mapping[str, Any], path: Path) -> None:
    check_form(RescoredForm, content, path)
    if content["benchmark"] not in board.file.benchmarks:
        known = ", ".join(board.file.benchmarks) or "none"
        problem = f"the board has no benchmark '{content['benchmark']}'"
        raise UserError(problem, file=path, key="benchmark", hint=f"its benchmarks: {known}")


def write_row(board: Board, name: str, content: Mapping[str, Any]) -> Path:
    """Write a rescored row; the file.

    Raises:
        UserError: the content has another form, or is of none of the board's benchmarks; the board has a row of this
            name, or of the same predictions.
    """
    path = board.folder / RESCORED / f"{name}.json"
    _check_content(board, content, path)
    if path.exists():
        raise UserError("the board has a row of this name, task and protocol", file=path, key="--system")
    shared = ("predictions_sha256", "task", "protocol")
    same = next((row for row in rescored_rows(board) if all(row.content[key] == content[key] for key in shared)), None)
    if same is not None:
        raise UserError(f"the same predictions are on the board as '{same.content['system']}'", file=path)
    write_atomic(path, dump_json_pretty(dict(content)), lone=True)
    return path
