"""A finished run before the judge: requests, votes, figures with intervals, agreement, cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from rsica_bench.judge import fact_score, verdicts
from rsica_bench.judge.cases import Case
from rsica_bench.judge.grading import Grading, Reply
from rsica_bench.judge.rubric import Rubric, load_rubric
from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.intervals import find_intervals
from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.run.predictions import PREDICTIONS
from rsica_bench.run.result import bootstrap_json, items_by_task, open_run
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, dump_json_pretty, remove_partial, sha256_file, write_atomic
from rsica_data.core.locking import locked_folder
from rsica_data.llm import LlmClient, LlmReply, LlmRequest, LlmSettings, Message, Usage
from rsica_data.llm.types import usage_to_json

JUDGE_VERSION = 1


@dataclass(frozen=True)
class JudgeOptions:
    """How to judge.

    Attributes:
        settings: server, model, prices, budget, cache.
        votes: replies asked for on a case.
        tasks: tasks of the run to judge.
        rubrics: rubric by the kind of case (``answer``, ``dialogue``, ``facts``) in place of the shipped ones.
        facts: take the claims out of free texts and check them, in place of verdicts on answers.
        temperature: of the judge; 0 gives no variety between votes on most servers.
        limit: maximum number of cases of each task.
        how: bootstrap of the intervals.
        progress: called with (votes done, in all).
    """

    settings: LlmSettings
    votes: int = 3
    tasks: tuple[str, ...] = ("open_qa", "dialogue")
    rubrics: Mapping[str, str] | None = None
    facts: bool = False
    temperature: float = 0.7
    limit: int | None = None
    how: Resampling = field(default_factory=Resampling)
    progress: Callable[[int, int], None] = lambda done, total: None

    @property
    def grading(self) -> Grading:
        """What is asked for."""
        return fact_score.GRADING if self.facts else verdicts.GRADING


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
    """Judge a run; the content of its ``judge.json``, which is written beside the replies below ``judge/``.

    Stopped at any time, the same call goes on: every vote that was paid for is in the cache.

    Raises:
        UserError: no finished run, none of the tasks, wrong server or model, budget reached.
    """
    by_task = _jobs_by_task(run, data, options)
    with locked_folder(run / "judge", "rsica-bench judge"):
        return _judge(run, by_task, options)


def _judge(run: Path, by_task: dict[str, list[_Job]], options: JudgeOptions) -> dict[str, Any]:
    remove_partial(run / "judge")
    total = len({request.key for jobs in by_task.values() for job in jobs for request in job.requests})
    with LlmClient(options.settings) as client:
        replies = _ask(client, by_task, options.progress, total)
        now = client.usage.to_json()
    tasks = {task: _report(jobs, replies, options) for task, jobs in by_task.items()}
    folder = run / "judge" / _folder_name(by_task, options)
    lines = [dump_json(_row(job, replies, options.grading)) + "\n" for jobs in by_task.values() for job in jobs]
    write_atomic(folder / options.grading.file, "".join(lines))
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
    grading = options.grading
    rubrics = {name: load_rubric((options.rubrics or {}).get(name, name), name) for name in grading.rubrics}
    cases = {task: grading.make_cases(items, [task])[: options.limit] for task in chosen}
    if not any(cases.values()):
        raise UserError(
            "has no free text on a pair with facts", file=run, hint="--facts checks captions and free answers"
        )
    return {
        task: [_job(case, rubrics[case.rubric], options) for case in task_cases]
        for task, task_cases in cases.items()
        if task_cases
    }


def _job(case: Case, rubric: Rubric, options: JudgeOptions) -> _Job:
    if options.grading.unasked(case) is not None:
        return _Job(case, rubric, ())
    message, schema = Message("user", rubric.render(case.content)), options.grading.schema(case, rubric)
    requests = tuple(
        LlmRequest(
            messages=(message,),
            model=options.settings.model,
            schema=schema,
            schema_name=options.grading.reply,
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


def _votes(job: _Job, replies: Mapping[str, LlmReply], grading: Grading) -> list[Reply]:
    """The usable replies on a case."""
    given = grading.unasked(job.case)
    if given is not None:
        return [given]
    case_replies = [replies[request.key] for request in job.requests]
    return [reply.data for reply in case_replies if reply.error is None and grading.usable(reply.data)]


def _report(jobs: Sequence[_Job], replies: Mapping[str, LlmReply], options: JudgeOptions) -> dict[str, Any]:
    grading = options.grading
    votes = [_votes(job, replies, grading) for job in jobs]
    judged = [number for number, case_votes in enumerate(votes) if case_votes]
    numbers: dict[str, int] = {}
    clusters = np.array([numbers.setdefault(job.case.items[0].pair.pair_id, len(numbers)) for job in jobs], np.int64)
    tables = grading.tables([job.case for job in jobs], votes, judged)
    scores = scores_of_tables(tables)
    agreement = grading.agreement(votes)
    return {
        "cases": len(jobs),
        "pairs": len(numbers),
        "judged": len(judged),
        "votes_missing": sum(
            max(0, len(job.requests) - len(case_votes)) for job, case_votes in zip(jobs, votes, strict=True)
        ),
        "metrics": scores.values,
        **find_intervals(tables, clusters, options.how).as_json(scores.values),
        "agreement": agreement.values,
        "absent": scores.absent | agreement.absent,
    }


def _row(job: _Job, replies: Mapping[str, LlmReply], grading: Grading) -> dict[str, Any]:
    failed = [error for request in job.requests if (error := replies[request.key].error) is not None]
    return {
        "instruction_id": job.case.key,
        "turn": job.case.items[0].turn if len(job.case.items) == 1 else None,
        "rubric": f"{job.rubric.name} v{job.rubric.version}",
        **grading.row(job.case, _votes(job, replies, grading)),
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
