"""Error of the shift between two scenes: ours and `cv2.phaseCorrelate`, on images moved by known amounts.

    python benchmarks/registration.py [FOLDER ...]

The images are the PNG files below the folders (default: `$RSICA_SHARED/fixtures`, those in folders called `A`). Each is
darkened, gets noise, is moved by up to 8 px by a phase ramp, and the shift of windows of 192 px is estimated.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rsica_data.sources.scenes.register import phase_shift

WINDOW, MARGIN, LARGEST, REPEATS = 192, 32, 8.0, 3
Estimate = Callable[[NDArray[np.float32], NDArray[np.float32]], tuple[float, float]]


def moved(image: NDArray[np.float64], dx: float, dy: float) -> NDArray[np.float32]:
    """The image moved right by ``dx`` and down by ``dy`` px."""
    ys, xs = np.fft.fftfreq(image.shape[0])[:, None], np.fft.fftfreq(image.shape[1])[None]
    return np.fft.ifft2(np.fft.fft2(image) * np.exp(-2j * np.pi * (ys * dy + xs * dx))).real.astype(np.float32)


def ours(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[float, float]:
    return phase_shift(before, after, LARGEST + 2)[:2]


def opencv(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[float, float]:
    window = cv2.createHanningWindow(before.shape[::-1], cv2.CV_64F)
    (dx, dy), _ = cv2.phaseCorrelate(before.astype(np.float64), after.astype(np.float64), window)
    return dx, dy


def opencv_on_gradients(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[float, float]:
    return opencv(*(np.hypot(*np.gradient(image)).astype(np.float32) for image in (before, after)))


METHODS: dict[str, Estimate] = {"ours": ours, "cv2": opencv, "cv2 on gradients": opencv_on_gradients}


def windows(folders: list[Path]) -> list[NDArray[np.float64]]:
    paths = sorted(path for folder in folders for path in folder.rglob("A/*.png"))
    images = (np.asarray(Image.open(path).convert("L"), np.float64) for path in paths)
    return [image for image in images if min(image.shape) >= WINDOW + 2 * MARGIN]


def main(folders: list[Path]) -> None:
    random = np.random.default_rng(0)
    errors: dict[str, list[float]] = {name: [] for name in METHODS}
    seconds = dict.fromkeys(METHODS, 0.0)
    inside = slice(MARGIN, MARGIN + WINDOW)
    for image in windows(folders) * REPEATS:
        dx, dy = random.uniform(-LARGEST, LARGEST, 2)
        later = 204 * (image / 255) ** 1.6 + 20 + random.normal(0, 12, image.shape)
        pair = image[inside, inside].astype(np.float32), moved(later, dx, dy)[inside, inside]
        for name, estimate in METHODS.items():
            start = time.process_time()
            x, y = estimate(*pair)
            seconds[name] += time.process_time() - start
            errors[name].append(float(np.hypot(x - dx, y - dy)))
    for name, values in errors.items():
        median, high = np.quantile(values, [0.5, 0.9])
        row = {"method": name, "windows": len(values), "median_px": round(float(median), 3)}
        print(json.dumps(row | {"p90_px": round(float(high), 3), "cpu_s": round(seconds[name], 2)}))


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(given or [Path(os.environ.get("RSICA_SHARED", "../shared")) / "fixtures"])
