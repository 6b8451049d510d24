"""Predicted masks of a run: kept as files, and scored as such.

``masks/PAIR_ID.png`` holds a change mask; ``PAIR_ID.before.png`` and ``PAIR_ID.after.png`` hold the classes of changed
pixels at both dates, where the adapter gives them.
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
from rsica_bench.metrics.scores import Scores
from rsica_bench.metrics.semantic_change import KINDS as SEMANTIC_KINDS
from rsica_bench.metrics.semantic_change import semantic_change_figures, semantic_change_scores, semantic_confusion
from rsica_bench.metrics.tables import Table
from rsica_bench.runner.answering import change_classes
from rsica_data.errors import UserError
from rsica_data.images import decode_mask, encode_mask
from rsica_data.journal import write_atomic
from rsica_data.reader import BuiltDataset
from rsica_data.schema import EncodedImage, Mask
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
        against no change; ``classes``: each class against the rest; ``semantic``: SECOND's figures where both dates
        were predicted.
    """
    store = MaskStore(run)
    tally = _Tally()
    for pair in dataset.pairs(split):
        if pair.pair_id in asked:
            tally.add(pair, store.read(pair.pair_id))
    return tally.report(how)


class _Tally:
    """Confusion counts of pairs."""

    def __init__(self) -> None:
        self.pairs = self.without_mask = self.without_truth = 0
        self._change: list[NDArray[np.int64]] = []
        self._classes: dict[str, list[NDArray[np.int64]]] = {}
        self._semantic: list[NDArray[np.int64]] = []

    def add(self, pair: StoredPair, predicted: Mask | None) -> None:
        self.pairs += 1
        if pair.change_mask is None:
            self.without_truth += 1
            return
        if predicted is None:
            self.without_mask += 1
            predicted = np.zeros((pair.height, pair.width), np.uint8)
        names = change_classes(pair)
        true, ignore = _by_place(pair, pair.change_mask, names)
        flat = np.where(predicted[1] > 0, predicted[1], predicted[0]) if predicted.ndim == 3 else predicted
        self._change.append(confusion_row(true > 0, flat > 0, ignore))
        for place, name in enumerate(names, 1):
            self._classes.setdefault(name, []).append(confusion_row(true == place, flat == place, ignore))
        if predicted.ndim == 3 and pair.before_labels is not None and pair.after_labels is not None:
            self._semantic.append(_semantic(pair, predicted, true > 0, ignore, names))

    def report(self, how: Resampling) -> dict[str, Any]:
        found: dict[str, Any] = {
            "pairs": self.pairs,
            "without_mask": self.without_mask,
            "without_truth": self.without_truth,
            "change": _binary(self._change, how),
            "classes": {name: _binary(rows, how) for name, rows in sorted(self._classes.items())},
        }
        if self._semantic:
            matrices = np.stack(self._semantic)
            scores = semantic_change_scores(matrices.sum(axis=0))
            flat = matrices.reshape(len(matrices), -1).astype(np.float64)
            size = matrices.shape[-1]

            def figures(sums: Floats) -> Figures:
                return semantic_change_figures(sums.reshape(*sums.shape[:-1], size, size))

            found["semantic"] = _entry(scores, flat, figures, SEMANTIC_KINDS, how)
        return found


def _by_place(pair: StoredPair, image: EncodedImage, names: Sequence[str]) -> tuple[Mask, NDArray[np.bool_] | None]:
    """A stored mask with ids by the place of their class among ``names``, and where it does not count."""
    ids = decode_mask(image.data)
    table = np.zeros(256, np.uint8)
    for entry in pair.classes:
        if entry.name in names:
            table[entry.id] = names.index(entry.name) + 1
    return np.asarray(table[ids], np.uint8), None if pair.ignore_id is None else ids == pair.ignore_id


def _semantic(
    pair: StoredPair,
    predicted: Mask,
    changed: NDArray[np.bool_],
    ignore: NDArray[np.bool_] | None,
    names: Sequence[str],
) -> NDArray[np.int64]:
    """Confusion of the classes of changed pixels at both dates."""
    assert pair.before_labels is not None and pair.after_labels is not None
    sides = [_by_place(pair, image, names)[0] for image in (pair.before_labels, pair.after_labels)]
    true = np.stack([np.where(changed, side, 0) for side in sides]).astype(np.uint8)
    void = None if ignore is None else np.stack([ignore, ignore])
    return semantic_confusion(true, predicted, len(names), void)


def _binary(rows: Sequence[NDArray[np.int64]], how: Resampling) -> dict[str, Any]:
    statistics = pair_statistics(np.array(rows, np.int64).reshape(-1, 4))
    return _entry(scores_of_sums(statistics.sum(axis=0)), statistics, change_detection_figures, CHANGE_KINDS, how)


def _entry(
    scores: Scores, rows: Floats, figures: Callable[[Floats], Figures], kinds: Mapping[str, Kind], how: Resampling
) -> dict[str, Any]:
    found: dict[str, Any] = {"metrics": scores.values, "absent": scores.absent}
    if how.draws and len(rows):
        numbers = np.arange(len(rows))
        table = Table(rows, numbers, figures, {}, kinds=kinds)
        found |= find_intervals([table], numbers, how).as_json(scores.values)
    return found
