"""`run`: an adapter over a dataset."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from rsica_bench.cli.model_options import reading_of_options, reading_options
from rsica_bench.cli.results import print_result, reading_told, warn_of_part, warn_of_unparsed
from rsica_bench.cli.run_input import given_dataset, named_benchmark
from rsica_data.core.command_line import counted, parse_settings, print_json, progress_bar
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.run import RunOptions

SHOWN = ("benchmark", "protocol", "reading", "tasks", "replies", "masks")
"""What is printed of a result as JSON."""


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    help="Built dataset: a folder, or USER/NAME[@REVISION] on the Hub.",
)
@click.option("--benchmark", default=None, help="A benchmark in place of --data: its name, or FILE[:NAME].")
@click.option(
    "--input", "input_", type=click.Path(path_type=Path), default=None, help="Folder of the benchmark's published set."
)
@click.option(
    "--dataset",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder for the benchmark's built dataset [default: one of the cache].",
)
@click.option("--adapter", required=True, help="What answers; see `rsica-bench adapters`.")
@click.option("--model", default=None, help="Model name or path, for adapters that take one.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="An option of the adapter; repeatable.")
@click.option("--tasks", default=None, metavar="T,..", help="Only these tasks.")
@click.option("--split", default=None, help="Split to run [default: test].")
@click.option("--protocol", default=None, help="default, changechat or deltavlm [default: default].")
@click.option("--history", default=None, help="Earlier turns of dialogues: gold, own, or both.")
@click.option(
    "--one-image",
    type=click.Choice(["side-by-side", "difference"]),
    default="side-by-side",
    show_default=True,
    help="What models of one image get: both images, or both and their difference.",
)
@click.option("--word-map", type=click.Path(path_type=Path), default=None, help="Word map of the levir-cc captions.")
@click.option("--batch-size", type=click.IntRange(1), default=32, show_default=True, help="Questions asked together.")
@click.option("--limit", type=click.IntRange(1), default=None, help="Maximum number of instructions of each task.")
@click.option(
    "--devices", default=None, metavar="D,..", help="A worker process each: cuda:0,cuda:1 or all, or cpu,cpu."
)
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", help="Ray for several machines.")
@click.option(
    "--unit-timeout",
    type=click.FloatRange(0, min_open=True),
    default=None,
    help="Kill a worker after this many seconds.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed of whatever is random."
)
@click.option("--deterministic", is_flag=True, help="Deterministic algorithms, at the price of speed.")
@click.option(
    "--allow-code", is_flag=True, help="Let adapters run code of yours: module:callable, TorchScript, builders."
)
@click.option(
    "--max-failures",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="Stop after this many failures in a row.",
)
@click.option(
    "--large", type=click.Choice(["overview", "crops", "tiles"]), default=None, help="What large images become."
)
@click.option(
    "--max-side", type=click.IntRange(16), default=1024, show_default=True, help="Longer side of what is not large."
)
@click.option("--crops", type=click.IntRange(1), default=3, show_default=True, help="Parts that --large crops shows.")
@click.option("--embedding", default=None, help="Adapter that finds the parts for a question, such as clip.")
@click.option("--embedding-model", default=None, help="Its model.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Run folder, local or at an address.")
@click.option("--part", default=None, metavar="I/N", help="Ask every N-th unit alone, for `rsica-bench merge`.")
@reading_options
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def run(
    data: Path | None,
    benchmark: str | None,
    input_: Path | None,
    dataset: Path | None,
    adapter: str,
    model: str | None,
    settings: tuple[str, ...],
    tasks: str | None,
    split: str | None,
    protocol: str | None,
    history: str | None,
    one_image: Literal["side-by-side", "difference"],
    word_map: Path | None,
    batch_size: int,
    limit: int | None,
    devices: str | None,
    engine: Literal["local", "ray"],
    unit_timeout: float | None,
    seed: int,
    deterministic: bool,
    allow_code: bool,
    max_failures: int,
    large: Literal["overview", "crops", "tiles"] | None,
    max_side: int,
    crops: int,
    embedding: str | None,
    embedding_model: str | None,
    out: Path,
    part: str | None,
    as_json: bool,
    read_with: str | None,
    **server: Any,
) -> int:
    """Run an adapter over a dataset, or a published benchmark, and score its replies.

    Killed at any time, the same command continues where it stopped. Turns that failed are listed in failed.jsonl, count
    as without an answer, and are asked again by the same command; until then the exit status is 1.

    \b
    Example:
      rsica-bench run --data demo/dataset --adapter pixel-difference --set floor=40 --out runs/pixel-difference
      rsica-bench run --benchmark levir-cc --input LEVIR-CC --adapter oracle --out runs/oracle
      rsica-bench run --data demo/dataset --adapter pixel-difference --out runs/in-parts --part 3/8
    """
    from rsica_bench.models.large_images import LargeOptions
    from rsica_bench.run import RunOptions
    from rsica_bench.run import run as run_adapter
    from rsica_bench.run.histories import run_both
    from rsica_bench.run.live import live_line
    from rsica_bench.run.remote_runs import run_alone, run_place, write_run
    from rsica_data.core.parts import parse_part
    from rsica_data.core.remote import address_of, shown
    from rsica_data.dataset.mirrors import need_shared_cache

    both = history == "both"
    named = tuple(part.strip() for part in tasks.split(",") if part.strip()) if tasks else None
    asked = (
        given_dataset(data, input_, dataset, split, protocol, word_map)
        if benchmark is None
        else named_benchmark(benchmark, data, input_, dataset, split, protocol, word_map, named, limit)
    )
    if engine == "ray" and address_of(out) is not None:
        need_shared_cache("--engine")
    this_part = None if part is None else parse_part(part)
    lease = click.get_current_context().with_resource(run_alone(out, this_part))
    place = run_place(out, this_part)
    options = RunOptions(
        dataset=asked.dataset,
        out=place,
        adapter=adapter,
        model=model,
        settings=parse_settings(settings),
        tasks=named,
        split=asked.split,
        protocol=asked.under(None if both else history, one_image),
        benchmark=asked.items,
        batch_size=batch_size,
        limit=limit,
        devices=_devices(devices),
        engine=engine,
        unit_timeout=unit_timeout,
        seed=seed,
        deterministic=deterministic,
        allow_code=allow_code,
        large=large and LargeOptions(large, max_side, crops, embedding=embedding, embedding_model=embedding_model),
        max_failures=max_failures,
        part=this_part,
    )
    with live_line(f"run {adapter}") as watch:
        results = run_both(options, watch) if both else {"": run_adapter(options, watch)}
    if part is not None:
        write_run(out, place, lease, this_part)
        print_json(results if both else results[""]) if as_json else _print_parts(results, part)
        return max(int(bool(info["failed"])) for info in results.values())
    if read_with is not None:
        results = {name: _read(place / name, options, read_with, server) for name in results}
    write_run(out, place, lease)
    named_results = {f"{shown(out)}/{name}".rstrip("/"): report for name, report in results.items()}
    if as_json:
        shown_parts = {name: {key: report[key] for key in SHOWN if key in report} for name, report in results.items()}
        print_json(shown_parts if both else shown_parts[""])
    return _tell_results(named_results, tables=not as_json)


def _read(run: Path, options: RunOptions, read_with: str, server: dict[str, Any]) -> dict[str, Any]:
    """The result of a finished run, scored again with a model's readings and written in place of the first."""
    from rsica_bench.run.model_reading import read_run
    from rsica_bench.run.result import protocol_in, settings_of, write_result

    settings = settings_of(run)
    with progress_bar("read", "reply") as progress:
        reading = read_run(options.dataset, run, settings, reading_of_options(run, read_with, server, progress))
    protocol = replace(protocol_in(settings), word_map=options.protocol.word_map)
    return write_result(options.dataset, run, settings, protocol, reading=reading)


def _print_parts(infos: dict[str, dict[str, Any]], part: str) -> None:
    for info in infos.values():
        click.echo(f"part {part}: {counted(info['turns'], 'turn')}, {info['failed']} failed")


def _tell_results(results: dict[str, dict[str, Any]], *, tables: bool) -> int:
    """Print the scores of runs by their names, and what is to be known of them; 1 where a turn has failed, else 0."""
    for run, result in results.items() if tables else ():
        _print_result(run, result)
    for result in results.values():
        warn_of_part(result)
        warn_of_unparsed(result)
    return max(_tell_failed(run, result["failed"]) for run, result in results.items())


def _print_result(run: str, result: dict[str, Any]) -> None:
    protocol = result["protocol"]
    print_result(f"{run}  protocol {protocol['name']}, {protocol['history']} history{reading_told(result)}", result)


def _tell_failed(run: str, failed: int) -> int:
    """The exit status of a run."""
    if not failed:
        return 0
    click.echo(f"{counted(failed, 'turn')} failed, see {run}/failed.jsonl; the same command asks again", err=True)
    return 1


def _devices(text: str | None) -> tuple[str, ...]:
    """Devices by name; ``all`` stands for every GPU.

    Raises:
        UserError: not a device, or no GPU where all are asked for.
    """
    if text is None:
        return ()
    if text == "all":
        from rsica_bench.run.doctor import gpu_count

        return tuple(f"cuda:{number}" for number in range(gpu_count()))
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    wrong = next((name for name in names if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", name)), None)
    if wrong is not None or not names:
        raise UserError(f"not a device: '{wrong or text}'", key="--devices", hint="cuda:0, cuda:1, cpu or all")
    return names
