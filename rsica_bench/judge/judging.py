"""A finished run before the judge: requests, votes, verdicts, figures with intervals, agreement, cost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from rsica_bench.judge.cases import Case, make_cases
from rsica_bench.judge.rubric import VERDICTS, Rubric, load_rubric
from rsica_bench.metrics.agreement import agreement_scores
from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.intervals import find_intervals
from rsica_bench.metrics.tables import Table, mean_table, scores_of_tables
from rsica_bench.runner.predictions import PREDICTIONS
from rsica_bench.runner.result import bootstrap_json, items_by_task, open_run
from rsica_data.errors import UserError
from rsica_data.journal import dump_json, dump_json_pretty, remove_partial, sha256_file, write_atomic
from rsica_data.llm import LlmClient, LlmReply, LlmRequest, LlmSettings, Message, Usage
from rsica_data.llm.types import usage_to_json
from rsica_data.locking import locked_folder

JUDGE_VERSION = 1
_KINDS: dict[str, Kind] = {"judge_score": "mean", "judge_consistent": "mean"}


@dataclass(frozen=True)
class JudgeOptions:
    """How to judge.

    Attributes:
        settings: server, model, prices, budget, cache.
        votes: verdicts asked for a case.
        tasks: tasks of the run to judge.
        rubrics: rubric by the kind of case (``answer``, ``dialogue``) in place of the shipped ones.
        temperature: of the judge; 0 gives no variety between votes on most servers.
        limit: at most so many cases of each task.
        how: bootstrap of the intervals.
        progress: called with (votes done, in all).
    """

    settings: LlmSettings
    votes: int = 3
    tasks: tuple[str, ...] = ("open_qa", "dialogue")
    rubrics: Mapping[str, str] | None = None
    temperature: float = 0.7
    limit: int | None = None
    how: Resampling = field(default_factory=Resampling)
    progress: Callable[[int, int], None] = lambda done, total: None


@dataclass(frozen=True)
class _Job:
    case: Case
    rubric: Rubric
    requests: tuple[LlmRequest, ...]


def plan_run(run: Path, data: Path | None, options: JudgeOptions) -> dict[str, Any]:
    """What judging would need: requests, tokens, cost. Sends nothing.

    Raises:
        UserError: no finished run, or it has none of the tasks.
    """
    jobs = [job for jobs in _jobs_by_task(run, data, options).values() for job in jobs]
    with LlmClient(options.settings) as client:
        plan = client.plan(request for job in jobs for request in job.requests)
    return {"cases": len(jobs), **plan.to_json()}


def judge_run(run: Path, data: Path | None, options: JudgeOptions) -> dict[str, Any]:
    """Judge a run; the content of its ``judge.json``, which is written beside the verdicts below ``judge/``.

    Stopped at any time, the same call goes on: every vote that was paid for is in the cache.

    Raises:
        UserError: no finished run, none of the tasks, wrong server or model, budget reached.
    """
    by_task = _jobs_by_task(run, data, options)
    with locked_folder(run / "judge", "rsica-bench judge"):
        return _judge(run, by_task, options)


def _judge(run: Path, by_task: dict[str, list[_Job]], options: JudgeOptions) -> dict[str, Any]:
    remove_partial(run / "judge")
    total = sum(len(job.requests) for jobs in by_task.values() for job in jobs)
    with LlmClient(options.settings) as client:
        replies = _ask(client, by_task, options.progress, total)
        now = client.usage.to_json()
    tasks = {task: _report(jobs, replies, options.how) for task, jobs in by_task.items()}
    folder = run / "judge" / _folder_name(by_task, options)
    lines = [dump_json(row) + "\n" for jobs in by_task.values() for job in jobs for row in [_verdict_row(job, replies)]]
    write_atomic(folder / "verdicts.jsonl", "".join(lines))
    result = {
        "judge_version": JUDGE_VERSION,
        "model": options.settings.model,
        "votes": options.votes,
        "temperature": options.temperature,
        "rubrics": _rubrics_json(by_task),
        "predictions_sha256": sha256_file(run / PREDICTIONS),
        "bootstrap": bootstrap_json(options.how),
        "tasks": tasks,
        "usage": usage_to_json(sum((reply.usage for reply in replies.values()), Usage(cost=Decimal(0)))),
    }
    write_atomic(folder / "judge_info.json", dump_json_pretty(now))
    write_atomic(folder / "judge.json", dump_json_pretty(result))
    return result | {"folder": str(folder), "now": now}


def _jobs_by_task(run: Path, data: Path | None, options: JudgeOptions) -> dict[str, list[_Job]]:
    settings, dataset = open_run(run, data)
    items = items_by_task(dataset, run, settings)
    chosen = [task for task in options.tasks if items.get(task)]
    if not chosen:
        raise UserError(
            f"has none of the tasks {', '.join(options.tasks)}", file=run, hint=f"it has {', '.join(items)}"
        )
    rubrics = {name: load_rubric((options.rubrics or {}).get(name, name)) for name in ("answer", "dialogue")}
    return {
        task: [_job(case, rubrics[case.rubric], options) for case in make_cases(items, [task])[: options.limit]]
        for task in chosen
    }


def _job(case: Case, rubric: Rubric, options: JudgeOptions) -> _Job:
    message = Message("user", rubric.render(case.content))
    requests = tuple(
        LlmRequest(
            messages=(message,),
            model=options.settings.model,
            schema=rubric.schema,
            schema_name="verdict",
            parameters={"temperature": options.temperature},
            sample=sample,
        )
        for sample in range(options.votes)
    )
    return _Job(case, rubric, requests)


def _ask(
    client: LlmClient, by_task: Mapping[str, Sequence[_Job]], progress: Callable[[int, int], None], total: int
) -> dict[str, LlmReply]:
    def requests() -> Iterator[LlmRequest]:
        return (request for jobs in by_task.values() for job in jobs for request in job.requests)

    replies: dict[str, LlmReply] = {}
    for reply in client.ask_all(requests()):
        replies[reply.key] = reply
        progress(len(replies), total)
    return replies


def _votes(job: _Job, replies: Mapping[str, LlmReply]) -> list[dict[str, Any]]:
    """The usable verdicts on a case."""
    found = [replies[request.key] for request in job.requests]
    return [reply.data for reply in found if reply.error is None and reply.data["verdict"] in VERDICTS]


def _majority(votes: Sequence[Mapping[str, Any]]) -> str:
    """The most frequent verdict; of equally frequent ones the worse."""
    tally = Counter(str(vote["verdict"]) for vote in votes)
    return min(tally, key=lambda verdict: (-tally[verdict], VERDICTS[verdict]))


def _report(jobs: Sequence[_Job], replies: Mapping[str, LlmReply], how: Resampling) -> dict[str, Any]:
    votes = [_votes(job, replies) for job in jobs]
    judged = [number for number, found in enumerate(votes) if found]
    numbers: dict[str, int] = {}
    clusters = np.array([numbers.setdefault(job.case.items[0].pair.pair_id, len(numbers)) for job in jobs], np.int64)
    tables = _tables(jobs, votes, judged)
    scores = scores_of_tables(tables)
    agreement = agreement_scores([[vote["verdict"] for vote in found] for found in votes])
    return {
        "cases": len(jobs),
        "pairs": len(numbers),
        "judged": len(judged),
        "votes_missing": sum(len(job.requests) - len(found) for job, found in zip(jobs, votes, strict=True)),
        "metrics": scores.values,
        **find_intervals(tables, clusters, how).as_json(scores.values),
        "agreement": agreement.values,
        "absent": scores.absent | agreement.absent,
    }


def _tables(jobs: Sequence[_Job], votes: Sequence[Sequence[Mapping[str, Any]]], judged: Sequence[int]) -> list[Table]:
    """Score, verdicts and consistency of the cases that have a verdict; by kind of question where there are several."""
    value = [float(np.mean([VERDICTS[vote["verdict"]] for vote in votes[n]])) for n in judged]
    final = [_majority(votes[n]) for n in judged]
    shares = {name: [one == name for one in final] for name in VERDICTS}
    verdicts = {f"judge_{name}": shares[name] for name in VERDICTS}
    tables = [mean_table(judged, _KINDS, judge_score=value, **verdicts)]
    told = [n for n in judged if all("consistent" in vote for vote in votes[n])]
    if told:
        agreeing = [float(np.mean([vote["consistent"] for vote in votes[n]])) for n in told]
        tables.append(mean_table(told, _KINDS, judge_consistent=agreeing))
    kinds = [jobs[n].case.items[0].gold.question.kind for n in judged]
    for kind in sorted(set(kinds)) if len(set(kinds)) > 1 else ():
        part = [(n, score) for n, score, found in zip(judged, value, kinds, strict=True) if found == kind]
        tables.append(mean_table([n for n, _ in part], _KINDS, **{f"judge_score/{kind}": [score for _, score in part]}))
    return tables


def _verdict_row(job: _Job, replies: Mapping[str, LlmReply]) -> dict[str, Any]:
    votes = _votes(job, replies)
    failed = [error for request in job.requests if (error := replies[request.key].error) is not None]
    return {
        "instruction_id": job.case.key,
        "turn": job.case.items[0].turn if len(job.case.items) == 1 else None,
        "rubric": f"{job.rubric.name} v{job.rubric.version}",
        "verdict": _majority(votes) if votes else None,
        "score": float(np.mean([VERDICTS[vote["verdict"]] for vote in votes])) if votes else None,
        "votes": votes,
        "failed": failed,
        "requests": [request.key for request in job.requests],
    }


def _rubrics_json(by_task: Mapping[str, Sequence[_Job]]) -> dict[str, Any]:
    used = {job.rubric.name: job.rubric for jobs in by_task.values() for job in jobs}
    return {name: {"version": one.version, "sha256": one.sha256} for name, one in sorted(used.items())}


def _folder_name(by_task: Mapping[str, Sequence[_Job]], options: JudgeOptions) -> str:
    rubrics = "+".join(f"{name}-v{one['version']}" for name, one in _rubrics_json(by_task).items())
    model = re.sub(r"[^A-Za-z0-9._-]+", "-", options.settings.model)
    return f"{model}--{rubrics}--{options.votes}-votes"
