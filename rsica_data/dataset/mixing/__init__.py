"""Several built datasets as one: which rows of each are taken, and how they are written.

``shares.py`` settles how many rows each part gives, ``plan.py`` which ones, ``write.py`` writes them.
"""

from rsica_data.dataset.mixing.plan import MixOptions, MixPart, MixPlan, plan_mix
from rsica_data.dataset.mixing.write import MixSummary, mix

__all__ = ["MixOptions", "MixPart", "MixPlan", "MixSummary", "mix", "plan_mix"]
