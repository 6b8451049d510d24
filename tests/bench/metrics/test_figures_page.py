"""docs/figures.md is what the docstrings say, and every figure is described."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("figures_tool", ROOT / "tools" / "figures.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(tool):
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), "run python tools/figures.py"


def test_every_figure_is_described(tool):
    assert list(tool.missing()) == []


def test_an_entry_over_two_lines(tool):
    text = "T.\n\nFigures:\n    a@T: b / c.\n        Averaging: micro. Source: d.\n    e: f. Averaging: g. Source: h.\n"
    found = [(one.name, one.formula, one.source) for one in tool.entries_of(text)]
    assert found == [("a@T", "b / c", "d"), ("e", "f", "h")]
    with pytest.raises(ValueError, match="cannot read the entry"):
        tool.entries_of("Title.\n\nFigures:\n    a: b.\n")
