"""What the pages share: their data as scripts, and the policy that lets nothing else run or load.

A page takes text from models, papers and datasets of others. None of it becomes markup, since all of it reaches the
page as text nodes; the content security policy holds should one place have been missed: inline scripts and styles run
by their hash alone, other files come from where the page lies, and nothing is asked of any other host.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from rsica_data.core.files import utf8_json


def json_block(value: Any) -> str:
    r"""JSON that can stand inside a script element: no "<" at all, since "</script" would end the element and "<!--"
    with "<script" keep it from ending.
    """
    return utf8_json(json.dumps(value, ensure_ascii=False, allow_nan=False)).replace("<", "\\u003c")


def data_script(key: str, value: Any) -> str:
    """A script that gives the page a value as ``window.RSICA[key]``.

    The value is parsed, not written as an object: there the key ``__proto__`` would be no key.
    """
    text = json.dumps(json_block(value), ensure_ascii=False)
    return f"window.RSICA = window.RSICA || {{}};\nwindow.RSICA[{json.dumps(key)}] = JSON.parse({text});\n"


def content_policy(*, scripts: Sequence[str] = (), styles: Sequence[str] = (), files: bool) -> str:
    """The content security policy of a page.

    Args:
        scripts: texts of its inline scripts.
        styles: texts of its inline style elements.
        files: whether it loads scripts and styles that lie beside it, from disk or from its own host.
    """
    beside = ("'self'", "file:") if files else ()
    parts = {
        "default-src": ("'none'",),
        "script-src": (*map(_hash, scripts), *beside) or ("'none'",),
        "style-src": (*map(_hash, styles), *beside) or ("'none'",),
        "img-src": ("data:",),
        "base-uri": ("'none'",),
        "form-action": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in parts.items())


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
