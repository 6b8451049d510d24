"""What a figure is, from the docstrings of the modules that compute it: the source of docs/figures.md and the boards.

A module of figures has a section ``Figures:`` at the end of its docstring, an entry a figure: ``name: formula.
Averaging: ... Source: ...``.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import lru_cache

MODULES = {
    "Decisions": "rsica_bench.metrics.binary",
    "Counts": "rsica_bench.metrics.counting",
    "Counts in replies": "rsica_bench.scoring.counting",
    "Cells": "rsica_bench.metrics.multilabel",
    "Cells by protocol": "rsica_bench.scoring.localization",
    "Boxes": "rsica_bench.metrics.box_metrics",
    "Boxes with scores": "rsica_bench.metrics.detection",
    "Objects of change": "rsica_bench.metrics.change_objects",
    "Regions of questions": "rsica_bench.metrics.regions",
    "Masks of questions": "rsica_bench.metrics.mask_metrics",
    "Change detection": "rsica_bench.metrics.change_detection",
    "Change of several classes": "rsica_bench.metrics.multi_class_change",
    "Damage to buildings by pixels": "rsica_bench.metrics.building_damage",
    "Semantic change": "rsica_bench.metrics.semantic_change",
    "Several classes": "rsica_bench.metrics.classification",
    "Lists of classes": "rsica_bench.scoring.multilabel",
    "Damage": "rsica_bench.scoring.damage",
    "Implicit questions": "rsica_bench.scoring.reasoning_mask",
    "Orders": "rsica_bench.scoring.ordering",
    "Short answers": "rsica_bench.metrics.vqa",
    "Short texts": "rsica_bench.metrics.anls",
    "Texts and images": "rsica_bench.metrics.embedding_scores",
    "Retrieval": "rsica_bench.metrics.retrieval",
    "Texts by an encoder": "rsica_bench.metrics.bert_score",
    "Captions": "rsica_bench.metrics.caption_metrics",
    "Scene graphs of captions": "rsica_bench.metrics.spice",
    "Mentions": "rsica_bench.scoring.mention_scores",
    "Scenes": "rsica_bench.scoring.scene",
    "Transitions": "rsica_bench.scoring.transition",
    "Conversations": "rsica_bench.scoring.dialogue",
    "Verdicts of a judge": "rsica_bench.judge.verdicts",
    "Claims of a judge": "rsica_bench.judge.fact_score",
    "Votes of a judge": "rsica_bench.metrics.agreement",
    "Replies": "rsica_bench.scoring.task_report",
}
"""Titles of the sections of docs/figures.md, and the module of each."""

_BY_TASK: dict[str, tuple[str, ...]] = {
    "captioning": ("Captions", "Mentions"),
    "tag_caption": ("Captions", "Mentions"),
    "classification": ("Decisions",),
    "counting": ("Counts", "Counts in replies"),
    "localization": ("Cells", "Cells by protocol", "Boxes"),
    "grounding": ("Regions of questions", "Boxes"),
    "referring_change": ("Regions of questions", "Boxes"),
    "reasoning_mask": ("Implicit questions", "Regions of questions"),
    "ordering": ("Orders",),
    "multilabel": ("Lists of classes", "Cells"),
    "scene": ("Scenes",),
    "transition": ("Short answers", "Transitions"),
    "damage": ("Short answers", "Damage"),
    "dialogue": ("Conversations",),
    "open_qa": ("Short answers", "Captions", "Mentions"),
    "change_detection": ("Change detection",),
    "multi_class_change": ("Change of several classes",),
    "building_damage": ("Damage to buildings by pixels",),
    "semantic_change": ("Semantic change", "Change detection"),
}
_RIGHT_OR_WRONG = ("Short answers",)
"""Of tasks whose answers are right or wrong, which are all others."""
_OF_BOXES = ("box_", "oriented_")
_PARTS = {
    "free_text": "captioning",
    "changed": "captioning",
    "unchanged": "captioning",
    "from_caption": "classification",
}
"""Parts of a task's figures that are those of another task."""

_NAMES = {
    **{name: name.upper() for name in ("mae", "rmse", "iou", "mcc", "oa", "f1")},
    "miou": "mIoU",
    "ciou": "cIoU",
    "giou": "gIoU",
    "n_acc": "no target recognised",
    "t_acc": "target recognised",
    "kendall_tau": "Kendall's tau",
    "xview2": "xView2 score",
    "localization_f1": "localization F1",
    "damage_f1": "damage F1",
    "sek": "SeK",
    "f_scd": "F-SCD",
    "iou": "IoU",
    "cell_iou": "cell IoU",
    "mean_f1": "mean F1",
    "mean_iou": "mean IoU",
    "exact_all": "all counts exact",
    "within_1": "within 1",
    "subset_accuracy": "all cells exact",
    "unparsed_share": "unparsed",
    "contradictory_share": "contradictory",
    "average_accuracy": "mean accuracy by kind",
    "jaccard_deltavlm": "Jaccard (DeltaVLM)",
    "jaccard_leading": "Jaccard",
    "jaccard": "Jaccard",
    "hamming": "Hamming loss",
}
_ENTRY = re.compile(r"(?P<name>\S+): (?P<formula>.*?)\. Averaging: (?P<averaging>.*?)\. Source: (?P<source>.*)\.")


@dataclass(frozen=True)
class Entry:
    """A figure as its module describes it."""

    name: str
    formula: str
    averaging: str
    source: str


def entries_of(text: str) -> list[Entry]:
    """The entries of the section ``Figures:`` of a docstring."""
    section = text.partition("\nFigures:\n")[2]
    lines: list[str] = []
    for line in section.splitlines():
        if re.match(r"    \S", line):
            lines.append(line.strip())
        elif line.strip() and lines:
            lines[-1] += " " + line.strip()
    entries = []
    for line in lines:
        match = _ENTRY.fullmatch(line)
        if match is None:
            raise ValueError(f"cannot read the entry '{line}'")
        entries.append(Entry(**match.groupdict()))
    return entries


@lru_cache(maxsize=1)
def described() -> dict[str, dict[str, Entry]]:
    """The entries of every module, by the section's title and the figure's name.

    >>> described()["Decisions"]["accuracy"].averaging
    'micro'
    """
    entries: dict[str, dict[str, Entry]] = {}
    for title, name in MODULES.items():
        section = entries.setdefault(title, {})
        for entry in entries_of(str(importlib.import_module(name).__doc__)):
            section[entry.name.partition("@")[0].replace("..4", "")] = entry
    return entries


def entry_of(task: str, figure: str) -> Entry | None:
    """What a task's figure is; None where no module describes it.

    Args:
        task: the task.
        figure: its key, as ``mae/road``, ``free_text/CIDEr`` or ``counting/mae``.

    >>> entry_of("dialogue", "counting/mae/road").name
    'mae'
    """
    first, _, rest = figure.partition("/")
    if rest and (other := _PARTS.get(first) or (first if first in _BY_TASK else None)):
        return entry_of(other, rest)
    name = "BLEU-1" if first.startswith("BLEU-") else first.partition("@")[0]
    names = (name, *(name.removeprefix(kind) for kind in _OF_BOXES if name.startswith(kind)))
    titles = (*_BY_TASK.get(task, _RIGHT_OR_WRONG), "Replies")
    return next((entry for title in titles for one in names if (entry := described()[title].get(one))), None)


def readable(figure: str) -> str:
    """A figure's key as a page names it; classes, bins and parts after a comma.

    >>> readable("mae/road"), readable("free_text/CIDEr"), readable("unparsed_share")
    ('MAE, road', 'CIDEr, free text', 'unparsed')
    """
    parts = figure.split("/")
    while len(parts) > 1 and (parts[0] in _PARTS or parts[0] in _BY_TASK):
        parts = [*parts[1:], parts[0]]
        if parts[0] in parts[1:]:
            break
    words = [_NAMES.get(parts[0], parts[0].replace("_", " ")), *(part.replace("_", " ") for part in parts[1:])]
    return ", ".join(words)
