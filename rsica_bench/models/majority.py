"""Answers every question with the most frequent gold answer to it: what can be had without looking at the images."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.models.api import AdapterSpec, Item, Reply, RunContext
from rsica_bench.models.common import NoOptions, without_model
from rsica_data.core import registry
from rsica_data.dataset.quality import AnswerCounts
from rsica_data.schema import RenderContext, TaskSpec


class Majority:
    """Counts the golds of the train split, or of the evaluated split where there is no other."""

    def __init__(self) -> None:
        self._counts = AnswerCounts()
        self.counted_on = ""

    def load(self, context: RunContext) -> None:
        """Count the golds."""
        self.counted_on = "train" if "train" in context.dataset.splits else context.split
        for item in context.dataset.instructions(self.counted_on):
            task: TaskSpec = registry.load(registry.TASKS, item.task)
            for gold in task.turns(item.kind, item.gold):
                self._counts.add(gold)

    def close(self) -> None:
        """Nothing to give back."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item."""
        return [self._reply(item) for item in items]

    def _reply(self, item: Item) -> Reply:
        answer = self._counts.best(item.gold)
        if answer is None:
            return Reply(None, f"no gold of this kind in split '{self.counted_on}'")
        task: TaskSpec = registry.load(registry.TASKS, item.gold.task)
        text = task.render(answer, RenderContext(item.gold.question, item.classes))
        return Reply(text, model_input={"counted_on": self.counted_on})


def make(options: NoOptions, model: str | None) -> Majority:
    """The adapter; a model is refused."""
    without_model("majority", model)
    return Majority()


ADAPTER = AdapterSpec(
    name="majority",
    summary="The most frequent gold answer to each question, counted on the train split.",
    kind="privileged",
    options=NoOptions,
    make=make,
)
