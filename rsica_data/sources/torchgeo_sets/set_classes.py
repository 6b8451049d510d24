"""Classes of TorchGeo by name, and their datasets opened once a process."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError, did_you_mean, one_line
from rsica_data.core.extras import need_extra
from rsica_data.core.json_text import loads
from rsica_data.sources.common import inside

_MODULE = "torchgeo.datasets"
_KEY = "source.options"
ALLOW_CODE = "RSICA_ALLOW_CODE"
"""Environment variable that lets a recipe name classes of other packages."""
_OURS = frozenset(("root", "paths", "split", "transforms", "download"))
_SPLIT_NAMES = ("splits", "valid_splits", "valid_split")


def find_class(name: str) -> type[Any]:
    """The class of a name: of ``torchgeo.datasets``, or ``package.module:Class``.

    Raises:
        UserError: TorchGeo is not installed, or there is no such class, or it is no dataset that is asked by number.
    """
    where, _, own = name.rpartition(":")
    if where and os.environ.get(ALLOW_CODE) != "1":
        hint = f"where you trust it, set the environment variable {ALLOW_CODE}=1"
        raise UserError(f"'{name}' is code outside of {_MODULE}", key=f"{_KEY}.dataset", hint=hint)
    module = _import(where or _MODULE)
    dataset_class = getattr(module, own, None)
    if not isinstance(dataset_class, type):
        known = [key for key, value in vars(module).items() if isinstance(value, type)]
        raise UserError(
            f"{where or _MODULE} has no class '{own}'", key=f"{_KEY}.dataset", hint=did_you_mean(own, known)
        )
    with need_extra():
        from torch.utils.data import Dataset
    # What a recipe names is called: only what says that it is a dataset.
    if not (issubclass(dataset_class, Dataset) and hasattr(dataset_class, "__len__")):
        raise UserError(f"'{name}' is no dataset of torch with a length", key=f"{_KEY}.dataset")
    geo = getattr(module, "GeoDataset", None)
    if isinstance(geo, type) and issubclass(dataset_class, geo):
        hint = "read its files with the source geotiff"
        raise UserError(f"'{name}' is asked by place and not by number", key=f"{_KEY}.dataset", hint=hint)
    return dataset_class


def _import(module: str) -> Any:
    with need_extra():
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            if not module.startswith(str(error.name)) or module == _MODULE:
                raise
            raise UserError(f"no module '{module}'", key=f"{_KEY}.dataset") from None


def split_names(dataset_class: type[Any]) -> list[str] | None:
    """What the argument ``split`` of a class may be; None where it has none, an empty list where it does not tell."""
    if "split" not in inspect.signature(dataset_class).parameters:
        return None
    for attribute in _SPLIT_NAMES:
        names = getattr(dataset_class, attribute, None)
        if isinstance(names, (tuple, list, Mapping)):
            return [str(name) for name in names]
    return []


def check_arguments(dataset_class: type[Any], arguments: Mapping[str, Any]) -> None:
    """See that a class takes the arguments that a recipe states.

    Raises:
        UserError: it does not, or another option states them.
    """
    taken = set(inspect.signature(dataset_class).parameters) - _OURS
    for name in arguments:
        if name in _OURS:
            hint = "the options root and splits state them; nothing is downloaded or transformed"
            raise UserError(f"'{name}' is not given here", key=f"{_KEY}.arguments", hint=hint)
        if name not in taken:
            what = f"{dataset_class.__name__} has no argument '{name}'"
            raise UserError(what, key=f"{_KEY}.arguments", hint=did_you_mean(name, taken))
    outside = [text for text in _texts(arguments) if not inside(text)]
    if outside:
        raise UserError(f"'{outside[0]}' leads out of the input folder", key=f"{_KEY}.arguments")


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)


@lru_cache(maxsize=8)
def open_set(name: str, root: Path, split: str | None, arguments: str) -> Any:
    """A dataset: ``len(it)`` samples, ``it[number]`` a mapping.

    Args:
        name: as for :func:`find_class`.
        root: where its files are.
        split: its argument ``split``; None for a class without.
        arguments: further arguments, as JSON.

    Raises:
        UserError: the files are not there, or the class cannot be made.
    """
    dataset_class = find_class(name)
    given: dict[str, Any] = loads(arguments)
    if "root" in inspect.signature(dataset_class).parameters:
        given["root"] = str(root)
    if split is not None:
        given["split"] = split
    try:
        # Some of the classes print that their files are there.
        with need_extra(), redirect_stdout(sys.stderr):
            return dataset_class(**given)
    except UserError:
        raise
    except Exception as error:
        # Of another package, and about whatever lies in the folder.
        what = f"{name} cannot be opened" + (f" with split '{split}'" if split is not None else "")
        raise UserError(f"{what}: {one_line(error)}", file=root, key=_KEY) from error
