"""Questions that a pair is asked twice: with the same answer, or with another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rsica_data.dataset.quality.golds import is_text
from rsica_data.schema import Instruction

_WORD = re.compile(r"\w+")
_ARTICLES = frozenset({"a", "an", "the", "please"})


@dataclass(frozen=True, slots=True)
class Doubled:
    """Two rows of a pair that ask the same in almost the same words.

    Attributes:
        one, two: their ids.
        question: that of the first.
        contradict: whether their answers differ though both are typed.
    """

    one: str
    two: str
    question: str
    contradict: bool


def doubled_questions(items: Iterable[Instruction]) -> Iterator[Doubled]:
    """Doubled questions among the rows of one pair.

    Questions are the same where they are but for case, punctuation, articles and "please". Rows of free text, such as
    one row a caption, are doubled only where their answer is the same too.
    """
    seen: dict[tuple[str, tuple[str, ...]], Instruction] = {}
    for item in items:
        key = (item.task, question_key(" ".join(turn.content for turn in item.turns if turn.role == "user")))
        first = seen.setdefault(key, item)
        if first is item:
            continue
        same = answers_of(first) == answers_of(item)
        if same or not is_text(item):
            yield Doubled(first.instruction_id, item.instruction_id, item.turns[0].content, not same)


def question_key(question: str) -> tuple[str, ...]:
    """Words of a question by which it is compared.

    Example:
        >>> question_key("Please, count the roads!")
        ('count', 'roads')
    """
    return tuple(word for word in _WORD.findall(question.lower()) if word not in _ARTICLES)


def answers_of(item: Instruction) -> tuple[tuple[str, ...], ...]:
    """Answers of a row, compared as questions are."""
    return tuple(question_key(turn.content) for turn in item.turns if turn.role == "assistant")
