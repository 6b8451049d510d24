"""`preview`: a page to look at a built dataset."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--html", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option("--sample", type=click.IntRange(1), default=60, show_default=True, help="Pairs to show.")
@click.option("--split", default=None, help="Only pairs of this split.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Which pairs are drawn.")
def preview(out: Path, html: Path, sample: int, split: str | None, seed: int) -> None:
    """Write one self-contained page: pairs with mask overlays, their facts, questions and answers.

    \b
    Example:
      rsica-data preview demo/dataset --html demo/preview.html
    """
    from rsica_data.reader import open_dataset
    from rsica_data.report import write_preview

    dataset = open_dataset(out)
    dataset.need_images()
    shown = write_preview(dataset, html, sample=sample, split=split, seed=seed)
    click.echo(f"{html}: {shown['pairs']} pairs")
