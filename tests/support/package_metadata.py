"""The package's metadata without installing it: `python tests/support/package_metadata.py FOLDER`.

Plug-ins are found through entry points, which an installation writes. Where nothing can be installed (a machine with a
GPU and no network), this writes them from pyproject.toml: with FOLDER and the repository on PYTHONPATH it works.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def write_metadata(folder):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = Path(folder) / f"{project['name']}-{project['version']}.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {where}" for name, where in points.items()), ""]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return info


if __name__ == "__main__":
    write_metadata(sys.argv[1])
