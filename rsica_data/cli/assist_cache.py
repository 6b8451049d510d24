"""`assist cache`: look into a cache of answers, or shrink it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rsica_data.core.command_line import counted, print_json

_FOLDER = click.argument("folder", type=click.Path(path_type=Path, file_okay=False))


@click.group()
def cache() -> None:
    """Answers of language models that are kept on disk.

    \b
    Example:
      rsica-data assist cache stats CACHE
      rsica-data assist cache prune CACHE --failed
    """


@cache.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def stats(folder: Path, as_json: bool) -> None:
    """What is in a cache: answers, tokens and cost by model, and what was sent without an answer.

    \b
    Example:
      rsica-data assist cache stats CACHE --json
    """
    from rsica_data.llm.cache_admin import stats as look

    summary = look(folder)
    if as_json:
        print_json(summary)
        return
    click.echo(
        f"{counted(summary['questions'], 'question')}, {counted(summary['answers'], 'answer')} paid for; "
        f"{summary['settled']} settled, {summary['failed']} of them without a usable answer; "
        f"{summary['unanswered']} sent and not answered; {counted(summary['bytes'], 'byte')}"
    )
    for name, model in summary["models"].items():
        click.echo(f"  {name}: {_model_line(model)}")


def _model_line(model: dict[str, Any]) -> str:
    cost = "price not known" if model["cost"] is None else f"cost {model['cost']}"
    return (
        f"{counted(model['answers'], 'answer')}, {counted(model['input_tokens'], 'token')} in "
        f"({model['cached_tokens']} from the prompt cache), {model['output_tokens']} out, {cost}"
    )


@cache.command()
@_FOLDER
@click.option("--failed", is_flag=True, help="Questions settled without a usable answer; they will be asked again.")
@click.option("--model", help="Questions that this model answered.")
@click.option("--older-than", type=click.FloatRange(0), metavar="DAYS", help="Questions answered longer ago.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prune(folder: Path, failed: bool, model: str | None, older_than: float | None, as_json: bool) -> None:
    """Drop the chosen questions with their answers; without a choice, only superfluous records.

    \b
    Example:
      rsica-data assist cache prune CACHE --failed --json
    """
    from rsica_data.llm.cache_admin import prune as shrink

    summary = shrink(folder, failed=failed, model=model, older_days=older_than)
    if as_json:
        print_json(summary)
    else:
        click.echo(f"{counted(summary['questions'], 'question')} dropped, {counted(summary['bytes'], 'byte')} freed")
