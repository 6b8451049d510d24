"""Dialogue: every turn by its own task's scorer, and the share of conversations in which every typed turn is right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rsica_bench.contracts import ScoredItem, ScorerSpec, TaskScore
from rsica_bench.metrics.scores import Scores
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.common import task_score
from rsica_data import plugins
from rsica_data.schema import TaskSpec


def score(items: Sequence[ScoredItem], protocol: BenchProtocol) -> TaskScore:
    """Metrics of each turn's task under its name (``counting/mae``), and ``success``.

    ``success`` looks at the turns with typed answers; descriptions are judged by their caption scores alone.
    """
    by_task: dict[str, list[ScoredItem]] = defaultdict(list)
    whole: dict[str, bool] = {}
    for item in items:
        by_task[item.gold.task].append(item)
        if item.gold.task != "captioning":
            task: TaskSpec = plugins.load(plugins.TASKS, item.gold.task)
            hit = item.answer is not None and task.matches(item.gold.gold, item.answer)
            whole[item.instruction_id] = whole.get(item.instruction_id, True) and hit
    scores = Scores()
    for name, chosen in by_task.items():
        scorer: ScorerSpec = plugins.load(plugins.SCORERS, name)
        found = scorer.score(chosen, protocol)
        scores |= Scores(found.metrics, found.absent).prefixed(name)
    if whole:
        scores |= Scores({"success": sum(whole.values()) / len(whole), "dialogues": float(len(whole))})
    return task_score(items, scores)


SCORER = ScorerSpec(
    "dialogue",
    score,
    ("success", "classification/accuracy", "counting/mae", "localization/f1", "captioning/CIDEr", "unparsed_share"),
    lower=("counting/mae", "unparsed_share"),
)
