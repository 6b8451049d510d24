"""Many places in one recipe: ``{name}`` in the paths of a scene stands for each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.sources.common import natural
from rsica_data.sources.path_templates import walk_template
from rsica_data.sources.scenes.scene_options import MARK, PLACE_NAME, GeotiffOptions
from rsica_data.sources.splits import SplitResult, SplitRules, share_out

_KEY = "source.options.before"


ONE_PLACE = "test"
"""Stands for the split of a place whose tiles are shared out: a place is opened once, whatever splits they are in."""


def by_tile(options: GeotiffOptions) -> bool:
    """Whether tiles are shared out, and not whole places."""
    return isinstance(options.split, SplitRules) and options.split.by_ground


def has_places(options: GeotiffOptions) -> bool:
    """Whether the recipe is about many places."""
    return MARK in options.before.first_path


def share_places(root: Path, options: GeotiffOptions) -> SplitResult:
    """The places of a recipe with their splits, in natural order, and how they were told.

    Raises:
        UserError: no place is there, or one has a name that cannot be part of an id.
    """
    if not has_places(options):
        return SplitResult({options.name: ONE_PLACE if by_tile(options) else _fixed(options)}, "")
    template = options.before.first_path
    # Scenes are told by their content, whatever they are called.
    places = {bound["name"]: None for bound, _ in walk_template(root, template, suffixes=("",))}
    names = sorted(places, key=natural)
    if not names:
        raise UserError(f"no file matches '{template}'", file=root, key=_KEY)
    for name in names:
        if PLACE_NAME.fullmatch(name) is None:
            what = f"'{name}' should be letters, digits, '.', '_' and '-', and begin with a letter or digit"
            raise UserError(what, file=root, key=_KEY, hint="rename the place")
    if by_tile(options):
        return SplitResult(dict.fromkeys(names, ONE_PLACE), "")
    if isinstance(options.split, SplitRules):
        return share_out(names, options.split, root, {})
    return SplitResult(dict.fromkeys(names, options.split), f"{len(names)} places, all {options.split}")


def _fixed(options: GeotiffOptions) -> str:
    if isinstance(options.split, SplitRules):
        what = "shares places out, and before names one place"
        raise UserError(what, key="source.options.split", hint="put {name} into the paths")
    return options.split


def options_of(options: GeotiffOptions, name: str, split: str) -> GeotiffOptions:
    """The options of one place: its name in the place of ``{name}``."""
    if by_tile(options):
        split, options = ONE_PLACE, options.model_copy(update={"split": ONE_PLACE})
    if not has_places(options):
        return options
    filled = _filled(options.model_dump(mode="json"), name)
    return GeotiffOptions.model_validate({**filled, "name": name, "split": split})


def _filled(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value.replace(MARK, name)
    if isinstance(value, dict):
        return {key: _filled(entry, name) for key, entry in value.items()}
    return [_filled(entry, name) for entry in value] if isinstance(value, list) else value
