"""Pictures of a pair, by matplotlib (extra ``plot``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rsica_data.core.extras import need_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rsica_data.api.pairs import Pair
    from rsica_data.schema.records import Mask

# Okabe and Ito, Color Universal Design (2008): told apart by colour-blind readers too.
_COLOURS = ((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167))
_OPACITY = 0.55


def plot_pair(pair: Pair, mask: bool, grid: bool) -> Any:
    """Axes with the images of a pair; see :meth:`rsica_data.Pair.plot`."""
    with need_extra():
        from matplotlib import pyplot
        from matplotlib.patches import Patch
    images = [("before", pair.before)] + ([("after", pair.after)] if pair.after is not None else [])
    figure, axes = pyplot.subplots(1, len(images), figsize=(4 * len(images), 4.4), squeeze=False, layout="constrained")
    drawn = pair.mask if mask else None
    for place, (axis, (name, view)) in enumerate(zip(axes[0], images, strict=True)):
        pixels = view.array()
        last = place == len(images) - 1
        axis.imshow(pixels if drawn is None or not last else overlaid(pixels, drawn))
        axis.set_title(name, fontsize=10)
        axis.set_axis_off()
        if grid:
            _draw_grid(axis, *pixels.shape[:2])
    if drawn is not None:
        ids = [number for number in np.unique(drawn).tolist() if number in pair.classes]
        patches = [Patch(color=_share(number), label=pair.classes[number]) for number in ids]
        if patches:
            axes[0][-1].legend(handles=patches, loc="lower right", fontsize=8)
    figure.suptitle(pair.id, fontsize=10)
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
