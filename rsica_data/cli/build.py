"""`build`: a recipe and a folder of images in, a dataset out."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.cli.build_choice import BuildChoice, build_options, chosen_recipe, options_of
from rsica_data.cli.llm_options import LlmChoice, llm_options, llm_settings
from rsica_data.core.collection import kept_to_the_end
from rsica_data.core.command_line import counted, print_json, progress_bar
from rsica_data.core.remote import shown

if TYPE_CHECKING:
    from rsica_data.builder import BuildSummary
    from rsica_data.core.workers import Engine


@click.command()
@build_options
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    help="Ray for several machines with a shared disk (RAY_ADDRESS).",
)
@click.option("--part", default=None, metavar="I/N", help="Build every N-th shard alone, for `rsica-data merge`.")
@llm_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def build(
    choice: BuildChoice,
    engine: Engine,
    part: str | None,
    assist: bool,
    dry_run: bool,
    llm: LlmChoice,
    as_json: bool,
) -> None:
    """Build an instruction dataset. RECIPE is a file, the name of a shipped recipe or of a dataset of the catalog.

    With --decisions the pairs and rows that a review rejected are left out and the answers that it fixed are put in.

    Resumable: killed at any time, the same command continues, and the result is byte-for-byte the same.
    With --assist a language model writes the rows of the recipe's section `assist`; without it none is asked.

    \b
    Example:
      rsica-data build changechat-105k --input LEVIR-MCI-dataset --out changechat-105k
      rsica-data build changechat-105k --input LEVIR-MCI-dataset --out with-open-qa --assist --dry-run
      rsica-data build second --input SECOND --out second
      rsica-data build second --input SECOND --decisions decisions.jsonl --out reviewed
      rsica-data build --catalog my-set.yaml --input my-set --out out
      rsica-data build second --input SECOND --out second --part 3/8
    """
    # A build multiplies no matrices, and NumPy's threads for that wait in a loop, one for each core, as it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with kept_to_the_end():
        from rsica_data.builder import AssistOptions
        from rsica_data.builder import build as run_build
        from rsica_data.builder import dry_run as run_dry
        from rsica_data.core.parts import parse_part

        recipe = chosen_recipe(choice)
    with ExitStack() as stack:
        options = options_of(choice, recipe, stack.enter_context(progress_bar(f"build {recipe.name}", "pair")))
        options = replace(options, engine=engine, part=None if part is None else parse_part(part))
        if assist or dry_run:
            asking = stack.enter_context(progress_bar("assist", "shard", enabled=not dry_run))
            settings = llm_settings(llm, recipe, choice.out)
            options = replace(options, assist=AssistOptions(settings, asking) if assist else None)
        if dry_run:
            plan = run_dry(options).to_json()
        else:
            summary = run_build(options)
    if dry_run:
        print_json(plan) if as_json else _print_plan(plan)
        return
    print_build(summary, as_json)


def print_build(summary: BuildSummary, as_json: bool) -> None:
    """What a build did, as text or as JSON."""
    out = summary.out
    if as_json:
        print_json(asdict(summary) | {"out": shown(out)})
        return
    _print_summary(summary.counts, out)
    for note in summary.notes:
        click.echo(f"  {note}")
    if summary.checks is not None:
        from rsica_data.dataset.quality.quality_report import checks_lines

        for line in checks_lines(summary.checks):
            click.echo(f"  checks: {line}")
    if summary.assist is not None:
        _print_assist(summary.assist, summary.usage, out)
    click.echo(f"{counted(summary.shards, 'shard')} ({summary.reused} from before), {summary.seconds:.1f} s")


def _print_plan(plan: dict[str, Any]) -> None:
    click.echo(f"requests: {plan['requests']} ({plan['cached']} answered already, {plan['to_send']} to send)")
    click.echo(f"tokens to send: about {plan['input_tokens']} in, {plan['output_tokens']} out")
    unpriced = ", ".join(plan["unpriced"])
    cost = plan["cost"] if plan["cost"] is not None else f"unknown: no price of {unpriced} (--llm-price)"
    click.echo(f"cost: {cost}; re-asking after refusals comes on top")


def _print_assist(report: dict[str, Any], usage: dict[str, Any] | None, out: Path) -> None:
    for name, prompt in report["prompts"].items():
        for split, figures in prompt["splits"].items():
            kinds = ", ".join(f"{kind} {entry['number']}" for kind, entry in figures["refused_by_kind"].items())
            missing = f"; MISSING {figures['missing']}" if figures["missing"] else ""
            refused = f"; refused {figures['refused']} ({kinds})" if figures["refused"] else ""
            click.echo(
                f"  {name}, {split}: {figures['written']} of {counted(figures['wanted'], 'row')}{missing}{refused}"
            )
    if usage is not None:
        spent = f", cost {usage['usage']['cost']}" if usage["usage"]["cost"] is not None else ""
        click.echo(
            f"  {report['model']}: {counted(usage['paid'], 'answer')} paid for, {usage['cached']} from the cache{spent}"
        )
    click.echo(f"  see {shown(out)}/assist_report.json")


def _print_summary(counts: dict[str, Any], out: Path) -> None:
    click.echo(shown(out))
    for split, pairs in counts["pairs"].items():
        tasks = ", ".join(f"{task} {count}" for task, count in counts["instructions"].get(split, {}).items())
        click.echo(f"  {split}: {counted(pairs, 'pair')} ({counts['changed'][split]} changed); {tasks}")
    if counts["rejected"]:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts["rejected"].items()))
        click.echo(f"  skipped: {sum(counts['rejected'].values())} ({reasons}); see {shown(out)}/rejected.jsonl")
    if counts.get("not_offered"):
        reasons = ", ".join(f"{reason} {count}" for reason, count in counts["not_offered"].items())
        click.echo(f"  not offered: {sum(counts['not_offered'].values())} ({reasons})")
    if counts.get("captions_left_out"):
        click.echo(f"  captions left out, for they hold no words: {counts['captions_left_out']}")
    if counts["flag_conflicts"]:
        click.echo(f"  change flag and mask disagree: {counts['flag_conflicts']}; see {shown(out)}/conflicts.jsonl")
