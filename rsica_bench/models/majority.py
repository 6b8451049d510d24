"""Answers every question with the most frequent gold answer to it: what can be had without looking at the images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rsica_bench.models.api import AdapterSpec, Item, Reply, RunContext
from rsica_bench.models.common import NoOptions, without_model
from rsica_data.core import registry
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads
from rsica_data.schema import GoldTurn, JsonObject, RenderContext, TaskSpec


class Majority:
    """Counts the golds of the train split, or of the evaluated split where there is no other."""

    def __init__(self) -> None:
        self._exact: dict[str, Counter[str]] = {}
        self._kind: dict[str, Counter[str]] = {}
        self.counted_on = ""

    def load(self, context: RunContext) -> None:
        """Count the golds."""
        self.counted_on = "train" if "train" in context.dataset.splits else context.split
        for item in context.dataset.instructions(self.counted_on):
            task: TaskSpec = registry.load(registry.TASKS, item.task)
            for gold in task.turns(item.kind, item.gold):
                of_turn: TaskSpec = registry.load(registry.TASKS, gold.task)
                for answer in of_turn.accepted(gold.gold):
                    text = dump_json(answer)
                    self._exact.setdefault(_exact(gold), Counter())[text] += 1
                    self._kind.setdefault(_kind(gold), Counter())[text] += 1

    def close(self) -> None:
        """Nothing to give back."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item."""
        return [self._reply(item) for item in items]

    def _reply(self, item: Item) -> Reply:
        counts = self._exact.get(_exact(item.gold)) or self._kind.get(_kind(item.gold))
        if not counts:
            return Reply(None, f"no gold of this kind in split '{self.counted_on}'")
        most = max(counts.values())
        answer: JsonObject = loads(min(text for text, count in counts.items() if count == most))
        task: TaskSpec = registry.load(registry.TASKS, item.gold.task)
        text = task.render(answer, RenderContext(item.gold.question, item.classes))
        return Reply(text, model_input={"counted_on": self.counted_on})


def _exact(gold: GoldTurn) -> str:
    return dump_json([gold.task, gold.question.kind, dict(gold.question.args)])


def _kind(gold: GoldTurn) -> str:
    return dump_json([gold.task, gold.question.kind])


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
