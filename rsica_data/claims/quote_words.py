"""The words of a quote with what stands around them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import Mark, lowered, marks_of
from rsica_data.text.mentions import Synonyms


@lru_cache(maxsize=4096)
def _marks(text: str, classes: tuple[str, ...], synonyms: Synonyms) -> tuple[Mark, ...]:
    # A sentence and a question are looked at once for each fact of each quote.
    return tuple(marks_of(text, classes, synonyms))


_TWICE = re.compile(
    r"\b(?:no|none|neither|nothing|never|not|\w+n't)\b(?: (?!and\b|or\b)[\w-]+){0,4} "
    r"(?:unchanged|untouched|unaltered|stay(?:ed)?|remain(?:ed)?|the same|zero)\b"
)


@dataclass(frozen=True)
class Words:
    """The words of a quote, or of a question that a yes or no answers.

    Attributes:
        text: the words.
        classes: names of the pair's classes.
        subject: the class that was named last before, where the words name none.
        asked: they are a question.
        around: the text of the clause on both sides, which tells the date where the words do not.
        sentence: the sentence that they stand in.
        lead: all of the text before them.
        at: where they stand in it.
        question: what the text answers.
        facts: all facts that the words are marked with.
        counts: changed objects by class.
        steady: classes that cover the same share at both dates.
        synonyms: further words for classes.
    """

    text: str
    classes: tuple[str, ...]
    subject: str | None = None
    asked: bool = False
    around: str = ""
    sentence: str = ""
    lead: str = ""
    at: int = 0
    question: str = ""
    facts: tuple[Fact, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    steady: frozenset[str] = frozenset()
    synonyms: Synonyms = ()

    @cached_property
    def low(self) -> str:
        return lowered(self.text)

    @cached_property
    def marks(self) -> list[Mark]:
        return list(_marks(self.text, self.classes, self.synonyms))

    def of(self, *kinds: str) -> list[Mark]:
        """The marks of some kinds."""
        return [mark for mark in self.marks if mark.kind in kinds]

    def like(self, text: str) -> Words:
        """Another text about the same classes."""
        return Words(text, self.classes, synonyms=self.synonyms)

    @property
    def before(self) -> str:
        """What stands before the words in their sentence."""
        return self.sentence[: self.at]

    @property
    def named(self) -> list[str]:
        """The classes that the words name, each once, in order."""
        return list(dict.fromkeys(mark.value for mark in self.of("class")))

    @property
    def negated(self) -> bool:
        """Whether the words deny something; two denials ("none stayed unchanged") cancel each other."""
        return bool(self.of("negation")) and _TWICE.search(self.low) is None
