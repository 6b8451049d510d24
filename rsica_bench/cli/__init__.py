"""`rsica-bench`: runs models over datasets, scores them, keeps leaderboards."""

from __future__ import annotations

import sys

import click

from rsica_data.core.command_line import LazyGroup, run_cli

_COMMANDS = "rsica_bench.cli"


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    lazy={
        "adapters": (f"{_COMMANDS}.listing:adapters", "List what can be run."),
        "tasks": (f"{_COMMANDS}.listing:tasks", "List tasks that can be scored, and their metrics."),
        "doctor": (f"{_COMMANDS}.doctor:doctor", "Say what this machine can run, and what is missing."),
        "run": (f"{_COMMANDS}.run:run", "Run an adapter over a dataset and score it."),
        "merge": (f"{_COMMANDS}.merge:merge", "Put together a run that was made in parts, and score it."),
        "score": (f"{_COMMANDS}.score:score", "Score a finished run again."),
        "compare": (f"{_COMMANDS}.compare:compare", "Compare two runs, with intervals and p-values."),
        "label": (f"{_COMMANDS}.label:label", "Write change masks by a detector for pairs that have none."),
        "embed": (f"{_COMMANDS}.embed:embed", "Write embeddings of a dataset's images."),
        "judge": (f"{_COMMANDS}.judge:judge", "Let a language model grade the free answers of a run."),
        "score-captions": (f"{_COMMANDS}.score_captions:score_captions", "Score a file of captions."),
        "score-masks": (f"{_COMMANDS}.score_masks:score_masks", "Score predicted masks: change, semantic change."),
        "score-boxes": (f"{_COMMANDS}.score_boxes:score_boxes", "Score boxes that replies name, also turned ones."),
        "score-vqa": (f"{_COMMANDS}.score_vqa:score_vqa", "Score answers to CDVQA's questions."),
        "score-retrieval": (
            f"{_COMMANDS}.score_retrieval:score_retrieval",
            "Score an embedding model as a search engine over pairs.",
        ),
        "benchmarks": (f"{_COMMANDS}.benchmarks:benchmarks", "List published benchmarks that run by name."),
        "protocols": (f"{_COMMANDS}.protocols:protocols", "List named protocols, and what each asks and scores."),
        "leaderboard": (f"{_COMMANDS}.leaderboard:leaderboard", "Make tables and a page from results."),
    },
)
@click.version_option(package_name="rsica")
def cli() -> None:
    """Run models over change-analysis datasets and score them.

    \b
    Example:
      rsica-bench run --data demo/dataset --adapter pixel-difference --out demo/runs/pixel-difference
      rsica-bench leaderboard build demo/runs --html leaderboard.html --markdown leaderboard.md

    Add --debug to any command to see the traceback of an error.
    """


def main() -> None:
    """Entry point."""
    sys.exit(run_cli(cli, "rsica-bench"))
