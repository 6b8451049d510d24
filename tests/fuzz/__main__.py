"""Hostile files through every reader: `python tests/fuzz --seed 7 --count 10000`.

Seeds are small valid files (`seeds.py`), each is damaged (`mutations.py`, `pictures.py`) and read by the command that
reads such files (`targets.py`), in a forked process with limits (`running.py`). Success, exit status 1 or 2 with an
error line, and an item that is skipped are the accepted ends. Anything else is written to the report, the damaged
file is kept, and the exit status is 1.
"""

import argparse
import collections
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent), str(HERE.parent / "support")]
os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "OPENCV_FOR_THREADS_NUM": "1"}

import cases
import seeds
from running import own_network
from targets import TARGETS


def main():
    """Run all cases; 1 where one broke a rule."""
    given = _options()
    seed = secrets.randbelow(1 << 31) if given.seed is None else given.seed
    root = Path(tempfile.mkdtemp(prefix="rsica-fuzz-"))
    print(f"seed {seed}, {given.workers} processes", flush=True)
    try:
        _forked(lambda: seeds.make_all(root / "scenes"))
        count = len(_targets(given)) if given.each else given.count
        chosen = [given.only] if given.only is not None else range(count)
        started = time.monotonic()
        readers = [_start(root, seed, chosen, number, given) for number in range(given.workers)]
        tally = _collect(readers, given.report, seed)
        print(_summary(tally, time.monotonic() - started))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if tally["cases"] != len(chosen):
        print(f"{len(chosen) - tally['cases']} cases were not run: a worker ended", file=sys.stderr)
        return 1
    return 1 if tally["violations"] else 0


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="run this case of the seed alone")
    parser.add_argument("--each", action="store_true", help="each target once, in place of --count drawn by weight")
    parser.add_argument("--target", help="only targets whose name holds this")
    parser.add_argument("--report", type=Path, default=Path("fuzz-report"), help="folder for what broke a rule")
    return parser.parse_args()


def _targets(given):
    return [target for target in TARGETS if given.target is None or given.target in target.name]


def _forked(work):
    """Run in a process of its own, so that no threads of libraries are left behind in this one."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            with Path(os.devnull).open("w") as quiet:
                os.dup2(quiet.fileno(), 1)
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        sys.exit("the seeds could not be made")


def _start(root, seed, chosen, number, given):
    """Start a worker; the end of a pipe from which its results come, a line each."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.close(reading)
        code = 1
        try:
            with os.fdopen(writing, "w") as out:
                if not own_network():
                    print("no network namespace: attempts of libraries in C are not counted", file=sys.stderr)
                pool = cases.Pool(root, number, _targets(given), given.report)
                for index in list(chosen)[number :: given.workers]:
                    out.write(json.dumps(pool.case(seed, index, given.each)) + "\n")
                    out.flush()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    return os.fdopen(reading)


def _collect(readers, report, seed):
    import selectors

    tally = {
        "cases": 0,
        "violations": 0,
        "ends": collections.Counter(),
        "seconds": collections.Counter(),
        "count": collections.Counter(),
        "slowest": 0.0,
        "grown": 0,
    }
    with selectors.DefaultSelector() as chooser:
        for reader in readers:
            chooser.register(reader, selectors.EVENT_READ)
        while chooser.get_map():
            for key, _ in chooser.select():
                line = key.fileobj.readline()
                if not line:
                    chooser.unregister(key.fileobj)
                    continue
                row = json.loads(line)
                tally["cases"] += 1
                tally["ends"][row["status"]] += 1
                tally["seconds"][row["target"]] += row["seconds"]
                tally["count"][row["target"]] += 1
                tally["slowest"] = max(tally["slowest"], row["seconds"])
                tally["grown"] = max(tally["grown"], row["grown"])
                if row["problems"]:
                    tally["violations"] += 1
                    report.mkdir(parents=True, exist_ok=True)
                    with (report / "violations.jsonl").open("a") as out:
                        out.write(json.dumps({"seed": seed, **row}) + "\n")
                    print(
                        f"case {row['case']} of seed {seed}: {row['target']}, {row['file']}, {row['how']}: {'; '.join(row['problems'])}",
                        flush=True,
                    )
                if tally["cases"] % 1000 == 0:
                    print(f"{tally['cases']} done, {tally['violations']} violations", flush=True)
    return tally


def _summary(tally, seconds):
    ends = ", ".join(f"{count} with exit status {status}" for status, count in sorted(tally["ends"].items()))
    slow = ", ".join(
        f"{name} {tally['seconds'][name] / tally['count'][name]:.2f}" for name, _ in tally["seconds"].most_common(5)
    )
    return (
        f"{tally['cases']} cases in {seconds:.0f} s: {ends}\nslowest case {tally['slowest']:.1f} s, largest growth {tally['grown'] >> 20} MB; "
        f"seconds a case: {slow}\n{tally['violations']} violations"
    )


if __name__ == "__main__":
    sys.exit(main())
