"""Built datasets in a training loop: a map-style and a streamed dataset for torch, and a collator for chat models.

Needs the extra ``torch``; the collator ``transformers`` too. Nothing of torch is imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rsica_data.training.collator import ChatCollator
    from rsica_data.training.index import Part
    from rsica_data.training.mapped import MapDataset
    from rsica_data.training.streamed import StreamDataset

__all__ = ["ChatCollator", "MapDataset", "Part", "StreamDataset"]

_WHERE = {"ChatCollator": "collator", "MapDataset": "mapped", "Part": "index", "StreamDataset": "streamed"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from rsica_data.core.extras import need_extra

    with need_extra():
        return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
