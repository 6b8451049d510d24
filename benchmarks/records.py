"""What `check.py` has measured, held against the record, and put on record.

A measurement of a stage is ``{"cpu_s", "ratios", "taken", "memory_mb", "memory_taken"}``, the first three or the last
two of them where only seconds or only memory were taken. ``ratios`` are ``{"ours/bare": spread}``, ``memory_mb`` is
``{"ours": spread}``; ``taken`` says when and of how many pairs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORSE = 1.25
"""Times the value on record from which a value is worse."""
NOISE_MB = 4.0
"""MB by which memory may grow whatever is on record: what allocators take in one run and not in another."""
PEERS = frozenset({"bare"})
"""Ways that are not ours: their memory is on record to compare ours with, and is not held against the record."""

Measurement = Mapping[str, Any]


@dataclass(frozen=True)
class Comparison:
    """What comes of a comparison: lines to print.

    Attributes:
        worse: values that are worse than on record; any of them fails the check.
        not_compared: values that were not held against the record, and why.
    """

    worse: tuple[str, ...]
    not_compared: tuple[str, ...]


def compare(measured: Mapping[str, Measurement], recorded: Mapping[str, Measurement]) -> Comparison:
    """Hold measurements against those on record, by stage.

    A value is worse where even the best of its rounds is more than a quarter above the median on record; memory must
    besides be above it by :data:`NOISE_MB`, and is compared only where as many pairs were measured.

    Example:
        >>> one = {"ratios": {"ours/bare": {"median": 3.2, "least": 3.0, "greatest": 3.4}}}
        >>> compare({"facts": one}, {"facts": {"ratios": {"ours/bare": {"median": 2.0}}}}).worse
        ('facts: ours/bare is 3 to 3.4 times the seconds, on record 2: at least 50 % worse',)
    """
    worse: list[str] = []
    not_compared: list[str] = []
    for stage, now in measured.items():
        before = recorded.get(stage, {})
        for line, is_worse in (*_ratio_lines(now, before), *_memory_lines(now, before)):
            (worse if is_worse else not_compared).append(f"{stage}: {line}")
    return Comparison(tuple(worse), tuple(not_compared))


def _ratio_lines(now: Measurement, before: Measurement) -> Iterator[tuple[str, bool]]:
    for name, value in now.get("ratios", {}).items():
        if name not in before.get("ratios", {}):
            yield f"{name} is not on record", False
            continue
        median = before["ratios"][name]["median"]
        if value["least"] > WORSE * median:
            times = f"{value['least']:.3g} to {value['greatest']:.3g} times the seconds"
            yield f"{name} is {times}, on record {median:.3g}: at least {_percent(value['least'], median)} worse", True


def _memory_lines(now: Measurement, before: Measurement) -> Iterator[tuple[str, bool]]:
    pairs = [one.get("memory_taken", {}).get("pairs") for one in (now, before)]
    for way, value in now.get("memory_mb", {}).items():
        if way in PEERS:
            continue
        if way not in before.get("memory_mb", {}):
            yield f"memory of {way} is not on record", False
            continue
        if pairs[0] != pairs[1]:
            yield f"memory of {way} is of {pairs[0]} pairs, on record of {pairs[1]}: not compared", False
            continue
        median = before["memory_mb"][way]["median"]
        if value["least"] > max(WORSE * median, median + NOISE_MB):
            size = f"{value['least']:.3g} to {value['greatest']:.3g} MB"
            share = f": at least {_percent(value['least'], median)} worse" if median > 0 else ""
            yield f"memory of {way} is {size}, on record {median:.3g} MB{share}", True


def _percent(now: float, before: float) -> str:
    return f"{100 * (now / before - 1):.0f} %"


def read_record(path: Path) -> dict[str, Any]:
    """Measurements on record by stage; none where the file is not there."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["benchmarks"] if path.is_file() else {}
    return content


def write_record(path: Path, whole: Mapping[str, Any]) -> None:
    """Put measurements on record. Stages, seconds or memory that were not taken now stay as they are.

    Args:
        path: of the record.
        whole: ``{"date", "settings", "benchmarks": {stage: measurement}}``.
    """
    kept, taken = read_record(path), whole["benchmarks"]
    merged = kept | {stage: kept.get(stage, {}) | one for stage, one in taken.items()}
    path.write_text(json.dumps({**whole, "benchmarks": merged}, indent=1) + "\n", encoding="utf-8")
