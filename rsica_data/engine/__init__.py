"""Running independent units of work: local processes here; other engines register beside it."""

from rsica_data.engine.local import interrupts_ignored, run_units

__all__ = ["interrupts_ignored", "run_units"]
