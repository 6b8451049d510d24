"""Runs vision-language and change-detection models over datasets of ``rsica_data`` and scores them.

    >>> import rsica_bench as rb
    >>> scores = rb.score_captions(["a road is built"], [["a road is built", "a new road appears"]], protocol="coco")
    >>> round(scores["BLEU-1"], 3)
    1.0

Everything in ``__all__`` is public and loaded when it is first used; other modules are for contributors.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rsica_bench.api.caption_scores import CaptionResult, score_captions
    from rsica_bench.api.evaluating import evaluate
    from rsica_bench.api.runs import Run, RunItem, compare, open_run
    from rsica_bench.items import Item, Reply, Request
    from rsica_bench.models.api import AdapterSpec, Capabilities, PairInput, RunContext
    from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec

_HOME = {
    "AdapterSpec": "models.api",
    "Capabilities": "models.api",
    "CaptionResult": "api.caption_scores",
    "Item": "items",
    "Measured": "scoring.api",
    "PairInput": "models.api",
    "Reply": "items",
    "Request": "items",
    "Run": "api.runs",
    "RunContext": "models.api",
    "RunItem": "api.runs",
    "ScoredItem": "scoring.api",
    "ScorerSpec": "scoring.api",
    "compare": "api.runs",
    "evaluate": "api.evaluating",
    "open_run": "api.runs",
    "score_captions": "api.caption_scores",
}

__all__ = [
    "AdapterSpec",
    "Capabilities",
    "CaptionResult",
    "Item",
    "Measured",
    "PairInput",
    "Reply",
    "Request",
    "Run",
    "RunContext",
    "RunItem",
    "ScoredItem",
    "ScorerSpec",
    "compare",
    "evaluate",
    "open_run",
    "score_captions",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("rsica")
    if name not in _HOME:
        raise AttributeError(f"module 'rsica_bench' has no attribute '{name}'")
    from rsica_data.core.extras import need_extra

    with need_extra():
        value = getattr(import_module(f"rsica_bench.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
