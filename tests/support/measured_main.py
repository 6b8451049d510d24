"""A command of one of the packages that tells, through a file, the largest memory it took.

As a script: ``measured_main.py PEAK_FILE PACKAGE WORDS...``. What ``wait4`` tells of a process is no use here: the
figure counts the test run that started it.
"""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    told, package, *words = sys.argv[1:]
    sys.argv = [package, *words]
    try:
        sys.exit(importlib.import_module(f"{package}.cli").main())
    finally:
        from rsica_data.core.peak_memory import peak_memory_bytes

        Path(told).write_text(str(max(peak_memory_bytes())))
