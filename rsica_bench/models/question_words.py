"""Answers by the words of the question alone: what a wording gives away without looking at the images."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_bench.models.api import AdapterSpec, Item, Reply, RunContext
from rsica_bench.models.common import NoOptions, without_model
from rsica_data.dataset.quality import WordClassifier, turns_of


class QuestionWords:
    """A bag-of-words classifier a task, learnt from the train split, or the evaluated one where there is no other."""

    def __init__(self) -> None:
        self._classifiers: dict[str, WordClassifier] = {}
        self._asked: dict[tuple[str, int], tuple[str, str]] = {}
        self.learnt_on = ""

    def load(self, context: RunContext) -> None:
        """Learn the answers to the questions, and read what is asked."""
        self.learnt_on = "train" if "train" in context.dataset.splits else context.split
        for item in context.dataset.instructions(self.learnt_on):
            for _, question, text in turns_of(item) or ():
                self._classifiers.setdefault(item.task, WordClassifier()).add(question, text)
        for item in context.dataset.instructions(context.split):
            for turn, (_, question, _) in enumerate(turns_of(item) or ()):
                self._asked[item.instruction_id, turn] = item.task, question

    def close(self) -> None:
        """Nothing to give back."""

    def answer(self, items: Sequence[Item]) -> Sequence[Reply]:
        """One reply an item."""
        return [self._reply(item) for item in items]

    def _reply(self, item: Item) -> Reply:
        task, question = self._asked.get((item.instruction_id, item.turn), (item.gold.task, ""))
        classifier = self._classifiers.get(task)
        text = None if classifier is None else classifier.best(question)
        if text is None:
            return Reply(None, f"no row of this task in split '{self.learnt_on}'")
        return Reply(text, model_input={"learnt_on": self.learnt_on})


def make(options: NoOptions, model: str | None) -> QuestionWords:
    """The adapter; a model is refused."""
    without_model("question-words", model)
    return QuestionWords()


ADAPTER = AdapterSpec(
    name="question-words",
    summary="A bag-of-words classifier of the question, learnt on the train split: it sees no image.",
    kind="privileged",
    options=NoOptions,
    make=make,
)
