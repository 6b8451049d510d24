"""Instruction datasets for remote sensing image change analysis.

A bi-temporal pair of images and its change mask become typed facts; facts become questions with gold answers.

    >>> import rsica_data as rd
    >>> facts = rd.facts([[0, 0, 1], [0, 0, 1], [2, 0, 0]], classes=["road", "building"])
    >>> facts
    Facts(3x3 px, changed: road 1 in top-right, center-right; building 1 in bottom-left)
    >>> question = rd.ask(facts, "counting")
    >>> rd.parse("One road and a single new building.", question)
    {'road': 1, 'building': 1}

Everything in ``__all__`` is public and loaded when it is first used; other modules are for contributors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rsica_data import training as training
    from rsica_data.api.asking import AskedQuestion, ask, facts, parse
    from rsica_data.api.building import build
    from rsica_data.api.datasets import Dataset, Row, open_dataset
    from rsica_data.api.mixing import mix
    from rsica_data.api.pairs import ImageView, Pair
    from rsica_data.api.quality_checks import quality
    from rsica_data.core.errors import RsicaError, RunError, UserError
    from rsica_data.schema.facts import FactsView
    from rsica_data.schema.tasks import Unparsed

_HOME = {
    "AskedQuestion": "api.asking",
    "Dataset": "api.datasets",
    "FactsView": "schema.facts",
    "ImageView": "api.pairs",
    "Pair": "api.pairs",
    "Row": "api.datasets",
    "RsicaError": "core.errors",
    "RunError": "core.errors",
    "Unparsed": "schema.tasks",
    "UserError": "core.errors",
    "ask": "api.asking",
    "build": "api.building",
    "facts": "api.asking",
    "mix": "api.mixing",
    "open_dataset": "api.datasets",
    "parse": "api.asking",
    "quality": "api.quality_checks",
}

_PACKAGES = ("training",)
"""Packages that are public as they are."""

__all__ = [
    "AskedQuestion",
    "Dataset",
    "FactsView",
    "ImageView",
    "Pair",
    "Row",
    "RsicaError",
    "RunError",
    "Unparsed",
    "UserError",
    "ask",
    "build",
    "facts",
    "mix",
    "open_dataset",
    "parse",
    "quality",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("rsica")
    if name in _PACKAGES:
        return import_module(f"rsica_data.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'rsica_data' has no attribute '{name}'")
    from rsica_data.core.extras import need_extra

    with need_extra():
        value = getattr(import_module(f"rsica_data.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES, "__version__"])
