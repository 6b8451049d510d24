"""What differs between two states of a map, object by object, and how likely the ground differs there too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rsica_data.osm.assemble import TagFilter
from rsica_data.osm.change_candidates import Candidate, find_candidates
from rsica_data.osm.change_rules import LIFECYCLE, ChangeDecision, Evidence, Kind, lifecycle, score_change
from rsica_data.osm.features import Feature, Tags
from rsica_data.osm.ground_grid import Grid
from rsica_data.osm.image_evidence import Background, difference_map
from rsica_data.osm.rasterize import Pixels, burn, rasterize_named
from rsica_data.osm.scheme import Named, Scheme

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry


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
    verdict: ChangeDecision

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
    candidates = find_candidates({f.key: f for f in before}, {f.key: f for f in after}, scheme, grid)
    _measure(candidates, grid, images)
    same_day = Counter(_day(item) for item in candidates if item.kind == "added")
    added = sum(same_day.values())
    when = dates or ImageDates()
    result = []
    for item in candidates:
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
        result.append(Change(item.kind, item.before, item.after, tags[0], tags[1], item.shape, score_change(evidence)))
    return sorted(result, key=lambda change: (change.name.partition("/")[0], int(change.name.rpartition("/")[2])))


def _day(item: Candidate) -> str | None:
    stamp = item.raw_after.timestamp if item.raw_after is not None else None
    return stamp[:10] if stamp else None


def _measure(candidates: Sequence[Candidate], grid: Grid, images: tuple[NDArray[Any], NDArray[Any]] | None) -> None:
    """Fill in how much the images differ in each change against the pixels without any change."""
    if images is None or not candidates:
        return
    difference = difference_map(*images)
    numbers = burn([(item.shape, 1) for item in candidates], grid, np.uint8)
    background = Background(difference, numbers == 0)
    for item in candidates:
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
        states: the objects of both dates, earlier and later.
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
    before: Sequence[Named],
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
    one for deletions, or by the rules (``ChangeDecision.keeps``). Outside the believed changes both maps are equal:
    where an object is only drawn a little differently, the later drawing holds for both dates.

    Args:
        before: features of the earlier state that have a class.
        after: features of the later state that have a class.
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
    changed = {item.before.feature.key for item in changes if item.before is not None}
    old = [item for item in before if item.feature.key not in changed]
    earlier, later = (rasterize_named(state, grid, pixels) for state in ([*old, *states[0]], states[1]))
    numbers = burn([(item.shape, at + 1) for at, item in enumerate(groups["believed"])], grid, np.int32, "touched")
    maps = (np.where(numbers > 0, earlier, later).astype(np.uint8), later)
    differs = maps[0] != maps[1]
    mask = np.where(differs, np.where(maps[1] != 0, maps[1], maps[0]), 0).astype(np.uint8)
    objects = np.where(differs, numbers, 0).astype(np.int32)
    if groups["unsure"]:
        unsure = burn([(item.shape, 1) for item in groups["unsure"]], grid, np.uint8, pixels) > 0
        for part in (*maps, mask):
            part[unsure] = ignore_id
        objects[unsure] = 0
    believed, refused, unsure_ones = (tuple(groups[name]) for name in ("believed", "refused", "unsure"))
    drawn = (tuple(states[0]), tuple(states[1]))
    return FromTo(maps[0], maps[1], mask, objects, believed, refused, unsure_ones, drawn)


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
