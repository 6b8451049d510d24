"""Texts and items that repeat themselves, numbered: equal texts are tokenised once, equal items kept once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rsica_bench.metrics.caption_protocols import CaptionProtocol, WordMap
from rsica_bench.metrics.ngrams import Ints, Numbers, Sentences, blocks, new_numbers
from rsica_bench.metrics.stored_arrays import ArrayWriter, release
from rsica_bench.metrics.stored_numbers import StoredNumbers
from rsica_data.core.files import utf8_text

_HELD_BYTES = 1 << 16
_ITEMS = 1 << 14  # items that are looked at together


class _Rows:
    """Rows of 32-bit numbers, each once, numbered in the order in which they come first."""

    def __init__(self) -> None:
        self._numbers = StoredNumbers()
        self._held: list[bytes] = []
        self._bytes = self._count = 0
        self._values, self._sizes = ArrayWriter(np.int32), ArrayWriter(np.int64)

    def number_of(self, row: bytes) -> int:
        """The number of a row, whose numbers are given as bytes, 4 each."""
        number = self._numbers.get(row)
        if number is None:
            number, self._count = self._count, self._count + 1
            self._numbers.put(row, number)
            self._held.append(row)
            self._bytes += len(row)
            if self._bytes >= _HELD_BYTES:
                self._write()
        return number

    def _write(self) -> None:
        self._values.append(np.frombuffer(b"".join(self._held), np.int32))
        self._sizes.append(np.array([len(row) // 4 for row in self._held], np.int64))
        self._held, self._bytes = [], 0

    def finish(self) -> tuple[Numbers, Ints]:
        """The numbers of all rows, and the size of each; nothing may be added then."""
        self._write()
        return self._values.finish(), self._sizes.finish()


class TextNumbers:
    """Numbers of texts, which are those of their tokenised sentences.

    Args:
        protocol: how texts are tokenised.
        word_map: of protocols that need one.
    """

    def __init__(self, protocol: CaptionProtocol, word_map: WordMap | None) -> None:
        assert protocol.tokens is not None
        self._tokens, self._word_map = protocol.tokens, word_map
        self._words = new_numbers(str)
        self._sentences = _Rows()
        self._texts = StoredNumbers()

    def of(self, text: str) -> int:
        """The number of a text.

        Raises:
            RunError: the folder for temporary files (``TMPDIR``) is full.
        """
        key = text.encode("utf-8", "surrogatepass")
        number = self._texts.get(key)
        if number is None:
            tokens = self._tokens(utf8_text(text), self._word_map)
            number = self._sentences.number_of(b"".join([self._words[token] for token in tokens]))
            self._texts.put(key, number)
        return number

    def sentences(self) -> Sentences:
        """The distinct sentences; no text may be added then."""
        self._texts = StoredNumbers()
        tokens, sizes = self._sentences.finish()
        return Sentences(tokens, np.concatenate([[0], np.cumsum(sizes)]), tuple(self._words))


class ItemNumbers:
    """Numbers of items, a hypothesis and its references each."""

    def __init__(self) -> None:
        self._items = _Rows()

    def of(self, hypothesis: int, meant: Sequence[int]) -> int:
        """The number of an item, of the sentences with these numbers.

        Raises:
            RunError: the folder for temporary files (``TMPDIR``) is full.
        """
        return self._items.number_of(np.array([hypothesis, *meant], np.int32).tobytes())

    def arrays(self) -> tuple[Ints, Ints, Ints]:
        """Hypotheses of the items, all references, and the first of each item; nothing may be added then."""
        members, sizes = self._items.finish()
        hypotheses, meant = ArrayWriter(np.int64), ArrayWriter(np.int64)
        at = 0
        for begin, end in blocks(len(sizes), _ITEMS):
            size = sizes[begin:end]
            rows, firsts = members[at : at + int(size.sum())], np.cumsum(size) - size
            hypotheses.append(rows[firsts])
            meant.append(np.delete(rows, firsts))
            at += len(rows)
            release(members, sizes)
        return hypotheses.finish(), meant.finish(), np.cumsum(sizes - 1) - sizes + 1
