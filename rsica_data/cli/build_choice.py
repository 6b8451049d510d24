"""Options by which commands say what is built."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_data.builder import BuildOptions
    from rsica_data.builder.recipe import Recipe

_OPTIONS = (
    click.argument("recipe", required=False),
    click.option(
        "--input", "input_", type=click.Path(path_type=Path), help="Folder with the images, in the recipe's layout."
    ),
    click.option(
        "--catalog",
        type=click.Path(path_type=Path),
        default=None,
        help="A page of your own, built by its default recipe.",
    ),
    click.option(
        "--split",
        type=click.Choice(["train", "val", "test"]),
        default=None,
        help="Split of all pairs, for a dataset of the catalog in a layout that does not tell it.",
    ),
    click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the dataset."),
    click.option("--workers", type=click.IntRange(1), default=None, help="Processes [default: one a core]."),
    click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=None, help="Seed, in place of the recipe's."),
    click.option("--limit", type=click.IntRange(1), default=None, help="Maximum number of pairs of each split."),
    click.option("--no-check-images", is_flag=True, help="Trust that images are whole: read their headers alone."),
    click.option("--max-rejects", type=click.IntRange(0), default=None, help="Maximum number of unusable pairs."),
    click.option(
        "--decisions",
        type=click.Path(path_type=Path),
        default=None,
        help="Decisions of a review, saved by a preview page.",
    ),
    click.option("--conversations", is_flag=True, help="Add a table with messages and both images in one row."),
)


@dataclass(frozen=True)
class BuildChoice:
    """What the command line says of a build; see the help of each option."""

    recipe: str | None
    input_: Path | None
    catalog: Path | None
    split: str | None
    out: Path
    workers: int | None
    seed: int | None
    limit: int | None
    no_check_images: bool
    max_rejects: int | None
    decisions: Path | None
    conversations: bool


def build_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say what is built to a command, which gets ``choice``, a :class:`BuildChoice`."""

    @functools.wraps(command)
    def with_choice(**values: Any) -> None:
        chosen = {field.name: values.pop(field.name) for field in fields(BuildChoice)}
        command(choice=BuildChoice(**chosen), **values)

    for option in reversed(_OPTIONS):
        with_choice = option(with_choice)
    return with_choice


def options_of(choice: BuildChoice, recipe: Recipe, progress: Callable[[int, int], None]) -> BuildOptions:
    """The options of the build.

    Raises:
        UserError: a decisions file that cannot be read.
    """
    from rsica_data.builder import BuildOptions
    from rsica_data.builder.decisions import read_decisions

    return BuildOptions(
        recipe=recipe,
        out=choice.out,
        input=choice.input_,
        workers=choice.workers or os.cpu_count() or 1,
        seed=choice.seed,
        limit=choice.limit,
        check_images=not choice.no_check_images,
        max_rejects=choice.max_rejects,
        decisions=read_decisions(choice.decisions) if choice.decisions else None,
        conversations=choice.conversations,
        progress=progress,
    )


def chosen_recipe(choice: BuildChoice) -> Recipe:
    """The recipe that the command line names, or that of a page of the catalog."""
    from rsica_data.builder.recipe import load_recipe, page_recipe

    name, catalog, split = choice.recipe, choice.catalog, choice.split
    if catalog is None and split is None and name is not None:
        return load_recipe(name)
    # Not at the top: most recipes are no pages, and their builds start without the catalog.
    from rsica_data.sources.catalog.catalog_pages import load_page, read_page, shipped_pages

    if catalog is None and split is not None:
        if name not in shipped_pages():
            raise UserError(
                "goes with a dataset of the catalog", key="--split", hint="a recipe has source.options.split"
            )
        return page_recipe(load_page(str(name)), split=split)
    if catalog is None:
        raise UserError("a recipe is missing", hint="give a file or a name: rsica-data recipes and sources list them")
    page = read_page(catalog)
    if name not in (None, page.name):
        raise UserError(f"the page is called '{page.name}', not '{name}'", file=catalog, key="name")
    return page_recipe(page, own=True, split=split)
