"""The word map of the published LEVIR-CC scoring: words to ids, rare words to ``<unk>``.

The published code scores strings of word ids. Its map holds the words that stand more than five times in the captions
of all three splits, ids from 1 in order of first appearance, then ``<unk>`` (464 words and 465 for LEVIR-CC).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import kind_of, read_json_object, short

UNKNOWN = "<unk>"
MORE_THAN = 5


def derive_word_map(captions: Iterable[str]) -> dict[str, int]:
    """The map of a caption corpus, given in file order over all splits."""
    counts: Counter[str] = Counter()
    for caption in captions:
        counts.update(caption.split())
    kept = [word for word, count in counts.items() if count > MORE_THAN]
    return {word: number for number, word in enumerate(kept, 1)} | {UNKNOWN: len(kept) + 1}


def load_word_map(path: Path) -> dict[str, int]:
    """A word map from a JSON file ``{word: id}``.

    Raises:
        UserError: not such a file, or without ``<unk>``.
    """
    word_map = read_json_object(path, f"a word map {{word: id}} with an entry for {UNKNOWN}", own=False)
    if UNKNOWN not in word_map:
        raise UserError(f"a word map is {{word: id}} with an entry for {UNKNOWN}", file=path)
    for word, number in word_map.items():
        if isinstance(number, bool) or not isinstance(number, int):
            raise UserError(f"a word's id is a whole number, not {kind_of(number)}", file=path, key=short(word))
    return word_map
