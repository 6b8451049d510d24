"""`stats`: counts and distributions of a built dataset."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rsica_data.core.command_line import print_json, reading_workers_option


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@reading_workers_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats(out: Path, workers: int | None, as_json: bool) -> None:
    """Counts by split and task, and how classes, counts and grid cells are distributed.

    \b
    Example:
      rsica-data stats demo/dataset --json
    """
    # The matrices of a wording classifier are small, and NumPy's threads wait in a loop, one for each core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rsica_data.core.workers import reading_workers
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.stats import dataset_stats, format_stats

    dataset = open_dataset(out)
    statistics = dataset_stats(dataset, reading_workers(workers, len(dataset.shards())))
    if as_json:
        print_json(statistics)
    else:
        click.echo(format_stats(statistics))
