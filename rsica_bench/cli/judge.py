"""`judge`: a language model grades the free answers of a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_bench.cli.model_options import server_options, settings_of_server
from rsica_bench.cli.scoring_options import draw_options, print_figures, resampling
from rsica_data.core.command_line import counted, print_json, progress_bar
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.judge import JudgeOptions

_PATH = click.Path(path_type=Path)
_TASKS = {False: "open_qa,dialogue", True: "captioning,open_qa,dialogue"}


@click.command()
@click.argument("run", type=_PATH)
@click.option("--model", required=True, help="The judge, by its name at the server.")
@click.option("--facts", is_flag=True, help="Take the claims out of free texts and check them against the facts.")
@click.option("--votes", type=click.IntRange(1), help="Replies on each case; 3 if left out, with --facts 1.")
@click.option("--temperature", type=click.FloatRange(0, 2), help="Of the judge; 0.7 if left out, with --facts 0.")
@click.option(
    "--tasks", metavar="T,..", help="Tasks to judge; open_qa,dialogue if left out, with --facts captioning too."
)
@click.option("--rubric", "rubrics", multiple=True, metavar="KIND=FOLDER", help="A rubric of your own: answer=FOLDER.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Maximum number of cases of each task.")
@server_options
@click.option("--data", type=_PATH, default=None, help="Dataset, where it has moved.")
@click.option("--dry-run", is_flag=True, help="Say what it would need, and send nothing.")
@draw_options
def judge(run: Path, model: str, data: Path | None, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Let a language model grade the answers of RUN against the accepted answers and the measured facts.

    Open questions are graded one by one, dialogues as a whole, by a versioned rubric; each verdict is asked for several
    times, and the agreement of the votes is stated. Every vote is kept on disk: the same command again asks nothing.

    With --facts the model sees a free text and its question alone and lists what the text claims; code checks each
    claim against the measured facts.

    \b
    Example:
      rsica-bench judge runs/mine --model gpt-4o-mini --price 0.15,0.6 --dry-run
      rsica-bench judge runs/mine --model qwen --llm-url http://127.0.0.1:8000/v1 --votes 5
      rsica-bench judge runs/mine --model gpt-4o-mini --facts --tasks captioning
    """
    from rsica_bench.judge import judge_run, plan_run

    with progress_bar("judge", "vote") as progress:
        options = _options(run, model, given, progress)
        report = plan_run(run, data, options) if dry_run else judge_run(run, data, options)
    if as_json:
        print_json(report)
    elif dry_run:
        _print_plan(report)
    else:
        _print_result(report)


def _options(run: Path, model: str, given: dict[str, Any], progress: Callable[[int, int], None]) -> JudgeOptions:
    from rsica_bench.judge import JudgeOptions

    facts, temperature = given["facts"], given["temperature"]
    return JudgeOptions(
        settings=settings_of_server(model, given, run / "judge" / "cache", "judge"),
        votes=given["votes"] or (1 if facts else 3),
        tasks=tuple(part.strip() for part in (given["tasks"] or _TASKS[facts]).split(",") if part.strip()),
        rubrics=_rubrics(given["rubrics"], facts),
        facts=facts,
        temperature=(0 if facts else 0.7) if temperature is None else temperature,
        limit=given["limit"],
        how=resampling(given["draws"], given["level"], given["seed"]),
        progress=progress,
    )


def _rubrics(given: tuple[str, ...], facts: bool) -> dict[str, str]:
    kinds = ("facts",) if facts else ("answer", "dialogue")
    folders: dict[str, str] = {}
    for text in given:
        kind, equals, folder = text.partition("=")
        if not equals or kind not in kinds:
            hint = " or ".join(f"{kind}=FOLDER" for kind in kinds)
            raise UserError(f"cannot read '{text}'", key="--rubric", hint=hint)
        folders[kind] = folder
    return folders


def _print_plan(plan: dict[str, Any]) -> None:
    cost = "unknown (give --price)" if plan["cost"] is None else plan["cost"]
    click.echo(
        f"{counted(plan['cases'], 'case')}, {counted(plan['requests'], 'vote')}: {plan['cached']} in the cache, "
        f"{plan['to_send']} to ask for"
    )
    click.echo(f"about {plan['input_tokens']} tokens in, {plan['output_tokens']} out; cost about {cost}")


def _print_result(report: dict[str, Any]) -> None:
    for task, entry in report["tasks"].items():
        missing = f", {counted(entry['votes_missing'], 'vote')} missing" if entry["votes_missing"] else ""
        click.echo(
            f"{task}: {entry['judged']} of {counted(entry['cases'], 'case')} judged on "
            f"{counted(entry['pairs'], 'pair')}{missing}"
        )
        print_figures(entry, [name for name in entry["metrics"] if "/" not in name])
        for name, value in entry["agreement"].items():
            click.echo(f"  {name} of the votes {value:.4f}")
    now, cost = report["now"], report["usage"]["cost"]
    click.echo(
        f"{counted(now['paid'], 'vote')} paid for now, {now['cached']} from the cache; cost of all {cost or 'unknown'}"
    )
    click.echo(report["folder"])
