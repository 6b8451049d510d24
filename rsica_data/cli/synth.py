"""`synth`: a synthetic change dataset on disk, in a layout that a source reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from rsica_data.core.command_line import print_json, progress_bar
from rsica_data.core.errors import UserError, did_you_mean


@click.command()
@click.option(
    "--layout",
    default="levir-mci",
    show_default=True,
    help="levir-mci, levir-cd, or a dataset of the catalog: NAME, or NAME:LAYOUT for another layout of its page.",
)
@click.option(
    "--pairs",
    type=click.IntRange(1),
    default=None,
    help="Number of pairs [default: 300, or the captions file's, which is the most; of the catalog 2 a split].",
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
      rsica-data synth --layout second --out small-second
    """
    from rsica_data.synth.layouts import LAYOUTS, write_layout

    if layout not in LAYOUTS:
        if captions is not None:
            raise UserError("--captions goes with levir-mci and levir-cd", key="--captions")
        _show(_write_page(layout, out, pairs, seed), out, as_json)
        return
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
    _show(summary, out, as_json)


def _write_page(layout: str, out: Path, pairs: int | None, seed: int) -> dict[str, Any]:
    from rsica_data.sources.catalog.catalog_pages import load_page, shipped_pages
    from rsica_data.sources.catalog.layout_writer import write_page
    from rsica_data.synth.layouts import LAYOUTS

    name, _, form = layout.partition(":")
    known = [*LAYOUTS, *shipped_pages()]
    if name not in known:
        raise UserError(f"unknown layout '{name}'", key="--layout", hint=did_you_mean(name, known))
    each = 2 if pairs is None else max(1, pairs // 3)
    return write_page(load_page(name), out, layout=form or None, pairs=each, seed=seed)


def _show(summary: dict[str, Any], out: Path, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        click.echo(f"{out}: " + ", ".join(f"{split} {count}" for split, count in summary["splits"].items()))
