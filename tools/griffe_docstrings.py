"""Docstrings as mkdocstrings shows them.

Griffe knows the section "Examples" of a Google docstring, and ours with one example say "Example". Roles of Sphinx
(``:func:`facts```) are shown as code.
"""

import re
from typing import Any

import griffe

_ROLE = re.compile(r":\w+:`~?([^`]+)`")


class OurDocstrings(griffe.Extension):
    """Reads a section ``Example`` as ``Examples``, so that its lines are shown as a Python session."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            text = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = _ROLE.sub(r"`\1`", text)
