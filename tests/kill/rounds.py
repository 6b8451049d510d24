"""Kills commands again and again and sees that the same command, run again, ends as if nothing had been.

    python tests/kill --seed 1 --count 1000 [--case PART]

Half of the kills come at a file operation (half way through a write), half at a moment of the command's own duration.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import pkgutil
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases import CASES, Case, Shared, make_shared, outcome
from killed import Ended, run
from places import environment, hub_environment, servers

from rsica_data.claims import marks_of

_CONCURRENCY = 16
_ADDRESSES = ("RSICA_KILL_HUB", "RSICA_KILL_MODEL", "RSICA_KILL_LOG")


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody killed: how long it took, how many operations it had, what it left."""

    ended: Ended
    left: Mapping[str, str]


def import_everything() -> None:
    """All modules of both packages and what they import on use, so that forked processes have them."""
    for package in ("rsica_data", "rsica_bench"):
        found = pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        for module in sorted(part.name for part in found):
            if "torch" not in module and not module.endswith(("__main__", "command_helper")):
                importlib.import_module(module)
    for name in (
        "cv2",
        "numpy",
        "pyarrow.parquet",
        "jsonschema",
        "jinja2",
        "huggingface_hub.hf_api",
        "tqdm",
        "pydantic",
    ):
        importlib.import_module(name)
    # What reads free text compiles its rules and unpacks its models once a process: a second and more.
    marks_of("One road was built at the top.", ("road", "building"))
    gc.collect()
    gc.freeze()


def start(case: Case, shared: Shared, folder: Path, **kill: float | int) -> Ended:
    """The case's command in a round's folder."""
    words = case.words(shared, folder)
    return run(words, environment(folder, case.own_cache), folder / "said", **kill)  # type: ignore[arg-type]


def lay_out(case: Case, shared: Shared, folder: Path) -> None:
    """A round's folder as it is before the command."""
    for part in ("out", "tmp"):
        (folder / part).mkdir(parents=True)
    case.before(shared, folder)


def undisturbed(case: Case, shared: Shared, number: int, times: int = 2) -> Undisturbed:
    """Run a case to its end, twice and in folders of their own: what it leaves must not vary of itself."""
    left = []
    for attempt in range(times):
        folder = shared.folder / f"r{number:03d}{attempt}0"
        lay_out(case, shared, folder)
        ended = start(case, shared, folder)
        if ended.status != 0:
            raise RuntimeError(f"{case.name}: {(folder / 'said').read_text()}")
        left.append(outcome(case, shared, folder))
        shutil.rmtree(folder)
    if left[0] != left[-1]:
        raise RuntimeError(f"{case.name}: two runs differ: {differences(left[0], left[-1])}")
    return Undisturbed(ended, left[0])


def differences(wanted: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Names that are missing, left over or of other content."""
    words = {(True, False): "missing", (False, True): "left over", (True, True): "differs"}
    return [
        f"{words[name in wanted, name in found]}: {name}"
        for name in sorted({*wanted, *found})
        if wanted.get(name) != found.get(name)
    ]


def one_kill(
    case: Case, shared: Shared, known: Undisturbed, folder: Path, draw: random.Random
) -> tuple[str, list[str]]:
    """Kill a case once and run it again.

    Returns:
        How it was killed ("" where it ended before), and what is wrong afterwards.
    """
    lay_out(case, shared, folder)
    paid = shared.places.answered()
    kill: dict[str, float | int] = {}
    if draw.random() < 0.5 and known.ended.operations:
        kill["operation"] = draw.randint(1, known.ended.operations)
    else:
        kill["after"] = draw.uniform(0, known.ended.seconds)
    killed = start(case, shared, folder, **kill)
    if killed.status is not None:
        shutil.rmtree(folder)
        return "", []
    ended = start(case, shared, folder)
    wrong = differences(known.left, outcome(case, shared, folder))
    if ended.status not in case.done or (ended.status != 0 and wrong):
        wrong.insert(0, f"status {ended.status}: {(folder / 'said').read_text().strip()[-400:]}")
    if case.paid:
        again = sum((shared.places.answered() - paid).values()) - questions_of(known, shared)
        wrong += [f"{again} answers paid for twice"] if again > _CONCURRENCY else []
    shutil.rmtree(folder)
    return "operation" if "operation" in kill else "moment", [f"{kill}: {line}" for line in wrong]


def questions_of(known: Undisturbed, shared: Shared) -> int:
    """How many questions one build asks: every build asks the same ones."""
    return len(shared.places.answered())


def kill_all(shared: Shared, cases: Sequence[Case], seed: int, count: int, times: int = 2) -> int:
    """Kill ``count`` times and print what came of it; the number of kills after which something was wrong."""
    draw = random.Random(seed)
    known = {case.name: undisturbed(case, shared, number, times) for number, case in enumerate(cases)}
    kinds: Counter[str] = Counter()
    by_case: Counter[str] = Counter()
    faults = number = 0
    started = time.monotonic()
    waiting = list(cases)
    while kinds["operation"] + kinds["moment"] < count:
        # Each case at first until it was killed once, then by its share.
        number += 1
        case = waiting[0] if waiting else draw.choices(cases, [case.share for case in cases])[0]
        how, wrong = one_kill(case, shared, known[case.name], shared.folder / f"k{number:05d}", draw)
        waiting = waiting[1:] if how else waiting
        kinds[how or "ended before"] += 1
        by_case[case.name] += bool(how)
        faults += bool(wrong)
        for line in wrong:
            print(f"FAULT {case.name}: {line}", flush=True)
    for name, kills in by_case.items():
        one = known[name].ended
        print(f"{name:26} {kills:5} kills; undisturbed: {one.operations:4} operations, {one.seconds:.2f} s")
    total = f"{count} kills: {kinds['operation']} at an operation, {kinds['moment']} at a moment"
    print(f"seed {seed}, {total}; {faults} with a fault; {time.monotonic() - started:.0f} s", flush=True)
    return faults


def main() -> int:
    """Entry point. The Hub's client is imported after its stand-in runs: it reads the address then."""
    options = argparse.ArgumentParser()
    options.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--case", default="")
    options.add_argument("--quick", action="store_true", help="leave out what takes seconds, and run all else once")
    chosen = options.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    # No TemporaryDirectory: each forked process would delete it at its end.
    folder = Path(tempfile.mkdtemp(prefix="rsica-kill-"))
    try:
        with servers(folder) as places:
            os.environ.update(hub_environment(places))
            import_everything()
            (folder / "work").mkdir()
            shared = make_shared(folder / "work", places)
            cases = [case for case in CASES if chosen.case in case.name and not (chosen.quick and case.slow)]
            return 1 if kill_all(shared, cases, chosen.seed, chosen.count, 1 if chosen.quick else 2) else 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
