"""Files that must not be committed: large ones, YAML, JSON and TOML that cannot be read, marks of a merge.

    python tools/check_files.py [FILE ...]    without files all that git knows

Exit status 1 where one of them is such a file; a line for each.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

MOST_KB = 1000
_MARKS = re.compile(rb"^(<<<<<<< |>>>>>>> |=======\r?$)", re.MULTILINE)
# YAML is parsed, not loaded: tags of other programs (mkdocs has some) are no mistake.
_READERS = {
    ".yaml": lambda text: list(yaml.parse(text)),
    ".yml": lambda text: list(yaml.parse(text)),
    ".json": json.loads,
    ".toml": tomllib.loads,
}


def problem(path):
    """What is wrong with a file, in one line; None for nothing."""
    data = path.read_bytes()
    if len(data) > MOST_KB * 1000:
        return f"{len(data) / 1000:.0f} kB; at most {MOST_KB} kB are committed"
    if _MARKS.search(data) and len(set(_MARKS.findall(data))) == 3:
        return "marks of a merge"
    reader = _READERS.get(path.suffix)
    if reader is None:
        return None
    try:
        reader(data.decode("utf-8"))
    except (ValueError, yaml.YAMLError) as error:
        return " ".join(str(error).split())
    return None


def known_to_git():
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True, text=True)
    return [name for name in listed.stdout.split("\0") if name]


def main(names):
    problems = []
    for name in names or known_to_git():
        path = Path(name)
        if path.is_file() and not path.is_symlink() and (wrong := problem(path)):
            problems.append(f"{name}: {wrong}")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
