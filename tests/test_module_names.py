"""Modules of one name in several folders are about one thing, seen from different layers."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# A task, how it is scored, and its metrics; a command and what it runs; both directions of one neighbour.
TOGETHER = (
    {
        "rsica_data/tasks",
        "rsica_bench/scoring",
        "rsica_bench/metrics",
        "rsica_bench/torch_metrics",
        "rsica_bench/models",
    },
    {"rsica_data/cli", "rsica_data/dataset", "rsica_data/dataset/hub", "rsica_data/dataset/export", "rsica_bench/cli"},
    {"rsica_bench/cli", "rsica_bench/run"},
    {"rsica_data/cli", "rsica_data/sources"},
    {"rsica_bench/harness", "rsica_bench/models"},
    {"rsica_data/claims", "rsica_data/generation", "rsica_data/generation/rules"},
    {"rsica_data/geometry", "rsica_data/tasks/open_qa/replies", "rsica_data/text/amounts", "rsica_data/text/grid"},
)
# What a module is in any package.
ROLES = {"__init__", "__main__", "api", "base", "client", "common", "source", "types"}
# One subject in several layers.
SUBJECTS = {
    "box_files": "files that hold boxes",
    "boxes": "boxes in pixels: their geometry, and the score of those in replies",
    "caption_files": "files that hold captions",
    "geojson": "GeoJSON, written as an export and read as a map",
    "java": "the jar that a Python metric was measured against",
    "join_parts": "parts of a build or of a run, joined",
    "openai": "the forms of OpenAI's interface, as an export and as an adapter",
    "protocols": "named protocols, and the command that lists them",
    "regions": "boxes, oriented boxes and masks: their geometry, and their scores",
}


def test_no_two_modules_of_one_name_mean_different_things():
    folders = defaultdict(set)
    for package in ("rsica_data", "rsica_bench"):
        for path in (ROOT / package).rglob("*.py"):
            folders[path.stem].add(path.parent.relative_to(ROOT).as_posix())
    unexplained = {
        name: sorted(places)
        for name, places in folders.items()
        if len(places) > 1 and name not in ROLES | set(SUBJECTS) and not any(places <= group for group in TOGETHER)
    }
    assert unexplained == {}


def test_a_package_docstring_names_modules_that_are_there():
    missing = []
    for package in ("rsica_data", "rsica_bench"):
        for path in (ROOT / package).rglob("__init__.py"):
            doc = ast.get_docstring(ast.parse(path.read_text())) or ""
            table = [name for line in doc.split("\n") for name in re.findall(r"(?:^|(?<=``, ))``(\w+)``(?=[, ])", line)]
            files = re.findall(r"``(\w+)\.py``", doc)
            named = [*(table if "\n``" in doc else []), *files]
            missing += [
                f"{path.parent.relative_to(ROOT)}: {name}" for name in named if not _is_there(path.parent, name)
            ]
    assert missing == []


def _is_there(folder, name):
    return (folder / f"{name}.py").exists() or (folder / name).is_dir()


def test_no_explanation_is_left_over():
    names = defaultdict(int)
    for package in ("rsica_data", "rsica_bench"):
        for path in (ROOT / package).rglob("*.py"):
            names[path.stem] += 1
    assert {name for name in SUBJECTS if names[name] < 2} == set()


def test_no_file_has_more_than_400_lines():
    files = [
        path
        for part in ("rsica_data", "rsica_bench", "tests", "tools", "benchmarks")
        for path in (ROOT / part).rglob("*.py")
    ]
    assert [path.name for path in files if len(path.read_text(encoding="utf-8").splitlines()) > 400] == []
