"""Writes requirements-lock.txt: every package of `make setup` by version, with the hashes of all its files.

    python tools/lock.py UV            writes the file again; UV is the program of requirements-audit.txt

Hashes in a constraints file are no way to check an install: pip asks for them beside the requirements themselves. The
versions are those of constraints.txt; uv finds what belongs together on any platform and the hashes that the index
states for every file of a version, so that the same lock holds for other Pythons and machines.

torch is not in it: which of its builds is installed (for the CPU alone, or with gigabytes of CUDA packages) is for the
machine's index to say, so `make setup` installs it before by its exact version. `make setup HASHES=no` installs the
rest by constraints.txt, without hashes.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-lock.txt"
HEAD = """\
# Written by `make lock` from pyproject.toml, requirements-dev.txt and constraints.txt: do not edit.
# `make setup` installs from here alone, each file checked against its hash.
"""
_ENTRY = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^ \\]+)( ; [^\\]*)? *\\?$")
_OF_GPUS = re.compile(r"^(nvidia-|cuda-|triton$)")


def resolved(uv):
    """What uv prints for all platforms: requirements with hashes."""
    words = ["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-annotate", "--no-header"]
    words += ["--python-version", "3.11", "--constraint", "constraints.txt", "--extra", "reference"]
    for folder in os.environ.get("PIP_FIND_LINKS", "").split():
        words += ["--find-links", folder]
    done = subprocess.run(
        [uv, *words, "pyproject.toml", "requirements-dev.txt"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


def entries(text):
    """(name, version, marker, hashes) of each requirement."""
    found = []
    for line in text.splitlines():
        entry = _ENTRY.match(line)
        if entry:
            found.append((entry[1], entry[2], (entry[3] or "").strip(" ;"), []))
        elif "--hash=" in line:
            found[-1][3].append(line.strip(" \\"))
    return found


def joined(found):
    """The entries without torch, those of GPUs and of no operating system."""
    return [
        (name, version, marker, hashes)
        for name, version, marker, hashes in found
        if name != "torch" and not _OF_GPUS.match(name) and not marker.endswith("sys_platform == 'emscripten'")
    ]


def written(found):
    """The text of the lock."""
    lines = [HEAD.rstrip()]
    for name, version, marker, hashes in found:
        first = f"{name}=={version}" + (f" ; {marker}" if marker else "")
        lines.append(" \\\n    ".join([first, *hashes]))
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    LOCK.write_text(written(joined(entries(resolved(sys.argv[1])))), encoding="utf-8")
    print(f"{LOCK.name}: {len(entries(LOCK.read_text(encoding='utf-8')))} packages")
