"""Rubrics: a versioned prompt and the schema of its reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_data.claims.rubric_files import rubric_folder
from rsica_data.core.errors import UserError, did_you_mean
from rsica_data.core.files import sha256_json
from rsica_data.core.json_text import read_json_object
from rsica_data.core.text_encoding import read_user_text
from rsica_data.core.yaml_text import read_yaml_mapping

VERDICTS = {"correct": 1.0, "partly": 0.5, "wrong": 0.0}
"""What a verdict is worth."""


@dataclass(frozen=True)
class Rubric:
    """A rubric.

    Attributes:
        name, version: what results state; a change of the prompt is a new version.
        prompt: Jinja source; it gets ``case``, the question, answers and facts as JSON.
        schema: JSON schema of the reply: with at least ``verdict`` (one of `VERDICTS`) and ``reason``; of ``facts`` the
            array ``claims``, whose form follows from each pair.
    """

    name: str
    version: int
    prompt: str
    schema: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Hash of prompt and schema."""
        return sha256_json([self.prompt, dict(self.schema)])

    def render(self, case: Mapping[str, Any]) -> str:
        """The prompt for a case.

        Raises:
            UserError: the template is wrong.
        """
        from rsica_data.core.templating import compile_template, fenced_json, rendered

        file = f"rubric '{self.name}': prompt.jinja"
        return rendered(compile_template(self.prompt, file, trim=False).generate(case=fenced_json(case)), file)


def load_rubric(reference: str, kind: str = "answer") -> Rubric:
    """A shipped rubric by name, or that of a folder with ``prompt.jinja``, ``schema.json`` and ``meta.yaml``.

    Args:
        reference: name or folder.
        kind: the kind of case that it is for: ``answer``, ``dialogue`` or ``facts``.

    Raises:
        UserError: no such rubric, or its files do not make one.
    """
    own = Path(str(files("rsica_bench.judge"))) / "rubrics"
    shipped = {path.name: path for path in (*own.iterdir(), rubric_folder("facts")) if path.is_dir()}
    names = sorted(shipped)
    folder = shipped.get(reference, Path(reference))
    if not folder.is_dir():
        hint = did_you_mean(reference, names)
        raise UserError(
            f"no rubric '{reference}'", key="--rubric", hint=hint or f"known: {', '.join(names)}, or a folder"
        )
    try:
        meta, _ = read_yaml_mapping(folder / "meta.yaml", "meta.yaml holds one mapping")
        schema = read_json_object(folder / "schema.json", "the schema of a reply", own=False)
        rubric = Rubric(folder.name, int(meta["version"]), read_user_text(folder / "prompt.jinja"), schema)
        claims = kind == "facts" and schema["properties"]["claims"]["type"] == "array"
        known = set() if claims else set(schema["properties"]["verdict"]["enum"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"is no rubric: {error!r}", file=str(folder), key="--rubric") from None
    if not known <= VERDICTS.keys():
        raise UserError(f"has verdicts besides {', '.join(VERDICTS)}", file=f"{folder}/schema.json")
    return rubric
