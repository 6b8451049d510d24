"""What answers: requests, replies, and the four kinds of adapters.

``text`` adapters read images and a prompt and reply in words. ``mask`` adapters turn an image pair into a change mask;
the toolkit measures the mask and answers every rule-based question from the facts, in the same words as the gold.
``privileged`` adapters may see the gold: they are baselines and upper bounds, and every result says so. ``embedding``
adapters place images and texts in one space; they answer nothing themselves and serve to find crops of large images.

``load`` and ``close``, and the one method of its kind, are all that an adapter must have. What else the runner looks
for is optional: ``capabilities`` (an attribute, where the loaded model decides them), ``describe``, ``prepare`` and
``warm_up``, see `Optional`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
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
    """A model's reply, or the reason why there is none.

    Attributes:
        text: the reply; None where there is none.
        error: why there is none.
        seen: what the model was really given: the prompt after its chat template, image sizes after preprocessing.
            Stored with the prediction; the same for the same request.
        failed: the asking went wrong (a process died, a server did not answer): a resumed run asks again. Without it
            a missing text is the model's own answer and stands.
        usage: numbers to be summed for the run's summary, not stored: ``input_tokens``, ``output_tokens``, ``usd``.
    """

    text: str | None
    error: str | None = None
    seen: JsonObject = field(default_factory=dict)
    failed: bool = False
    usage: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PairInput:
    """One image pair for a mask adapter.

    Attributes:
        before, after: the images.
        classes: names of the classes that change questions are about, in class-id order.
        name: the pair's id: for finding a mask that was predicted elsewhere.
        label_classes: names of all classes of the dataset's land cover, in class-id order.
    """

    before: EncodedImage
    after: EncodedImage
    classes: tuple[str, ...]
    name: str = ""
    label_classes: tuple[str, ...] = ()


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
    """What an adapter may know of the run when it is loaded.

    Attributes:
        dataset, split, protocol: what is run.
        device: where to compute (``cpu``, ``cuda:0``); None to choose.
        seed: seed of whatever is random.
        deterministic: use deterministic algorithms, at the price of speed.
        state: folder that lasts as long as the run, for what a resumed run must find again (measured batch sizes).
        tasks: tasks that are run; None for all.
    """

    dataset: BuiltDataset
    split: str
    protocol: BenchProtocol
    device: str | None = None
    seed: int = 0
    deterministic: bool = False
    state: Path | None = None
    tasks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model can take and give.

    Attributes:
        outputs: any of ``text``, ``mask``, ``boxes`` (in its text) and ``embedding``.
        images: most images of one request; None for any number. A model of one image gets a composed one.
        multi_turn: takes earlier turns; else they are written into the prompt.
        batch: takes several requests at once; else it gets them one by one.
        independent: a reply does not depend on what else is in the batch, not even in the last bit. Failed items of
            a resumed run are then asked alone, else their whole batch again.
    """

    outputs: tuple[str, ...] = ("text",)
    images: int | None = None
    multi_turn: bool = True
    batch: bool = True
    independent: bool = True


class Adapter(Protocol):
    """What every adapter has, besides the method of its kind."""

    def load(self, context: RunContext) -> None:
        """Get ready: read weights, start processes. Called once. What raises here gives back what it took."""

    def close(self) -> None:
        """Give everything back. Called once after ``load`` has returned, also after an error."""


class TextAdapter(Adapter, Protocol):
    """Replies in words."""

    def generate(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply a request, in order."""
        ...


class MaskAdapter(Adapter, Protocol):
    """Change masks."""

    def segment(self, pairs: Sequence[PairInput]) -> Sequence[Mask | str]:
        """Class ids for each pair, ``[H, W]`` uint8: 0 none, 1 the first of its classes, and so on.

        Or ``[2, H, W]``: the land cover before and after, 0 none, 1 the first of its ``label_classes``, and so on. Maps
        of the whole image answer questions about land cover too; 0 where nothing changed will do for the rest. A
        text in place of a mask says why the asking failed.
        """
        ...


class PrivilegedAdapter(Adapter, Protocol):
    """Replies that may depend on the gold."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item, in order."""
        ...


class EmbeddingAdapter(Adapter, Protocol):
    """Images and texts as vectors of one space, nearness by their scalar product."""

    def embed_images(self, images: Sequence[EncodedImage]) -> NDArray[np.float32]:
        """Unit vectors, shape ``[images, d]``."""
        ...

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape ``[texts, d]``."""
        ...


class Optional(Protocol):
    """What an adapter may have besides; the runner uses what it finds."""

    capabilities: Capabilities

    def describe(self) -> JsonObject:
        """What moves results besides the prompts: ``revision``, dtype, generation settings, normalisation.

        Called after ``load``. Stored with the result; a resumed run must give the same again.
        """
        ...

    def prepare(self, requests: Sequence[Request]) -> None:
        """A hint, from another thread: these come next. Decode and preprocess them while ``generate`` runs."""

    def warm_up(self, requests: Sequence[Request]) -> None:
        """Get ready for requests like these (compile, measure memory), before the clock starts."""


@dataclass(frozen=True)
class AdapterSpec:
    """A registered adapter.

    Attributes:
        name, summary: the name under which it is registered; one line for help texts.
        kind: which of the four protocols it has.
        options: pydantic model of its options (``--set KEY=VALUE``), ``extra="forbid"``.
        make: ``(options, model) -> adapter``; ``model`` is what ``--model`` gave.
        capabilities: what it can take and give, unless the loaded adapter has an attribute of that name.
        runs_code: ``(options, model) -> what code of the user's it would run``, None for none; asks for
            ``--allow-code``.
        needs: packages that it imports, by their import names, for `rsica-bench doctor`.
    """

    name: str
    summary: str
    kind: Literal["text", "mask", "privileged", "embedding"]
    options: type[BaseModel]
    make: Callable[[Any, str | None], Any]
    capabilities: Capabilities = Capabilities()
    runs_code: Callable[[Any, str | None], str | None] = lambda options, model: None
    needs: tuple[str, ...] = ()


def capabilities_of(spec: AdapterSpec, adapter: Any) -> Capabilities:
    """What a loaded adapter can take and give."""
    found = getattr(adapter, "capabilities", None)
    return found if isinstance(found, Capabilities) else spec.capabilities


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
        columns: the figures that a leaderboard shows, in this order.
        lower: those that are better when lower; ``mae`` means ``mae/road`` too.
        lead: the figure that rows are ranked by; empty for the first of ``columns``.
    """

    task: str
    measure: Callable[[Sequence[ScoredItem], BenchProtocol], Measured]
    columns: tuple[str, ...]
    lower: tuple[str, ...] = ()
    lead: str = ""

    def shown(self, present: Collection[str]) -> tuple[str, ...]:
        """The columns among the figures that are there."""
        return tuple(name for name in self.columns if name in present)

    def lead_of(self, present: Collection[str]) -> str:
        """The figure that rows are ranked by: the lead where it is there, else the first that is; empty for none."""
        return self.lead if self.lead in present else next(iter(self.shown(present) or present), "")

    def is_lower(self, name: str) -> bool:
        """Whether a figure is better when lower."""
        return any(f"/{part}/" in f"/{name}/" for part in self.lower)
