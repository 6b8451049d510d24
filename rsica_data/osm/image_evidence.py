"""Do two images differ at a place more than elsewhere?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.core.errors import UserError

_SAMPLE = 50_000
_LEAST_PIXELS = 4


def difference_map(before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.float32]:
    """How much each pixel differs, ``[height, width]`` float32, after both images are brought to one scale.

    Each channel is centred on its median and divided by its interquartile range in each image, which takes out a
    different sensor, sun and haze; the length of the difference over the channels is smoothed over 3 x 3 pixels.

    Args:
        before: ``[height, width]`` or ``[height, width, channels]``, any number type.
        after: the same shape.

    Raises:
        UserError: the shapes differ, or there are values that are not finite.
    """
    import cv2

    if before.shape != after.shape:
        raise UserError(f"the images differ in shape: {before.shape} and {after.shape}")
    one, other = (_scaled(image) for image in (before, after))
    length = np.sqrt(np.square(one - other).sum(axis=2))
    return np.asarray(cv2.blur(length, (3, 3)), np.float32)


def _scaled(image: NDArray[Any]) -> NDArray[np.float32]:
    values = np.asarray(image, np.float32)
    if not np.isfinite(values).all():
        raise UserError("an image has pixels that are not finite")
    values = values[:, :, None] if values.ndim == 2 else values
    low, middle, high = np.percentile(values, [25, 50, 75], axis=(0, 1))
    spread = np.where(high > low, high - low, np.maximum(values.std(axis=(0, 1)), 1e-6))
    return np.asarray((values - middle) / spread, np.float32)


class Background:
    """Differences of the pixels where no change is in question: what a change is measured against."""

    def __init__(self, difference: NDArray[np.float32], elsewhere: NDArray[np.bool_]) -> None:
        values = difference[elsewhere]
        step = max(1, len(values) // _SAMPLE)
        self._difference = difference
        self._sorted = np.sort(values[::step])

    def auc(self, inside: NDArray[np.bool_] | tuple[NDArray[Any], ...]) -> float | None:
        """Probability that a pixel of ``inside`` differs more than one of the background (ties count half).

        None where there are fewer than 4 pixels, or no background.
        """
        values = self._difference[inside]
        if len(values) < _LEAST_PIXELS or not len(self._sorted):
            return None
        below = np.searchsorted(self._sorted, values, "left")
        upto = np.searchsorted(self._sorted, values, "right")
        return float((below + upto).mean() / (2 * len(self._sorted)))
