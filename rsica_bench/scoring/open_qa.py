"""Open questions: accuracy over all, by question kind, and as the mean over kinds; free-text golds as captions."""

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
    """Share of right answers; an unread reply is a wrong one."""
    task: TaskSpec = plugins.load(plugins.TASKS, "open_qa")
    right: dict[str, list[bool]] = defaultdict(list)
    for item in items:
        hit = item.answer is not None and task.matches(item.gold.gold, item.answer)
        right[item.gold.question.kind].append(hit)
    if not items:
        return task_score(items, Scores({}, {"accuracy": "no item"}))
    by_kind = {kind: sum(hits) / len(hits) for kind, hits in sorted(right.items())}
    values = {
        "accuracy": sum(sum(hits) for hits in right.values()) / len(items),
        "average_accuracy": sum(by_kind.values()) / len(by_kind),
    }
    return task_score(items, Scores(values | {f"accuracy/{kind}": value for kind, value in by_kind.items()}))


SCORER = ScorerSpec("open_qa", score, ("accuracy", "average_accuracy", "unparsed_share"), lower=("unparsed_share",))
