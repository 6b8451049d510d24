"""`doctor`: what this machine can run, and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rsica_data.core.command_line import print_json
from rsica_data.core.extras import install_command

_GIB = 2**30


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, exists=True), default=Path(), help="Where runs would go.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(folder: Path, as_json: bool) -> None:
    """Say what this machine can run, and what is missing.

    \b
    Example:
      rsica-bench doctor
    """
    from rsica_bench.run.doctor import examine

    report = examine(folder)
    if as_json:
        print_json(report)
        return
    machine = report["machine"]
    memory = "" if machine["memory_bytes"] is None else f", {machine['memory_bytes'] / _GIB:.0f} GiB memory"
    click.echo(
        f"Python {machine['python']}, {machine['cores']} cores{memory}, torch {report['torch']['version'] or 'missing'}"
    )
    click.echo(
        f"{machine['free_disk_bytes'] / _GIB:.0f} GiB of disk free, Java {'there' if machine['java'] else 'missing'}"
    )
    for gpu in report["gpus"]:
        click.echo(f"GPU {gpu['name']}: {gpu['free_bytes'] / _GIB:.0f} of {gpu['total_bytes'] / _GIB:.0f} GiB free")
    if not report["gpus"]:
        click.echo("no GPU that torch sees")
    click.echo("\nadapters")
    for name, entry in report["adapters"].items():
        click.echo(_line(name, entry["ready"], entry["note"]))
    click.echo("\nextras")
    for name, entry in report["extras"].items():
        there = entry["version"] is not None
        note = entry["purpose"] if there else f"{entry['purpose']}: {install_command(entry['extra'])}"
        click.echo(_line(f"{name} {entry['version'] or ''}".strip(), there, note))
    for problem in report["problems"]:
        click.echo(f"\nproblem: {problem}")


def _line(name: str, ready: bool, note: Any) -> str:
    return f"  {'ok     ' if ready else 'missing'} {name:<24} {note}".rstrip()
