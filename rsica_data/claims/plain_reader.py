"""Claims of a text without a language model, for tests and demos: what the readers of change, counts and cells tell."""

from __future__ import annotations

from typing import Any

from rsica_data.claims.marks import marks_of
from rsica_data.claims.reading import NAMES
from rsica_data.text.amounts.counts import read_counts
from rsica_data.text.grid.cells import read_cells
from rsica_data.text.yes_no.stance import read_change


def plain_claims(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The claims of a case, in the form of ``extraction.claims_schema``.

    Args:
        case: as ``extraction.case_of`` makes it.
    """
    text, names = str(case["text"]), list(case["classes"])
    marks = marks_of(text, names)
    kinds = {mark.kind for mark in marks}
    claims: list[tuple[str, dict[str, Any], Any]] = []
    if "class" not in kinds and isinstance(changed := read_change(text), bool):
        claims.append(("any_change", {}, changed))
    if "edge" not in kinds and isinstance(counts := read_counts(text, names), dict):
        # "No road changed in the top-left" says nothing of other cells.
        claims += [
            ("class_count", {"cls": name}, count) for name, count in counts.items() if count or "place" not in kinds
        ]
    if any(mark.kind == "place" and len(mark.value) == 1 for mark in marks):
        cells = read_cells(text, names)
        pairs = [(name, cell) for name, there in cells.items() for cell in there] if isinstance(cells, dict) else []
        named = {cell for mark in marks if mark.kind == "place" for cell in mark.value}
        claims += [("cell_presence", {"cls": name, "cell": cell}, True) for name, cell in pairs if cell in named]
    return [{"quote": text, "kind": kind, "args": args, "value": value} for kind, args, value in claims]


def plain_reading(case: dict[str, Any]) -> dict[str, Any]:
    """The same claims in the form of ``reading.reading_schema``; what the question asks for is not read.

    Args:
        case: as ``reading.reading_prompt`` shows it: its text stands in parts where claims are asked for.

    >>> plain_reading({"text": {"1": "Two roads changed."}, "classes": ["road", "building"]})
    {'claims': '1 count road 2'}
    """
    reading: dict[str, Any] = {"asks": ""} if "question" in case else {}
    if isinstance(case["text"], str):
        return reading
    entries: list[str] = []
    cells: dict[str, list[str]] = {}
    for claim in plain_claims({**case, "text": " ".join(case["text"].values())}):
        kind, args, value = claim["kind"], claim["args"], claim["value"]
        if kind == "cell_presence":
            cells.setdefault(args["cls"], []).append(args["cell"])
        else:
            entries.append(" ".join((NAMES[kind], *args.values(), str(value).lower())))
    entries += [" ".join((NAMES["cells_of_class"], name, *there)) for name, there in cells.items()]
    parts = " ".join(case["text"])
    return {**reading, "claims": "; ".join(f"{parts} {entry}" for entry in entries)}
