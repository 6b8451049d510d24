"""`compare`: whether one run is better than another, or only luckier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rsica_bench.cli.scoring_options import APPROXIMATE, chosen_protocol, chosen_strata, resampling, scoring_options
from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import UserError


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@scoring_options
@click.option("--all", "everything", is_flag=True, help="Every metric, not the leading ones alone.")
def compare(
    first: Path,
    second: Path,
    data: Path | None,
    protocol: str | None,
    word_map: Path | None,
    strata: str | None,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
    everything: bool,
) -> None:
    """Compare two runs on the same questions.

    The difference is SECOND minus FIRST, with an interval over image pairs; p is from approximate
    randomisation over pairs, "holm" the same adjusted for the number of leading metrics (of all tasks; those of
    strata for all strata). Both runs are scored under the protocol of FIRST unless --protocol says otherwise.

    \b
    Example:
      rsica-bench compare runs/no-change runs/pixel-difference --strata change
    """
    from rsica_bench.files.benchmark_items import MASK_TASKS
    from rsica_bench.run.comparing import compare_runs
    from rsica_bench.run.remote_runs import local_run
    from rsica_data.core.remote import shown

    if not draws:
        raise UserError("a comparison needs draws", key="--draws", hint="1000 is usual")
    names = [shown(run) for run in (first, second)]
    first, second = map(local_run, (first, second))
    used = chosen_protocol(first, protocol, word_map)
    comparison = compare_runs(first, second, data, used, resampling(draws, level, seed), chosen_strata(strata))
    if as_json:
        print_json(comparison)
        return
    click.echo(f"{names[0]} -> {names[1]}  protocol {used.name}, {counted(draws, 'draw')} of pairs, level {level:g}")
    inputs = comparison["inputs"]
    for key, words in (
        ("other_prompt", "were asked in other words"),
        ("other_seen", "were given to the model otherwise"),
    ):
        if inputs[key]:
            click.echo(f"  caution: {inputs[key]} of {counted(inputs['turns'], 'turn')} {words}")
    for task, entry in comparison["tasks"].items():
        turns = "" if task in MASK_TASKS.values() else f"{counted(entry['items'], 'turn')}, "
        click.echo(f"{task}: {turns}{counted(entry['pairs'], 'pair')}")
        names = entry["metrics"] if everything else [name for name in entry["columns"] if name in entry["metrics"]]
        # The metric that leaderboards rank by comes first.
        names = sorted(names, key=lambda name: name != entry["lead"])
        _print_lines({name: entry["metrics"][name] for name in names})
        for stratum, parts in entry.get("strata", {}).items():
            for name, part in parts.items():
                click.echo(f" {stratum} {name}: {counted(part['items'], 'turn')}")
                _print_lines(part["metrics"])


def _print_lines(metrics: dict[str, dict[str, Any]]) -> None:
    width = max((len(name) for name in metrics), default=0)
    for name, one in metrics.items():
        adjusted = f"  holm {one['p_holm']:.4f}" if "p_holm" in one else "  not adjusted"
        click.echo(
            f"  {name:{width}}  {one['first']:9.4f} -> {one['second']:9.4f}  {_signed(one['difference']):>9} "
            f"{_limits(one)}  p {one['p']:.4f}{adjusted}"
        )


def _limits(one: dict[str, Any]) -> str:
    if one["low"] is None:
        return "[no interval]"
    least = one["approximate"]
    limits = f" {APPROXIMATE} (holds from {least} pairs)" if least else ""
    return f"[{_signed(one['low'])}, {_signed(one['high'])}]{limits}"


def _signed(value: float) -> str:
    """A difference with its sign; what rounds to nothing has none of its own."""
    return f"{round(value, 4) + 0.0:+.4f}"
