"""What facts say of places and of gains and losses, as the checks ask it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rsica_data.claims.lexicon import vocabulary
from rsica_data.claims.models import Context, Region
from rsica_data.schema import FactsView, ObjectFacts, cell_box, cell_of, in_first_half

Box = tuple[float, float, float, float]


def region_box(region: Region, width: int, height: int) -> Box:
    """The rectangle ``(x0, y0, x1, y1)`` in pixels that a region covers."""
    side = region.word.removesuffix(" half") if region.word.endswith(" half") else ""
    if side:
        x0, x1 = (0.0, width / 2) if side == "left" else (width / 2, float(width)) if side == "right" else (0.0, width)
        y0, y1 = (0.0, height / 2) if side == "top" else (height / 2, height) if side == "bottom" else (0.0, height)
        return (x0, y0, float(x1), float(y1))
    boxes = [cell_box(cell, width, height) for cell in region.cells]
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return (min(lefts), min(tops), max(rights), max(bottoms))


def box_gap(a: Box, b: Box) -> float:
    """Distance of two rectangles; negative where they overlap."""
    return max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3])


def touching(items: Iterable[ObjectFacts], region: Region, view: FactsView) -> int:
    """Objects whose box overlaps the region."""
    half = region.word.endswith(" half")
    parts = [region] if half else [replace(region, cells=(cell,)) for cell in region.cells]
    boxes = [region_box(part, view.width, view.height) for part in parts]
    return sum(any(box_gap(item.box, box) < 0 for box in boxes) for item in items)


def centred(items: Iterable[ObjectFacts], region: Region, view: FactsView) -> int:
    """Objects whose centroid lies in the region's cells, or in its half of the image."""
    if region.word.endswith(" half"):
        side = region.word.removesuffix(" half")
        axis, length = (0, view.width) if side in ("left", "right") else (1, view.height)
        return sum(in_first_half(item.centroid[axis], length) is (side in ("left", "top")) for item in items)
    return sum(cell_of(item.centroid, view.width, view.height) in region.cells for item in items)


def names_for(subject: str, context: Context, known: Iterable[str]) -> list[str]:
    """Known class names that a subject may stand for ("vegetation" may be trees)."""
    families = vocabulary(context.names, context.synonyms).families
    names = list(known)
    narrower = [name for name in names if name == subject or name in families.get(subject, ())]
    broader = [name for name in names if subject in families.get(name, ())]
    return narrower or broader


def gain_and_loss(subject: str, context: Context) -> tuple[int, int] | None:
    """Pixels that became the subject and that ceased to be it; None where no land-cover maps tell."""
    view = context.view
    if view is None or not view.cover:
        return None
    names = set(names_for(subject, context, view.cover))
    if not names:
        return None
    gained = sum(area for a, b, area in view.transitions if b in names and a not in names)
    lost = sum(area for a, b, area in view.transitions if a in names and b not in names)
    net = sum(after - before for name, (before, after) in view.cover.items() if name in names)
    return max(gained, net), max(lost, -net)
