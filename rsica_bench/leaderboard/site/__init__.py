"""The leaderboard site: boards as static pages."""

from rsica_bench.leaderboard.site.write import write_site

__all__ = ["write_site"]
