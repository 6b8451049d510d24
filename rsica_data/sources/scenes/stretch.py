"""Sample values to 8 bits, by the same two values for every tile of a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_data.sources.scenes.bands import Transform

_TINY = 1e-6
"""Power below which a decibel is not computed: -60 dB, far below any sensor's noise."""


@dataclass(frozen=True)
class Stretched:
    """How samples become 8 bits.

    Attributes:
        transform: done first.
        ranges: low and high of every channel; empty where 8-bit samples stay as they are.
        table: for integer samples of up to 16 bits, the result for every value, ``[channels, 65536]`` uint8.
        offset: the lowest value of the table.
    """

    transform: Transform
    ranges: tuple[tuple[float, float], ...]
    table: NDArray[np.uint8] | None = None
    offset: int = 0


def make_stretch(dtype: str, transform: Transform, ranges: Sequence[tuple[float, float]]) -> Stretched:
    """A stretch for samples of one type."""
    kind = np.dtype(dtype)
    if not ranges or transform != "none" or kind.kind not in "iu" or kind.itemsize > 2:
        return Stretched(transform, tuple(ranges))
    info = np.iinfo(kind)
    values = np.arange(info.min, info.max + 1, dtype=np.float32)
    table = np.stack([_scaled(values, low, high) for low, high in ranges])
    return Stretched(transform, tuple(ranges), table, int(info.min))


def transformed(values: NDArray[np.generic], transform: Transform) -> NDArray[np.generic]:
    """Samples ``[bands, h, w]`` as they are to be stretched; a ratio adds a third channel."""
    if transform == "none":
        return values
    samples = values.astype(np.float32)
    if transform in ("decibel", "sar"):
        samples = 10 * np.log10(np.maximum(samples, np.float32(_TINY)))
    if transform in ("ratio", "sar"):
        samples = np.concatenate([samples, samples[:1] - samples[1:2]])
    return samples


def channels_after(channels: int, transform: Transform) -> int:
    """Number of channels of the image."""
    return channels + 1 if transform in ("ratio", "sar") else channels


def to_bytes(values: NDArray[np.generic], valid: NDArray[np.bool_], stretch: Stretched) -> NDArray[np.uint8]:
    """An image ``[h, w]`` or ``[h, w, 3]`` uint8 of samples ``[bands, h, w]``; black where not valid."""
    if stretch.table is not None:
        index = values if stretch.offset == 0 else values.astype(np.int32) - stretch.offset
        pixels = np.stack([table[band] for table, band in zip(stretch.table, index, strict=True)], axis=-1)
    else:
        ready = transformed(values, stretch.transform)
        if not stretch.ranges:
            pixels = np.ascontiguousarray(np.moveaxis(ready, 0, -1)).astype(np.uint8, copy=False)
        else:
            scaled = [_scaled(band, *ends) for band, ends in zip(ready, stretch.ranges, strict=True)]
            pixels = np.stack(scaled, axis=-1)
    if not valid.all():
        pixels[~valid] = 0
    return np.asarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels, np.uint8)


def _scaled(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    with np.errstate(invalid="ignore"):
        stretched = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / (high - low)) + np.float32(0.5)
    # NaN is only where a pixel is not valid.
    return np.asarray(np.nan_to_num(np.clip(stretched, 0, 255), nan=0.0), np.uint8)


def percentile_ranges(
    samples: NDArray[np.generic], percentiles: tuple[float, float]
) -> tuple[tuple[float, float], ...]:
    """Low and high of every channel from valid samples ``[channels, n]``; at least a step apart."""
    ranges = []
    for channel in samples:
        low, high = (float(value) for value in np.percentile(channel.astype(np.float64), percentiles))
        ranges.append((round(low, 4), round(high if high > low else low + 1.0, 4)))
    return tuple(ranges)


def shared_ranges(
    one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """The lower low and the higher high of two scenes, channel by channel."""
    return tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in zip(one, other, strict=True))
