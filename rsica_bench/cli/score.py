"""`score`: a finished run, scored again from its raw replies."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from rsica_bench.cli.model_options import reading_of_options, reading_options
from rsica_bench.cli.results import print_result, print_strata, reading_told, warn_of_unparsed
from rsica_bench.cli.scoring_options import chosen_protocol, chosen_strata, resampling, scoring_options
from rsica_data.core.command_line import counted, print_json, progress_bar
from rsica_data.core.errors import UserError


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what --read-with would need, and send nothing.")
@reading_options
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
    read_with: str | None,
    dry_run: bool,
    **server: Any,
) -> None:
    """Score a finished run again from its raw replies, with intervals over image pairs.

    With --read-with a language model reads the replies that are no plain short answers. Its readings are kept in
    RUN/readings: the same command again asks nothing.

    \b
    Example:
      rsica-bench score runs/pixel-difference --strata change,size --json
      rsica-bench score runs/mine --read-with gpt-4o-mini --price 0.15,0.6 --dry-run
    """
    from rsica_bench.run import score_run
    from rsica_bench.run.model_reading import reader_of
    from rsica_bench.run.remote_runs import local_run
    from rsica_data.core.remote import shown

    given, run = run, local_run(run)
    if given != run and read_with is not None and not dry_run:
        raise UserError("its readings are kept in the run folder: copy that here", file=shown(given), key="--read-with")
    if dry_run:
        _print_plan(run, data, read_with, server, as_json)
        return
    used = chosen_protocol(run, protocol, word_map)
    how, parts = resampling(draws, level, seed), chosen_strata(strata)
    with progress_bar("read", "reply") as progress:
        read = None if read_with is None else reader_of(reading_of_options(run, read_with, server, progress))
        result = score_run(run, data, used, how, parts, read)
    if result.get("unknown_rows"):
        names = result["unknown_rows"]
        what = counted(len(names), "id") + f" of no instruction of the split, the first '{names[0][:100]}'"
        click.echo(f"warning: {shown(given)}: predictions.jsonl has rows of {what}: they are not scored", err=True)
    warn_of_unparsed(result)
    if as_json:
        print_json(result)
        return
    print_result(f"{shown(given)}  protocol {used.name}{reading_told(result)}", result)
    print_strata(result)


def _print_plan(run: Path, data: Path | None, read_with: str | None, server: Mapping[str, Any], as_json: bool) -> None:
    from rsica_bench.run.model_reading import plan_reading
    from rsica_bench.run.result import open_run

    if read_with is None:
        raise UserError("asks nothing without --read-with", key="--dry-run")
    settings, dataset = open_run(run, data)
    plan = plan_reading(dataset, run, settings, reading_of_options(run, read_with, server, lambda done, total: None))
    if as_json:
        print_json(plan)
        return
    cost = "unknown (give --price)" if plan["cost"] is None else plan["cost"]
    click.echo(
        f"{plan['replies']} replies to read: {plan['cached']} in the cache, {plan['to_send']} to ask "
        f"for\nabout {plan['input_tokens']} tokens in, {plan['output_tokens']} out; cost about {cost}"
    )
