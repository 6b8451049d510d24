"""How much of a free text the facts bear out: a model takes the claims out of it, code checks them.

Figures:
    fact_precision: claims supported / claims supported or contradicted. Averaging: micro over claims. Source: this
        project.
    fact_contradiction: claims contradicted / claims that were kept. Averaging: micro over claims. Source: this
        project.
    fact_unsettled: claims that the facts do not settle / claims that were kept. Averaging: micro over claims. Source:
        this project.
    fact_recall: expected facts that a caption tells / expected facts; by part as fact_recall/PART. Averaging: micro
        over facts. Source: this project.
    claims_dropped: claims whose quote is not in the text or that compare a class with itself / claims. Averaging:
        micro over claims. Source: this project.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rsica_bench.judge.cases import Case
from rsica_bench.judge.expected import PARTS, expected_facts, told_facts
from rsica_bench.judge.grading import Grading, Reply, Votes
from rsica_bench.judge.rubric import Rubric
from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.scoring.api import ScoredItem
from rsica_data.claims.extraction import ExtractedClaim, case_of, check_claims, claims_schema
from rsica_data.schema import FactsView

REASONS = {
    "fact_precision": "no claim that the facts settle",
    "fact_contradiction": "no claim",
    "fact_unsettled": "no claim",
    "fact_recall": "no text that should tell such facts",
    "claims_dropped": "no claim",
}
_DESCRIBES = "captioning"
"""The task whose texts should tell all that changed; what a question asks for of the facts is not known."""
_CLAIMS = 4  # statistics of claims: supported, contradicted, unsettled, dropped


def free_text_cases(by_task: Mapping[str, Sequence[ScoredItem]], tasks: Sequence[str]) -> list[Case]:
    """A case for each free text of some tasks on a pair with facts.

    The model sees the names of the pair's classes, the question and the text, and nothing of the facts.
    """
    return [
        Case((item,), _content(item, item.pair.view), "facts")
        for task in tasks
        for item in by_task.get(task, ())
        if item.pair.view is not None and _is_free(item)
    ]


def _is_free(item: ScoredItem) -> bool:
    return item.gold.task == _DESCRIBES or (item.gold.task == "open_qa" and item.gold.question.kind == "text")


def _content(item: ScoredItem, view: FactsView) -> dict[str, Any]:
    text = "" if item.answer is None else str(item.answer.get("text", ""))
    return case_of(text, item.prompt, view)


def _view(case: Case) -> FactsView:
    view = case.items[0].pair.view
    assert view is not None
    return view


def _schema(case: Case, rubric: Rubric) -> Mapping[str, Any]:
    return claims_schema(rubric.schema, _view(case))


def _unasked(case: Case) -> Reply | None:
    return None if case.content["text"].strip() else {"claims": []}


def _checked(case: Case, vote: Reply) -> tuple[list[ExtractedClaim], int]:
    return check_claims(vote["claims"], str(case.content["text"]), _view(case))


def fact_row(case: Case, vote: Reply) -> list[float]:
    """Statistics of one reply: claims supported, contradicted, unsettled, dropped; facts told, then expected, by part.

    Args:
        case: a case of :func:`free_text_cases`.
        vote: the claims that a model gave.
    """
    claims, dropped = _checked(case, vote)
    tally = [sum(claim.status == status for claim in claims) for status in ("supported", "contradicted", "unsettled")]
    expected = expected_facts(_view(case)) if case.items[0].gold.task == _DESCRIBES else []
    supported = told_facts(claims)
    parts = [[fact for fact in expected if fact[0] == part] for part in PARTS]
    return [*tally, dropped, *(sum(fact in supported for fact in part) for part in parts), *map(len, parts)]


def _tables(cases: Sequence[Case], votes: Sequence[Votes], judged: Sequence[int]) -> list[Table]:
    """Sums over texts; of several votes on a text their mean."""
    rows = [np.mean([fact_row(cases[n], vote) for vote in votes[n]], axis=0) for n in judged]
    table = np.array(rows, np.float64).reshape(len(judged), _CLAIMS + 2 * len(PARTS))
    return [Table(table, np.array(judged, np.int64), _figures, REASONS, kinds=kinds_of(REASONS, "ratio"))]


def _figures(sums: Floats) -> Figures:
    supported, contradicted, unsettled, dropped = np.moveaxis(sums[..., :_CLAIMS], -1, 0)
    stated, expected = sums[..., _CLAIMS : _CLAIMS + len(PARTS)], sums[..., _CLAIMS + len(PARTS) :]
    kept = supported + contradicted + unsettled
    return {
        "fact_precision": divide(supported, supported + contradicted),
        "fact_contradiction": divide(contradicted, kept),
        "fact_unsettled": divide(unsettled, kept),
        "fact_recall": divide(stated.sum(axis=-1), expected.sum(axis=-1)),
        **{f"fact_recall/{part}": divide(stated[..., n], expected[..., n]) for n, part in enumerate(PARTS)},
        "claims_dropped": divide(dropped, kept + dropped),
    }


def _row(case: Case, votes: Votes) -> dict[str, Any]:
    checked_votes = [_checked(case, vote) for vote in votes]
    return {
        "text": case.content["text"],
        "votes": [
            {"claims": [claim.json() for claim in claims], "dropped": dropped} for claims, dropped in checked_votes
        ],
    }


GRADING = Grading(
    rubrics=("facts",),
    reply="claims",
    file="claims.jsonl",
    make_cases=free_text_cases,
    schema=_schema,
    unasked=_unasked,
    usable=lambda vote: True,
    tables=_tables,
    agreement=lambda votes: Scores({}, {}),
    row=_row,
)
"""Each free text by its claims."""
