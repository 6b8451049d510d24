"""Scores of a run and its result.json."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rsica_bench.contracts import ScoredItem, ScorerSpec, TaskScore
from rsica_bench.protocols import BenchProtocol
from rsica_bench.runner.predictions import PREDICTIONS, read_predictions, scored_items
from rsica_data import plugins
from rsica_data.errors import UserError
from rsica_data.journal import dump_json_pretty, sha256_file, write_atomic
from rsica_data.reader import BuiltDataset, open_dataset

RESULT = "result.json"
SETTINGS = "run.json"
RESULT_VERSION = 1


def score_tasks(
    dataset: BuiltDataset, run: Path, settings: dict[str, Any], protocol: BenchProtocol
) -> dict[str, dict[str, Any]]:
    """Scores by task, read afresh from the raw replies of a run."""
    rows = read_predictions(run / PREDICTIONS)
    only = frozenset(name for name, _ in rows) if settings["limit"] is not None else None
    by_task: dict[str, list[ScoredItem]] = {}
    for task, item in scored_items(dataset, settings["split"], settings["tasks"], rows, only):
        by_task.setdefault(task, []).append(item)
    found = {}
    for task, items in sorted(by_task.items()):
        scorer: ScorerSpec = plugins.load(plugins.SCORERS, task)
        found[task] = _as_json(scorer.score(items, protocol), items)
    return found


def _as_json(score: TaskScore, items: list[ScoredItem]) -> dict[str, Any]:
    reasons = Counter(item.reason for item in items if item.reason is not None)
    return {
        "items": score.items,
        "unparsed": score.unparsed,
        "metrics": score.metrics,
        "absent": score.absent,
        "unparsed_reasons": dict(sorted(reasons.items())),
    }


def write_result(dataset: BuiltDataset, run: Path, settings: dict[str, Any], protocol: BenchProtocol) -> dict[str, Any]:
    """Score a run and write its result.json; the content."""
    result: dict[str, Any] = {
        "result_version": RESULT_VERSION,
        "status": "rescored" if settings["adapter"]["name"] == "replay" else "reproduced",
        **settings,
        "predictions_sha256": sha256_file(run / PREDICTIONS),
        "tasks": score_tasks(dataset, run, settings, protocol),
    }
    write_atomic(run / RESULT, dump_json_pretty(result))
    return result


def _settings_of(run: Path) -> dict[str, Any]:
    if not (run / SETTINGS).is_file() or not (run / PREDICTIONS).is_file():
        raise UserError("no finished run", file=run, hint="run the same `rsica-bench run` again to finish it")
    found: dict[str, Any] = json.loads((run / SETTINGS).read_text(encoding="utf-8"))
    return found


def own_protocol(run: Path) -> BenchProtocol:
    """The protocol that a run was made under; its word map has to be given again.

    Raises:
        UserError: no finished run.
    """
    stated = _settings_of(run)["protocol"]
    return BenchProtocol(**{key: value for key, value in stated.items() if key != "word_map_sha256"})


def score_run(run: Path, data: Path | None, protocol: BenchProtocol) -> dict[str, Any]:
    """Score a finished run again under a protocol.

    Args:
        run: run folder.
        data: the dataset; None for the folder that the run was made from.
        protocol: how to score; prompts and history stay those of the run.

    Returns:
        ``{"protocol", "tasks"}``.

    Raises:
        UserError: no finished run, or the dataset is not the one it was made from.
    """
    settings = _settings_of(run)
    if data is None:
        data = Path(json.loads((run / "run_info.json").read_text(encoding="utf-8"))["data"])
    dataset = open_dataset(data)
    if dataset.hash != settings["dataset"]["sha256"]:
        raise UserError("not the dataset of this run: its hash differs", file=data, key="--data")
    return {"protocol": protocol.as_json(), "tasks": score_tasks(dataset, run, settings, protocol)}
