"""Builds a dataset from Python, as ``rsica-data build`` does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rsica_data.api.datasets import Dataset
from rsica_data.builder import BuildOptions
from rsica_data.builder import build as run_build
from rsica_data.builder.recipe import Recipe, load_recipe, parse_recipe
from rsica_data.core.arguments import need_least
from rsica_data.core.command_line import progress_bar
from rsica_data.core.files import dump_json
from rsica_data.dataset.opening import open_dataset


def build(
    recipe: str | Path | Mapping[str, Any] | Recipe,
    out: str | Path,
    *,
    input: str | Path | None = None,
    workers: int | None = 1,
    seed: int | None = None,
    limit: int | None = None,
    check_images: bool = True,
    max_rejects: int | None = None,
    conversations: bool = False,
) -> Dataset:
    """Build an instruction dataset; resumable, and byte-for-byte reproducible with any number of workers.

    Args:
        recipe: name of a shipped recipe, path of a recipe file, or the content of one as a mapping.
        out: folder of the dataset; where it holds an unfinished build of the same recipe, that goes on.
        input: folder with the images, in the recipe's layout.
        workers: processes; None for one a core. In a script more than one needs ``if __name__ == "__main__"``.
        seed: in place of the recipe's.
        limit: maximum of pairs of each split.
        check_images: prove that images are whole before a pair is kept.
        max_rejects: maximum number of unusable pairs; one more stops the build.
        conversations: add the table ``conversations``, with messages and both images in one row.

    Returns:
        The dataset; its ``notes`` say how the source split the input.

    Raises:
        UserError: mistakes in the recipe, the input or the options.
        RunError: no pair is usable, too many are not, or the disk is full.

    Example:
        >>> import tempfile
        >>> import rsica_data as rd
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=1)
        >>> sorted(ds.tasks)
        ['captioning', 'classification', 'counting', 'dialogue', 'localization', 'open_qa']
    """
    need_least(1, limit=limit, workers=workers)
    need_least(0, seed=seed, max_rejects=max_rejects)
    chosen = _recipe(recipe)
    with progress_bar(f"build {chosen.name}", "pair") as progress:
        options = BuildOptions(
            recipe=chosen,
            out=Path(out),
            input=None if input is None else Path(input),
            workers=workers or os.cpu_count() or 1,
            seed=seed,
            limit=limit,
            max_rejects=max_rejects,
            progress=progress,
            check_images=check_images,
            conversations=conversations,
        )
        run_build(options)
    return Dataset(open_dataset(Path(out)))


def _recipe(recipe: str | Path | Mapping[str, Any] | Recipe) -> Recipe:
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Mapping):
        # JSON is YAML: a mapping goes the same way as a file, and so has the same messages.
        return parse_recipe(dump_json(dict(recipe)), "recipe")
    return load_recipe(str(recipe))
