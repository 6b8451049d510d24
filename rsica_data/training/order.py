"""The order of rows in an epoch, as numbers alone: the same for a seed, and found at any place without reading."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Place = tuple[int, int]
"""Number of a unit and place of a row in it."""


@dataclass(frozen=True)
class Consumer:
    """One of the processes that share an epoch.

    Attributes:
        number: 0 to ``of - 1``: rank times workers, plus worker.
        of: how many there are.
    """

    number: int = 0
    of: int = 1


@dataclass(frozen=True)
class Shuffling:
    """How an epoch is shuffled.

    Attributes:
        seed: the same seed gives the same order.
        buffer: rows of a part among which the next one is drawn; 0 keeps the stored order.
    """

    seed: int = 0
    buffer: int = 1000


def epoch_order(
    sizes: Sequence[tuple[int, int]],
    weights: Sequence[float],
    epoch: int,
    consumer: Consumer = Consumer(),
    shuffling: Shuffling = Shuffling(),
) -> Iterator[Place]:
    """Rows of an epoch that fall to a consumer.

    Units are shuffled and dealt to the consumers, rows go through a buffer, part by part, and the parts are merged so
    that each is as likely to be next as it has rows left: large and small parts end together.

    Args:
        sizes: part and number of rows of each unit.
        weights: of the parts; 1 shows each row once.
        epoch: 0, 1, ...: each in another order.
        consumer: whose rows.
        shuffling: seed and buffer.
    """
    shuffled = shuffling.buffer > 0
    dealt = list(range(len(sizes)))
    if shuffled:
        _chance(shuffling.seed, epoch, "units").shuffle(dealt)
    streams: dict[int, list[list[Place]]] = {part: [] for part in range(len(weights))}
    for unit in dealt[consumer.number :: consumer.of]:
        part, size = sizes[unit]
        streams[part] += _passes(unit, size, weights[part], shuffling.seed, epoch)
    draw = _chance(shuffling.seed, epoch, consumer.number, consumer.of)
    left = {part: sum(map(len, units)) for part, units in streams.items() if units}
    rows = {part: _buffered(streams[part], shuffling.buffer, draw) for part in left}
    while left:
        part = draw.choices(list(left), list(left.values()))[0] if shuffled and len(left) > 1 else next(iter(left))
        yield next(rows[part])
        left[part] -= 1
        if not left[part]:
            del left[part]


def _chance(*key: object) -> random.Random:
    return random.Random("/".join(map(str, key)))  # noqa: S311 (an order, no secret)


def _passes(unit: int, size: int, weight: float, seed: int, epoch: int) -> list[list[Place]]:
    """The rows of a unit, as often as its weight says; of a broken weight a part of the rows, another each epoch."""
    whole, share = divmod(weight, 1.0)
    passes = [[(unit, row) for row in range(size)]] * int(whole)
    if share:
        draw = _chance(seed, unit)
        order = list(range(size))
        draw.shuffle(order)
        # Epoch after epoch goes on where the last one ended, so that every row has its turn.
        first, last = round(epoch * share * size), round((epoch + 1) * share * size)
        passes.append([(unit, order[place % size]) for place in range(first, last)])
    return [rows for rows in passes if rows]


def _buffered(units: Sequence[Sequence[Place]], buffer: int, draw: random.Random) -> Iterator[Place]:
    held: list[Place] = []
    for unit in units:
        for place in unit:
            if len(held) < buffer:
                held.append(place)
                continue
            if not buffer:
                yield place
                continue
            number = draw.randrange(buffer)
            held[number], place = place, held[number]
            yield place
    draw.shuffle(held)
    yield from held
