"""`validate`: every row of a built dataset against the schema, the images and the tasks' own laws."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from rsica_data.core.command_line import counted, print_json, progress_bar, reading_workers_option


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@reading_workers_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--show", type=click.IntRange(1), default=20, show_default=True, help="Most problems listed.")
def validate(out: Path, workers: int | None, as_json: bool, show: int) -> int:
    """Check every row: schema, checksums, images, references, and that each text parses back to its gold.

    Exit status 1 where a check does not hold.

    \b
    Example:
      rsica-data validate demo/dataset
    """
    # No matrix is multiplied, and NumPy's threads for that wait in a loop, one for each core, as it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rsica_data.core.remote import shown
    from rsica_data.core.workers import reading_workers
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.validate import validate_dataset

    dataset = open_dataset(out)
    with progress_bar("validate", "shard") as progress:
        report = validate_dataset(dataset, progress, reading_workers(workers, len(dataset.shards())))
    if as_json:
        print_json(
            {
                "ok": report.ok,
                "pairs": report.pairs,
                "instructions": report.instructions,
                "problems": len(report.problems),
                "list": [asdict(problem) for problem in report.problems[:show]],
            }
        )
    else:
        for problem in report.problems[:show]:
            click.echo(f"{problem.where}: {problem.what}")
        if len(report.problems) > show:
            click.echo(f"... and {len(report.problems) - show} more")
        verdict = "all checks hold" if report.ok else f"{counted(len(report.problems), 'problem')}"
        checked = f"{counted(report.pairs, 'pair')}, {counted(report.instructions, 'instruction')}"
        click.echo(f"{shown(out)}: {checked}: {verdict}")
    return 0 if report.ok else 1
