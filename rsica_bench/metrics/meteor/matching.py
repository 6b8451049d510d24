"""All possible matches between a hypothesis and a reference: exact, stem, synonym, paraphrase."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rsica_bench.metrics.meteor.lexicon import Lexicon, Words, known_phrases

EXACT, PARAPHRASE = 0, 3


class Match(NamedTuple):
    """Words ``start .. start + length`` of the hypothesis matched to words of the reference by one matcher."""

    start: int
    reference_start: int
    length: int
    reference_length: int
    matcher: int


Kin = Mapping[str, list[tuple[int, int]]]
"""Positions and matcher by every word that matches one of a sentence's words without being equal."""


class Sentence(NamedTuple):
    """A sentence ready to be matched.

    Attributes:
        words: its tokens.
        places: positions of each word.
        phrases: start positions of its word sequences that the paraphrase table has.
        targets: start and length of its phrases by every paraphrase of them.
    """

    words: Words
    places: Mapping[str, list[int]]
    phrases: Mapping[Words, list[int]]
    targets: Mapping[Words, list[tuple[int, int]]]


def make_sentence(words: Words, lexicon: Lexicon) -> Sentence:
    """A sentence whose words are in the lexicon's vocabulary."""
    places: dict[str, list[int]] = {}
    phrases: dict[Words, list[int]] = {}
    targets: dict[Words, list[tuple[int, int]]] = {}
    for start, word in enumerate(words):
        places.setdefault(word, []).append(start)
    for start, phrase in known_phrases(words, lexicon.phrases, lexicon.reach):
        phrases.setdefault(phrase, []).append(start)
        for other_phrase in lexicon.table.get(phrase, ()):
            targets.setdefault(other_phrase, []).append((start, len(phrase)))
    return Sentence(words, places, phrases, targets)


def kin_places(words: Words, lexicon: Lexicon) -> Kin:
    """What the words of a hypothesis match without being equal."""
    kin: dict[str, list[tuple[int, int]]] = {}
    for start, word in enumerate(words):
        for other, matcher in lexicon.kin[word]:
            kin.setdefault(other, []).append((start, matcher))
    return kin


def all_matches(hypothesis: Sentence, kin: Kin, reference: Sentence) -> list[Match]:
    """Matches by position in the reference; at one position in the order in which METEOR tries them.

    That order decides ties: exact, stem and synonym matches by position in the hypothesis, then paraphrases looked up
    from the reference, then those looked up from the hypothesis.
    """
    found: list[tuple[int, int, int, int, str, int, Match]] = []
    for word in hypothesis.places.keys() & reference.places.keys():
        for j in reference.places[word]:
            found += [(j, EXACT, i, 0, "", 0, Match(i, j, 1, 1, EXACT)) for i in hypothesis.places[word]]
    for word in kin.keys() & reference.places.keys():
        for j in reference.places[word]:
            found += [(j, kind, i, 0, "", 0, Match(i, j, 1, 1, kind)) for i, kind in kin[word]]
    for phrase in reference.targets.keys() & hypothesis.phrases.keys():
        text, length = " ".join(phrase), len(phrase)
        for j, size in reference.targets[phrase]:
            for i in hypothesis.phrases[phrase]:
                found.append((j, PARAPHRASE, size, 0, text, i, Match(i, j, length, size, PARAPHRASE)))
    for phrase in hypothesis.targets.keys() & reference.phrases.keys():
        text, length = " ".join(phrase), len(phrase)
        for i, size in hypothesis.targets[phrase]:
            for j in reference.phrases[phrase]:
                found.append((j, PARAPHRASE + 1, i, size, text, j, Match(i, j, size, length, PARAPHRASE)))
    found.sort()
    return [row[-1] for row in found]
