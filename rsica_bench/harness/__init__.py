"""Our datasets in other harnesses: what they export, and the scores that the exported tasks compute with.

``scoring.py`` turns the replies that a harness has collected into the figures of a run; ``documents.py`` writes
questions with their images; ``lmms_eval.py``, ``vlmeval.py`` and ``inspect_ai.py`` are export formats of
``rsica-data export``.
"""

from rsica_bench.harness.scoring import HarnessScorer

__all__ = ["HarnessScorer"]
