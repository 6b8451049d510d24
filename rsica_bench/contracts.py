"""What answers: requests, replies, and the three kinds of adapters.

``text`` adapters read images and a prompt and reply in words. ``mask`` adapters turn an image pair into a change mask;
the toolkit measures the mask and answers every rule-based question from the facts, in the same words as the gold.
``privileged`` adapters may see the gold: they are baselines and upper bounds, and every result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from rsica_bench.metrics.tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_data.reader import BuiltDataset
from rsica_data.schema import EncodedImage, FactsView, GoldTurn, JsonObject, Mask, Turn


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. It carries no gold, no task name and no facts.

    Attributes:
        key: opaque; equal requests have equal keys.
        images: before and after, as encoded files, in this order.
        prompt: what is asked now.
        history: earlier turns of the conversation, user first.
    """

    key: str
    images: tuple[EncodedImage, ...]
    prompt: str
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's reply, or the reason why there is none. ``seen`` records what the model was really given."""

    text: str | None
    error: str | None = None
    seen: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PairInput:
    """One image pair for a mask adapter, and the class names that change questions are about, in class-id order."""

    before: EncodedImage
    after: EncodedImage
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One assistant turn with everything known of it: what privileged adapters see."""

    instruction_id: str
    turn: int
    gold: GoldTurn
    text: str
    classes: tuple[str, ...]
    view: FactsView | None


@dataclass(frozen=True)
class RunContext:
    """What an adapter may know of the run when it is loaded."""

    dataset: BuiltDataset
    split: str
    protocol: BenchProtocol


class Adapter(Protocol):
    """What every adapter has. A text adapter needs ``generate`` besides, and nothing more."""

    def load(self, context: RunContext) -> None:
        """Get ready: read weights, start processes. Called once."""

    def close(self) -> None:
        """Give everything back. Called once, also after an error."""


class TextAdapter(Adapter, Protocol):
    """Replies in words."""

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request, in order."""
        ...


class MaskAdapter(Adapter, Protocol):
    """Change masks."""

    def segment(self, pairs: Sequence[PairInput]) -> Sequence[Mask]:
        """Class ids for each pair, ``[H, W]`` uint8: 0 none, 1 the first of its classes, and so on."""
        ...


class PrivilegedAdapter(Adapter, Protocol):
    """Replies that may depend on the gold."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item, in order."""
        ...


@dataclass(frozen=True)
class AdapterSpec:
    """A registered adapter.

    Attributes:
        name, summary: the name under which it is registered; one line for help texts.
        kind: which of the three protocols it has.
        options: pydantic model of its options (``--set KEY=VALUE``), ``extra="forbid"``.
        make: ``(options, model) -> adapter``; ``model`` is what ``--model`` gave.
    """

    name: str
    summary: str
    kind: Literal["text", "mask", "privileged"]
    options: type[BaseModel]
    make: Callable[[Any, str | None], Any]


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What is known of the pair that an item is about: for strata and for checking free text, never for adapters."""

    pair_id: str
    source: str
    split: str
    changed: bool | None
    view: FactsView | None
    captions: tuple[str, ...] = ()
    before_date: str | None = None
    after_date: str | None = None


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """One assistant turn to be scored: its gold and the answer that was read from the reply.

    ``answer`` is None where the reply could not be read or there was none; ``reason`` then says why. ``raw`` is the
    reply as it came, ``prompt`` what was asked, ``references`` the accepted texts.
    """

    instruction_id: str
    turn: int
    pair: PairFacts
    gold: GoldTurn
    prompt: str
    raw: str | None
    answer: JsonObject | None
    reason: str | None
    classes: tuple[str, ...]
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """What a scorer found: tables of statistics of items, numbered by their place in the list that it was given.

    ``absent`` holds the reasons of figures that no table can have here.
    """

    tables: tuple[Table, ...]
    absent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ScorerSpec:
    """How a task is scored.

    Attributes:
        task: the task's name.
        measure: ``(items, protocol) -> Measured``. Figures, intervals, comparisons and strata all follow from its
            tables; :func:`rsica_bench.metrics.tables.mean_table` makes the plain ones.
        columns: the figures that a leaderboard shows first; ``lower`` those that are better when lower.
    """

    task: str
    measure: Callable[[Sequence[ScoredItem], BenchProtocol], Measured]
    columns: tuple[str, ...]
    lower: tuple[str, ...] = ()
