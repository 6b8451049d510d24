"""The gold itself, in the task's words: the upper bound, and the proof that scoring and parsing agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.models.api import AdapterSpec, Item, Reply
from rsica_bench.models.common import NoOptions, Stateless, without_model
from rsica_bench.predicted_masks import MaskFrame, TrueMasks
from rsica_data.core import registry
from rsica_data.schema import Mask, RenderContext, TaskSpec


class Oracle(Stateless):
    """Renders the first accepted answer of each gold."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item."""
        return [self._reply(item) for item in items]

    def known_mask(self, true: TrueMasks, frame: MaskFrame, *, both_dates: bool) -> Mask:
        """The true mask in the form of a detector's: ``[H, W]``, or the land cover of both dates, ``[2, H, W]``."""
        if both_dates and true.before is not None and true.after is not None:
            return np.stack([true.before, true.after])
        change = frame.reported_only(true.change)
        if frame.standing is None:
            return change
        # What stands as it was comes after the classes of change.
        stands = frame.levels(true.change, true.before) == 1
        return np.where(stands, len(frame.reported) + 1, change).astype(np.uint8)

    def _reply(self, item: Item) -> Reply:
        task: TaskSpec = registry.load(registry.TASKS, item.gold.task)
        answer = task.accepted(item.gold.gold)[0]
        return Reply(task.render(answer, RenderContext(item.gold.question, item.classes)))


def make(options: NoOptions, model: str | None) -> Oracle:
    """The adapter; a model is refused."""
    without_model("oracle", model)
    return Oracle()


ADAPTER = AdapterSpec(
    name="oracle",
    summary="The gold answers: scores perfectly, or something is wrong.",
    kind="privileged",
    options=NoOptions,
    make=make,
)
