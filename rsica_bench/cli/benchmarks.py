"""`benchmarks`: published benchmarks that run by name."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from rsica_data.core.command_line import print_json

if TYPE_CHECKING:
    from rsica_bench.benchmarks.benchmark_files import Benchmark


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def benchmarks(name: str | None, as_json: bool) -> None:
    """List benchmarks that `run --benchmark` knows, with the folder that each needs; with NAME show one.

    NAME may also be a file of your own: FILE, or FILE:NAME where it describes several.

    \b
    Example:
      rsica-bench benchmarks
      rsica-bench benchmarks levir-cc
    """
    from rsica_bench.benchmarks.benchmark_files import find_benchmark, shipped_benchmarks

    if name is not None:
        one = find_benchmark(name)
        print_json(_record(one)) if as_json else _show(one)
        return
    known = list(shipped_benchmarks().values())
    if as_json:
        print_json([_record(one) for one in known])
        return
    for one in known:
        scored = _scored(one)
        click.echo(f"{one.name}: {one.section.summary}\n    {scored}; {_items(one)}; input: {one.section.input}")


def _scored(one: Benchmark) -> str:
    section = one.section
    what = ", ".join(section.tasks) if section.masks is None else f"masks ({section.masks.replace('_', ' ')})"
    return f"{section.split}, {what}, protocol {section.protocol}"


def _items(one: Benchmark) -> str:
    stated = ", ".join(f"{name} {number:,}" for name, number in one.section.items.items())
    return stated or "number of items not known"


def _record(one: Benchmark) -> dict[str, Any]:
    stated = one.section.model_dump(mode="json")
    return {"name": one.name, "title": one.board.title, "board": one.board_name, **stated, "tasks": one.section.asked}


def _show(one: Benchmark) -> None:
    section, board = one.section, one.board
    click.echo(f"{one.name} v{section.version}: {board.title}\n  {section.summary}")
    source = section.source or (section.page if isinstance(section.page, str) else "a page of its own")
    rows = {
        "input": section.input,
        "source": f"{source} (rsica-data sources {source})",
        "options": ", ".join(f"{key}={value}" for key, value in section.options.items()),
        "split": section.split,
        "tasks": ", ".join(f"{task} {settings}" if settings else task for task, settings in section.asked.items()),
        "scored by": f"masks ({section.masks.replace('_', ' ')})" if section.masks else "answers",
        "protocol": section.protocol,
        "items": _items(one),
        "in papers": "; ".join(section.printed),
        "homepage": board.homepage or "",
        "citation": board.citation,
    }
    for key, value in rows.items():
        if value:
            click.echo(f"  {key + ':':10} {value}")
    for note in section.notes:
        click.echo(f"  note: {note}")
    layout = section.miniature or source
    click.echo(f"  in miniature: rsica-data synth --layout {shlex.quote(layout)} --out small-{one.name}")
