"""Dialogues with gold history, as published, and with the model's own: both reported."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rsica_bench.run.run_options import RunOptions
from rsica_bench.run.run_summary import Watch
from rsica_bench.run.whole_run import run
from rsica_data.core.errors import UserError

GOLD, OWN = "gold-history", "own-history"


def run_both(options: RunOptions, watch: Watch | None = None) -> dict[str, dict[str, Any]]:
    """Run with gold history, and the tasks of several turns again with the model's own.

    Returns:
        The results by folder under ``options.out``: ``gold-history`` and ``own-history``.

    Raises:
        UserError: no chosen task has several turns, or as :func:`rsica_bench.run.whole_run`.
    """
    tasks = sorted(
        {item.task for item in options.dataset.instructions(options.split, options.tasks) if len(item.turns) > 2}
    )
    if not tasks:
        raise UserError("no chosen task has several turns", key="--history", hint="leave --history out")
    gold = replace(options, out=options.out / GOLD, protocol=replace(options.protocol, history="gold"))
    own = replace(options, out=options.out / OWN, tasks=tuple(tasks), protocol=replace(options.protocol, history="own"))
    return {GOLD: run(gold, watch), OWN: run(own, watch)}
