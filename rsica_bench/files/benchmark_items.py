"""Which benchmark a run is of, and how many of its items it asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

PAIRS = "pairs"
"""The key under which the number of image pairs stands, beside those of tasks."""
MASK_TASKS = {
    "change": "change_detection",
    "multi_class": "multi_class_change",
    "semantic": "semantic_change",
    "damage": "building_damage",
}
"""The task that a part of the block ``masks`` of a result is on a board."""
MaskPart = Literal["change", "multi_class", "semantic", "damage"]


@dataclass(frozen=True)
class BenchmarkItems:
    """What a run states of its benchmark.

    Attributes:
        name, version: of the benchmark.
        items: how many items of each task the run asks; ``pairs`` is the number of image pairs.
        published: the published numbers, for those of ``items`` that have one.
        masks: which figures of predicted masks the benchmark is scored by; None where it is scored by answers.
    """

    name: str
    version: int
    items: Mapping[str, int]
    published: Mapping[str, int] = field(default_factory=dict)
    masks: MaskPart | None = None

    def as_json(self) -> dict[str, Any]:
        """The record that run.json and result.json hold."""
        return asdict(self) | {"items": dict(self.items), "published": dict(self.published)}


def part_of(items: int, published: int) -> str:
    """A number of items beside the published one.

    Example:
        >>> part_of(12, 1929)
        '12 of 1,929'
    """
    return f"{items:,} of {published:,}"


def incomplete(stated: Mapping[str, Any] | None, task: str | None = None) -> dict[str, str]:
    """What a run asks in another number than was published, by task; nothing where it is complete.

    Args:
        stated: the record ``benchmark`` of a result; None for a run of no benchmark.
        task: look at this task alone, as a board names it.

    Example:
        >>> incomplete({"items": {"captioning": 12}, "published": {"captioning": 1929}})
        {'captioning': '12 of 1,929'}
    """
    if stated is None:
        return {}
    items, published = stated["items"], stated["published"]
    wanted = published if task is None else [PAIRS if task in MASK_TASKS.values() else task]
    return {
        name: part_of(items.get(name, 0), published[name])
        for name in wanted
        if name in published and items.get(name, 0) != published[name]
    }


def items_told(stated: Mapping[str, Any]) -> str:
    """The number of items of a benchmark's run, a part a task.

    Example:
        >>> items_told({"items": {"captioning": 12}, "published": {"captioning": 1929}})
        'items: 12 of 1,929'
    """
    items, published = stated["items"], stated["published"]
    parts = {
        name: part_of(number, published[name]) if name in published else f"{number:,}" for name, number in items.items()
    }
    shown = {name: text for name, text in parts.items() if name != PAIRS or len(parts) == 1 or name in published}
    if len(shown) == 1:
        return f"items: {next(iter(shown.values()))}"
    return "items: " + ", ".join(f"{name} {text}" for name, text in shown.items())
