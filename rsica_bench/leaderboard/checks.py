"""Whether a run is what it says: nothing edited, nothing missing, nothing double, and the figures follow from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rsica_bench.files.benchmark_items import MASK_TASKS
from rsica_bench.files.row_keys import Key
from rsica_bench.files.run_forms import RESULT_VERSION, check_result, check_settings
from rsica_bench.items import make_job, prompt_of
from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.caption_metrics import NEEDS_METEOR, WEIGHTLESS
from rsica_bench.metrics.intervals import INTERVAL_KEYS
from rsica_bench.metrics.meteor import missing_reason
from rsica_bench.predicted_masks import WrongMask
from rsica_bench.protocols import BenchProtocol
from rsica_bench.reading.stored import reading_of
from rsica_bench.run.mask_scores import MASKS, score_masks
from rsica_bench.run.predictions import PREDICTIONS, read_predictions
from rsica_bench.run.result import RESULT, SETTINGS, has_earlier_intervals, measure_tasks, own_protocol, status_of
from rsica_bench.scoring.task_report import task_report
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.core.files import sha256_file
from rsica_data.core.json_text import read_json_object
from rsica_data.dataset.reader import BuiltDataset, pair_of

_TOLERANCE = {"metrics": 1e-9, "intervals": 1e-7}
"""Bounds of studentised intervals divide by small numbers: the last bits of another processor grow in them."""


class NotCheckableError(UserError):
    """A run that may be right, of which something cannot be computed here."""


def check_run(
    run: Path, result: Mapping[str, Any], dataset: BuiltDataset, word_map: Mapping[str, int] | None
) -> dict[str, Any]:
    """Check a run folder against its dataset, and score it again.

    Args:
        run: folder with run.json and predictions.jsonl.
        result: the content of its result.json.
        dataset: the dataset that it was made from.
        word_map: word map of protocols that have one.

    Returns:
        What scoring again gave: the entries of ``tasks``.

    Raises:
        UserError: the first thing that is wrong.
        NotCheckableError: nothing is wrong as far as can be told; the word map or METEOR's data are not here.
    """
    settings = _check_settings(run, result)
    _check_dataset(dataset, settings)
    if sha256_file(run / PREDICTIONS) != result.get("predictions_sha256"):
        raise UserError("not the predictions that were scored: their hash differs", file=run / PREDICTIONS)
    protocol = _protocol(run, settings, word_map)
    _check_rows(read_predictions(run / PREDICTIONS), dataset, settings, protocol, run / PREDICTIONS)
    stated = result["bootstrap"]
    how = Resampling(stated["draws"], stated["seed"], stated["level"])
    measured = measure_tasks(dataset, run, settings, protocol, reading_of(run, result))
    again = {task: task_report(task_measure, how) for task, task_measure in measured.items()}
    beyond = _check_figures(result["tasks"], again, run / RESULT)
    _check_masks(run, result, dataset, settings["split"], how)
    if beyond:
        problem = f"{', '.join(beyond)} cannot be computed here; all other figures are equal"
        raise NotCheckableError(problem, file=run / RESULT, hint=str(missing_reason()))
    return again


def _check_settings(run: Path, result: Mapping[str, Any]) -> dict[str, Any]:
    settings = read_json_object(run / SETTINGS, "the settings of a run")
    check_settings(settings, run / SETTINGS)
    if result.get("result_version") != RESULT_VERSION:
        raise UserError(f"result version {result.get('result_version')}, not {RESULT_VERSION}", file=run / RESULT)
    check_result(result, run / RESULT)
    for key, value in settings.items():
        # In a result, "tasks" are the scores of the tasks that were run.
        if key != "tasks" and result.get(key) != value:
            raise UserError(f"differs from {SETTINGS}", file=run / RESULT, key=key)
    if settings["limit"] is not None:
        raise UserError(f"is limited to {settings['limit']} instructions of each task", file=run, key="--limit")
    expected = status_of(settings["adapter"], result.get("model"))
    if result["status"] != expected:
        raise UserError(f"says '{result['status']}', but is {expected}", file=run / RESULT, key="status")
    return settings


def _check_dataset(dataset: BuiltDataset, settings: Mapping[str, Any]) -> None:
    if dataset.hash != settings["dataset"]["sha256"]:
        raise UserError("not the dataset of this run: its hash differs", file=dataset.root, key="--data")
    dataset.check_files()


def _protocol(run: Path, settings: Mapping[str, Any], word_map: Mapping[str, int] | None) -> BenchProtocol:
    used = word_map if settings["protocol"]["word_map_sha256"] is not None else None
    protocol = replace(own_protocol(run), word_map=used)
    if protocol.as_json() != settings["protocol"]:
        hint = (
            "give the word map that it was scored with" if word_map is None else "it was scored with another word map"
        )
        raise NotCheckableError("cannot be scored under its protocol", file=run, key="--word-map", hint=hint)
    return protocol


def _check_rows(
    rows: Mapping[Key, Mapping[str, Any]],
    dataset: BuiltDataset,
    settings: Mapping[str, Any],
    protocol: BenchProtocol,
    path: Path,
) -> None:
    asked = dict(_asked(dataset, settings, protocol))
    missing = [key for key in asked if key not in rows]
    if missing:
        name, turn = missing[0]
        raise UserError(
            f"{len(missing)} of {len(asked)} turns are missing, the first is '{name}' turn {turn}", file=path
        )
    stray = [key for key in rows if key not in asked]
    if stray:
        name, turn = stray[0]
        raise UserError(
            f"{len(stray)} rows are of no question of the split, the first is '{name}' turn {turn}", file=path
        )
    for (name, turn), prompt in asked.items():
        row = rows[name, turn]
        if "prompt" in row and row["prompt"] != prompt:
            raise UserError(f"'{name}' turn {turn} was asked in other words than its protocol has", file=path)
        if row.get("history", protocol.history) != protocol.history:
            raise UserError(f"'{name}' turn {turn} has another history mode than its protocol", file=path)


def _asked(dataset: BuiltDataset, settings: Mapping[str, Any], protocol: BenchProtocol) -> Iterator[tuple[Key, str]]:
    for shard in dataset.shards(settings["split"]):
        pairs = {pair.pair_id: pair for pair in dataset.shard_pairs(shard, images=False)}
        for item in dataset.shard_instructions(shard, settings["tasks"]):
            job = make_job(item, pair_of(item, pairs))
            for turn in range(len(job.golds)):
                yield (item.instruction_id, turn), prompt_of(job, turn, protocol)


def _check_figures(stated: Mapping[str, Any], again: Mapping[str, Any], path: Path) -> list[str]:
    """Compare what is stated with what scoring again gave; the metrics that cannot be computed here."""
    beyond: set[str] = set()
    if stated.keys() != again.keys():
        raise UserError(
            f"has the tasks {', '.join(stated)}, the predictions {', '.join(again)}", file=path, key="tasks"
        )
    if has_earlier_intervals({"tasks": stated}):
        hint = "the same `rsica-bench run` scores it again"
        raise UserError("its intervals are those of an earlier release", file=path, hint=hint)
    for task, entry in again.items():
        for key in ("items", "pairs", "unparsed"):
            if stated[task].get(key) != entry[key]:
                raise UserError(
                    f"says {stated[task].get(key)}, scored again {entry[key]}", file=path, key=f"{task}.{key}"
                )
        # METEOR's data are an extra: they may lack here, and may have lacked where the run was scored.
        reasons = {name: reason for name, reason in stated[task].get("absent", {}).items() if reason != WEIGHTLESS}
        unstated = any(_metric(name) in NEEDS_METEOR for name in reasons)
        for part in ("metrics", "intervals"):
            there, here, left = _comparable(stated[task].get(part, {}), entry.get(part, {}), unstated)
            beyond |= left
            _check_part(there, here, path, f"{task}.{part}", _TOLERANCE[part])
        for part in INTERVAL_KEYS[1:]:
            there, here, _ = _comparable(stated[task].get(part, {}), entry.get(part, {}), unstated)
            if there != here:
                raise UserError("differs from what scoring again gives", file=path, key=f"{task}.{part}")
    return sorted(beyond)


def _check_masks(run: Path, result: Mapping[str, Any], dataset: BuiltDataset, split: str, how: Resampling) -> None:
    """Score the predicted masks of a run again, where its result has figures of them."""
    if "masks" not in result:
        return
    asked = {name.split("#", 1)[0] for name, _ in read_predictions(run / PREDICTIONS)}
    try:
        again = score_masks(dataset, split, run, asked, how)
    except (InvalidItemError, WrongMask) as error:
        raise UserError(f"a predicted mask cannot be read: {error}", file=run / MASKS) from None
    stated = result["masks"]
    for key in ("pairs", "without_mask", "without_truth"):
        if stated.get(key) != again[key]:
            stated_part = f"says {stated.get(key)}, scored again {again[key]}"
            raise UserError(stated_part, file=run / RESULT, key=f"masks.{key}")
    there, here = (dict(_mask_parts(masks)) for masks in (stated, again))
    if there.keys() != here.keys():
        raise UserError("has other parts than scoring again gives", file=run / RESULT, key="masks")
    for name, entry in here.items():
        for part in ("metrics", "intervals"):
            stated_part, rescored = there[name].get(part, {}), entry.get(part, {})
            _check_part(stated_part, rescored, run / RESULT, f"masks.{name}.{part}", _TOLERANCE[part])


def _mask_parts(masks: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in MASK_TASKS:
        if masks.get(name):
            yield name, masks[name]
    yield from ((f"classes.{name}", entry) for name, entry in masks.get("classes", {}).items())


def _comparable(
    stated: Mapping[str, Any], again: Mapping[str, Any], unstated: bool
) -> tuple[Mapping[str, Any], Mapping[str, Any], set[str]]:
    """What is stated and what scoring gave, as far as both have METEOR's data; the metrics that lack them here."""
    if missing_reason() is not None:
        left = {name for name in stated.keys() - again.keys() if _metric(name) in NEEDS_METEOR}
        return {name: value for name, value in stated.items() if name not in left}, again, set(map(_metric, left))
    if unstated:
        kept = {name: value for name, value in again.items() if name in stated or _metric(name) not in NEEDS_METEOR}
        return stated, kept, set()
    return stated, again, set()


def _metric(name: str) -> str:
    """The metric of a figure: METEOR of ``changed/METEOR``."""
    return name.rsplit("/", 1)[-1]


def _check_part(stated: Mapping[str, Any], again: Mapping[str, Any], path: Path, key: str, tolerance: float) -> None:
    differing = sorted(stated.keys() ^ again.keys())
    if differing:
        where = "result" if differing[0] in stated else "predictions"
        raise UserError(f"'{differing[0]}' is in the {where} only", file=path, key=key)
    for name, value in again.items():
        pairs = zip(_numbers(stated[name]), _numbers(value), strict=True)
        if not all(math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance) for one, other in pairs):
            raise UserError(f"'{name}' says {stated[name]}, scored again {value}", file=path, key=key)


def _numbers(value: Any) -> list[float]:
    return [float(number) for number in value] if isinstance(value, list) else [float(value)]
