"""`synth`: a synthetic change dataset on disk, in a layout that a source reads."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rsica_data.core.command_line import print_json, progress_bar


@click.command()
@click.option("--layout", type=click.Choice(["levir-mci", "levir-cd"]), default="levir-mci", show_default=True)
@click.option(
    "--pairs",
    type=click.IntRange(1),
    default=None,
    help="Number of pairs [default: 300, or the captions file's, which is the most].",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes [default: one a core].")
@click.option(
    "--captions",
    type=click.Path(path_type=Path),
    default=None,
    help="LevirCCcaptions.json (or .json.gz) to take names, splits, change flags and captions from.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def synth(
    layout: str, pairs: int | None, out: Path, seed: int, workers: int | None, captions: Path | None, as_json: bool
) -> None:
    """Write a synthetic change dataset: rendered image pairs with exact masks and captions.

    With 10,077 pairs the splits have LEVIR-MCI's sizes: 6,815 / 1,333 / 1,929, half of each unchanged.

    \b
    Example:
      rsica-data synth --layout levir-mci --pairs 10077 --out synthetic-levir-mci
    """
    from rsica_data.synth.layouts import write_layout

    with progress_bar("synth", "pair") as progress:
        summary = write_layout(
            layout,
            out,
            pairs=pairs,
            seed=seed,
            workers=workers or os.cpu_count() or 1,
            captions_file=captions,
            progress=progress,
        )
    if as_json:
        print_json(summary)
    else:
        click.echo(f"{out}: " + ", ".join(f"{split} {count}" for split, count in summary["splits"].items()))
