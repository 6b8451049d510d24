"""Exact label maps of a scene: drawn without anti-aliasing on the grid of the image."""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np

from rsica_data.schema import Mask
from rsica_data.synth.drawn_scene import BUILDING, ROAD, TREE, VEGETATION, WATER, Scene, When, corners

Date = Literal["before", "after"]


def stands(when: When, date: Date) -> bool:
    """Whether an element stands at a date."""
    return when in ("both", date)


def polygon(scene: Scene, points: np.ndarray) -> Any:
    """Points of the scene frame as OpenCV wants a polygon: int32, ``[N, 1, 2]``."""
    return np.round(scene.to_image(points)).astype(np.int32).reshape(-1, 1, 2)


def label_map(scene: Scene, date: Date) -> Mask:
    """Land-cover class ids of one date, ``[size, size]`` uint8. What is painted later covers what was before."""
    ids = np.full((scene.size, scene.size), VEGETATION, np.uint8)
    for block in scene.blocks:
        cv2.fillPoly(ids, [polygon(scene, corners(block.rect))], getattr(block, date))
    for pond in scene.ponds:
        if stands(pond.when, date):
            cv2.fillPoly(ids, [polygon(scene, pond.outline)], WATER)
    for tree in scene.trees:
        if stands(tree.when, date):
            x, y = scene.to_image(np.array([[tree.u, tree.v]]))[0]
            cv2.circle(ids, (round(float(x)), round(float(y))), round(tree.radius), TREE, -1)
    for road in scene.roads:
        if stands(road.when, date):
            cv2.fillPoly(ids, [polygon(scene, corners(road.rect()))], ROAD)
    for building in scene.buildings:
        if stands(building.when, date):
            cv2.fillPoly(ids, [polygon(scene, corners(building.rect))], BUILDING)
    return ids


def change_mask(before: Mask, after: Mask) -> Mask:
    """Changed roads (1) and buildings (2), built or removed, as LEVIR-MCI marks them; buildings win over roads."""
    mask = np.zeros_like(before)
    mask[(before == ROAD) != (after == ROAD)] = ROAD
    mask[(before == BUILDING) != (after == BUILDING)] = BUILDING
    return mask
