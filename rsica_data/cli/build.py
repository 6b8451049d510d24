"""`build`: a recipe and a folder of images in, a dataset out."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_data.cli.llm_options import LlmChoice, llm_options, llm_settings
from rsica_data.core.command_line import counted, print_json, progress_bar
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_data.builder import BuildSummary
    from rsica_data.builder.recipe import Recipe
    from rsica_data.core.workers import Engine


_OPTIONS = (
    click.argument("recipe", required=False),
    click.option(
        "--input", "input_", type=click.Path(path_type=Path), help="Folder with the images, in the recipe's layout."
    ),
    click.option(
        "--catalog",
        type=click.Path(path_type=Path),
        default=None,
        help="A page of your own, built by its default recipe.",
    ),
    click.option(
        "--split",
        type=click.Choice(["train", "val", "test"]),
        default=None,
        help="Split of all pairs, for a dataset of the catalog in a layout that does not tell it.",
    ),
    click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the dataset."),
    click.option("--workers", type=click.IntRange(1), default=None, help="Processes [default: one a core]."),
    click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=None, help="Seed, in place of the recipe's."),
    click.option("--limit", type=click.IntRange(1), default=None, help="Maximum number of pairs of each split."),
    click.option("--no-check-images", is_flag=True, help="Trust that images are whole: read their headers alone."),
    click.option("--max-rejects", type=click.IntRange(0), default=None, help="Maximum number of unusable pairs."),
    click.option(
        "--decisions",
        type=click.Path(path_type=Path),
        default=None,
        help="Decisions of a review, saved by a preview page.",
    ),
)


def build_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is built."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


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
    recipe: str | None,
    input_: Path | None,
    catalog: Path | None,
    split: str | None,
    out: Path,
    workers: int | None,
    seed: int | None,
    limit: int | None,
    no_check_images: bool,
    max_rejects: int | None,
    decisions: Path | None,
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
    from rsica_data.builder import AssistOptions, BuildOptions
    from rsica_data.builder import build as run_build
    from rsica_data.builder import dry_run as run_dry
    from rsica_data.builder.decisions import read_decisions
    from rsica_data.core.parts import parse_part

    loaded = chosen_recipe(recipe, catalog, split)
    with ExitStack() as stack:
        options = BuildOptions(
            recipe=loaded,
            out=out,
            input=input_,
            workers=workers or os.cpu_count() or 1,
            seed=seed,
            limit=limit,
            check_images=not no_check_images,
            max_rejects=max_rejects,
            decisions=read_decisions(decisions) if decisions else None,
            engine=engine,
            part=None if part is None else parse_part(part),
            progress=stack.enter_context(progress_bar(f"build {loaded.name}", "pair")),
        )
        if assist or dry_run:
            asking = stack.enter_context(progress_bar("assist", "shard", enabled=not dry_run))
            settings = llm_settings(llm, loaded, out)
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
        print_json(asdict(summary) | {"out": str(out)})
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


def chosen_recipe(name: str | None, catalog: Path | None, split: str | None) -> Recipe:
    """The recipe that the command line names, or that of a page of the catalog."""
    from rsica_data.builder.recipe import load_recipe, page_recipe
    from rsica_data.sources.catalog.catalog_pages import load_page, read_page, shipped_pages

    if catalog is None and split is not None:
        if name not in shipped_pages():
            raise UserError(
                "goes with a dataset of the catalog", key="--split", hint="a recipe has source.options.split"
            )
        return page_recipe(load_page(str(name)), split=split)
    if catalog is None:
        if name is None:
            raise UserError(
                "a recipe is missing", hint="give a file or a name: rsica-data recipes and sources list them"
            )
        return load_recipe(name)
    page = read_page(catalog)
    if name not in (None, page.name):
        raise UserError(f"the page is called '{page.name}', not '{name}'", file=catalog, key="name")
    return page_recipe(page, own=True, split=split)


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
    click.echo(f"  see {out / 'assist_report.json'}")


def _print_summary(counts: dict[str, Any], out: Path) -> None:
    click.echo(f"{out}")
    for split, pairs in counts["pairs"].items():
        tasks = ", ".join(f"{task} {count}" for task, count in counts["instructions"].get(split, {}).items())
        click.echo(f"  {split}: {counted(pairs, 'pair')} ({counts['changed'][split]} changed); {tasks}")
    if counts["rejected"]:
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts["rejected"].items()))
        click.echo(f"  skipped: {sum(counts['rejected'].values())} ({reasons}); see {out / 'rejected.jsonl'}")
    if counts.get("not_offered"):
        reasons = ", ".join(f"{reason} {count}" for reason, count in counts["not_offered"].items())
        click.echo(f"  not offered: {sum(counts['not_offered'].values())} ({reasons})")
    if counts.get("captions_left_out"):
        click.echo(f"  captions left out, for they hold no words: {counts['captions_left_out']}")
    if counts["flag_conflicts"]:
        click.echo(f"  change flag and mask disagree: {counts['flag_conflicts']}; see {out / 'conflicts.jsonl'}")
