"""The examples of CONTRIBUTING.md, run as they stand: source, adapter, task and export format, each under 40 lines."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rsica_data.core import registry

TEXT = (Path(__file__).resolve().parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def examples(monkeypatch):
    """Everything that the examples define, registered."""
    found = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        assert len(block.splitlines()) < 40
        space: dict = {"__name__": "example"}
        exec(compile(block, "CONTRIBUTING.md", "exec"), space)
        for kind in ("SOURCE", "ADAPTER", "TASK", "SCORER", "EXPORTER"):
            if kind in space:
                found[kind] = space[kind]
    mine = {
        (registry.SOURCES, "mine"): found["SOURCE"],
        (registry.ADAPTERS, "mine"): found["ADAPTER"],
        (registry.TASKS, "largest"): found["TASK"],
        (registry.SCORERS, "largest"): found["SCORER"],
        (registry.EXPORTERS, "questions"): found["EXPORTER"],
    }
    load, names = registry.load, registry.names
    monkeypatch.setattr(registry, "load", lambda group, name: mine.get((group, name)) or load(group, name))
    monkeypatch.setattr(registry, "names", lambda group: names(group) + [n for g, n in mine if g == group])
    return found


def test_they_work_together(examples, rsica_data, rsica_bench, write_recipe, tmp_path):
    tree = tmp_path / "tree"
    for side in ("t1", "t2", "change"):
        (tree / side).mkdir(parents=True)
    for name, corner in (("a", (0, 0)), ("b", (20, 20))):
        mask = np.zeros((30, 30), np.uint8)
        mask[corner[0] : corner[0] + 5, corner[1] : corner[1] + 5] = 1
        Image.fromarray(mask).save(tree / "change" / f"{name}.png")
        for side in ("t1", "t2"):
            Image.new("RGB", (30, 30)).save(tree / side / f"{name}.png")
    recipe = write_recipe(source="mine", tasks=["largest", "classification"])
    out = tmp_path / "out"
    built = rsica_data("build", recipe, "--input", tree, "--out", out, "--workers", 1, "--json")
    assert built.json["counts"]["instructions"] == {"test": {"classification": 2, "largest": 2}}, built.err
    assert rsica_data("validate", out).status == 0
    exported = rsica_data("export", out, "--format", "questions", "--to", tmp_path / "export", "--task", "largest")
    assert exported.status == 0, exported.err
    assert len((tmp_path / "export/questions.jsonl").read_text().splitlines()) == 2
    words = ("run", "--data", out, "--adapter", "mine", "--set", "answer=top-left", "--out", tmp_path / "run", "--json")
    found = rsica_bench(*words).json
    assert found["tasks"]["largest"]["metrics"]["accuracy"] == 0.5
    assert found["tasks"]["classification"]["unparsed"] == 2


def test_the_page_of_a_dataset_builds(rsica_data, tmp_path):
    text = re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[1]
    assert len(text.splitlines()) <= 25
    page, tree = tmp_path / "my-town.yaml", tmp_path / "tree"
    page.write_text(text, encoding="utf-8")
    mask = np.zeros((30, 30, 3), np.uint8)
    mask[:3], mask[20:22] = 255, (255, 128, 0)
    for split in ("training", "holdout"):
        for side in ("2019", "2024", "mask"):
            (tree / split / side).mkdir(parents=True)
            Image.fromarray(mask).save(tree / split / side / "a.png")
    out = tmp_path / "out"
    built = rsica_data("build", "--catalog", page, "--input", tree, "--out", out, "--workers", 1, "--json")
    assert built.json["counts"]["pairs"] == {"train": 1, "test": 1}, built.err
    assert rsica_data("validate", out).status == 0
