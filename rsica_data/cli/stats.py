"""`stats`: counts and distributions of a built dataset."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.core.command_line import print_json


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats(out: Path, as_json: bool) -> None:
    """Counts by split and task, and how classes, counts and grid cells are distributed.

    \b
    Example:
      rsica-data stats demo/dataset --json
    """
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.stats import dataset_stats, format_stats

    statistics = dataset_stats(open_dataset(out))
    if as_json:
        print_json(statistics)
    else:
        click.echo(format_stats(statistics))
