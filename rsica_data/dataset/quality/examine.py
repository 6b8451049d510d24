"""All checks of quality in one reading of a dataset."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rsica_data.core.errors import InvalidItemError
from rsica_data.dataset.checks_section import MaskLimits
from rsica_data.dataset.quality.embeddings import Embeddings
from rsica_data.dataset.quality.leaks import Leak, Sketch, find_leaks, sketch
from rsica_data.dataset.quality.mask_fit import MaskFinding, mask_findings
from rsica_data.dataset.quality.nearness import nearness_values
from rsica_data.dataset.quality.repeated_questions import Doubled, doubled_questions
from rsica_data.dataset.quality.slivers import Slivers, SliverSearch
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.schema import Instruction
from rsica_data.schema.arrow import StoredPair


@dataclass(frozen=True)
class QualityOptions:
    """What is checked.

    Attributes:
        images: compare images with each other and with their masks, which decodes every one of them.
        shown: findings of a kind that the report names; all are counted.
        progress: called with (pairs read, in all).
        embeddings: of images, where some model made them.
        limits: from where on a mask disagrees with its images.
    """

    images: bool = True
    shown: int = 20
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)
    embeddings: Embeddings | None = None
    limits: MaskLimits = field(default_factory=MaskLimits)


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes:
        leaks: between splits.
        doubled: rows of a pair that ask the same.
        masks: that disagree with their images.
        slivers: at the edges of images.
        unreadable: ids of pairs with images that cannot be decoded.
        nearness: as :func:`nearness_values` gives it.
        images: whether images were compared.
        splits: split of each pair.
    """

    leaks: tuple[Leak, ...]
    doubled: tuple[Doubled, ...]
    masks: tuple[MaskFinding, ...]
    slivers: Slivers
    unreadable: tuple[str, ...]
    nearness: dict[str, Any] | None
    images: bool
    splits: dict[str, str]


def examine(dataset: BuiltDataset, options: QualityOptions | None = None) -> Findings:
    """Run all checks over a dataset, a shard in memory at a time.

    Raises:
        UserError: the dataset is damaged, or has georeferences in several systems and pyproj is not installed.
    """
    options = options or QualityOptions()
    sketches: list[Sketch] = []
    doubled: list[Doubled] = []
    masks: list[MaskFinding] = []
    unreadable: list[str] = []
    slivers = SliverSearch(dataset.rules)
    images = options.images and "withheld" not in dataset.manifest
    total = sum(dataset.manifest["counts"]["pairs"].values())
    for shard in dataset.shards():
        by_pair: dict[str, list[Instruction]] = {}
        for item in dataset.shard_instructions(shard):
            by_pair.setdefault(item.pair_id, []).append(item)
        for items in by_pair.values():
            doubled += doubled_questions(items)
        for pair in dataset.shard_pairs(shard, images=images):
            slivers.add(pair)
            try:
                pair_sketch, pair_masks = _looked_at(pair, images, options.limits)
            except (InvalidItemError, ValueError):  # of a mask, of an image
                unreadable.append(pair.pair_id)
                pair_sketch, pair_masks = _looked_at(pair, False, options.limits)
            sketches.append(pair_sketch)
            masks += pair_masks
            options.progress(len(sketches), total)
    return Findings(
        tuple(find_leaks(sketches, options.embeddings)),
        tuple(doubled),
        tuple(masks),
        slivers.result(),
        tuple(unreadable),
        nearness_values(sketches),
        images,
        {one.pair_id: one.split for one in sketches},
    )


def _looked_at(pair: StoredPair, images: bool, limits: MaskLimits) -> tuple[Sketch, list[MaskFinding]]:
    return sketch(pair, images), mask_findings(pair, limits) if images else []
