"""METEOR's alignment: which of all possible matches are kept.

A beam search over the reference, left to right (Denkowski and Lavie 2011). Alignments are ranked by matched words,
where a match that is not exact counts half its length rounded down, then by fewer chunks, then by a distance. Seen in
the jar and kept: the distance that a match adds is charged to the alternatives tried after it, not to the match
itself; ties go to the alternative tried first; a chunk counts once it is closed, and the last one at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from rsica_bench.metrics.meteor.matching import EXACT, Match

BEAM = 40

# Paths are plain tuples, as there are hundreds of thousands of them: (rank, used, free, last, trail).
#   rank   one number that orders paths: minus the matched words, then chunks, then distance, lowest first
#   used   bits of matched hypothesis words
#   free   first reference word that is not covered
#   last   where the open chunk ends in the hypothesis, -1 for none
#   trail  the kept matches as a linked list, last first
_Path = tuple[int, int, int, int, Any]
_rank = itemgetter(0)
_CHUNK, _GAIN = 1 << 32, 1 << 64

# A match as the search needs it: (start, end, free, rank, distance, bits, match).
_Option = tuple[int, int, int, int, int, int, Match]


def align(matches: Sequence[Match], reference_length: int) -> tuple[list[Match], int]:
    """The matches that METEOR keeps, by position in the reference, and their number of chunks.

    Args:
        matches: as :func:`~rsica_bench.metrics.meteor.matching.all_matches` orders them.
        reference_length: words of the reference.
    """
    fixed, open_at = _split(matches, reference_length)
    paths: list[_Path] = [(0, 0, 0, -1, None)]
    covered = -1  # where the matches so far end
    for position in range(reference_length):
        options, alone = open_at.get(position), fixed.get(position)
        if options:
            covered = max(covered, *[option[2] for option in options])
            paths = _branch(paths, options, position)
        elif alone or position <= covered:
            covered = max(covered, alone[2]) if alone else covered
            paths = _walk(paths, alone, position)
        else:  # every path has closed its chunk before
            continue
        if len(paths) > 1:
            paths.sort(key=_rank)
            del paths[BEAM:]
    ranks = [path[0] + _CHUNK if path[3] >= 0 else path[0] for path in paths]
    rank = min(ranks)
    trail = paths[ranks.index(rank)][4]
    kept: list[Match] = []
    while trail is not None:
        trail, match = trail
        kept.append(match)
    kept.reverse()
    return kept, rank % _GAIN // _CHUNK


def _split(matches: Sequence[Match], reference_length: int) -> tuple[dict[int, _Option], dict[int, list[_Option]]]:
    """Matches that share no word with another, which are kept in any case, and the others, by reference position."""
    seen = again = reference_seen = reference_again = 0
    options: list[tuple[_Option, int]] = []
    for match in matches:
        start, other, length, size, matcher = match
        bits, reference_bits = ((1 << length) - 1) << start, ((1 << size) - 1) << other
        again |= seen & bits
        seen |= bits
        reference_again |= reference_seen & reference_bits
        reference_seen |= reference_bits
        # A match that is not exact counts half its length, rounded down on each side.
        gain = length + size if matcher == EXACT else length // 2 + size // 2
        option = (start, start + length, other + size, -gain * _GAIN, abs(start - other), bits, match)
        options.append((option, reference_bits))
    fixed: dict[int, _Option] = {}
    open_at: dict[int, list[_Option]] = {}
    for option, reference_bits in options:
        if option[5] & again or reference_bits & reference_again:
            open_at.setdefault(option[6].reference_start, []).append(option)
        else:
            fixed[option[6].reference_start] = option
    return fixed, open_at


def _walk(paths: Sequence[_Path], alone: _Option | None, position: int) -> list[_Path]:
    """All paths one word on, where there is no choice: with the only match, or with none."""
    next_paths: list[_Path] = []
    for path in paths:
        rank, used, free, last, trail = path
        if free > position:
            next_paths.append(path)
        elif alone is None:
            next_paths.append((rank + _CHUNK if last >= 0 else rank, used, position + 1, -1, trail))
        else:
            start, end, free, gain, distance, _, match = alone
            closed = _CHUNK if last >= 0 and last != start else 0
            next_paths.append((rank + gain + closed + distance, used, free, end, (trail, match)))
    return next_paths


def _branch(paths: Sequence[_Path], options: Sequence[_Option], position: int) -> list[_Path]:
    """Every path with each match that is free, then without any."""
    next_paths: list[_Path] = []
    for path in paths:
        rank, used, free, last, trail = path
        if free > position:
            next_paths.append(path)
            continue
        for start, end, free, gain, distance, bits, match in options:
            if not used & bits:
                closed = _CHUNK if last >= 0 and last != start else 0
                next_paths.append((rank + gain + closed, used | bits, free, end, (trail, match)))
                rank += distance
        next_paths.append((rank + _CHUNK if last >= 0 else rank, used, position + 1, -1, trail))
    return next_paths
