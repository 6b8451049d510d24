"""Predicted masks of a run: kept as files, and scored as such.

``masks/PAIR_ID.png`` holds a change mask; ``PAIR_ID.before.png`` and ``PAIR_ID.after.png`` hold the land cover of both
dates, where the adapter gives it. What they mean is said in ``rsica_bench.predicted_masks``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.building_damage import KINDS as DAMAGE_KINDS
from rsica_bench.metrics.building_damage import REASONS as DAMAGE_REASONS
from rsica_bench.metrics.building_damage import damage_figures, damage_row
from rsica_bench.metrics.building_damage import scores_of_sums as damage_scores_of_sums
from rsica_bench.metrics.change_detection import KINDS as CHANGE_KINDS
from rsica_bench.metrics.change_detection import (
    change_detection_figures,
    confusion_row,
    pair_statistics,
    scores_of_sums,
)
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.intervals import find_intervals
from rsica_bench.metrics.multi_class_change import KINDS as MULTI_KINDS
from rsica_bench.metrics.multi_class_change import multi_class_confusion, multi_class_figures, multi_class_scores
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.semantic_change import KINDS as SEMANTIC_KINDS
from rsica_bench.metrics.semantic_change import semantic_change_figures, semantic_change_scores, semantic_confusion
from rsica_bench.metrics.statistics_tables import Table, scores_of_tables
from rsica_bench.predicted_masks import MaskFrame, TrueMasks, frame_of, true_masks
from rsica_data.core.errors import UserError
from rsica_data.core.files import write_atomic
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.images import decode_mask, encode_mask
from rsica_data.schema import FactRules, Mask
from rsica_data.schema.arrow import StoredPair

MASKS = "masks"
MASK_COLUMNS: dict[str, tuple[str, ...]] = {
    "change_detection": ("f1", "iou", "precision", "recall", "oa", "kappa"),
    "semantic_change": ("sek", "f_scd", "miou", "oa", "iou", "f1"),
    "building_damage": ("xview2", "localization_f1", "damage_f1"),
    "multi_class_change": ("miou", "iou/road", "iou/building", "mean_f1", "oa"),
}
"""Scores of the tasks of masks in the order of papers; the first leads."""


class MaskStore:
    """The masks of a run folder."""

    def __init__(self, run: Path) -> None:
        self._folder = run / MASKS

    def write(self, pair_id: str, mask: Mask) -> None:
        """Keep a mask of class ids, ``[H, W]`` uint8, or those of both dates, ``[2, H, W]``."""
        if mask.ndim == 2:
            write_atomic(self._path(pair_id), encode_mask(mask))
            return
        for side, part in zip((".before", ".after"), mask, strict=True):
            write_atomic(self._path(pair_id, side), encode_mask(part))

    def read(self, pair_id: str) -> Mask | None:
        """The mask of a pair; None where there is none."""
        whole, sides = self._path(pair_id), [self._path(pair_id, side) for side in (".before", ".after")]
        if whole.is_file():
            return decode_mask(whole.read_bytes())
        if all(path.is_file() for path in sides):
            return np.stack([decode_mask(path.read_bytes()) for path in sides])
        return None

    def _path(self, pair_id: str, side: str = "") -> Path:
        if any(part in ("", ".", "..") for part in pair_id.split("/")):
            raise UserError(f"pair id '{pair_id}' is no relative path", hint="the dataset is damaged")
        return self._folder / f"{pair_id}{side}.png"


@dataclass(frozen=True)
class PartMeasure:
    """One kind of scores of masks: their table, whose items are numbers of pairs, and the scores of all pairs."""

    table: Table
    scores: Scores


@dataclass(frozen=True)
class MaskMeasure:
    """The predicted masks of a run, scored pair by pair.

    Attributes:
        pair_ids: pairs that have a truth; the tables' items are places in it.
        pairs: how many pairs were asked about.
        without_mask: of these, how many were not predicted: they count as no change.
        without_truth: how many have no truth.
        change: change against no change.
        classes: each class against the rest.
        multi_class: IoU by class and mIoU; None for a single class.
        semantic: SECOND's scores; None where land cover of both dates was predicted for no pair.
        damage: xView2's score; None where the dataset does not know what stands as it was.
    """

    pair_ids: tuple[str, ...]
    pairs: int
    without_mask: int
    without_truth: int
    change: PartMeasure
    classes: Mapping[str, PartMeasure]
    multi_class: PartMeasure | None
    semantic: PartMeasure | None
    damage: PartMeasure | None = None

    def parts(self) -> dict[str, PartMeasure]:
        """The parts that are there, ``change``, ``multi_class``, ``semantic`` and ``damage``, by name."""
        named = {
            "change": self.change,
            "multi_class": self.multi_class,
            "semantic": self.semantic,
            "damage": self.damage,
        }
        return {name: part for name, part in named.items() if part is not None}


def measure_masks(dataset: BuiltDataset, split: str, run: Path, asked: Collection[str]) -> MaskMeasure:
    """Confusion counts of the predicted masks of a run folder, for pairs of ``split`` whose ids are in ``asked``.

    Shards behind the last of these pairs are not read.
    """
    store = MaskStore(run)
    tally = _Tally(dataset.rules)
    wanted = (pair for pair in dataset.pairs(split, images="masks") if pair.pair_id in asked)
    for pair in islice(wanted, len(set(asked))):
        tally.add(pair, store.read(pair.pair_id))
    return tally.measure()


def aligned_tables(measures: Sequence[MaskMeasure], part: str) -> list[Table]:
    """The tables of one part of several runs on the pairs that all of them have; items are places among these."""
    shared = set(measures[0].pair_ids).intersection(*(measure.pair_ids for measure in measures[1:]))
    places = {name: place for place, name in enumerate(name for name in measures[0].pair_ids if name in shared)}
    return [_on_pairs(measure.parts()[part].table, measure.pair_ids, places) for measure in measures]


def _on_pairs(table: Table, pair_ids: Sequence[str], places: Mapping[str, int]) -> Table:
    kept = np.array([pair_ids[number] in places for number in table.items], bool)
    items = np.array([places[pair_ids[number]] for number in table.items[kept]], np.int64)
    return replace(table, rows=table.rows[kept], items=items)


def score_masks(
    dataset: BuiltDataset, split: str, run: Path, asked: Collection[str], how: Resampling
) -> dict[str, Any]:
    """Figures of the predicted masks of a run: the block ``masks`` of its result.

    Args:
        dataset: the dataset that was run.
        split: its split.
        run: run folder.
        asked: pairs that the run asked about; others do not count.
        how: bootstrap over pairs.

    Returns:
        The attributes of `MaskMeasure` but ``pair_ids``; a part as ``{"metrics", "absent"}`` with its intervals.
    """
    measured = measure_masks(dataset, split, run, asked)
    return {
        "pairs": measured.pairs,
        "without_mask": measured.without_mask,
        "without_truth": measured.without_truth,
        "classes": {name: _entry(part, how) for name, part in measured.classes.items()},
        **{name: _entry(part, how) for name, part in measured.parts().items()},
    }


class _Tally:
    """Confusion counts of pairs."""

    def __init__(self, rules: FactRules) -> None:
        self._rules = rules
        self._pairs = self._without_mask = 0
        self._pair_ids: list[str] = []
        self._change: list[NDArray[np.int64]] = []
        self._classes: dict[str, list[tuple[int, NDArray[np.int64]]]] = {}
        self._matrices: list[tuple[tuple[str, ...], NDArray[np.int64]]] = []
        self._semantic: list[tuple[int, NDArray[np.int64]]] = []
        self._damage: list[tuple[int, tuple[str, ...], NDArray[np.int64]]] = []

    def add(self, pair: StoredPair, predicted: Mask | None) -> None:
        self._pairs += 1
        true = true_masks(pair, self._rules)
        if true is None:
            return
        number = len(self._pair_ids)
        self._pair_ids.append(pair.pair_id)
        if predicted is None:
            self._without_mask += 1
            predicted = np.zeros((pair.height, pair.width), np.uint8)
        frame = frame_of(pair, self._rules)
        ignore = None if frame.valid is None else ~frame.valid
        wanted, given = (frame.reported_only(mask) for mask in (true.change, frame.change(predicted)))
        self._change.append(confusion_row(wanted > 0, given > 0, ignore))
        for place, name in enumerate(frame.reported, 1):
            row = confusion_row(wanted == place, given == place, ignore)
            self._classes.setdefault(name, []).append((number, row))
        names = ("no change", *frame.reported)
        self._matrices.append((names, multi_class_confusion(wanted, given, len(frame.reported), ignore)))
        if predicted.ndim == 3 and true.before is not None and true.after is not None:
            self._semantic.append((number, _semantic(true, predicted, ignore, frame)))
        if frame.standing is not None:
            names, count = (frame.standing, *frame.reported), 1 + len(frame.reported)
            levels = frame.levels(true.change, true.before), frame.levels(frame.change(predicted))
            self._damage.append((number, names, damage_row(*levels, count, ignore)))

    def measure(self) -> MaskMeasure:
        return MaskMeasure(
            pair_ids=tuple(self._pair_ids),
            pairs=self._pairs,
            without_mask=self._without_mask,
            without_truth=self._pairs - len(self._pair_ids),
            change=_binary(list(enumerate(self._change))),
            classes={name: _binary(rows) for name, rows in sorted(self._classes.items())},
            multi_class=_by_class(self._matrices) if len(self._classes) > 1 else None,
            semantic=_semantic_part(self._semantic) if self._semantic else None,
            damage=_damage_part(self._damage) if self._damage else None,
        )


def _binary(rows: Sequence[tuple[int, NDArray[np.int64]]]) -> PartMeasure:
    statistics = pair_statistics(np.array([row for _, row in rows], np.int64).reshape(-1, 4))
    numbers = np.array([number for number, _ in rows], np.int64)
    table = Table(statistics, numbers, change_detection_figures, {}, kinds=CHANGE_KINDS)
    return PartMeasure(table, scores_of_sums(statistics.sum(axis=0)))


def _by_class(matrices: Sequence[tuple[tuple[str, ...], NDArray[np.int64]]]) -> PartMeasure:
    names = list(dict.fromkeys(name for own, _ in matrices for name in own))
    size = len(names)
    whole = np.zeros((len(matrices), size, size))
    for number, (own, matrix) in enumerate(matrices):
        places = [names.index(name) for name in own]
        whole[number][np.ix_(places, places)] = matrix

    def figures(sums: Floats) -> Figures:
        return multi_class_figures(sums.reshape(*sums.shape[:-1], size, size), names)

    table = Table(whole.reshape(-1, size * size), np.arange(len(whole)), figures, {}, kinds=MULTI_KINDS)
    return PartMeasure(table, multi_class_scores(whole.sum(axis=0), names))


def _semantic_part(rows: Sequence[tuple[int, NDArray[np.int64]]]) -> PartMeasure:
    matrices = np.stack([matrix for _, matrix in rows])
    numbers = np.array([number for number, _ in rows], np.int64)
    size = matrices.shape[-1]

    def figures(sums: Floats) -> Figures:
        return semantic_change_figures(sums.reshape(*sums.shape[:-1], size, size))

    flat = matrices.reshape(len(matrices), -1).astype(np.float64)
    table = Table(flat, numbers, figures, {}, kinds=SEMANTIC_KINDS)
    return PartMeasure(table, semantic_change_scores(matrices.sum(axis=0)))


def _damage_part(rows: Sequence[tuple[int, tuple[str, ...], NDArray[np.int64]]]) -> PartMeasure:
    """Pairs of one dataset have the same levels."""
    names = rows[0][1]
    flat = np.stack([counts for _, _, counts in rows]).reshape(len(rows), -1).astype(np.float64)
    numbers = np.array([number for number, _, _ in rows], np.int64)

    def figures(sums: Floats) -> Figures:
        return damage_figures(sums.reshape(*sums.shape[:-1], 1 + len(names), 3), names)

    table = Table(flat, numbers, figures, DAMAGE_REASONS, kinds=DAMAGE_KINDS)
    return PartMeasure(table, damage_scores_of_sums(flat.sum(axis=0).reshape(-1, 3), names))


def _semantic(
    true: TrueMasks, predicted: Mask, ignore: NDArray[np.bool_] | None, frame: MaskFrame
) -> NDArray[np.int64]:
    """Confusion of the land cover of changed pixels at both dates, over all classes.

    What changed is, in truth, what the change mask holds and, as predicted, where the dates differ.
    """
    assert true.before is not None and true.after is not None
    changed = true.change > 0 if not frame.derived else true.before != true.after
    sides = [np.where(changed, side, 0) for side in (true.before, true.after)]
    predicted_cover = np.where(predicted[0] != predicted[1], predicted, 0)
    void = None if ignore is None else np.stack([ignore, ignore])
    return semantic_confusion(
        np.stack(sides).astype(np.uint8), predicted_cover.astype(np.uint8), len(frame.names), void
    )


def tables_entry(tables: Sequence[Table], clusters: NDArray[np.int64], how: Resampling) -> dict[str, Any]:
    """Figures of tables with their intervals: ``{"metrics", "absent", "intervals", ...}``.

    Args:
        tables: tables of the same items.
        clusters: number of the image pair of each item, shape ``[items]``.
        how: bootstrap over pairs; none without draws.
    """
    scores = scores_of_tables(tables)
    entry: dict[str, Any] = {"metrics": scores.values, "absent": scores.absent}
    return entry | (find_intervals(tables, clusters, how).as_json(scores.values) if how.draws else {})


def _entry(part: PartMeasure, how: Resampling) -> dict[str, Any]:
    # Pairs are renumbered: those that a part does not hold are no pairs of it.
    numbers = np.arange(len(part.table.rows))
    entry: dict[str, Any] = {"metrics": part.scores.values, "absent": part.scores.absent}
    if how.draws and len(part.table.rows):
        entry |= find_intervals([replace(part.table, items=numbers)], numbers, how).as_json(part.scores.values)
    return entry
