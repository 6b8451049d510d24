"""Template captions of a simulated pair, in the manner of LEVIR-CC: lower case, no full stop, true."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from rsica_data.geometry.cells import third
from rsica_data.schema import Mask
from rsica_data.schema.rules import NO_CHANGE_SENTENCES
from rsica_data.synth.drawn_scene import BUILDING, ROAD, TREE

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ROWS, _COLUMNS = ("top", "center", "bottom"), ("left", "center", "right")


def write_captions(events: Sequence[str], before: Mask, after: Mask, mask: Mask) -> tuple[str, ...]:
    """Five captions of a pair; for an unchanged one the five sentences of LEVIR-CC."""
    if not events:
        return NO_CHANGE_SENTENCES
    facts = [phrase for phrase in _phrases(events, before, after, mask) if phrase]
    if not facts:
        facts = [("some of the land cover has changed", "")]
    first = " and ".join(text for text, _ in facts)
    placed = " and ".join(f"{text} {place}".strip() for text, place in facts)
    return (
        placed,
        first,
        f"compared with before {first}",
        f"in the later image {placed}",
        f"the scene has changed as {first}",
    )


def _phrases(events: Sequence[str], before: Mask, after: Mask, mask: Mask) -> list[tuple[str, str] | None]:
    new = (after == BUILDING) & (before != BUILDING)
    gone = (before == BUILDING) & (after != BUILDING)
    road = mask == ROAD
    phrases: list[tuple[str, str] | None] = [
        _counted(new, "building", "built"),
        _counted(gone, "building", "removed"),
        _counted(road & (after == ROAD), "road", "built"),
    ]
    if "clearing" in events:
        phrases.append(("trees have been cleared" if (after == TREE).any() else "all trees have been cleared", ""))
    if "flooding" in events:
        phrases.append(("a part of the ground is under water", ""))
    return phrases


def _counted(where: np.ndarray, noun: str, verb: str) -> tuple[str, str] | None:
    if not where.any():
        return None
    number, _ = cv2.connectedComponents(where.astype(np.uint8), connectivity=8)
    count = number - 1
    amount = _NUMBERS[count] if count < len(_NUMBERS) else str(count)
    subject = f"{amount} {noun} has" if count == 1 else f"{amount} {noun}s have"
    return f"{subject} been {verb}", _place(where)


def _place(where: np.ndarray) -> str:
    """A place that holds every changed pixel: a cell, a row or a column of the 3x3 grid; else nothing."""
    ys, xs = np.nonzero(where)
    rows = {third(int(y), where.shape[0]) for y in np.unique(ys)}
    columns = {third(int(x), where.shape[1]) for x in np.unique(xs)}
    if len(rows) == len(columns) == 1:
        row, column = _ROWS[rows.pop()], _COLUMNS[columns.pop()]
        return "in the center" if row == column == "center" else f"at the {row} {column}"
    if len(rows) == 1:
        row = _ROWS[rows.pop()]
        return "across the center" if row == "center" else f"at the {row} of the scene"
    if len(columns) == 1:
        column = _COLUMNS[columns.pop()]
        return "down the center" if column == "center" else f"on the {column} of the scene"
    return ""
