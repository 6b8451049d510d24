"""`score-retrieval`: captions find their pairs, and pairs their captions, by an embedding adapter."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsica_bench.cli.scoring_options import draw_options, print_report, report_of, resampling
from rsica_data.core.command_line import counted, parse_settings, print_json

if TYPE_CHECKING:
    from rsica_bench.run.dataset_retrieval import PairVector


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the dataset.")
@click.option("--split", default="test", show_default=True)
@click.option("--adapter", default="clip", show_default=True, help="Adapter that embeds images and texts.")
@click.option("--model", default=None, help="Its model.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the adapter.")
@click.option(
    "--pair",
    "vector",
    type=click.Choice(["difference", "sum", "after", "before"]),
    default="difference",
    show_default=True,
    help="What stands for a pair: after less before, their sum, or one image.",
)
@click.option("--changed", is_flag=True, help="Pairs that changed alone.")
@click.option("--limit", type=click.IntRange(1), default=None, help="The first pairs alone.")
@click.option("--device", default=None, help="cpu, cuda:0, ...")
@click.option("--allow-code", is_flag=True, help="Let the adapter run code of yours.")
@draw_options
def score_retrieval(
    data: Path,
    split: str,
    adapter: str,
    model: str | None,
    settings: tuple[str, ...],
    vector: PairVector,
    changed: bool,
    limit: int | None,
    device: str | None,
    allow_code: bool,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
) -> None:
    """Score an embedding model as a search engine over the pairs of a dataset with captions.

    Every different caption is a query for the pairs that have it (text_to_pair), and every pair one for its captions
    (pair_to_text): recall@1, 5 and 10, nDCG, mR and mean reciprocal rank, over all pairs of the split. Beside them
    stands what one score for all would have.

    \b
    Example:
      rsica-bench score-retrieval --data levir-cc --model openai/clip-vit-base-patch32 --changed
    """
    from rsica_bench.run.dataset_retrieval import RetrievalOptions, measure_retrieval
    from rsica_data.dataset.opening import open_dataset

    with tempfile.TemporaryDirectory() as state:
        options = RetrievalOptions(
            adapter, model, parse_settings(settings), Path(state), vector, changed, limit, device, allow_code
        )
        measured = measure_retrieval(open_dataset(data), split, options)
    report = report_of(measured.tables, measured.clusters, resampling(draws, level, seed))
    chance = report_of(measured.chance, measured.clusters, resampling(0, level, seed))["metrics"]
    if as_json:
        counts = {"pairs": measured.pairs, "texts": measured.texts, "without_captions": measured.without}
        print_json({"task": "retrieval", "pair": vector, "changed": changed, **counts, **report, "chance": chance})
        return
    print_report(report, "image pair")
    click.echo(f"  {counted(measured.pairs, 'pair')}, {counted(measured.texts, 'different caption')}")
    by_chance = ", ".join(f"{name} {value:.4f}" for name, value in chance.items() if "recall@" in name)
    click.echo(f"  one score for all has: {by_chance}")
    if measured.without:
        click.echo(f"  left out, without captions or images: {counted(measured.without, 'pair')}")
