"""A run: an adapter over the instructions of a split, shard by shard, resumed where it was stopped."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rsica_bench.contracts import AdapterSpec, RunContext
from rsica_bench.protocols import BenchProtocol
from rsica_bench.runner.answering import Answerer, Job, answer_batch, make_answerer, make_job
from rsica_bench.runner.predictions import PREDICTIONS, Key, write_predictions
from rsica_bench.runner.result import RESULT, SETTINGS, write_result
from rsica_data import plugins
from rsica_data.errors import UserError
from rsica_data.journal import Journal, dump_json_pretty, read_journal, remove_partial, write_atomic
from rsica_data.reader import BuiltDataset, read_instructions, read_pairs
from rsica_data.validation import validate_model

_JOURNAL = "predictions.partial.jsonl"


@dataclass(frozen=True)
class RunOptions:
    """What to run.

    Attributes:
        dataset: the built dataset.
        out: run folder.
        adapter: registered name.
        model: given to the adapter.
        settings: the adapter's options.
        tasks: tasks to run; None for all.
        split: split to run.
        protocol: prompts, history and scoring.
        batch_size: instructions asked together; does not change the predictions of a deterministic model.
        limit: at most so many instructions of each task.
        progress: called with (instructions done, in all).
    """

    dataset: BuiltDataset
    out: Path
    adapter: str
    model: str | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    tasks: tuple[str, ...] | None = None
    split: str = "test"
    protocol: BenchProtocol = field(default_factory=lambda: BenchProtocol("default"))
    batch_size: int = 32
    limit: int | None = None
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)


def run(options: RunOptions) -> dict[str, Any]:
    """Run, or go on with, an adapter over a dataset; the result's content.

    Raises:
        UserError: unknown adapter, option, task or split; the run folder holds another run.
    """
    spec: AdapterSpec = plugins.load(plugins.ADAPTERS, options.adapter)
    chosen = validate_model(spec.options, options.settings, prefix=["--set"])
    if spec.kind != "privileged":
        options.dataset.need_images()
    settings = _settings(options, spec, chosen.model_dump(mode="json"))
    _check_folder(options.out, settings)
    if (options.out / RESULT).is_file():
        found: dict[str, Any] = json.loads((options.out / RESULT).read_text(encoding="utf-8"))
        return found
    started = time.monotonic()
    write_atomic(options.out / SETTINGS, dump_json_pretty(settings))
    remove_partial(options.out)
    adapter = spec.make(chosen, options.model)
    try:
        adapter.load(RunContext(options.dataset, options.split, options.protocol))
        answerer = make_answerer(spec, adapter, options.protocol, options.dataset.rules)
        rows = _answer_all(options, answerer, needs_images=spec.kind != "privileged")
    finally:
        adapter.close()
    write_predictions(options.out / PREDICTIONS, rows)
    write_atomic(options.out / "run_info.json", dump_json_pretty(_run_info(options, len(rows), started)))
    result = write_result(options.dataset, options.out, settings, options.protocol)
    (options.out / _JOURNAL).unlink(missing_ok=True)
    return result


def _settings(options: RunOptions, spec: AdapterSpec, chosen: dict[str, Any]) -> dict[str, Any]:
    known = plugins.names(plugins.TASKS)
    for task in options.tasks or ():
        if task not in known:
            plugins.load(plugins.TASKS, task)
    options.dataset.shards(options.split)
    return {
        "dataset": {"name": options.dataset.name, "sha256": options.dataset.hash},
        "split": options.split,
        "tasks": None if options.tasks is None else sorted(options.tasks),
        "limit": options.limit,
        "adapter": {"name": spec.name, "kind": spec.kind, "model": options.model, "options": chosen},
        "protocol": options.protocol.as_json(),
        "versions": {"rsica": version("rsica")},
    }


def _check_folder(out: Path, settings: dict[str, Any]) -> None:
    if out.exists() and not out.is_dir():
        raise UserError("is a file", file=out, key="--out", hint="give a folder")
    path = out / SETTINGS
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        differing = [key for key in settings if found.get(key) != settings[key]]
        if differing:
            what = ", ".join(differing)
            raise UserError(
                f"holds a run with other settings ({what})", file=out, key="--out", hint="give a new folder"
            )
    elif out.is_dir() and any(out.iterdir()):
        raise UserError("folder is not empty and holds no run", file=out, key="--out", hint="give a new folder")


def _answer_all(options: RunOptions, answerer: Answerer, needs_images: bool) -> dict[Key, dict[str, Any]]:
    rows: dict[Key, dict[str, Any]] = {}
    for row in read_journal(options.out / _JOURNAL):
        rows[row["instruction_id"], row["turn"]] = row
    total = sum(1 for _ in _chosen(options))
    done = 0
    with Journal(options.out / _JOURNAL) as journal:
        for batch in _batches(options, rows, needs_images):
            todo = [job for job in batch if not _complete(job, rows)]
            found = answer_batch(todo, answerer, options.protocol)
            if found:
                journal.append(*found)
            rows |= {(row["instruction_id"], row["turn"]): row for row in found}
            done += len(batch)
            options.progress(done, total)
    return rows


def _complete(job: Job, rows: dict[Key, dict[str, Any]]) -> bool:
    # A batch that a kill tore apart may have left some turns of an instruction: it is asked again as a whole.
    return all((job.item.instruction_id, turn) in rows for turn in range(len(job.golds)))


def _chosen(options: RunOptions) -> Iterator[tuple[int, str]]:
    """(number of the shard, instruction id) of what the run asks."""
    taken: dict[str, int] = {}
    for shard in options.dataset.shards(options.split):
        for item in read_instructions(shard.instructions, options.tasks):
            if options.limit is None or taken.get(item.task, 0) < options.limit:
                taken[item.task] = taken.get(item.task, 0) + 1
                yield shard.number, item.instruction_id


def _batches(options: RunOptions, rows: dict[Key, dict[str, Any]], needs_images: bool) -> Iterator[Sequence[Job]]:
    wanted: dict[int, set[str]] = {}
    for number, instruction_id in _chosen(options):
        wanted.setdefault(number, set()).add(instruction_id)
    for shard in options.dataset.shards(options.split):
        ids = wanted.get(shard.number, set())
        if not ids:
            continue
        pairs = {pair.pair_id: pair for pair in read_pairs(shard.pairs, images=needs_images)}
        batch: list[Job] = []
        for item in read_instructions(shard.instructions, options.tasks):
            if item.instruction_id in ids:
                batch.append(make_job(item, pairs[item.pair_id]))
            if len(batch) >= options.batch_size:
                yield batch
                batch = []
        if batch:
            yield batch


def _run_info(options: RunOptions, rows: int, started: float) -> dict[str, Any]:
    seconds = time.monotonic() - started
    return {
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "seconds": round(seconds, 3),
        "replies_per_second": round(rows / seconds, 1) if seconds else None,
        "data": str(options.dataset.root),
        "batch_size": options.batch_size,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
