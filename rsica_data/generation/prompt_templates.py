"""Prompts rendered in a sandbox, and the personas and styles that vary them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import yaml

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.core.templating import compile_template, rendered
from rsica_data.generation.prompt_files import PromptFiles, shipped_folder

BLOCKS = ("system", "user")
DATA_START, DATA_END = "<data>", "</data>"


@dataclass(frozen=True)
class Style:
    """How a request's texts are to sound."""

    persona: str
    tone: str
    length: str


@cache
def _styles() -> dict[str, list[str]]:
    text = (shipped_folder() / "prompts" / "personas.yaml").read_text(encoding="utf-8")
    styles: dict[str, list[str]] = yaml.safe_load(text)
    return styles


def draw_style(seed: int) -> Style:
    """A persona, a tone and a length, drawn independently."""
    rng = Random(seed)  # noqa: S311 - not for security
    lists = _styles()
    return Style(*(rng.choice(lists[part]) for part in ("persona", "tone", "length")))


def render_prompt(files: PromptFiles, variables: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[str, str]:
    """(system text, user text) of a prompt.

    Args:
        files: the prompt.
        variables: what the template may name; a name that is missing is a mistake of the template.
        data: the machine-readable block, given to the template as ``data``.

    Raises:
        UserError: the template is wrong, lacks a block, or names what is not there.
    """
    file = str(files.folder / "prompt.jinja")
    template = compile_template(files.template, file)
    missing = [block for block in BLOCKS if block not in template.blocks]
    if missing:
        raise UserError(f"has no block '{missing[0]}'", file=file, hint="a prompt has the blocks system and user")
    context = template.new_context({**variables, "data": data_block(data)})
    texts = [rendered(template.blocks[block](context), file).strip() for block in BLOCKS]
    return texts[0], texts[1]


def data_block(data: Mapping[str, Any]) -> str:
    """The machine-readable part of a prompt: one line of JSON between ``<data>`` and ``</data>``."""
    return f"{DATA_START}\n{dump_json(dict(data))}\n{DATA_END}"
