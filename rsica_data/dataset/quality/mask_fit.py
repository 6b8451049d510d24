"""Whether the change mask of a pair fits its images: empty, full, shifted, or where nothing differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rsica_data.dataset.checks_section import MaskLimits
from rsica_data.imagery.images import decode_mask, decode_rgb
from rsica_data.schema.arrow import StoredPair

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Reason = Literal["mask-empty", "mask-full", "mask-shifted", "mask-unseen", "mask-off-edges"]

MASK_REASONS: tuple[Reason, ...] = ("mask-empty", "mask-full", "mask-shifted", "mask-unseen", "mask-off-edges")
_REACH = 12
"""Pixels up to which a shift is looked for."""
_TOLERANCE = 2
"""Pixels by which two images may be apart, for a difference to be one."""
_LEAST_SPREAD = 0.1
"""Grey levels a pixel: least standard deviation of the slopes of an image that shows something."""
_LEAST_EDGE = 60
"""Pixels of the mask's boundary from which a shift or a sharpness can be told."""
_LIMITS = MaskLimits()


@dataclass(frozen=True, slots=True)
class MaskMeasures:
    """What a mask and its images say of each other.

    Attributes:
        marked: share of the labelled pixels that the mask marks.
        alike: correlation of the strength of edges in both images; None where one of them has none.
        contrast: mean difference inside the mask over that outside; None where one of both is empty.
        sharpness: mean slope of the images across the boundary, over that in any direction of the whole image; None
            where the boundary is too short.
        shift: ``(dx, dy)`` by which the boundary fits the images best; None as for ``sharpness``.
        gain: slope across the boundary at that shift over that where it is; None as for ``sharpness``.
    """

    marked: float
    alike: float | None
    contrast: float | None = None
    sharpness: float | None = None
    shift: tuple[int, int] | None = None
    gain: float | None = None


@dataclass(frozen=True, slots=True)
class MaskFinding:
    """A mask that disagrees with its images: the pair, why, and the numbers in words."""

    pair_id: str
    reason: Reason
    detail: str


def mask_findings(pair: StoredPair, limits: MaskLimits = _LIMITS) -> list[MaskFinding]:
    """What is wrong with the change mask of a pair; nothing for a pair of one date or without a mask.

    Raises:
        InvalidItemError: the mask cannot be decoded.
        ValueError: an image cannot be decoded.
    """
    if pair.before is None or pair.after is None or pair.change_mask is None:
        return []
    mask = decode_mask(pair.change_mask.data)
    labelled = np.ones(mask.shape, bool) if pair.ignore_id is None else mask != pair.ignore_id
    before, after = decode_rgb(pair.before.data), decode_rgb(pair.after.data)
    if before.shape != after.shape or before.shape[:2] != mask.shape:
        return []
    measures = measure_mask(before, after, (mask != 0) & labelled, labelled)
    return [MaskFinding(pair.pair_id, reason, detail) for reason, detail in judge_mask(measures, limits)]


def judge_mask(measures: MaskMeasures, limits: MaskLimits = _LIMITS) -> list[tuple[Reason, str]]:
    """Which limits a mask is past, with the numbers.

    Example:
        >>> judge_mask(MaskMeasures(marked=0.0, alike=0.02))
        [('mask-empty', 'nothing is marked, and the edges of the images correlate by 0.02')]
    """
    reasons: list[tuple[Reason, str]] = []
    if measures.marked == 0 and measures.alike is not None and measures.alike <= limits.empty:
        reasons.append(
            ("mask-empty", f"nothing is marked, and the edges of the images correlate by {measures.alike:.2f}")
        )
    if measures.marked >= limits.full:
        reasons.append(("mask-full", f"{measures.marked:.1%} of the pixels are marked"))
        return reasons
    if measures.contrast is not None and measures.contrast <= limits.unseen:
        reasons.append(
            ("mask-unseen", f"images differ {measures.contrast:.2f} times as much inside the mask as outside")
        )
    if measures.shift is None or measures.gain is None or measures.sharpness is None:
        return reasons
    if np.hypot(*measures.shift) >= limits.shift_px and measures.gain >= limits.shift_gain:
        dx, dy = measures.shift
        reasons.append(
            ("mask-shifted", f"moved by {dx:+d}, {dy:+d} px its boundary fits {measures.gain:.1f} times as well")
        )
    elif measures.sharpness <= limits.off_edges:
        reasons.append(
            ("mask-off-edges", f"the slope across its boundary is {measures.sharpness:.2f} times that of the image")
        )
    return reasons


def measure_mask(before: NDArray[np.uint8], after: NDArray[np.uint8], marked: Bools, labelled: Bools) -> MaskMeasures:
    """Measure a mask against its images.

    Args:
        before: RGB, ``[H, W, 3]``.
        after: RGB of the same size.
        marked: pixels that the mask calls changed, ``[H, W]``.
        labelled: pixels that it says something of.
    """
    one, two = _grey(before), _matched(_grey(after), _grey(before))
    difference = _difference(one, two)
    share = float(marked.sum() / max(int(labelled.sum()), 1))
    outside = labelled & ~marked
    contrast = None
    if marked.any() and outside.any():
        contrast = float(difference[marked].mean() / max(float(difference[outside].mean()), 1.0))
    slopes = [_slopes(one), _slopes(two)]
    steepness = [np.hypot(*slope) for slope in slopes]
    flat = min(float(steep.std()) for steep in steepness) < _LEAST_SPREAD
    alike = None if flat else float(np.corrcoef(steepness[0].ravel(), steepness[1].ravel())[0, 1])
    boundary = _boundary(marked) & labelled
    if int(boundary.sum()) < _LEAST_EDGE:
        return MaskMeasures(share, alike, contrast)
    here, best, shift = _best_shift(slopes, boundary, _normals(marked))
    everywhere = float(np.mean(np.maximum(*steepness))) * 2 / np.pi
    return MaskMeasures(share, alike, contrast, here / max(everywhere, 1e-6), shift, best / max(here, 1e-6))


def _grey(image: NDArray[np.uint8]) -> Floats:
    return _smooth(image.astype(np.float32).mean(axis=2))


def _smooth(grey: Floats) -> Floats:
    padded = np.pad(grey, 1, mode="edge")
    rows = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    smooth: Floats = ((rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 4).astype(np.float32)
    return smooth


def _matched(image: Floats, target: Floats) -> Floats:
    """Brought to the quartiles of another image: season and light are no change."""
    low, middle, high = np.percentile(image, (25, 50, 75))
    wanted = np.percentile(target, (25, 50, 75))
    gain = float(np.clip((wanted[2] - wanted[0]) / max(high - low, 1.0), 0.5, 2.0))
    matched: Floats = ((image - middle) * gain + wanted[1]).astype(np.float32)
    return matched


def _difference(one: Floats, two: Floats) -> Floats:
    """How far each value lies outside the range of the other image's neighbourhood, either way."""
    low, high = _extremes(two)
    there = np.maximum(np.maximum(one - high, low - one), 0)
    low, high = _extremes(one)
    back = np.maximum(np.maximum(two - high, low - two), 0)
    difference: Floats = np.maximum(there, back)
    return difference


def _extremes(image: Floats) -> tuple[Floats, Floats]:
    low = high = image
    for axis in (0, 1):
        parts = [_moved(low, step, axis) for step in range(-_TOLERANCE, _TOLERANCE + 1)]
        tops = [_moved(high, step, axis) for step in range(-_TOLERANCE, _TOLERANCE + 1)]
        low, high = np.minimum.reduce(parts), np.maximum.reduce(tops)
    return low, high


def _moved(image: Floats, step: int, axis: int) -> Floats:
    places = np.clip(np.arange(image.shape[axis]) + step, 0, image.shape[axis] - 1)
    moved: Floats = np.take(image, places, axis=axis)
    return moved


def _slopes(image: Floats) -> tuple[Floats, Floats]:
    """Slope down and across."""
    down, across = np.gradient(image)
    return np.asarray(down, np.float32), np.asarray(across, np.float32)


def _normals(marked: Bools) -> tuple[Floats, Floats]:
    """Direction across the mask's boundary, down and across, of length 1 where there is any."""
    down, across = _slopes(_smooth(_smooth(marked * np.float32(255))))
    length = np.maximum(np.hypot(down, across), np.float32(1e-6))
    return np.asarray(down / length, np.float32), np.asarray(across / length, np.float32)


def _boundary(marked: Bools) -> Bools:
    """Marked pixels with an unmarked one beside them; the edge of the image is no boundary."""
    inner = marked.copy()
    inner[1:] &= marked[:-1]
    inner[:-1] &= marked[1:]
    inner[:, 1:] &= marked[:, :-1]
    inner[:, :-1] &= marked[:, 1:]
    return marked & ~inner


def _best_shift(
    slopes: list[tuple[Floats, Floats]], boundary: Bools, normals: tuple[Floats, Floats]
) -> tuple[float, float, tuple[int, int]]:
    """Mean slope across the boundary where it is, the greatest one at a shift, and that shift.

    Of both images the steeper one counts: what was built has its edge after, what was removed before.
    """
    rows, columns = np.nonzero(boundary)
    down, across = (part[rows, columns] for part in normals)
    height, width = boundary.shape
    best, shift, here = 0.0, (0, 0), 0.0
    for dy in range(-_REACH, _REACH + 1):
        for dx in range(-_REACH, _REACH + 1):
            inside = (rows + dy >= 0) & (rows + dy < height) & (columns + dx >= 0) & (columns + dx < width)
            if int(inside.sum()) < _LEAST_EDGE // 2:
                continue
            place = rows[inside] + dy, columns[inside] + dx
            steep = [np.abs(one[place] * down[inside] + two[place] * across[inside]) for one, two in slopes]
            strength = float(np.maximum(*steep).mean())
            if (dx, dy) == (0, 0):
                here = strength
            if strength > best:
                best, shift = strength, (dx, dy)
    return here, best, shift
