"""The whole result of `score-captions`: all items, changed and unchanged ones, and what was used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rsica_bench.metrics.caption_files import LONGEST_CAPTION, References
from rsica_bench.metrics.caption_metrics import CaptionCorpus, CaptionScores, MeteorBackEnd, make_corpus, score_corpus
from rsica_bench.metrics.caption_protocols import CaptionProtocol, WordMap
from rsica_bench.metrics.cider import DocumentFrequencies
from rsica_bench.metrics.spice import SpiceError, spice_missing_reason, spice_scores
from rsica_bench.metrics.word_map import derive_word_map


@dataclass(frozen=True)
class CaptionOptions:
    """What a report is made with.

    Attributes:
        word_map: of `levir-cc`; None derives it from the captions of the references' file.
        flags: change flags by id; None takes those of the references' file.
        meteor: what computes METEOR.
        spice: whether to run SPICE.
        frequencies: document frequencies for CIDEr in place of those of the references.
    """

    word_map: WordMap | None = None
    flags: Mapping[str, bool] | None = None
    meteor: MeteorBackEnd = "python"
    spice: bool = False
    frequencies: DocumentFrequencies | None = None


@dataclass(frozen=True)
class CaptionReport:
    """A report as `--json` prints it, the scores of the items, and the frequencies of their references."""

    content: dict[str, Any]
    per_item: dict[str, dict[str, float]]
    corpus: CaptionCorpus


def caption_report(
    hypotheses: Sequence[str],
    references: References,
    protocol: CaptionProtocol,
    options: CaptionOptions | None = None,
) -> CaptionReport:
    """Score hypotheses; figures are fractions at full precision (CIDEr has the factor 10).

    ``changed`` and ``unchanged`` have the document frequencies of their own references; ``changed_full_df`` and
    ``unchanged_full_df`` those of the whole set; ``weightless`` names the parts of which no n-gram has a weight by
    their own, so that CIDEr is 0 there whatever was said. Saved frequencies take the place of all of them. Hypotheses
    of more than `LONGEST_CAPTION` characters count as empty captions; ``too_long`` names their items.
    """
    options = options or CaptionOptions()
    word_map = options.word_map
    if protocol.needs_word_map and word_map is None:
        word_map = derive_word_map(references.corpus)
    ids, meant = list(references.by_id), list(references.by_id.values())
    too_long = [key for key, text in zip(ids, hypotheses, strict=True) if len(text) > LONGEST_CAPTION]
    hypotheses = ["" if len(text) > LONGEST_CAPTION else text for text in hypotheses]
    corpus = make_corpus(hypotheses, meant, protocol, word_map, options.meteor)
    saved = None if options.frequencies is None else corpus.idf_of(options.frequencies)
    everything = score_corpus(corpus, idf="own" if saved is None else saved)
    content: dict[str, Any] = {
        "protocol": protocol.name,
        "protocol_version": protocol.version,
        **({"final_stop": protocol.final_stop} if protocol.final_stop else {}),
        "items": len(ids),
        "meteor": options.meteor,
        "document_frequencies": "own" if options.frequencies is None else {"items": options.frequencies.items},
        "scores": dict(everything.scores),
        "absent": dict(everything.absent),
    }
    if too_long:
        content["too_long"] = too_long
    if references.sentences_left_out:
        content |= {"references_left_out": references.sentences_left_out, "skipped": list(references.skipped)}
    known = options.flags if options.flags is not None else references.flags
    parts = {"changed": True, "unchanged": False} if known else {}
    members = {name: [n for n, key in enumerate(ids) if known.get(key) is flag] for name, flag in parts.items()}
    for name, items in members.items():
        content[name] = score_corpus(corpus, items, "own" if saved is None else saved).scores
        if saved is None:
            content[f"{name}_full_df"] = score_corpus(corpus, items, "all").scores
            if items and corpus.is_weightless(items):
                content.setdefault("weightless", []).append(name)
        content[f"{name}_items"] = len(items)
    per_item = _by_id(ids, everything)
    if options.spice:
        _add_spice(corpus, content, ids, members, per_item)
    return CaptionReport(content, per_item, corpus)


def _by_id(ids: Sequence[str], scores: CaptionScores) -> dict[str, dict[str, float]]:
    columns = {name: values.tolist() for name, values in scores.per_item.items()}
    return {key: {name: values[number] for name, values in columns.items()} for number, key in enumerate(ids)}


def _add_spice(
    corpus: CaptionCorpus,
    content: dict[str, Any],
    ids: Sequence[str],
    members: Mapping[str, Sequence[int]],
    per_item: Mapping[str, dict[str, float]],
) -> None:
    reason = spice_missing_reason()
    if reason is None:
        try:
            scores = spice_scores(*corpus.distinct_texts)[corpus.owner]
        except SpiceError as error:
            reason = str(error)
    if reason is not None:
        content["absent"]["SPICE"] = reason
        return
    for key, value in zip(ids, scores.tolist(), strict=True):
        per_item[key]["SPICE"] = value
    content["scores"]["SPICE"] = float(np.mean(scores))
    for name, items in members.items():
        if items:
            content[name]["SPICE"] = float(np.mean(scores[list(items)]))
