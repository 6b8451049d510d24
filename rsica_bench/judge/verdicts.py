"""Verdicts on answers and conversations: score, shares, consistency, agreement of the votes.

Figures:
    judge_score: mean worth of the votes on a case, 1 correct, 0.5 partly, 0 wrong; by kind as judge_score/KIND.
        Averaging: mean over cases. Source: this project.
    judge_correct: cases whose most frequent verdict is correct / cases. Averaging: mean over cases. Source: this
        project.
    judge_partly: the same of partly. Averaging: mean over cases. Source: this project.
    judge_wrong: the same of wrong. Averaging: mean over cases. Source: this project.
    judge_consistent: votes that call a conversation consistent / votes. Averaging: mean over conversations. Source:
        this project.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from rsica_bench.judge.cases import Case, make_cases
from rsica_bench.judge.grading import Grading, Reply, Votes
from rsica_bench.judge.rubric import VERDICTS
from rsica_bench.metrics.agreement import agreement_scores
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.statistics_tables import Table, mean_table

_KINDS: dict[str, Kind] = {"judge_score": "mean", "judge_consistent": "mean"}


def majority(votes: Votes) -> str:
    """The most frequent verdict; of equally frequent ones the worse."""
    tally = Counter(str(vote["verdict"]) for vote in votes)
    return min(tally, key=lambda verdict: (-tally[verdict], VERDICTS[verdict]))


def _usable(vote: Reply) -> bool:
    return vote["verdict"] in VERDICTS


def _score(votes: Votes) -> float:
    return float(np.mean([VERDICTS[vote["verdict"]] for vote in votes]))


def _tables(cases: Sequence[Case], votes: Sequence[Votes], judged: Sequence[int]) -> list[Table]:
    """Score, verdicts and consistency of the cases that have a verdict; by kind of question where there are several."""
    value = [_score(votes[n]) for n in judged]
    final = [majority(votes[n]) for n in judged]
    shares = {name: [one == name for one in final] for name in VERDICTS}
    verdicts = {f"judge_{name}": shares[name] for name in VERDICTS}
    tables = [mean_table(judged, _KINDS, judge_score=value, **verdicts)]
    consistent = [n for n in judged if all("consistent" in vote for vote in votes[n])]
    if consistent:
        agreeing = [float(np.mean([vote["consistent"] for vote in votes[n]])) for n in consistent]
        tables.append(mean_table(consistent, _KINDS, judge_consistent=agreeing))
    kinds = [cases[n].items[0].gold.question.kind for n in judged]
    for kind in sorted(set(kinds)) if len(set(kinds)) > 1 else ():
        part = [(n, score) for n, score, case_kind in zip(judged, value, kinds, strict=True) if case_kind == kind]
        tables.append(mean_table([n for n, _ in part], _KINDS, **{f"judge_score/{kind}": [score for _, score in part]}))
    return tables


def _agreement(votes: Sequence[Votes]) -> Scores:
    return agreement_scores([[vote["verdict"] for vote in case_votes] for case_votes in votes])


def _row(case: Case, votes: Votes) -> dict[str, Any]:
    known = {"verdict": majority(votes), "score": _score(votes)} if votes else {"verdict": None, "score": None}
    return {**known, "votes": list(votes)}


GRADING = Grading(
    rubrics=("answer", "dialogue"),
    reply="verdict",
    file="verdicts.jsonl",
    make_cases=make_cases,
    schema=lambda case, rubric: rubric.schema,
    unasked=lambda case: None,
    usable=_usable,
    tables=_tables,
    agreement=_agreement,
    row=_row,
)
"""Each answer, and each conversation, against the accepted answers and the facts."""
