"""Questions that came with a dataset, with the answers that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

_MOST_OPTIONS = 40
_LONGEST_OPTION = 40


@dataclass(frozen=True, slots=True)
class GivenQuestion:
    """A question, or several in one conversation.

    Attributes:
        kind: what the dataset calls its type.
        turns: question and answer of each.
        options: the answers that the dataset gives to questions of its type, where these are few and short.
    """

    kind: str
    turns: tuple[tuple[str, str], ...]
    options: tuple[str, ...] = ()

    def among(self, options: Mapping[str, tuple[str, ...]]) -> GivenQuestion:
        """The question with the options of its kind."""
        return replace(self, options=options.get(self.kind, ()))


def options_of(questions: Iterable[GivenQuestion]) -> dict[str, tuple[str, ...]]:
    """Answers by kind, sorted, of the kinds whose answers are few and short."""
    seen: dict[str, set[str]] = {}
    for question in questions:
        seen.setdefault(question.kind, set()).update(answer for _, answer in question.turns)
    return {
        kind: tuple(sorted(answers))
        for kind, answers in seen.items()
        if len(answers) <= _MOST_OPTIONS and max(map(len, answers)) <= _LONGEST_OPTION
    }
