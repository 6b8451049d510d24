"""Figures of replies that another harness has collected, by the readers and scorers of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_bench.items import Job, Reply, make_job, read_reply
from rsica_bench.metrics.statistics_tables import scores_of_tables
from rsica_bench.protocols import find_protocol
from rsica_bench.run.predictions import scored_items
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.task_report import measure_task
from rsica_data.core import registry
from rsica_data.core.files import dump_json
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset, pair_of
from rsica_data.schema import TaskSpec, Unparsed

Replies = Mapping[tuple[str, int], str]
"""Reply by instruction id and number of the assistant turn."""


class HarnessScorer:
    """Scores replies as ``rsica-bench score`` does: the same readers, the same scorers, the same figures.

    Args:
        data: the built dataset that the questions are from, its folder or its name on the Hub.
        split: that was asked.
        protocol: name of the protocol.
    """

    def __init__(self, data: BuiltDataset | Path | str, split: str, protocol: str = "default") -> None:
        self._dataset = data if isinstance(data, BuiltDataset) else open_dataset(data)
        self._split, self._protocol = split, find_protocol(protocol)

    def scores(self, replies: Replies) -> dict[str, dict[str, float]]:
        """Figures by task, over the instructions that have a reply; figures that are undefined are left out."""
        by_task: dict[str, list[ScoredItem]] = {}
        rows = {key: {"raw": text} for key, text in replies.items()}
        only = frozenset(name for name, _ in replies)
        for task, item in scored_items(self._dataset, self._split, None, rows, only):
            by_task.setdefault(task, []).append(item)
        return {
            task: dict(scores_of_tables(measure_task(task, items, self._protocol).tables).values)
            for task, items in by_task.items()
        }

    def figures(self) -> dict[str, list[str]]:
        """Names of the figures of each task: those that the stored answers have."""
        stored = {
            (item.instruction_id, turn): text.content
            for item in self._dataset.instructions(self._split)
            for turn, text in enumerate(item.turns[1::2])
        }
        return {task: sorted(scores) for task, scores in self.scores(stored).items()}


@dataclass(frozen=True, slots=True)
class Judged:
    """What one reply is worth by itself.

    Attributes:
        right: whether the task's own rule accepts it; None where it holds no answer.
        answer: what was read from it, as JSON, or why nothing was.
    """

    right: bool | None
    answer: str


class Judge:
    """Judges single replies to the questions of a split.

    Args:
        dataset: that the questions are from.
        split: that was asked.
    """

    def __init__(self, dataset: BuiltDataset, split: str) -> None:
        self._jobs: dict[str, Job] = {}
        for shard in dataset.shards(split):
            pairs = {pair.pair_id: pair for pair in dataset.shard_pairs(shard, images=False)}
            for item in dataset.shard_instructions(shard):
                self._jobs[item.instruction_id] = make_job(item, pair_of(item, pairs))

    def judge(self, instruction_id: str, turn: int, reply: str) -> Judged:
        """What a reply to a turn is worth."""
        job = self._jobs[instruction_id]
        gold = job.golds[turn]
        answer = read_reply(Reply(reply), gold, job.classes, job.item.turns[2 * turn].content)
        if isinstance(answer, Unparsed):
            return Judged(None, answer.reason)
        task: TaskSpec = registry.load(registry.TASKS, gold.task)
        return Judged(task.matches(gold.gold, answer), dump_json(answer))


class Collected:
    """Replies that a harness hands over one by one, and again as a list for each figure: scored once.

    Args:
        scorer: computes the figures.
    """

    def __init__(self, scorer: HarnessScorer) -> None:
        self._scorer = scorer
        self._last: tuple[frozenset[tuple[tuple[str, int], str]], dict[str, dict[str, float]]] | None = None

    def figure(self, task: str, name: str, rows: Iterable[Mapping[str, Any]]) -> float:
        """A figure of rows ``{"id", "turn", "reply"}``; not a number where it is undefined for them."""
        replies = {(str(row["id"]), int(row["turn"])): str(row["reply"]) for row in rows}
        key = frozenset(replies.items())
        if self._last is None or self._last[0] != key:
            self._last = key, self._scorer.scores(replies)
        return self._last[1].get(task, {}).get(name, float("nan"))
