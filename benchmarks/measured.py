"""What the benchmarks share: processor seconds and memory of commands and calls, ways taken in turns, ratios by round.

Processor time (user and system, of a process and its children) moves less than the clock where others use the machine;
turns and ratios within a round take out most of what is left.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

RSICA_DATA = (sys.executable, "-c", "from rsica_data.cli import main; main()")
RSICA_BENCH = (sys.executable, "-c", "from rsica_bench.cli import main; main()")

Usage = dict[str, float]
"""What one round of a way took: ``cpu_s``, and ``peak_mb`` of a command."""
Spread = dict[str, float]
"""``median``, ``least`` and ``greatest`` of the rounds."""


def command(*words: object) -> Usage:
    """Processor seconds, and the largest resident set in MB of any one process, of a command.

    Raises:
        SystemExit: the command failed.
    """
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed: {errors.decode()[-2000:]}")
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


def call(work: Callable[[], object]) -> Usage:
    """Processor seconds of a function of this process."""
    begun = time.process_time()
    work()
    return {"cpu_s": time.process_time() - begun}


def in_turns(ways: Mapping[str, Callable[[], Usage]], rounds: int) -> dict[str, list[Usage]]:
    """``{name: [usage of each round]}``: all ways in one round after another."""
    usages: dict[str, list[Usage]] = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            usages[name].append(way())
            print(f"round {number + 1} of {rounds}: {name} {usages[name][-1]['cpu_s']:.2f} s", file=sys.stderr)
    return usages


def spread(values: Sequence[float]) -> Spread:
    """Median, least and greatest of at least one value."""
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def ratios_by_round(usages: Mapping[str, Sequence[Usage]], against: Mapping[str, str]) -> dict[str, Spread]:
    """``{"way/other": ratio of their processor seconds, each of one round}``.

    Args:
        usages: what :func:`in_turns` gave.
        against: ``{way: the way that it is compared with}``.
    """
    return {
        f"{way}/{other}": spread(
            [mine["cpu_s"] / theirs["cpu_s"] for mine, theirs in zip(usages[way], usages[other], strict=True)]
        )
        for way, other in against.items()
    }


def rounded(value: Any) -> Any:
    """The same with four digits of each number, in dictionaries and lists as well."""
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def report(name: str, usages: Mapping[str, Sequence[Usage]], against: Mapping[str, str], **settings: object) -> None:
    """Print one JSON object: seconds and memory of each way, and its ratio to another way of the same round.

    Args:
        name: of the benchmark.
        usages: what :func:`in_turns` gave.
        against: ``{way: the way that it is compared with}``.
        settings: what was measured.
    """
    ways = {way: {key: spread([usage[key] for usage in rows]) for key in rows[0]} for way, rows in usages.items()}
    print(json.dumps(dated(name, settings, ways=ways, ratios=ratios_by_round(usages, against)), indent=1))


def dated(name: str, settings: Mapping[str, object], **parts: object) -> dict[str, Any]:
    """The content of a report: name, day, settings, and what was measured, with four digits."""
    whole = {"benchmark": name, "date": date.today().isoformat(), "settings": dict(settings), **parts}
    return {key: rounded(part) for key, part in whole.items()}


def at_least(least: int) -> Callable[[str], int]:
    """The type of an option that is a whole number of at least ``least``."""

    def whole(text: str) -> int:
        number = int(text) if text.removeprefix("-").isdecimal() else None
        if number is None or number < least:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number of at least {least}")
        return number

    return whole


def file_to_write(text: str) -> Path:
    """The type of an option that names a file to write, refused before anything is measured."""
    path = Path(text)
    if path.is_dir() or not path.parent.is_dir():
        problem = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
        raise argparse.ArgumentTypeError(f"'{text}': {problem}")
    return path


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """``--json FILE``, as ``given.json``."""
    parser.add_argument("--json", type=file_to_write, metavar="FILE", help="write the numbers there as one JSON object")


def write_json(path: Path | None, content: object) -> None:
    """Write what was measured where ``--json`` asked for it."""
    if path is not None:
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
