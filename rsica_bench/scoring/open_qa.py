"""Open questions: accuracy over all, by question kind, and as the mean over kinds; free text is scored as captions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.by_kind import accuracy_table
from rsica_bench.scoring.captioning import caption_tables
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.mention_scores import LOWER, mention_tables

FREE_TEXT = "text"


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Share of right answers, an unread reply being a wrong one; ``free_text/BLEU-4`` and so on for free text.

    Free text also has mention scores, without the recalls: what a question asks for of the facts is not known.
    """
    if not items:
        return Measured((), {"accuracy": "no item"})
    free = [number for number, item in enumerate(items) if item.gold.question.kind == FREE_TEXT]
    typed = sorted(set(range(len(items))).difference(free))
    tables = [accuracy_table("open_qa", items, typed)] if typed else []
    absent = {} if typed else {"accuracy": "only free-text questions"}
    if free:
        chosen = Picked(items, free)
        measured = caption_tables(chosen, "references", protocol)
        named = mention_tables(chosen, with_recall=False)
        tables += [table.under("free_text/", np.array(free)) for table in (*measured.tables, *named)]
        absent |= {f"free_text/{metric}": reason for metric, reason in measured.absent.items()}
    return Measured(tuple(tables), absent)


SCORER = ScorerSpec(
    "open_qa",
    measure,
    ("accuracy", "average_accuracy", "free_text/CIDEr", "free_text/BLEU-4", "free_text/ROUGE-L", "unparsed_share"),
    lower=("unparsed_share", *LOWER),
)
