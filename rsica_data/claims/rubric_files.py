"""What a second model is asked with, as shipped in ``rubrics/NAME``: a prompt, the schema of its reply, its version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_data.core.json_text import read_json_object
from rsica_data.core.text_encoding import read_user_text

LONGEST = 4000
"""Characters of a text that a second model sees."""


def rubric_folder(name: str) -> Path:
    """The folder of a rubric."""
    return Path(str(files("rsica_data.claims"))) / "rubrics" / name


@cache
def _rubric(name: str) -> tuple[str, Mapping[str, Any]]:
    folder = rubric_folder(name)
    return read_user_text(folder / "prompt.jinja"), read_json_object(folder / "schema.json", "a schema", own=False)


def rubric_schema(name: str) -> dict[str, Any]:
    """The schema of a reply to a rubric."""
    return dict(_rubric(name)[1])


def rubric_prompt(name: str, case: Mapping[str, Any], **variables: Any) -> str:
    """The prompt of a rubric about a case.

    Args:
        name: of the rubric.
        case: what the model is shown, as JSON.
        variables: what the template names besides.
    """
    # Jinja comes with the extra `llm`; texts are checked by rules where it is not.
    from rsica_data.core.templating import compile_template, fenced_json, rendered

    title = f"the prompt of the rubric '{name}'"
    given = compile_template(_rubric(name)[0], title).generate(case=fenced_json(case), **variables)
    return rendered(given, title)
