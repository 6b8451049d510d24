"""`build`: a recipe and a folder of images in, a dataset out."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from rsica_data.cli_support import print_json, progress_bar


@click.command()
@click.argument("recipe")
@click.option(
    "--input", "input_", type=click.Path(path_type=Path), help="Folder with the images, in the recipe's layout."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the dataset.")
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes [default: one a core].")
@click.option("--seed", type=click.IntRange(0), default=None, help="Seed, in place of the recipe's.")
@click.option("--limit", type=click.IntRange(1), default=None, help="At most so many pairs of each split.")
@click.option("--max-rejects", type=click.IntRange(0), default=None, help="Stop past so many unusable pairs.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def build(
    recipe: str,
    input_: Path | None,
    out: Path,
    workers: int | None,
    seed: int | None,
    limit: int | None,
    max_rejects: int | None,
    as_json: bool,
) -> None:
    """Build an instruction dataset. RECIPE is a file or the name of a shipped recipe.

    Killed at any time, the same command goes on where it stopped, and the result is the same to the byte.

    \b
    Example:
      rsica-data build changechat-105k --input LEVIR-MCI-dataset --out changechat-105k
    """
    from rsica_data.pipeline import BuildOptions
    from rsica_data.pipeline import build as run_build
    from rsica_data.recipe import load_recipe

    loaded = load_recipe(recipe)
    with progress_bar(f"build {loaded.name}", "pair") as progress:
        summary = run_build(
            BuildOptions(
                recipe=loaded,
                out=out,
                input=input_,
                workers=workers or os.cpu_count() or 1,
                seed=seed,
                limit=limit,
                max_rejects=max_rejects,
                progress=progress,
            )
        )
    if as_json:
        print_json(asdict(summary) | {"out": str(out)})
        return
    _print_summary(summary.counts, out)
    click.echo(f"{summary.shards} shards ({summary.reused} from before), {summary.seconds:.1f} s")


def _print_summary(counts: dict[str, Any], out: Path) -> None:
    click.echo(f"{out}")
    for split, pairs in counts["pairs"].items():
        tasks = ", ".join(f"{task} {count}" for task, count in counts["instructions"].get(split, {}).items())
        click.echo(f"  {split}: {pairs} pairs ({counts['changed'][split]} changed); {tasks}")
    if counts["rejected"]:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts["rejected"].items()))
        click.echo(f"  set aside: {sum(counts['rejected'].values())} ({reasons}); see {out / 'rejected.jsonl'}")
    if counts.get("not_offered"):
        reasons = ", ".join(f"{reason} {count}" for reason, count in counts["not_offered"].items())
        click.echo(f"  not offered: {sum(counts['not_offered'].values())} ({reasons})")
    if counts["flag_conflicts"]:
        click.echo(f"  change flag and mask disagree: {counts['flag_conflicts']}; see {out / 'conflicts.jsonl'}")
