"""Running an adapter over a dataset.

``run_options``  what to run, and what makes two runs the same run
``run_plan``     what is asked, cut into units
``answering``    a unit's instructions to rows of predictions, by each kind of adapter
``careful``      asking a batch so that one bad item costs only itself
``session``      one loaded adapter and the units that it answers
``queue``        units that workers pull, and what becomes of one whose worker died
``workers``      several devices, a process each
``ray_engine``   several machines, a Ray actor for each device
``whole_run``    units, journal, resuming, failed turns
``histories``    gold and own history in one command
``run_summary``, ``live``, ``telemetry``  how it goes and went
``predictions``  rows on disk, and joined with their gold again
``mask_scores``  predicted masks on disk
``result``       scores and result.json
"""

from rsica_bench.run.result import score_run
from rsica_bench.run.run_options import RunOptions
from rsica_bench.run.whole_run import run

__all__ = ["RunOptions", "run", "score_run"]
