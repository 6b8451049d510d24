"""Very large images, for models that cannot take them: overviews, crops that matter for a question, tiles.

``overview``  both images reduced until their longer side is ``max_side``
``crops``     the overview and the ``count`` windows that matter most for the question, cut from a pyramid of scales,
              each as a pair; found by an embedding adapter (the idea of ImageRAG, arXiv 2411.07688), or without one by
              how much the dates differ there
``tiles``     for mask adapters: overlapping tiles, each segmented, merged without seams

Images within ``max_side`` pass untouched.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rsica_bench.models.api import AdapterSpec, PairInput, Request, RunContext
from rsica_data.core import registry
from rsica_data.core.errors import UserError
from rsica_data.core.validation import validate_model
from rsica_data.imagery.images import decode_rgb, encode_png, image_size
from rsica_data.imagery.reduced_images import decode_within
from rsica_data.schema import EncodedImage, JsonObject, Mask

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
Segment = Callable[[Sequence[PairInput]], Sequence[Mask | str]]
_KEPT = 32
"""Image pairs whose windows are kept: the questions of a pair come together."""

_STRIP = 256
"""Rows that are compared at a time."""


@dataclass(frozen=True)
class LargeOptions:
    """How large images are handled.

    Attributes:
        mode: see the module.
        max_side: longer side, in pixels, up to which an image is not large; side of overviews, windows and tiles.
        count: windows of ``crops``.
        overlap: pixels that neighbouring tiles share.
        embedding: embedding adapter that finds the windows; None to rank them by difference.
        embedding_model, embedding_options: its model and options.
    """

    mode: Literal["overview", "crops", "tiles"]
    max_side: int = 1024
    count: int = 3
    overlap: int = 64
    embedding: str | None = None
    embedding_model: str | None = None
    embedding_options: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> JsonObject:
        """The record that a run's settings state."""
        return asdict(self)


class LargeImages:
    """The pre-stage of one run."""

    def __init__(self, options: LargeOptions) -> None:
        self._options = options
        self._embedding = _embedding(options)
        self._kept: OrderedDict[str, _Windows] = OrderedDict()

    def load(self, context: RunContext) -> None:
        """Load the embedding adapter, where there is one."""
        if self._embedding is not None:
            self._embedding.load(context)

    def close(self) -> None:
        """Let it go."""
        if self._embedding is not None:
            self._embedding.close()

    def request(self, request: Request) -> tuple[Request, JsonObject]:
        """A request whose images a model can take, and what was done.

        Raises:
            ValueError: an image is damaged.
        """
        sizes = [image_size(image.data) for image in request.images]
        if not sizes or max(map(max, sizes)) <= self._options.max_side:
            return request, {}
        done: JsonObject = {"large": self._options.mode, "original": [list(size) for size in sizes]}
        if self._options.mode != "crops" or len(sizes) != 2 or sizes[0] != sizes[1]:
            # One image in memory at a time, reduced while it is read.
            side = self._options.max_side
            overview = tuple(_encoded(reduced(decode_within(image.data, side), side)) for image in request.images)
            return replace(request, images=overview), done
        sides = [decode_rgb(image.data) for image in request.images]
        overview = tuple(_encoded(reduced(side, self._options.max_side)) for side in sides)
        windows = self._windows(request.images, sides)
        boxes = windows.best(request.prompt, self._options.count)
        crops = [_encoded(reduced(_cut(side, box), self._options.max_side)) for box in boxes for side in sides]
        height, width = sides[0].shape[:2]
        percent = [[round(100 * v / s, 1) for v, s in zip(box, (width, height) * 2, strict=True)] for box in boxes]
        prompt = f"{explain(percent)}\n{request.prompt}"
        history = request.history
        if history:  # the images stand before the first question, and so does what they are
            history = (replace(history[0], content=f"{explain(percent)}\n{history[0].content}"), *history[1:])
            prompt = request.prompt
        return replace(request, images=(*overview, *crops), prompt=prompt, history=history), done | {"crops": percent}

    def segment(self, segment: Segment) -> Segment:
        """A segmenter that gets large pairs tile by tile."""
        if self._options.mode != "tiles":
            raise UserError(f"'{self._options.mode}' is for models that read", key="--large", hint="give tiles")

        def tiled(pairs: Sequence[PairInput]) -> Sequence[Mask | str]:
            return [segment_in_tiles(pair, segment, self._options.max_side, self._options.overlap) for pair in pairs]

        return tiled

    def _windows(self, images: Sequence[EncodedImage], sides: Sequence[Pixels]) -> _Windows:
        key = hashlib.sha256(b"".join(hashlib.sha256(image.data).digest() for image in images)).hexdigest()
        if key not in self._kept:
            self._kept[key] = _Windows(sides, self._options.max_side, self._embedding)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]


class _Windows:
    """The windows of a pair, ranked for a question; its pixels are not kept.

    Args:
        sides: pixels of both dates.
        side: longer side of the smallest windows, in pixels.
        embedding: what finds windows for a question; None to rank them by how much the dates differ there.
    """

    def __init__(self, sides: Sequence[Pixels], side: int, embedding: Any) -> None:
        self.boxes = pyramid(sides[0].shape[1], sides[0].shape[0], side)
        self._embedding = embedding
        if embedding is None:
            self._scores = _differences(sides, self.boxes)
            return
        parts = [_encoded(reduced(_cut(pixels, box), min(side, 512))) for pixels in sides for box in self.boxes]
        vectors = np.asarray(embedding.embed_images(parts), np.float32)
        self._vectors = vectors.reshape(len(sides), len(self.boxes), -1)

    def best(self, question: str, count: int) -> list[Box]:
        """The windows with the best scores that do not overlap much, best first."""
        scores = self._scores if self._embedding is None else self._similarities(question)
        chosen: list[Box] = []
        for place in np.argsort(-scores, kind="stable"):
            box = self.boxes[int(place)]
            if len(chosen) < count and all(overlap(box, other) < 0.3 for other in chosen):
                chosen.append(box)
        return chosen

    def _similarities(self, question: str) -> NDArray[np.float64]:
        """Scalar product with the question, of the better of both dates."""
        text = np.asarray(self._embedding.embed_texts([question]), np.float32)[0]
        return np.asarray((self._vectors @ text).max(axis=0), np.float64)


def _differences(sides: Sequence[Pixels], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """How much two dates differ in each box."""
    before, after = sides
    difference = np.empty(before.shape[:2], np.uint16)  # summed over the bands
    for top in range(0, len(before), _STRIP):
        strip = slice(top, top + _STRIP)
        apart = np.abs(before[strip].astype(np.int16) - after[strip])
        difference[strip] = apart.sum(axis=2, dtype=np.uint16)
    return np.array([difference[y0:y1, x0:x1].mean() / 3 for x0, y0, x1, y1 in boxes])


def explain(percent: Sequence[Sequence[float]]) -> str:
    """What the images of a request with crops are."""
    boxes = "; ".join("[" + ", ".join(f"{v:g}" for v in box) + "]" for box in percent)
    return (
        "The first two images show the whole place before and after. The pairs after them are enlarged parts of it, "
        f"before and after, at these boxes in percent: {boxes}."
    )


def pyramid(width: int, height: int, side: int) -> list[Box]:
    """Square windows over an image at all scales: of ``side`` pixels, twice that, and so on, half overlapping."""
    boxes: list[Box] = []
    while side < max(width, height):
        corners = [(x, y) for y in starts(height, side, side // 2) for x in starts(width, side, side // 2)]
        boxes += [(x, y, min(x + side, width), min(y + side, height)) for x, y in corners]
        side *= 2
    return boxes


def starts(length: int, side: int, step: int) -> list[int]:
    """Where windows of ``side`` begin so that they cover ``length``; the last one ends at its end."""
    if length <= side:
        return [0]
    return [*range(0, length - side, max(step, 1)), length - side]


def overlap(first: Box, second: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    return width * height / (sum(areas) - width * height)


def reduced(pixels: Pixels, side: int) -> Pixels:
    """Pixels with a longer side of at most ``side``, averaged over areas."""
    import cv2

    factor = side / max(pixels.shape[:2])
    if factor >= 1:
        return pixels
    size = (max(round(pixels.shape[1] * factor), 1), max(round(pixels.shape[0] * factor), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def segment_in_tiles(pair: PairInput, segment: Segment, side: int, shared: int) -> Mask | str:
    """The mask of a large pair, tile by tile.

    Each tile keeps what lies nearer to its own centre than to its neighbours': the middle of the overlap is the seam,
    so that a network sees context on both sides of it.
    """
    before, after = decode_rgb(pair.before.data), decode_rgb(pair.after.data)
    if before.shape != after.shape or max(before.shape[:2]) <= side:
        return segment([pair])[0]
    height, width = before.shape[:2]
    rows, columns = (seams(length, side, shared) for length in (height, width))
    merged: Mask | None = None
    for top, first_row, last_row in rows:
        tiles = []
        for left, _, _ in columns:
            window = (left, top, min(left + side, width), min(top + side, height))
            parts = [_encoded(_cut(image, window)) for image in (before, after)]
            tiles.append(replace(pair, before=parts[0], after=parts[1]))
        for (left, first, last), mask in zip(columns, segment(tiles), strict=True):
            if isinstance(mask, str):
                return mask
            if merged is None:
                merged = np.zeros((*mask.shape[:-2], height, width), np.uint8)
            merged[..., first_row:last_row, first:last] = mask[
                ..., first_row - top : last_row - top, first - left : last - left
            ]
    assert merged is not None
    return merged


def seams(length: int, side: int, shared: int) -> list[tuple[int, int, int]]:
    """(start of the tile, first and last position that it decides) along one axis; the latter cover it once."""
    begins = starts(length, side, side - min(shared, side - 1))
    tiles = []
    for number, begin in enumerate(begins):
        first = 0 if number == 0 else (begins[number - 1] + side + begin) // 2
        last = length if number == len(begins) - 1 else (begin + side + begins[number + 1]) // 2
        tiles.append((begin, first, last))
    return tiles


def _cut(pixels: Pixels, box: Box) -> Pixels:
    return pixels[box[1] : box[3], box[0] : box[2]]


def _encoded(pixels: Pixels) -> EncodedImage:
    return EncodedImage("part.png", encode_png(pixels, level=1))


def _embedding(options: LargeOptions) -> Any:
    if options.embedding is None or options.mode != "crops":
        return None
    spec: AdapterSpec = registry.load(registry.ADAPTERS, options.embedding)
    if spec.kind != "embedding":
        raise UserError(f"'{spec.name}' places no images", key="--embedding", hint="clip")
    chosen = validate_model(spec.options, options.embedding_options, prefix=["--embedding"])
    return spec.make(chosen, options.embedding_model)
