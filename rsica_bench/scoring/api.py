"""What a scorer gets and gives: items to score, tables of statistics, and how a scorer is registered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rsica_bench.metrics.statistics_tables import Table
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

    Attributes:
        instruction_id, turn: which assistant turn of which instruction.
        pair: the pair that it is about.
        gold: task, question and accepted answers.
        prompt: what was asked.
        raw: the reply as it came.
        answer: what was read from it; None where it could not be read, or there was none.
        reason: why there is no answer.
        classes: names of the classes that are asked about, in class-id order.
        references: the accepted texts.
        read_by: ``rules``, or ``model`` where a language model read the reply.

    Example:
        >>> import rsica_bench as rb
        >>> from rsica_bench.scoring.api import PairFacts
        >>> from rsica_data.schema import GoldTurn, Question
        >>> gold = GoldTurn("counting", Question("counting"), {"road": 1})
        >>> pair = PairFacts("demo/test/1", "demo", "test", True, None)
        >>> item = rb.ScoredItem("1#counting#0", 0, pair, gold, "How many?", "two", {"road": 2}, None, ("road",))
        >>> item.answer == item.gold.gold
        False
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
    read_by: Literal["rules", "model"] = "rules"


@dataclass(frozen=True)
class Measured:
    """What a scorer found: tables of statistics of items, numbered by their place in the list that it was given.

    Attributes:
        tables: statistics of items, from which metrics, intervals and strata are computed.
        absent: metrics that no table can have here, with the reason.

    Example:
        >>> import rsica_bench as rb
        >>> from rsica_bench.metrics.statistics_tables import mean_table
        >>> len(rb.Measured((mean_table(accuracy=[True, False]),)).tables)
        1
    """

    tables: tuple[Table, ...]
    absent: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ScorerSpec:
    """How a task is scored.

    Attributes:
        task: the task's name.
        measure: ``(items, protocol) -> Measured``. Metrics, intervals, comparisons and strata all follow from its
            tables; :func:`rsica_bench.metrics.statistics_tables.mean_table` makes the plain ones.
        columns: the metrics that a leaderboard shows, in this order.
        lower: those that are better when lower; ``mae`` means ``mae/road`` too.
        lead: the metric that rows are ranked by; empty for the first of ``columns``.
        variants: columns under protocols that lead with another metric, by name of the protocol; the first leads.

    Example:
        >>> import rsica_bench as rb
        >>> spec = rb.ScorerSpec("mine", lambda items, protocol: rb.Measured(()), ("accuracy", "mae"), lower=("mae",))
        >>> spec.is_lower("mae/road"), spec.shown({"mae": 1.0}), spec.lead_of({"mae": 1.0})
        (True, ('mae',), 'mae')
    """

    task: str
    measure: Callable[[Sequence[ScoredItem], BenchProtocol], Measured]
    columns: tuple[str, ...]
    lower: tuple[str, ...] = ()
    lead: str = ""
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def under(self, protocol: str) -> ScorerSpec:
        """The scorer with the columns and the lead of a protocol.

        Args:
            protocol: name of the protocol.

        Returns:
            The scorer itself where the protocol has no columns of its own.
        """
        columns = self.variants.get(protocol)
        return self if columns is None else replace(self, columns=columns, lead="", variants={})

    def shown(self, present: Collection[str]) -> tuple[str, ...]:
        """The columns among the metrics that are there.

        Args:
            present: names of metrics.

        Returns:
            Those of ``columns``, in their order.
        """
        return tuple(name for name in self.columns if name in present)

    def lead_of(self, present: Collection[str]) -> str:
        """The metric that rows are ranked by.

        Args:
            present: names of metrics.

        Returns:
            The lead where it is there, else the first column that is; empty for none.
        """
        return self.lead if self.lead in present else next(iter(self.shown(present) or present), "")

    def is_lower(self, name: str) -> bool:
        """Whether a metric is better when lower.

        Args:
            name: of the metric, as results have it (``mae/road``).

        Returns:
            True where ``lower`` names it or what it is a part of.
        """
        return any(f"/{part}/" in f"/{name}/" for part in self.lower)
