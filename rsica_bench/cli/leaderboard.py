"""`leaderboard`: tables and pages from results; runs added to boards and checked again."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rsica_bench.cli.leaderboard_import import import_
from rsica_data.core.command_line import counted, print_json
from rsica_data.core.errors import RunError, UserError
from rsica_data.core.text_encoding import read_user_text

if TYPE_CHECKING:
    from rsica_data.dataset.reader import BuiltDataset

_PATH = click.Path(path_type=Path)


@click.group()
def leaderboard() -> None:
    """Make tables and a page from results; add runs to boards.

    \b
    Example:
      rsica-bench leaderboard build runs --html leaderboard.html --markdown leaderboard.md
      rsica-bench leaderboard submit runs/mine --to leaderboards/levir-cc --name "My model"
    """


leaderboard.add_command(import_)


@leaderboard.command()
@click.argument("folder", type=_PATH)
@click.option("--html", type=_PATH, default=None, help="One page of the results below FOLDER.")
@click.option("--markdown", type=_PATH, default=None, help="The same as Markdown.")
@click.option("--site", type=_PATH, default=None, help="Folder for the site of the boards in FOLDER.")
@click.option("--data", type=_PATH, multiple=True, help="With --site: a dataset at hand; repeatable.")
@click.option(
    "--report",
    multiple=True,
    metavar="ADDRESS",
    help="With --data: its report page, relative to the site or https; one for each, in their order.",
)
@click.option("--word-map", type=_PATH, default=None, help="Word map of levir-cc captions.")
@click.option(
    "--draws",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="With --site: draws of pairs, and swaps at least.",
)
def build(
    folder: Path,
    html: Path | None,
    markdown: Path | None,
    site: Path | None,
    data: tuple[Path, ...],
    report: tuple[str, ...],
    word_map: Path | None,
    draws: int,
) -> None:
    """Make pages: of every result.json below FOLDER, or with --site of the boards in it.

    Results are grouped by dataset, split, protocol and task; two protocols never share a table. A site shows published
    and own rows with intervals, and for rows whose dataset is given also strata, significance and example answers.

    \b
    Example:
      rsica-bench leaderboard build runs --html leaderboard.html --markdown leaderboard.md
      rsica-bench leaderboard build leaderboards --site site --data demo/dataset
    """
    from rsica_bench.leaderboard import collect_tables, write_html, write_markdown

    if html is None and markdown is None and site is None:
        raise UserError("nothing to write", hint="give --html FILE, --markdown FILE or --site FOLDER")
    if html is not None or markdown is not None:
        tables = collect_tables(folder)
        if html is not None:
            write_html(tables, html)
        if markdown is not None:
            write_markdown(tables, markdown)
        written = ", ".join(str(path) for path in (html, markdown) if path is not None)
        click.echo(
            f"{written}: {counted(len(tables), 'table')}, {counted(sum(len(table.rows) for table in tables), 'row')}"
        )
    if site is not None:
        _build_site(folder, site, data, report, word_map, draws)


def _build_site(
    folder: Path, site: Path, data: tuple[Path, ...], report: tuple[str, ...], word_map: Path | None, draws: int
) -> None:
    from rsica_bench.leaderboard.boards import open_boards
    from rsica_bench.leaderboard.site import write_site
    from rsica_bench.metrics.resampling import Resampling
    from rsica_bench.metrics.word_map import load_word_map

    if site.is_file():
        raise UserError("is a file", file=site, key="--site", hint="give a folder")
    used = load_word_map(word_map) if word_map else None
    datasets = _by_hash(data)
    counts = write_site(open_boards(folder), site, datasets, used, Resampling(draws), _reports(report, datasets))
    listed = ", ".join(counted(counts[f"{noun}s"], noun) for noun in ("board", "table", "row"))
    click.echo(f"{site / 'index.html'}: {listed}")


def _reports(addresses: tuple[str, ...], datasets: dict[str, BuiltDataset]) -> dict[str, str]:
    """Addresses of report pages by the hash of their dataset.

    Raises:
        UserError: not one for each dataset, or no address of a page.
    """
    if addresses and len(addresses) != len(datasets):
        counted_parts = f"{counted(len(addresses), 'address')} for {counted(len(datasets), 'dataset')}"
        raise UserError(counted_parts, key="--report", hint="give one for each --data, in their order")
    for address in addresses:
        # A page that follows "javascript:" or "data:" would run it.
        if re.match(r"\s*[\w+.-]*:", address) and not address.startswith(("https://", "http://")):
            raise UserError(f"is no address of a page: '{address[:80]}'", key="--report", hint="a path or https://...")
    return dict(zip(datasets, addresses, strict=False))


@leaderboard.command()
@click.argument("run", type=_PATH)
@click.option("--to", "board", type=_PATH, required=True, help="The board's folder.")
@click.option("--name", "model", required=True, help="The model's name as shown.")
@click.option("--data", type=_PATH, default=None, help="Dataset, where it has moved.")
@click.option("--word-map", type=_PATH, default=None, help="Word map of levir-cc captions.")
@click.option("--url", default="", help="Where the model is to be had.")
@click.option("--paper", default="", help="Its paper.")
@click.option("--bibtex", type=_PATH, default=None, help="File with its BibTeX entry.")
@click.option("--hardware", default="", help="What it ran on.")
@click.option("--hours", type=float, default=None, help="Time of the whole run on it.")
@click.option("--cost-usd", type=float, default=None, help="Cost of the whole run, where replies were paid for.")
@click.option("--parameters-b", type=float, default=None, help="Parameters of the model, in billions.")
@click.option("--note", default="", help="Whatever else matters.")
@click.option("--date", "day", default=None, metavar="YYYY-MM-DD", help="Day of the run; today where left out.")
def submit(
    run: Path,
    board: Path,
    data: Path | None,
    word_map: Path | None,
    bibtex: Path | None,
    day: str | None,
    **fields: object,
) -> None:
    """Check RUN and add it to a board with its predictions.

    The dataset must be one of the board's, every question answered once, prompts those of the protocol, and the metrics
    those that scoring the predictions again gives. Anything else is refused with the reason.

    \b
    Example:
      rsica-bench leaderboard submit runs/mine --to leaderboards/levir-cc --name "My model" --hardware "1x H100"
    """
    from rsica_bench.leaderboard.boards import Submission
    from rsica_bench.leaderboard.submit import submit as add
    from rsica_bench.metrics.word_map import load_word_map
    from rsica_data.core.validation import UserErrors, validate_model

    values = {**fields, "date": date.today().isoformat() if day is None else day}
    if bibtex is not None:
        values["bibtex"] = _text(bibtex)
    try:
        stated = validate_model(Submission, values)
    except UserErrors as mistakes:
        raise UserErrors([_by_option(mistake) for mistake in mistakes.errors]) from None
    added = add(run, board, stated, data, load_word_map(word_map) if word_map else None)
    click.echo(f"{added}: added; scored again from its predictions, all metrics equal")


def _by_option(mistake: UserError) -> UserError:
    """The mistake with the option's name in place of the field's."""
    field = "name" if mistake.key == "model" else (mistake.key or "").replace("_", "-")
    return UserError(mistake.message, key=f"--{field}", hint=mistake.hint)


def _text(path: Path) -> str:
    return read_user_text(path)


@leaderboard.command()
@click.argument("folder", type=_PATH)
@click.option("--data", type=_PATH, multiple=True, help="A dataset at hand; repeatable.")
@click.option("--word-map", type=_PATH, default=None, help="Word map of levir-cc captions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(folder: Path, data: tuple[Path, ...], word_map: Path | None, as_json: bool) -> None:
    """Score every own row of a board, or of all boards, again from its predictions.

    Rows of datasets that are not given are named as not checked. Of rescored rows the form is checked: their
    predictions are not here, and `leaderboard import` scores them again. Published scores are checked for their form,
    for rows that print another one again without saying so, and for notes that contradict the protocol. Exit status 1
    where a row does not hold.

    \b
    Example:
      rsica-bench leaderboard verify leaderboards --data demo/dataset
    """
    from rsica_bench.leaderboard.boards import open_boards
    from rsica_bench.leaderboard.published import read_published
    from rsica_bench.leaderboard.published_checks import published_faults
    from rsica_bench.leaderboard.rescored import rescored_rows
    from rsica_bench.leaderboard.submit import verify as check
    from rsica_bench.metrics.word_map import load_word_map

    boards = open_boards(folder)
    published = {board.name: read_published(board.published) for board in boards}
    metrics = sum(map(len, published.values()))
    rescored = sum(sum(1 for _ in rescored_rows(board)) for board in boards)
    faults = [(name, fault) for name, entries in published.items() for fault in published_faults(entries)]
    entries = check(boards, _by_hash(data), load_word_map(word_map) if word_map else None)
    failed = [one for one in entries if one.ok is False]
    if as_json:
        rows = [{"board": one.board, "row": one.row, "ok": one.ok, "reason": one.reason} for one in entries]
        wrong = [{"board": name, "row": fault.row, "reason": fault.reason} for name, fault in faults]
        print_json(
            {
                "boards": len(boards),
                "published_figures": metrics,
                "rescored_rows": rescored,
                "published_faults": wrong,
                "rows": rows,
            }
        )
    else:
        words = {True: "holds", False: "DOES NOT HOLD", None: "not checked"}
        for name, fault in faults:
            click.echo(f"{name}, published: {fault.row}: {fault.reason}")
        for one in entries:
            click.echo(f"{one.board}/{one.row}: {words[one.ok]} ({one.reason})")
        numbers = {"board": len(boards), "published score": metrics, "rescored row": rescored, "own row": len(entries)}
        click.echo(", ".join(counted(number, noun) for noun, number in numbers.items()))
    if failed:
        raise RunError(f"rows that do not hold: {len(failed)} of {len(entries)}")
    if faults:
        raise RunError(f"published rows that contradict others or themselves: {len(faults)}")


def _by_hash(data: tuple[Path, ...]) -> dict[str, BuiltDataset]:
    from rsica_data.dataset.opening import open_dataset

    opened = [open_dataset(path) for path in data]
    return {dataset.hash: dataset for dataset in opened}
