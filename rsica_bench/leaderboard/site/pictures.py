"""Pictures of the pairs that a board's examples are about: both dates, the gold mask, and masks that runs predicted."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.leaderboard.boards import OwnRow
from rsica_bench.leaderboard.mask_rows import PACKED_MASKS, unpack_masks
from rsica_bench.predicted_masks import MaskFrame, WrongMask, frame_of, true_masks
from rsica_bench.run.mask_scores import MaskStore
from rsica_data.dataset.reader import BuiltDataset
from rsica_data.imagery.page_images import class_colour, embedded, mask_layers
from rsica_data.schema.arrow import StoredPair

LONGEST = 384  # longest side of pictures, in pixels
_EDGE = 2  # pixels that the outline of a predicted object is wide

Json = dict[str, Any]


def pictures_of(
    dataset: BuiltDataset, split: str, wanted: Iterable[str], rows: Iterable[OwnRow]
) -> Iterator[tuple[str, Json]]:
    """(pair id, picture) of the wanted pairs of a split.

    A picture has ``before`` and ``after`` as data URLs, ``width`` and ``height`` in pixels, ``classes`` with their
    colours, ``gold`` and ``predicted`` (by run) as layers of one class each: filled in gold, outlines in predictions.
    """
    names = set(wanted)
    with tempfile.TemporaryDirectory() as folder:
        stores = dict(_stores(rows, Path(folder)))
        for pair in dataset.pairs(split) if names else ():
            if pair.pair_id in names:
                yield pair.pair_id, _picture(dataset, pair, stores)


def _stores(rows: Iterable[OwnRow], folder: Path) -> Iterator[tuple[str, MaskStore]]:
    for number, row in enumerate(rows):
        packed = row.folder / PACKED_MASKS
        if packed.is_file():
            run = folder / str(number)
            unpack_masks(packed, run)
            yield row.name, MaskStore(run)


def _picture(dataset: BuiltDataset, pair: StoredPair, stores: Mapping[str, MaskStore]) -> Json:
    frame = frame_of(pair, dataset.rules)
    true = true_masks(pair, dataset.rules)
    predicted = {name: _predicted(frame, store, pair.pair_id) for name, store in stores.items()}
    return {
        "before": embedded(pair.before, LONGEST),
        "after": embedded(pair.after, LONGEST),
        "width": pair.width,
        "height": pair.height,
        "classes": [{"name": name, "colour": class_colour(number)} for number, name in enumerate(frame.names)],
        "gold": [] if true is None else _layers(true.change, frame),
        "predicted": {name: layers for name, layers in predicted.items() if layers is not None},
    }


def _predicted(frame: MaskFrame, store: MaskStore, pair_id: str) -> list[Json] | None:
    mask = store.read(pair_id)
    if mask is None:
        return None
    try:
        return _layers(frame.change(mask), frame, outlines)
    except WrongMask:  # a mask of another shape was scored as none, and is not shown
        return None


def _layers(
    mask: NDArray[np.uint8], frame: MaskFrame, drawn: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = np.asarray
) -> list[Json]:
    places = {number: number + 1 for number in range(len(frame.names))}
    return [{"class": number, "src": src} for number, src in mask_layers(drawn(mask), places)]


def outlines(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels of a mask within two pixels of another class or of none, shape ``[H, W]``; 0 elsewhere.

    Example:
        >>> outlines(np.ones((7, 7), np.uint8)).sum()
        np.uint64(0)
        >>> int(outlines(np.pad(np.ones((6, 6), np.uint8), 2)).sum())  # all but the 2 x 2 in the middle
        32
    """
    inner = np.ones(mask.shape, bool)
    padded = np.pad(mask, _EDGE, mode="edge")
    height, width = mask.shape
    for step in range(-_EDGE, _EDGE + 1):
        for dy, dx in ((step, 0), (0, step)):
            shifted = padded[_EDGE + dy : _EDGE + dy + height, _EDGE + dx : _EDGE + dx + width]
            inner &= shifted == mask
    return np.where(inner, 0, mask).astype(np.uint8)
