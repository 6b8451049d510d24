"""Regenerates `leaderboards/simulated` from the runs of `make demo`: the baselines on the dataset of recipe demo."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import yaml

from rsica_bench.leaderboard.boards import Submission
from rsica_bench.leaderboard.submit import submit
from rsica_data.dataset.opening import open_dataset

BOARD = Path(__file__).parent / "simulated"
DESCRIPTION = (
    "The recipe demo: a few simulated pairs, rebuilt from the recipe alone, so that anybody can check every row. "
    "Its figures say nothing of real images."
)
NOTES = {
    "oracle": "The gold answers: the upper bound.",
    "majority": "Blind baseline: the most frequent answer of the train split to the same question.",
    "question-words": "Blind baseline: a bag-of-words classifier of the question, learnt on the train split.",
    "no-change": "Says that nothing has changed.",
    "pixel-difference": "Thresholded colour difference, counted and located; no learning.",
}


def main(demo: Path) -> None:
    """Submit the runs of a demo folder."""
    shutil.rmtree(BOARD, ignore_errors=True)
    BOARD.mkdir()
    content = {
        "title": "Simulated pairs",
        "description": DESCRIPTION,
        "license": "Apache-2.0",
        "datasets": [{"name": "demo", "sha256": open_dataset(demo / "dataset").hash, "recipe": "demo"}],
    }
    (BOARD / "benchmark.yaml").write_text(yaml.safe_dump(content, sort_keys=False, width=120), encoding="utf-8")
    for name, note in NOTES.items():
        submit(
            demo / "runs" / name, BOARD, Submission(model=name, note=note, hardware="2 CPU cores", date="2026-11-25")
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
