"""Kinds of open questions, by the form of their value."""

from __future__ import annotations

BOOL = {
    "any_change",
    "class_presence",
    "class_absence",
    "at_least",
    "exactly_one",
    "cell_presence",
    "border",
    "centre_changed",
    "only_class",
    "both_classes",
}


INTS = {"class_count", "total_count", "cell_count"}


PERCENT = {"area_share", "total_share", "cover_before", "cover_after"}


CELL = {"largest_cell", "smallest_cell", "busiest_cell"}


CLASS = {
    "more_objects",
    "more_area",
    "largest_class",
    "nearest_class",
    "most_gained",
    "most_lost",
    "became",
    "was_before",
}


LISTS = {"changed_classes", "unchanged_classes"}


WORD = {
    "largest_size",
    "left_or_right",
    "top_or_bottom",
    "growth_direction",
    "relative_position",
    "spread",
    "cover_more",
}
