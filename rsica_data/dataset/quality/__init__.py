"""What is wrong with a dataset whose every row is valid: leaks, answers without images, doubled questions, slivers.

``leaks.py`` compares splits, ``blind.py`` answers without images, ``questions.py`` and ``slivers.py`` look at single
pairs; ``report.py`` runs them all in one reading of the dataset.
"""

from rsica_data.dataset.quality.blind import AnswerCounts, blind_rows
from rsica_data.dataset.quality.quality_report import QualityOptions, quality_report, quality_text

__all__ = ["AnswerCounts", "QualityOptions", "blind_rows", "quality_report", "quality_text"]
