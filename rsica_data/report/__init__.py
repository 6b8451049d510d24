"""The preview page."""

from rsica_data.report.page import write_preview

__all__ = ["write_preview"]
