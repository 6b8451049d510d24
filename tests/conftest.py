"""Shared fixtures: the two command lines, recipes, small datasets, and where real data lies."""

import gc
import json
import os
import shutil

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the Hub's client is imported: no test reaches the Hub itself
from pathlib import Path
from types import SimpleNamespace

import pytest
from gcs_server import gcs  # noqa: F401 - a fixture
from ray_nodes import three_nodes  # noqa: F401 - a fixture
from s3_server import s3  # noqa: F401 - a fixture

from rsica_bench.cli import cli as bench_group
from rsica_bench.metrics.meteor.resources import cache_folder
from rsica_data.cli import cli as data_group
from rsica_data.core.command_line import run_cli

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_finish():
    """What imports and collecting have made stays to the end: the collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session")
def real_data():
    """Folder of the real fixtures; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("RSICA_SHARED", ROOT.parent / "shared")) / "fixtures"
    if not folder.is_dir():
        pytest.skip("no fixtures under RSICA_SHARED")
    return folder


@pytest.fixture(scope="session")
def cases():
    """Folder of the inputs that were once read wrongly; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("RSICA_SHARED", ROOT.parent / "shared")) / "cases" / "data"
    if not folder.is_dir():
        pytest.skip("no cases under RSICA_SHARED")
    return folder


@pytest.fixture
def rsica_data(capsys):
    """Run `rsica-data`: returns status, output, errors and, with --json, the parsed output."""
    return lambda *words: _call(data_group, "rsica-data", words, capsys)


@pytest.fixture
def rsica_bench(capsys):
    """Run `rsica-bench` in the same way."""
    return lambda *words: _call(bench_group, "rsica-bench", words, capsys)


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """fsspec's file system in memory, empty, for folders at `memory://` addresses; requests are retried at once."""
    import fsspec

    from rsica_data.core import remote
    from rsica_data.dataset import cache_space

    monkeypatch.setattr(remote, "_FIRST_WAIT", 0.0)
    own_cache(monkeypatch, tmp_path / "cache")
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()
    cache_space.release()


def own_cache(monkeypatch, folder):
    """Make a folder the cache. METEOR's data are linked into it where they lie converted: that takes ten seconds."""
    folder.mkdir()
    for converted in cache_folder().glob("meteor-*-*"):
        (folder / converted.name).symlink_to(converted)
    monkeypatch.setenv("RSICA_CACHE", str(folder))


def _call(group, program, words, capsys):
    capsys.readouterr()
    words = [str(word) for word in words]
    status = run_cli(group, program, words)
    said = capsys.readouterr()
    parsed = json.loads(said.out) if "--json" in words and status in (0, 1) and said.out.strip() else None
    return SimpleNamespace(status=status, out=said.out, err=said.err, json=parsed)


def recipe_text(source="synthetic", options=None, tasks=None, **sections):
    tasks = tasks or ["captioning", "classification", "counting", "localization", "open_qa", "dialogue"]
    whole = {
        "name": "small",
        "source": {"name": source, "options": options or {}},
        "tasks": {task: {} for task in tasks} if isinstance(tasks, list) else tasks,
        **sections,
    }
    return json.dumps(whole, indent=1)


@pytest.fixture
def write_recipe(tmp_path):
    """Write a recipe (JSON is YAML) and return its path."""

    def write(**parts):
        path = tmp_path / "recipe.yaml"
        path.write_text(recipe_text(**parts), encoding="utf-8")
        return path

    return write


@pytest.fixture
def pairs_alone(monkeypatch):
    """Builds of pairs without a mask end well, though no task has a row: for tests that look at the images."""
    monkeypatch.setattr("rsica_data.builder.whole_build.check_rows", lambda results, tasks: None)


@pytest.fixture(scope="session")
def small_dataset(tmp_path_factory):
    """A built dataset of 12 synthetic pairs in all splits, every task."""
    folder = tmp_path_factory.mktemp("small")
    recipe = folder / "recipe.yaml"
    facts = {"classes": ["road", "building"]}
    options = {"pairs": 12, "size": 128, "seed": 4}
    recipe.write_text(recipe_text(options=options, facts=facts, build={"shard_pairs": 4}))
    assert (
        run_cli(data_group, "rsica-data", ["build", str(recipe), "--out", str(folder / "out"), "--workers", "1"]) == 0
    )
    return folder / "out"


@pytest.fixture(scope="session")
def many_shards(tmp_path_factory):
    """A built dataset of twelve shards, a synthetic pair each."""
    folder = tmp_path_factory.mktemp("many")
    recipe = folder / "recipe.yaml"
    options, tasks = {"pairs": 12, "size": 128, "seed": 4}, ["captioning", "counting", "classification"]
    sections = {"facts": {"classes": ["road", "building"]}, "build": {"shard_pairs": 1}}
    recipe.write_text(recipe_text(options=options, tasks=tasks, **sections))
    words = ["build", str(recipe), "--out", str(folder / "out"), "--workers", "1"]
    assert run_cli(data_group, "rsica-data", words) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def page():
    """A page of Debian's chromium; ``page.faults`` lists what it complained of or asked from elsewhere."""
    api = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.faults = faults = []
        opened.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.on(
            "request", lambda asked: None if asked.url.startswith(("file:", "data:")) else faults.append(asked.url)
        )
        opened.on("dialog", lambda shown: faults.append("a script of the data ran"))
        yield opened
        browser.close()
