"""docs/figures.md is what the docstrings say, and every figure is described."""

import importlib.util
import pkgutil
import sys
from pathlib import Path

import pytest

from rsica_bench import judge, metrics, scoring
from rsica_bench.leaderboard.ranking import scorer_of
from rsica_bench.run.mask_scores import MASK_COLUMNS
from rsica_bench.scoring.descriptions import MODULES, described, entry_of
from rsica_data.core import registry

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


TASKS = (*registry.names(registry.SCORERS), *MASK_COLUMNS)


@pytest.mark.parametrize("task", TASKS)
def test_every_column_of_a_board_is_described(task):
    assert [name for name in scorer_of(task).columns if entry_of(task, name) is None] == []


def test_every_module_that_gives_figures_is_on_the_page():
    """Such a module says why a figure is absent."""
    names = [f"{one.__name__}.{part.name}" for one in (metrics, scoring, judge)
             for part in pkgutil.iter_modules(one.__path__)]  # fmt: skip
    modules = {name: importlib.import_module(name) for name in names}
    own = {name for name, module in modules.items() if any(
        isinstance(reasons := vars(module).get(key), dict)
        and all(getattr(other, key, None) is not reasons for other in modules.values() if other is not module)
        for key in ("REASONS", "_REASONS")
    )}  # fmt: skip
    assert own - set(MODULES.values()) <= {"rsica_bench.scoring.by_kind"}  # the figures of short answers


def test_figures_without_a_board_are_described():
    found = {name for entries in described().values() for name in entries}
    assert found >= {"SPICE", "CIDEr_full_df", "missing_share", "jaccard_leading", "agreement", "alpha", "judge_score",
                     "judge_consistent", "fact_precision", "macro_f1", "level_error"}  # fmt: skip


def test_the_interval_of_a_mean_of_items_is_named(tool):
    lines = [line for line in tool.page().splitlines() if line.startswith("| `class_hallucination`")]
    assert len(lines) == 1 and lines[0].endswith("| korn-graubard |")


def test_an_entry_over_two_lines(tool):
    text = "T.\n\nFigures:\n    a@T: b / c.\n        Averaging: micro. Source: d.\n    e: f. Averaging: g. Source: h.\n"
    found = [(one.name, one.formula, one.source) for one in tool.entries_of(text)]
    assert found == [("a@T", "b / c", "d"), ("e", "f", "h")]
    with pytest.raises(ValueError, match="cannot read the entry"):
        tool.entries_of("Title.\n\nFigures:\n    a: b.\n")
