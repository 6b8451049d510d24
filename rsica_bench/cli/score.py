"""`score`: a finished run, scored again from its raw replies."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_bench.cli.results import print_result, print_strata, warn_of_unparsed
from rsica_bench.cli.scoring_options import chosen_protocol, chosen_strata, resampling, scoring_options
from rsica_data.core.command_line import counted, print_json


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@scoring_options
def score(
    run: Path,
    data: Path | None,
    protocol: str | None,
    word_map: Path | None,
    strata: str | None,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
) -> None:
    """Score a finished run again from its raw replies, with intervals over image pairs.

    \b
    Example:
      rsica-bench score runs/pixel-difference --strata change,size --json
    """
    from rsica_bench.run import score_run

    used = chosen_protocol(run, protocol, word_map)
    result = score_run(run, data, used, resampling(draws, level, seed), chosen_strata(strata))
    if result.get("unknown_rows"):
        names = result["unknown_rows"]
        what = counted(len(names), "id") + f" of no instruction of the split, the first '{names[0][:100]}'"
        click.echo(f"warning: {run}: predictions.jsonl has rows of {what}: they are not scored", err=True)
    warn_of_unparsed(result)
    if as_json:
        print_json(result)
        return
    print_result(f"{run}  protocol {used.name}", result)
    print_strata(result)
