"""How far two scenes are apart, to a fraction of a pixel.

Phase correlation (Kuglin and Hines 1975) of image gradients, its peak refined by a matrix-multiply DFT that samples the
correlation around it more finely (Guizar-Sicairos, Thurman and Fienup, Optics Letters 33, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FINE = 50
_MIN_RESPONSE = 0.03
_MIN_WINDOWS = 1


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the scene after is moved against the scene before, in pixels of the grid, x to the right, y down.

    Attributes:
        dx, dy: medians over the windows that could be matched.
        spread: median absolute deviation of the windows' shifts from it, in pixels.
        windows: number of windows matched; 0 where none could be, and nothing is known.
    """

    dx: float
    dy: float
    spread: float
    windows: int


def estimate_shift(pairs: Sequence[tuple[NDArray[np.float32], NDArray[np.float32]]], limit: float) -> Shift:
    """The shift of many windows together.

    Args:
        pairs: grey windows ``[h, w]`` before and after.
        limit: largest shift that is looked for, in pixels.
    """
    offsets = []
    for before, after in pairs:
        dx, dy, response = phase_shift(before, after, limit)
        if response >= _MIN_RESPONSE:
            offsets.append((dx, dy))
    if len(offsets) < _MIN_WINDOWS:
        return Shift(0.0, 0.0, 0.0, 0)
    shifts = np.array(offsets)
    middle = np.median(shifts, axis=0)
    spread = float(np.median(np.hypot(*(shifts - middle).T)))
    return Shift(round(float(middle[0]), 3), round(float(middle[1]), 3), round(spread, 3), len(offsets))


def phase_shift(before: NDArray[np.float32], after: NDArray[np.float32], limit: float) -> tuple[float, float, float]:
    """Shift ``(dx, dy)`` of ``after`` against ``before``, and the height of the correlation peak (0..1).

    What lies at (x, y) before lies at (x + dx, y + dy) after.
    """
    one, other = _spectrum(before), _spectrum(after)
    cross = other * np.conj(one)
    size = np.abs(cross)
    cross = np.where(size > 1e-9 * max(float(size.max()), 1e-30), cross / np.maximum(size, 1e-30), 0)
    surface = np.fft.ifft2(cross).real
    height, width = surface.shape
    ys, xs = np.fft.fftfreq(height, 1 / height), np.fft.fftfreq(width, 1 / width)
    near = (np.abs(ys)[:, None] <= limit + 1) & (np.abs(xs)[None, :] <= limit + 1)
    peak = int(np.argmax(np.where(near, surface, -np.inf)))
    y, x = float(ys[peak // width]), float(xs[peak % width])
    dy, dx = _refine(cross, y, x)
    return dx, dy, float(surface.flat[peak])


def _spectrum(image: NDArray[np.float32]) -> NDArray[np.complex128]:
    # Gradients: edges stay where they are when the light and the season change, brightness does not.
    down, right = np.gradient(image.astype(np.float64))
    strength = np.hypot(down, right)
    strength -= strength.mean()
    window = np.hanning(strength.shape[0])[:, None] * np.hanning(strength.shape[1])[None, :]
    return np.fft.fft2(strength * window)


def _refine(cross: NDArray[np.complex128], y: float, x: float) -> tuple[float, float]:
    """The peak near (y, x), to 1/50 of a pixel."""
    height, width = cross.shape
    steps = np.arange(-_FINE, _FINE + 1) / _FINE
    # Fine detail is mostly noise between two dates: low frequencies decide, which also rounds the peak off.
    low_y, low_x = np.abs(np.fft.fftfreq(height)) < 0.25, np.abs(np.fft.fftfreq(width)) < 0.25
    rows = np.exp(2j * np.pi * np.outer(y + steps, np.fft.fftfreq(height)[low_y]))
    columns = np.exp(2j * np.pi * np.outer(np.fft.fftfreq(width)[low_x], x + steps))
    surface = (rows @ cross[np.ix_(low_y, low_x)] @ columns).real
    best = np.unravel_index(int(np.argmax(surface)), surface.shape)
    return float(y + steps[best[0]]), float(x + steps[best[1]])
