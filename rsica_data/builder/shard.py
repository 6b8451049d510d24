"""One shard: pairs loaded, facts derived, tasks asked, two parquet files written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

from rsica_data.builder.build_plan import ShardUnit
from rsica_data.builder.decisions import REVIEW, rejects_pair, reviewed
from rsica_data.builder.recipe import Recipe
from rsica_data.change_facts import attach_changes, compute_facts, series_cover, standing_objects
from rsica_data.core.collection import no_collection
from rsica_data.core.errors import InvalidItemError, SkippedItem
from rsica_data.core.files import atomic_path, dump_json
from rsica_data.dataset.checksums import file_entry
from rsica_data.dataset.data_files import ShardWriter, to_stored
from rsica_data.imagery.settled_reading import Reading, settled_reading
from rsica_data.imagery.streamed_files import streaming
from rsica_data.schema import (
    AskContext,
    ChangeFacts,
    ImagePair,
    Instruction,
    Mask,
    PairKey,
    Provenance,
    scene_to_json,
    view_facts,
)
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.facts import ObjectFacts, mask_changed
from rsica_data.schema.records import PSEUDO, is_evaluation
from rsica_data.schema.rules import change_classes, settle_change
from rsica_data.schema.series import DATE, SeriesDate

RULE_STAGING = ".build/rules"
"""Where the rule-made instructions of a staged shard wait for those of a language model."""


@dataclass(frozen=True)
class ShardResult:
    """What the journal keeps of a finished shard; JSON values only.

    Attributes:
        files: path relative to the output folder to its rows, bytes and checksum.
        counts: pairs, changed pairs, and instructions by task.
        rejected: rows of ``rejected.jsonl``.
        not_offered: candidates that the source left out by its settings, by reason.
        captions_left_out: sentences of the pairs that hold no words.
        marked: pairs whose masks mark some change, or that have no masks to mark it.
        conflicts: pairs whose change flag and mask disagree.
        input_sha256: hash over everything that was read for the shard: SHA-256 of names, texts and the XXH3 (128 bits)
            of images and masks.
        classes, change_classes: classes seen, and those that change questions are about.
    """

    name: str
    split: str
    files: dict[str, dict[str, Any]]
    counts: dict[str, Any]
    rejected: list[dict[str, str]]
    conflicts: list[dict[str, Any]]
    input_sha256: str
    classes: list[dict[str, Any]]
    change_classes: list[str]
    not_offered: dict[str, int] = field(default_factory=dict)
    captions_left_out: int = 0
    marked: int = 0


@dataclass
class _Tally:
    digest: Any = field(default_factory=hashlib.sha256)
    pairs: int = 0
    changed: int = 0
    tasks: Counter[str] = field(default_factory=Counter)
    rejected: list[dict[str, str]] = field(default_factory=list)
    not_offered: Counter[str] = field(default_factory=Counter)
    captions_left_out: int = 0
    marked: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    classes: dict[int, str] = field(default_factory=dict)
    change_classes: dict[str, None] = field(default_factory=dict)


def build_shard(unit: ShardUnit) -> ShardResult:
    """Build one shard. The same unit and the same files give the same bytes in any process.

    Raises:
        RunError: the files cannot be written.
    """
    tally = _Tally()
    targets = {"pairs": unit.out / "pairs" / f"{unit.name}.parquet"}
    targets["instructions"] = unit.out / (RULE_STAGING if unit.staged else "instructions") / f"{unit.name}.parquet"
    with _one_thread(), no_collection(), ExitStack() as stack:
        partial = {part: stack.enter_context(atomic_path(path)) for part, path in targets.items()}
        with ShardWriter(partial["pairs"], partial["instructions"]) as writer:
            for pair, facts in _load_all(unit, tally):
                stored, items = _make(unit, pair, facts, tally)
                writer.add(stored, items)
        files = {
            targets[part].relative_to(unit.out).as_posix(): file_entry(path, writer.rows[part], images=part == "pairs")
            for part, path in partial.items()
        }
    return ShardResult(
        name=unit.name,
        split=unit.split,
        files=files,
        counts={"pairs": tally.pairs, "changed": tally.changed, "instructions": dict(sorted(tally.tasks.items()))},
        rejected=tally.rejected,
        conflicts=tally.conflicts,
        input_sha256=tally.digest.hexdigest(),
        classes=[{"id": class_id, "name": name} for class_id, name in sorted(tally.classes.items())],
        change_classes=list(tally.change_classes),
        not_offered=dict(sorted(tally.not_offered.items())),
        captions_left_out=tally.captions_left_out,
        marked=tally.marked,
    )


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for OpenCV, whose others wait in a loop between masks of a few pixels."""
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(threads)


def load_pairs(unit: ShardUnit) -> Iterator[tuple[StoredPair, list[Instruction]]]:
    """The pairs of a shard with their rule-made instructions, as :func:`build_shard` writes them; writes nothing."""
    tally = _Tally()
    for pair, facts in _load_all(unit, tally):
        yield _make(unit, pair, facts, tally)


def _load_all(unit: ShardUnit, tally: _Tally) -> Iterator[tuple[ImagePair, ChangeFacts | None]]:
    files = [key.files for key in unit.keys] if unit.stream is not None else []
    with streaming(unit.root, unit.stream, files) as stream, settled_reading(check=unit.check_images) as reading:
        for place, key in enumerate(unit.keys):
            stream.at(place)
            loaded = _load(unit, key, tally, reading)
            if loaded is not None:
                yield loaded


def _load(
    unit: ShardUnit, key: PairKey, tally: _Tally, reading: Reading
) -> tuple[ImagePair, ChangeFacts | None] | None:
    """One pair; None where it is rejected or left out, which the tally tells then."""
    if (why := rejects_pair(unit.decisions.get(key.pair_id, ()), key.pair_id)) is not None:
        tally.rejected.append({"pair_id": key.pair_id, "split": key.split, "reason": REVIEW, "detail": why})
        return None
    try:
        pair = reading(unit.recipe.source.load, unit.root, key, unit.recipe.source_options)
        _check_labels(pair, unit.recipe)
        facts = _facts_of(pair, unit.recipe)
    except SkippedItem as error:
        tally.not_offered[error.reason] += 1
        return None
    except InvalidItemError as error:
        tally.rejected.append(
            {"pair_id": key.pair_id, "split": key.split, "reason": error.reason, "detail": error.detail}
        )
        return None
    tally.captions_left_out += int(key.extra.get("captions_left_out", 0))
    _digest(tally.digest, key, pair)
    return pair, facts


def _digest(digest: Any, key: PairKey, pair: ImagePair) -> None:
    # The quick hash tells inputs apart; it is no proof against forgery (docs/dataset.md).
    parts = [key.pair_id.encode()]
    parts += [xxh3_128_digest(image.data) for image in (pair.before, pair.after) if image is not None]
    for mask in (pair.change_mask, pair.before_labels, pair.after_labels, *pair.series_labels):
        parts.append(b"-" if mask is None else xxh3_128_digest(np.ascontiguousarray(mask).data))
    parts += [xxh3_128_digest(extra.image.data) for extra in pair.extra_images if extra.role == DATE]
    parts.append("\n".join(pair.captions).encode())
    if pair.questions:
        parts.append(dump_json([[entry.kind, entry.turns] for entry in pair.questions]).encode())
    if pair.scene is not None:
        parts.append(dump_json(scene_to_json(pair.scene)).encode())
    digest.update(b"".join(parts))


def _facts_of(pair: ImagePair, recipe: Recipe) -> ChangeFacts | None:
    if pair.change_mask is None and (pair.before_labels is None or pair.after_labels is None):
        return None
    rules = recipe.rules
    facts = compute_facts(
        change_mask=pair.change_mask,
        before_labels=pair.before_labels,
        after_labels=pair.after_labels,
        classes=pair.classes,
        report=recipe.content.facts.classes or _changing(pair),
        ignore_id=pair.ignore_id,
        gsd_m=pair.gsd_m,
        min_object_pixels=rules.min_object_pixels,
        min_cell_pixels=rules.min_cell_pixels,
        change_from=rules.change_from,
        labels_whole=pair.labels_whole,
    )
    if pair.scene is None or pair.change_numbers is None or pair.change_mask is None:
        return facts
    return attach_changes(facts, pair.change_mask, pair.change_numbers, pair.scene.changes)


def _changing(pair: ImagePair) -> list[str] | None:
    """The classes that may change, where the pair has one that does not; None for all."""
    if pair.standing is None:
        return None
    return [entry.name for entry in pair.classes if entry.name != pair.standing]


def _make(
    unit: ShardUnit, pair: ImagePair, facts: ChangeFacts | None, tally: _Tally
) -> tuple[StoredPair, list[Instruction]]:
    rules = unit.recipe.rules
    changed = settle_change(pair.changed, facts, rules.flag_overrides)
    names = change_classes(facts, pair.classes)
    _count_pair(pair, facts, changed, names, tally)
    standing = standing_objects(pair, rules.min_object_pixels)
    if standing:
        pair = replace(pair, attributes={**pair.attributes, "standing": _standing_told(standing)})
    items = _ask_tasks(unit, pair, facts, changed, names, standing)
    # Rows of a staged shard are reviewed when those of the model are there too.
    if pair.pair_id in unit.decisions and not unit.staged:
        items, gone = reviewed(items, unit.decisions[pair.pair_id], names)
        tally.rejected += gone
    for item in items:
        tally.tasks[item.task] += 1
    return to_stored(pair, facts, changed), items


def _count_pair(
    pair: ImagePair, facts: ChangeFacts | None, changed: bool | None, names: tuple[str, ...], tally: _Tally
) -> None:
    marked = None if facts is None else mask_changed(facts)
    if marked is not None and pair.changed is not None and pair.changed != marked:
        tally.conflicts.append(
            {"pair_id": pair.pair_id, "split": pair.split, "flag": pair.changed, "mask": not pair.changed}
        )
    tally.pairs += 1
    tally.marked += marked is not False
    tally.changed += bool(changed)
    tally.classes |= {entry.id: entry.name for entry in pair.classes}
    tally.change_classes |= dict.fromkeys(names)


def _ask_tasks(
    unit: ShardUnit,
    pair: ImagePair,
    facts: ChangeFacts | None,
    changed: bool | None,
    names: tuple[str, ...],
    standing: Mapping[str, tuple[ObjectFacts, ...]],
) -> list[Instruction]:
    """The instructions that the recipe's tasks make of a pair, in the order of the recipe."""
    view = None if facts is None else view_facts(facts, unit.recipe.rules, changed)
    # What tasks may read differs in the seed alone: the rest is put together once, in the order of the fields.
    known = (pair.pair_id, pair.split, names, view, pair.captions, changed, is_evaluation(pair.split))
    further: tuple[Any, ...] = (
        pair.before_date,
        pair.after_date,
        pair.scene,
        pair.questions,
        _land_cover(pair),
        _steps(pair),
        _labels(pair),
        _series(pair),
        standing,
    )
    labels_from = _label_source(pair.attributes)
    items: list[Instruction] = []
    for task, settings in unit.recipe.tasks:
        context = AskContext(*known, task_seed(unit.seed, pair.pair_id, task.name), *further)
        for number, draft in enumerate(task.ask(context, settings)):
            items.append(
                Instruction(
                    f"{pair.pair_id}#{task.name}#{number}",
                    pair.pair_id,
                    pair.split,
                    task.name,
                    draft.kind,
                    draft.turns,
                    draft.gold,
                    draft.references,
                    changed,
                    _rule_provenance(draft.template, draft.version, unit.seed, labels_from),
                )
            )
    return items


@lru_cache(maxsize=1024)
def _rule_provenance(template: str, version: int, seed: int, parameters: str | None) -> Provenance:
    """Where a rule's words come from: a few values, shared by the rows of all pairs."""
    return Provenance("rule", template, version, seed=seed, parameters=parameters)


def _label_source(attributes: Mapping[str, Any]) -> str | None:
    """What a row says of labels that a model made: who made them, and how sure it had to be."""
    if attributes.get("label_source") != PSEUDO:
        return None
    stated = {key: attributes.get(key) for key in ("label_source", "adapter", "model", "revision", "threshold")}
    return dump_json({key: value for key, value in stated.items() if value is not None})


def _check_labels(pair: ImagePair, recipe: Recipe) -> None:
    """See that no label of a model's is to measure models.

    Raises:
        InvalidItemError: it is (``pseudo-label``), and the recipe does not want it.
    """
    wanted = recipe.content.checks is not None and recipe.content.checks.pseudo_labels == "any"
    if pair.attributes.get("label_source") == PSEUDO and is_evaluation(pair.split) and not wanted:
        raise InvalidItemError("pseudo-label", f"{pair.pair_id}: a model made its mask, which measures no other model")


def _land_cover(pair: ImagePair) -> dict[str, float]:
    """Share of the labelled pixels of each class, in an image of one date."""
    if pair.after is not None or pair.before_labels is None or not pair.labels_whole:
        return {}
    counts = np.bincount(pair.before_labels.ravel(), minlength=256)
    if pair.ignore_id is not None:
        counts[pair.ignore_id] = 0
    pixels = int(counts.sum())
    return {entry.name: int(counts[entry.id]) / pixels for entry in pair.classes} if pixels else {}


def _labels(pair: ImagePair) -> Mask | None:
    """The label map of an image of one date, 0 where it is unlabelled."""
    labels = pair.before_labels if pair.after is None else None
    if labels is None or pair.ignore_id is None:
        return labels
    return np.where(labels == pair.ignore_id, 0, labels).astype(np.uint8)


def _standing_told(standing: Mapping[str, tuple[ObjectFacts, ...]]) -> dict[str, dict[str, int]]:
    """What a row says of the objects that did not change: number and pixels, by class."""
    return {
        name: {"count": len(items), "area_px": sum(item.area_px for item in items)} for name, items in standing.items()
    }


def _series(pair: ImagePair) -> tuple[SeriesDate, ...]:
    """The dates of a record of more than two, with what covers the ground at each where that is known."""
    between = [entry.date for entry in pair.extra_images if entry.role == DATE]
    if not between or pair.after is None:
        return ()
    dates = (pair.before_date, *between, pair.after_date)
    if not pair.series_labels or not pair.labels_whole:
        return tuple(SeriesDate(date) for date in dates)
    cover = series_cover(pair.series_labels, pair.classes, pair.ignore_id)
    return tuple(SeriesDate(date, shares) for date, shares in zip(dates, cover, strict=True))


def _steps(pair: ImagePair) -> dict[tuple[str, str], int]:
    """Pixels of the ground that changed, by class before and after.

    Ground that keeps its class changed where the maps hold classes only where something changed.
    """
    if pair.before_labels is None or pair.after_labels is None:
        return {}
    codes = pair.before_labels.astype(np.int64) * 256 + pair.after_labels
    table = np.bincount(codes.ravel(), minlength=256 * 256).reshape(256, 256)
    names = {0: "none"} | {entry.id: entry.name for entry in pair.classes}
    if pair.labels_whole:
        np.fill_diagonal(table, 0)
    table[0, 0] = 0
    present = [(int(a), int(b)) for a, b in zip(*np.nonzero(table), strict=True)]
    return {(names[a], names[b]): int(table[a, b]) for a, b in present if a in names and b in names}


def task_seed(seed: int, pair_id: str, task: str) -> int:
    """The seed of one task on one pair: independent of all other pairs and of their order."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{pair_id}\n{task}".encode()).digest()[:8], "big")
