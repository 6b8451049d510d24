"""What a shape shows to the model: runs of up to three words, and pairs of words with up to three between them.

Both rows of a shape count: its words, and its tags, in which "erected" and "built" are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rsica_data.claims.gist.shape import Shape

_LONGEST = 3
_FARTHEST = 4


def features_of(shape: Shape) -> set[str]:
    """The features of a shape."""
    return {*_features("", shape.words), *_features("#", shape.tags)}


def _features(row: str, parts: Sequence[str]) -> Iterator[str]:
    framed = ["^", *parts, "$"]
    for at in range(len(framed)):
        for end in range(at + 1, min(at + _LONGEST, len(framed)) + 1):
            yield row + " ".join(framed[at:end])
        for far in range(at + 2, min(at + _FARTHEST, len(framed) - 1) + 1):
            yield f"{row}{framed[at]} _ {framed[far]}"
