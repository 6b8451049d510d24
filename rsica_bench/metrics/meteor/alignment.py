"""METEOR's alignment: which of all possible matches are kept.

A beam search over the reference, left to right (Denkowski and Lavie 2011). Alignments are ranked by matched words,
where a match that is not exact counts half its length rounded down, then by fewer chunks, then by a distance. Seen in
the jar and kept: the distance that a match adds is charged to the alternatives tried after it, not to the match
itself; ties go to the alternative tried first; a chunk counts once it is closed, and the last one at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from rsica_bench.metrics.meteor.matching import EXACT, Match

BEAM = 40
_rank = itemgetter(0, 1, 2)


class _Path(NamedTuple):
    """A partial alignment; the first three fields rank it.

    ``used``: bits of matched hypothesis words; ``free``: first reference word not covered; ``last``: where the open
    chunk ends in the hypothesis, -1 for none; ``trail``: the kept matches as a linked list, last first.
    """

    minus_gain: int
    chunks: int
    distance: int
    used: int
    free: int
    last: int
    trail: Any


def align(matches: Sequence[Match], reference_length: int) -> tuple[list[Match], int]:
    """The matches that METEOR keeps, by position in the reference, and their number of chunks.

    Args:
        matches: as :func:`~rsica_bench.metrics.meteor.matching.all_matches` orders them.
        reference_length: words of the reference.
    """
    fixed, open_at = _split(matches, reference_length)
    paths = [_Path(0, 0, 0, 0, 0, -1, None)]
    for position in range(reference_length):
        alone, options = fixed[position], open_at[position]
        found: list[_Path] = []
        for path in paths:
            if path.free > position:
                found.append(path)
            elif alone is not None:
                found.append(_extended(path, alone, path.distance + abs(alone.start - position)))
            else:
                _branch(path, options, position, found)
        if len(found) > 1:
            found.sort(key=_rank)
        paths = found[:BEAM]
    best = min(paths, key=lambda path: (path.minus_gain, path.chunks + (path.last >= 0), path.distance))
    kept: list[Match] = []
    trail = best.trail
    while trail is not None:
        trail, match = trail
        kept.append(match)
    kept.reverse()
    return kept, best.chunks + (best.last >= 0)


def _split(matches: Sequence[Match], reference_length: int) -> tuple[list[Match | None], list[list[tuple[Match, int]]]]:
    """Matches that share no word with another, which are kept in any case, and the others with their words as bits."""
    here, there = [0] * 2, [0] * 2  # bits seen once, bits seen again
    masks = []
    for start, other, length, size, _ in matches:
        mask, reference_mask = ((1 << length) - 1) << start, ((1 << size) - 1) << other
        masks.append((mask, reference_mask))
        here[1] |= here[0] & mask
        here[0] |= mask
        there[1] |= there[0] & reference_mask
        there[0] |= reference_mask
    fixed: list[Match | None] = [None] * reference_length
    open_at: list[list[tuple[Match, int]]] = [[] for _ in range(reference_length)]
    for match, (mask, reference_mask) in zip(matches, masks, strict=True):
        if mask & here[1] or reference_mask & there[1]:
            open_at[match.reference_start].append((match, mask))
        else:
            fixed[match.reference_start] = match
    return fixed, open_at


def _extended(path: _Path, match: Match, distance: int, mask: int = 0) -> _Path:
    start, other, length, size, matcher = match
    gain = length + size if matcher == EXACT else length // 2 + size // 2
    closed = path.chunks + (path.last >= 0 and path.last != start)
    return _Path(
        path.minus_gain - gain, closed, distance, path.used | mask, other + size, start + length, (path.trail, match)
    )


def _branch(path: _Path, options: Sequence[tuple[Match, int]], position: int, found: list[_Path]) -> None:
    """Add the path with each option that is free, then without any."""
    distance, used = path.distance, path.used
    for match, mask in options:
        if not used & mask:
            found.append(_extended(path, match, distance, mask))
            distance += abs(match.start - position)
    found.append(_Path(path.minus_gain, path.chunks + (path.last >= 0), distance, used, position + 1, -1, path.trail))
