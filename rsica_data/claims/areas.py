"""What facts say of places and of gains and losses, as the checks ask it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rsica_data.claims.lexicon import vocabulary
from rsica_data.claims.models import Context, Region
from rsica_data.schema import CELLS, FactsView, ObjectFacts
from rsica_data.tasks.open_qa.geometry import cell_of

Box = tuple[float, float, float, float]


def region_box(region: Region, width: int, height: int) -> Box:
    """The rectangle ``(x0, y0, x1, y1)`` in pixels that a region covers."""
    side = region.word.removesuffix(" half") if region.word.endswith(" half") else ""
    if side:
        x0, x1 = (0.0, width / 2) if side == "left" else (width / 2, float(width)) if side == "right" else (0.0, width)
        y0, y1 = (0.0, height / 2) if side == "top" else (height / 2, height) if side == "bottom" else (0.0, height)
        return (x0, y0, float(x1), float(y1))
    spots = [divmod(CELLS.index(cell), 3) for cell in region.cells]
    rows, columns = [row for row, _ in spots], [column for _, column in spots]
    return (
        min(columns) * width / 3,
        min(rows) * height / 3,
        (max(columns) + 1) * width / 3,
        (max(rows) + 1) * height / 3,
    )


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
        x0, y0, x1, y1 = region_box(region, view.width, view.height)
        return sum(x0 <= item.centroid[0] < x1 and y0 <= item.centroid[1] < y1 for item in items)
    return sum(cell_of(item, view.width, view.height) in region.cells for item in items)


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


def complete(view: FactsView) -> bool:
    """Whether the mask's classes hold all the change, so that one can speak of all of it."""
    if view.changed and not any(view.counts.values()):
        return False
    return all(a in view.classes or b in view.classes for a, b, _ in view.transitions)
