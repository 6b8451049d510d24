"""What METEOR knows of the words at hand: function words, stems, WordNet synsets, paraphrases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rsica_bench.metrics.meteor.resources import Resources, paraphrases

Words = tuple[str, ...]
STEM, SYNONYM = 1, 2

# WordNet's detachment rules: nouns, verbs, adjectives. The first that gives a known word is taken.
_ENDINGS = (
    ("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"), ("ies", "y"),
    ("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", ""),
    ("er", ""), ("est", ""), ("er", "e"), ("est", "e"),
)  # fmt: skip


class Phrases:
    """Phrases as a tree of their words.

    Attributes:
        phrase: the phrase that ends here, if one does; ``longer``: what goes on, by the next word.
    """

    __slots__ = ("longer", "phrase")

    def __init__(self) -> None:
        self.phrase: Words = ()
        self.longer: dict[str, Phrases] = {}


@dataclass(frozen=True)
class Lexicon:
    """Knowledge of a closed vocabulary.

    Attributes:
        function: function words.
        stems: Snowball English stem of each word.
        synsets: WordNet synsets of each word and its base forms.
        table: second phrases by first phrase, in the order of the paraphrase table.
        phrases: all phrases of the table.
    """

    function: frozenset[str]
    stems: Mapping[str, str]
    synsets: Mapping[str, frozenset[str]]
    table: Mapping[Words, list[Words]]
    phrases: Phrases

    @cached_property
    def kin(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """Other words with the same stem or a common synset, with the matcher that says so."""
        by_stem: dict[str, list[str]] = {}
        by_synset: dict[str, list[str]] = {}
        for word, stem in self.stems.items():
            by_stem.setdefault(stem, []).append(word)
            for synset in self.synsets[word]:
                by_synset.setdefault(synset, []).append(word)
        related_words = {}
        for word, stem in self.stems.items():
            synonyms = {other for synset in self.synsets[word] for other in by_synset[synset] if other != word}
            stems = [(other, STEM) for other in by_stem[stem] if other != word]
            related_words[word] = (*stems, *((other, SYNONYM) for other in sorted(synonyms)))
        return related_words

    @cached_property
    def sources(self) -> Mapping[Words, list[Words]]:
        """First phrases of the table by second phrase."""
        first_phrases: dict[Words, list[Words]] = {}
        for first, others in self.table.items():
            for second in others:
                first_phrases.setdefault(second, []).append(first)
        return first_phrases


def known_phrases(words: Words, phrases: Phrases) -> Iterator[tuple[int, Words]]:
    """Phrases that a sentence holds, with their start, by start and length."""
    for start in range(len(words)):
        node: Phrases | None = phrases
        for place in range(start, len(words)):  # a slice would copy the rest of a long text for every word
            node = node.longer.get(words[place]) if node else None
            if node is None:
                break
            if node.phrase:
                yield start, node.phrase


def make_lexicon(resources: Resources, sentences: Collection[Words]) -> Lexicon:
    """The knowledge about the words of some sentences, cut from the resources."""
    from snowballstemmer import stemmer

    vocabulary = {word for words in sentences for word in words}
    words, stem = sorted(vocabulary), stemmer("english").stemWord
    table = _used(paraphrases(resources, vocabulary), sentences)
    return Lexicon(
        frozenset(resources.text("function.words").split()),
        {word: word if word.isdigit() else stem(word) for word in words},
        _synsets(resources, words),
        table,
        _tree(table),
    )


def _tree(table: Mapping[Words, list[Words]]) -> Phrases:
    """All phrases of a table."""
    root = Phrases()
    for phrase in {phrase for first, second_phrases in table.items() for phrase in (first, *second_phrases)}:
        node = root
        for word in phrase:
            node = node.longer.setdefault(word, Phrases())
        node.phrase = phrase
    return root


def _used(table: Mapping[Words, list[Words]], sentences: Iterable[Words]) -> dict[Words, list[Words]]:
    """The pairs of phrases that both stand in some sentence."""
    phrases = _tree(table)
    present = {phrase for words in sentences for _, phrase in known_phrases(words, phrases)}
    cut = (
        (first, [phrase for phrase in second_phrases if phrase in present]) for first, second_phrases in table.items()
    )
    return {first: second_phrases for first, second_phrases in cut if second_phrases and first in present}


def _synsets(resources: Resources, words: Iterable[str]) -> dict[str, frozenset[str]]:
    irregular = _irregular(resources)
    known = _known(resources, sorted({form for word in words for form in (word, *irregular.get(word, _cut(word)))}))
    return {
        word: frozenset(synset for base in _bases(word, known, irregular) for synset in known.get(base, "").split())
        for word in words
    }


def _known(resources: Resources, forms: Sequence[str]) -> dict[str, str]:
    """Synsets of those forms that WordNet has."""
    heads, synsets = _wordnet(resources)
    known = synsets.take(pc.index_in(pa.array(forms, pa.string()), value_set=heads)).to_pylist()
    return {form: numbers for form, numbers in zip(forms, known, strict=True) if numbers is not None}


@lru_cache(maxsize=1)
def _wordnet(resources: Resources) -> tuple[pa.Array, pa.Array]:
    """WordNet's 150,000 words and the synsets of each: five megabytes, as Python objects they would be forty."""
    lines = pc.split_pattern(pa.array([resources.text("synsets")]), "\n").flatten()
    heads = np.arange(0, len(lines) - 1, 2)
    return lines.take(pa.array(heads)), lines.take(pa.array(heads + 1))


@lru_cache(maxsize=1)
def _irregular(resources: Resources) -> dict[str, list[str]]:
    """Base forms by irregular form."""
    lines = resources.text("exceptions").split("\n")
    base_forms: dict[str, list[str]] = {}
    for base, forms in zip(lines[::2], lines[1::2], strict=False):
        for form in forms.split():
            base_forms.setdefault(form, []).append(base)
    return base_forms


def _bases(word: str, known: Mapping[str, str], irregular: Mapping[str, list[str]]) -> list[str]:
    if word in irregular:
        return [word, *irregular[word]]
    return [word, *[base for base in _cut(word) if base in known][:1]]


def _cut(word: str) -> list[str]:
    """What the detachment rules make of a word, in their order."""
    if len(word) <= 2 or word.endswith("ss"):
        return []
    return [word.removesuffix(ending) + other for ending, other in _ENDINGS if word.endswith(ending)]
