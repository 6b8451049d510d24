"""What answers: requests, replies, and the four kinds of adapters.

``text`` adapters read images and a prompt and reply in words. ``mask`` adapters turn an image pair into a change mask;
the toolkit measures the mask and answers every rule-based question from the facts, in the same words as the gold.
``privileged`` adapters may see the gold: they are baselines and upper bounds, and every result says so. ``embedding``
adapters place images and texts in one space; they answer nothing themselves and serve to find crops of large images.

``load`` and ``close``, and the one method of its kind, are all that an adapter must have. What else the runner looks
for is optional: ``capabilities`` (an attribute, where the loaded model decides them), ``describe``, ``prepare`` and
``warm_up``, see `AdapterHooks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rsica_bench.items import Item, Reply, Request
from rsica_bench.protocols import BenchProtocol
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import EncodedImage, JsonObject, Mask

__all__ = [
    "Adapter",
    "AdapterHooks",
    "AdapterSpec",
    "Capabilities",
    "EmbeddingAdapter",
    "Item",
    "MaskAdapter",
    "PairInput",
    "PrivilegedAdapter",
    "Reply",
    "Request",
    "RunContext",
    "ScoredMask",
    "TextAdapter",
    "capabilities_of",
]


@dataclass(frozen=True, slots=True)
class PairInput:
    """One image pair for a mask adapter.

    Attributes:
        before, after: the images.
        classes: names of the classes that change questions are about, in class-id order.
        name: the pair's id: for finding a mask that was predicted elsewhere.
        label_classes: names of all classes of the dataset's land cover, in class-id order.
        standing: the class of what stood before and did not change (intact buildings), where the dataset knows it; in a
            change mask it comes after ``classes``.

    Example:
        >>> import rsica_bench as rb
        >>> from rsica_data.schema import EncodedImage
        >>> pair = rb.PairInput(EncodedImage("A/1.png", b".."), EncodedImage("B/1.png", b".."), ("road",))
        >>> pair.after.path, pair.classes
        ('B/1.png', ('road',))
    """

    before: EncodedImage
    after: EncodedImage
    classes: tuple[str, ...]
    name: str = ""
    label_classes: tuple[str, ...] = ()
    standing: str | None = None

    @property
    def mask_classes(self) -> tuple[str, ...]:
        """Names of the classes that a change mask may hold, by their ids from 1 on."""
        return self.classes if self.standing is None else (*self.classes, self.standing)


@dataclass(frozen=True, slots=True)
class ScoredMask:
    """A mask with what its model thinks of it.

    Attributes:
        mask: class ids, ``[H, W]`` uint8.
        confidence: probability of each pixel's class, ``[H, W]`` float32; None where the model tells none.
    """

    mask: Mask
    confidence: NDArray[np.float32] | None


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

    Example:
        >>> import tempfile
        >>> import rsica_bench as rb
        >>> import rsica_data as rd
        >>> from rsica_bench.protocols import find_protocol
        >>> ds = rd.build("demo", out=tempfile.mkdtemp(), limit=1)
        >>> context = rb.RunContext(ds.built, "test", find_protocol("default"), device="cpu")
        >>> context.split, context.device, context.seed
        ('test', 'cpu', 0)
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

    Example:
        >>> import rsica_bench as rb
        >>> rb.Capabilities(images=1, multi_turn=False).outputs
        ('text',)
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
    """Replies that may depend on the gold.

    One with a method ``known_mask(true, frame, both_dates=...)`` (`TrueMasks`, `MaskFrame` of
    ``rsica_bench.predicted_masks``) also runs benchmarks that are scored by masks: it gives a pair's mask as a detector
    would.
    """

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


class AdapterHooks(Protocol):
    """What an adapter may have besides; the runner uses what it finds."""

    capabilities: Capabilities

    def describe(self) -> JsonObject:
        """What moves results besides the prompts: ``revision``, dtype, generation settings, normalisation.

        Called after ``load``. Stored with the result; a resumed run must give the same again.
        """
        ...

    def segment_scored(self, pairs: Sequence[PairInput]) -> Sequence[ScoredMask | str]:
        """As ``segment``, with confidences: `rsica-bench label` keeps them."""
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

    Example:
        >>> import rsica_bench as rb
        >>> from pydantic import BaseModel
        >>> class Options(BaseModel, extra="forbid"):
        ...     word: str = "no"
        >>> class Constant:
        ...     def __init__(self, options):
        ...         self.word = options.word
        ...     def load(self, context):
        ...         pass
        ...     def generate(self, requests):
        ...         return [rb.Reply(self.word) for _ in requests]
        ...     def close(self):
        ...         pass
        >>> spec = rb.AdapterSpec("constant", "One word.", "text", Options, lambda options, model: Constant(options))
        >>> spec.make(Options(), None).generate([rb.Request("key", (), "Has anything changed?")])[0].text
        'no'
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
    capabilities = getattr(adapter, "capabilities", None)
    return capabilities if isinstance(capabilities, Capabilities) else spec.capabilities
