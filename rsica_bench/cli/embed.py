"""`embed`: embeddings of a dataset's images, for leaks that `rsica-data quality` looks for."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.core.command_line import counted, parse_settings, progress_bar


@click.command()
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--adapter", default="clip", show_default=True, help="What embeds images.")
@click.option("--model", default=None, help="Its model.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the adapter; repeatable.")
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Images embedded together.")
@click.option("--allow-code", is_flag=True, help="Let adapters run code of yours.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Parquet file.")
def embed(
    dataset: Path,
    adapter: str,
    model: str | None,
    settings: tuple[str, ...],
    batch_size: int,
    allow_code: bool,
    out: Path,
) -> None:
    """Write the embeddings of all images of a dataset: columns id, image (before or after), embedding.

    \b
    Example:
      rsica-bench embed demo/dataset --model openai/clip-vit-base-patch32 --out clip.parquet
      rsica-data quality demo/dataset --embeddings clip.parquet
    """
    from rsica_bench.run.embedding_files import write_embeddings
    from rsica_bench.run.run_options import RunOptions
    from rsica_data.dataset.opening import open_dataset

    opened = open_dataset(dataset)
    options = RunOptions(opened, out.parent, adapter, model, parse_settings(settings), allow_code=allow_code)
    with progress_bar("embed", "pair") as update:
        number = write_embeddings(options, out, batch_size, update)
    click.echo(f"{out}: {counted(number, 'image')}")
