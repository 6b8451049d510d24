"""`protocols`: named protocols, and what each asks and scores."""

from __future__ import annotations

from typing import Any

import click

from rsica_data.core.command_line import print_json


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def protocols(name: str | None, as_json: bool) -> None:
    """List the protocols that `run --protocol` and `score --protocol` know, with the published sets they are of.

    \b
    Example:
      rsica-bench protocols
      rsica-bench protocols rsvqa
    """
    from rsica_bench.protocols import PRESETS, find_protocol

    chosen = list(PRESETS) if name is None else [find_protocol(name).name]
    records = [_record(one) for one in chosen]
    if as_json:
        print_json(records if name is None else records[0])
        return
    for record in records:
        click.echo(f"{record['name']} v{record['version']}: {record['summary']}")
        if name is not None:
            rules = {key: value for key, value in record["rules"].items() if value is not None}
            click.echo(f"  rules: {', '.join(f'{key} {value}' for key, value in rules.items())}")
        for task, figures in record["leads"].items():
            click.echo(f"    {task}: {', '.join(figures)}")
        if record["benchmarks"]:
            click.echo(f"    benchmarks: {', '.join(record['benchmarks'])}")
        click.echo(f"    source: {record['source']}")


def _record(name: str) -> dict[str, Any]:
    from rsica_bench.benchmarks.benchmark_files import shipped_benchmarks
    from rsica_bench.protocols import ABOUT, PRESETS

    about, rules = ABOUT[name], PRESETS[name].as_json()
    asking = [one.name for one in shipped_benchmarks().values() if one.section.protocol == name]
    return {
        "name": rules.pop("name"),
        "version": rules.pop("version"),
        "summary": about.summary,
        "leads": {task: list(figures) for task, figures in about.leads.items()},
        "source": about.source,
        "benchmarks": asking,
        "rules": rules,
    }
