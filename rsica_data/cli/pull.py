"""`pull` and `join`: a published dataset back onto this disk, its images joined where they were not published."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsica_data.core.command_line import counted, print_json, progress_bar

if TYPE_CHECKING:
    from rsica_data.dataset.publish import JoinSummary


@click.command()
@click.argument("name", metavar="USER/NAME[@REVISION]")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--join", "copy", type=click.Path(path_type=Path), default=None, help="Your own copy of the images, or its address."
)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes for --join [default: one a core].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pull(name: str, out: Path, copy: Path | None, workers: int | None, as_json: bool) -> None:
    """Fetch a dataset from the Hugging Face Hub into OUT, every data file checked by its checksum.

    Killed at any time, the same command goes on. A revision is a branch, a tag or a commit.

    \b
    Example:
      rsica-data pull USER/NAME@v1 dataset
      rsica-data pull USER/NAME dataset --join LEVIR-MCI-dataset
    """
    from rsica_data.dataset.hub import parse_hub_name, pull_dataset

    _need_folder(out)
    with progress_bar(f"pull {name}", "B") as progress:
        pull_summary = pull_dataset(parse_hub_name(name), out, progress)
    joined = _join(out, copy, workers) if copy is not None and pull_summary.images == "withheld" else None
    if as_json:
        more = {} if joined is None else {"joined": asdict(joined) | {"out": str(out)}}
        print_json(asdict(pull_summary) | {"out": str(out)} | more)
        return
    click.echo(
        f"{out}: {pull_summary.name} at {pull_summary.commit[:12]}, "
        f"{pull_summary.fetched} of {counted(pull_summary.files, 'file')} fetched"
    )
    if joined is not None:
        _print_joined(joined)
    elif pull_summary.images == "withheld":
        click.echo(f"its images were not published: rsica-data join {out} --input YOUR_COPY")


@click.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--input",
    "copy",
    type=click.Path(path_type=Path),
    required=True,
    help="Your own copy of the source's images, or its address.",
)
@click.option("--workers", type=click.IntRange(1), default=None, help="Processes [default: one a core].")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def join(out: Path, copy: Path, workers: int | None, as_json: bool) -> None:
    """Put the images of your own copy into a dataset that was published without them.

    Every image is checked against the SHA-256 that was published. Killed at any time, the same command goes on.

    \b
    Example:
      rsica-data join dataset --input LEVIR-MCI-dataset
    """
    joined = _join(out, copy, workers)
    if as_json:
        print_json(asdict(joined) | {"out": str(out)})
    else:
        _print_joined(joined)


def _join(out: Path, copy: Path, workers: int | None) -> JoinSummary:
    from rsica_data.dataset.opening import open_dataset
    from rsica_data.dataset.publish import join_images

    _need_folder(out)
    with progress_bar(f"join {copy}", "shard") as progress:
        return join_images(open_dataset(out), copy, workers or os.cpu_count() or 1, progress)


def _need_folder(out: Path) -> None:
    """Raises UserError where a dataset is to be fetched, or images joined to it, elsewhere than in a local folder."""
    from rsica_data.core.errors import UserError
    from rsica_data.core.remote import address_of

    address = address_of(out)
    if address is not None:
        raise UserError("is no local folder", file=address, key="OUT", hint="give a folder on this disk")


def _print_joined(joined: JoinSummary) -> None:
    click.echo(
        f"{joined.out}: {counted(joined.images, 'image')} of {counted(joined.pairs, 'pair')} joined, "
        "each as it was published"
    )
    if joined.identical < joined.shards:
        other = joined.shards - joined.identical
        click.echo(
            f"the same rows in other bytes in {counted(other, 'file')}: another release of pyarrow wrote them first"
        )
