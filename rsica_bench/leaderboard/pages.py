"""Tables as Markdown and as one static HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from rsica_bench.leaderboard.tables import Table
from rsica_data.journal import utf8_json, write_atomic


def write_markdown(tables: Sequence[Table], path: Path) -> None:
    """Write the tables as Markdown; an absent figure is a dash."""
    parts = [
        "# Leaderboard",
        "Figures of one table share data, split and protocol; rows are ranked by the bold one.\n"
        "* privileged: may read the answers.",
    ]
    for table in tables:
        parts.append(f"## {table.dataset}, {table.split}: {table.task} (protocol {table.protocol})")
        marks = [_head(table, name) for name in table.columns]
        head = ["model", "status", "items", *marks]
        lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
        for row in table.rows:
            name = row.model.replace("|", "\\|") + (" *" if row.privileged else "")
            figures = [f"{row.values[c]:.4f}" if c in row.values else "-" for c in table.columns]
            lines.append("| " + " | ".join([name, row.status, str(row.items), *figures]) + " |")
        parts.append("\n".join(lines))
        parts.append(f"Data SHA-256: `{table.dataset_sha256[:16]}`")
    write_atomic(path, "\n\n".join(parts) + "\n")


def _head(table: Table, name: str) -> str:
    words = f"{name} {'↓' if name in table.lower else '↑'}"
    return f"**{words}**" if name == table.lead else words


def write_html(tables: Sequence[Table], path: Path) -> None:
    """Write one page that needs nothing but itself: tables that sort on a click on their heads."""
    assets = files("rsica_bench.leaderboard") / "assets"
    # "</" could end the script element that holds the data.
    data = utf8_json(json.dumps([asdict(table) for table in tables], ensure_ascii=False)).replace("</", "<\\/")
    page = (assets / "page.html").read_text(encoding="utf-8")
    for name, text in (
        ("STYLE", (assets / "page.css").read_text(encoding="utf-8")),
        ("SCRIPT", (assets / "page.js").read_text(encoding="utf-8")),
        ("DATA", data),
    ):
        page = page.replace(f"/*{name}*/", text)
    write_atomic(path, page)
