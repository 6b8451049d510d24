"""`adapters`, `tasks`: what is there."""

from __future__ import annotations

from dataclasses import asdict

import click

from rsica_data.core import registry
from rsica_data.core.command_line import print_json
from rsica_data.core.option_table import print_plugin


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def adapters(name: str | None, as_json: bool) -> None:
    """List what can be run; with NAME show one with the type, default and meaning of its options.

    \b
    Example:
      rsica-bench adapters
      rsica-bench adapters mask
    """
    if name is not None:
        print_plugin(registry.ADAPTERS, name, as_json)
        return
    specs = [registry.load(registry.ADAPTERS, name) for name in registry.names(registry.ADAPTERS)]
    if as_json:
        print_json(
            [
                {
                    "name": s.name,
                    "kind": s.kind,
                    "summary": s.summary,
                    "options": sorted(s.options.model_fields),
                    "capabilities": asdict(s.capabilities),
                }
                for s in specs
            ]
        )
        return
    for spec in specs:
        click.echo(f"{spec.name} ({spec.kind})\n    {spec.summary}")
        click.echo(f"    options: {', '.join(spec.options.model_fields) or 'none'}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tasks(as_json: bool) -> None:
    """List tasks that can be scored, and the metrics that leaderboards show.

    \b
    Example:
      rsica-bench tasks
    """
    specs = [registry.load(registry.SCORERS, name) for name in registry.names(registry.SCORERS)]
    if as_json:
        print_json(
            [
                {
                    "task": spec.task,
                    "columns": list(spec.columns),
                    "lower": list(spec.lower),
                    "lead": spec.lead_of(spec.columns),
                    "leads": {name: columns[0] for name, columns in spec.variants.items()},
                }
                for spec in specs
            ]
        )
        return
    for spec in specs:
        other = "".join(f"; under {name} by {columns[0]}" for name, columns in spec.variants.items())
        click.echo(f"{spec.task}\n    {', '.join(spec.columns)}; ranked by {spec.lead_of(spec.columns)}{other}")
