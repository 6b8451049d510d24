"""`leaderboard`: tables and a page from result files."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_data.errors import UserError


@click.group()
def leaderboard() -> None:
    """Make tables and a page from results.

    \b
    Example:
      rsica-bench leaderboard build runs --html leaderboard.html --markdown leaderboard.md
    """


@leaderboard.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--html", type=click.Path(path_type=Path), default=None, help="Page to write.")
@click.option("--markdown", type=click.Path(path_type=Path), default=None, help="Markdown file to write.")
def build(folder: Path, html: Path | None, markdown: Path | None) -> None:
    """Collect every result.json below FOLDER into tables.

    Results are grouped by dataset, split, protocol and task; two protocols never share a table.

    \b
    Example:
      rsica-bench leaderboard build runs --html leaderboard.html --markdown leaderboard.md
    """
    from rsica_bench.leaderboard import collect_tables, write_html, write_markdown

    if html is None and markdown is None:
        raise UserError("nothing to write", hint="give --html FILE, --markdown FILE or both")
    tables = collect_tables(folder)
    if html is not None:
        write_html(tables, html)
    if markdown is not None:
        write_markdown(tables, markdown)
    written = ", ".join(str(path) for path in (html, markdown) if path is not None)
    click.echo(f"{written}: {len(tables)} tables, {sum(len(table.rows) for table in tables)} rows")
