"""Sentences as arrays of integers, and their n-grams of 1 to 4 tokens as sorted tables.

Tokens and n-grams are numbered in 32 bits: more than 2**31 of them do not fit into memory anyway.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.key_numbers import number_keys
from rsica_bench.metrics.stored_arrays import ArrayWriter, release

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Key = TypeVar("Key")
LONGEST = 4
_BLOCK = 2048  # sentences whose n-grams are sorted together: what fits a processor's cache
_TOKENS = 1 << 16  # tokens whose n-grams are numbered together


def ranges(begin: Ints, sizes: Ints) -> Ints:
    """``begin[0], begin[0] + 1, ...`` for ``sizes[0]`` numbers, then from ``begin[1]``, and so on."""
    return np.arange(int(sizes.sum())) + np.repeat(begin - np.cumsum(sizes) + sizes, sizes)


def blocks(number: int, size: int) -> list[tuple[int, int]]:
    """Begin and end of blocks of a size that cover ``number`` things."""
    return [(begin, min(begin + size, number)) for begin in range(0, number, size)]


@dataclass(frozen=True)
class Sentences:
    """Distinct sentences.

    Attributes:
        tokens: token numbers of all sentences, one after the other, shape ``[T]``.
        starts: where each sentence begins, and the end, shape ``[S + 1]``.
        words: the tokens by number.
    """

    tokens: Numbers
    starts: Ints
    words: Sequence[str]

    @property
    def lengths(self) -> Ints:
        """Number of tokens, shape ``[S]``."""
        return np.diff(self.starts)

    def release(self) -> None:
        """Give back the memory of tokens that were looked at."""
        release(self.tokens)

    def texts(self, numbers: Ints) -> list[str]:
        """Some sentences, tokens joined by spaces."""
        sizes = self.starts[numbers + 1] - self.starts[numbers]
        words = [self.words[token] for token in self.tokens[ranges(self.starts[numbers], sizes)].tolist()]
        spans = itertools.pairwise([0, *np.cumsum(sizes).tolist()])
        return [" ".join(words[begin:end]) for begin, end in spans]


def new_numbers(kind: type[Key]) -> defaultdict[Key, bytes]:
    """Numbers of things, the next for a new one, as 4 bytes each: rows of them are joined, compared and unpacked."""
    return defaultdict(map(Struct("=i").pack, itertools.count()).__next__)


def part_words(sentences: Sentences) -> Sentences:
    """Sentences whose tokens hold no white space: a token with some becomes several."""
    numbers: defaultdict[str, int] = defaultdict(itertools.count().__next__)
    parts = [[numbers[part] for part in word.split()] for word in sentences.words]
    sizes = np.array([len(part_numbers) for part_numbers in parts], np.int64)
    flat = np.array([number for part_numbers in parts for number in part_numbers], np.int32)
    here = sizes[sentences.tokens]
    tokens = flat[ranges((np.cumsum(sizes) - sizes)[sentences.tokens], here)]
    return Sentences(tokens, np.concatenate([[0], np.cumsum(here)])[sentences.starts], tuple(numbers))


@dataclass(frozen=True)
class GramTable:
    """n-gram counts of sentences: a row for every n-gram of every sentence, by sentence and gram; on disk if many.

    Attributes:
        grams: the gram, ascending within a sentence, shape ``[M]``; counts: how often it stands there, ``[M]``.
        starts: first row of each sentence, and the end, shape ``[S + 1]``.
        bounds: first gram of each order, and their number, shape ``[5]``.
    """

    grams: Numbers
    counts: Numbers
    starts: Ints
    bounds: tuple[int, ...]

    def release(self) -> None:
        """Give back the memory of rows that were looked at."""
        release(self.grams, self.counts)

    @property
    def size(self) -> int:
        """Number of distinct n-grams."""
        return self.bounds[-1]

    def rows(self, sentences: Ints) -> tuple[Ints, Ints]:
        """Rows of some sentences, one sentence after the other, and the number of rows of each."""
        sizes = self.starts[sentences + 1] - self.starts[sentences]
        return ranges(self.starts[sentences], sizes), sizes

    def orders(self, grams: Numbers) -> NDArray[np.int8]:
        """Number of tokens of grams, less one."""
        gram_orders = np.zeros(len(grams), np.int8)
        for bound in self.bounds[1:LONGEST]:
            gram_orders += grams >= bound
        return gram_orders


def make_table(sentences: Sentences) -> GramTable:
    """The n-grams of sentences."""
    codes, bounds = number_grams(sentences)
    lengths = sentences.lengths
    grams, counts, sizes = ArrayWriter(np.int32), ArrayWriter(np.int32), [np.zeros(1, np.int64)]
    for begin, end in blocks(len(lengths), _BLOCK):
        here = slice(sentences.starts[begin], sentences.starts[end])
        owner = np.repeat(np.arange(end - begin), lengths[begin:end])
        valid = [code[here] >= 0 for code in codes]
        owners = np.concatenate([owner[some] for some in valid])
        all_grams = np.concatenate([code[here][some] for code, some in zip(codes, valid, strict=True)])
        distinct, times, number = distinct_grams(owners, all_grams, end - begin, bounds[-1])
        grams.append(distinct)
        counts.append(times)
        sizes.append(number)
        release(*codes)
    return GramTable(grams.finish(), counts.finish(), np.cumsum(np.concatenate(sizes)), bounds)


def distinct_grams(owner: Ints, gram: Numbers, owners: int, size: int) -> tuple[Numbers, Numbers, Ints]:
    """Different grams of each owner.

    Args:
        owner: an owner, shape ``[K]``.
        gram: a gram that it has, once or more, shape ``[K]``.
        owners: number of owners.
        size: number of grams.

    Returns:
        The grams by owner, ascending, and how often each is there; number of different grams of each owner.
    """
    keys = np.sort(owner * size + gram)
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    counts = np.diff(first, append=len(keys)).astype(np.int32)
    keys, offsets = keys[first], np.arange(owners + 1) * size
    sizes = np.diff(np.searchsorted(keys, offsets))
    return (keys - np.repeat(offsets[:-1], sizes)).astype(np.int32), counts, sizes


def number_grams(sentences: Sentences) -> tuple[list[Numbers], tuple[int, ...]]:
    """Numbers of n-grams, those of one token first, each order by first place.

    Returns:
        For each order the gram that begins at every token, -1 for none, shape ``[T]``; the bounds of the orders.
    """
    codes, bounds, whole = [sentences.tokens], [0, len(sentences.words)], np.ones(len(sentences.tokens), bool)
    for order in range(1, LONGEST):
        # A gram needs `order` tokens of its sentence after the first.
        whole[sentences.starts[1:][sentences.lengths >= order] - order] = False
        numbers, count = number_keys(_keys(codes[-1], order, sentences, whole))
        codes.append(_at_tokens(numbers, bounds[-1], whole))
        bounds.append(bounds[-1] + count)
    return codes, tuple(bounds)


def _keys(codes: Numbers, order: int, sentences: Sentences, whole: NDArray[np.bool_]) -> Iterator[Ints]:
    """Keys of grams in blocks: the gram of one token less, and the token after it."""
    for begin, end in blocks(len(whole), _TOKENS):
        places = np.flatnonzero(whole[begin:end])
        keys = codes[begin:end][places].astype(np.int64)
        keys *= len(sentences.words)
        keys += sentences.tokens[begin + order : end + order][places]
        yield keys
        release(codes, sentences.tokens)


def _at_tokens(numbers: Numbers, base: int, whole: NDArray[np.bool_]) -> Numbers:
    """Numbers of grams above ``base`` where they begin, -1 at the other tokens."""
    codes, at = ArrayWriter(np.int32), 0
    for begin, end in blocks(len(whole), _TOKENS):
        code, here = np.full(end - begin, -1, np.int32), whole[begin:end]
        code[here] = numbers[at : at + np.count_nonzero(here)] + base
        codes.append(code)
        at += int(np.count_nonzero(here))
        release(numbers)
    return codes.finish()


@dataclass(frozen=True)
class Pairs:
    """Pairs of hypothesis and reference, the pairs of an item together.

    Attributes:
        hypotheses, meant: sentence numbers of hypothesis and reference, shape ``[P]``.
        starts: first pair of each item, shape ``[N]``.
    """

    hypotheses: Ints
    meant: Ints
    starts: Ints

    @property
    def sizes(self) -> Ints:
        """Number of pairs of each item, shape ``[N]``."""
        return np.diff(self.starts, append=len(self.hypotheses))

    def items(self) -> Ints:
        """Item of each pair, shape ``[P]``."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)


@dataclass(frozen=True)
class Shared:
    """n-grams that the two sentences of pairs share: an entry for every gram of every pair.

    Attributes:
        pair: number of the pair, shape ``[K]``.
        gram: the gram; ``first``, ``second``: its counts in hypothesis and reference.
        row: number of the item's hypothesis' gram, counted over the hypotheses of all items.
        item, orders: for each such row, shape ``[R]``, its item, and the number of the gram's tokens less one.
    """

    pair: Ints
    gram: Numbers
    first: Numbers
    second: Numbers
    row: Ints
    item: Ints
    orders: NDArray[np.int8]


def shared_grams(table: GramTable, pairs: Pairs) -> Shared:
    """What hypothesis and reference of each pair have in common."""
    hypotheses = pairs.hypotheses[pairs.starts]
    rows, sizes = table.rows(hypotheses)
    item = np.repeat(np.arange(len(hypotheses)), sizes)
    grams = table.grams[rows]
    keys = item * table.size + grams
    other, sizes = table.rows(pairs.meant)
    wanted = np.repeat(pairs.items() * table.size, sizes) + table.grams[other]
    row = np.searchsorted(keys, wanted)
    hit = np.flatnonzero(np.append(keys, -1)[row] == wanted)
    pair = np.repeat(np.arange(len(sizes)), sizes)[hit]
    row, other = row[hit], other[hit]
    return Shared(pair, grams[row], table.counts[rows[row]], table.counts[other], row, item, table.orders(grams))
