"""What a text is checked against, and what is looked up in it."""

from __future__ import annotations

from dataclasses import dataclass

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.quote_words import Words
from rsica_data.text.mentions import Synonyms


@dataclass(frozen=True)
class Listed:
    """What a text is checked against.

    Attributes:
        facts: the facts that the prompt listed.
        classes: names of the pair's classes, those of the land cover too.
        earlier: what was said before in the conversation, question by question.
        synonyms: further words for classes.
        north_up: whether compass directions mean something in the image.
        knowledge: sentences of general knowledge that the prompt gave; they state nothing of the pair.
    """

    facts: tuple[Fact, ...]
    classes: tuple[str, ...]
    earlier: str = ""
    synonyms: Synonyms = ()
    north_up: bool = False
    knowledge: tuple[str, ...] = ()

    def known_in(self, text: str) -> list[tuple[int, int]]:
        """Where a text gives general knowledge in the words of the prompt.

        >>> Listed((), (), knowledge=("New roads bring traffic.",)).known_in("Yes. New roads bring traffic, so ..")
        [(5, 28)]
        """
        low = text.casefold()
        places = ((low.find(words := sentence.casefold().rstrip(" .")), len(words)) for sentence in self.knowledge)
        return [(start, start + length) for start, length in places if start >= 0 and length]

    def words(self, text: str) -> Words:
        """A text about the pair's classes."""
        return Words(text, self.classes, synonyms=self.synonyms)
