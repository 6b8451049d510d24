"""How much of a free text the facts bear out: claims are extracted and checked, without a language model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.contracts import ScoredItem
from rsica_bench.metrics.figures import Figures, Floats, divide
from rsica_bench.metrics.interval_rules import kinds_of
from rsica_bench.metrics.tables import Table
from rsica_data.claims import Context, FactScore, context_of, fact_score

REASONS = {
    "fact_precision": "no claim that the facts settle",
    "fact_recall": "the facts say nothing that was asked for",
    "fact_contradiction": "no claim that the facts settle",
}

KINDS = kinds_of(REASONS, "ratio")


def fact_tables(items: Sequence[ScoredItem], texts: Sequence[str], scope: str | None) -> tuple[Table, ...]:
    """Statistics ``[supported, contradicted, unsupported, found, expected]`` of texts; none where no pair has facts.

    Args:
        items: the turns.
        texts: what each says; empty where there is no reply.
        scope: task whose question says which facts a text should tell; None where no fact is asked for in particular:
            there is no recall then.
    """
    known = [n for n, item in enumerate(items) if item.pair.view is not None]
    if not known:
        return ()
    rows = [_row(fact_score(texts[n], _context(items[n]), items[n].prompt or None, scope)) for n in known]
    only = None if scope is not None else ("fact_precision", "fact_contradiction")
    return (Table(np.array(rows, np.float64), np.array(known, np.int64), _figures, REASONS, only=only, kinds=KINDS),)


def _row(score: FactScore) -> tuple[int, int, int, int, int]:
    return score.supported, score.contradicted, score.unsupported, score.found, score.expected


def _figures(sums: Floats) -> Figures:
    supported, contradicted, unsupported, found, expected = np.moveaxis(sums, -1, 0)
    settled = supported + contradicted + unsupported
    return {
        "fact_precision": divide(supported, settled),
        "fact_recall": divide(found, expected),
        "fact_contradiction": divide(contradicted, settled),
    }


def _context(item: ScoredItem) -> Context:
    pair = item.pair
    assert pair.view is not None
    # Human captions are no evidence here: they are what the text is compared with elsewhere.
    return context_of(pair.view, before_date=pair.before_date, after_date=pair.after_date)
