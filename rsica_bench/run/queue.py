"""The units that are still to be answered, and what becomes of one whose worker died."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from rsica_bench.run.run_plan import Unit
from rsica_bench.run.session import Answered
from rsica_data.schema import JsonObject

DIED = "the worker process died"


class UnitQueue:
    """A queue that workers pull from."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._fresh = iter(units)
        self._waiting: deque[Unit] = deque()
        self._alone: dict[tuple[tuple[str, int], ...], int] = {}  # deaths by unit that is asked alone

    def __bool__(self) -> bool:
        self._fill()
        return bool(self._waiting)

    def take(self) -> Unit | None:
        """The next unit; None where none waits."""
        self._fill()
        return self._waiting.popleft() if self._waiting else None

    def _fill(self) -> None:
        if not self._waiting:
            self._waiting.extend(islice(self._fresh, 1))

    def give_back(self, units: Iterable[Unit]) -> None:
        """Units that were taken and not begun."""
        self._waiting.extendleft(reversed(list(units)))

    def after_death(self, unit: Unit) -> list[Answered]:
        """A worker died over a unit: its instructions are asked one by one, and one that kills twice has failed."""
        if unit.turns not in self._alone:
            parts = [unit.only([name]) for name, _ in unit.turns]
            self._alone |= {part.turns: 0 for part in parts}
            self.give_back(parts)
            return []
        self._alone[unit.turns] += 1
        if self._alone[unit.turns] < 2:
            self.give_back([unit])
            return []
        return [Answered(unit, [lost_row(key, DIED) for key in unit.keys], {}, 0.0)]


def lost_row(key: tuple[str, int], reason: str) -> JsonObject:
    """The row of a turn that could not be asked at all."""
    name, turn = key
    return {
        "instruction_id": name,
        "turn": turn,
        "raw": None,
        "answer": None,
        "reason": f"no reply: {reason}",
        "failed": True,
    }
