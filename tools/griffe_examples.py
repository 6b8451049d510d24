"""Griffe knows the section "Examples" of a Google docstring; ours with one example say "Example"."""

import re
from typing import Any

import griffe


class OneExample(griffe.Extension):
    """Reads a section ``Example`` as ``Examples``, so that its lines are shown as a Python session."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
