"""Pictures of a pair, by matplotlib (extra ``plot``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rsica_data.core.extras import need_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rsica_data.schema.records import Mask

# Okabe and Ito, Color Universal Design (2008): told apart by colour-blind readers too.
_COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
_OPACITY = 0.55


def plot_images(
    title: str,
    images: Mapping[str, NDArray[np.uint8]],
    mask: Mask | None,
    classes: Mapping[int, str],
    grid: bool,
) -> Any:
    """Axes with images side by side.

    Args:
        title: what stands above them.
        images: name to pixels, shape ``(H, W, 3)``, in their order.
        mask: class ids, shape ``(H, W)``, drawn on the last image; None for none.
        classes: class id to name, for the legend.
        grid: draw the 3x3 grid.
    """
    with need_extra():
        from matplotlib import pyplot
        from matplotlib.patches import Patch
    figure, axes = pyplot.subplots(1, len(images), figsize=(4 * len(images), 4.4), squeeze=False, layout="constrained")
    for place, (axis, (name, pixels)) in enumerate(zip(axes[0], images.items(), strict=True)):
        last = place == len(images) - 1
        axis.imshow(pixels if mask is None or not last else overlaid(pixels, mask))
        axis.set_title(name, fontsize=10)
        axis.set_axis_off()
        if grid:
            _draw_grid(axis, *pixels.shape[:2])
    if mask is not None:
        ids = [number for number in np.unique(mask).tolist() if number in classes]
        patches = [Patch(color=_share(number), label=classes[number]) for number in ids]
        if patches:
            axes[0][-1].legend(handles=patches, loc="lower right", fontsize=8)
    figure.suptitle(title, fontsize=10)
    return axes[0]


def overlaid(pixels: NDArray[np.uint8], mask: Mask) -> NDArray[np.uint8]:
    """Pixels ``(H, W, 3)`` with each class of a mask ``(H, W)`` in its colour over them."""
    result = pixels.astype(np.float32)
    for number in np.unique(mask).tolist():
        if number:
            where = mask == number
            result[where] = (1 - _OPACITY) * result[where] + _OPACITY * np.array(_colour(number), np.float32)
    return result.round().astype(np.uint8)


def _colour(number: int) -> tuple[int, int, int]:
    return _COLOURS[(number - 1) % len(_COLOURS)]


def _share(number: int) -> tuple[float, float, float]:
    red, green, blue = _colour(number)
    return red / 255, green / 255, blue / 255


def _draw_grid(axis: Any, height: int, width: int) -> None:
    for part in (1, 2):
        axis.axhline(part * height / 3 - 0.5, color="white", linewidth=0.8)
        axis.axvline(part * width / 3 - 0.5, color="white", linewidth=0.8)
