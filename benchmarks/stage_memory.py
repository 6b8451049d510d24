"""Memory of one way of a stage: how much a fresh process grows by it, beyond imports and what both sides are given.

    python benchmarks/stage_memory.py FOLDER STAGE WAY     (prints MB; `check.py` has made the folder)

A process of its own for each way, for what one way frees another would take without growing. The way is called once on
a few pairs, so that modules and what libraries keep for themselves are there; then what is free goes back to the
system, Linux is asked to forget the peak so far, and the way is called on all pairs. The peak is that of the resident
set, of this process alone: load of the machine does not change it, a server or other processes do not count.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import ExitStack
from pathlib import Path

import cv2
import pyarrow as pa
from bench_stages import STAGES
from stages import Material

from rsica_data.core.freed_memory import return_freed_memory
from rsica_data.core.peak_memory import peak_memory_bytes

FORGET = Path("/proc/self/clear_refs")
"""Writing 5 sets the peak to what is resident now (proc(5))."""
WARM_UP_PAIRS = 4
SMALL, WHOLE = "small", "whole"
"""Folders of the two materials below the folder that is given."""


def growth_mb(folder: Path, stage: str, way: str, pairs: int) -> float:
    """MB by which this process grows while the way is called on all pairs.

    Raises:
        OSError: the system keeps no peak that can be set back; Linux does.
    """
    with ExitStack() as stack:
        STAGES[stage].ways(Material(folder / SMALL, WARM_UP_PAIRS, stack))[way]()
        work = STAGES[stage].ways(Material(folder / WHOLE, pairs, stack))[way]
        _give_back()
        FORGET.write_text("5")
        before = peak_memory_bytes()
        work()
        after = peak_memory_bytes()
    assert before is not None and after is not None
    return (after[0] - before[0]) / 2**20


def _give_back() -> None:
    gc.collect()
    pa.default_memory_pool().release_unused()
    return_freed_memory()


def use_one_thread() -> None:
    """OpenCV and Arrow in one thread: with more, seconds and memory depend on how the system shares its cores."""
    cv2.setNumThreads(1)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)


if __name__ == "__main__":
    use_one_thread()
    print(json.dumps(growth_mb(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))))
