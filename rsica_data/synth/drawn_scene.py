"""A scene: blocks of land between roads, buildings lined up along them, trees and ponds.

Geometry lives in a frame that is turned against the image by the scene's angle: ``(u, v)`` in pixels, origin at the
image centre. Every element says at which dates it stands, so a scene describes both images of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from rsica_data.schema import ClassDef

CLASSES = (
    ClassDef(1, "road"),
    ClassDef(2, "building"),
    ClassDef(3, "vegetation"),
    ClassDef(4, "tree"),
    ClassDef(5, "bare land"),
    ClassDef(6, "water"),
)
ROAD, BUILDING, VEGETATION, TREE, BARE, WATER = (entry.id for entry in CLASSES)

When = Literal["both", "before", "after"]
Rect = tuple[float, float, float, float]
"""``(u0, v0, u1, v1)``."""


@dataclass
class Road:
    """A straight road; ``along`` is the axis it runs along, ``at`` its position on the other one."""

    along: Literal["u", "v"]
    at: float
    width: float
    start: float
    end: float
    when: When = "both"

    def rect(self) -> Rect:
        """Its footprint."""
        half = self.width / 2
        if self.along == "u":
            return (self.start, self.at - half, self.end, self.at + half)
        return (self.at - half, self.start, self.at + half, self.end)


@dataclass
class Block:
    """Land between roads: its cover at both dates, and how it is used."""

    rect: Rect
    use: Literal["houses", "field", "forest", "bare", "works"]
    before: int
    after: int
    tone: int


@dataclass
class Building:
    """A rectangular building with a gabled or flat roof."""

    rect: Rect
    roof: int
    gabled: bool
    height: float
    block: int
    when: When = "both"


@dataclass
class Tree:
    """A tree crown."""

    u: float
    v: float
    radius: float
    tone: int
    block: int
    when: When = "both"


@dataclass
class Pond:
    """A body of water: a closed outline of points ``[N, 2]`` in (u, v)."""

    outline: np.ndarray
    when: When = "both"


@dataclass
class Scene:
    """Everything that stands on the ground at either date."""

    size: int
    angle: float
    roads: list[Road] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)
    trees: list[Tree] = field(default_factory=list)
    ponds: list[Pond] = field(default_factory=list)

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Points ``[N, 2]`` of the scene frame in image pixels (x, y)."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        return np.asarray(points @ turn.T + self.size / 2)


def corners(rect: Rect) -> np.ndarray:
    """Corner points ``[4, 2]`` of a rectangle."""
    u0, v0, u1, v1 = rect
    return np.array([(u0, v0), (u1, v0), (u1, v1), (u0, v1)])


_USES = ("houses", "field", "forest", "bare", "works")


def make_scene(rng: np.random.Generator, size: int) -> Scene:
    """A random scene of ``size`` x ``size`` pixels at half a metre."""
    scene = Scene(size, float(rng.uniform(0, np.pi / 2)))
    reach = size * 0.75
    across, along = _lines(rng, reach, 105, 165), _lines(rng, reach, 130, 240)
    widths_u, widths_v = rng.uniform(10, 15, len(across)), rng.uniform(8, 13, len(along))
    scene.roads += [Road("u", v, w, -reach, reach) for v, w in zip(across, widths_u, strict=True)]
    scene.roads += [Road("v", u, w, -reach, reach) for u, w in zip(along, widths_v, strict=True)]
    # A country lane here and there instead of a full grid.
    for road in list(scene.roads):
        if len(scene.roads) > 2 and rng.random() < 0.25:
            scene.roads.remove(road)
    weights = rng.dirichlet((3.2, 1.2, 1.0, 0.7, 0.9))
    edges_u = [-reach, *along, reach]
    edges_v = [-reach, *across, reach]
    for u0, u1 in pairwise(edges_u):
        for v0, v1 in pairwise(edges_v):
            use = _USES[int(rng.choice(5, p=weights))]
            cover = {"forest": VEGETATION, "bare": BARE, "works": BARE}.get(use, VEGETATION)
            scene.blocks.append(Block((u0, v0, u1, v1), use, cover, cover, int(rng.integers(0, 1000))))  # type: ignore[arg-type]
            _furnish(rng, scene, len(scene.blocks) - 1)
    _fill_waters(rng, scene, edges_u)
    return scene


def _fill_waters(rng: np.random.Generator, scene: Scene, edges_u: list[float]) -> None:
    kind = rng.random()
    if kind < 0.3:
        u, v = rng.uniform(-scene.size * 0.4, scene.size * 0.4, 2)
        scene.ponds.append(Pond(blob(rng, u, v, rng.uniform(18, 45))))
    elif kind < 0.4:
        # Along the middle of a strip of blocks, so that it meets roads only where they cross it on bridges.
        strips = [pair for pair in pairwise(edges_u) if pair[1] - pair[0] > 110] or [(edges_u[0], edges_u[-1])]
        u0, u1 = strips[int(np.argmin([abs(a + b) for a, b in strips]))]
        scene.ponds.append(Pond(_river(rng, (u0 + u1) / 2, scene.size * 0.75)))
    scene.buildings = [b for b in scene.buildings if not _wet(b.rect, scene.ponds)]
    scene.trees = [tree for tree in scene.trees if not _in_water(tree, scene.ponds)]


def _river(rng: np.random.Generator, u: float, reach: float) -> np.ndarray:
    along = np.linspace(-reach, reach, 60)
    bend = rng.uniform(6, 14) * np.sin(along / rng.uniform(38, 65) + rng.uniform(0, 6.3))
    half = rng.uniform(9, 15) * (1 + 0.12 * np.sin(along / 23 + rng.uniform(0, 6.3)))
    bank, other = np.stack([u + bend - half, along], axis=1), np.stack([u + bend + half, along], axis=1)
    return np.concatenate([bank, other[::-1]])


def _in_water(tree: Tree, ponds: list[Pond]) -> bool:
    import cv2

    outlines = (pond.outline.astype(np.float32) for pond in ponds)
    return any(cv2.pointPolygonTest(line, (tree.u, tree.v), True) > -0.6 * tree.radius for line in outlines)


def _lines(rng: np.random.Generator, reach: float, low: float, high: float) -> list[float]:
    at, positions = -reach + float(rng.uniform(0, high)), []
    while at < reach:
        positions.append(at)
        at += float(rng.uniform(low, high))
    return positions


def blob(rng: np.random.Generator, u: float, v: float, radius: float) -> np.ndarray:
    """An irregular closed outline around a point, shape ``[36, 2]``."""
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    wave = sum(rng.uniform(0, 0.22 / k) * np.cos(k * turn + rng.uniform(0, 6.3)) for k in (1, 2, 3, 5))
    lengths = radius * (1 + wave)
    stretch = rng.uniform(0.7, 1.4)
    return np.stack([u + lengths * np.cos(turn) * stretch, v + lengths * np.sin(turn) / stretch], axis=1)


def _wet(rect: Rect, ponds: list[Pond]) -> bool:
    for pond in ponds:
        (u0, v0), (u1, v1) = pond.outline.min(axis=0) - 3, pond.outline.max(axis=0) + 3
        if rect[0] < u1 and rect[2] > u0 and rect[1] < v1 and rect[3] > v0:
            return True
    return False


def _furnish(rng: np.random.Generator, scene: Scene, number: int) -> None:
    block = scene.blocks[number]
    if block.use == "houses":
        _rows_of_houses(rng, scene, number, rng.uniform(0.55, 1.0))
        _scatter(rng, scene, number, int(rng.integers(4, 26)), (3.0, 7.5))
    elif block.use == "works":
        _works(rng, scene, number)
        _scatter(rng, scene, number, int(rng.integers(0, 8)), (3.0, 6.0))
    elif block.use == "forest":
        _scatter(rng, scene, number, int(rng.integers(90, 190)), (4.0, 9.5))
    else:
        _scatter(rng, scene, number, int(rng.integers(0, 9)), (3.0, 7.0))


def _rows_of_houses(rng: np.random.Generator, scene: Scene, number: int, density: float) -> None:
    u0, v0, u1, v1 = scene.blocks[number].rect
    setback = rng.uniform(13, 19)
    length, depth = rng.uniform(20, 30), rng.uniform(15, 21)
    gap, roofs = rng.uniform(6, 12), rng.integers(0, 1000)
    for row in (v0 + setback, v1 - setback - depth):
        at = u0 + setback
        while at + length < u1 - setback:
            w, d = length * rng.uniform(0.8, 1.15), depth * rng.uniform(0.85, 1.15)
            if rng.random() < density and v1 - v0 > 2 * (setback + depth) + 6:
                tone = int(roofs if rng.random() < 0.6 else rng.integers(0, 1000))
                shift = rng.uniform(-2, 2)
                rect = (at, row + shift, at + w, row + shift + d)
                scene.buildings.append(Building(rect, tone, bool(rng.random() < 0.85), rng.uniform(4, 7), number))
            at += w + gap * rng.uniform(0.8, 1.6)


def _works(rng: np.random.Generator, scene: Scene, number: int) -> None:
    u0, v0, u1, v1 = scene.blocks[number].rect
    margin, at = rng.uniform(16, 24), u0
    while at + margin < u1:
        w, d = rng.uniform(35, 75), rng.uniform(28, 60)
        top = rng.uniform(v0 + margin, max(v0 + margin + 1, v1 - margin - d))
        if at + margin + w < u1 - margin and top + d < v1 - margin and rng.random() < 0.75:
            rect = (at + margin, top, at + margin + w, top + d)
            scene.buildings.append(Building(rect, int(rng.integers(0, 1000)), False, rng.uniform(6, 11), number))
        at += w + rng.uniform(14, 30)


def _scatter(rng: np.random.Generator, scene: Scene, number: int, count: int, radii: tuple[float, float]) -> None:
    u0, v0, u1, v1 = scene.blocks[number].rect
    for _ in range(count):
        radius = float(rng.uniform(*radii))
        u, v = rng.uniform(u0 + 9, max(u0 + 10, u1 - 9)), rng.uniform(v0 + 9, max(v0 + 10, v1 - 9))
        clear = all(
            not (b.rect[0] - radius < u < b.rect[2] + radius and b.rect[1] - radius < v < b.rect[3] + radius)
            for b in scene.buildings
            if b.block == number
        )
        if clear:
            scene.trees.append(Tree(float(u), float(v), radius, int(rng.integers(0, 1000)), number))
