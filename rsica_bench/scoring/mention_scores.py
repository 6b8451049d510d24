"""What a free text names as changed beside what changed: classes and grid cells, without a language model.

In the manner of CHAIR (Rohrbach et al. 2018, "Object Hallucination in Image Captioning"): hallucinated mentions by all
mentions, and texts with one by all texts. Here a mention is a class, or a cell of the 3x3 grid, that a text names as
changed, once a text however often it is named; it is hallucinated where the facts hold no change of that class, or no
changed class in that cell. Numbers, directions and relations are not looked at: a text without a hallucination may be
wrong.

Figures:
    class_hallucination: classes named falsely / classes named. Averaging: micro over mentions. Source: CHAIR_i
        (Rohrbach et al. 2018).
    class_hallucination_texts: share of texts with one. Averaging: mean over texts. Source: CHAIR_s.
    class_recall: changed classes named / changed classes. Averaging: micro over mentions. Source: this project.
    cell_hallucination: cells named falsely / cells named. Averaging: micro over mentions. Source: after CHAIR_i.
    cell_recall: changed cells named / changed cells. Averaging: micro over mentions. Source: this project.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Iterator, Sequence

import numpy as np

from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.statistics_tables import BLOCK, Table
from rsica_bench.metrics.stored_arrays import stored_blocks
from rsica_bench.scoring.api import ScoredItem
from rsica_data.schema import FactsView
from rsica_data.text.yes_no.change_mentions import change_mentions

REASONS = {
    "class_hallucination": "no text names a class as changed",
    "class_hallucination_texts": "no text",
    "class_recall": "no class changed",
    "cell_hallucination": "no text names a cell",
    "cell_recall": "no cell holds a change",
}
LOWER = ("class_hallucination", "class_hallucination_texts", "cell_hallucination")
"""The figures that are better when lower."""
_RECALLS = ("class_recall", "cell_recall")
_COLUMNS = 10
_KINDS = kinds_of(REASONS, "ratio") | kinds_of(["class_hallucination_texts"], "share")


def mention_tables(items: Sequence[ScoredItem], with_recall: bool) -> tuple[Table, ...]:
    """Statistics of the texts of pairs with facts, ``[texts, with a hallucinated class, classes named, hallucinated,
    found, changed, cells named, hallucinated, found, changed]``; no table where no pair has facts.

    Args:
        items: the turns; one without an answer is a text that names one class and one cell, both falsely.
        with_recall: whether a text should tell all that changed; not so where a question asks for a part of it.
    """
    numbers = array("q")
    rows = stored_blocks(_row_blocks(items, numbers), (_COLUMNS,))
    if not numbers:
        return ()
    only = None if with_recall else tuple(name for name in REASONS if name not in _RECALLS)
    return (Table(rows, np.array(numbers, np.int64), _figures, REASONS, only=only, kinds=_KINDS),)


def _row_blocks(items: Sequence[ScoredItem], numbers: array[int]) -> Iterator[Floats]:
    """The rows of items whose pairs have facts, in blocks; the numbers of these items are added to ``numbers``."""
    known = ((number, item, item.pair.view) for number, item in enumerate(items))
    rows = ((number, _row(item, view)) for number, item, view in known if view is not None)
    while block := list(itertools.islice(rows, BLOCK)):
        numbers.extend(number for number, _ in block)
        yield np.array([row for _, row in block], np.float64)


def _row(item: ScoredItem, view: FactsView) -> tuple[int, ...]:
    if item.answer is not None:
        return mention_row(str(item.answer.get("text", "")), view)
    *_, changed, _, _, _, touched = mention_row("", view)
    return (1, 1, 1, 1, 0, changed, 1, 1, 0, touched)


def mention_row(text: str, view: FactsView) -> tuple[int, ...]:
    """The statistics of one text, as in :func:`mention_tables`.

    Args:
        text: what was said.
        view: the facts of its pair.
    """
    named = change_mentions(text, view.classes)
    changed = {name for name in view.classes if view.counts[name] or view.cells[name]}
    touched = {cell for cells in view.cells.values() for cell in cells}
    classes, cells = set(named.classes), set(named.cells)
    false = len(classes - changed)
    return (
        *(1, int(false > 0), len(classes), false, len(classes & changed), len(changed)),
        *(len(cells), len(cells - touched), len(cells & touched), len(touched)),
    )


def _figures(sums: Floats) -> Figures:
    texts, with_false, classes, false, recalled, changed, cells, false_cells, found_cells, touched = np.moveaxis(
        sums, -1, 0
    )
    return {
        "class_hallucination": divide(false, classes),
        "class_hallucination_texts": divide(with_false, texts),
        "class_recall": divide(recalled, changed),
        "cell_hallucination": divide(false_cells, cells),
        "cell_recall": divide(found_cells, touched),
    }
