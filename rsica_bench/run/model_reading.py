"""Asking a model for what the rules leave of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_bench.files.row_keys import Key
from rsica_bench.reading.reading_cases import request_of
from rsica_bench.reading.stored import (
    READINGS,
    StoredReading,
    case_of,
    file_name,
    is_left,
    load_reading,
    write_readings,
)
from rsica_bench.run.result import ReadingMaker, items_by_task
from rsica_bench.scoring.api import ScoredItem
from rsica_data.core.files import dump_json_pretty, write_atomic
from rsica_data.core.locking import locked_folder
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.llm import LlmClient, LlmRequest, LlmSettings


@dataclass(frozen=True)
class ReadingOptions:
    """How a model reads.

    Attributes:
        settings: server, model, prices, budget, cache.
        progress: called with (readings that are there, in all).
    """

    settings: LlmSettings
    progress: Callable[[int, int], None] = lambda done, total: None


def plan_reading(dataset: BuiltDataset, run: Path, settings: dict[str, Any], options: ReadingOptions) -> dict[str, Any]:
    """What reading a run would need: replies, requests, tokens, cost. Sends nothing."""
    model = options.settings.model
    left = list(_left(dataset, run, settings, load_reading(run, model)))
    with LlmClient(options.settings) as client:
        plan = client.plan(request_of(case_of(item), model) for item in left)
    return {"replies": len(left), **plan.to_json()}


def read_run(dataset: BuiltDataset, run: Path, settings: dict[str, Any], options: ReadingOptions) -> StoredReading:
    """A model's readings of a run: those that are stored, and those that it is asked for, which are stored then.

    Stopped at any time, the same call goes on: every answer that was paid for is in the cache.

    Args:
        dataset: the dataset that the run was made from.
        run: folder of a finished run.
        settings: content of its run.json.
        options: server and model.

    Raises:
        UserError: wrong server or model, budget reached.
        LlmServerError: the server stopped answering.
    """
    model = options.settings.model
    stored = load_reading(run, model)
    left = list(_left(dataset, run, settings, stored))
    if not left:
        return stored
    with locked_folder(run / READINGS, "rsica-bench score --read-with"):
        reading = StoredReading(model, {**stored.rows, **_ask(left, run, options)})
        write_readings(run, reading)
    return reading


def reader_of(options: ReadingOptions) -> ReadingMaker:
    """What gives a model's readings of a run (`read_run`), for `score_run`."""
    return lambda dataset, run, settings: read_run(dataset, run, settings, options)


def _left(dataset: BuiltDataset, run: Path, settings: dict[str, Any], stored: StoredReading) -> Iterator[ScoredItem]:
    """Items that the rules leave and that have no stored reading."""
    for items in items_by_task(dataset, run, settings).values():
        yield from (item for item in items if is_left(item) and not stored.of(item)[0])


def _ask(left: list[ScoredItem], run: Path, options: ReadingOptions) -> dict[Key, tuple[str, Mapping[str, Any] | None]]:
    model = options.settings.model
    keys: dict[str, list[Key]] = {}
    for item in left:
        key = request_of(case_of(item), model).key
        keys.setdefault(key, []).append((item.instruction_id, item.turn))

    def requests() -> Iterator[LlmRequest]:
        # Replies that are alike are asked about once.
        first = {key: names[0] for key, names in keys.items()}
        for item in left:
            request = request_of(case_of(item), model)
            if first[request.key] == (item.instruction_id, item.turn):
                yield request

    rows: dict[Key, tuple[str, Mapping[str, Any] | None]] = {}
    with LlmClient(options.settings) as client:
        for done, reply in enumerate(client.ask_all(requests()), start=1):
            answer = reply.data if reply.error is None else None
            rows |= dict.fromkeys(keys[reply.key], (reply.key, answer))
            options.progress(done, len(keys))
        used = client.usage.to_json()
    write_atomic(run / READINGS / f"{file_name(model)}.json", dump_json_pretty({"model": model, "usage": used}))
    return rows
