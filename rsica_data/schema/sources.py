"""What a source is: a dataset layout that yields image pairs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from rsica_data.core import registry
from rsica_data.schema.records import ImagePair, PairKey


def _no_notes(root: Path | None, options: Any) -> Sequence[str]:
    return ()


def _never(options: Any) -> bool:
    return False


@dataclass(frozen=True)
class SourceSpec:
    """A source, as plain functions that can be called in any process.

    Attributes:
        name, summary: the name under which it is registered; one line for ``rsica-data sources``.
        options: pydantic model of the recipe's ``source`` options (``extra="forbid"``, all with defaults).
        index: ``(root, options) -> keys``: every pair of the layout in a fixed order (by split, then name),
            also those whose files turn out to be missing or broken. Reads directory listings and annotation
            files, no images. Raises UserError where the folder is not in this layout, saying what was looked for.
        load: ``(root, key, options) -> pair``. Raises InvalidItemError where the pair cannot be used.
        needs_input: False for a source that makes its own data (``root`` is then None).
        layout: the folder tree it reads, for help texts.
        license, citation, url: of the data set whose layout it is, for cards.
        redistributable: False where the terms forbid passing on the images.
        reads_input: ``options -> bool``, for a source that reads an input folder or not by its options; in place of
            ``needs_input``.
        notes: ``(root, options) -> lines``: what the source did of its own with the input, such as how it shared pairs
            out among splits; for the manifest and whoever builds.
        streams: ``options -> bool``: whether an input at an address need not be copied before it is read: ``index`` and
            ``notes`` open no image, and ``load`` opens those of its key, by `rsica_data.imagery`.
    """

    name: str
    summary: str
    options: type[BaseModel]
    index: Callable[[Path | None, Any], Sequence[PairKey]]
    load: Callable[[Path | None, PairKey, Any], ImagePair]
    needs_input: bool = True
    reads_input: Callable[[Any], bool] | None = None
    layout: str = ""
    license: str | None = None
    citation: str | None = None
    url: str | None = None
    redistributable: bool = False
    notes: Callable[[Path | None, Any], Sequence[str]] = _no_notes
    streams: Callable[[Any], bool] = _never

    def reads_folder(self, options: Any) -> bool:
        """Whether an input folder is needed with these options."""
        return self.needs_input if self.reads_input is None else self.reads_input(options)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Other processes find the plug-in by its name, so that its functions may be lambdas and closures."""
        return (registry.load, (registry.SOURCES, self.name))
