"""The full-size build: a synthetic tree in LEVIR-MCI's layout, then changechat-105k from it.

    python benchmarks/build.py FOLDER [PAIRS]     (default 10077 pairs; about 4 GB of disk)

Prints seconds and peak memory of each command and the counts of the dataset. A second call reuses the tree.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

CAPTIONS = Path(os.environ.get("RSICA_SHARED", Path(__file__).parents[2] / "shared")) / "fixtures" / "levir_cc"


def run(*words):
    begun = time.perf_counter()
    code = "from rsica_data.cli import main; main()"
    found = subprocess.run([sys.executable, "-c", code, *map(str, words)], check=True, capture_output=True, text=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"rsica-data {words[0]}: {time.perf_counter() - begun:.1f} s; largest process so far {peak:.0f} MB")
    return json.loads(found.stdout)


def main():
    folder = Path(sys.argv[1])
    words = ["--pairs", sys.argv[2] if len(sys.argv) > 2 else 10077]
    captions = CAPTIONS / "LevirCCcaptions.json.gz"
    if captions.is_file():
        words += ["--captions", captions]
    run("synth", "--layout", "levir-mci", *words, "--out", folder / "tree", "--json")
    shutil.rmtree(folder / "dataset", ignore_errors=True)
    found = run("build", "changechat-105k", "--input", folder / "tree", "--out", folder / "dataset", "--json")
    print(json.dumps(found["counts"], indent=1))
    print(f"peak memory of all build processes together: {found['peak_memory_mb']:.0f} MB")


if __name__ == "__main__":
    main()
