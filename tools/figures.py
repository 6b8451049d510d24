"""Writes docs/figures.md from the docstrings: formula, averaging and source of every figure, and what interval it has.

``rsica_bench.scoring.descriptions`` reads them. Figures that a module has and does not describe are mistakes.

    python tools/figures.py            writes the page
    python tools/figures.py --check    exit status 1 where it is not current
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rsica_bench.metrics.interval_rules import RULES, kind_of
from rsica_bench.scoring.descriptions import MODULES, Entry, entries_of
from rsica_bench.scoring.unread import __doc__ as unread_rule

PAGE = Path(__file__).parents[1] / "docs" / "figures.md"


def page() -> str:
    """The page."""
    parts = [
        "# Figures\n\n"
        "Made from the docstrings by `python tools/figures.py`. Micro figures are of sums over all items or\n"
        "pixels, macro ones are means of figures of parts. `T` is a threshold; a class, bin or kind follows a slash\n"
        "(`mae/road`). Figures of boxes begin with `box_` or `oriented_` where a task has others besides; `region/`\n"
        "and `change/` stand before figures of what boxes cover and of change of any class. Intervals:\n"
        "[protocols.md](protocols.md).",
        f"## Replies that cannot be read\n\n{_as_markdown(str(unread_rule).partition(chr(10))[2])}",
    ]
    for title, name in MODULES.items():
        module = importlib.import_module(name)
        lines = ["| figure | formula | averaging | source | interval |", "| --- | --- | --- | --- | --- |"]
        lines += [_row(entry, module) for entry in entries_of(str(module.__doc__))]
        parts.append(f"## {title}\n\n`{name}`\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _row(entry: Entry, module: Any) -> str:
    kinds: Mapping[str, Any] = getattr(module, "KINDS", getattr(module, "_KINDS", {}))
    name = entry.name.replace("..4", "")
    known = name in kinds or name.partition("@")[0] in kinds
    method = RULES[kind_of(name, kinds)].method if known else "by its parts"
    cells = (f"`{entry.name}`", entry.formula, entry.averaging, entry.source, method)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _as_markdown(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"`\1`", text.replace("``", "`")).strip()


def missing() -> Iterator[str]:
    """Figures that a module can give (it has a reason for their absence) and does not describe.

    Reasons that a module has from another one are the other one's.
    """
    modules = {name: importlib.import_module(name) for name in MODULES.values()}
    reasons = {name: getattr(module, "REASONS", getattr(module, "_REASONS", {})) for name, module in modules.items()}
    entries = {name: entries_of(str(module.__doc__)) for name, module in modules.items()}
    for name in modules:
        same = [other for other in modules if reasons[other] is reasons[name]]
        described = {entry.name.partition("@")[0] for other in same for entry in entries[other]}
        for figure in reasons[name]:
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
