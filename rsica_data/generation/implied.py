"""Implicit questions as a second model reads them, against the changed objects that they were written for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rsica_data.claims.target_reading import Meant, read_objects, target_prompt, target_schema
from rsica_data.generation.plain_readings import plain_target_reading
from rsica_data.text.class_names import plural


@dataclass(frozen=True)
class Target:
    """Some changed objects of one class; ``words`` describes them to the model."""

    cls: str
    object_ids: tuple[int, ...]
    words: str

    @property
    def cell(self) -> str | None:
        """The cell whose changed objects these are; None for those of the whole scene."""
        return self.words.split(" in the ")[1].split(" ")[0] if self.words.startswith("changed") else None

    @property
    def largest(self) -> bool:
        """Whether it is the largest object of its class alone."""
        return self.words.startswith("the largest")


@dataclass(frozen=True)
class ImpliedTarget:
    """An implicit question and its answer, beside the objects that they must mean.

    Attributes:
        question: the question.
        answer: the answer.
        target: the objects.
        classes: names of the pair's classes.
        ways: class to ``built`` or ``removed``, where all its changed objects are that.
    """

    question: str
    answer: str
    target: Target
    classes: tuple[str, ...]
    ways: Mapping[str, str]

    @property
    def fault(self) -> str | None:
        """What plain words have against the texts; None where they find nothing."""
        return self.disagreement(plain_target_reading(self.question, self.answer, self.classes))

    def prompt(self) -> str:
        """The prompt that asks for a reading."""
        return target_prompt(self.question, self.answer, self.classes)

    def schema(self) -> dict[str, Any]:
        """The schema of a reading."""
        return target_schema()

    def disagreement(self, data: Mapping[str, Any]) -> str | None:
        """Why the texts are refused by a reading; None where they are taken.

        Args:
            data: the reply, of the form of :meth:`schema`.
        """
        asks, names = (read_objects(str(data.get(name, "")), self.classes) for name in ("asks", "names"))
        reasons = (*self._question_reasons(asks), *self._limits("question", asks), *self._answer_reasons(names),
                   *self._limits("answer", names))  # fmt: skip
        return reasons[0] if reasons else None

    def _question_reasons(self, asks: Meant) -> Iterator[str]:
        if asks.named:
            yield f"the question must not name {plural(self.target.cls)} outright"
        if not asks.classes:
            yield f"the question does not imply {plural(self.target.cls)}"
        elif self.target.cls not in asks.classes:
            yield f"the question speaks of {plural(asks.classes[0])}, and the target is: {self.target.words}"

    def _answer_reasons(self, names: Meant) -> Iterator[str]:
        if self.target.cls not in names.classes:
            yield f"the answer must name {plural(self.target.cls)}"
        other = [name for name in names.classes if name != self.target.cls]
        if other:
            yield f"the answer names {plural(other[0])}, and the target is: {self.target.words}"

    def _limits(self, text: str, meant: Meant) -> Iterator[str]:
        """What a text is limited by that its target is not, and the other way round."""
        target = f"the target is: {self.target.words}"
        if meant.number is not None and meant.number != len(self.target.object_ids):
            yield f"the {text} has the number {meant.number}, and {target}"
        if self.target.cell is not None and self.target.cell not in meant.places:
            yield f"the {text} does not say where its target is: {self.target.words}"
        other = [place for place in meant.places if place != self.target.cell]
        if other:
            yield f"the {text} is limited to the {other[0]}, and {target}"
        if self.target.largest and "largest" not in meant.limits:
            yield f"the {text} does not say that its target is the largest: {self.target.words}"
        own = {"largest"} if self.target.largest else set()
        own |= {self.ways[self.target.cls]} if self.target.cls in self.ways else set()
        for limit in meant.limits:
            if limit not in own:
                yield f"the {text} is limited by '{limit}', and {target}"
