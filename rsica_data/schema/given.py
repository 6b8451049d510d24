"""Questions that came with a dataset, with the answers that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

NUMBER = "a whole number"
"""The one option of questions whose answers are all whole numbers."""

StoredQuestions = Sequence[Sequence[Any]]
"""Kind and turns of each question, in JSON values."""

_MOST_OPTIONS = 60
_LONGEST_OPTION = 40


@dataclass(frozen=True, slots=True)
class GivenQuestion:
    """A question, or several in one conversation.

    Attributes:
        kind: what the dataset calls its type.
        turns: question and answer of each; an answer that the dataset leaves empty is "".
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
        seen.setdefault(question.kind, set()).update(answer for _, answer in question.turns if answer)
    return {kind: options for kind, answers in seen.items() if (options := _options(answers))}


def _options(answers: set[str]) -> tuple[str, ...]:
    if not answers:
        return ()
    if all(answer.isascii() and answer.isdigit() and len(answer) < 10 for answer in answers):
        return (NUMBER,)
    few = len(answers) <= _MOST_OPTIONS and max(map(len, answers)) <= _LONGEST_OPTION
    return tuple(sorted(answers)) if few else ()


def questions_as_json(questions: Iterable[GivenQuestion]) -> list[list[Any]]:
    """Kind and turns of each question, for what a source remembers of a pair; the options are kept by kind.

    Example:
        >>> stored = questions_as_json([GivenQuestion("count", (("How many?", "2"),))])
        >>> stored
        [['count', [['How many?', '2']]]]
        >>> questions_from_json(stored, {"count": [NUMBER]})
        (GivenQuestion(kind='count', turns=(('How many?', '2'),), options=('a whole number',)),)
    """
    return [[question.kind, [list(turn) for turn in question.turns]] for question in questions]


def questions_from_json(stored: StoredQuestions, options: Mapping[str, Sequence[str]]) -> tuple[GivenQuestion, ...]:
    """The questions that :func:`questions_as_json` gave, with the options of their kinds."""
    return tuple(
        GivenQuestion(kind, tuple((asked, answer) for asked, answer in turns), tuple(options.get(kind, ())))
        for kind, turns in stored
    )
