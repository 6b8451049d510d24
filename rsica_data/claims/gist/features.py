"""What a shape shows to the model.

Runs of up to three words, and pairs of words with up to three between them; of the tags also pairs at any distance of
which the first denies or bounds ("nothing ... wrong"), and of a question all its words with the first of the answer,
since yes and no mean nothing without it. Both rows of a shape count: its words, and its tags, in which "erected" and
"built" are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rsica_data.claims.gist.shape import Shape

_LONGEST = 3
_FARTHEST = 4
_TURNING = frozenset({
    "[no]", "[not]", "[nothing]", "[none]", "[neither]", "[nor]", "[without]", "[only]", "[except]", "[rest]",
    "[verb:same]", "[verb:absent]", "[gone]", "[nowhere]", "[first_image]", "[second_image]", "[where]", "[former]",
})  # fmt: skip
"""Tags that turn what stands far behind them."""


def features_of(shape: Shape) -> set[str]:
    """The features of a shape."""
    return {*_near("", shape.words), *_near("#", shape.tags), *_far(shape.tags), *_asked(shape)}


def _near(row: str, parts: Sequence[str]) -> Iterator[str]:
    framed = ["^", *parts, "$"]
    for at in range(len(framed)):
        for end in range(at + 1, min(at + _LONGEST, len(framed)) + 1):
            yield row + " ".join(framed[at:end])
        for far in range(at + 2, min(at + _FARTHEST, len(framed) - 1) + 1):
            yield f"{row}{framed[at]} _ {framed[far]}"


def _far(tags: Sequence[str]) -> Iterator[str]:
    for at, tag in enumerate(tags):
        if tag in _TURNING:
            for other in tags[at + 1 :]:
                yield f"{tag} .. {other}"


def _asked(shape: Shape) -> Iterator[str]:
    """A question's tags with the first of what answers it; where there is none, that there is none."""
    if "?" not in shape.tags:
        return
    end = len(shape.tags) - 1 - shape.tags[::-1].index("?")
    answer = [tag for tag in shape.tags[end + 1 :] if tag.isalnum() or tag.startswith(("[", "<"))]
    first = " ".join(answer[:1]) or "-"
    denied = any(tag in ("[not]", "[no]", "[none]", "[nothing]") for tag in answer)
    for tag in shape.tags[:end]:
        yield f"? {tag} {first}"
        yield f"? {tag} {denied}"
