"""Scores of a run and its result.json."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rsica_bench.files.row_store import RowStore
from rsica_bench.files.run_forms import RESULT_VERSION, RULES, read_settings
from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.models.replay_keys import instruction_names
from rsica_bench.protocols import BenchProtocol
from rsica_bench.run.mask_scores import MASKS, score_masks
from rsica_bench.run.predictions import PREDICTIONS, read_predictions, scored_items
from rsica_bench.scoring.api import ScoredItem
from rsica_bench.scoring.item_store import ItemStore, PairSpool
from rsica_bench.scoring.task_report import TaskMeasure, measure_task, strata_report, task_report, unparsed_report
from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json, dump_json_pretty, sha256_file, write_atomic
from rsica_data.core.freed_memory import return_freed_memory
from rsica_data.core.json_text import read_json_object
from rsica_data.core.remote import address_of
from rsica_data.dataset.opening import open_dataset
from rsica_data.dataset.reader import BuiltDataset

if TYPE_CHECKING:  # the checks of a reading take a third of a second to import, and few runs have one
    from rsica_bench.reading.stored import StoredReading

ReadingMaker = Callable[[BuiltDataset, Path, dict[str, Any]], "StoredReading"]
"""Gives the readings of a run: ``(dataset, run folder, its settings)``."""
RESULT = "result.json"
SETTINGS = "run.json"
MODEL = "model.json"
RUN_INFO = "run_info.json"


def measure_tasks(
    dataset: BuiltDataset,
    run: Path,
    settings: dict[str, Any],
    protocol: BenchProtocol,
    reading: StoredReading | None = None,
) -> dict[str, TaskMeasure]:
    """Tables by task, made afresh from the raw replies of a run."""
    return dict(each_measured(dataset, run, settings, protocol, reading))


def each_measured(
    dataset: BuiltDataset,
    run: Path,
    settings: dict[str, Any],
    protocol: BenchProtocol,
    reading: StoredReading | None = None,
    rows: RowStore | None = None,
) -> Iterator[tuple[str, TaskMeasure]]:
    """As `measure_tasks`, a task after another: the tables of one are in memory at a time."""
    by_task = items_by_task(dataset, run, settings, reading, rows)
    del rows
    for task in sorted(by_task):
        return_freed_memory()  # that of the rows, and that of the task before
        yield task, measure_task(task, by_task.pop(task), protocol)


def items_by_task(
    dataset: BuiltDataset,
    run: Path,
    settings: dict[str, Any],
    reading: StoredReading | None = None,
    rows: RowStore | None = None,
) -> dict[str, Sequence[ScoredItem]]:
    """Every turn of a run, read afresh from its raw reply, by the task of its instruction.

    Args:
        dataset: of the run.
        run: its folder.
        settings: of the run.
        reading: gives the answers of replies that the rules leave.
        rows: the run's predictions, where they were read; None to read them.
    """
    if rows is None:
        rows = read_predictions(run / PREDICTIONS)
    only = frozenset(name for name, _ in rows) if settings["limit"] is not None else None
    pairs = PairSpool()
    by_task: dict[str, ItemStore] = {}
    for task, item in scored_items(dataset, settings["split"], settings["tasks"], rows, only):
        if task not in by_task:
            by_task[task] = ItemStore(pairs)
        by_task[task].append(item if reading is None else reading.read(item))
    return dict(by_task)


def reading_json(reading: StoredReading | None, read_by_model: int) -> dict[str, Any]:
    """How the replies of a result were read, with the number of those that a model read."""
    return {"name": RULES} if reading is None else {**reading.as_json(), "read": read_by_model}


def write_result(
    dataset: BuiltDataset,
    run: Path,
    settings: dict[str, Any],
    protocol: BenchProtocol,
    how: Resampling | None = None,
    reading: StoredReading | None = None,
) -> dict[str, Any]:
    """Score a run and write its result.json; the content. A result of the rules alone states no reading."""
    how = how or Resampling()
    # Read by themselves: the rows are out of memory when all answers are in it.
    reported = _told_of(read_predictions(run / PREDICTIONS), gives_masks(settings))
    tasks: dict[str, Any] = {}
    read_by_model = 0
    for task, measure in each_measured(dataset, run, settings, protocol, reading):
        tasks[task] = task_report(measure, how)
        if reading is not None:
            read_by_model += sum(item.read_by == "model" for item in measure.items)
        del measure  # before the next task is measured
    model = model_of(run)
    result: dict[str, Any] = {
        "result_version": RESULT_VERSION,
        "status": status_of(settings["adapter"], model),
        **settings,
        "model": model,
        "inputs_sha256": reported.inputs_sha256,
        "predictions_sha256": sha256_file(run / PREDICTIONS),
        "failed": reported.failed,
        **({} if reading is None else {"reading": reading_json(reading, read_by_model)}),
        "bootstrap": bootstrap_json(how),
        "tasks": tasks,
    }
    result["replies"] = unparsed_report(result["tasks"])
    if gives_masks(settings):
        result["masks"] = score_masks(dataset, settings["split"], run, reported.pairs, how)
    write_atomic(run / RESULT, dump_json_pretty(result))
    return result


def gives_masks(settings: Mapping[str, Any]) -> bool:
    """Whether a run leaves masks to be scored: that of a detector, and any of a benchmark that is scored by masks."""
    benchmark = settings.get("benchmark")
    return settings["adapter"]["kind"] == "mask" or bool(benchmark and benchmark.get("masks"))


def model_of(run: Path) -> dict[str, Any] | None:
    """What the adapter of a run said of itself; None where it said nothing."""
    path = run / MODEL
    if not path.is_file():
        return None
    return read_json_object(path, "what an adapter said of itself")


def status_of(adapter: Mapping[str, Any], model: Mapping[str, Any] | None) -> str:
    """``rescored`` for replays; ``reproduced`` needs a known revision of the model (baselines have that of the
    package); ``unpinned`` is a run of a model that did not say which it is.
    """
    if adapter["name"] == "replay":
        return "rescored"
    known = adapter["kind"] == "privileged" or bool((model or {}).get("revision"))
    return "reproduced" if known else "unpinned"


@dataclass(frozen=True)
class _Told:
    """What a result keeps of the rows of its predictions.

    ``inputs_sha256`` is over what the model was given for every turn: its question and what it saw of it. ``pairs`` are
    those that were asked about, where masks are to be scored.
    """

    inputs_sha256: str
    failed: int
    pairs: set[str]


def _told_of(rows: RowStore, with_pairs: bool) -> _Told:
    digest = hashlib.sha256()
    before = "["  # the canonical JSON of one list, which never is in memory as a whole
    for key, row in rows.in_order():
        digest.update((before + dump_json([*key, row.get("prompt"), row.get("seen")])).encode())
        before = ","
    digest.update(b"]" if rows else b"[]")
    pairs = {name.split("#", 1)[0] for name in rows.names()} if with_pairs else set()
    return _Told(digest.hexdigest(), sum(1 for _ in rows.failed_in_order()), pairs)


def bootstrap_json(how: Resampling) -> dict[str, Any]:
    """How the intervals of a result were made."""
    return {"unit": "pair", "draws": how.draws, "seed": how.seed, "level": how.level}


def has_earlier_intervals(result: Mapping[str, Any]) -> bool:
    """Whether a result's intervals are those of a release that did not say how it made them (percentile bootstrap)."""
    return any("intervals" in entry and "interval_methods" not in entry for entry in result["tasks"].values())


def settings_of(run: Path) -> dict[str, Any]:
    """Settings of a finished run.

    Raises:
        UserError: no such folder, or no finished run in it.
    """
    if not run.is_dir():
        hint = "give the folder that `rsica-bench run --out` wrote"
        address = address_of(run)
        if address is not None:
            raise UserError("is read by run, merge, score and compare alone", file=address, hint="copy the folder here")
        raise UserError("no such folder", file=run, hint=hint)
    if not (run / SETTINGS).is_file() or not (run / PREDICTIONS).is_file():
        raise UserError("no finished run", file=run, hint="run the same `rsica-bench run` again to finish it")
    return read_settings(run / SETTINGS)


def own_protocol(run: Path) -> BenchProtocol:
    """The protocol that a run was made under; its word map has to be given again.

    Raises:
        UserError: no finished run.
    """
    return protocol_in(settings_of(run))


def protocol_in(settings: Mapping[str, Any]) -> BenchProtocol:
    """The protocol of a run's settings; its word map has to be given again."""
    return BenchProtocol(**{key: value for key, value in settings["protocol"].items() if key != "word_map_sha256"})


def open_run(run: Path, data: Path | None) -> tuple[dict[str, Any], BuiltDataset]:
    """Settings and dataset of a finished run.

    Args:
        run: run folder.
        data: the dataset; None for the folder or address that the run was made from.

    Raises:
        UserError: no finished run, or the dataset is not the one it was made from.
    """
    settings = settings_of(run)
    return settings, dataset_of(run, settings, data)


def dataset_of(run: Path, settings: Mapping[str, Any], data: Path | None) -> BuiltDataset:
    """The dataset of a run: ``data``, or the folder that it was made from.

    Raises:
        UserError: it is not there, or not the one that the run was made from.
    """
    if data is None:
        data = _data_of(run / RUN_INFO)
        if address_of(data) is None and not data.is_dir():
            problem = f"the dataset that it was made from is not at '{data}'"
            raise UserError(problem, file=run, hint="give its folder with --data; paths count from where you are")
    dataset = open_dataset(data)
    if dataset.hash != settings["dataset"]["sha256"]:
        raise UserError("not the dataset of this run: its hash differs", file=data, key="--data")
    return dataset


def _data_of(info: Path) -> Path:
    """The dataset's folder as run_info.json has it."""
    stated = read_json_object(info, "the record of a run").get("data")
    if not isinstance(stated, str) or not stated or "\0" in stated:
        raise UserError("is no folder", file=info, key="data", hint="give the dataset's folder with --data")
    return Path(stated)


def score_run(
    run: Path,
    data: Path | None,
    protocol: BenchProtocol,
    how: Resampling | None = None,
    strata: Sequence[str] = (),
    read_with: ReadingMaker | None = None,
) -> dict[str, Any]:
    """Score a finished run again under a protocol.

    Args:
        run: run folder.
        data: the dataset; None for the folder that the run was made from.
        protocol: how to score; prompts and history stay those of the run.
        how: bootstrap of the intervals.
        strata: strata to give the leading figures for besides.
        read_with: gives a model's readings of the replies that the rules leave.

    Returns:
        ``{"protocol", "reading", "bootstrap", "tasks", "replies"}``, for detectors ``"masks"``, with ``"strata"`` by
        task where asked for, and ``"unknown_rows"`` where the predictions have rows of no instruction of the split:
        their ids.

    Raises:
        UserError: no finished run, or the dataset is not the one it was made from.
    """
    settings, dataset = open_run(run, data)
    how = how or Resampling()
    reading = None if read_with is None else read_with(dataset, run, settings)
    rows = read_predictions(run / PREDICTIONS)
    # Rows of no instruction of the split are not scored.
    unknown = rows.names_beside(instruction_names(dataset, settings["split"]))
    masks = gives_masks(settings) and (run / MASKS).is_dir()
    asked = {name.split("#", 1)[0] for name in rows.names()} if masks else set()
    reports: dict[str, Any] = {}
    by_stratum: dict[str, Any] = {}
    read = 0
    measured = each_measured(dataset, run, settings, protocol, reading, rows)
    del rows  # out of memory when all items are read
    for task, measure in measured:
        reports[task] = task_report(measure, how)
        read += sum(item.read_by == "model" for item in measure.items) if reading is not None else 0
        if strata:
            by_stratum[task] = strata_report(measure, strata, how)
        del measure  # before the next task is measured
    result: dict[str, Any] = {
        **({"unknown_rows": unknown} if unknown else {}),
        "protocol": protocol.as_json(),
        "reading": reading_json(reading, read),
        "bootstrap": bootstrap_json(how),
        "tasks": reports,
    }
    result["replies"] = unparsed_report(reports)
    if masks:
        result["masks"] = score_masks(dataset, settings["split"], run, asked, how)
    if strata:
        result["strata"] = by_stratum
    return result
