"""The leaderboard site: boards as static pages."""

from rsica_bench.leaderboard.site.site_files import write_site

__all__ = ["write_site"]
