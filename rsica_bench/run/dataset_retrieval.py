"""Retrieval over a dataset: captions of a split find their pairs, and pairs their captions, by an embedding adapter.

Models of one image make two vectors of a pair; what stands for it is what is asked for: the change (``difference``, the
later image less the earlier one), the sum of both, or one of the two images alone.

A caption is a query for all pairs of the split that have it (``text_to_pair``), a pair for all of its captions
(``pair_to_text``), as change captions find image pairs in Ferrod et al. 2024 (arXiv 2406.13424); but a caption that
several pairs share is right for each of them. The figures are those of `rsica_bench.metrics.retrieval`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rsica_bench.metrics.retrieval import retrieval_table
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.models.api import AdapterSpec, EmbeddingAdapter, RunContext
from rsica_bench.protocols import find_protocol
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.validation import validate_model
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import EncodedImage

PairVector = Literal["difference", "sum", "after", "before"]
_BATCH = 64
Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class RetrievalOptions:
    """What is asked.

    Attributes:
        adapter, model, settings: of kind ``embedding``, its model and its options.
        vector: what stands for a pair.
        changed: take pairs that changed alone; the captions of others are mostly the same few sentences.
        limit: number of pairs, the first ones; None for all.
        device: where to compute; None to choose.
        allow_code: let the adapter run code of the user's.
        state: a folder that the adapter may use.
    """

    adapter: str
    model: str | None
    settings: dict[str, Any]
    state: Path
    vector: PairVector = "difference"
    changed: bool = False
    limit: int | None = None
    device: str | None = None
    allow_code: bool = False


@dataclass(frozen=True)
class RetrievalMeasure:
    """Tables of both directions, and of a model that gives one score to all.

    Attributes:
        tables, chance: the tables; their items are texts, and after these pairs.
        clusters: number of the pair of each item, of a text the first pair that has it.
        pairs, texts: how many there are; equal texts are one.
        without: pairs without a caption or an image, which are left out.
    """

    tables: tuple[Table, ...]
    chance: tuple[Table, ...]
    clusters: NDArray[np.int64]
    pairs: int
    texts: int
    without: int


def choose_embedding(options: RetrievalOptions) -> tuple[AdapterSpec, BaseModel]:
    """The adapter that is asked for, with its options.

    Raises:
        UserError: unknown adapter or option; one that does not embed; code without ``allow_code``.
    """
    spec: AdapterSpec = registry.load(registry.ADAPTERS, options.adapter)
    if spec.kind != "embedding":
        raise UserError(f"'{spec.name}' embeds no images and texts", key="--adapter", hint="clip")
    chosen = validate_model(spec.options, options.settings, prefix=["--set"])
    code = spec.runs_code(chosen, options.model)
    if code is not None and not options.allow_code:
        raise UserError(
            f"adapter '{spec.name}' would run code of yours: {code}", hint="add --allow-code if you trust it"
        )
    return spec, chosen


def measure_retrieval(dataset: BuiltDataset, split: str, options: RetrievalOptions) -> RetrievalMeasure:
    """Retrieval in both directions over a split.

    Args:
        dataset: the dataset; pairs have captions.
        split: of it.
        options: what is asked.

    Raises:
        UserError: as of `choose_embedding`; no pair with captions; an adapter whose vectors are not unit vectors.
    """
    spec, chosen = choose_embedding(options)
    adapter: EmbeddingAdapter = spec.make(chosen, options.model)
    context = RunContext(dataset, split, find_protocol("default"), device=options.device, state=options.state)
    adapter.load(context)
    try:
        return _measure(dataset, split, options, adapter)
    finally:
        adapter.close()


def _measure(
    dataset: BuiltDataset, split: str, options: RetrievalOptions, adapter: EmbeddingAdapter
) -> RetrievalMeasure:
    captions: list[tuple[str, ...]] = []
    vectors: list[Vectors] = []
    without = 0
    for before, after, texts in _batches(dataset, split, options):
        usable = [place for place, own in enumerate(texts) if own and after[place] is not None]
        without += len(texts) - len(usable)
        if usable:
            sides = [[image for place in usable if (image := side[place]) is not None] for side in (before, after)]
            vectors.append(_pair_vectors(adapter, sides, options.vector))
            captions += [texts[place] for place in usable]
    if not captions:
        raise UserError(f"split '{split}' has no pair with captions to find", file=dataset.root)
    texts_of_all = list(dict.fromkeys(text for own in captions for text in own))
    parts = [texts_of_all[start : start + _BATCH] for start in range(0, len(texts_of_all), _BATCH)]
    embedded = np.concatenate([np.asarray(adapter.embed_texts(part), np.float64) for part in parts])
    return _tables(embedded @ np.concatenate(vectors).T, texts_of_all, captions, without)


def _batches(
    dataset: BuiltDataset, split: str, options: RetrievalOptions
) -> Iterator[tuple[list[EncodedImage | None], list[EncodedImage | None], list[tuple[str, ...]]]]:
    """Before, after and captions of some pairs at a time."""
    held: list[tuple[EncodedImage | None, EncodedImage | None, tuple[str, ...]]] = []
    taken = 0
    for pair in dataset.pairs(split):
        if (options.changed and not pair.changed) or (options.limit is not None and taken == options.limit):
            continue
        taken += 1
        held.append((pair.before, pair.after, pair.captions))
        if len(held) == _BATCH:
            yield _columns(held)
            held = []
    if held:
        yield _columns(held)


def _columns(
    rows: Sequence[tuple[EncodedImage | None, EncodedImage | None, tuple[str, ...]]],
) -> tuple[list[EncodedImage | None], list[EncodedImage | None], list[tuple[str, ...]]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def _pair_vectors(adapter: EmbeddingAdapter, sides: Sequence[Sequence[EncodedImage]], how: PairVector) -> Vectors:
    """One vector a pair, of length 1, or 0 where both images are alike and their difference is asked for."""
    if how in ("before", "after"):
        return np.asarray(adapter.embed_images(sides[how == "after"]), np.float64)
    before, after = (np.asarray(adapter.embed_images(side), np.float64) for side in sides)
    vectors = after + before if how == "sum" else after - before
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0))


def _tables(
    scores: Vectors, texts: Sequence[str], captions: Sequence[tuple[str, ...]], without: int
) -> RetrievalMeasure:
    owned = [set(own) for own in captions]
    right = np.array([[text in own for own in owned] for text in texts], bool)
    first = right.argmax(axis=1)
    numbers = {"text_to_pair/": np.arange(len(texts)), "pair_to_text/": len(texts) + np.arange(len(captions))}

    def both(values: Vectors) -> tuple[Table, ...]:
        sides = {"text_to_pair/": (values, right), "pair_to_text/": (values.T, right.T)}
        return tuple(retrieval_table(*side).under(name, numbers[name]) for name, side in sides.items())

    clusters = np.concatenate([first, np.arange(len(captions))])
    return RetrievalMeasure(both(scores), both(np.zeros_like(scores)), clusters, len(captions), len(texts), without)
