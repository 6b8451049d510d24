"""Tables as Markdown and as one static HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from rsica_bench.leaderboard.board_tables import Table
from rsica_bench.scoring.descriptions import entry_of, readable
from rsica_data.core.escaping import markdown_text
from rsica_data.core.files import write_atomic
from rsica_data.core.web_pages import content_policy, json_block


def write_markdown(tables: Sequence[Table], path: Path) -> None:
    """Write the tables as Markdown; an absent figure is a dash."""
    parts = [
        "# Leaderboard",
        "Figures of one table share data, split and protocol; rows are ranked by the bold one.\n"
        "* privileged: may read the answers. † no rank, for the reason that is given.",
    ]
    for table in tables:
        parts.append(f"## {markdown_text(f'{table.dataset}, {table.split}: {table.task} (protocol {table.protocol})')}")
        marks = [_head(table, name) for name in table.columns]
        head = ["model", "status", "items", *marks]
        lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for row in table.rows:
            name = markdown_text(row.model) + (" *" if row.privileged else "")
            name += f" † ({markdown_text(row.unranked)})" if row.unranked else ""
            figures = [f"{row.values[c]:.4f}" if c in row.values else "-" for c in table.columns]
            lines.append("| " + " | ".join([name, markdown_text(row.status), str(row.items), *figures]) + " |")
        parts.append("\n".join(lines))
        parts.append(f"Data SHA-256: `{markdown_text(table.dataset_sha256[:16])}`")
    write_atomic(path, "\n\n".join(parts) + "\n", lone=True)


def _head(table: Table, name: str) -> str:
    words = f"{markdown_text(name)} {'↓' if name in table.lower else '↑'}"
    return f"**{words}**" if name == table.lead else words


def write_html(tables: Sequence[Table], path: Path) -> None:
    """Write one page that needs nothing but itself: tables that sort on a click on their heads."""
    assets = files("rsica_bench.leaderboard") / "assets"
    page, style, code = ((assets / name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js"))
    # The data comes last: whatever stands in it, nothing is looked for in it again.
    page = page.replace("/*POLICY*/", content_policy(scripts=[code], styles=[style], files=False))
    page = page.replace("/*STYLE*/", style).replace("/*SCRIPT*/", code)
    write_atomic(path, page.replace("/*DATA*/", json_block([_as_json(table) for table in tables])), lone=True)


def _as_json(table: Table) -> dict[str, Any]:
    """A table with the readable names of its figures and what they are."""
    entries = {name: entry_of(table.task, name) for name in table.columns}
    about = {name: f"{one.formula}. Source: {one.source}" for name, one in entries.items() if one is not None}
    return {**asdict(table), "labels": {name: readable(name) for name in table.columns}, "about": about}
