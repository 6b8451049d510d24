"""Runs command lines and loads datasets in a process of its own, whose environment names the local Hub.

The Hub's client reads its address when it is imported, so a test's own process cannot be pointed at another one.
Each line on standard input is a JSON request; each answer is one line on standard output.
"""

import contextlib
import hashlib
import io
import json
import os
import sys

from rsica_bench.cli import cli as bench
from rsica_data.cli import cli as data
from rsica_data.core.command_line import run_cli

GROUPS = {"rsica-data": data, "rsica-bench": bench}


def command(request):
    before = dict(os.environ)
    os.environ.update(request["env"])
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = run_cli(GROUPS[request["program"]], request["program"], request["words"])
    finally:
        os.environ.clear()
        os.environ.update(before)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def load(request):
    """Hashes of every row as plain `datasets` gives it, by split, and of the pixels of the first image."""
    from datasets import Image, load_dataset, logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    found = load_dataset(request["name"], request["config"], revision=request["revision"])
    rows, pixels = {}, {}
    for split, part in found.items():
        table = part.with_format("arrow")[:]
        rows[split] = [hashlib.sha256(repr(row).encode()).hexdigest() for row in table.to_pylist()]
        if isinstance(part.features.get("before"), Image) and part[0]["before"] is not None:
            pixels[split] = hashlib.sha256(part[0]["before"].tobytes()).hexdigest()
    return {"rows": rows, "pixels": pixels}


def main():
    print("ready", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"command": command, "load": load}[request["do"]](request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
