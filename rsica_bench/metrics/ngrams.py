"""Sentences as arrays of integers, and their n-grams of 1 to 4 tokens as sorted tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
LONGEST = 4
_BLOCK = 65_536  # sentences whose n-grams are sorted together; bounds the memory


def ranges(begin: Ints, sizes: Ints) -> Ints:
    """``begin[0], begin[0] + 1, ...`` for ``sizes[0]`` numbers, then from ``begin[1]``, and so on."""
    return np.arange(int(sizes.sum())) + np.repeat(begin - np.cumsum(sizes) + sizes, sizes)


@dataclass(frozen=True)
class Sentences:
    """Distinct sentences.

    Attributes:
        tokens: token numbers of all sentences, one after the other, shape ``[T]``.
        starts: where each sentence begins, and the end, shape ``[S + 1]``.
        words: the tokens by number.
    """

    tokens: Ints
    starts: Ints
    words: tuple[str, ...]

    @property
    def lengths(self) -> Ints:
        """Number of tokens, shape ``[S]``."""
        return np.diff(self.starts)


def make_sentences(tokenised: Sequence[Sequence[str]]) -> Sentences:
    """Arrays of tokenised sentences."""
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    flat = [numbers[word] for sentence in tokenised for word in sentence]
    starts = np.zeros(len(tokenised) + 1, np.int64)
    np.cumsum([len(sentence) for sentence in tokenised], out=starts[1:])
    return Sentences(np.array(flat, np.int64), starts, tuple(numbers))


@dataclass(frozen=True)
class GramTable:
    """n-gram counts of sentences: a row for every n-gram of every sentence.

    Attributes:
        keys: ``sentence * size + gram``, sorted, shape ``[M]``.
        counts: how often the gram stands in the sentence, shape ``[M]``.
        starts: first row of each sentence, and the end, shape ``[S + 1]``.
        orders: number of tokens of each gram less one, shape ``[size]``.
        first: where each gram stands first in the sentences' tokens, shape ``[size]``.
    """

    keys: Ints
    counts: Ints
    starts: Ints
    orders: Ints
    first: Ints

    @property
    def size(self) -> int:
        """Number of distinct n-grams."""
        return len(self.orders)

    def sentences(self) -> Ints:
        """Sentence of each row, shape ``[M]``."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def grams(self) -> Ints:
        """Gram of each row, shape ``[M]``."""
        return self.keys - self.sentences() * self.size


def make_table(sentences: Sentences) -> GramTable:
    """The n-grams of sentences."""
    codes, orders, first = _number_grams(sentences)
    size, lengths = len(orders), sentences.lengths
    keys, counts = [], []
    for begin in range(0, len(lengths), _BLOCK):
        end = min(begin + _BLOCK, len(lengths))
        here = slice(sentences.starts[begin], sentences.starts[end])
        owner = np.repeat(np.arange(begin, end), lengths[begin:end]) * size
        found = [(owner + code[here])[code[here] >= 0] for code in codes]
        block = np.sort(np.concatenate(found))
        fresh = (
            np.flatnonzero(np.concatenate([[True], block[1:] != block[:-1]])) if len(block) else np.zeros(0, np.int64)
        )
        keys.append(block[fresh])
        counts.append(np.diff(fresh, append=len(block)))
    whole = np.concatenate(keys) if keys else np.zeros(0, np.int64)
    starts = np.searchsorted(whole, np.arange(len(lengths) + 1) * size)
    return GramTable(whole, np.concatenate(counts) if counts else whole, starts, orders, first)


def _number_grams(sentences: Sentences) -> tuple[list[Ints], Ints, Ints]:
    """For each order the gram that begins at every token (-1 for none); order and first place of every gram."""
    import pandas as pd

    tokens, size = sentences.tokens, max(1, len(sentences.words))
    left = np.repeat(sentences.starts[1:], sentences.lengths) - np.arange(len(tokens))
    codes, orders, first = [tokens], [np.zeros(len(sentences.words), np.int64)], [_first(tokens, len(sentences.words))]
    before, total = tokens, len(sentences.words)
    for order in range(1, LONGEST):
        places = np.flatnonzero(left > order)
        numbered, distinct = pd.factorize(before[places] * size + tokens[places + order])
        before = np.full(len(tokens), -1, np.int64)
        before[places] = numbered
        codes.append(np.where(before >= 0, before + total, -1))
        orders.append(np.full(len(distinct), order, np.int64))
        first.append(places[_first(numbered, len(distinct))])
        total += len(distinct)
    return codes, np.concatenate(orders), np.concatenate(first)


def _first(codes: NDArray[Any], number: int) -> Ints:
    found = np.zeros(number, np.int64)
    found[codes[::-1]] = np.arange(len(codes))[::-1]
    return found


@dataclass(frozen=True)
class Pairs:
    """Pairs of hypothesis and reference, the pairs of an item together.

    Attributes:
        said, meant: sentence numbers of hypothesis and reference, shape ``[P]``.
        starts: first pair of each item, shape ``[N]``.
    """

    said: Ints
    meant: Ints
    starts: Ints

    @property
    def sizes(self) -> Ints:
        """Number of pairs of each item, shape ``[N]``."""
        return np.diff(self.starts, append=len(self.said))

    def items(self) -> Ints:
        """Item of each pair, shape ``[P]``."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)


@dataclass(frozen=True)
class Shared:
    """n-grams that the two sentences of pairs share: an entry for every gram of every pair.

    Attributes:
        pair: number of the pair; ``row``: row of the hypothesis in the table.
        gram: the gram; ``first``, ``second``: its counts in hypothesis and reference.
    """

    pair: Ints
    row: Ints
    gram: Ints
    first: Ints
    second: Ints


def shared_grams(table: GramTable, pairs: Pairs) -> Shared:
    """What hypothesis and reference of each pair have in common."""
    said, meant = pairs.said, pairs.meant
    sizes = table.starts[said + 1] - table.starts[said]
    pair = np.repeat(np.arange(len(said)), sizes)
    row = ranges(table.starts[said], sizes)
    gram = table.keys[row] - np.repeat(said, sizes) * table.size
    wanted = np.repeat(meant, sizes) * table.size + gram
    at = np.searchsorted(table.keys, wanted)
    at[at == len(table.keys)] = 0
    hit = np.flatnonzero(table.keys[at] == wanted) if len(table.keys) else np.zeros(0, np.int64)
    return Shared(pair[hit], row[hit], gram[hit], table.counts[row[hit]], table.counts[at[hit]])
