"""`merge`: the parts of a build put together."""

from __future__ import annotations

import os
from pathlib import Path

import click

from rsica_data.cli.build import build_options, chosen_recipe, print_build
from rsica_data.core.command_line import progress_bar


@click.command()
@build_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def merge(
    recipe: str | None,
    input_: Path | None,
    catalog: Path | None,
    split: str | None,
    out: Path,
    workers: int | None,
    seed: int | None,
    limit: int | None,
    no_check_images: bool,
    max_rejects: int | None,
    decisions: Path | None,
    as_json: bool,
) -> None:
    """Put the parts of a build together (`rsica-data build --part`), with the options that the parts were given.

    The dataset is byte for byte that of a build that was never cut. Parts that are missing or not finished are told,
    and nothing is written; killed at any time, the same command continues.

    \b
    Example:
      rsica-data build second --input SECOND --out second --part 1/2
      rsica-data build second --input SECOND --out second --part 2/2
      rsica-data merge second --input SECOND --out second
    """
    from rsica_data.builder import BuildOptions
    from rsica_data.builder import merge as run_merge
    from rsica_data.builder.decisions import read_decisions

    loaded = chosen_recipe(recipe, catalog, split)
    with progress_bar(f"merge {loaded.name}", "pair") as progress:
        options = BuildOptions(
            recipe=loaded,
            out=out,
            input=input_,
            workers=workers or os.cpu_count() or 1,
            seed=seed,
            limit=limit,
            check_images=not no_check_images,
            max_rejects=max_rejects,
            decisions=read_decisions(decisions) if decisions else None,
            progress=progress,
        )
        summary = run_merge(options)
    print_build(summary, as_json)
