"""What METEOR knows of the words at hand: function words, stems, WordNet synsets, paraphrases."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rsica_bench.metrics.meteor.resources import Resources, paraphrases

Words = tuple[str, ...]
STEM, SYNONYM = 1, 2

# WordNet's detachment rules: nouns, verbs, adjectives. The first that gives a known word is taken.
_ENDINGS = (
    ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y"),
    ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ("er", ""), ("est", ""), ("er", "e"), ("est", "e"),
)  # fmt: skip


@dataclass(frozen=True)
class Lexicon:
    """Knowledge of a closed vocabulary.

    Attributes:
        function: function words.
        stems: Snowball English stem of each word.
        synsets: WordNet synsets of each word and its base forms.
        table: second phrases by first phrase, in the order of the paraphrase table.
        phrases: all phrases of the table; ``reach`` the words of the longest of them that begins with a word.
    """

    function: frozenset[str]
    stems: Mapping[str, str]
    synsets: Mapping[str, frozenset[str]]
    table: Mapping[Words, list[Words]]
    phrases: frozenset[Words]
    reach: Mapping[str, int]

    @cached_property
    def kin(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Other words with the same stem or a common synset, with the matcher that says so."""
        by_stem: dict[str, list[str]] = {}
        by_synset: dict[str, list[str]] = {}
        for word, stem in self.stems.items():
            by_stem.setdefault(stem, []).append(word)
            for synset in self.synsets[word]:
                by_synset.setdefault(synset, []).append(word)
        found = {}
        for word, stem in self.stems.items():
            synonyms = {other for synset in self.synsets[word] for other in by_synset[synset] if other != word}
            stems = [(other, STEM) for other in by_stem[stem] if other != word]
            found[word] = (*stems, *((other, SYNONYM) for other in sorted(synonyms)))
        return found


def known_phrases(words: Words, phrases: Container[Words], reach: Mapping[str, int]) -> Iterator[tuple[int, Words]]:
    """Phrases that a sentence holds, with their start, by start and length."""
    number = len(words)
    for start, word in enumerate(words):
        for end in range(start + 1, min(start + reach.get(word, 0), number) + 1):
            phrase = words[start:end]
            if phrase in phrases:
                yield start, phrase


def make_lexicon(resources: Resources, sentences: Collection[Words]) -> Lexicon:
    """The knowledge about the words of some sentences, cut from the resources."""
    from snowballstemmer import stemmer

    vocabulary = {word for words in sentences for word in words}
    words, stem = sorted(vocabulary), stemmer("english").stemWord
    table = _used(paraphrases(resources, vocabulary), sentences)
    phrases = frozenset(phrase for first, found in table.items() for phrase in (first, *found))
    return Lexicon(
        frozenset(resources.text("function.words").split()),
        {word: word if word.isdigit() else stem(word) for word in words},
        _synsets(resources, words),
        table,
        phrases,
        _reach(phrases),
    )


def _reach(phrases: Iterable[Words]) -> dict[str, int]:
    found: dict[str, int] = {}
    for phrase in phrases:
        found[phrase[0]] = max(found.get(phrase[0], 0), len(phrase))
    return found


def _used(table: Mapping[Words, list[Words]], sentences: Iterable[Words]) -> dict[Words, list[Words]]:
    """The pairs of phrases that both stand in some sentence."""
    phrases = frozenset(phrase for first, found in table.items() for phrase in (first, *found))
    reach = _reach(phrases)
    present = {phrase for words in sentences for _, phrase in known_phrases(words, phrases, reach)}
    cut = ((first, [phrase for phrase in found if phrase in present]) for first, found in table.items())
    return {first: found for first, found in cut if found and first in present}


def _synsets(resources: Resources, words: Iterable[str]) -> dict[str, frozenset[str]]:
    lines = resources.text("synsets").split("\n")
    known = dict(zip(lines[::2], lines[1::2], strict=False))
    irregular = _irregular(resources)
    return {
        word: frozenset(synset for base in _bases(word, known, irregular) for synset in known.get(base, "").split())
        for word in words
    }


def _irregular(resources: Resources) -> dict[str, list[str]]:
    """Base forms by irregular form."""
    lines = resources.text("exceptions").split("\n")
    found: dict[str, list[str]] = {}
    for base, forms in zip(lines[::2], lines[1::2], strict=False):
        for form in forms.split():
            found.setdefault(form, []).append(base)
    return found


def _bases(word: str, known: Mapping[str, str], irregular: Mapping[str, list[str]]) -> list[str]:
    if word in irregular:
        return [word, *irregular[word]]
    if len(word) > 2 and not word.endswith("ss"):
        for ending, replacement in _ENDINGS:
            if word.endswith(ending) and (base := word.removesuffix(ending) + replacement) in known:
                return [word, base]
    return [word]
