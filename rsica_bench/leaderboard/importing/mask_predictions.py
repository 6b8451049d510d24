"""Folders of predicted masks, against folders of true ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from rsica_bench.benchmarks.benchmark_files import Benchmark
from rsica_bench.files.benchmark_items import MASK_TASKS, PAIRS
from rsica_bench.leaderboard.importing.scored import Scored
from rsica_bench.leaderboard.mask_rows import MASK_PROTOCOLS
from rsica_bench.metrics.mask_files import Labels, score_change, score_semantic
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.run.mask_scores import tables_entry
from rsica_data.core.errors import UserError


def score_mask_folders(
    benchmark: Benchmark,
    predictions: Sequence[Path],
    references: Sequence[Path],
    labels: Labels,
    how: Resampling,
    progress: Callable[[int, int], None],
) -> Scored:
    """Score predicted masks as `score-masks` does: every true mask needs a predicted one.

    Args:
        benchmark: a benchmark that is scored by masks.
        predictions: a folder of predicted masks; of semantic change two, before first.
        references: as many folders of true masks.
        labels: what the values of the files mean.
        how: bootstrap over pairs.
        progress: called with (pairs done, pairs in all).

    Raises:
        UserError: another number of folders, or masks that are missing or cannot be read.
    """
    part = benchmark.section.masks
    assert part is not None
    if part == "damage":
        hint = "rsica-bench run --adapter mask --model FOLDER --set values=... reads a folder of predicted levels"
        raise UserError(f"benchmark '{benchmark.name}' is scored by levels of damage", key="--benchmark", hint=hint)
    wanted = 2 if part == "semantic" else 1
    if len(predictions) != wanted or len(references) != wanted:
        problem = f"{len(references)} folders of true and {len(predictions)} of predicted masks"
        raise UserError(problem, key="--references", hint=f"benchmark '{benchmark.name}' has {wanted} of each")
    if part == "semantic":
        scored = score_semantic(references, predictions, labels, progress)
    else:
        scored = score_change(references[0], predictions[0], labels, progress)
    if part == "multi_class" and not labels.by_class:
        raise UserError("tells no classes apart", key="--values", hint="none=0;road=128;building=255")
    pairs = len(scored.names)
    entry = {"items": pairs, "pairs": pairs, "unparsed": 0, **tables_entry(scored.tables, np.arange(pairs), how)}
    task = MASK_TASKS[part]
    return Scored(task, MASK_PROTOCOLS.get(task, "micro"), entry, PAIRS)
