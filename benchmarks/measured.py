"""What the benchmarks share: processor seconds and memory of commands and calls, ways taken in turns, ratios by round.

Processor time (user and system, of a process and its children) moves less than the clock where others use the machine;
turns and ratios within a round take out most of what is left.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from datetime import date

RSICA_DATA = (sys.executable, "-c", "from rsica_data.cli import main; main()")
RSICA_BENCH = (sys.executable, "-c", "from rsica_bench.cli import main; main()")


def command(*words):
    """Processor seconds, and the largest resident set in MB of any one process, of a command that must succeed."""
    with subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        told = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(map(str, words))} failed: {told.decode()[-2000:]}")
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}


def call(work):
    """Processor seconds of a function of this process."""
    begun = time.process_time()
    work()
    return {"cpu_s": time.process_time() - begun}


def in_turns(ways, rounds):
    """``{name: [usage of each round]}``: all ways in one round after another."""
    usages = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in ways.items():
            usages[name].append(way())
            print(f"round {number + 1} of {rounds}: {name} {usages[name][-1]['cpu_s']:.2f} s", file=sys.stderr)
    return usages


def spread(values):
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    return float(f"{value:.4g}") if isinstance(value, float) else value


def report(name, usages, against, **settings):
    """Print one JSON object: seconds and memory of each way, and its ratio to another way of the same round.

    Args:
        name: of the benchmark.
        usages: what :func:`in_turns` gave.
        against: ``{way: the way that it is compared with}``.
        settings: what was measured.
    """
    ratios = {
        f"{way}/{other}": spread(
            [mine["cpu_s"] / theirs["cpu_s"] for mine, theirs in zip(usages[way], usages[other], strict=True)]
        )
        for way, other in against.items()
    }
    ways = {way: {key: spread([usage[key] for usage in found]) for key in found[0]} for way, found in usages.items()}
    whole = {"benchmark": name, "date": date.today().isoformat(), "settings": settings, "ways": ways, "ratios": ratios}
    print(json.dumps(rounded(whole), indent=1))
