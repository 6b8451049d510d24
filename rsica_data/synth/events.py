"""Events: what happens to a scene between the two dates. Each marks elements as standing at one date only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rsica_data.synth.drawn_scene import BARE, VEGETATION, Building, Pond, Road, Scene, blob, corners

EVENTS = ("construction", "demolition", "road", "clearing", "flooding")
_WEIGHTS = (0.56, 0.12, 0.2, 0.07, 0.05)


def happen(rng: np.random.Generator, scene: Scene) -> tuple[str, ...]:
    """Let one or two events happen; the names of those that did."""
    wanted = list(rng.choice(EVENTS, size=2 if rng.random() < 0.3 else 1, replace=False, p=_WEIGHTS))
    done = [str(name) for name in wanted if _RULES[str(name)](rng, scene)]
    for name in EVENTS:
        if done:
            break
        if _RULES[name](rng, scene):
            done.append(name)
    return tuple(done)


def _visible(scene: Scene, building: Building) -> bool:
    points = scene.to_image(corners(building.rect))
    return bool((points > 8).all() and (points < scene.size - 8).all())


def _some(rng: np.random.Generator, scene: Scene) -> list[Building]:
    """A few neighbouring visible buildings of one block."""
    seen = [b for b in scene.buildings if b.when == "both" and _visible(scene, b)]
    if not seen:
        return []
    block = seen[int(rng.integers(len(seen)))].block
    near = sorted((b for b in seen if b.block == block), key=lambda b: (b.rect[1], b.rect[0]))
    number = min(len(near), 1 + int(rng.geometric(0.3)))
    start = int(rng.integers(0, len(near) - number + 1))
    return near[start : start + number]


def _construction(rng: np.random.Generator, scene: Scene) -> bool:
    chosen = _some(rng, scene)
    for building in chosen:
        building.when = "after"
    if chosen and rng.random() < 0.6:
        # Ground is opened before houses stand on it.
        block = scene.blocks[chosen[0].block]
        if all(b.when == "after" for b in scene.buildings if b.block == chosen[0].block):
            block.before = BARE
            block.after = VEGETATION if block.use == "houses" else BARE
    return bool(chosen)


def _demolition(rng: np.random.Generator, scene: Scene) -> bool:
    chosen = _some(rng, scene)[:4]
    for building in chosen:
        building.when = "before"
    return bool(chosen)


def _road(rng: np.random.Generator, scene: Scene) -> bool:
    """A street through a block, from one of its roads to the other, with what stood in its way gone."""
    order = rng.permutation(len(scene.blocks))
    for number in order:
        u0, v0, u1, v1 = scene.blocks[int(number)].rect
        centre = scene.to_image(np.array([[(u0 + u1) / 2, (v0 + v1) / 2]]))[0]
        if (centre < scene.size * 0.12).any() or (centre > scene.size * 0.88).any():
            continue
        width = float(rng.uniform(7, 11))
        at = float(rng.uniform(0.35, 0.65)) * (u1 - u0) + u0
        street = Road("v", at, width, v0, v1, "after")
        r = street.rect()
        if any(b.rect[0] < r[2] + 4 and b.rect[2] > r[0] - 4 and b.rect[1] < r[3] and b.rect[3] > r[1]
               for b in scene.buildings):  # fmt: skip
            continue
        scene.roads.append(street)
        for tree in scene.trees:
            if abs(tree.u - at) < width / 2 + tree.radius and v0 < tree.v < v1 and tree.when == "both":
                tree.when = "before"
        return True
    return False


def _clearing(rng: np.random.Generator, scene: Scene) -> bool:
    counts: dict[int, int] = {}
    for tree in scene.trees:
        x, y = scene.to_image(np.array([[tree.u, tree.v]]))[0]
        if tree.when == "both" and 10 < x < scene.size - 10 and 10 < y < scene.size - 10:
            counts[tree.block] = counts.get(tree.block, 0) + 1
    big = [block for block, count in sorted(counts.items()) if count >= 12]
    if not big:
        return False
    chosen = big[int(rng.integers(len(big)))]
    for tree in scene.trees:
        if tree.block == chosen and tree.when == "both":
            tree.when = "before"
    if scene.blocks[chosen].use == "forest":
        scene.blocks[chosen].after = BARE
    return True


def _flooding(rng: np.random.Generator, scene: Scene) -> bool:
    u, v = rng.uniform(-scene.size * 0.3, scene.size * 0.3, 2)
    outline = blob(rng, u, v, rng.uniform(24, 55))
    (u0, v0), (u1, v1) = outline.min(axis=0), outline.max(axis=0)
    for building in scene.buildings:
        r = building.rect
        if r[0] < u1 and r[2] > u0 and r[1] < v1 and r[3] > v0:
            return False
    scene.ponds.append(Pond(outline, "after"))
    return True


_RULES: dict[str, Callable[[np.random.Generator, Scene], bool]] = {
    "construction": _construction,
    "demolition": _demolition,
    "road": _road,
    "clearing": _clearing,
    "flooding": _flooding,
}
