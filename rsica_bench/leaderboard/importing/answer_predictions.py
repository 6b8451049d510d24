"""A file of answers to CDVQA's questions, as `score-vqa` scores them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rsica_bench.leaderboard.importing.scored import Scored
from rsica_bench.metrics.resampling import Resampling
from rsica_bench.metrics.vqa_files import score_files
from rsica_bench.run.mask_scores import tables_entry
from rsica_data.core.errors import UserError

_PARTS = ("questions", "answers", "images")


def score_answer_file(predictions: Path, references: Sequence[Path], how: Resampling) -> Scored:
    """Score answers by exact match, over all questions, by type and as the mean over types.

    Args:
        predictions: answers by question id.
        references: CDVQA's three files; which is which is told by ``questions``, ``answers`` and ``images`` in their
            names.
        how: bootstrap over images.

    Raises:
        UserError: one of the three is missing, or as :func:`rsica_bench.metrics.vqa_files.score_files`.
    """
    named = {part: [path for path in references if part in path.name.lower()] for part in _PARTS}
    lacking = [part for part, paths in named.items() if len(paths) != 1]
    if lacking:
        hint = "give X_questions.json, X_answers.json and X_images.json, one --references each"
        raise UserError(f"no file, or several, of {', '.join(lacking)}", key="--references", hint=hint)
    scored = score_files(named["questions"][0], named["answers"][0], predictions, named["images"][0])
    assert scored.clusters is not None
    entry = {
        "items": len(scored.table.rows),
        "pairs": len(np.unique(scored.clusters)),
        "unparsed": scored.unanswered,
        **tables_entry([scored.table], scored.clusters, how),
    }
    return Scored("vqa", "cdvqa", entry, "given_qa")
