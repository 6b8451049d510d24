"""Names of datasets on the Hub: ``USER/NAME`` or ``USER/NAME@REVISION``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rsica_data.core.errors import UserError

MAIN = "main"

# The Hub's own rules (huggingface_hub's validate_repo_id, and the form for a new repository): letters, digits, "-", "_"
# and "."; neither part begins or ends with "-" or ".", holds "--" or "..", or is longer than 96; no name ends in
# ".git" or ".ipynb". A revision follows git's rules for references.
_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REVISION = r"[A-Za-z0-9][A-Za-z0-9._/-]*"
_NAME = re.compile(rf"(?:hf:/{{1,2}}datasets/)?(?P<repo>{_PART}/{_PART})(?:@(?P<revision>{_REVISION}))?")
_REFUSED_SUFFIXES = (".git", ".ipynb")
_NO_REVISION = re.compile(r"\.\.|//|/\.|[./]$|\.lock(/|$)")


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
    if match is None:
        hint = "a dataset on the Hub is USER/NAME or USER/NAME@REVISION"
        raise UserError(f"'{text}' is not a name on the Hub", key=key, hint=hint)
    refused = _refused(match)
    if refused is not None:
        raise UserError(
            f"'{text}' is not a name on the Hub: {refused}", key=key, hint="USER/NAME or USER/NAME@REVISION"
        )
    return HubName(match["repo"], match["revision"] or MAIN)


def _refused(match: re.Match[str]) -> str | None:
    """Why the Hub refuses a name of the right form; None where it takes it."""
    repo, revision = match["repo"], match["revision"]
    for text in ("--", ".."):
        if text in repo:
            return f"it holds '{text}'"
    for suffix in _REFUSED_SUFFIXES:
        if repo.lower().endswith(suffix):
            return f"it ends in '{suffix}'"
    if revision is not None and _NO_REVISION.search(revision):
        return f"git takes no branch or tag called '{revision}'"
    return None


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
    if match is None or _refused(match) is not None or Path(path).exists():
        return None
    if not text.startswith("hf:") and Path(text).parts[:1] and Path(Path(text).parts[0]).exists():
        return None
    return HubName(match["repo"], match["revision"] or MAIN)
