"""`score-boxes`: boxes that replies name."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_bench.cli.scoring_options import draw_options, print_report, report_of, resampling
from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import UserError

_LARGEST_SIDE = 4096


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--reply", default=None, metavar="FIELD", help="Field of the reply.")
@click.option("--true", default=None, metavar="FIELD", help="Field of the true boxes.")
@click.option("--turned", is_flag=True, help="Boxes are turned by their fifth number, in degrees.")
@click.option(
    "--size", default="100,100", show_default=True, metavar="W,H", help="Sides of the image in the boxes' unit."
)
@draw_options
def score_boxes(
    file: Path,
    reply: str | None,
    true: str | None,
    turned: bool,
    size: str,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
) -> None:
    """Score the boxes of a file of replies: a row an image, with its reply and its true boxes in the same unit.

    Boxes are read as [x0, y0, x1, y1] with or without an angle, {<x0><y0><x1><y1>|<angle>}, (x0,y0),(x1,y1), the same
    between <box> or <|box_start|> marks, and JSON. They are matched one to one; any_match_precision is EarthDial's
    precision, where one true box may be hit by many. region/ compares what the boxes cover. Replies that cannot be
    read and boxes without area count as false boxes.

    \b
    Example:
      rsica-bench score-boxes xBD_object_detection.jsonl --reply answer --true caption0
    """
    from rsica_bench.scoring.box_files import BoxOptions, score_file

    scored = score_file(file, BoxOptions(turned, _size(size), reply, true))
    report = report_of(scored.tables, range(scored.items), resampling(draws, level, seed))
    if as_json:
        counts = {"unread": len(scored.unread), "true_without_area": scored.true_without_area}
        print_json({"task": "boxes", "turned": turned, **counts, **report})
        return
    print_report(report, "image")
    if scored.unread:
        unread_rows = counted(len(scored.unread), "row")
        click.echo(
            f"  replies that could not be read, counted as false boxes: {unread_rows}, the first {scored.unread[0]}"
        )
    if scored.true_without_area:
        click.echo(f"  true boxes without area, left out: {scored.true_without_area}")


def _size(text: str) -> tuple[int, int]:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 2 or not all(part.isdecimal() and 0 < int(part) <= _LARGEST_SIDE for part in parts):
        raise UserError(f"'{text}' is no size", key="--size", hint=f"W,H from 1 to {_LARGEST_SIDE}")
    return int(parts[0]), int(parts[1])
