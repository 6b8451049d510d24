"""What a scorer gets and gives: items to score, tables of statistics, and how a scorer is registered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rsica_bench.metrics.tables import Table
from rsica_bench.protocols import BenchProtocol
from rsica_data.schema import FactsView, GoldTurn, JsonObject


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
        variants: columns under protocols that lead with another figure, by name of the protocol; the first leads.
    """

    task: str
    measure: Callable[[Sequence[ScoredItem], BenchProtocol], Measured]
    columns: tuple[str, ...]
    lower: tuple[str, ...] = ()
    lead: str = ""
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def under(self, protocol: str) -> ScorerSpec:
        """The scorer with the columns and the lead of a protocol, by its name."""
        columns = self.variants.get(protocol)
        return self if columns is None else replace(self, columns=columns, lead="", variants={})

    def shown(self, present: Collection[str]) -> tuple[str, ...]:
        """The columns among the figures that are there."""
        return tuple(name for name in self.columns if name in present)

    def lead_of(self, present: Collection[str]) -> str:
        """The figure that rows are ranked by: the lead where it is there, else the first that is; empty for none."""
        return self.lead if self.lead in present else next(iter(self.shown(present) or present), "")

    def is_lower(self, name: str) -> bool:
        """Whether a figure is better when lower."""
        return any(f"/{part}/" in f"/{name}/" for part in self.lower)
