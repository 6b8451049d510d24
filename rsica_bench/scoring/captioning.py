"""Captioning: corpus scores over all, changed and unchanged pairs; an unread reply is an empty caption."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from rsica_bench.metrics.binary import KINDS, REASONS, binary_figures, binary_statistics
from rsica_bench.metrics.caption_metrics import (
    CAPTION_COLUMNS,
    CIDER_COLUMNS,
    NEEDS_WEIGHTS,
    WEIGHTLESS,
    CaptionCorpus,
    caption_figures,
    item_rows,
    make_corpus,
)
from rsica_bench.metrics.caption_metrics import KINDS as CAPTION_KINDS
from rsica_bench.metrics.caption_protocols import CaptionProtocol
from rsica_bench.metrics.cider_spread import frequency_spread
from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.ngrams import Ints
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.metrics.stored_arrays import stored_blocks
from rsica_bench.protocols import BenchProtocol
from rsica_bench.scoring.api import Measured, ScoredItem, ScorerSpec
from rsica_bench.scoring.item_store import Picked
from rsica_bench.scoring.mention_scores import LOWER, mention_tables
from rsica_bench.scoring.unread import unread
from rsica_data.core import registry
from rsica_data.core.freed_memory import return_freed_memory
from rsica_data.schema.rules import NO_CHANGE_SENTENCES


def measure(items: Sequence[ScoredItem], protocol: BenchProtocol) -> Measured:
    """Caption figures, ``changed/`` and ``unchanged/`` with their own document frequencies; mention scores."""
    measured = caption_tables(items, "captions", protocol)
    return_freed_memory()  # what METEOR had, before facts are read
    measured = replace(measured, tables=(*measured.tables, *mention_tables(items, with_recall=True)))
    if protocol.name != "deltavlm":
        return measured
    numbers = np.array([n for n, item in enumerate(items) if item.pair.changed is not None], np.int64)
    true = np.array([bool(items[n].pair.changed) for n in numbers], bool)
    predicted = np.array([said_text(items[n]).lower() not in NO_CHANGE_SENTENCES for n in numbers], bool)
    lost = unread(Picked(items, numbers))
    predicted[lost] = ~true[lost]
    flags = Table(binary_statistics(true, predicted), numbers, binary_figures, REASONS, "from_caption/", kinds=KINDS)
    return replace(measured, tables=(*measured.tables, flags))


def caption_tables(items: Sequence[ScoredItem], key: str, protocol: BenchProtocol) -> Measured:
    """Caption statistics of replies against the references of each, over all, changed and unchanged pairs.

    ``key`` is that of the references in the gold.

    ``changed/`` and ``unchanged/`` have the document frequencies of their own references, ``changed/CIDEr_full_df`` and
    ``unchanged/CIDEr_full_df`` those of all. Where no n-gram has a weight by its own (unchanged pairs share their
    references), ``unchanged/CIDEr`` is absent with that reason.
    """
    used: CaptionProtocol = registry.load(registry.METRICS, protocol.caption)
    reason = used.missing if used.tokens is None else "needs a word map: give --word-map FILE"
    if used.tokens is None or (used.needs_word_map and protocol.word_map is None):
        return Measured((), {"captions": f"caption protocol '{used.name}': {reason}"})
    if not items:
        return Measured((), {"captions": "no item"})
    meant = ([_clean(text) for text in item.gold.gold[key]] for item in items)
    corpus = make_corpus((said_text(item) for item in items), meant, used, protocol.word_map)
    changed = np.array([-1 if item.pair.changed is None else item.pair.changed for item in items], np.int8)
    tables = [_table(corpus, np.arange(len(items)), "")]
    absent = corpus.absent
    for prefix, flag in (("changed/", 1), ("unchanged/", 0)):
        chosen = np.flatnonzero(changed == flag)
        if not len(chosen):
            continue
        weightless = corpus.is_weightless(chosen)
        tables.append(_table(corpus, chosen, prefix, NEEDS_WEIGHTS if weightless else ()))
        absent |= {f"{prefix}{name}": WEIGHTLESS for name in NEEDS_WEIGHTS if weightless}
        tables.append(_by_all(corpus, chosen, prefix))
    return Measured(tuple(tables), absent)


def _table(corpus: CaptionCorpus, chosen: Ints, prefix: str, without: Collection[str] = ()) -> Table:
    rows = stored_blocks(item_rows(corpus, chosen if prefix else None), (CAPTION_COLUMNS,))
    reasons = dict.fromkeys(_figures(rows[:1].sum(axis=0)), "no item")
    # Sums over no item would have a METEOR even where it cannot be computed.
    only = frozenset(reasons).difference(without)
    spread = frequency_spread(corpus, chosen)
    return Table(
        rows, chosen, _figures, reasons, prefix, only=only, kinds=CAPTION_KINDS, spread=spread,
        spread_columns=CIDER_COLUMNS,
    )  # fmt: skip


def _by_all(corpus: CaptionCorpus, chosen: Ints, prefix: str) -> Table:
    """CIDEr of a part by the document frequencies of all items."""
    rows = stored_blocks(item_rows(corpus, chosen, "all"), (CAPTION_COLUMNS,))
    return Table(rows, chosen, _figures, {"CIDEr": "no item"}, prefix, "_full_df", ("CIDEr",), CAPTION_KINDS)


def _figures(sums: Floats) -> Figures:
    # Without an item there is no score: the statistics of nothing would give one.
    nothing = sums[..., -1] == 0
    return {name: np.where(nothing, np.nan, values) for name, values in caption_figures(sums).items()}


def said_text(item: ScoredItem) -> str:
    """The text of a reply as it is scored; empty where there is none."""
    return _clean(str(item.answer["text"])) if item.answer is not None else ""


def _clean(text: str) -> str:
    # A caption may come as a sentence ("A road is built."): the field's captions are lower case without full stop.
    return " ".join(text.split()).lower().removesuffix(".").strip()


SCORER = ScorerSpec(
    "captioning",
    measure,
    ("BLEU-1", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr", "changed/BLEU-4", "unchanged/BLEU-4", "unparsed_share"),
    lower=("unparsed_share", *LOWER),
    lead="CIDEr",  # one figure cannot stand for all; papers rank by CIDEr
)
