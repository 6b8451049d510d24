"""A perfect model that answers in many styles of writing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from reply_styles import styles_cls, styles_count, styles_loc
from reply_styles.styles_facts import BOOL, CELL, CLASS, INTS, KINDS, LISTS, PERCENT
from reply_styles.styles_qa import OPEN_QA_STYLES, open_qa
from reply_styles.styles_words import CELLS

STYLES: dict[str, dict[str, Callable[..., str]]] = {
    "classification": dict(styles_cls.STYLES),
    "counting": dict(styles_count.STYLES),
    "localization": dict(styles_loc.STYLES),
}

DEV: frozenset[str] = frozenset(
    (
        "bare",
        "two_lines",
        "bold_bullets",
        "table_rows",
        "json_flat",
        "json_objects",
        "think",
        "boxed",
        "number_words",
        "before_after",
        "verbose",
        "chinese",
        "approximate",
        "self_correct",
        "csv",
        "explained",
        "yes_because",
        "bullets",
        "heading",
        "json_string",
        "changed_word",
        "confidence",
        "table_cells",
        "json_cells",
        "json_matrix",
        "compass",
        "rows_columns",
        "nine_lines",
        "summaries",
        "grouped",
        "sub_bullets",
        "short_sentence",
        "bold",
        "other_words",
        "labelled",
    )
)
FROZEN: frozenset[str] = frozenset(
    name for names in (*STYLES.values(), OPEN_QA_STYLES) for name in names if name not in DEV
)

__all__ = ["DEV", "FROZEN", "KINDS", "OPEN_QA_STYLES", "STYLES", "example", "open_qa"]


def example(kind: str, classes: list[str], rng: random.Random) -> tuple[dict[str, Any], Any]:
    """Arguments and a value for a kind, for trying the styles out."""
    c = rng.choice(classes)
    args: dict[str, Any] = {"cls": c}
    if kind in ("any_change", "total_count", "total_share", "largest_class", "left_or_right", "top_or_bottom"):
        args = {}
    if kind in ("more_objects", "more_area", "relative_position", "both_classes"):
        a, b = rng.sample(classes, 2) if len(classes) > 1 else (c, "road")
        args = {"a": a, "b": b}
    if kind == "at_least":
        args["n"] = rng.choice((1, 3, 12))
    if kind == "cell_presence":
        args["cell"] = rng.choice(CELLS)
    if kind in LISTS or kind in ("most_gained", "most_lost"):
        args = {"among": list(classes)}
    if kind in ("became", "was_before"):
        args["among"] = list(classes)
    words = {
        "largest_size": ("small", "medium", "large"),
        "left_or_right": ("left", "right"),
        "top_or_bottom": ("top", "bottom"),
        "growth_direction": ("top left", "bottom right", "top", "left"),
        "spread": ("concentrated", "scattered"),
        "relative_position": ("left", "right", "above", "below"),
        "cover_more": ("before", "after"),
    }
    if kind in BOOL:
        return args, rng.random() < 0.5
    if kind in INTS:
        return args, rng.choice((0, 1, 4, 9) if kind == "cell_count" else (0, 1, 2, 7, 128, 1204))
    if kind in PERCENT:
        return args, rng.choice((0, 0.4, 12.5, 25, 50, 63.27))
    if kind == "area_m2":
        return args, rng.choice((0, 310, 12000, 4567.5, 1204))
    if kind in CELL:
        return args, rng.choice(CELLS)
    if kind in CLASS:
        pool = [args["a"], args["b"]] if "a" in args else list(classes)
        return args, rng.choice(pool + ["equal"] if kind == "more_objects" else pool)
    if kind == "cells_of_class":
        return args, sorted(rng.sample(CELLS, rng.choice((0, 1, 3, 9))), key=CELLS.index)
    if kind in LISTS:
        return args, [x for x in classes if rng.random() < 0.5]
    return args, rng.choice(words[kind])


def _show(task: str, name: str, gold: Any, text: str) -> None:
    half = "dev" if name in DEV else "frozen"
    print(f"=== {task} / {name} [{half}]  gold: {gold}\n{text}\n")


def main() -> None:
    rng = random.Random(7)
    sets = (
        ["road", "building"],
        ["road", "building"],
        ["building"],
        ["water", "tree", "low vegetation", "ground", "building", "playground"],
        ["farmland", "bare land", "road"],
    )
    for task, styles in STYLES.items():
        for i, (name, style) in enumerate(styles.items()):
            for pick in (i, i + 1, i + 5):
                cs = sets[rng.randrange(len(sets))]
                gold: Any = rng.random() < 0.5
                if task == "counting":
                    gold = {c: rng.choice((0, 0, 1, 2, 5, 12, 128, 1204)) for c in cs}
                if task == "localization":
                    gold = {c: sorted(rng.sample(CELLS, rng.choice((0, 1, 3, 6, 8, 9))), key=CELLS.index) for c in cs}
                _show(task, name, gold, style(gold, cs, pick))
                if pick == i and name in ("bare", "sentence"):
                    zero: Any = (
                        False if task == "classification" else {c: (0 if task == "counting" else []) for c in cs}
                    )
                    _show(task, name, zero, style(zero, cs, pick))
    for i, name in enumerate(OPEN_QA_STYLES):
        for j in range(4):
            kind = KINDS[(i * 4 + j * 9) % len(KINDS)]
            args, value = example(kind, sets[0] if j % 2 else sets[3], rng)
            _show("open_qa", f"{name}", (kind, args, value), open_qa(name, kind, args, value, i + j))


if __name__ == "__main__":
    main()
