"""Says of every pair that nothing changed: the floor that every model must clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rsica_bench.items import reply_from_facts
from rsica_bench.models.api import AdapterSpec, Item, Reply
from rsica_bench.models.common import NoOptions, Stateless, without_model
from rsica_bench.predicted_masks import MaskFrame, TrueMasks
from rsica_data.schema import FactsView, Mask


class NoChange(Stateless):
    """Answers every question from the facts of a pair in which nothing changed."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item."""
        return [reply_from_facts(_silent(item), item.gold, item.classes) for item in items]

    def known_mask(self, true: TrueMasks, frame: MaskFrame, *, both_dates: bool) -> Mask:
        """A mask in which nothing changed, of one date or, where the set has maps of both, of two."""
        return _empty(frame, both_dates and true.before is not None and true.after is not None)


def _empty(frame: MaskFrame, both_dates: bool) -> Mask:
    return np.zeros((2, *frame.shape) if both_dates else frame.shape, np.uint8)


def _silent(item: Item) -> FactsView:
    names = item.classes
    empty = FactsView(
        changed=False,
        classes=names,
        counts=dict.fromkeys(names, 0),
        cells=dict.fromkeys(names, ()),
        area_px=dict.fromkeys(names, 0),
        fraction=dict.fromkeys(names, 0.0),
        area_m2=dict.fromkeys(names, 0.0),
        objects=dict.fromkeys(names, ()),
        transitions=(),
        cover={},
        width=1,
        height=1,
        gsd_m=None,
    )
    if item.view is None:
        return empty
    # What covers the ground is no change: the land cover before is taken for both dates.
    same = {name: (before, before) for name, (before, _) in item.view.cover.items()}
    return replace(empty, cover=same, width=item.view.width, height=item.view.height, gsd_m=item.view.gsd_m)


def make(options: NoOptions, model: str | None) -> NoChange:
    """The adapter; a model is refused."""
    without_model("no-change", model)
    return NoChange()


ADAPTER = AdapterSpec(
    name="no-change",
    summary="Says of every pair that nothing changed.",
    kind="privileged",
    options=NoOptions,
    make=make,
)
