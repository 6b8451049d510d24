"""Each stage beside a bare loop that does the same with nothing around it; ratios and memory held against the record.

    python benchmarks/check.py [--pairs 200] [--rounds 5] [--memory-rounds 2] [--only build facts] [--json FILE]
    python benchmarks/check.py --record         writes benchmarks/recorded.json
    python benchmarks/check.py --against        as `make bench-check`: fails where one is a quarter worse

Prints JSON. Seconds: everything runs in this process, so that starting Python does not count; processor seconds, taken
in turns, the median of the rounds' ratios. Memory: each way in processes of its own, how much they grow by it
(stage_memory.py). What each stage compares is in benchmarks/README.md; `--rounds 0` takes memory alone,
`--memory-rounds 0` seconds alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import stage_memory
from bench_stages import STAGES
from measured import add_json_option, at_least, call, in_turns, ratios_by_round, rounded, spread, write_json
from records import compare, read_record, write_record
from stages import BARE, Material

RECORDED = Path(__file__).with_name("recorded.json")
ROUNDS, MEMORY_ROUNDS, PAIRS = 5, 2, 200

Measurement = dict[str, Any]


def present(names: Iterable[str]) -> list[str]:
    """The stages that can be measured here; of the others a line says why they are left out."""
    reasons = {name: STAGES[name].absent() for name in names}
    for name, reason in reasons.items():
        if reason is not None:
            print(f"{name} is left out: {reason}", file=sys.stderr)
    return [name for name, reason in reasons.items() if reason is None]


def measure_seconds(have: Material, name: str, rounds: int) -> Measurement:
    """Processor seconds of each way of a stage, and the ratios to the bare loop."""
    ways = STAGES[name].ways(have)
    for way in ways.values():
        way()  # caches, imports
    print(f"{name}: seconds", file=sys.stderr)
    usages = in_turns({way: partial(call, work) for way, work in ways.items()}, rounds)
    return {
        "cpu_s": {way: spread([usage["cpu_s"] for usage in rows]) for way, rows in usages.items()},
        "ratios": ratios_by_round(usages, {way: BARE for way in ways if way != BARE}),
    }


def measure_memory(have: Material, name: str, rounds: int) -> Measurement:
    """MB by which a fresh process grows by each way of a stage.

    Raises:
        SystemExit: the way failed in that process.
    """
    memory: dict[str, list[float]] = {way: [] for way in STAGES[name].names}
    for _ in range(rounds):
        for way in memory:
            words = [have.folder.parent, name, way, have.pairs]
            result = subprocess.run(
                [sys.executable, stage_memory.__file__, *map(str, words)], capture_output=True, text=True
            )
            if result.returncode:
                sys.exit(f"memory of {name}, {way}: {result.stderr[-2000:]}")
            memory[way].append(json.loads(result.stdout.splitlines()[-1]))
    print(f"{name}: MB {json.dumps(rounded(memory))}", file=sys.stderr)
    return {"memory_mb": {way: spread(values) for way, values in memory.items()}}


def measure(names: Sequence[str], pairs: int, rounds: int, memory_rounds: int) -> dict[str, Measurement]:
    """``{stage: measurement}`` in the form of `records.py`."""
    settings = {"pairs": pairs, "python": platform.python_version()}
    measured: dict[str, Measurement] = {name: {} for name in names}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        have = Material(Path(folder, stage_memory.WHOLE), pairs, stack).make()
        for name in names if rounds else ():
            measured[name] |= measure_seconds(have, name, rounds) | {"taken": _taken(rounds, **settings)}
        if memory_rounds and not os.access(stage_memory.FORGET, os.W_OK):
            print("memory is left out: only Linux lets a process set back its peak", file=sys.stderr)
        elif memory_rounds:
            Material(Path(folder, stage_memory.SMALL), stage_memory.WARM_UP_PAIRS, stack).make()
            for name in names:
                measured[name] |= measure_memory(have, name, memory_rounds)
                measured[name]["memory_taken"] = _taken(memory_rounds, **settings)
    return measured


def _taken(rounds: int, **settings: object) -> dict[str, object]:
    load = round(os.getloadavg()[0], 1)
    return {"date": date.today().isoformat(), "rounds": rounds, "load": load, **settings}


def parsed_words(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line, and as ``record_before`` what is on record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=at_least(1), default=PAIRS)
    parser.add_argument("--rounds", type=at_least(0), default=ROUNDS)
    parser.add_argument("--memory-rounds", type=at_least(0), default=MEMORY_ROUNDS)
    parser.add_argument("--only", nargs="+", choices=STAGES, default=list(STAGES))
    parser.add_argument("--record", action="store_true", help="put what is measured on record")
    parser.add_argument("--against", action="store_true", help="fail where it is worse than on record")
    parser.add_argument("--recorded", type=Path, default=RECORDED, help="the record; benchmarks/recorded.json")
    add_json_option(parser)
    given = parser.parse_args(words)
    if given.against and not given.recorded.is_file():
        parser.error(f"argument --recorded: there is no file {given.recorded}")
    try:
        given.record_before = read_record(given.recorded)
    except (ValueError, KeyError, TypeError) as error:
        parser.error(f"argument --recorded: {given.recorded} is no record: {type(error).__name__}: {error}")
    return given


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and hold against the record; 1 where something is worse, else 0."""
    given = parsed_words(words)
    stage_memory.use_one_thread()
    settings = {"pairs": given.pairs, "rounds": given.rounds, "load": round(os.getloadavg()[0], 1)}
    measured = measure(present(given.only), given.pairs, given.rounds, given.memory_rounds)
    whole = rounded({"date": date.today().isoformat(), "settings": settings, "benchmarks": measured})
    print(json.dumps(whole, indent=1))
    write_json(given.json, whole)
    if given.record:
        write_record(given.recorded, whole)
    if not given.against:
        return 0
    comparison = compare(measured, given.record_before)
    for line in comparison.not_compared:
        print(f"not compared: {line}", file=sys.stderr)
    for line in comparison.worse:
        print(f"WORSE by a quarter or more: {line}", file=sys.stderr)
    return int(bool(comparison.worse))


if __name__ == "__main__":
    sys.exit(main())
