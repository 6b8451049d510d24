"""Path templates: ``{split}/t1/{name}.tif`` to the files that it matches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.imagery.image_listing import IMAGE_SUFFIXES
from rsica_data.schema.records import SPLITS
from rsica_data.sources.common import inside, list_folder

_PARTS = re.compile(r"(\{[^{}]*\}|\*|\?)")


@dataclass(frozen=True, slots=True)
class Match:
    """A file that a template matches; ``split`` is None where the template has none."""

    split: str | None
    name: str
    path: str


def check_template(template: str, parts: Sequence[str] = ("name", "split")) -> str:
    """The template, if it is one.

    Args:
        template: the text.
        parts: what may stand in braces; the first one must.

    Raises:
        ValueError: it has no ``{name}``, an unknown part, leaves the input folder, or ends in no image suffix.
    """
    if not inside(template):
        raise ValueError(f"template '{template}' must lie inside the input folder")
    unknown = [part for part in re.findall(r"\{(.*?)\}", template) if part not in parts]
    if unknown:
        known = ", ".join(f"{{{part}}}" for part in parts)
        raise ValueError(f"template '{template}' has the unknown part {{{unknown[0]}}}; known: {known}")
    if f"{{{parts[0]}}}" not in template:
        raise ValueError(f"template '{template}' has no {{{parts[0]}}}")
    if not template.lower().endswith((*IMAGE_SUFFIXES, "*", "}")):
        raise ValueError(f"template '{template}' should end in one of {', '.join(IMAGE_SUFFIXES)}, or in *")
    return template


def match_template(root: Path, template: str) -> list[Match]:
    """Every image file under ``root`` that ``template`` matches, sorted by path.

    ``*`` and ``?`` match within one path segment, as do ``{name}`` and ``{split}``; a part that appears twice must
    match the same text. The case of the suffix does not matter.

    Raises:
        UserError: ``{split}`` matches something that is none of train, val, test.
    """
    matches = []
    for bound, path in walk_template(root, template):
        split = bound.get("split")
        if split is not None and split not in SPLITS:
            hint = f"a folder or name part for {{split}} is one of {', '.join(SPLITS)}"
            raise UserError(f"'{path}' is in split '{split}'", file=root, hint=hint)
        matches.append(Match(split, bound["name"], path))
    return matches


def walk_template(
    root: Path, template: str, choices: Mapping[str, Sequence[str]] | None = None, *, suffixes: Sequence[str] = ()
) -> list[tuple[dict[str, str], str]]:
    """What each part of a template stands for in every file that it matches, and the file, sorted by path.

    Args:
        root: the input folder.
        template: see :func:`match_template`; any part may stand in braces.
        choices: the only texts that a part may stand for.
        suffixes: endings of the files, lower case (default: those of images).
    """
    endings = tuple(suffixes) or IMAGE_SUFFIXES
    walked = _walk(root, "", template.split("/"), {}, choices or {}, endings)
    return sorted(walked, key=lambda pair: pair[1])


def placed_name(bound: Mapping[str, str]) -> str:
    """The name of the pair of a file: that of ``{name}``, after that of ``{place}`` where the template has one."""
    return f"{bound['place']}_{bound['name']}" if "place" in bound else bound["name"]


def fill_template(template: str, split: str, name: str) -> str | None:
    """The one path that a template means for a pair; None where it has wildcards."""
    if "*" in template or "?" in template:
        return None
    return template.replace("{split}", split).replace("{name}", name)


def _walk(
    root: Path,
    at: str,
    segments: list[str],
    bound: Mapping[str, str],
    choices: Mapping[str, Sequence[str]],
    endings: tuple[str, ...],
) -> Iterator[tuple[dict[str, str], str]]:
    segment, rest = segments[0], segments[1:]
    if rest and not _PARTS.search(segment):
        yield from _walk(root, f"{at}{segment}/", rest, bound, choices, endings)
        return
    pattern = re.compile(_pattern(segment, bound, choices, last=not rest))
    for name in list_folder(root / at):
        match = pattern.fullmatch(name)
        if match is None or (not rest and not name.lower().endswith(endings)):
            continue
        bindings = {**bound, **match.groupdict()}
        if rest:
            yield from _walk(root, f"{at}{name}/", rest, bindings, choices, endings)
        else:
            yield bindings, at + name


def _pattern(segment: str, bound: Mapping[str, str], choices: Mapping[str, Sequence[str]], *, last: bool) -> str:
    dot = segment.rfind(".") if last else -1
    body, suffix = (segment[:dot], segment[dot:]) if dot >= 0 and not _PARTS.search(segment[dot:]) else (segment, "")
    pieces, seen = [], set(bound)
    for part in _PARTS.split(body):
        key = part[1:-1]
        if part in ("*", "?"):
            pieces.append("[^/]*" if part == "*" else "[^/]")
        elif not part.startswith("{"):
            pieces.append(re.escape(part))
        elif key in bound:
            pieces.append(re.escape(bound[key]))
        else:
            allowed = "|".join(re.escape(text) for text in choices[key]) if key in choices else "[^/]+"
            pieces.append(f"(?P={key})" if key in seen else f"(?P<{key}>{allowed})")
            seen.add(key)
    return "".join(pieces) + (f"(?i:{re.escape(suffix)})" if suffix else "")
