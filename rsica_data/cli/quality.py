"""`quality`: what is wrong with a dataset though every row is valid."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.core.command_line import print_json, progress_bar


@click.command()
@click.argument("out", metavar="DATASET", type=click.Path(path_type=Path))
@click.option("--no-images", is_flag=True, help="Do not compare images and masks, which decodes every one of them.")
@click.option(
    "--embeddings",
    type=click.Path(path_type=Path),
    default=None,
    help="Embeddings of the images: Parquet, or .npy with .ids.txt beside it. Nearly equal ones are leaks too.",
)
@click.option(
    "--cosine",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.98,
    show_default=True,
    help="Cosine of two embeddings from which images are near-duplicates.",
)
@click.option("--shown", type=click.IntRange(0), default=20, show_default=True, help="Findings of a kind to name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def quality(out: Path, no_images: bool, embeddings: Path | None, cosine: float, shown: int, as_json: bool) -> int:
    """Leaks between splits, what can be answered without images, doubled questions, masks that do not fit, slivers.

    Leaks are pairs of two splits whose footprints overlap or whose images are near-duplicates: the exit status is 1
    where there is one. Pairs of two splits with the same captions are listed too. What a build is to do about findings
    stands in its recipe, under `checks`.

    \b
    Example:
      rsica-data quality demo/dataset
      rsica-data quality demo/dataset --no-images --json
      rsica-data quality demo/dataset --embeddings clip.parquet --cosine 0.97
    """
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.quality import QualityOptions, quality_report, quality_text, read_embeddings
    from rsica_data.dataset.quality.quality_report import number_of_leaks

    dataset = open_dataset(out)
    vectors = None if embeddings is None else read_embeddings(embeddings, cosine)
    with progress_bar("quality", "pair") as update:
        options = QualityOptions(not no_images, shown, update, vectors)
        report = quality_report(dataset, options)
    if as_json:
        print_json(report)
    else:
        click.echo(quality_text(report))
    return 1 if number_of_leaks(report) else 0
