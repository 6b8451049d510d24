"""Runs models over change-analysis datasets, scores them and keeps leaderboards."""

from importlib.metadata import version

__version__ = version("rsica")
