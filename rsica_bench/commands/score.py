"""`score`: a finished run, scored again from its raw replies."""

from __future__ import annotations

from pathlib import Path

import click

from rsica_bench.commands.run import print_tasks
from rsica_data.cli_support import print_json


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), default=None, help="Dataset, where it has moved.")
@click.option("--protocol", default=None, help="Score under another protocol: default, changechat or deltavlm.")
@click.option("--word-map", type=click.Path(path_type=Path), default=None, help="Word map of the levir-cc captions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score(run: Path, data: Path | None, protocol: str | None, word_map: Path | None, as_json: bool) -> None:
    """Score a finished run again from its raw replies.

    \b
    Example:
      rsica-bench score runs/pixel-difference --json
    """
    from dataclasses import replace

    from rsica_bench.metrics.word_map import load_word_map
    from rsica_bench.protocols import find_protocol
    from rsica_bench.runner import score_run
    from rsica_bench.runner.result import own_protocol

    used = find_protocol(protocol) if protocol else own_protocol(run)
    if word_map is not None:
        used = replace(used, word_map=load_word_map(word_map))
    result = score_run(run, data, used)
    if as_json:
        print_json(result)
    else:
        click.echo(f"{run}  protocol {used.name}")
        print_tasks(result["tasks"])
