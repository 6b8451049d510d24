"""METEOR 1.5 for English without Java, equal to the 1.5 jar.

Written from the papers (Denkowski and Lavie 2011, 2014) and from the jar's observed behaviour. Its word lists, WordNet
synonyms and paraphrase table are read from an installed ``pycocoevalcap`` and never shipped.
"""

from rsica_bench.metrics.meteor.resources import missing_reason, open_resources
from rsica_bench.metrics.meteor.scorer import Meteor
from rsica_bench.metrics.meteor.statistics import STATISTICS, scores_from_statistics, summable

__all__ = ["STATISTICS", "Meteor", "missing_reason", "open_resources", "scores_from_statistics", "summable"]
