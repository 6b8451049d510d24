"""What an export format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from rsica_data.dataset.reader import BuiltDataset


@dataclass(frozen=True)
class ExporterSpec:
    """An export format, as a plain function.

    Attributes:
        name, summary: the name under which it is registered; one line for help texts.
        options: pydantic model of its options (``extra="forbid"``, all with defaults), set with ``--set KEY=VALUE``.
        export: ``(dataset, out, options) -> paths written``, relative to ``out``, in a fixed order. Streams; writes
            each file atomically; the same dataset gives the same bytes.
        splits: ``(dataset, options) -> splits written``, for a format that holds not all of the dataset's.
    """

    name: str
    summary: str
    options: type[BaseModel]
    export: Callable[[BuiltDataset, Path, Any], list[Path]]
    splits: Callable[[BuiltDataset, Any], tuple[str, ...]] | None = None
