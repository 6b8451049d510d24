"""Prompt folders as they lie on disk: found by name, their meta files checked; ``prompt_templates`` renders them.

A prompt is a folder ``prompts/NAME`` with ``prompt.jinja`` (blocks ``system`` and ``user``), ``schema.json`` (JSON
schema of the reply) and ``meta.yaml``. Folders beside a recipe (``prompts/NAME`` in its own folder) go before those
that ship.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt

from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import sha256_json
from rsica_data.core.json_text import parse_json
from rsica_data.core.text_encoding import read_user_text
from rsica_data.core.validation import validate_model
from rsica_data.core.yaml_text import read_yaml_mapping

Reads = Literal["questions", "captions", "conversation", "paraphrases", "targets"]
Needs = Literal["captions", "mask", "objects", "tags", "rows", "metadata", "images"]
PARTS = ("prompt.jinja", "schema.json", "meta.yaml")


class PromptOption(BaseModel):
    """One option that a recipe may set for a prompt; ``default: null`` makes it required."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    help: str
    default: Any = None


class PromptMeta(BaseModel):
    """The keys of ``meta.yaml``.

    Attributes:
        version: counted up with every change of wording.
        task: task of the rows that the prompt makes (paraphrases keep the task of their row).
        reads: how a reply becomes rows.
        needs: what a pair must have to be asked about.
        per_pair, spare: rows a pair, and further ones to ask for in reserve, where the recipe says nothing.
        check: ``facts``: every statement goes through the claims; ``leaks``: only what betrays the prompt is refused,
            because the text is not about the change that the facts describe.
        about: ``pair``, or ``image``: the only image of a pair, or its second one; then that image alone is sent.
        asks: wordings of the user's turn, where the model writes the answer alone; ``asks_second`` those that name the
            second image, for pairs with two.
        options: what a recipe may set.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: PositiveInt
    summary: str
    task: Literal["open_qa", "captioning", "tag_caption", "dialogue"]
    reads: Reads
    needs: list[Needs] = []
    per_pair: PositiveInt = 1
    spare: NonNegativeInt = 0
    check: Literal["facts", "leaks"] = "facts"
    about: Literal["pair", "image"] = "pair"
    asks: list[str] = []
    asks_second: list[str] = []
    options: dict[str, PromptOption] = Field(default_factory=dict)


@dataclass(frozen=True)
class PromptFiles:
    """One prompt, read from its folder. ``sha256`` is over all three files."""

    name: str
    folder: Path
    meta: PromptMeta
    template: str
    schema: dict[str, Any]
    sha256: str


def shipped_folder() -> Path:
    """The folder of recipes that comes with the package; prompts lie in its ``prompts``."""
    package = Path(str(package_files("rsica_data")))
    inside = package / "_recipes"
    # In a checkout the recipes stand at the top level; a wheel carries them inside the package.
    return inside if inside.is_dir() else package.resolve().parent / "recipes"


def prompt_folders(beside: Path | None = None) -> dict[str, Path]:
    """Name to folder of every prompt: those that ship, and those in ``beside/prompts``, which go first."""
    folders: dict[str, Path] = {}
    for root in (shipped_folder(), beside):
        if root is not None:
            folders |= {path.parent.name: path.parent for path in sorted((root / "prompts").glob("*/meta.yaml"))}
    return dict(sorted(folders.items()))


def load_prompt_files(name: str, beside: Path | None = None) -> PromptFiles:
    """The prompt of a name.

    Raises:
        UserError: there is none, one of its files is missing, or its meta file or schema is wrong.
    """
    folders = prompt_folders(beside)
    if name not in folders:
        raise UserError(f"unknown prompt '{name}'", hint=did_you_mean(name, folders))
    folder = folders[name]
    texts = {part: _read(folder / part) for part in PARTS}
    meta, _ = read_yaml_mapping(folder / "meta.yaml", "meta.yaml holds one mapping")
    schema = parse_json(texts["schema.json"], folder / "schema.json")
    if not isinstance(schema, dict):
        raise UserError("schema.json holds one mapping", file=folder / "schema.json")
    checked = validate_model(PromptMeta, meta, file=folder / "meta.yaml")
    return PromptFiles(name, folder, checked, texts["prompt.jinja"], schema, sha256_json(texts))


def _read(path: Path) -> str:
    if not path.exists():
        raise UserError("a prompt has this file", file=path, hint="needed: " + ", ".join(PARTS))
    return read_user_text(path)
