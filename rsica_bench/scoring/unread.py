"""The one rule for a reply that cannot be read, or that is not there: it takes the worst case by its gold.

Each statistic of an unread reply is what the worst answer of its kind would have got, so that no figure that rows are
ranked by improves when replies become unreadable:

- a decision: the opposite of the gold;
- an answer that is right or wrong: wrong;
- cells: all that are not gold, and none that is;
- a count: the farthest from the gold in the range from 0 to the highest true count of the class in the set, and off by
  two at least (`worst_counts`). A count that was read and is farther off is taken as off by as much (protocols from
  version 2 on), and its share is reported (``beyond_share``);
- boxes: as many false ones as there are true ones, and one at least;
- a caption: an empty one, which has 0 in the means over items (CIDEr, ROUGE-L), shortens the corpus for BLEU, and names
  a class and a cell falsely for the mention scores;
- a turn of a conversation: the conversation does not succeed, and is not counted as free of contradictions.

How many replies were read stands beside every figure (``unparsed_share``). Rows with more than `MOST_UNREAD` of their
replies unread have no rank.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Floats
from rsica_bench.scoring.api import ScoredItem

MOST_UNREAD = 0.2
"""With a larger share of unread replies a row has no rank."""
_OFF = 2  # an unread count is neither exact nor within one


def unread(items: Sequence[ScoredItem]) -> NDArray[np.bool_]:
    """Which items have no answer, shape ``[items]``."""
    return np.fromiter((item.answer is None for item in items), bool)


def worst_counts(true: NDArray[np.int64]) -> NDArray[np.int64]:
    """The count that an unread reply is taken to have given, by item.

    Args:
        true: true counts of one class in the set, shape ``[N]``.

    Returns:
        0 or the highest true count, whichever is farther off; two too many where neither is off by two.
    """
    highest = int(true.max(initial=0))
    worst = np.where(true >= highest - true, 0, highest)
    return np.where(np.abs(worst - true) >= _OFF, worst, true + _OFF)


def worst_cells(true: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cells that an unread reply is taken to have named, shape as of the true ones."""
    return ~true


def worst_boxes(true: Floats) -> Floats:
    """The boxes that an unread reply is taken to have named: boxes without area, which meet no other.

    Args:
        true: true boxes of an image, shape ``[T, 4]`` (or without any, of any shape).
    """
    return np.zeros((max(1, len(true)), 4))
