"""`preview`: a page to look at a built dataset."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.core.command_line import counted


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--html", required=True, help="File to write, or FOLDER/ for every pair.")
@click.option("--sample", type=click.IntRange(1), default=60, show_default=True, help="Pairs that a file shows.")
@click.option("--split", default=None, help="Only pairs of this split.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Which pairs are drawn.")
def preview(out: Path, html: str, sample: int, split: str | None, seed: int) -> None:
    """Write pages of pairs with mask overlays, their facts, questions and answers, with filters, search and plots.

    A file holds a sample and nothing else is needed. A folder (a path that ends in / or is one) holds every pair, and
    stays quick with 100,000; open its index.html, from disk or from any web server.

    \b
    Example:
      rsica-data preview demo/dataset --html demo/preview.html
      rsica-data preview demo/dataset --html demo/report/
    """
    from rsica_data.core.command_line import progress_bar
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.report import write_folder, write_preview

    dataset = open_dataset(out)
    dataset.need_images()
    path = Path(html)
    if html.endswith("/") or path.is_dir():
        with progress_bar("preview", "pair") as progress:
            written = write_folder(dataset, path, split=split, progress=progress)
        click.echo(f"{path / 'index.html'}: {counted(written['pairs'], 'pair')} ({written['kept']} from before)")
        return
    shown = write_preview(dataset, path, sample=sample, split=split, seed=seed)
    click.echo(f"{path}: {counted(shown['pairs'], 'pair')}")
