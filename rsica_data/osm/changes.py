"""What differs between two states of a map, object by object, and how likely the ground differs there too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.osm.assemble import TagFilter
from rsica_data.osm.change_rules import COMING, LIFECYCLE, Evidence, Kind, Verdict, judge, lifecycle
from rsica_data.osm.features import Feature, Tags
from rsica_data.osm.grid import Grid
from rsica_data.osm.image_evidence import Background, difference_map
from rsica_data.osm.rasterize import Pixels, burn, drawn_shape, pixel_shape
from rsica_data.osm.scheme import Named, Scheme, shape_of

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

SAME_IOU = 0.5
"""Two elements of different numbers are one object where their outlines overlap so much."""
UNCHANGED_IOU = 0.9
"""The outline of an object is unchanged from here on: nodes move by a metre when somebody has a better picture."""


@dataclass(frozen=True)
class Change:
    """One object that differs between the maps.

    Attributes:
        kind: ``added``, ``removed``, ``reclassified`` or ``reshaped``.
        before, after: the object with its class; None where it has none at that date.
        tags_before, tags_after: its tags at both dates, also where it has no class then; empty where it is absent.
        shape: outline of what changed, in pixels of the grid.
        verdict: confidence and reasons.
    """

    kind: Kind
    before: Named | None
    after: Named | None
    tags_before: Tags
    tags_after: Tags
    shape: BaseGeometry
    verdict: Verdict

    @property
    def name(self) -> str:
        """``way/123``, of the later element where there is one."""
        named = self.after or self.before
        return named.feature.name if named is not None else ""

    def class_names(self) -> tuple[str, str]:
        """Class before and after; ``none`` where there is none."""
        return tuple(side.class_name if side is not None else "none" for side in (self.before, self.after))  # type: ignore[return-value]


@dataclass(frozen=True)
class ImageDates:
    """Dates of the two images, ``YYYY-MM-DD`` or longer; None where unknown."""

    first: str | None = None
    second: str | None = None


@dataclass
class _Candidate:
    kind: Kind
    before: Named | None
    after: Named | None
    raw_before: Feature | None
    raw_after: Feature | None
    shape: BaseGeometry
    overlap: float | None = None
    growth: float | None = None
    redrawn: bool = False
    replaced: bool = False
    site: str | None = None
    auc: float | None = None


def keeps_history(scheme: Scheme) -> TagFilter:
    """A reader's filter: what has a class, and what once had or will have one (``demolished:building``)."""

    def wanted(tags: Tags) -> bool:
        return scheme.wants(tags) or lifecycle(tags, LIFECYCLE) is not None

    return wanted


def find_changes(
    before: Iterable[Feature],
    after: Iterable[Feature],
    scheme: Scheme,
    grid: Grid,
    *,
    dates: ImageDates | None = None,
    images: tuple[NDArray[Any], NDArray[Any]] | None = None,
) -> list[Change]:
    """Objects on the grid that differ in class or outline between two states of a map.

    An object is the same where type and number are equal, or where an element of one state only overlaps one of the
    other state only by half. Tags that change nothing in class are no change; a move by less than a tenth is none.

    Args:
        before: features of the earlier state (read with :func:`keeps_history`).
        after: of the later state.
        scheme: names the classes.
        grid: the image's grid; what lies outside is left out.
        dates: when the images were taken, for the rules on dates.
        images: the two images ``[height, width, channels]`` on the grid, for image evidence.

    Returns:
        Changes sorted by the object's type and number.
    """
    found = _candidates({f.key: f for f in before}, {f.key: f for f in after}, scheme, grid)
    _measure(found, grid, images)
    same_day = Counter(_day(item) for item in found if item.kind == "added")
    added = sum(same_day.values())
    when = dates or ImageDates()
    result = []
    for item in found:
        evidence = Evidence(
            kind=item.kind,
            before=item.raw_before,
            after=item.raw_after,
            first_image=when.first and when.first[:10],
            second_image=when.second and when.second[:10],
            overlap=item.overlap,
            growth=item.growth,
            redrawn=item.redrawn,
            replaced=item.replaced,
            site=item.site,
            same_day=(same_day[_day(item)] if _day(item) else 0, added),
            image_auc=item.auc,
        )
        tags = [raw.tags if raw is not None else {} for raw in (item.raw_before, item.raw_after)]
        result.append(Change(item.kind, item.before, item.after, tags[0], tags[1], item.shape, judge(evidence)))
    return sorted(result, key=lambda change: (change.name.partition("/")[0], int(change.name.rpartition("/")[2])))


def _day(item: _Candidate) -> str | None:
    stamp = item.raw_after.timestamp if item.raw_after is not None else None
    return stamp[:10] if stamp else None


def _candidates(
    before: Mapping[tuple[str, int], Feature], after: Mapping[tuple[str, int], Feature], scheme: Scheme, grid: Grid
) -> list[_Candidate]:
    old, new = (_named(features, scheme, grid) for features in (before, after))
    found: list[_Candidate] = []
    for key in old.keys() & new.keys():
        found += _compared(old[key], new[key], redrawn=False)
    gone, come = ({k: side[k] for k in side.keys() - other.keys()} for side, other in ((old, new), (new, old)))
    twins = _twins(gone, come)
    for old_key, new_key in twins.items():
        found += _compared(gone.pop(old_key), come.pop(new_key), redrawn=True)
    standing = [shape for _, shape in come.values()]
    for key, (named, shape) in gone.items():
        replaced = _covered(shape, standing)
        found.append(_Candidate("removed", named, None, named.feature, after.get(key), shape, replaced=replaced))
    sites = _sites(before.values(), grid) if come else []
    for key, (named, shape) in come.items():
        site = next((tag for area, tag in sites if _covered(shape, [area])), None)
        found.append(_Candidate("added", None, named, before.get(key), named.feature, shape, site=site))
    return found


def _sites(features: Iterable[Feature], grid: Grid) -> list[tuple[BaseGeometry, str]]:
    """Areas that a map announces as building sites, in pixels, with the tag that says so."""
    found = []
    for feature in features:
        tag = lifecycle(feature.tags, COMING)
        if tag is not None and shape_of(feature) == "area":
            shape = pixel_shape(feature.geometry, grid)
            if shape is not None:
                found.append((shape, tag))
    return found


_Placed = tuple[Named, "BaseGeometry"]


def _named(features: Mapping[tuple[str, int], Feature], scheme: Scheme, grid: Grid) -> dict[tuple[str, int], _Placed]:
    """Features that have a class and meet the grid, with their outline in pixels."""
    found = {}
    for key, feature in features.items():
        named = scheme.classify(feature)
        shape = None if named is None else pixel_shape(drawn_shape(named, grid), grid)
        if named is not None and shape is not None:
            found[key] = (named, shape)
    return found


def _compared(old: _Placed, new: _Placed, *, redrawn: bool) -> list[_Candidate]:
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
        _Candidate(
            kind,  # type: ignore[arg-type]
            before,
            after,
            before.feature,
            after.feature,
            shape,
            overlap=overlap,
            growth=growth,
            redrawn=redrawn,
        )
    ]


def _twins(
    gone: Mapping[tuple[str, int], _Placed], come: Mapping[tuple[str, int], _Placed]
) -> dict[tuple[str, int], tuple[str, int]]:
    """Elements of the earlier state and the ones of the later that are the same objects drawn anew.

    The same class only: a house where a wood was is no redrawn wood.
    """
    from shapely import STRtree

    keys = sorted(come)
    if not keys or not gone:
        return {}
    tree = STRtree([come[key][1] for key in keys])
    found: dict[tuple[str, int], tuple[str, int]] = {}
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
            found[old_key] = best
            taken.add(best)
    return found


def _covered(shape: BaseGeometry, others: Sequence[BaseGeometry]) -> bool:
    """Whether something new stands on at least half of a place."""
    from shapely import unary_union

    near = [other for other in others if other.intersects(shape)]
    return bool(near) and unary_union(near).intersection(shape).area >= 0.5 * shape.area


def _measure(found: Sequence[_Candidate], grid: Grid, images: tuple[NDArray[Any], NDArray[Any]] | None) -> None:
    """Fill in how much the images differ in each change against the pixels without any change."""
    if images is None or not found:
        return
    difference = difference_map(*images)
    numbers = burn([(item.shape, 1) for item in found], grid, np.uint8)
    background = Background(difference, numbers == 0)
    for item in found:
        x0, y0, x1, y1 = item.shape.bounds
        left, top = max(int(x0), 0), max(int(y0), 0)
        right, bottom = min(int(x1) + 1, grid.width), min(int(y1) + 1, grid.height)
        window = Grid(grid.crs, grid.transform, max(right - left, 1), max(bottom - top, 1))
        rows, columns = np.nonzero(burn([(_moved(item.shape, -left, -top), 1)], window, np.uint8))
        inside = (rows + top < grid.height) & (columns + left < grid.width)
        item.auc = background.auc((rows[inside] + top, columns[inside] + left))


def _moved(shape: BaseGeometry, dx: int, dy: int) -> BaseGeometry:
    from shapely.affinity import translate

    moved: BaseGeometry = translate(shape, dx, dy)
    return moved


@dataclass(frozen=True)
class FromTo:
    """Label maps of both dates that differ only where a change was believed.

    Attributes:
        before, after: class ids ``[height, width]`` uint8, 0 none, ``ignore_id`` where nobody knows.
        change_mask: class that came, or that went where nothing came; 0 no change; ``ignore_id``.
        objects: 1 + number of the believed change in each changed pixel, int32, 0 elsewhere.
        believed, refused, unsure: the changes.
        states: the features that both label maps were drawn from, earlier and later.
    """

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    change_mask: NDArray[np.uint8]
    objects: NDArray[np.int32]
    believed: tuple[Change, ...]
    refused: tuple[Change, ...]
    unsure: tuple[Change, ...]
    states: tuple[tuple[Named, ...], tuple[Named, ...]]


def from_to(
    after: Sequence[Named],
    changes: Sequence[Change],
    grid: Grid,
    *,
    threshold: float = 0.5,
    unsure_from: float | None = None,
    ignore_id: int = 255,
    pixels: Pixels = "centre",
) -> FromTo:
    """From-to maps of two states of a map.

    A refused change has the same state at both dates: the later one for objects that were mapped late, the earlier
    one for deletions, or what the rules say (``Verdict.keeps``).

    Args:
        after: features of the later state that have a class. The earlier state differs from it by the changes.
        changes: from :func:`find_changes` on the same two states.
        grid: the image's grid.
        threshold: changes of at least this confidence are believed.
        unsure_from: changes from here up to ``threshold`` are neither: their pixels get ``ignore_id``.
        ignore_id: for pixels that count nowhere.
        pixels: which pixels belong to a polygon.
    """
    groups: dict[str, list[Change]] = {"believed": [], "refused": [], "unsure": []}
    for change in changes:
        sure = change.verdict.confidence
        group = "believed" if sure >= threshold else "refused"
        if unsure_from is not None and unsure_from <= sure < threshold:
            group = "unsure"
        groups[group].append(change)
    states: tuple[list[Named], list[Named]] = ([], [])
    _settle(states, after, groups)
    maps = [np.asarray(_draw(state, grid, pixels), np.uint8) for state in states]
    differs = maps[0] != maps[1]
    mask = np.where(differs, np.where(maps[1] != 0, maps[1], maps[0]), 0).astype(np.uint8)
    numbers = burn([(item.shape, at + 1) for at, item in enumerate(groups["believed"])], grid, np.int32, "touched")
    objects = np.where(differs, numbers, 0).astype(np.int32)
    if groups["unsure"]:
        unsure = burn([(item.shape, 1) for item in groups["unsure"]], grid, np.uint8, pixels) > 0
        for part in (*maps, mask):
            part[unsure] = ignore_id
        objects[unsure] = 0
    believed, refused, unsure_ones = (tuple(groups[name]) for name in ("believed", "refused", "unsure"))
    drawn = (tuple(states[0]), tuple(states[1]))
    return FromTo(maps[0], maps[1], mask, objects, believed, refused, unsure_ones, drawn)


def _draw(named: Sequence[Named], grid: Grid, pixels: Pixels) -> NDArray[Any]:
    from rsica_data.osm.rasterize import rasterize_named

    return rasterize_named(named, grid, pixels)


def _settle(
    states: tuple[list[Named], list[Named]],
    new: Sequence[Named],
    groups: Mapping[str, Sequence[Change]],
) -> None:
    """Fill both states: believed changes as the maps have them, refused ones with one state at both dates."""
    changed = {item.after.feature.key for group in groups.values() for item in group if item.after is not None}
    for change in groups["believed"]:
        for state, side in zip(states, (change.before, change.after), strict=True):
            state.extend([side] if side is not None else [])
    for change in (*groups["refused"], *groups["unsure"]):
        kept = change.before if change.verdict.keeps == "before" else change.after
        for state in states:
            state.extend([kept] if kept is not None else [])
    # Objects that did not change look in both maps as the later one draws them; redrawn twins are the later ones.
    steady = [item for item in new if item.feature.key not in changed]
    for state in states:
        state.extend(steady)
