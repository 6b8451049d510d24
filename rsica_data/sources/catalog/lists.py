"""List files of splits in every form that sets come with: names, file names or paths, one a line or many, CSV, JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json
from rsica_data.core.text_encoding import read_user_text
from rsica_data.sources.common import list_folder, split_suffix
from rsica_data.sources.path_templates import placed_name

_BETWEEN = re.compile(r"[\s,;]+")
_PART = re.compile(r"(\{[^{}]*\}|\*|\?)")


def matching_files(root: Path, path: str) -> list[Path]:
    """Files at a path whose name may hold ``*`` and ``?``, sorted."""
    folder, _, name = path.rpartition("/")
    return [root / folder / entry for entry in list_folder(root / folder) if fnmatchcase(entry, name)]


def listed_names(
    path: Path, known: Collection[str], templates: Sequence[str], paths: Mapping[str, str] | None = None
) -> list[str]:
    """Names of pairs that a list holds, in its order, each once.

    A line that is no known name stands for a pair that is not there, but for the heading of a CSV table.

    Args:
        path: the file: lines, or JSON (every text in it is a name).
        known: names of pairs that are there.
        templates: of the files of a pair; a list may hold file names that they match.
        paths: names of pairs by paths that a list may hold.

    Raises:
        UserError: cannot be read, empty, or names no pair that is there.
    """
    patterns = [name_pattern(template.rpartition("/")[2]) for template in templates if "{name}" in template]
    listed: dict[str, None] = {}
    lines = _lines(path)
    for number, line in enumerate(lines):
        by_path = (paths or {}).get(line.replace("\\", "/"))
        names = list(_names(line, known, patterns)) if by_path is None else [by_path]
        is_heading = number == 0 and path.suffix.lower() in (".csv", ".tsv") and names[0] not in known
        listed |= {} if is_heading else dict.fromkeys(names)
    if not listed:
        raise UserError("list is empty", file=path)
    if not any(name in known for name in listed):
        hint = f"it has '{next(iter(listed))}', the folder '{min(known)}'"
        raise UserError("names no pair of the folder", file=path, hint=hint)
    return list(listed)


def _lines(path: Path) -> list[str]:
    if path.suffix.lower() == ".json":
        return [text.strip() for text in _texts(read_json(path)) if text.strip()]
    return [line.strip() for line in read_user_text(path).splitlines() if line.strip()]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _names(line: str, known: Collection[str], patterns: Iterable[re.Pattern[str]]) -> Iterator[str]:
    whole = _name(line, known, patterns)
    if whole in known:
        yield whole
        return
    named = [_name(text, known, patterns) for text in _BETWEEN.split(line.strip(",; \t")) if text]
    there = [name for name in named if name in known]
    yield from there or named[:1] or [whole]


def _name(text: str, known: Collection[str], patterns: Iterable[re.Pattern[str]]) -> str:
    """The known name that a text stands for: itself, without suffix, by a template, or a folder of its path."""
    parts = [part for part in re.split(r"[/\\]", text.strip().strip("\"'")) if part] or [""]
    file = parts[-1]
    stem = split_suffix(file)[0]
    matched = (placed_name(match.groupdict()) for pattern in patterns if (match := pattern.fullmatch(file)))
    for name in (file, stem, *matched, *reversed(parts[:-1])):
        if name in known:
            return name
    return stem


def name_pattern(segment: str) -> re.Pattern[str]:
    """What matches a file name by a part of a template, with the groups ``name`` and, where it is there, ``place``."""
    pieces: list[str] = []
    for part in _PART.split(segment):
        group = f"(?P<{part[1:-1]}>.+)"
        if part in ("{name}", "{place}") and group not in pieces:
            pieces.append(group)
        else:
            pieces.append(".*" if _PART.fullmatch(part) else re.escape(part))
    return re.compile("".join(pieces)) if "(?P<name>.+)" in pieces else re.compile(r"(?P<name>(?!))")
