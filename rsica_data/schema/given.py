"""Questions that came with a dataset, with the answers that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

NUMBER = "a whole number"
"""The one option of questions whose answers are all whole numbers."""

_MOST_OPTIONS = 60
_LONGEST_OPTION = 40


@dataclass(frozen=True, slots=True)
class GivenQuestion:
    """A question, or several in one conversation.

    Attributes:
        kind: what the dataset calls its type.
        turns: question and answer of each.
        options: the answers that the dataset gives to questions of its type, where these are few and short;
            `NUMBER` alone where they are whole numbers.
    """

    kind: str
    turns: tuple[tuple[str, str], ...]
    options: tuple[str, ...] = ()

    def among(self, options: Mapping[str, tuple[str, ...]]) -> GivenQuestion:
        """The question with the options of its kind."""
        return replace(self, options=options.get(self.kind, ()))


def options_of(questions: Iterable[GivenQuestion]) -> dict[str, tuple[str, ...]]:
    """Answers by kind, sorted, of the kinds whose answers are few and short, or whole numbers."""
    seen: dict[str, set[str]] = {}
    for question in questions:
        seen.setdefault(question.kind, set()).update(answer for _, answer in question.turns)
    return {kind: found for kind, answers in seen.items() if (found := _options(answers))}


def _options(answers: set[str]) -> tuple[str, ...]:
    if all(answer.isascii() and answer.isdigit() and len(answer) < 10 for answer in answers):
        return (NUMBER,)
    few = len(answers) <= _MOST_OPTIONS and max(map(len, answers)) <= _LONGEST_OPTION
    return tuple(sorted(answers)) if few else ()
