"""Figures of a dataset's card: small SVG files, which the Hub shows as images of the card.

They are drawn from the statistics of ``rsica_data.dataset.stats``; every number in them also stands in a table of the
card.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_COLOURS = ("#2b6ca3", "#d9822b", "#4a8f3c", "#8a5aa8", "#b04a4a", "#5f6b73")
_INK, _PALE, _FONT = "#222222", "#dddddd", "font-family='system-ui,sans-serif'"
_WIDTH, _BAR, _GAP, _LEFT, _TOP = 640, 14, 8, 150, 34


def write_figures(stats: Mapping[str, Any]) -> dict[str, str]:
    """File name to SVG text: rows by task, pairs by number of objects, pairs by grid cell.

    Args:
        stats: as ``rsica_data.dataset.stats.dataset_stats`` gives them.
    """
    splits = list(stats["splits"])
    tasks = list(dict.fromkeys(task for split in splits for task in stats["splits"][split]["tasks"]))
    figures: dict[str, str] = {}
    if tasks:
        by_split = {split: [stats["splits"][split]["tasks"].get(task, 0) for task in tasks] for split in splits}
        figures["tasks.svg"] = bars("Instructions by task and split", tasks, by_split)
    largest = sorted(sum_classes(stats).items(), key=lambda item: -item[1]["objects"])[: len(_COLOURS)]
    classes = dict(largest)
    if classes:
        bins = list(next(iter(classes.values()))["count_bins"])
        by_class = {name: list(entry["count_bins"].values()) for name, entry in classes.items()}
        figures["counts.svg"] = bars("Pairs by number of changed objects, by class", bins, by_class)
        cells = {name: list(entry["cells"].values()) for name, entry in classes.items()}
        figures["cells.svg"] = grids("Pairs with change in each grid cell, by class", cells)
    return figures


def sum_classes(stats: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The statistics of each class over all splits: pairs, objects, area, and their two distributions."""
    total: dict[str, dict[str, Any]] = {}
    for split in stats["splits"].values():
        for name, entry in split["classes"].items():
            sums = total.setdefault(name, {"pairs": 0, "objects": 0, "area_px": 0, "count_bins": {}, "cells": {}})
            for key in ("pairs", "objects", "area_px"):
                sums[key] += entry[key]
            for key in ("count_bins", "cells"):
                for part, number in entry[key].items():
                    sums[key][part] = sums[key].get(part, 0) + number
    return total


def bars(title: str, labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> str:
    """Horizontal bars, a group a label and a bar a series; lengths share one scale, numbers stand at the ends."""
    largest = max((value for values in series.values() for value in values), default=0) or 1
    group = _BAR * len(series) + _GAP
    space = _WIDTH - _LEFT - 80
    parts = [_legend(list(series))]
    for row, label in enumerate(labels):
        top = _TOP + 22 + row * group
        middle = top + _BAR * len(series) / 2
        parts.append(_text(_LEFT - 8, middle + 4, label, anchor="end"))
        for place, values in enumerate(series.values()):
            y, width = top + place * _BAR, values[row] / largest * space
            colour = _COLOURS[place % len(_COLOURS)]
            parts.append(f"<rect x='{_LEFT}' y='{y + 1}' width='{width:.1f}' height='{_BAR - 2}' fill='{colour}'/>")
            parts.append(_text(_LEFT + width + 5, y + _BAR - 3, f"{values[row]:,}", size=11))
    return _svg(title, _WIDTH, _TOP + 28 + len(labels) * group, parts)


def grids(title: str, series: Mapping[str, Sequence[int]]) -> str:
    """A 3x3 grid for each series, darker where the number is larger; nine numbers each, row by row."""
    side, between = 54, 40
    parts: list[str] = []
    for place, (name, values) in enumerate(series.items()):
        column, row = place % 3, place // 3
        x0, y0 = 12 + column * (3 * side + between), _TOP + 20 + row * (3 * side + between)
        largest = max(values, default=0) or 1
        parts.append(_text(x0, y0 - 6, name))
        for cell, value in enumerate(values):
            x, y = x0 + cell % 3 * side, y0 + cell // 3 * side
            share = value / largest
            parts.append(
                f"<rect x='{x}' y='{y}' width='{side}' height='{side}' fill='{_COLOURS[0]}' "
                f"fill-opacity='{0.08 + 0.82 * share:.3f}' stroke='#ffffff'/>"
            )
            ink = "#ffffff" if share > 0.55 else _INK
            parts.append(_text(x + side / 2, y + side / 2 + 4, f"{value:,}", anchor="middle", size=12, fill=ink))
    rows = -(-len(series) // 3)
    return _svg(title, _WIDTH, _TOP + 20 + rows * (3 * side + between), parts)


def _legend(names: Sequence[str]) -> str:
    parts, x = [], float(_LEFT)
    for place, name in enumerate(names):
        colour = _COLOURS[place % len(_COLOURS)]
        parts.append(f"<rect x='{x:.0f}' y='{_TOP}' width='11' height='11' fill='{colour}'/>")
        parts.append(_text(x + 16, _TOP + 10, name, size=12))
        x += 36 + 7.5 * len(name)
    return "".join(parts)


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, fill: str = _INK) -> str:
    place = f"x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}'"
    return f"<text {place} font-size='{size}' fill='{fill}' {_FONT}>{escape(text)}</text>"


def _svg(title: str, width: int, height: float, parts: Sequence[str]) -> str:
    # A white ground, so that the figure is read on dark pages too.
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height:.0f}' width='{width}' "
        f"height='{height:.0f}' role='img'><title>{escape(title)}</title>"
        f"<rect width='100%' height='100%' fill='#ffffff' stroke='{_PALE}'/>"
    )
    return head + _text(12, 22, title, size=15) + "".join(parts) + "</svg>\n"
