"""Folders of predicted masks against folders of true ones.

A mask is matched by its path below the folder, without the suffix. Values become class ids by a table of label values;
0 is no change. Without a table 0 is no change and one other value is change: a mask with more values is refused, since
nothing says what they mean. A table of several classes gives figures by class
(`rsica_bench.metrics.multi_class_change`), and those of change against no change under ``change/``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.change_detection import KINDS as CHANGE_KINDS
from rsica_bench.metrics.change_detection import REASONS as CHANGE_REASONS
from rsica_bench.metrics.change_detection import change_detection_figures, confusion_row, pair_statistics
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.multi_class_change import KINDS as MULTI_KINDS
from rsica_bench.metrics.multi_class_change import REASONS as MULTI_REASONS
from rsica_bench.metrics.multi_class_change import multi_class_confusion, multi_class_figures
from rsica_bench.metrics.semantic_change import KINDS as SEMANTIC_KINDS
from rsica_bench.metrics.semantic_change import REASONS as SEMANTIC_REASONS
from rsica_bench.metrics.semantic_change import semantic_change_figures, semantic_confusion
from rsica_bench.metrics.statistics_tables import Table
from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.imagery.image_listing import IMAGE_SUFFIXES, image_files
from rsica_data.imagery.images import is_jpeg, read_image
from rsica_data.imagery.masks import Colour, decode_values, thresholded, values_to_ids
from rsica_data.schema import Mask

IGNORED = 255  # id of pixels that do not count; classes are numbered from 0

# https://captain-whu.github.io/SCD: colours of SECOND's label maps, white where nothing changed.
SECOND: dict[str, Colour] = {
    "no change": (255, 255, 255),
    "low vegetation": (0, 128, 0),
    "non-vegetated ground surface": (128, 128, 128),
    "tree": (0, 255, 0),
    "water": (0, 0, 255),
    "building": (128, 0, 0),
    "playground": (255, 0, 0),
}


@dataclass(frozen=True)
class Labels:
    """What values of label files mean.

    Attributes:
        values: value of each class by name, no change first; None where 0 is no change and one other value change.
        ignore: value of pixels that do not count, in true masks.
        threshold: values from this one on are change, in predicted masks.
        true_threshold: the same in true masks, for those saved as JPEG.
    """

    values: Mapping[str, Colour] | None = None
    ignore: Colour | None = None
    threshold: int | None = None
    true_threshold: int | None = None

    @property
    def classes(self) -> int:
        """Number of classes besides no change."""
        return 1 if self.values is None else len(self.values) - 1

    @property
    def by_class(self) -> bool:
        """Whether true and predicted masks tell several classes apart."""
        return self.classes > 1 and self.threshold is None and self.true_threshold is None


@dataclass(frozen=True)
class MaskScores:
    """Scores of folders.

    Attributes:
        names: names of the pairs, ``[n]``.
        tables: tables of their statistics.
        extra: predicted masks without a true one, which are not scored.
        ignored: pairs of which no pixel counts.
    """

    names: tuple[str, ...]
    tables: tuple[Table, ...]
    extra: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def score_change(true: Path, predicted: Path, labels: Labels, progress: Callable[[int, int], None]) -> MaskScores:
    """Change detection: every class besides no change is change; of several classes also each by itself.

    Raises:
        UserError: no mask, a true mask without prediction, or one that cannot be read or is of another size.
    """
    names, rows, matrices, ignored = [], [], [], []
    for name, gold, predicted_masks in _matched([true], [predicted], labels, progress):
        names.append(name)
        rows.append(_row(gold[0], predicted_masks[0], name))
        void = gold[0] == IGNORED
        if void.all():
            ignored.append(name)
        if labels.by_class:
            matrices.append(multi_class_confusion(np.where(void, 0, gold[0]), predicted_masks[0], labels.classes, void))
    statistics, numbers = pair_statistics(np.stack(rows)), np.arange(len(rows))
    binary = Table(statistics, numbers, change_detection_figures, CHANGE_REASONS, kinds=CHANGE_KINDS)
    tables = (_by_class(np.stack(matrices), labels), binary.under("change/")) if matrices else (binary,)
    return MaskScores(tuple(names), tables, _extra([true], [predicted]), tuple(ignored))


def _by_class(matrices: NDArray[np.int64], labels: Labels) -> Table:
    assert labels.values is not None
    names, size = tuple(labels.values), labels.classes + 1

    def figures(sums: Floats) -> Figures:
        return multi_class_figures(sums.reshape(*sums.shape[:-1], size, size), names)

    rows = matrices.reshape(len(matrices), -1).astype(np.float64)
    return Table(rows, np.arange(len(rows)), figures, MULTI_REASONS, kinds=MULTI_KINDS)


def score_semantic(
    true: Sequence[Path], predicted: Sequence[Path], labels: Labels, progress: Callable[[int, int], None]
) -> MaskScores:
    """Semantic change: maps of both dates, before first.

    Raises:
        UserError: as :func:`score_change`.
    """
    size = labels.classes + 1
    names, rows, ignored = [], [], []
    for name, gold, predicted_maps in _matched(true, predicted, labels, progress):
        _same_shapes(gold, predicted_maps, name)
        ignore = np.stack(gold) == IGNORED
        if ignore.all():
            ignored.append(name)
        meant = np.where(ignore, 0, np.stack(gold))
        counts = semantic_confusion(meant, np.stack(predicted_maps), labels.classes, ignore)
        names.append(name)
        rows.append(counts.reshape(-1).astype(np.float64))

    def figures(sums: Floats) -> Figures:
        return semantic_change_figures(sums.reshape(*sums.shape[:-1], size, size))

    table = Table(np.stack(rows), np.arange(len(rows)), figures, SEMANTIC_REASONS, kinds=SEMANTIC_KINDS)
    return MaskScores(tuple(names), (table,), _extra(true, predicted), tuple(ignored))


def _row(true: Mask, predicted: Mask, name: str) -> NDArray[np.int64]:
    _same_shapes([true], [predicted], name)
    return confusion_row((true > 0) & (true != IGNORED), predicted > 0, true == IGNORED)


def _same_shapes(true: Sequence[Mask], predicted: Sequence[Mask], name: str) -> None:
    shapes = {maps.shape for maps in (*true, *predicted)}
    if len(shapes) > 1:
        sizes = " and ".join(sorted(f"{width}x{height}" for height, width in shapes))
        raise UserError(f"masks of one pair differ in size: {sizes}", key=name)


def _matched(
    true: Sequence[Path], predicted: Sequence[Path], labels: Labels, progress: Callable[[int, int], None]
) -> Iterator[tuple[str, list[Mask], list[Mask]]]:
    """Name, true masks and predicted masks of every pair, a pair at a time."""
    listed = [_listed(folder) for folder in (*true, *predicted)]
    names = sorted(listed[0])
    for folder, paths in zip((*true[1:], *predicted), listed[1:], strict=True):
        missing = [name for name in names if name not in paths]
        if missing:
            raise UserError(
                f"{len(missing)} of {len(names)} masks are missing, the first is '{missing[0]}'", file=folder
            )
    for done, name in enumerate(names, 1):
        progress(done, len(names))
        masks = [paths[name] for paths in listed]
        gold = [_true_ids(path, labels) for path in masks[: len(true)]]
        yield name, gold, [_said_ids(path, labels) for path in masks[len(true) :]]


def _extra(true: Sequence[Path], predicted: Sequence[Path]) -> tuple[str, ...]:
    """Predicted masks that have no true one."""
    known = _listed(true[0])
    return tuple(sorted({name for folder in predicted for name in _listed(folder) if name not in known}))


def _listed(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise UserError("no such folder", file=folder)
    paths: dict[str, Path] = {}
    for path in image_files(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in paths:
            raise UserError(f"two masks are called '{name}'", file=folder)
        paths[name] = path
    if not paths:
        raise UserError("holds no mask", file=folder, hint=f"files end in {', '.join(IMAGE_SUFFIXES)}")
    return paths


def _true_ids(path: Path, labels: Labels) -> Mask:
    if labels.true_threshold is not None:
        values = _values(path)
        ids = _thresholded(values, labels.true_threshold, path)
        return ids if labels.ignore is None else np.where(_equal(values, labels.ignore), IGNORED, ids).astype(np.uint8)
    if labels.values is None:
        values = _values(path)
        ignore = np.zeros(values.shape[:2], bool) if labels.ignore is None else _equal(values, labels.ignore)
        return np.where(ignore, IGNORED, _binary(values, ~ignore, path, "--true-threshold")).astype(np.uint8)
    table = {colour: number for number, colour in enumerate(labels.values.values())}
    return _ids(path, table if labels.ignore is None else table | {labels.ignore: IGNORED})


def _said_ids(path: Path, labels: Labels) -> Mask:
    if labels.threshold is not None:
        return _thresholded(_values(path), labels.threshold, path)
    if labels.values is None:
        values = _values(path)
        return _binary(values, np.ones(values.shape[:2], bool), path, "--threshold")
    return _ids(path, {colour: number for number, colour in enumerate(labels.values.values())})


def _thresholded(values: NDArray[np.uint8], threshold: int, path: Path) -> Mask:
    try:
        return thresholded(values, threshold, path.name)
    except InvalidItemError as error:
        raise UserError(error.detail, file=path, hint="say with --values what the colours mean") from None


def _binary(values: NDArray[np.uint8], kept: NDArray[np.bool_], path: Path, option: str) -> Mask:
    _check_grey(values, path, option)
    distinct_values = np.unique(values[kept])
    levels = distinct_values[distinct_values > 0]
    noise = len(levels) == 1 and levels[0] < 128 and _smears(path)
    if len(levels) > 1 or noise:
        shown = ", ".join(map(str, distinct_values[:6])) + (", ..." if len(distinct_values) > 6 else "")
        hint = f"give {option} 128: a JPEG smears values" if _smears(path) else f"give {option}, --values or --ignore"
        raise UserError(f"holds more than two values: {shown}", file=path, hint=hint)
    return (values > 0).astype(np.uint8)


def _smears(path: Path) -> bool:
    return is_jpeg(read_image(path.parent, path.name))


def _check_grey(values: NDArray[np.uint8], path: Path, option: str) -> None:
    if values.ndim != 2 and _smears(path):
        raise UserError("is in colour, or grey that JPEG smears", file=path, hint=f"give {option} 128, or --values")
    if values.ndim != 2:
        raise UserError("is in colour", file=path, hint="say with --values what the colours mean")


def _equal(values: NDArray[np.uint8], colour: Colour) -> NDArray[np.bool_]:
    code = (colour, colour, colour) if isinstance(colour, int) else colour
    if values.ndim == 3:
        return np.asarray((values == np.array(code, np.uint8)).all(axis=-1))
    return np.asarray(values == code[0]) if len(set(code)) == 1 else np.zeros(values.shape, bool)


def _values(path: Path) -> NDArray[np.uint8]:
    try:
        return decode_values(read_image(path.parent, path.name))
    except InvalidItemError as error:
        raise UserError(str(error), file=path) from None


def _ids(path: Path, table: Mapping[Colour, int]) -> Mask:
    try:
        return values_to_ids(_values(path), table, path.name)
    except InvalidItemError as error:
        raise UserError(str(error), file=path) from None
