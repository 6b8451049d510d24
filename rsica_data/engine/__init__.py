"""Running independent units of work: local processes here; other engines register beside it."""

from rsica_data.engine.local import run_units

__all__ = ["run_units"]
