"""Running an adapter over a dataset.

``settings``     what makes two runs the same run
``answering``    a batch of instructions to rows of predictions, by each kind of adapter
``run``          shards, batches, journal, resuming
``predictions``  rows on disk, and joined with their gold again
``result``       scores and result.json
"""

from rsica_bench.runner.result import score_run
from rsica_bench.runner.run import RunOptions, run

__all__ = ["RunOptions", "run", "score_run"]
