"""How `run` and `score` print a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from rsica_bench.cli.score_table import Row, on_terminal, print_table
from rsica_bench.cli.scoring_options import print_figures
from rsica_data.core.command_line import counted

if TYPE_CHECKING:
    from rsica_bench.scoring.api import ScorerSpec

_TOLD_REASONS = 3
_MOST_UNPARSED = 0.2
_MASK_FIGURES = {
    "change": ("iou", "f1", "oa"),
    "multi_class": ("miou", "iou"),
    "semantic": ("sek", "f_scd", "miou"),
    "damage": ("xview2", "localization_f1", "damage_f1"),
}


def print_benchmark(result: Mapping[str, Any]) -> None:
    """The benchmark of a run and the number of its items, where it is of one."""
    from rsica_bench.files.benchmark_items import items_told

    stated = result.get("benchmark")
    if stated is not None:
        click.echo(f"benchmark {stated['name']} v{stated['version']}, {items_told(stated)}")


def warn_of_part(result: Mapping[str, Any]) -> None:
    """Warn on standard error of a run of a benchmark that asks another number of items than was published."""
    from rsica_bench.files.benchmark_items import incomplete, items_told

    stated = result.get("benchmark")
    if incomplete(stated):
        assert stated is not None
        problem = "the input does not hold the published number of items, so boards do not rank the run"
        click.echo(f"warning: {problem}: {items_told(stated)}", err=True)


def reading_told(result: Mapping[str, Any]) -> str:
    """How replies were read, where a model read some; empty for the rules alone."""
    reading = result.get("reading") or {}
    return f", read by {reading['name']} ({reading['read']} replies by the model)" if reading.get("model") else ""


def print_result(title: str, result: Mapping[str, Any]) -> None:
    """A result for people: a compact table on a terminal, plain lines elsewhere."""
    if not on_terminal():
        click.echo(title)
        print_benchmark(result)
        print_tasks(result)
        return
    print_benchmark(result)
    print_table(title, [*_task_rows(result), *_mask_rows(result)])
    for name, entry in result["tasks"].items():
        if entry["unparsed"]:
            click.echo(f"{name}: {unparsed(entry)}")


def _task_rows(result: Mapping[str, Any]) -> Iterator[Row]:
    for name, entry in result["tasks"].items():
        yield name, entry, _leading(name, result)


def _mask_rows(result: Mapping[str, Any]) -> Iterator[Row]:
    masks = result.get("masks", {})
    for name, leading in _MASK_FIGURES.items():
        if name in masks:
            yield f"masks: {name.replace('_', ' ')}", {"pairs": masks["pairs"], **masks[name]}, leading


def _columns(task: str, result: Mapping[str, Any]) -> tuple[str, ...]:
    """Metrics of a task that a leaderboard shows, in its order."""
    return _scorer(task, result).columns


def _leading(task: str, result: Mapping[str, Any]) -> tuple[str, ...]:
    """The metric that rows are ranked by, then those of the task as a whole: not of classes and parts."""
    scorer = _scorer(task, result)
    lead = scorer.lead or next(iter(scorer.columns), "")
    return (lead, *(name for name in scorer.columns if "/" not in name and name not in (lead, "unparsed_share")))


def _scorer(task: str, result: Mapping[str, Any]) -> ScorerSpec:
    from rsica_data.core import registry

    scorer: ScorerSpec = registry.load(registry.SCORERS, task)
    return scorer.under(result["protocol"]["name"])


def print_strata(result: Mapping[str, Any]) -> None:
    """The metrics of each part of each stratum: a row a part on a terminal, a metric a line elsewhere."""
    parts = [
        (task, f"{stratum} {name}", part)
        for task, by_stratum in result.get("strata", {}).items()
        for stratum, strata_parts in by_stratum.items()
        for name, part in strata_parts.items()
    ]
    if on_terminal():
        rows = [(f"{task}, {label}", part, _leading(task, result)) for task, label, part in parts]
        print_table("By stratum", rows)
        return
    for task, label, part in parts:
        click.echo(f"{task}, {label}: {counted(part['items'], 'item')}")
        print_figures(part, list(part["metrics"]))


def print_tasks(result: Mapping[str, Any]) -> None:
    """The leading metrics of each task, a line each, with their intervals; the unparsed replies of each and in all."""
    for name, entry in result["tasks"].items():
        columns = _columns(name, result)
        click.echo(f"{name}: {counted(entry['items'], 'item')} on {counted(entry['pairs'], 'pair')}, {unparsed(entry)}")
        print_figures(entry, [column for column in columns if column in entry["metrics"]])
        for metric, reason in entry["absent"].items():
            if metric in (*columns, "captions"):
                click.echo(f"  {metric}: none ({reason})")
    if "replies" in result:  # a result of an earlier release has none
        click.echo(f"all: {counted(result['replies']['items'], 'item')}, {unparsed(result['replies'])}")
    print_masks(result)


def print_masks(result: Mapping[str, Any]) -> None:
    """The metrics of predicted masks, of change against no change and by class, where a result has them."""
    masks = result.get("masks")
    if masks is None:
        return
    click.echo(f"masks: {counted(masks['pairs'], 'pair')}, {masks['without_mask']} without a mask")
    for name, leading in _MASK_FIGURES.items():
        if name in masks:
            click.echo(f" {name.replace('_', ' ')}")
            shown = [metric for metric in masks[name]["metrics"] if metric.partition("/")[0] in leading]
            print_figures(masks[name], shown)


def unparsed(entry: Mapping[str, Any]) -> str:
    """How many replies had no answer, and the three most frequent reasons: one that is not there is another fault than
    one that cannot be read.
    """
    reasons = sorted(entry.get("unparsed_reasons", {}).items(), key=lambda reason: (-reason[1], reason[0]))
    listed = ", ".join(f"{number} {reason}" for reason, number in reasons[:_TOLD_REASONS])
    more = f", and {len(reasons) - _TOLD_REASONS} more" if len(reasons) > _TOLD_REASONS else ""
    return f"{entry['unparsed']} unparsed" + (f" ({listed}{more})" if listed else "")


def warn_of_unparsed(result: Mapping[str, Any]) -> None:
    """Warn on standard error of each task, or of all together, of which more than a fifth had no answer."""
    entries = dict(result["tasks"])
    if len(entries) > 1 and "replies" in result:
        entries["all tasks"] = result["replies"]
    for name, entry in entries.items():
        if entry["unparsed"] > _MOST_UNPARSED * entry["items"]:
            share = f"{entry['unparsed'] / entry['items']:.0%} of {entry['items']} replies have no answer"
            click.echo(f"warning: {name}: {share}, so that scores tell little: {unparsed(entry)}", err=True)
