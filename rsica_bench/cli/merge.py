"""`merge`: the parts of a run put together."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_bench.cli.results import print_tasks, warn_of_unparsed
from rsica_bench.cli.run import SHOWN
from rsica_data.core.command_line import counted, print_json


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), default=None, help="Dataset, where it has moved.")
@click.option("--word-map", type=click.Path(path_type=Path), default=None, help="Word map of the levir-cc captions.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def merge(out: Path, data: Path | None, word_map: Path | None, as_json: bool) -> int:
    """Put the parts of the run OUT together (`rsica-bench run --part`) and score it.

    Predictions and scores are byte for byte those of a run that was never cut. Parts that are missing or not finished
    are told, and nothing is written; killed at any time, the same command continues.

    \b
    Example:
      rsica-bench run --data demo/dataset --adapter pixel-difference --out runs/mine --part 1/2
      rsica-bench run --data demo/dataset --adapter pixel-difference --out runs/mine --part 2/2
      rsica-bench merge runs/mine
    """
    from rsica_bench.run.join_parts import merge as merge_parts
    from rsica_bench.run.remote_runs import parts_place, remove_remote_parts, run_alone, write_run
    from rsica_data.core.remote import shown

    with run_alone(out, work="rsica-bench merge") as lease:
        place = parts_place(out)
        result = merge_parts(place, data, word_map)
        write_run(out, place, lease)
        remove_remote_parts(out, lease)
    if as_json:
        print_json({key: result[key] for key in SHOWN if key in result})
    else:
        click.echo(f"{shown(out)}  protocol {result['protocol']['name']}, {result['protocol']['history']} history")
        print_tasks(result)
    warn_of_unparsed(result)
    if result["failed"]:
        click.echo(f"{counted(result['failed'], 'turn')} failed, see {shown(out)}/failed.jsonl", err=True)
    return int(bool(result["failed"]))
