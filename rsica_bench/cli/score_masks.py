"""`score-masks`: a folder of predicted masks against a folder of true ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsica_bench.cli.scoring_options import draw_options, print_report, report_of, resampling
from rsica_data.core.command_line import print_json, progress_bar
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.metrics.mask_files import Labels, MaskScores
    from rsica_data.imagery.masks import Colour

_FOLDER = click.Path(path_type=Path)


@click.command()
@click.option("--true", "true", type=_FOLDER, multiple=True, required=True, help="True masks; twice: before, after.")
@click.option("--predicted", type=_FOLDER, multiple=True, required=True, help="Predicted masks, as many folders.")
@click.option("--values", default=None, metavar="NAME=V;..", help="Value or R,G,B of each class, no change first.")
@click.option("--ignore", default=None, metavar="V", help="Value or R,G,B of true pixels that do not count.")
@click.option(
    "--threshold", type=click.IntRange(1, 255), default=None, help="Predicted values from here on are change."
)
@click.option(
    "--true-threshold", type=click.IntRange(1, 255), default=None, help="The same for true masks, saved as JPEG."
)
@click.option("--per-item", type=_FOLDER, default=None, help="Write the metrics of each pair, JSON lines.")
@draw_options
def score_masks(
    true: tuple[Path, ...],
    predicted: tuple[Path, ...],
    values: str | None,
    ignore: str | None,
    threshold: int | None,
    true_threshold: int | None,
    per_item: Path | None,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
) -> None:
    """Score predicted masks: change detection, or semantic change where both dates are given.

    Masks are matched by their path below the folder. One folder each gives OA, precision, recall, F1, IoU, mIoU and
    kappa of change; with --values of several classes, IoU and F1 by class and their means over no change and all
    classes (LEVIR-MCI), and the metrics of change under change/. Two folders each (before and after, SECOND's layout)
    give OA, mIoU, SeK, score and F_scd. Intervals are over image pairs. --values also takes the name of a table:
    second.

    \b
    Example:
      rsica-bench score-masks --true LEVIR-CD/test/label --predicted masks
      rsica-bench score-masks --true LEVIR-MCI/label --predicted masks --values "none=0;road=128;building=255"
      rsica-bench score-masks --true label1 --true label2 --predicted p1 --predicted p2 --values second
    """
    from rsica_bench.metrics.mask_files import Labels, score_change, score_semantic

    if len(true) != len(predicted) or len(true) > 2:
        raise UserError(
            f"{len(true)} folders of true and {len(predicted)} of predicted masks",
            key="--predicted",
            hint="give one of each for change detection, two of each for semantic change",
        )
    labels = Labels(
        read_values(values), None if ignore is None else _colour(ignore, "--ignore"), threshold, true_threshold
    )
    with progress_bar("score masks", "pair") as progress:
        if len(true) == 1:
            scores = score_change(true[0], predicted[0], labels, progress)
        else:
            _check_semantic(labels)
            scores = score_semantic(true, predicted, labels, progress)
    if per_item is not None:
        _write_items(per_item, scores)
    report = report_of(scores.tables, range(len(scores.names)), resampling(draws, level, seed))
    if as_json:
        task = "semantic_change" if len(true) > 1 else "multi_class_change" if labels.by_class else "change"
        print_json({"task": task, "extra": len(scores.extra), "ignored": len(scores.ignored), **report})
    else:
        print_report(report, "pair")
    _tell_left_out(scores)


def _tell_left_out(scores: MaskScores) -> None:
    for names, what in (
        (scores.extra, "predicted masks have no true one"),
        (scores.ignored, "pairs have no pixel left"),
    ):
        if names:
            click.echo(f"warning: {len(names)} {what} and do not count, the first is '{names[0]}'", err=True)


def _check_semantic(labels: Labels) -> None:
    if labels.values is None:
        raise UserError("semantic change needs to know the classes", key="--values", hint="second, or NAME=V;NAME=V")
    for key, threshold in (("--threshold", labels.threshold), ("--true-threshold", labels.true_threshold)):
        if threshold is not None:
            raise UserError("a threshold gives no classes", key=key)


def read_values(text: str | None) -> dict[str, Colour] | None:
    """The value of each class that an option gives, or the table that it names; None for no option."""
    from rsica_bench.metrics.mask_files import SECOND

    if text is None:
        return None
    if text.strip().lower() == "second":
        return SECOND
    colours: dict[str, Colour] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or name.strip() in colours:
            raise UserError(f"cannot read '{part}'", key="--values", hint="none=0;road=128;building=255, or second")
        colours[name.strip()] = _colour(value, "--values")
    if len(colours) < 2:
        raise UserError("names fewer than two classes", key="--values", hint="no change first: none=0;building=255")
    return colours


def _colour(text: str, key: str) -> Colour:
    numbers = [int(part) for part in text.split(",") if re.fullmatch(r"\s*\d{1,3}\s*", part)]
    if len(numbers) != text.count(",") + 1 or len(numbers) not in (1, 3) or max(numbers) > 255:
        raise UserError(f"'{text.strip()}' is no value", key=key, hint="0..255, or R,G,B")
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1], numbers[2])


def _write_items(path: Path, scores: MaskScores) -> None:
    import numpy as np

    from rsica_data.core.files import write_atomic

    metrics = {name: values for one in scores.tables for name, values in one.named_figures(one.rows).items()}
    lines = []
    for place, name in enumerate(scores.names):
        known = {key: float(values[place]) for key, values in metrics.items() if not np.isnan(values[place])}
        lines.append(json.dumps({"id": name, **known}, ensure_ascii=False) + "\n")
    write_atomic(path, "".join(lines).encode("utf-8"), lone=True)
