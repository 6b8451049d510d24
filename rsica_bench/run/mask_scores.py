"""Predicted masks of a run: kept as files, and scored as such.

``masks/PAIR_ID.png`` holds a change mask; ``PAIR_ID.before.png`` and ``PAIR_ID.after.png`` hold the land cover of both
dates, where the adapter gives it. What they mean is said in ``rsica_bench.predicted_masks``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.bootstrap import Resampling
from rsica_bench.metrics.change_detection import KINDS as CHANGE_KINDS
from rsica_bench.metrics.change_detection import (
    change_detection_figures,
    confusion_row,
    pair_statistics,
    scores_of_sums,
)
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.interval_rules import Kind
from rsica_bench.metrics.intervals import find_intervals
from rsica_bench.metrics.multi_class_change import KINDS as MULTI_KINDS
from rsica_bench.metrics.multi_class_change import multi_class_confusion, multi_class_figures, multi_class_scores
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.semantic_change import KINDS as SEMANTIC_KINDS
from rsica_bench.metrics.semantic_change import semantic_change_figures, semantic_change_scores, semantic_confusion
from rsica_bench.metrics.tables import Table, scores_of_tables
from rsica_bench.predicted_masks import MaskFrame, TrueMasks, frame_of, true_masks
from rsica_data.core.errors import UserError
from rsica_data.core.files import write_atomic
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.images import decode_mask, encode_mask
from rsica_data.schema import FactRules, Mask
from rsica_data.schema.arrow import StoredPair

MASKS = "masks"


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


def score_masks(dataset: BuiltDataset, split: str, run: Path, asked: set[str], how: Resampling) -> dict[str, Any]:
    """Figures of the predicted masks of a run: the block ``masks`` of its result.

    Args:
        dataset: the dataset that was run.
        split: its split.
        run: run folder.
        asked: pairs that the run asked about; others do not count.
        how: bootstrap over pairs.

    Returns:
        ``pairs``, ``without_mask`` (asked, not predicted: counted as no change), ``without_truth``; ``change``: change
        against no change; ``classes``: each class against the rest; ``multi_class``: IoU by class and mIoU, where
        there are several; ``semantic``: SECOND's figures where both dates were predicted.
    """
    store = MaskStore(run)
    tally = _Tally(dataset.rules)
    for pair in dataset.pairs(split, images="masks"):
        if pair.pair_id in asked:
            tally.add(pair, store.read(pair.pair_id))
    return tally.report(how)


class _Tally:
    """Confusion counts of pairs."""

    def __init__(self, rules: FactRules) -> None:
        self._rules = rules
        self.pairs = self.without_mask = self.without_truth = 0
        self._change: list[NDArray[np.int64]] = []
        self._classes: dict[str, list[NDArray[np.int64]]] = {}
        self._matrices: list[tuple[tuple[str, ...], NDArray[np.int64]]] = []
        self._semantic: list[NDArray[np.int64]] = []

    def add(self, pair: StoredPair, predicted: Mask | None) -> None:
        self.pairs += 1
        true = true_masks(pair, self._rules)
        if true is None:
            self.without_truth += 1
            return
        if predicted is None:
            self.without_mask += 1
            predicted = np.zeros((pair.height, pair.width), np.uint8)
        frame = frame_of(pair, self._rules)
        ignore = None if frame.valid is None else ~frame.valid
        wanted, given = (frame.reported_only(mask) for mask in (true.change, frame.change(predicted)))
        self._change.append(confusion_row(wanted > 0, given > 0, ignore))
        for place, name in enumerate(frame.reported, 1):
            self._classes.setdefault(name, []).append(confusion_row(wanted == place, given == place, ignore))
        names = ("no change", *frame.reported)
        self._matrices.append((names, multi_class_confusion(wanted, given, len(frame.reported), ignore)))
        if predicted.ndim == 3 and true.before is not None and true.after is not None:
            self._semantic.append(_semantic(true, predicted, ignore, frame))

    def report(self, how: Resampling) -> dict[str, Any]:
        found: dict[str, Any] = {
            "pairs": self.pairs,
            "without_mask": self.without_mask,
            "without_truth": self.without_truth,
            "change": _binary(self._change, how),
            "classes": {name: _binary(rows, how) for name, rows in sorted(self._classes.items())},
        }
        if len(self._classes) > 1:
            found["multi_class"] = self._by_class(how)
        if self._semantic:
            matrices = np.stack(self._semantic)
            scores = semantic_change_scores(matrices.sum(axis=0))
            flat = matrices.reshape(len(matrices), -1).astype(np.float64)
            size = matrices.shape[-1]

            def figures(sums: Floats) -> Figures:
                return semantic_change_figures(sums.reshape(*sums.shape[:-1], size, size))

            found["semantic"] = _entry(scores, flat, figures, SEMANTIC_KINDS, how)
        return found

    def _by_class(self, how: Resampling) -> dict[str, Any]:
        names = list(dict.fromkeys(name for found, _ in self._matrices for name in found))
        size = len(names)
        whole = np.zeros((len(self._matrices), size, size))
        for number, (found, matrix) in enumerate(self._matrices):
            places = [names.index(name) for name in found]
            whole[number][np.ix_(places, places)] = matrix
        rows = whole.reshape(-1, size * size)

        def figures(sums: Floats) -> Figures:
            return multi_class_figures(sums.reshape(*sums.shape[:-1], size, size), names)

        scores = multi_class_scores(rows.sum(axis=0).reshape(size, size), names)
        return _entry(scores, rows, figures, MULTI_KINDS, how)


def _semantic(
    true: TrueMasks, predicted: Mask, ignore: NDArray[np.bool_] | None, frame: MaskFrame
) -> NDArray[np.int64]:
    """Confusion of the land cover of changed pixels at both dates, over all classes.

    What changed is, in truth, what the change mask holds and, as predicted, where the dates differ.
    """
    assert true.before is not None and true.after is not None
    changed = true.change > 0 if not frame.derived else true.before != true.after
    sides = [np.where(changed, side, 0) for side in (true.before, true.after)]
    said = np.where(predicted[0] != predicted[1], predicted, 0)
    void = None if ignore is None else np.stack([ignore, ignore])
    return semantic_confusion(np.stack(sides).astype(np.uint8), said.astype(np.uint8), len(frame.names), void)


def _binary(rows: Sequence[NDArray[np.int64]], how: Resampling) -> dict[str, Any]:
    statistics = pair_statistics(np.array(rows, np.int64).reshape(-1, 4))
    return _entry(scores_of_sums(statistics.sum(axis=0)), statistics, change_detection_figures, CHANGE_KINDS, how)


def tables_entry(tables: Sequence[Table], clusters: NDArray[np.int64], how: Resampling) -> dict[str, Any]:
    """Figures of tables with their intervals: ``{"metrics", "absent", "intervals", ...}``.

    Args:
        tables: tables of the same items.
        clusters: number of the image pair of each item, shape ``[items]``.
        how: bootstrap over pairs; none without draws.
    """
    scores = scores_of_tables(tables)
    found: dict[str, Any] = {"metrics": scores.values, "absent": scores.absent}
    return found | (find_intervals(tables, clusters, how).as_json(scores.values) if how.draws else {})


def _entry(
    scores: Scores, rows: Floats, figures: Callable[[Floats], Figures], kinds: Mapping[str, Kind], how: Resampling
) -> dict[str, Any]:
    found: dict[str, Any] = {"metrics": scores.values, "absent": scores.absent}
    if how.draws and len(rows):
        numbers = np.arange(len(rows))
        table = Table(rows, numbers, figures, {}, kinds=kinds)
        found |= find_intervals([table], numbers, how).as_json(scores.values)
    return found
