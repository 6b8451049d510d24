"""Options that the scoring commands share, and how they print metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.core.command_line import counted

if TYPE_CHECKING:
    from rsica_bench.metrics.bootstrap import Resampling
    from rsica_bench.metrics.statistics_tables import Table
    from rsica_bench.protocols import BenchProtocol


APPROXIMATE = "approximate"


def draw_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the bootstrap, and ``--json``; `resampling` reads them."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        click.option(
            "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed of the draws."
        ),
        click.option("--level", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True),
        click.option(
            "--draws", type=click.IntRange(0), default=1000, show_default=True, help="Bootstrap draws of image pairs."
        ),
    ):
        command = option(command)
    return command


def scoring_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of scoring a run; `resampling`, `chosen_strata` and `chosen_protocol` read them."""
    command = draw_options(command)
    for option in (
        click.option("--strata", default=None, metavar="S,..", help="change, objects, size, source, split."),
        click.option(
            "--word-map", type=click.Path(path_type=Path), default=None, help="Word map of levir-cc captions."
        ),
        click.option("--protocol", default=None, help="Score under another protocol: default, changechat, deltavlm."),
        click.option("--data", type=click.Path(path_type=Path), default=None, help="Dataset, where it has moved."),
    ):
        command = option(command)
    return command


def resampling(draws: int, level: float, seed: int) -> Resampling:
    """The draws that the options ask for."""
    from rsica_bench.metrics.bootstrap import Resampling

    return Resampling(draws, seed, level)


def chosen_strata(text: str | None) -> tuple[str, ...]:
    """The strata that the option names.

    Raises:
        UserError: an unknown one.
    """
    from rsica_bench.scoring.strata import known_strata

    return known_strata((part.strip() for part in (text or "").split(",") if part.strip()), "--strata")


def chosen_protocol(run: Path, protocol: str | None, word_map: Path | None) -> BenchProtocol:
    """The named protocol, or the run's own, with the word map where given."""
    from dataclasses import replace

    from rsica_bench.metrics.word_map import load_word_map
    from rsica_bench.protocols import find_protocol
    from rsica_bench.run.result import own_protocol

    used = find_protocol(protocol) if protocol else own_protocol(run)
    return used if word_map is None else replace(used, word_map=load_word_map(word_map))


def report_of(tables: Sequence[Table], clusters: Iterable[int], how: Resampling) -> dict[str, Any]:
    """Metrics of tables with their intervals: ``{"items", "clusters", "metrics", "absent", "intervals", ...}``."""
    import numpy as np

    from rsica_bench.metrics.intervals import find_intervals
    from rsica_bench.metrics.statistics_tables import scores_of_tables

    numbers = np.fromiter(clusters, np.int64)
    scores = scores_of_tables(tables)
    return {
        "items": len(numbers),
        "clusters": len(np.unique(numbers)),
        "bootstrap": {"draws": how.draws, "seed": how.seed, "level": how.level},
        "metrics": scores.values,
        "absent": scores.absent,
        **find_intervals(tables, numbers, how).as_json(scores.values),
    }


def print_report(report: dict[str, Any], unit: str) -> None:
    """A report for people: a metric a line."""
    on = "" if report["clusters"] is None else f" on {counted(report['clusters'], unit)}"
    click.echo(f"{counted(report['items'], 'item')}{on}")
    print_figures(report, list(report["metrics"]))
    for name, reason in report["absent"].items():
        click.echo(f"  {name}: none ({reason})")


def print_figures(entry: dict[str, Any], names: Sequence[str]) -> None:
    """Metrics of an entry of a result with their intervals, one under the other."""
    width = max(map(len, names), default=0)
    for name in names:
        click.echo(f"  {name:{width}} {entry['metrics'][name]:9.4f}{_around(entry, name)}")


def _around(entry: dict[str, Any], name: str) -> str:
    """The interval of a metric, or why there is none; nothing where none was asked for."""
    limits, reason = entry.get("intervals", {}).get(name), entry.get("interval_absent", {}).get(name)
    if limits is None:
        return f"  (no interval: {reason})" if reason else ""
    least = entry.get("interval_approximate", {}).get(name)
    return f"  [{limits[0]:.4f}, {limits[1]:.4f}]" + (f" {APPROXIMATE} (holds from {least} pairs)" if least else "")
