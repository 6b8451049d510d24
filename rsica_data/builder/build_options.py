"""What a build is told and what it tells: light to import, for no rows of a language model are made here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_data.builder.decisions import Decisions
from rsica_data.builder.recipe import Recipe
from rsica_data.core.errors import UserError
from rsica_data.core.parts import Part
from rsica_data.core.workers import Engine
from rsica_data.imagery.streamed_files import StreamedInput

if TYPE_CHECKING:
    from rsica_data.llm import LlmSettings


@dataclass(frozen=True)
class AssistOptions:
    """How a build asks a model. What decides the rows is in the recipe; ``settings.model`` may override its model."""

    settings: LlmSettings
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)


@dataclass(frozen=True)
class BuildOptions:
    """What to build and how.

    Attributes:
        recipe: what.
        out: output folder; created, or holding an earlier start of the same build.
        input: input folder; None for a source that makes its own data.
        workers: processes; the bytes do not depend on it.
        seed: in place of the recipe's.
        limit: maximum number of pairs of each split.
        max_rejects: stop once more items than this were skipped; None for never.
        progress: called with (pairs done, pairs in all).
        assist: how to ask the language model of the recipe's ``assist`` section; None to leave its rows out.
        check_images: prove images whole before a pair is kept; False for input that is known to be whole.
        engine: ``local`` processes, or ``ray``, a cluster whose machines see input and output under the same paths.
        part: ``(I, N)`` to build every N-th shard alone, into ``OUT.parts/I-of-N``; None for all.
        decisions: of a review, as `read_decisions` gives them.
        conversations: write the table ``conversations`` too, with messages and both images in one row.
        stream: where the images of ``input`` lie that are fetched while they are read; None where they are there.
    """

    recipe: Recipe
    out: Path
    input: Path | None = None
    workers: int = 1
    seed: int | None = None
    limit: int | None = None
    max_rejects: int | None = None
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)
    assist: AssistOptions | None = None
    check_images: bool = True
    engine: Engine = "local"
    part: Part | None = None
    decisions: Decisions | None = None
    conversations: bool = False
    stream: StreamedInput | None = None


@dataclass(frozen=True)
class BuildSummary:
    """What a build did. ``counts`` as in the manifest; seconds, peak memory and usage are of this run alone.

    ``assist`` is the report on rows of a language model, None where none was asked; ``usage`` what its answers used;
    ``notes`` what the source did with the input; ``checks`` what the recipe's checks did, None where it has none.
    """

    out: Path
    recipe: str
    counts: dict[str, Any]
    shards: int
    reused: int
    seconds: float
    peak_memory_mb: float | None
    assist: dict[str, Any] | None = None
    usage: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    checks: dict[str, Any] | None = None


def model_of(recipe: Recipe, settings: LlmSettings) -> str:
    """The model that a build asks.

    Raises:
        UserError: the recipe has no ``assist`` section, or nobody names a model.
    """
    if recipe.assisted is None:
        raise UserError(f"--assist: recipe '{recipe.name}' has no section 'assist'", hint="see docs/assist.md")
    model = settings.model or recipe.assisted.section.model
    if not model:
        raise UserError("no model is named", key="--llm-model", hint="give it, or set assist.model in the recipe")
    return model
