"""Writes docs/figures.md from the docstrings: formula, averaging and source of every figure, and what interval it has.

A module of figures has a section ``Figures:`` at the end of its docstring, an entry a figure: ``name: formula.
Averaging: ... Source: ...``. Figures that a module has and does not describe, or describes and has not, are mistakes.

    python tools/figures.py            writes the page
    python tools/figures.py --check    exit status 1 where it is not current
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rsica_bench.metrics.interval_rules import RULES, kind_of
from rsica_bench.scoring.unread import __doc__ as unread_rule

PAGE = Path(__file__).parents[1] / "docs" / "figures.md"
MODULES = {
    "Decisions": "rsica_bench.metrics.binary",
    "Counts": "rsica_bench.metrics.counting",
    "Cells": "rsica_bench.metrics.multilabel",
    "Boxes": "rsica_bench.metrics.boxes",
    "Boxes with scores": "rsica_bench.metrics.detection",
    "Objects of change": "rsica_bench.metrics.change_objects",
    "Regions of questions": "rsica_bench.metrics.regions",
    "Masks of questions": "rsica_bench.metrics.masks",
    "Change detection": "rsica_bench.metrics.change_detection",
    "Change of several classes": "rsica_bench.metrics.multi_class_change",
    "Semantic change": "rsica_bench.metrics.semantic_change",
    "Short answers": "rsica_bench.metrics.vqa",
    "Short texts": "rsica_bench.metrics.anls",
    "Texts and images": "rsica_bench.metrics.embedding_scores",
    "Retrieval": "rsica_bench.metrics.retrieval",
    "Texts by an encoder": "rsica_bench.metrics.bert_score",
    "Captions": "rsica_bench.metrics.captions",
    "Mentions": "rsica_bench.scoring.mention_scores",
    "Scenes": "rsica_bench.scoring.scene",
    "Transitions": "rsica_bench.scoring.transition",
    "Conversations": "rsica_bench.scoring.dialogue",
}
_ENTRY = re.compile(r"(?P<name>\S+): (?P<formula>.*?)\. Averaging: (?P<averaging>.*?)\. Source: (?P<source>.*)\.")


@dataclass(frozen=True)
class Entry:
    """A figure as its module describes it."""

    name: str
    formula: str
    averaging: str
    source: str


def entries_of(text: str) -> list[Entry]:
    """The entries of the section ``Figures:`` of a docstring."""
    section = text.partition("\nFigures:\n")[2]
    found: list[str] = []
    for line in section.splitlines():
        if re.match(r"    \S", line):
            found.append(line.strip())
        elif line.strip() and found:
            found[-1] += " " + line.strip()
    entries = []
    for line in found:
        match = _ENTRY.fullmatch(line)
        if match is None:
            raise ValueError(f"cannot read the entry '{line}'")
        entries.append(Entry(**match.groupdict()))
    return entries


def page() -> str:
    """The page."""
    parts = [
        "# Figures\n\n"
        "Made from the docstrings by `python tools/figures.py`. Micro figures are of sums over all items or\n"
        "pixels, macro ones are means of figures of parts. `T` is a threshold; a class, bin or kind follows a slash\n"
        "(`mae/road`). Intervals: [protocols.md](protocols.md).",
        f"## Replies that cannot be read\n\n{_as_markdown(str(unread_rule).partition(chr(10))[2])}",
    ]
    for title, name in MODULES.items():
        module = importlib.import_module(name)
        lines = ["| figure | formula | averaging | source | interval |", "| --- | --- | --- | --- | --- |"]
        lines += [_row(entry, module) for entry in entries_of(str(module.__doc__))]
        parts.append(f"## {title}\n\n`{name}`\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _row(entry: Entry, module: Any) -> str:
    kinds: Mapping[str, Any] = getattr(module, "KINDS", {})
    name = entry.name.replace("..4", "")
    known = name in kinds or name.partition("@")[0] in kinds
    method = RULES[kind_of(name, kinds)].method if known else "by its parts"
    cells = (f"`{entry.name}`", entry.formula, entry.averaging, entry.source, method)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _as_markdown(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"`\1`", text.replace("``", "`")).strip()


def missing() -> Iterator[str]:
    """Figures that a module can give (it has a reason for their absence) and does not describe."""
    for name in MODULES.values():
        module = importlib.import_module(name)
        described = {entry.name.partition("@")[0] for entry in entries_of(str(module.__doc__))}
        for figure in getattr(module, "REASONS", getattr(module, "_REASONS", {})):
            if figure not in described:
                yield f"{name}: {figure}"


def main() -> int:
    """Write the page, or check it."""
    for one in missing():
        print(f"not described: {one}", file=sys.stderr)
        return 1
    if "--check" in sys.argv[1:]:
        return int(not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
