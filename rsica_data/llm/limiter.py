"""How many requests are under way at once: as many as the server's limits allow.

Additive increase, multiplicative decrease, as in TCP: each answer widens the window by 1/window, a 429 halves it (once
for all requests that were sent before it). Where the server names a time to wait, nothing new is sent until then. Where
it says how many requests are left, no more than that are sent until the next answer tells again.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_COUNT = re.compile(r"[0-9]{1,12}")
_LONGEST_TEXT = 40
_EPOCH = 1_000_000_000.0
"""A plain number from here on is a point in time (seconds since 1970, as some gateways write), not a span."""


class WaitTooLong(Exception):
    """A server asks for a longer wait than is allowed.

    Args:
        wait: what it asks for, in seconds.
    """

    def __init__(self, wait: float) -> None:
        self.wait = wait
        super().__init__(f"{wait:.0f} s")


def seconds(text: str | None) -> float | None:
    """Seconds of a rate-limit header: ``1s``, ``6m0s``, ``120ms`` or a plain number; None for anything else.

    What cannot be a span of time (``nan``, ``inf``, ``1_0``) is None; a negative one is 0.
    """
    if not text or len(text) > _LONGEST_TEXT:
        return None
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _finite(max(0.0, float(text)))
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return _finite(sum(float(number) * _UNITS[unit] for number, unit in parts))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def reset_after(text: str | None) -> float | None:
    """Seconds until a limit is reset, of a reset header: a span, or a point in time as ISO date or epoch seconds."""
    wait = seconds(text)
    if wait is not None and wait >= _EPOCH:
        return max(0.0, wait - time.time())
    if wait is None and text and len(text) <= _LONGEST_TEXT:
        with suppress(ValueError, OverflowError):
            at = datetime.fromisoformat(text.strip())
            at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            return max(0.0, (at - datetime.now(UTC)).total_seconds())
    return wait


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait that a server names: ``retry-after-ms``, or ``Retry-After`` as number or date."""
    milliseconds = seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    wait_s = seconds(value)
    if wait_s is None and value and len(value) <= _LONGEST_TEXT:
        from email.utils import parsedate_to_datetime

        with suppress(TypeError, ValueError, OverflowError, IndexError):
            at = parsedate_to_datetime(value)
            at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            wait_s = max(0.0, (at - datetime.now(UTC)).total_seconds())
    return wait_s


class Ticket(NamedTuple):
    """How often the window had been cut, and how many requests had been sent, when this one was."""

    cuts: int
    number: int


class Limiter:
    """The window of requests under way. Lives in one event loop.

    Args:
        most: requests under way at once.
        max_wait_s: longest wait that is kept, in seconds.
    """

    def __init__(self, most: int, max_wait_s: float = 120.0) -> None:
        self.most, self.max_wait_s = most, max_wait_s
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
        """Wait for a place; the ticket goes to :meth:`answered` or :meth:`limited`.

        Raises:
            WaitTooLong: the server allows nothing before a time that is further off than ``max_wait_s``.
        """
        self._check_wait()
        if self._waiting or not self._free():
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
            self._wake()
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled() and place.exception() is None:
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
        self._left = int(left) - (self._sent - ticket.number) if left is not None and _COUNT.fullmatch(left) else None
        for what, needed in (("requests", 1.0), ("tokens", self._tokens)):
            left = headers.get(f"x-ratelimit-remaining-{what}")
            if left is not None and _COUNT.fullmatch(left) and int(left) < needed:
                self._hold(reset_after(headers.get(f"x-ratelimit-reset-{what}")))

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
            self._open_at = max(self._open_at, asyncio.get_running_loop().time() + wait)

    def _check_wait(self) -> None:
        wait = self._open_at - asyncio.get_running_loop().time()
        # What remains of a wait that was allowed is shorter; the clock may tick in between.
        if wait > self.max_wait_s + 1e-3:
            raise WaitTooLong(wait)

    def _free(self) -> bool:
        if self._left is not None and self._left <= 0 and self.active > 0:
            return False
        return self.active < int(self.window) and asyncio.get_running_loop().time() >= self._open_at

    def _wake(self) -> None:
        try:
            self._check_wait()
        except WaitTooLong as error:
            while self._waiting:
                place = self._waiting.popleft()
                if not place.done():
                    place.set_exception(WaitTooLong(error.wait))
            return
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
