"""Result files into tables and pages."""

from rsica_bench.leaderboard.board_pages import write_html, write_markdown
from rsica_bench.leaderboard.board_tables import Table, collect_tables

__all__ = ["Table", "collect_tables", "write_html", "write_markdown"]
