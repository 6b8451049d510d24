"""The table that `run` and `score` end with on a terminal: a row a task, its leading metric first."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rsica_data.core.escaping import one_line_text

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

_FURTHER = 2  # metrics besides the leading one
Entry = Mapping[str, Any]
Row = tuple[str, Entry, Sequence[str]]


def on_terminal() -> bool:
    """Whether standard output is a terminal; files and pipes get plain lines."""
    return sys.stdout.isatty()


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print a table to standard output, in its width.

    Args:
        title: stands above it.
        rows: name, entry of a result (``items``, ``metrics``, ``intervals``, ...) and names of metrics, the leading one
            first.
    """
    from rich.console import Console

    if rows:
        Console(file=sys.stdout).print(score_table(title, rows))


def score_table(title: str, rows: Sequence[Row]) -> Table:
    """The table as rich draws it.

    Metrics with fewer pairs than their interval needs have a ``≈`` before it; a leading metric that is not defined says
    why in its place.

    Example:
        >>> entry = {"items": 4, "pairs": 2, "unparsed": 1, "metrics": {"accuracy": 0.5}, "absent": {}}
        >>> table = score_table("run", [("classification", entry, ["accuracy"])])
        >>> [column.header for column in table.columns]
        ['task', 'items', 'pairs', 'unparsed', 'metric', 'value', 'interval', 'further metrics']
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=_text(title), box=SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for name in ("task", "items", "pairs", "unparsed", "metric", "value", "interval", "further metrics"):
        number = name in ("items", "pairs", "unparsed", "value")
        table.add_column(name, justify="right" if number else "left", no_wrap=name != "further metrics")
    for name, entry, metrics in rows:
        table.add_row(_text(name, "bold"), *_counts(entry), *_figures(entry, metrics))
    return table


def _counts(entry: Entry) -> Iterator[Text]:
    for key in ("items", "pairs", "unparsed"):
        count = entry.get(key)
        yield _text("" if count is None else f"{count:,}", "yellow" if key == "unparsed" and count else "")


def _figures(entry: Entry, names: Sequence[str]) -> Iterator[Text]:
    metrics = entry["metrics"]
    if not names:
        yield from (_text(""),) * 4
        return
    lead, *others = names
    value = metrics.get(lead)
    further = [f"{name}={metrics[name]:.4f}" for name in others if name in metrics][:_FURTHER]
    yield _text(lead)
    yield _text("none" if value is None else f"{value:.4f}", "bold green" if value is not None else "")
    yield _text(_interval(entry, lead) if value is not None else entry.get("absent", {}).get(lead, ""), "dim")
    yield _text(", ".join(further))


def _interval(entry: Entry, name: str) -> str:
    limits = entry.get("intervals", {}).get(name)
    if limits is None:
        return ""
    mark = "≈ " if entry.get("interval_approximate", {}).get(name) else ""
    return f"{mark}{limits[0]:.4f} to {limits[1]:.4f}"


def _text(words: str, style: str = "") -> Text:
    # A Text is shown as it stands: class names and reasons with brackets are no markup.
    from rich.text import Text

    return Text(one_line_text(words), style)
