"""`leaderboard import`: a published predictions file as a rescored row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rsica_bench.cli.scoring_options import draw_options, print_figures, resampling
from rsica_data.core.command_line import print_json, progress_bar
from rsica_data.core.errors import UserError

if TYPE_CHECKING:
    from rsica_bench.benchmarks.benchmark_files import Benchmark
    from rsica_bench.leaderboard.importing.scored import Scored
    from rsica_bench.metrics.bootstrap import Resampling

_PATH = click.Path(path_type=Path)


@click.command("import")
@click.argument("predictions", type=_PATH, nargs=-1, required=True)
@click.option("--benchmark", required=True, help="The benchmark whose protocol scores: its name, or FILE[:NAME].")
@click.option("--system", required=True, help="The system's name as shown.")
@click.option("--source", required=True, metavar="URL", help="Where the predictions were published.")
@click.option("--references", type=_PATH, multiple=True, help="What is true: a file of the set, or a folder of masks.")
@click.option("--references-in", default=None, metavar="F,..", help="Fields of the rows that hold references.")
@click.option("--task", default=None, help="What the file answers, where the benchmark has several tasks.")
@click.option("--field", default=None, help="Field of the rows that holds the prediction.")
@click.option("--id", "id_field", default=None, help="Field that holds the item's id; order takes rows in order.")
@click.option("--protocol", default=None, help="Caption protocol in place of the benchmark's: words, coco, levir-cc.")
@click.option("--word-map", type=_PATH, default=None, help="Word map in place of the derived one.")
@click.option("--values", default=None, metavar="NAME=V;..", help="Masks: values of the classes, as score-masks.")
@click.option("--threshold", type=click.IntRange(1, 255), default=None, help="Masks: values from here on are change.")
@click.option("--note", default="", help="Whatever else matters.")
@click.option("--date", "day", default=None, metavar="YYYY-MM-DD", help="Day of the scoring; today where left out.")
@click.option("--to", "board", type=_PATH, default=None, help="The board's folder; without it the row is shown only.")
@draw_options
def import_(
    predictions: tuple[Path, ...],
    benchmark: str,
    board: Path | None,
    draws: int,
    level: float,
    seed: int,
    as_json: bool,
    **given: Any,
) -> None:
    """Score published PREDICTIONS by a benchmark's protocol, and put the metrics on its board as a rescored row.

    The row holds metrics with intervals, the number of items, the source and the hashes of the files; the predictions
    stay where they are. Captions are scored against a captions file or references in the rows, masks against a folder
    of true masks, CDVQA's answers against its three files, and counts (--task counting) against change flags: a count
    of zero in every class says that nothing changed. A row with another number of items than was published has no rank.

    \b
    Example:
      rsica-bench leaderboard import captions.txt --benchmark levir-cc --system PromptCC \\
        --source https://github.com/hanlinwu/DeltaVLM --references LevirCCcaptions.json --to leaderboards/levir-cc
      rsica-bench leaderboard import predict_BIT --benchmark dsifn-cd-256 --system BIT \\
        --source https://github.com/wgcban/ChangeFormer --references label
    """
    from rsica_bench.benchmarks.benchmark_files import find_benchmark
    from rsica_bench.leaderboard.boards import open_board
    from rsica_bench.leaderboard.importing.row import make_row, row_name
    from rsica_bench.leaderboard.rescored import write_row

    chosen, how = find_benchmark(benchmark), resampling(draws, level, seed)
    scored = _score(chosen, predictions, given, how)
    content = make_row(
        chosen,
        scored,
        given["system"],
        given["source"],
        predictions=predictions,
        references=given["references"],
        how=how,
        note=given["note"],
        date=given["day"],
    )
    path = None if board is None else write_row(open_board(board), row_name(content), content)
    if as_json:
        print_json(content)
        return
    of = f" of {content['published']:,}" if "published" in content else ""
    click.echo(f"{content['system']} on {chosen.name}, {content['task']}, protocol {content['protocol']}")
    click.echo(f"items: {content['items']:,}{of}")
    print_figures(content["entry"], list(content["entry"]["metrics"]))
    if path is not None:
        click.echo(f"{path}: added")


def _score(chosen: Benchmark, predictions: Sequence[Path], given: dict[str, Any], how: Resampling) -> Scored:
    """The metrics of the files, by what the benchmark is scored by."""
    references = given["references"]
    if not references and not given["references_in"]:
        raise UserError("nothing to score against", key="--references", hint="give --references or --references-in")
    task = None if chosen.section.masks is not None else _task(chosen, given["task"])
    if given["protocol"] is not None and task != "captioning":
        raise UserError(
            "goes with captions", key="--protocol", hint=f"benchmark '{chosen.name}' settles how it is scored"
        )
    if task is None:
        return _score_masks(chosen, predictions, given, how)
    if len(predictions) != 1:
        raise UserError(f"{len(predictions)} files of predictions", key="PREDICTIONS", hint="give one file")
    if task == "given_qa":
        from rsica_bench.leaderboard.importing.answer_predictions import score_answer_file

        return score_answer_file(predictions[0], references, how)
    if len(references) > 1:
        raise UserError(f"{len(references)} files of references", key="--references", hint="give one file")
    if task == "counting":
        return _score_counts(chosen, predictions[0], given, how)
    return _score_captions(chosen, predictions[0], given, how)


def _task(chosen: Benchmark, stated: str | None) -> str:
    known = [name for name in ("captioning", "given_qa", "counting") if name in chosen.section.tasks]
    if stated is None and known:
        return known[0]
    if stated not in known:
        problem = f"benchmark '{chosen.name}' takes no files of '{stated or ', '.join(chosen.section.asked)}'"
        raise UserError(problem, key="--task", hint=f"it takes {', '.join(known) or 'none'}")
    return stated


def _score_masks(chosen: Benchmark, predictions: Sequence[Path], given: dict[str, Any], how: Resampling) -> Scored:
    from rsica_bench.cli.score_masks import read_values
    from rsica_bench.leaderboard.importing.mask_predictions import score_mask_folders
    from rsica_bench.metrics.mask_files import Labels

    labels = Labels(read_values(given["values"]), threshold=given["threshold"])
    with progress_bar("score masks", "pair") as progress:
        return score_mask_folders(chosen, predictions, given["references"], labels, how, progress)


def _score_counts(chosen: Benchmark, predictions: Path, given: dict[str, Any], how: Resampling) -> Scored:
    from rsica_bench.leaderboard.importing.count_predictions import score_count_file
    from rsica_bench.protocols import find_protocol

    if not given["references"]:
        raise UserError("counts are scored against change flags", key="--references", hint="give the captions file")
    section = chosen.section
    names = {"field": given["field"], "id_field": given["id_field"]}
    protocol = find_protocol(section.protocol)
    return score_count_file(predictions, given["references"][0], section.split, protocol, how, **names)


def _score_captions(chosen: Benchmark, predictions: Path, given: dict[str, Any], how: Resampling) -> Scored:
    from rsica_bench.leaderboard.importing.caption_predictions import score_caption_file
    from rsica_bench.metrics.word_map import load_word_map

    fields = tuple(part.strip() for part in (given["references_in"] or "").split(",") if part.strip())
    return score_caption_file(
        chosen,
        predictions,
        given["references"][0] if given["references"] else fields,
        how,
        word_map=load_word_map(given["word_map"]) if given["word_map"] else None,
        field=given["field"],
        id_field=given["id_field"],
        caption=given["protocol"],
    )
