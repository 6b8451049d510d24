"""One simulated bi-temporal pair: scene, events, label maps, photographs, captions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rsica_data.schema import Mask
from rsica_data.synth.drawn_labels import change_mask, label_map
from rsica_data.synth.drawn_scene import make_scene
from rsica_data.synth.events import happen
from rsica_data.synth.render import ground_texture, make_weather, render
from rsica_data.synth.scene_captions import write_captions

GSD_M = 0.5
_LEAST_CHANGE = 60
_TRIES = 12


@dataclass(frozen=True)
class SyntheticPair:
    """A simulated pair.

    Attributes:
        before, after: RGB, ``[size, size, 3]`` uint8.
        before_labels, after_labels: land-cover ids of ``scene.CLASSES``, ``[size, size]`` uint8.
        change_mask: changed roads (1) and buildings (2), built or removed.
        events: what happened; empty for an unchanged pair.
        captions: five, true of the masks.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    before_labels: Mask
    after_labels: Mask
    change_mask: Mask
    events: tuple[str, ...]
    captions: tuple[str, ...]


def pair_seed(seed: int, name: str) -> int:
    """Seed of one pair: independent of all others and of the order in which they are made."""
    return int.from_bytes(hashlib.sha256(f"{seed}\n{name}".encode()).digest()[:8], "big")


def simulate(seed: int, changed: bool, size: int = 256) -> SyntheticPair:
    """Simulate a pair of ``size`` x ``size`` pixels at half a metre.

    An unchanged pair has equal label maps and different photographs; a changed one differs in at least 60 pixels.
    """
    rng = np.random.default_rng(seed)
    events: tuple[str, ...] = ()
    for _ in range(_TRIES):
        scene = make_scene(rng, size)
        events = happen(rng, scene) if changed else ()
        before, after = label_map(scene, "before"), label_map(scene, "after")
        if not changed or int((before != after).sum()) >= _LEAST_CHANGE:
            break
    texture = ground_texture(rng, size)
    first = render(scene, "before", make_weather(rng, misregistered=False), texture, rng)
    second = render(scene, "after", make_weather(rng, misregistered=True), texture, rng)
    mask = change_mask(before, after)
    return SyntheticPair(first, second, before, after, mask, events, write_captions(events, before, after, mask))
