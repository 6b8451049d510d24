"""Pages to look at a built dataset: one file of a sample, or a folder of everything."""

from rsica_data.dataset.report.pages_folder import write_folder
from rsica_data.dataset.report.sample_page import write_preview

__all__ = ["write_folder", "write_preview"]
