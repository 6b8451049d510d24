"""Where two states of a map differ, object by object, before anybody asks whether the ground differs too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsica_data.osm.change_rules import COMING, Kind, lifecycle
from rsica_data.osm.features import Feature
from rsica_data.osm.ground_grid import Grid
from rsica_data.osm.rasterize import drawn_shape, pixel_shape
from rsica_data.osm.scheme import Named, Scheme, shape_of
from rsica_data.osm.way_geometry import of_dimension

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SAME_IOU = 0.5
"""Two elements of different numbers are one object where their outlines overlap so much."""
UNCHANGED_IOU = 0.9
"""The outline of an object is unchanged from here on: nodes move by a metre when somebody has a better picture."""


@dataclass
class Candidate:
    """A difference between the maps that is still to be judged; fields as in ``Evidence``."""

    kind: Kind
    before: Named | None
    after: Named | None
    raw_before: Feature | None
    raw_after: Feature | None
    shape: BaseGeometry
    shape_before: BaseGeometry | None
    shape_after: BaseGeometry | None
    overlap: float | None = None
    growth: float | None = None
    redrawn: bool = False
    replaced: bool = False
    site: str | None = None
    auc: float | None = None


def find_candidates(
    before: Mapping[tuple[str, int], Feature], after: Mapping[tuple[str, int], Feature], scheme: Scheme, grid: Grid
) -> list[Candidate]:
    """Objects that differ in class or outline.

    What another element of the same class covers in the other state is no difference: ways are split and merged,
    and footprints redrawn, without any change of the ground.

    Args:
        before: features of the earlier state by their key.
        after: of the later state.
        scheme: names the classes.
        grid: the image's grid.
    """
    old, new = (_named(features, scheme, grid) for features in (before, after))
    candidates: list[Candidate] = []
    for key in old.keys() & new.keys():
        candidates += _compared(old[key], new[key], redrawn=False)
    gone, come = ({k: side[k] for k in side.keys() - other.keys()} for side, other in ((old, new), (new, old)))
    twins = _twins(gone, come)
    for old_key, new_key in twins.items():
        candidates += _compared(gone.pop(old_key), come.pop(new_key), redrawn=True)
    standing = [shape for _, shape in come.values()]
    for key, (named, shape) in gone.items():
        replaced = _covered(shape, standing)
        candidates.append(
            Candidate("removed", named, None, named.feature, after.get(key), shape, shape, None, replaced=replaced)
        )
    sites = _sites(before.values(), grid) if come else []
    for key, (named, shape) in come.items():
        site = next((tag for area, tag in sites if _covered(shape, [area])), None)
        candidates.append(
            Candidate("added", None, named, before.get(key), named.feature, shape, None, shape, site=site)
        )
    covers = _Cover(old.values()), _Cover(new.values())
    return [item for item in candidates if _shrunk(item, *covers)]


class _Cover:
    """What each class covers in one state of the map."""

    def __init__(self, placed: Iterable[_Placed]) -> None:
        from shapely import STRtree

        by_class: dict[int, list[BaseGeometry]] = {}
        for named, shape in placed:
            by_class.setdefault(named.class_id, []).append(shape)
        self._trees = {class_id: (STRtree(shapes), shapes) for class_id, shapes in by_class.items()}

    def without(self, shape: BaseGeometry, class_id: int) -> BaseGeometry:
        """The part of a shape that the class does not cover."""
        from shapely import unary_union

        if class_id not in self._trees:
            return shape
        tree, shapes = self._trees[class_id]
        near = [shapes[at] for at in tree.query(shape, predicate="intersects").tolist()]
        return shape.difference(unary_union(near)) if near else shape


def _shrunk(item: Candidate, old: _Cover, new: _Cover) -> bool:
    """Cut a difference down to what the class really gained or lost; False where next to nothing is left."""
    from shapely import unary_union

    if item.kind == "reclassified":
        return True
    parts = []
    if item.shape_after is not None and item.after is not None:
        parts.append(old.without(item.shape_after, item.after.class_id))
    if item.shape_before is not None and item.before is not None:
        parts.append(new.without(item.shape_before, item.before.class_id))
    whole = unary_union([shape for shape in (item.shape_before, item.shape_after) if shape is not None])
    rest = of_dimension(unary_union(parts), 2)
    if rest is None or rest.area <= (1 - UNCHANGED_IOU) * whole.area:
        return False
    item.shape = rest
    return True


def _sites(features: Iterable[Feature], grid: Grid) -> list[tuple[BaseGeometry, str]]:
    """Areas that a map announces as building sites, in pixels, with the tag that says so."""
    sites = []
    for feature in features:
        tag = lifecycle(feature.tags, COMING)
        if tag is not None and shape_of(feature) == "area":
            shape = pixel_shape(feature.geometry, grid)
            if shape is not None:
                sites.append((shape, tag))
    return sites


_Placed = tuple[Named, "BaseGeometry"]


def _named(features: Mapping[tuple[str, int], Feature], scheme: Scheme, grid: Grid) -> dict[tuple[str, int], _Placed]:
    """Features that have a class and meet the grid, with their outline in pixels."""
    placed = {}
    for key, feature in features.items():
        named = scheme.classify(feature)
        shape = None if named is None else pixel_shape(drawn_shape(named, grid), grid)
        if named is not None and shape is not None:
            placed[key] = (named, shape)
    return placed


def _compared(old: _Placed, new: _Placed, *, redrawn: bool) -> list[Candidate]:
    """The change between two states of one object; none where class and outline are the same."""
    (before, shape_before), (after, shape_after) = old, new
    if shape_before.equals(shape_after):
        overlap = 1.0
    else:
        union = shape_before.union(shape_after).area
        overlap = shape_before.intersection(shape_after).area / union if union else 0.0
    growth = shape_after.area / shape_before.area if shape_before.area else None
    if before.class_id != after.class_id:
        kind, shape = "reclassified", shape_before.union(shape_after)
    elif overlap < UNCHANGED_IOU:
        kind, shape = "reshaped", shape_before.symmetric_difference(shape_after)
    else:
        return []
    return [
        Candidate(
            kind,  # type: ignore[arg-type]
            before,
            after,
            before.feature,
            after.feature,
            shape,
            shape_before,
            shape_after,
            overlap=overlap,
            growth=growth,
            redrawn=redrawn,
        )
    ]


def _twins(
    gone: Mapping[tuple[str, int], _Placed], come: Mapping[tuple[str, int], _Placed]
) -> dict[tuple[str, int], tuple[str, int]]:
    """Elements of the earlier state and the ones of the later that are the same objects redrawn.

    The same class only: a house where a wood was is no redrawn wood.
    """
    from shapely import STRtree

    keys = sorted(come)
    if not keys or not gone:
        return {}
    tree = STRtree([come[key][1] for key in keys])
    twins: dict[tuple[str, int], tuple[str, int]] = {}
    taken: set[tuple[str, int]] = set()
    for old_key in sorted(gone):
        named, shape = gone[old_key]
        best, best_iou = None, SAME_IOU
        for at in sorted(tree.query(shape).tolist()):
            other, outline = come[keys[at]]
            if keys[at] in taken or other.class_id != named.class_id:
                continue
            common = shape.intersection(outline).area
            iou = common / (shape.area + outline.area - common) if common else 0.0
            if iou >= best_iou:
                best, best_iou = keys[at], iou
        if best is not None:
            twins[old_key] = best
            taken.add(best)
    return twins


def _covered(shape: BaseGeometry, others: Sequence[BaseGeometry]) -> bool:
    """Whether something new stands on at least half of a place."""
    from shapely import unary_union

    near = [other for other in others if other.intersects(shape)]
    return bool(near) and unary_union(near).intersection(shape).area >= 0.5 * shape.area
