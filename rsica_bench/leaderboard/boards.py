"""A board: one folder of `leaderboards/`, for one benchmark.

benchmark.yaml          title, description, citation, datasets whose runs are taken, figures to show first
published.csv           figures from papers, a row a figure
runs/NAME/              own rows: submission.json, run.json, result.json, predictions.jsonl.gz
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from rsica_data.errors import UserError
from rsica_data.validation import validate_model
from rsica_data.yaml_lines import read_user_text

BENCHMARK, PUBLISHED, RUNS = "benchmark.yaml", "published.csv", "runs"
SUBMISSION, PACKED = "submission.json", "predictions.jsonl.gz"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BoardDataset(_Strict):
    """A dataset whose runs a board takes. ``recipe`` names the shipped recipe that rebuilds it without other input."""

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    recipe: str | None = None


class BoardFile(_Strict):
    """The keys of benchmark.yaml. ``splits`` maps a split of the datasets to the names that papers give it."""

    title: str
    description: str = ""
    homepage: str = ""
    citation: str = ""
    licence: str = ""
    datasets: list[BoardDataset] = []
    splits: dict[str, list[str]] = {}


class Submission(_Strict):
    """What a submitter states of a run: whose model, and what it ran on.

    ``cost_usd`` is the cost of the whole run where replies were paid for; ``hours`` the time on ``hardware``.
    """

    model: str = Field(min_length=1, max_length=80)
    url: str = ""
    paper: str = ""
    bibtex: str = ""
    hardware: str = ""
    hours: float | None = Field(default=None, ge=0)
    cost_usd: float | None = Field(default=None, ge=0)
    parameters_b: float | None = Field(default=None, ge=0)
    note: str = ""
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


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

    def rows(self) -> Iterator[OwnRow]:
        """Own rows, by name.

        Raises:
            UserError: a row's files cannot be read.
        """
        for folder in sorted((self.folder / RUNS).glob("*/")):
            result = read_json(folder / "result.json")
            stated = validate_model(Submission, read_json(folder / SUBMISSION), file=folder / SUBMISSION)
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
    try:
        values = yaml.safe_load(read_user_text(path))
    except yaml.YAMLError as error:
        raise UserError(f"not valid YAML: {error}", file=path) from None
    if not isinstance(values, dict):
        raise UserError("is a mapping with the key title", file=path)
    return Board(folder.resolve().name, folder, validate_model(BoardFile, values, file=path))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        UserError: no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError("no such file", file=path) from None
    except ValueError as error:
        raise UserError(f"not JSON: {error}", file=path) from None
    if not isinstance(found, dict):
        raise UserError("holds no JSON object", file=path)
    return found
