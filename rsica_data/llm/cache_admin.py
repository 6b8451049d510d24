"""A cache folder from outside: what is in it, and making it smaller."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import write_atomic
from rsica_data.llm.store import KINDS, read_rows
from rsica_data.llm.types import Json, cost_text

_DAY = 86400


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted((folder / kind).glob("*.jsonl"))


def _require(folder: Path) -> None:
    if not (folder / "raw").is_dir():
        raise UserError(f"{folder}: not a cache of answers", hint="the folder given as cache_dir")


def stats(folder: Path) -> Json:
    """What is in a cache: answers, tokens and cost by model, what was sent without an answer, bytes on disk.

    Raises:
        UserError: the folder is no cache.
    """
    _require(folder)
    models: dict[str, dict[str, Any]] = {}
    raw: set[tuple[str, int]] = set()
    for row in _rows(folder, "raw"):
        raw.add((row["key"], row["n"]))
        totals = models.setdefault(
            row["model"], {"answers": 0, "input": 0, "output": 0, "cached": 0, "cost": Decimal(0)}
        )
        totals["answers"] += 1
        for name in ("input", "output", "cached"):
            totals[name] += row["usage"][name]
        known = totals["cost"] is not None and row["cost"] is not None
        totals["cost"] = totals["cost"] + Decimal(row["cost"]) if known else None
    parsed = {row["key"]: "error" in row for row in _rows(folder, "parsed")}
    sent = {(row["key"], row["n"]) for row in _rows(folder, "sent")}
    return {
        "questions": len({key for key, _ in raw}),
        "answers": len(raw),
        "settled": len(parsed),
        "failed": sum(parsed.values()),
        "unanswered": len(sent - raw),
        "models": {
            name: {
                "answers": totals["answers"],
                "input_tokens": totals["input"],
                "output_tokens": totals["output"],
                "cached_tokens": totals["cached"],
                "cost": cost_text(totals["cost"]),
            }
            for name, totals in sorted(models.items())
        },
        "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    }


def _rows(folder: Path, kind: str) -> Iterator[Json]:
    return (row for path in _files(folder, kind) for row, _ in read_rows(path))


def prune(folder: Path, *, failed: bool = False, model: str | None = None, older_days: float | None = None) -> Json:
    """Drop questions, all their answers with them, and give back what is superfluous.

    With no choice made only superfluous rows go: records of sending. Each file is replaced whole, so a kill leaves
    some files pruned and the others as they were.

    Args:
        folder: the cache.
        failed: drop questions that were settled without a usable answer; the next run asks them again.
        model: drop questions that this model answered.
        older_days: drop questions whose last answer is older than this.

    Returns:
        ``{"questions": dropped, "bytes": freed}``.

    Raises:
        UserError: the folder is no cache, or a client has it open.
    """
    _require(folder)
    with _alone(folder):
        before = stats(folder)
        dropped = _chosen(folder, failed, model, older_days)
        for kind in KINDS:
            for path in _files(folder, kind):
                _rewrite(path, lambda row, kind=kind: kind != "sent" and row["key"] not in dropped)  # type: ignore[misc]
        after = stats(folder)
    return {"questions": len(dropped), "bytes": before["bytes"] - after["bytes"]}


def _chosen(folder: Path, failed: bool, model: str | None, older_days: float | None) -> set[str]:
    chosen = {row["key"] for row in _rows(folder, "parsed") if failed and "error" in row}
    newest: dict[str, int] = {}
    for row in _rows(folder, "raw"):
        newest[row["key"]] = max(newest.get(row["key"], 0), row["at"])
        if model is not None and row["model"] == model:
            chosen.add(row["key"])
    if older_days is not None:
        limit = time.time() - older_days * _DAY
        chosen |= {key for key, at in newest.items() if at < limit}
    return chosen


def _rewrite(path: Path, keep: Callable[[Json], bool]) -> None:
    write_atomic(path, b"".join(line for row, line in read_rows(path) if keep(row)), lone=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder / "in-use.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UserError(f"{folder}: a client has the cache open", hint="prune it when that has ended") from None
    finally:
        os.close(handle)
