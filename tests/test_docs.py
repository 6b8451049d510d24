"""The documentation: its Python runs, its notebooks compile and run, its site builds and every link leads somewhere."""

import ast
import importlib
import importlib.util
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import numpy as np
import pytest
from neighbours import lacks
from PIL import Image

from rsica_bench.cli import cli as bench_group
from rsica_data.cli import cli as data_group

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
LIMIT = 120  # lines of the README
SIZES = {".css": 2_000, ".png": 300_000, ".svg": 20_000, ".ipynb": 200_000}


def python_blocks(path):
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def code_cells(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def site_tool():
    spec = importlib.util.spec_from_file_location("docs_site", ROOT / "tools" / "docs_site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    pytest.importorskip("matplotlib").use("agg")
    yield tmp_path
    import matplotlib.pyplot as pyplot

    pyplot.close("all")


@pytest.fixture
def limited(monkeypatch):
    """Builds of fewer pairs, where a page builds all."""
    import rsica_data as rd

    build = rd.build

    def limit_to(pairs):
        monkeypatch.setattr(rd, "build", lambda *given, **named: build(*given, **named, limit=pairs))

    return limit_to


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_of_a_page_compiles(page):
    for block in python_blocks(page):
        compile(block, str(page), "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_recipes_of_a_page_are_yaml(page):
    import yaml

    for block in re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE):
        assert yaml.safe_load(block) is not None or "split" in block


def shown_commands(page):
    """Commands of both programs in the shell blocks of a page, as lists of words; indented blocks too."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = re.findall(r"^(?: {4})?(rsica-(?:data|bench) .+)$", text, re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"], ids=lambda page: page.name)
def test_commands_of_a_page_have_the_options_that_it_shows(page):
    for words in shown_commands(page):
        command = {"rsica-data": data_group, "rsica-bench": bench_group}[words[0]]
        rest = words[1:]
        while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
            name, *rest = rest
            command = command.get_command(click.Context(command), name)
            assert command is not None, words
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        used = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert used <= options | {"--help", "--debug"}, words


def test_the_readme_is_short_and_starts_with_what_to_run():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) < LIMIT
    first = "\n".join(lines[:15])
    assert "make demo" in first and "make test" in first


def test_readme_and_quick_start_show_the_same_ten_lines_and_they_run(in_folder, limited, capsys):
    limited(18)  # all pairs of the test split
    block, *rest = python_blocks(ROOT / "docs" / "index.md")
    assert python_blocks(ROOT / "README.md") == [block]
    assert len([line for line in block.splitlines() if line]) == 10
    exec(compile(block, "index.md", "exec"), {"__name__": "page"})
    check_printed(block, capsys.readouterr().out)
    for other in rest:
        exec(compile(other, "index.md", "exec"), {"__name__": "page"})
        check_printed(other, capsys.readouterr().out)


def check_printed(block, printed):
    """What a page says that a line prints is what it printed; "..." stands for anything."""
    expected = [told for line in block.splitlines() if line.startswith("print") for told in line.split("  # ")[1:]]
    lines = printed.splitlines()
    assert len(lines) == len(expected)
    for line, told in zip(lines, expected, strict=True):
        assert re.fullmatch(re.escape(told).replace(re.escape("..."), ".*"), line), (told, line)


def test_masks_become_a_dataset_as_the_page_says(in_folder, capsys):
    for split, name in (("train", "0001"), ("test", "0002")):
        for side in ("before", "after", "mask"):
            (in_folder / "my_pairs" / split / side).mkdir(parents=True)
            pixels = np.zeros((64, 64), np.uint8)
            if side == "mask":
                pixels[4:20, 4:20] = 255
            image = Image.fromarray(pixels)
            (image if side == "mask" else image.convert("RGB")).save(
                in_folder / "my_pairs" / split / side / f"{name}.png"
            )
    space = {"__name__": "page"}
    for block in python_blocks(ROOT / "docs" / "howto" / "own-masks.md"):
        exec(compile(block, "own-masks.md", "exec"), space)
    assert [pair.facts.counts for pair in space["ds"].pairs()] == [{"building": 1, "road": 0}] * 2
    assert "building 1 in top-left" in capsys.readouterr().out


def test_a_function_is_evaluated_as_the_page_says(in_folder, limited):
    limited(6)
    space = {"__name__": "page"}
    for block in python_blocks(ROOT / "docs" / "howto" / "evaluate.md"):
        exec(compile(block, "evaluate.md", "exec"), space)
    assert space["run"].tasks == ("classification", "counting") and len(space["wrong"]) > 0


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_compiles_was_run_in_order_and_is_small(notebook, site_tool):
    cells = code_cells(notebook)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        compile("".join(cell["source"]), str(notebook), "exec")
        assert not any(output["output_type"] == "error" for output in cell["outputs"])
    text, pictures = site_tool.notebook_page(json.loads(notebook.read_text(encoding="utf-8")), notebook.stem)
    assert re.findall(r"```python\n(.*?)\n```", text, re.DOTALL) == ["".join(cell["source"]) for cell in cells]
    assert all(data.startswith(b"\x89PNG") and f"({name})" in text for name, data in pictures.items())


def test_pictures_and_notebooks_are_small():
    files = [*(ROOT / "docs" / "images").iterdir(), *NOTEBOOKS]
    assert [path.name for path in files if path.stat().st_size > SIZES[path.suffix]] == []
    assert {"preview.png", "board.png"} <= {path.name for path in files}


def test_reference_pages_name_everything_public():
    import rsica_bench
    import rsica_data

    for package in (rsica_data, rsica_bench):
        text = (ROOT / "docs" / "reference" / f"{package.__name__}.md").read_text(encoding="utf-8")
        listed = re.findall(rf"^::: {package.__name__}\.(\w+)$", text, re.MULTILINE)
        assert sorted(listed) == sorted(package.__all__)
    pytest.importorskip("torch")
    from rsica_bench import torch_metrics

    text = (ROOT / "docs" / "reference" / "torch_metrics.md").read_text(encoding="utf-8")
    listed = re.findall(r"^::: rsica_bench\.torch_metrics\.(\w+)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(torch_metrics.__all__)


def test_every_page_is_in_the_navigation():
    text = (ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        assert f": {page.relative_to(ROOT / 'docs').as_posix()}\n" in text, page


def test_a_broken_link_and_a_thing_from_elsewhere_are_told(site_tool, tmp_path):
    (tmp_path / "index.html").write_text(
        '<a href="a.html#here">1</a><a href="a.html#gone">2</a><a href="b.html">3</a><a href="https://x.org">4</a>'
        '<script src="https://cdn.org/x.js"></script><img src="//cdn.org/x.png">'
    )
    (tmp_path / "a.html").write_text('<p id="here">x</p>')
    assert site_tool.check_site(tmp_path) == [
        "index.html: a.html#gone: no such anchor",
        "index.html: b.html: no such file",
        "index.html: https://cdn.org/x.js: is loaded from elsewhere",
        "index.html: //cdn.org/x.png: is loaded from elsewhere",
    ]
    assert site_tool.check_site(tmp_path / "none") == [f"{tmp_path / 'none'}: no pages"]


def test_links_to_pages_of_the_repository_hold_on_the_site(site_tool, tmp_path):
    site_tool.assemble(tmp_path / "pages")
    pages = tmp_path / "pages"
    assert "](SECURITY.md)" in (pages / "architecture.md").read_text()
    assert "[TRL](examples/finetune_with_trl.md)" in (pages / "training.md").read_text()
    assert "](docs/" not in "".join((pages / name).read_text() for name in site_tool.ROOT_PAGES)
    options = (pages / "reference" / "options.md").read_text()
    assert "| `gsd_m` | number > 0, <= 1e+06 | `null` |" in options and "### mask { #adapters-mask }" in options


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_what_there_is(notebook):
    """What it imports and calls of rsica, and the options of the commands that it runs: also where it cannot run."""
    cells = ["".join(cell["source"]) for cell in code_cells(notebook)]
    tree = ast.parse("\n".join(cells))
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {
                alias.asname or alias.name: alias.name for alias in node.names if alias.name.startswith("rsica")
            }
        if isinstance(node, ast.ImportFrom) and node.module.startswith("rsica"):
            assert all(hasattr(importlib.import_module(node.module), alias.name) for alias in node.names)
    assert modules, "a notebook without rsica"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            assert hasattr(importlib.import_module(modules[node.value.id]), node.attr), node.attr
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {f"{name}.evaluate" for name in modules}:
            inspect.signature(importlib.import_module("rsica_bench").evaluate).bind(
                *node.args, **{word.arg: None for word in node.keywords}
            )
        words = [getattr(part, "value", None) for part in node.elts] if isinstance(node, ast.List) else []
        if words[:1] in (["rsica-data"], ["rsica-bench"]):
            group = {"rsica-data": data_group, "rsica-bench": bench_group}[words[0]]
            command = group.get_command(click.Context(group), words[1])
            options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
            assert {word for word in words if isinstance(word, str) and word.startswith("--")} <= options


def needed_packages(notebook):
    """The packages beside rsica that a notebook runs with, by name on the index: `rsica.needs` of its metadata."""
    return json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("rsica", {}).get("needs", [])


def test_there_is_a_notebook_for_each_bridge():
    needs = {package for notebook in NOTEBOOKS for package in needed_packages(notebook)}
    assert needs == {"trl>=1", "lmms-eval", "inspect-ai", "ms-vlmeval"}


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook, tmp_path, monkeypatch):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    for package in needed_packages(notebook):
        if lacks(package) is not None:
            pytest.skip(lacks(package))
    if "trl>=1" in needed_packages(notebook):
        import tiny_models

        monkeypatch.setenv("RSICA_MODEL", str(tiny_models.idefics3(tmp_path / "model")))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    book = nbformat.read(notebook, as_version=4)
    nbclient.NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    kept = [cell["outputs"] for cell in code_cells(notebook)]
    for cell, outputs in zip([cell for cell in book.cells if cell.cell_type == "code"], kept, strict=True):
        assert texts(cell.outputs) == texts(outputs)


def texts(outputs):
    """What a cell printed, and the text of its value; not warnings and progress of packages, which name paths."""
    apart = {"image/png", "application/vnd.jupyter.widget-view+json"}
    shown = [out for out in outputs if apart.isdisjoint(out.get("data", {})) and out.get("name") != "stderr"]
    # One stream may come in several pieces.
    return "".join("".join(output.get("text") or output["data"]["text/plain"]) for output in shown)


@pytest.mark.slow
def test_the_site_builds_without_a_warning():
    pytest.importorskip("mkdocs")
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "docs_site.py")],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every link leads somewhere" in done.stdout
