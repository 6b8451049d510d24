"""The words of a text with the marks in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rsica_data.claims.marks import Mark, lowered, marks_of
from rsica_data.text.mentions import Synonyms

CELL_NAME = r"\b(?:top|center|bottom)-(?:left|center|right)\b"
"""The name of a cell as the list of facts has it."""


@lru_cache(maxsize=4096)
def _marks(text: str, classes: tuple[str, ...], synonyms: Synonyms) -> tuple[Mark, ...]:
    # A text and a question are looked at for each fact of each quote.
    return tuple(marks_of(text, classes, synonyms))


_TWICE = re.compile(
    r"\b(?:no|none|neither|nothing|never|not|\w+n't)\b(?: (?!and\b|or\b)[\w-]+){0,4} "
    r"(?:unchanged|untouched|unaltered|stay(?:ed)?|remain(?:ed)?|the same|zero)\b"
)


@dataclass(frozen=True)
class Words:
    """The words of a quote, of a text or of a question.

    Attributes:
        text: the words.
        classes: names of the pair's classes.
        synonyms: further words for classes.
    """

    text: str
    classes: tuple[str, ...]
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

    @property
    def named(self) -> list[str]:
        """The classes that the words name, each once, in order."""
        return list(dict.fromkeys(mark.value for mark in self.of("class")))

    @property
    def negated(self) -> bool:
        """Whether the words deny something; two denials ("none stayed unchanged") cancel each other."""
        return bool(self.of("negation")) and _TWICE.search(self.low) is None
