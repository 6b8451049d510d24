"""A run: an adapter over the instructions of a split, unit by unit, resumed where it was stopped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rsica_bench.files.row_keys import Key
from rsica_bench.files.row_store import RowStore
from rsica_bench.files.run_forms import JournalRow, read_result
from rsica_bench.protocols import BenchProtocol
from rsica_bench.run.predictions import JOURNAL, PREDICTIONS, write_predictions
from rsica_bench.run.queue import lost_row
from rsica_bench.run.result import MODEL, RESULT, RUN_INFO, SETTINGS, has_earlier_intervals, settings_of, write_result
from rsica_bench.run.run_options import Chosen, RunOptions, check_folder, choose_adapter, has_answers, settings_of_run
from rsica_bench.run.run_plan import Unit, plan_units, still_to_ask
from rsica_bench.run.run_summary import Summary, Watch, run_info
from rsica_bench.run.session import Answered, Described, open_session
from rsica_bench.run.telemetry import Telemetry
from rsica_bench.run.workers import answer_on_devices
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, dump_json_pretty, remove_partial, write_atomic
from rsica_data.core.journal import Journal, read_journal
from rsica_data.core.json_text import loads, read_json_object
from rsica_data.core.locking import locked_folder
from rsica_data.core.parts import part_folder
from rsica_data.core.validation import check_form
from rsica_data.core.workers import need_engine
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.image_limits import pixel_limit
from rsica_data.schema import JsonObject

FAILED = "failed.jsonl"


def run(options: RunOptions, watch: Watch | None = None, chosen: Chosen | None = None) -> dict[str, Any]:
    """Run, or go on with, an adapter over a dataset; the result's content.

    A finished run without failed turns is not asked again; where an earlier release scored it, it is scored again.
    Failed turns are listed in failed.jsonl and asked again. ``chosen`` is an adapter that is not registered. A part of
    a run is asked and not scored: what comes back is the content of its run_info.json. `join_parts.merge` scores all.

    Raises:
        UserError: unknown adapter, option, task or split; nothing to ask; the run folder holds another run; a wrong
            limit of pixels.
        RunError: the disk is full, or workers die while they load.
    """
    need_engine(options.engine)
    pixel_limit()  # a wrong one is told before anything is written
    chosen = chosen or choose_adapter(options)
    if chosen.spec.kind != "privileged":
        options.dataset.need_images()
    settings = settings_of_run(options, chosen)
    if options.part is not None:
        options = replace(options, out=part_folder(options.out, options.part))
    with locked_folder(options.out, "rsica-bench run", key="--out"):
        return _run(options, chosen, settings, watch or Watch())


def _run(options: RunOptions, chosen: Chosen, settings: JsonObject, watch: Watch) -> dict[str, Any]:
    check_folder(options.out, settings)
    options.dataset.check_files()
    remove_partial(options.out)
    if (options.out / RESULT).is_file() and not (options.out / FAILED).is_file():
        (options.out / JOURNAL).unlink(missing_ok=True)
        earlier_result = read_result(options.out / RESULT)
        if not has_earlier_intervals(earlier_result):
            return earlier_result
        return write_result(options.dataset, options.out, settings_of(options.out), options.protocol)
    units = plan_units(options.dataset, options.split, options.tasks, options.limit, options.batch_size)
    if not units:
        raise _nothing_to_ask(options)
    write_atomic(options.out / SETTINGS, dump_json_pretty(settings))
    if not has_answers(options.out):
        (options.out / MODEL).unlink(missing_ok=True)
    if options.part is not None:
        units = units[options.part[0] - 1 :: options.part[1]]
    info = _ask(options, chosen, units, watch)
    del units  # out of memory while all is scored
    return info if options.part is not None else finish(options.dataset, options.out, options.protocol)


def _nothing_to_ask(options: RunOptions) -> UserError:
    counts = options.dataset.manifest["counts"]["instructions"].get(options.split, {})
    there = sorted(task for task, number in counts.items() if number)
    if options.tasks is not None and there:
        problem = f"nothing to ask: split '{options.split}' has no instruction of {', '.join(options.tasks)}"
        return UserError(problem, key="--tasks", hint=f"it has {', '.join(there)}")
    problem = f"nothing to ask: split '{options.split}' has no instruction"
    return UserError(problem, key="--split", hint="splits: " + ", ".join(options.dataset.splits))


def _ask(options: RunOptions, chosen: Chosen, units: Sequence[Unit], watch: Watch) -> dict[str, Any]:
    """Ask what is to be asked, and write all but the scores, which are made when the answers are out of memory."""
    rows, summary = _answer_all(options, chosen, units, watch)
    remove_partial(options.out)  # of workers that were killed
    if options.part is None:
        write_predictions(options.out / PREDICTIONS, rows)
    info = run_info(options, summary, list_failed(options.out / FAILED, rows))
    write_atomic(options.out / RUN_INFO, dump_json_pretty(info))
    return info


def finish(dataset: BuiltDataset, out: Path, protocol: BenchProtocol) -> dict[str, Any]:
    """Score a run whose settings and predictions are in its folder; the result's content."""
    result = write_result(dataset, out, settings_of(out), protocol)
    if not (out / FAILED).is_file():
        (out / JOURNAL).unlink(missing_ok=True)
    return result


def _answer_all(options: RunOptions, chosen: Chosen, units: Sequence[Unit], watch: Watch) -> tuple[RowStore, Summary]:
    rows = RowStore()
    journalled([options.out / JOURNAL], rows)
    todo = still_to_ask(units, _Answered(rows), chosen.spec.capabilities.independent)
    if rows:
        rows.drop(key for unit in todo for key in unit.keys)
    summary = Summary(total=sum(len(unit.keys) for unit in units), before=len(rows))
    with Journal(options.out / JOURNAL) as journal, Telemetry() as telemetry:
        for event in _stopping(_answers(options, chosen, todo), todo, rows, options.max_failures):
            if isinstance(event, Described):
                keep_description(options.out / MODEL, event.content)
                continue
            if event.rows:
                journal.append(*event.rows)
            rows.put(((row["instruction_id"], row["turn"]), row) for row in event.rows)
            summary.add(event)
            summary.gpu_bytes = telemetry.used_bytes
            watch.show(summary, event.rows)
    summary.telemetry = telemetry.figures()
    return rows, summary


class _Answered:
    """Keys of the turns that have an answer, right or wrong."""

    def __init__(self, rows: RowStore) -> None:
        self._rows, self._failed = rows, {key for key, _ in rows.failed_in_order()}

    def __contains__(self, key: object) -> bool:
        return key in self._rows and key not in self._failed


def journalled(paths: Iterable[Path], rows: RowStore) -> None:
    """Add the answers of earlier sessions to rows."""
    rows.put(keyed for path in paths for keyed in _journalled(path))


def _journalled(path: Path) -> Iterator[tuple[Key, dict[str, Any]]]:
    for number, row in enumerate(read_journal(path), 1):
        check_form(JournalRow, row, path, line=number)
        yield (row["instruction_id"], row["turn"]), row


def _answers(options: RunOptions, chosen: Chosen, todo: Sequence[Unit]) -> Iterator[Described | Answered]:
    if not todo:
        return
    if options.engine == "ray":
        from rsica_bench.run.ray_engine import answer_on_ray

        yield from answer_on_ray(options, todo)
        return
    if options.devices:
        yield from answer_on_devices(options, todo)
        return
    with open_session(options, chosen, None) as session:
        yield Described(session.describe())
        waiting = iter(todo)
        yield from session.answer_all(lambda wait_for_it: next(waiting, None))


def _stopping(
    answers: Iterator[Described | Answered], todo: Sequence[Unit], rows: Mapping[Key, Any], limit: int
) -> Iterator[Described | Answered]:
    """Answers, until ``limit`` turns in a row have failed: then every other turn is listed as failed unasked.

    ``rows`` holds the answers that were given so far.
    """
    row: int = 0
    for event in answers:
        yield event
        if isinstance(event, Described):
            continue
        for answer in event.rows:
            row = row + 1 if answer.get("failed") else 0
        if row >= limit and (left := [key for unit in todo for key in unit.keys if key not in rows]):
            reason = f"not asked: {row} turns in a row had failed"
            answers.close()  # type: ignore[attr-defined]
            yield Answered(todo[-1], [lost_row(key, reason) for key in left], {}, 0.0)
            return


def keep_description(path: Path, content: JsonObject) -> None:
    """What the adapter says of itself, once for all sessions of a run."""
    if not content:
        return
    if not path.is_file():
        write_atomic(path, dump_json_pretty(content))
        return
    before = read_json_object(path, "what an adapter said of itself")
    now = loads(dump_json(content))
    differing = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
    if differing:
        what = ", ".join(f"{key} was {before.get(key)!r}, is {now.get(key)!r}" for key in differing)
        raise UserError(f"the model differs from the one that this run began with: {what}", file=path.parent)


def list_failed(path: Path, rows: RowStore) -> int:
    """Write the list of the turns that failed, and none where none did; their number."""
    failed = [row for _, row in rows.failed_in_order()]
    if not failed:
        path.unlink(missing_ok=True)
        return 0
    kept = ("instruction_id", "turn", "reason")
    write_atomic(path, "".join(dump_json({name: row[name] for name in kept}) + "\n" for row in failed))
    return len(failed)
