"""`run`: an adapter over a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rsica_bench.commands.scoring_options import print_figures
from rsica_data.cli_support import parse_settings, print_json, progress_bar


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    help="Built dataset: a folder, or USER/NAME[@REVISION] on the Hub.",
)
@click.option("--adapter", required=True, help="What answers; see `rsica-bench adapters`.")
@click.option("--model", default=None, help="Model name or path, for adapters that take one.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the adapter; repeat at will.")
@click.option("--tasks", default=None, metavar="T,..", help="Only these tasks.")
@click.option("--split", default="test", show_default=True, help="Split to run.")
@click.option("--protocol", default="default", show_default=True, help="default, changechat or deltavlm.")
@click.option("--history", default=None, help="Earlier turns of dialogues: gold or own.")
@click.option("--word-map", type=click.Path(path_type=Path), default=None, help="Word map of the levir-cc captions.")
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Questions asked together.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many instructions of each task.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Run folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def run(
    data: Path,
    adapter: str,
    model: str | None,
    settings: tuple[str, ...],
    tasks: str | None,
    split: str,
    protocol: str,
    history: str | None,
    word_map: Path | None,
    batch_size: int,
    limit: int | None,
    out: Path,
    as_json: bool,
) -> None:
    """Run an adapter over a dataset and score its replies.

    Killed at any time, the same command goes on where it stopped.

    \b
    Example:
      rsica-bench run --data demo/dataset --adapter pixel-difference --set floor=40 --out runs/pixel-difference
    """
    from rsica_bench.metrics.word_map import load_word_map
    from rsica_bench.protocols import find_protocol
    from rsica_bench.runner import RunOptions
    from rsica_bench.runner import run as run_adapter
    from rsica_data.reader import open_dataset

    with progress_bar(f"run {adapter}", "question") as progress:
        result = run_adapter(
            RunOptions(
                dataset=open_dataset(data),
                out=out,
                adapter=adapter,
                model=model,
                settings=parse_settings(settings),
                tasks=tuple(part.strip() for part in tasks.split(",") if part.strip()) if tasks else None,
                split=split,
                protocol=find_protocol(protocol, history, load_word_map(word_map) if word_map else None),
                batch_size=batch_size,
                limit=limit,
                progress=progress,
            )
        )
    if as_json:
        print_json({"protocol": result["protocol"], "tasks": result["tasks"]})
    else:
        click.echo(f"{out}  protocol {result['protocol']['name']}")
        print_tasks(result["tasks"])


def print_tasks(tasks: dict[str, Any]) -> None:
    """The leading figures of each task, a line each, with their intervals."""
    from rsica_data import plugins

    for name, found in tasks.items():
        columns = plugins.load(plugins.SCORERS, name).columns
        click.echo(f"{name}: {found['items']} items on {found['pairs']} pairs, {found['unparsed']} unparsed")
        print_figures(found, [column for column in columns if column in found["metrics"]])
        for metric, reason in found["absent"].items():
            if metric in (*columns, "captions"):
                click.echo(f"  {metric}: none ({reason})")
