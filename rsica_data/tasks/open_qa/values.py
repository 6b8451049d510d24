"""Types of answer values: how each is written and compared; how replies are read stands in ``replies``.

bool; count (int); class, any_class (a name; the latter one of the question's ``among``), class_or_equal (a name or
"equal"); classes (names); cell, cells (grid cells); percent (float, one decimal); area (int, m2); choice (one of the
kind's options).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rsica_data.schema import RenderContext
from rsica_data.tasks.template_files import template_file
from rsica_data.text.class_names import join, plural

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind


def render_value(value: Any, kind: Kind, context: RenderContext) -> str:
    """A value in one of the phrases of its type."""
    forms = template_file("open_qa")["answer_forms"][kind.type]
    if kind.type == "bool":
        forms = forms["yes" if value else "no"]
    elif kind.type == "class_or_equal":
        forms = forms["equal" if value == "equal" else "one"]
    elif kind.type in ("classes", "cells"):
        forms = forms["some" if value else "none"]
    text = str(forms[context.pick % len(forms)]).format(value=value_words(value, kind.type))
    return text[0].upper() + text[1:]


def value_words(value: Any, type_: str) -> str:
    """A value in words: nouns of classes, lists, percent with one decimal."""
    if type_ in ("class", "any_class", "class_or_equal"):
        return plural(value)
    if type_ == "classes":
        return join([plural(name) for name in value])
    if type_ == "cells":
        return join(list(value))
    if type_ == "percent":
        return f"{value:.1f}"
    return str(value)


def same_value(type_: str, gold: Any, given: Any) -> bool:
    """Whether an answer counts as right: shares within 2 points, areas within a tenth, lists as sets."""
    if type_ == "percent":
        return bool(abs(gold - given) <= 2.0 + 1e-9)
    if type_ == "area":
        return bool(abs(gold - given) <= 0.1 * max(gold, 1))
    if type_ in ("classes", "cells"):
        return set(gold) == set(given)
    return bool(gold == given)
