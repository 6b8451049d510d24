"""`merge`: the parts of a build put together."""

from __future__ import annotations

import click

from rsica_data.cli.build import print_build
from rsica_data.cli.build_choice import BuildChoice, build_options, chosen_recipe, options_of
from rsica_data.core.command_line import progress_bar


@click.command()
@build_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def merge(
    choice: BuildChoice,
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
    from rsica_data.builder import merge as run_merge

    recipe = chosen_recipe(choice)
    with progress_bar(f"merge {recipe.name}", "pair") as progress:
        summary = run_merge(options_of(choice, recipe, progress))
    print_build(summary, as_json)
