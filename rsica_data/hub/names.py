"""Names of datasets on the Hub: ``USER/NAME`` or ``USER/NAME@REVISION``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rsica_data.errors import UserError

MAIN = "main"

# The Hub's own rule: letters, digits, "-", "_" and "."; neither part begins or ends with "-" or ".".
_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REVISION = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_NAME = re.compile(rf"(?:hf:/{{1,2}}datasets/)?(?P<repo>{_PART}/{_PART})(?:@(?P<revision>{_REVISION}))?")


@dataclass(frozen=True, slots=True)
class HubName:
    """A dataset on the Hub, and a branch, tag or commit of it."""

    repo: str
    revision: str = MAIN

    def __str__(self) -> str:
        return self.repo if self.revision == MAIN else f"{self.repo}@{self.revision}"


def parse_hub_name(text: str, key: str | None = None) -> HubName:
    """The dataset that ``USER/NAME``, ``USER/NAME@REVISION`` or ``hf://datasets/USER/NAME`` names.

    Raises:
        UserError: not of this form.
    """
    match = _NAME.fullmatch(text)
    if match is None or ".." in text or "--" in match["repo"]:
        hint = "a dataset on the Hub is USER/NAME or USER/NAME@REVISION"
        raise UserError(f"'{text}' is not a name on the Hub", key=key, hint=hint)
    return HubName(match["repo"], match["revision"] or MAIN)


def check_repo(text: str, key: str, hint: str | None = None) -> str:
    """A repository's name alone, ``USER/NAME``.

    Raises:
        UserError: not of this form, or with a revision.
    """
    if parse_hub_name(text, key).repo != text:
        raise UserError(f"'{text}' is not USER/NAME", key=key, hint=hint)
    return text


def as_hub_name(path: Path | str) -> HubName | None:
    """The name on the Hub that stands in the place of a folder, or None where a folder is meant.

    A path that exists is a folder, and so is one whose first part exists: there a name is mistyped, not fetched.
    """
    text = str(path)
    match = _NAME.fullmatch(text)
    if match is None or ".." in text or Path(path).exists():
        return None
    if not text.startswith("hf:") and Path(text).parts[:1] and Path(Path(text).parts[0]).exists():
        return None
    return HubName(match["repo"], match["revision"] or MAIN)
