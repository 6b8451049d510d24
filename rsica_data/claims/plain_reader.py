"""Claims of a text without a language model, for tests and demos: what the readers of change, counts and cells tell."""

from __future__ import annotations

from typing import Any

from rsica_data.text.amounts.counts import read_counts
from rsica_data.text.grid.cells import read_cells
from rsica_data.text.yes_no.stance import read_change


def plain_claims(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The claims of a case, in the form of ``extraction.claims_schema``.

    Args:
        case: as ``extraction.case_of`` makes it.
    """
    text, names = str(case["text"]), list(case["classes"])
    found: list[tuple[str, dict[str, Any], Any]] = []
    if isinstance(changed := read_change(text), bool):
        found.append(("any_change", {}, changed))
    if isinstance(counts := read_counts(text, names), dict):
        found += [("class_count", {"cls": name}, count) for name, count in counts.items()]
    if isinstance(cells := read_cells(text, names), dict):
        told = [(name, cell) for name, there in cells.items() for cell in there]
        found += [("cell_presence", {"cls": name, "cell": cell}, True) for name, cell in told]
    return [{"quote": text, "kind": kind, "args": args, "value": value} for kind, args, value in found]
