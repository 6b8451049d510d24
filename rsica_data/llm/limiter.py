"""How many requests are under way at once: as many as the server's limits allow.

Additive increase, multiplicative decrease, as in TCP: each answer widens the window by 1/window, a 429 halves it (once
for all requests that were sent before it). Where the server names a time to wait, nothing new is sent until then. Where
it says how many requests are left, no more than that are sent until the next answer tells anew.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9.]+)(ms|s|m|h|d)")
_LONGEST_HOLD = 300.0


def seconds(text: str | None) -> float | None:
    """``1s``, ``6m0s``, ``120ms`` or a plain number of seconds, as in rate-limit headers; None for anything else."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        parts = _PART.findall(text)
        if not parts or "".join(number + unit for number, unit in parts) != text.strip():
            return None
        return sum(float(number) * _UNITS[unit] for number, unit in parts)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait that a server names: ``retry-after-ms``, or ``Retry-After`` as number or date."""
    milliseconds = seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    found = seconds(value)
    if found is None and value:
        from datetime import UTC, datetime
        from email.utils import parsedate_to_datetime

        try:
            found = max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None
    return found


class Ticket(NamedTuple):
    """How often the window had been cut, and how many requests had been sent, when this one was."""

    cuts: int
    number: int


class Limiter:
    """The window of requests under way. Lives in one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.window = float(most)
        self.active = 0
        self._cuts = 0
        self._open_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._tokens = 0.0
        self._sent = 0
        self._left: int | None = None

    async def enter(self) -> Ticket:
        """Wait for a place; the ticket goes to :meth:`answered` or :meth:`limited`."""
        if self._waiting or not self._free():
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._wake()
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self.leave()
                raise
        else:
            self._take()
        return Ticket(self._cuts, self._sent)

    def _take(self) -> None:
        self.active += 1
        self._sent += 1
        if self._left is not None:
            self._left -= 1

    def leave(self) -> None:
        """Give the place back."""
        self.active -= 1
        self._wake()

    def answered(self, ticket: Ticket, headers: Mapping[str, str], tokens: int) -> None:
        """An answer came: widen the window, and heed what the headers say is left."""
        self.window = min(float(self.most), self.window + 1.0 / self.window)
        self._tokens += (tokens - self._tokens) / 16
        left = headers.get("x-ratelimit-remaining-requests")
        # What was sent after this request may not be counted in its header yet.
        self._left = int(left) - (self._sent - ticket.number) if left is not None and left.isdigit() else None
        for what, needed in (("requests", 1.0), ("tokens", self._tokens)):
            left = headers.get(f"x-ratelimit-remaining-{what}")
            if left is not None and left.isdigit() and int(left) < needed:
                self._hold(seconds(headers.get(f"x-ratelimit-reset-{what}")))

    def limited(self, ticket: Ticket, wait: float | None) -> None:
        """A 429 came for a request that entered with ``ticket``."""
        if ticket.cuts == self._cuts:
            self._cuts += 1
            self.window = max(1.0, self.window / 2)
            self._left = 0  # one request goes first, to learn what is left
        self._hold(wait)

    def let_all_in(self) -> None:
        """Wake everyone who waits for a place: the client is stopping, and they have to hear of it."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                self._take()
                place.set_result(None)

    def _hold(self, wait: float | None) -> None:
        if wait:
            self._open_at = max(self._open_at, asyncio.get_running_loop().time() + min(wait, _LONGEST_HOLD))

    def _free(self) -> bool:
        if self._left is not None and self._left <= 0 and self.active > 0:
            return False
        return self.active < int(self.window) and asyncio.get_running_loop().time() >= self._open_at

    def _wake(self) -> None:
        while self._waiting and self._free():
            place = self._waiting.popleft()
            if not place.done():
                self._take()
                place.set_result(None)
        loop = asyncio.get_running_loop()
        if self._waiting and self._timer is None and loop.time() < self._open_at:
            self._timer = loop.call_at(self._open_at, self._opened)

    def _opened(self) -> None:
        self._timer = None
        self._wake()
