"""A classical baseline: registration-tolerant image differencing, Otsu's threshold, morphology, shape.

No learning and no gold. Images are smoothed and brought to the same brightness and contrast; each pixel of one image is
compared with a small neighbourhood of the other, so that a shift of a pixel or two is no difference; the difference is
thresholded by Otsu's method (IEEE Trans. SMC 9(1), 1979) with a floor, so that an unchanged pair stays empty; small
specks go; what is long and thin is a road, what is compact a building.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveFloat

from rsica_bench.models.api import AdapterSpec, Capabilities, PairInput
from rsica_bench.models.common import Stateless, without_model
from rsica_data.imagery.images import decode_rgb
from rsica_data.schema import JsonObject, Mask

_BAND_ROWS = 128


class PixelDifferenceOptions(BaseModel):
    """Options.

    Attributes:
        tolerance: neighbourhood, in pixels, in which a match is looked for.
        sigma: smoothing before the comparison, in pixels.
        floor: least difference that counts, in grey levels after normalisation.
        opening: radius of the opening that removes specks, in pixels.
        closing: radius of the closing that joins parts, in pixels.
        min_area: least share of the image that an object covers.
        elongation: length over width from which an object is a road.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tolerance: NonNegativeInt = 3
    sigma: NonNegativeFloat = 1.6
    floor: NonNegativeFloat = 37.0
    opening: NonNegativeInt = 2
    closing: NonNegativeInt = 2
    min_area: NonNegativeFloat = 0.0018
    elongation: PositiveFloat = 3.2


class PixelDifference(Stateless):
    """The baseline."""

    def __init__(self, options: PixelDifferenceOptions) -> None:
        self._options = options

    def describe(self) -> JsonObject:
        """No weights: the release is the revision."""
        return {"revision": f"rsica {version('rsica')}"}

    def segment(self, pairs: Sequence[PairInput]) -> Sequence[Mask]:
        """A mask a pair; images of unequal size have none that could be compared."""
        return [self._mask(pair) for pair in pairs]

    def _mask(self, pair: PairInput) -> Mask:
        before, after = decode_rgb(pair.before.data), decode_rgb(pair.after.data)
        if before.shape != after.shape or not pair.classes:
            return np.zeros(before.shape[:2], np.uint8)
        changed = changed_pixels(before, after, self._options)
        return name_objects(changed, pair.classes, self._options.elongation)


def changed_pixels(
    before: NDArray[np.uint8], after: NDArray[np.uint8], options: PixelDifferenceOptions
) -> NDArray[np.uint8]:
    """Binary change map, ``[H, W]`` uint8 of 0 and 1, of two RGB images ``[H, W, 3]`` uint8."""
    import cv2

    difference = np.zeros(before.shape[:2], np.float32)
    # Channel by channel: the floats of all three at once are most of the memory that a large pair needs.
    for channel in range(before.shape[2]):
        first, second = (_smooth(image[:, :, channel], options.sigma) for image in (before, after))
        _match_levels(second, first)
        _add_distance(difference, first, second, options.tolerance)
        del first, second
    levels = np.minimum(difference, 255).astype(np.uint8)
    otsu, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    binary = (difference > max(float(otsu), options.floor)).astype(np.uint8)
    binary = np.asarray(cv2.morphologyEx(binary, cv2.MORPH_OPEN, _disc(options.opening)), np.uint8)
    binary = np.asarray(cv2.morphologyEx(binary, cv2.MORPH_CLOSE, _disc(options.closing)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=8)
    keep = np.asarray(stats)[:, cv2.CC_STAT_AREA] >= options.min_area * binary.size
    keep[0] = False
    return np.asarray(keep[np.asarray(labels)], np.uint8)


def _smooth(image: NDArray[np.uint8], sigma: float) -> NDArray[np.float32]:
    import cv2

    if sigma == 0:
        return image.astype(np.float32)
    smoothed = np.empty(image.shape, np.float32)
    # OpenCV's kernel for floats reaches four times sigma; a row more for its rounding to an odd size.
    reach = math.ceil(4 * sigma) + 1
    for rows in _bands(len(image)):
        start, stop = max(rows.start - reach, 0), min(rows.stop + reach, len(image))
        band = np.asarray(cv2.GaussianBlur(image[start:stop].astype(np.float32), (0, 0), sigma))
        smoothed[rows] = band[rows.start - start : rows.stop - start]
    return smoothed


def quartiles(image: NDArray[np.float32]) -> list[float]:
    """The three quartiles of values that are not negative, as ``np.percentile`` gives them, without a copy of all."""
    # The bits of such floats, read as whole numbers, have the order of the floats: the upper half finds the place.
    counts = np.zeros(1 << 16, np.int64)
    for rows in _bands(len(image)):
        counts += np.bincount(_bits(image[rows]) >> 16, minlength=1 << 16)
    ends = np.cumsum(counts)
    ranks = [(image.size - 1) * share for share in (0.25, 0.5, 0.75)]
    places = sorted({place for rank in ranks for place in (math.floor(rank), math.ceil(rank))})
    buckets = {place: int(np.searchsorted(ends, place, side="right")) for place in places}
    sorted_bits = {bucket: np.sort(_bucket(image, bucket)) for bucket in set(buckets.values())}

    def value(place: int) -> np.float64:
        bucket = buckets[place]
        return np.float64(sorted_bits[bucket][place - (ends[bucket] - counts[bucket])].view(np.float32))

    quantiles = []
    for rank in ranks:
        low, high, part = value(math.floor(rank)), value(math.ceil(rank)), rank - math.floor(rank)
        step = np.float64(np.float32(high) - np.float32(low))
        quantiles.append(float(low + step * part if part < 0.5 else high - step * (1 - part)))
    return quantiles


def _bits(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    return np.ascontiguousarray(values).view(np.uint32).ravel()


def _bucket(image: NDArray[np.float32], bucket: int) -> NDArray[np.uint32]:
    parts = (_bits(image[rows]) for rows in _bands(len(image)))
    return np.concatenate([part[part >> 16 == bucket] for part in parts])


def _match_levels(image: NDArray[np.float32], target: NDArray[np.float32]) -> None:
    """Gain and offset from quartiles, in place: most of a pair is unchanged, and outliers must not count."""
    low, middle, high = quartiles(image)
    wanted = quartiles(target)
    gain = np.clip((wanted[2] - wanted[0]) / np.maximum(high - low, 1), 0.5, 2.0)
    for rows in _bands(len(image)):
        image[rows] = (image[rows] - middle) * gain + wanted[1]


def _bands(height: int) -> Iterator[slice]:
    yield from (slice(start, min(start + _BAND_ROWS, height)) for start in range(0, height, _BAND_ROWS))


def _add_distance(
    difference: NDArray[np.float32], one: NDArray[np.float32], other: NDArray[np.float32], tolerance: int
) -> None:
    """Raise ``difference`` to how far the values of one image lie outside the range of the other's neighbourhood."""
    for rows in _bands(len(difference)):
        start, stop = max(rows.start - tolerance, 0), min(rows.stop + tolerance, len(difference))
        inner = slice(rows.start - start, rows.stop - start)
        parts = one[start:stop], other[start:stop]
        for image, neighbours in (parts, parts[::-1]):
            np.maximum(difference[rows], _distance(image, neighbours, tolerance)[inner], out=difference[rows])


def _distance(image: NDArray[np.float32], other: NDArray[np.float32], tolerance: int) -> NDArray[np.float32]:
    """How far each value lies outside the range of the other image's neighbourhood."""
    import cv2

    kernel = np.ones((2 * tolerance + 1, 2 * tolerance + 1), np.uint8)
    above = image - np.asarray(cv2.dilate(other, kernel))
    below = np.asarray(cv2.erode(other, kernel)) - image
    return np.asarray(np.maximum(np.maximum(above, below), 0), np.float32)


def _disc(radius: int) -> NDArray[np.uint8]:
    import cv2

    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)), np.uint8)


def name_objects(changed: NDArray[np.uint8], classes: Sequence[str], elongation: float) -> Mask:
    """Class ids for the objects of a binary change map: long and thin ones are roads where roads are asked for."""
    import cv2

    if "road" not in classes or len(classes) == 1:
        return np.asarray(changed, np.uint8)
    road = classes.index("road") + 1
    other = next(number for number, name in enumerate(classes, 1) if name != "road")
    total, labels, stats, _ = cv2.connectedComponentsWithStats(changed, connectivity=8)
    ids = np.zeros(total, np.uint8)
    for label in range(1, total):
        x, y, w, h, area = (int(v) for v in np.asarray(stats)[label])
        inside: Any = (np.asarray(labels)[y : y + h, x : x + w] == label).astype(np.uint8)
        # Twice the greatest distance to the edge is the width; the area over it the length along a bent shape.
        width = 2.0 * float(cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 3).max())
        ids[label] = road if area / width**2 >= elongation else other
    return np.asarray(ids[np.asarray(labels)], np.uint8)


def make(options: PixelDifferenceOptions, model: str | None) -> PixelDifference:
    """The adapter; a model is refused."""
    without_model("pixel-difference", model)
    return PixelDifference(options)


ADAPTER = AdapterSpec(
    name="pixel-difference",
    summary="Classical baseline: tolerant image differencing, Otsu threshold, morphology, shape; no learning.",
    kind="mask",
    options=PixelDifferenceOptions,
    make=make,
    capabilities=Capabilities(outputs=("mask",), images=2),
)
