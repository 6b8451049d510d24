"""Running independent units of work: local processes here; other engines register beside it."""

from rsica_data.core.workers.guard import check_main_guard, unguarded_place
from rsica_data.core.workers.local import interrupts_ignored, make_pool, run_units

__all__ = ["check_main_guard", "interrupts_ignored", "make_pool", "run_units", "unguarded_place"]
