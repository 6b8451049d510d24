"""`label`: pseudo-labels, change masks by a detector for pairs that have none."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from rsica_data.core.command_line import counted, parse_settings, print_json, progress_bar
from rsica_data.core.errors import UserError

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.option("--data", type=_FOLDER, default=None, help="Built dataset; its pairs without a mask are labelled.")
@click.option(
    "--input", "input_", type=_FOLDER, default=None, help="Folder of pairs: images of equal names in A and B."
)
@click.option("--adapter", required=True, help="What gives the masks: mask, command-mask, pixel-difference, ...")
@click.option("--model", default=None, help="Model name or path, for adapters that take one.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the adapter; repeatable.")
@click.option("--classes", default=None, metavar="C,..", help="Classes of the masks [default: those of the dataset].")
@click.option("--split", default="train", show_default=True, help="Split of the dataset.")
@click.option("--relabel", is_flag=True, help="Label pairs that have a mask too.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Confidence below which a pixel is left unlabelled.",
)
@click.option(
    "--least-score",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Mean confidence below which a pair is left out.",
)
@click.option(
    "--votes",
    type=click.Choice(["1", "2", "4"]),
    default="1",
    show_default=True,
    help="Flipped copies that vote: how many agree is the confidence where the adapter tells none.",
)
@click.option("--batch-size", type=click.IntRange(1), default=8, show_default=True, help="Pairs segmented together.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Given to the adapter.")
@click.option("--allow-code", is_flag=True, help="Let adapters run code of yours: TorchScript, builders.")
@click.option("--out", type=_FOLDER, required=True, help="Folder for images, masks, confidences and a recipe.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def label(
    data: Path | None,
    input_: Path | None,
    adapter: str,
    model: str | None,
    settings: tuple[str, ...],
    classes: str | None,
    split: str,
    relabel: bool,
    threshold: float,
    least_score: float,
    votes: str,
    batch_size: int,
    seed: int,
    allow_code: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Write pseudo-labels: change masks by a detector for pairs that have none, with how sure it was.

    The folder builds as it is: `rsica-data build OUT/recipe.yaml --input OUT --out DATASET`. The provenance of rows
    says that a model made the labels. All pairs are of train: a build leaves pseudo-labels out of val and test.

    \b
    Example:
      rsica-bench label --input images --adapter pixel-difference --classes building --out labelled
      rsica-bench label --data captions --adapter mask --model net.onnx --threshold 0.8 --out labelled
    """
    from rsica_bench.run.labelled_pairs import dataset_pairs, folder_pairs
    from rsica_bench.run.labelling import LabelOptions
    from rsica_bench.run.labelling import label as write_labels
    from rsica_bench.run.run_options import RunOptions
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.reader import BuiltDataset

    if (data is None) == (input_ is None):
        raise UserError("give one of --data and --input", key="--data")
    dataset = open_dataset(data) if data is not None else BuiltDataset(Path(str(input_)), {})
    named = tuple(part.strip() for part in (classes or "").split(",") if part.strip())
    names = named or tuple(dataset.manifest.get("change_classes", ()))
    if not names:
        raise UserError("no classes are named", key="--classes", hint="--classes building")
    run = RunOptions(
        dataset, out, adapter, model, parse_settings(settings), split=split, seed=seed, allow_code=allow_code
    )
    options = LabelOptions(run, names, threshold, least_score, int(votes), batch_size)
    pairs = dataset_pairs(dataset, split, relabel) if data is not None else folder_pairs(Path(str(input_)))
    with progress_bar("label", "pair") as update:
        done = write_labels(options, pairs, update)
    if as_json:
        print_json({**asdict(done), "out": str(done.out)})
        return
    score = "" if done.score is None else f", mean confidence {done.score:.3f}"
    click.echo(f"{out}: {counted(done.pairs, 'pair')} labelled{score}; left out: {len(done.left_out)}")
    for name, why in list(done.left_out.items())[:5]:
        click.echo(f"  {name}: {why}")
    click.echo(f"  rsica-data build {out / 'recipe.yaml'} --input {out} --out DATASET")
