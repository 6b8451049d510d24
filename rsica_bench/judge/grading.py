"""What a judge is asked for, and what becomes of its replies: one value for each way of grading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rsica_bench.judge.cases import Case
from rsica_bench.judge.rubric import Rubric
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.scoring.api import ScoredItem

Reply = Mapping[str, Any]
"""What a model gave, of the form of the schema."""
Votes = Sequence[Reply]


@dataclass(frozen=True)
class Grading:
    """One way of grading.

    Attributes:
        rubrics: the kinds of cases that it has, each with the rubric of that name unless another is given.
        reply: what one reply is, in a word: name of its schema.
        file: name of the file with a row a case.
        make_cases: ``(items by task, tasks) -> cases``.
        schema: ``(case, rubric) -> JSON schema`` of a reply.
        unasked: the reply that stands for a case that need not be asked for; None where it must.
        usable: whether a reply counts.
        tables: ``(cases, votes on each, numbers of those with a vote) -> tables``.
        agreement: how far votes agree.
        row: ``(case, votes) -> what the file says of it``.
    """

    rubrics: tuple[str, ...]
    reply: str
    file: str
    make_cases: Callable[[Mapping[str, Sequence[ScoredItem]], Sequence[str]], list[Case]]
    schema: Callable[[Case, Rubric], Mapping[str, Any]]
    unasked: Callable[[Case], Reply | None]
    usable: Callable[[Reply], bool]
    tables: Callable[[Sequence[Case], Sequence[Votes], Sequence[int]], list[Table]]
    agreement: Callable[[Sequence[Votes]], Scores]
    row: Callable[[Case, Votes], dict[str, Any]]
