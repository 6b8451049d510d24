"""Builds instruction datasets for remote sensing image change analysis."""

from importlib.metadata import version

__version__ = version("rsica")
