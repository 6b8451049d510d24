"""`score-vqa`: answers to CDVQA's questions."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_bench.cli.scoring_options import draw_options, print_report, report_of, resampling
from rsica_data.core.command_line import counted, print_json

_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--questions", type=_FILE, required=True, help="CDVQA's questions, JSON or gzipped JSON.")
@click.option("--answers", type=_FILE, required=True, help="CDVQA's answers.")
@click.option("--predictions", type=_FILE, required=True, help="Answers to be scored, by question id.")
@click.option("--images", type=_FILE, default=None, help="CDVQA's images: says which questions share an image.")
@draw_options
def score_vqa(
    questions: Path,
    answers: Path,
    predictions: Path,
    images: Path | None,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
) -> None:
    """Score answers to CDVQA's questions: overall, by type, and the mean over types.

    A question without an answer, or with null, is a wrong one. Intervals are over images, not questions: they need
    --images.

    \b
    Example:
      rsica-bench score-vqa --questions Test_questions.json --answers Test_answers.json --images Test_images.json \\
        --predictions mine.json
    """
    from rsica_bench.metrics.vqa_files import score_files

    scores = score_files(questions, answers, predictions, images)
    if scores.clusters is None and draws:
        click.echo("warning: no intervals: only --images tells which questions are about one image", err=True)
    clusters = range(len(scores.table.rows)) if scores.clusters is None else scores.clusters
    report = report_of([scores.table], clusters, resampling(0 if scores.clusters is None else draws, level, seed))
    if scores.clusters is None:
        report["clusters"] = None
    if as_json:
        print_json({"unanswered": scores.unanswered, **report})
    else:
        print_report(report, "image")
        if scores.unanswered:
            click.echo(f"  without an answer, counted as wrong: {counted(scores.unanswered, 'question')}")
