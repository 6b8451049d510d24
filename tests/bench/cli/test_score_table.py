"""The table of scores on a terminal, and plain lines elsewhere."""

import io

import pytest
from rich.console import Console

from rsica_bench.cli.score_table import score_table

ENTRY = {
    "items": 1200, "pairs": 40, "unparsed": 3, "metrics": {"accuracy": 0.5, "f1": 0.25, "precision": 1 / 3},
    "absent": {"recall": "no positive item"}, "intervals": {"accuracy": [0.4, 0.6]},
    "interval_approximate": {"accuracy": 50},
}  # fmt: skip


def shown(*rows, width=140):
    out = io.StringIO()
    Console(file=out, width=width).print(score_table("runs/mine", rows))
    return out.getvalue()


def test_the_leading_figure_comes_first_with_its_interval():
    line = next(
        line for line in shown(("classification", ENTRY, ["accuracy", "f1", "recall"])).splitlines() if "f1" in line
    )
    before, figure = line.split()[:5], line.split()[5:]
    assert before == ["classification", "1,200", "40", "3", "accuracy"]
    assert figure == ["0.5000", "≈", "0.4000", "to", "0.6000", "f1=0.2500"]


def test_a_figure_that_is_not_defined_says_why():
    assert "none no positive item" in " ".join(shown(("classification", ENTRY, ["recall"])).split())


def test_names_are_no_markup():
    text = shown(("[red]x[/red]\nline\x1b[31m", ENTRY, ["accuracy"]))
    assert "[red]x[/red]" in text and "\x1b" not in text


@pytest.fixture(scope="module")
def run(tiny_data, tmp_path_factory):
    from rsica_bench.cli import cli
    from rsica_data.core.command_line import run_cli

    out = tmp_path_factory.mktemp("table") / "run"
    words = ["run", "--data", str(tiny_data), "--adapter", "pixel-difference", "--out", str(out)]
    assert run_cli(cli, "rsica-bench", words) == 0
    return out


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr("rsica_bench.cli.results.on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "140")


def test_score_ends_with_a_row_a_task(rsica_bench, run, terminal):
    done = rsica_bench("score", run, "--strata", "change")
    assert done.status == 0, done.err
    result = rsica_bench("score", run, "--json").json
    value = result["tasks"]["classification"]["metrics"]["accuracy"]
    row = next(line for line in done.out.splitlines() if line.strip().startswith("classification"))
    assert f"{value:.4f}" in row.split()
    captions = next(line for line in done.out.splitlines() if line.strip().startswith("captioning"))
    assert captions.split()[4] == "CIDEr"  # the figure that boards rank by
    assert "counting, change changed" in done.out and "masks: change" in done.out
    # A head of four lines and a row a task, masks in two, and a line for each task with replies that were not read.
    assert len(done.out.partition("By stratum")[0].splitlines()) <= 4 + 2 * len(result["tasks"]) + 3


def test_what_is_no_terminal_gets_plain_lines(rsica_bench, run):
    plain = rsica_bench("score", run).out
    assert "  accuracy" in plain and "─" not in plain


def test_json_is_the_same_on_a_terminal(rsica_bench, run, terminal):
    assert rsica_bench("score", run, "--json").json["tasks"].keys() >= {"classification", "counting"}
