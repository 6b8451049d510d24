"""Leaks between splits: pairs of two splits that show one place, one image, or have the same captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from rsica_data.core.extras import need_extra
from rsica_data.dataset.quality.embeddings import Embeddings, alike
from rsica_data.dataset.quality.fingerprints import Fingerprint, close_hashes, fingerprint, show_the_same
from rsica_data.schema.arrow import StoredPair
from rsica_data.schema.rules import NO_CHANGE_SENTENCES

KINDS = ("place", "image", "embedding", "captions")

LEAST_OVERLAP = 0.01
"""Share of the smaller footprint from which two footprints are of one place: neighbours that touch are not."""
LEAST_SENTENCES = 2
"""Sentences that two pairs have in common, and no other pair has, from which the same captions are no coincidence."""

Box = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True, slots=True)
class Leak:
    """Two pairs of different splits that should not be in different ones.

    Attributes:
        kind: ``place``, ``image``, ``embedding`` or ``captions``.
        one, two: their ids.
        splits: their splits, in the same order.
        detail: how close they are, in words.
    """

    kind: str
    one: str
    two: str
    splits: tuple[str, str]
    detail: str


@dataclass(frozen=True)
class Sketch:
    """What of a pair is compared with pairs of other splits."""

    pair_id: str
    split: str
    captions: frozenset[str]
    crs: str | None = None
    box: Box | None = None
    images: Mapping[str, Fingerprint] = field(default_factory=dict)
    changed: bool | None = None


def sketch(pair: StoredPair, images: bool = True) -> Sketch:
    """The sketch of a pair; without fingerprints where its images were not read or are not asked for.

    Raises:
        ValueError: an image cannot be decoded.
    """
    encoded = {"before": pair.before, "after": pair.after} if images else {}
    return Sketch(
        pair.pair_id,
        pair.split,
        frozenset(_plain(text) for text in pair.captions),
        pair.crs,
        _footprint(pair),
        {name: fingerprint(image.data) for name, image in encoded.items() if image is not None},
        pair.changed,
    )


def _plain(caption: str) -> str:
    return " ".join(caption.strip(" .").lower().split())


def _footprint(pair: StoredPair) -> Box | None:
    if pair.crs is None or pair.transform is None:
        return None
    a, b, c, d, e, f = pair.transform
    corners = [(x, y) for x in (0, pair.width) for y in (0, pair.height)]
    xs = [a * x + b * y + c for x, y in corners]
    ys = [d * x + e * y + f for x, y in corners]
    return min(xs), min(ys), max(xs), max(ys)


def find_leaks(sketches: Sequence[Sketch], embeddings: Embeddings | None = None) -> list[Leak]:
    """All leaks between splits, in the order of ``KINDS``."""
    by_vectors = () if embeddings is None else same_vectors(sketches, embeddings)
    return [*same_places(sketches), *same_images(sketches), *by_vectors, *same_captions(sketches)]


def same_vectors(sketches: Sequence[Sketch], embeddings: Embeddings) -> Iterator[Leak]:
    """Pairs of two splits of which two images have embeddings that are alike."""
    split_of = {one.pair_id: one.split for one in sketches}
    for near in alike(embeddings, split_of):
        names = [name or "pair" for name in near.images]
        detail = f"{names[0]} and {names[1]} have embeddings with a cosine of {near.cosine:.3f}"
        yield Leak("embedding", near.one, near.two, (split_of[near.one], split_of[near.two]), detail)


def _by_split(sketches: Iterable[Sketch]) -> list[list[Sketch]]:
    groups: dict[str, list[Sketch]] = {}
    for one in sketches:
        groups.setdefault(one.split, []).append(one)
    return list(groups.values())


def _leak(kind: str, one: Sketch, two: Sketch, detail: str) -> Leak:
    return Leak(kind, one.pair_id, two.pair_id, (one.split, two.split), detail)


def same_places(sketches: Iterable[Sketch]) -> Iterator[Leak]:
    """Pairs of two splits whose footprints overlap, by their georeference."""
    placed = _in_one_crs([one for one in sketches if one.box is not None])
    groups: dict[str, list[tuple[Sketch, Box]]] = {}
    for one, box in placed:
        groups.setdefault(one.split, []).append((one, box))
    for first, second in combinations(groups.values(), 2):
        boxes = np.array([box for _, box in second])
        for one, box in first:
            for place in np.flatnonzero(_overlaps(box, boxes) >= LEAST_OVERLAP):
                share = float(_overlaps(box, boxes[place : place + 1])[0])
                yield _leak("place", one, second[place][0], f"footprints overlap by {share:.0%} of the smaller one")


def _overlaps(box: Box, others: np.ndarray) -> np.ndarray:
    """Share of the smaller footprint that a footprint has in common with each of the others."""
    west, south, east, north = (others[:, place] for place in range(4))
    wide = np.minimum(box[2], east) - np.maximum(box[0], west)
    high = np.minimum(box[3], north) - np.maximum(box[1], south)
    common = np.clip(wide, 0, None) * np.clip(high, 0, None)
    smaller = np.minimum((box[2] - box[0]) * (box[3] - box[1]), (east - west) * (north - south))
    shares: np.ndarray = common / np.where(smaller > 0, smaller, 1)
    return shares


def _in_one_crs(sketches: Sequence[Sketch]) -> list[tuple[Sketch, Box]]:
    """Footprints as they are where all have one CRS, else in longitude and latitude."""
    if len({one.crs for one in sketches}) <= 1:
        return [(one, one.box) for one in sketches if one.box is not None]
    with need_extra():
        from pyproj import Transformer
    transformers: dict[str, Transformer] = {}
    placed = []
    for one in sketches:
        assert one.crs is not None and one.box is not None
        if one.crs not in transformers:
            transformers[one.crs] = Transformer.from_crs(one.crs, "EPSG:4326", always_xy=True)
        west, south, east, north = transformers[one.crs].transform_bounds(*one.box)
        placed.append((one, (west, south, east, north)))
    return placed


def same_images(sketches: Iterable[Sketch]) -> Iterator[Leak]:
    """Pairs of two splits of which any two images are near-duplicates."""
    for first, second in combinations(_by_split(sketches), 2):
        left = [(one, name, print_) for one in first for name, print_ in one.images.items()]
        right = [(two, name, print_) for two in second for name, print_ in two.images.items()]
        hashes = [np.array([print_.bits for _, _, print_ in side], np.uint64) for side in (left, right)]
        reported: set[tuple[str, str]] = set()
        for here, there in close_hashes(hashes[0], hashes[1]):
            one, one_name, one_print = left[here]
            two, two_name, two_print = right[there]
            pair = (one.pair_id, two.pair_id)
            if pair not in reported and show_the_same(one_print.grey, two_print.grey):
                reported.add(pair)
                bits = (one_print.bits ^ two_print.bits).bit_count()
                yield _leak("image", one, two, f"{one_name} and {two_name} differ in {bits} of 64 bits of their hash")


def same_captions(sketches: Iterable[Sketch]) -> Iterator[Leak]:
    """Pairs of two splits with the same set of captions, of which no other pair has the telling sentences.

    Common wordings, such as those of no change or of texts written by rule, are no sign of a leak.
    """
    holders: dict[frozenset[str], list[Sketch]] = {}
    pairs_with: Counter[str] = Counter()
    for one in sketches:
        pairs_with.update(one.captions)
        if one.captions:
            holders.setdefault(one.captions, []).append(one)
    for captions, pairs in holders.items():
        if len(pairs) == 2 and pairs[0].split != pairs[1].split:
            telling = [text for text in captions if pairs_with[text] == 2 and text not in NO_CHANGE_SENTENCES]
            if len(telling) >= LEAST_SENTENCES:
                yield _leak("captions", pairs[0], pairs[1], f"the same {len(captions)} sentences")
