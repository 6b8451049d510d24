"""What is wrong with a dataset whose every row is valid: leaks, answers without images, doubled questions, slivers.

``leaks.py`` and ``nearness.py`` compare splits, ``blind.py`` answers without images, ``repeated_questions.py``,
``mask_fit.py`` and ``slivers.py`` look at single pairs. ``examine.py`` runs them all in one reading of the dataset and
``quality_report.py`` reports it. ``gates.py`` decides by a recipe's ``checks`` what is dropped or flagged.
"""

from rsica_data.dataset.checks_section import ChecksSection
from rsica_data.dataset.quality.blind import AnswerCounts, Learned, blind_rows, learn
from rsica_data.dataset.quality.embeddings import Embeddings, read_embeddings
from rsica_data.dataset.quality.examine import Findings, QualityOptions, examine
from rsica_data.dataset.quality.gates import Gated, settle_checks
from rsica_data.dataset.quality.golds import turns_of
from rsica_data.dataset.quality.quality_report import quality_report, quality_text
from rsica_data.dataset.quality.wording_classifier import WordClassifier

__all__ = [
    "AnswerCounts",
    "ChecksSection",
    "Embeddings",
    "Findings",
    "Gated",
    "Learned",
    "QualityOptions",
    "WordClassifier",
    "blind_rows",
    "examine",
    "learn",
    "quality_report",
    "quality_text",
    "read_embeddings",
    "settle_checks",
    "turns_of",
]
