"""All possible matches between a hypothesis and a reference: exact, stem, synonym, paraphrase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import product
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


class Sentence(NamedTuple):
    """A sentence ready to be matched.

    Attributes:
        places: positions of each word.
        phrases: start positions of its word sequences that the paraphrase table has.
    """

    places: Mapping[str, list[int]]
    phrases: Mapping[Words, list[int]]


class Wanted(NamedTuple):
    """What a hypothesis matches in a reference without being equal.

    Attributes:
        kin: positions and the matcher by every word that matches one of its words.
        sources: positions and phrase by every phrase that the table gives one of its phrases as a paraphrase of.
        targets: positions and length by every paraphrase of one of its phrases.
    """

    kin: dict[str, list[tuple[list[int], int]]]
    sources: dict[Words, list[tuple[list[int], Words]]]
    targets: dict[Words, list[tuple[list[int], int]]]


def make_sentence(words: Words, lexicon: Lexicon) -> Sentence:
    """A sentence whose words are in the lexicon's vocabulary."""
    places: dict[str, list[int]] = {}
    for start, word in enumerate(words):
        places.setdefault(word, []).append(start)
    phrases: dict[Words, list[int]] = {}
    for start, phrase in known_phrases(words, lexicon.phrases):
        phrases.setdefault(phrase, []).append(start)
    return Sentence(places, phrases)


def make_wanted(hypothesis: Sentence, lexicon: Lexicon) -> Wanted:
    """What a hypothesis matches: references, which are more, need no such tables."""
    wanted = Wanted(defaultdict(list), defaultdict(list), defaultdict(list))
    for word, starts in hypothesis.places.items():
        for other, matcher in lexicon.kin[word]:
            wanted.kin[other].append((starts, matcher))
    for phrase, starts in hypothesis.phrases.items():
        for source in lexicon.sources.get(phrase, ()):
            wanted.sources[source].append((starts, phrase))
        for target in lexicon.table.get(phrase, ()):
            wanted.targets[target].append((starts, len(phrase)))
    return wanted


def all_matches(hypothesis: Sentence, wanted: Wanted, reference: Sentence) -> list[Match]:
    """Matches by position in the reference; at one position in the order in which METEOR tries them.

    That order decides ties: exact, stem and synonym matches by position in the hypothesis, then paraphrases looked up
    from the reference, then those looked up from the hypothesis.
    """
    ranked_matches: list[tuple[int, int, int, int, str, int, Match]] = []
    for word in hypothesis.places.keys() & reference.places.keys():
        for j in reference.places[word]:
            ranked_matches += [(j, EXACT, i, 0, "", 0, Match(i, j, 1, 1, EXACT)) for i in hypothesis.places[word]]
    for word in wanted.kin.keys() & reference.places.keys():
        for starts, kind in wanted.kin[word]:
            for i, j in product(starts, reference.places[word]):
                ranked_matches.append((j, kind, i, 0, "", 0, Match(i, j, 1, 1, kind)))
    for source in wanted.sources.keys() & reference.phrases.keys():
        size = len(source)
        for starts, phrase in wanted.sources[source]:
            text, length = " ".join(phrase), len(phrase)
            for i, j in product(starts, reference.phrases[source]):
                ranked_matches.append((j, PARAPHRASE, size, 0, text, i, Match(i, j, length, size, PARAPHRASE)))
    for target in wanted.targets.keys() & reference.phrases.keys():
        text, length = " ".join(target), len(target)
        for starts, size in wanted.targets[target]:
            for i, j in product(starts, reference.phrases[target]):
                ranked_matches.append((j, PARAPHRASE + 1, i, size, text, j, Match(i, j, size, length, PARAPHRASE)))
    ranked_matches.sort()
    return [row[-1] for row in ranked_matches]
