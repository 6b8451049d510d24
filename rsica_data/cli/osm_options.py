"""What the commands of `osm` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

SCHEME = "Scheme: a shipped name (rsica-data osm classes) or a YAML file."
PIXELS = "Which pixels belong to a polygon: its centre in it, touched at all, or as many as its area."


def scheme_option(command: Command) -> Command:
    """`--scheme NAME|FILE`."""
    return click.option("--scheme", "scheme_name", default="levir-mci", show_default=True, help=SCHEME)(command)


def image_option(command: Command) -> Command:
    """`--image FILE`: the grid."""
    option = click.option(
        "--image", type=click.Path(path_type=Path), required=True, help="Georeferenced image whose grid is drawn on."
    )
    return option(command)


def drawing_options(command: Command) -> Command:
    """`--pixels RULE --min-cover SHARE --layer NAME`."""
    command = click.option("--layer", default=None, help="Layer of a map file that has several.")(command)
    command = click.option(
        "--min-cover",
        type=click.FloatRange(0, 1),
        default=0.999,
        show_default=True,
        help="Share of the image that the extract must cover.",
    )(command)
    return click.option(
        "--pixels", type=click.Choice(["centre", "touched", "area"]), default="centre", show_default=True, help=PIXELS
    )(command)


def json_option(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")(command)


def set_aside_counts(notes: Any) -> dict[str, int]:
    """Reasons and how often each was met, most often first."""
    from collections import Counter

    return dict(Counter(note.reason for note in notes).most_common())
