"""How the rows of a table are ranked: by the figure that the task's scorer names, in every table and page.

Rows of a protocol that is not known are listed by name and never ranked: they need not be of one protocol. Neither are
rows that print again what another row has, and rows of which too many replies were not read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from rsica_bench.files.benchmark_items import incomplete
from rsica_bench.protocols import BenchProtocol
from rsica_bench.run.mask_scores import MASK_COLUMNS
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.unread import MOST_UNREAD
from rsica_data.core import registry

T = TypeVar("T")
UNKNOWN = "unknown"
"""The protocol of published rows that do not say which they have."""

# Tasks that papers have and no scorer, with their figures in the order of the papers. The first leads.
_OTHER_COLUMNS: dict[str, tuple[str, ...]] = {**MASK_COLUMNS, "vqa": ("accuracy", "average_accuracy")}


def scorer_of(task: str, protocol: str = "") -> ScorerSpec:
    """The scorer of a task; for a task that only published rows have, one that measures nothing.

    Args:
        task: its name.
        protocol: the protocol as tables name it, which may lead with another figure.
    """
    if task in registry.names(registry.SCORERS):
        scorer: ScorerSpec = registry.load(registry.SCORERS, task)
        return scorer.under(protocol.partition(" ")[0])
    return ScorerSpec(task, _nothing, _OTHER_COLUMNS.get(task, ()))


def _nothing(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    return Measured(())


def stated_protocol(result: Mapping[str, Any]) -> str:
    """A result's protocol as tables name it, with the history where it is not gold, and the reading where a model read.

    Args:
        result: the content of a result.json.
    """
    protocol, reading = result["protocol"], result.get("reading")
    name = f"{protocol['name']} v{protocol['version']}"
    history = "" if protocol["history"] == "gold" else f", {protocol['history']} history"
    reader = "" if reading is None or reading.get("model") is None else f", read by {reading['name']}"
    return f"{name}{history}{reader}"


def stated_split(result: Mapping[str, Any], task: str) -> str:
    """A result's split as tables name it, with what a run asked of it where that is not all: such runs are a table of
    their own, since figures of a part do not compare with those of the whole.
    """
    split, limit = str(result["split"]), result.get("limit")
    part = "".join(f", {count} items" for count in incomplete(result.get("benchmark"), task).values())
    return f"{split}, first {limit} of each task" if limit is not None and not part else split + part


def unread_reason(entry: Mapping[str, Any]) -> str:
    """Why a row has no rank: more of its replies were not read than the rule allows; empty where it has one."""
    items, unread = int(entry["items"]), int(entry.get("unparsed", 0))
    return f"{unread} of {items} replies could not be read" if unread > MOST_UNREAD * items else ""


def ranked(
    rows: Iterable[T],
    lead: str,
    lower: bool,
    values: Callable[[T], Mapping[str, float]],
    name: Callable[[T], str],
    unranked: Callable[[T], bool] = lambda row: False,
) -> list[T]:
    """Rows from the best value of the figure ``lead`` to the worst, those without it last; equals by name.

    Rows that are not ranked come after all others, by name.
    """

    def key(row: T) -> tuple[bool, bool, float, str]:
        value = None if unranked(row) else values(row).get(lead)
        return unranked(row), value is None, (value or 0.0) * (1 if lower else -1), name(row)

    return sorted(rows, key=key)
