"""Whether a row of a dataset's tables can be a record: a file that was edited may hold anything of its types.

Not checked here is what ``rsica-data validate`` checks with the tasks: images, masks, answers and their texts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rsica_data.geometry.cells import CELLS

_NULLABLE_PAIR = frozenset(
    (
        *("before", "after", "change_mask", "before_labels", "after_labels", "before.path", "after.path"),
        *("change_mask.path", "before_labels.path", "after_labels.path", "ignore_id", "gsd_m", "crs", "transform"),
        *("extra_images", "extra_images.date", "extra_images.image.path", "before_date", "after_date", "captions"),
        *("changed", "facts", "license", "attributes", "facts.gsd_m", "facts.classes.area_m2"),
        *("facts.classes.largest", "facts.objects.tags", "facts.objects.confidence", "facts.objects.direction"),
        # Where label maps hold classes only where something changed.
        *("facts.cover.before_px", "facts.cover.after_px"),
    )
)
_NULLABLE_INSTRUCTION = frozenset(
    ("changed", *(f"provenance.{name}" for name in ("template", "version", "model", "prompt_hash", "parameters"))),
).union(f"provenance.{name}" for name in ("request_id", "seed", "verified"))
# Long lists of whole numbers, which cannot be infinite.
_POINTS = "facts.objects.outline"


_AMOUNTS = {
    "classes": ("count_components", "count_contours", "area_px", "fraction", "area_m2"),
    "objects": ("area_px",),
    "transitions": ("area_px", "fraction"),
    "cover": ("before_px", "after_px"),
}
"""Counts, areas and shares in facts, of which none is below 0."""


class RowError(ValueError):
    """What is wrong with a row: ``column`` is dotted (``facts.objects.box``)."""

    def __init__(self, column: str, message: str) -> None:
        self.column, self.message = column, message
        super().__init__(f"{column}: {message}")


def check_pair_row(row: Mapping[str, Any]) -> None:
    """Check a row of the pairs table; columns that were not read are not looked at.

    Raises:
        RowError: a null where there cannot be one, a number that is none, a size below 1, or facts that name a class,
            a cell or an object that there is not.
    """
    for column, value in row.items():
        _check(value, column, _NULLABLE_PAIR)
    for name in ("width", "height"):
        if name in row and row[name] < 1:
            raise RowError(name, f"is {row[name]}")
    if row.get("facts") is not None:
        _check_facts(row["facts"], row.get("classes"))


def check_instruction_row(row: Mapping[str, Any]) -> None:
    """Check a row of the instructions table.

    Raises:
        RowError: a null where there cannot be one, or turns of other roles than user and assistant, one after the
            other.
    """
    for column, value in row.items():
        _check(value, column, _NULLABLE_INSTRUCTION)
    roles = [turn["role"] for turn in row["turns"]]
    if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
        raise RowError("turns", f"do not alternate between user and assistant: {roles}")


def _check(value: Any, column: str, nullable: frozenset[str]) -> None:
    if value is None:
        if column not in nullable:
            raise RowError(column, "is null")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise RowError(column, f"is {value}")
    elif isinstance(value, list):
        if column == _POINTS:
            if any(point is None or len(point) != 2 or None in point for point in value):
                raise RowError(column, "holds a point without two numbers")
            return
        for part in value:
            _check(part, column, nullable)
    elif isinstance(value, dict):
        for name, part in value.items():
            _check(part, f"{column}.{name}", nullable)


def _check_facts(facts: Mapping[str, Any], classes: list[dict[str, Any]] | None) -> None:
    known = {entry["class_id"]: entry["name"] for entry in facts["classes"]}
    if len(known) < len(facts["classes"]) or len(set(known.values())) < len(known):
        raise RowError("facts.classes", "a class appears twice")
    _check_amounts(facts)
    for entry in facts["cover"]:
        if (entry["before_px"] is None) != (entry["after_px"] is None):
            raise RowError("facts.cover", "is known of one date alone")
    cover = {entry["class_id"] for entry in facts["cover"]}
    for entry in facts["transitions"]:
        for column in ("from_id", "to_id"):
            if entry[column] not in {0} | cover | known.keys():
                raise RowError(f"facts.transitions.{column}", f"{entry[column]} is no class of the facts")
    named = None if classes is None else {entry["name"] for entry in classes}
    for entry in facts["classes"]:
        if named is not None and entry["name"] not in named:
            raise RowError("facts.classes.name", f"'{entry['name']}' is no class of the pair")
        for column in ("cells_touch", "cells_centroid"):
            stray = set(entry[column]).difference(CELLS)
            if stray:
                raise RowError(f"facts.classes.{column}", f"unknown cell '{min(stray)}'")
    objects = set()
    for item in facts["objects"]:
        objects.add(item["object_id"])
        if item["class_id"] not in known:
            raise RowError("facts.objects.class_id", f"{item['class_id']} is no class of the facts")
    for entry in facts["classes"]:
        if entry["largest"] is not None and entry["largest"] not in objects:
            raise RowError("facts.classes.largest", f"{entry['largest']} is no object of the facts")


def _check_amounts(facts: Mapping[str, Any]) -> None:
    for name in ("width", "height"):
        if facts[name] < 1:
            raise RowError(f"facts.{name}", f"is {facts[name]}")
    for part, columns in _AMOUNTS.items():
        for entry in facts[part]:
            for column in columns:
                if entry[column] is not None and entry[column] < 0:
                    raise RowError(f"facts.{part}.{column}", f"is {entry[column]}")
