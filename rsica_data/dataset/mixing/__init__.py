"""Several built datasets as one: which rows of each are taken, and how they are written.

``part_quotas.py`` settles how many rows each part gives, ``mix_plan.py`` which ones, ``mix_files.py`` writes them.
"""

from rsica_data.dataset.mixing.mix_files import MixSummary, mix
from rsica_data.dataset.mixing.mix_plan import MixOptions, MixPart, MixPlan, plan_mix

__all__ = ["MixOptions", "MixPart", "MixPlan", "MixSummary", "mix", "plan_mix"]
