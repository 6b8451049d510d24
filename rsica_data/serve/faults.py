"""Faults that the local server makes on purpose, drawn from a seed.

What is drawn depends on the seed, the body of the request and how often that body was seen, not on the order in which
requests come: the same run meets the same faults, whatever the concurrency.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rsica_data.core.errors import UserError

HTTP = ("429", "500", "cut", "garbled", "slow", "malformed", "violation")
"""Faults of a request, at most one each: rate limit; server error; connection cut within the body; a body that is no
JSON; an answer that takes ``slow_s`` longer; an answer cut in half; an answer that does not fit the schema."""
BATCH = ("batch-failed", "batch-expired")
"""Faults of a batch: nothing of it is done; only about half of it is done in time."""

_WRONG: tuple[Any, ...] = ({"unexpected": True}, [], "wrong", 0.5, None)


@dataclass(frozen=True)
class Faults:
    """How often what goes wrong.

    Args:
        rates: share of requests by name: those of ``HTTP`` and ``BATCH``, and flags for the answerer by any other name.
        seed: all draws follow from it.
        retry_after_s: named in ``Retry-After`` of a drawn 429, in seconds.
        slow_s: how much longer a slow answer takes, in seconds.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    retry_after_s: float = 0.05
    slow_s: float = 2.0

    def draw(self, body: str, time_seen: int) -> tuple[str | None, tuple[str, ...]]:
        """The fault of this request, if any, and the flags for the answerer."""
        flags = tuple(
            name
            for name, rate in sorted(self.rates.items())
            if name not in HTTP and name not in BATCH and self._share(name, body, time_seen) < rate
        )
        share = self._share("http", body, time_seen)
        for name in HTTP:
            share -= self.rates.get(name, 0.0)
            if share < 0:
                return name, flags
        return None, flags

    def of_batch(self, body: str, time_seen: int) -> str | None:
        """The fault of a whole batch, if any."""
        return next((n for n in BATCH if self._share(n, body, time_seen) < self.rates.get(n, 0.0)), None)

    def _share(self, *parts: object) -> float:
        digest = hashlib.sha256("|".join(map(str, (self.seed, *parts))).encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


def parse_rates(pairs: tuple[str, ...]) -> dict[str, float]:
    """``NAME=RATE`` options as a mapping.

    Raises:
        UserError: one is of another form, a rate is no share, or the faults of a request sum to more than 1.
    """
    rates: dict[str, float] = {}
    for pair in pairs:
        name, _, rate = pair.partition("=")
        try:
            rates[name] = float(rate)
        except ValueError:
            rates[name] = -1.0
        if not name or not 0 <= rates[name] <= 1:
            raise UserError(f"--fault {pair}: not of the form NAME=RATE with a rate from 0 to 1", hint="429=0.1")
    if sum(rates.get(name, 0.0) for name in HTTP) > 1:
        raise UserError(f"--fault: the rates of {', '.join(HTTP)} sum to more than 1")
    return rates


def violate(schema: Mapping[str, Any] | None) -> str:
    """JSON that does not fit the schema."""
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(schema or {})
    return json.dumps(next((value for value in _WRONG if not validator.is_valid(value)), "wrong"))


class RateLimit:
    """A real limit on requests, as a bucket that fills up: for clients that must adapt to one.

    Args:
        rate: requests a second; None for no limit.
        burst: size of the bucket.
    """

    def __init__(self, rate: float | None, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._at = float(burst), time.monotonic()

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more request is let through, and the headers that say what is left."""
        if self.rate is None:
            return True, {}
        now = time.monotonic()
        self._level = min(float(self.burst), self._level + (now - self._at) * self.rate)
        self._at = now
        granted = self._level >= 1
        self._level -= granted
        reset = max(0.0, (self.burst - self._level) / self.rate)
        headers = {
            "x-ratelimit-limit-requests": str(self.burst),
            "x-ratelimit-remaining-requests": str(int(self._level)),
            "x-ratelimit-reset-requests": f"{reset:.3f}s",
        }
        if not granted:
            headers |= retry_headers((1 - self._level) / self.rate)
        return granted, headers


def retry_headers(seconds: float) -> dict[str, str]:
    """``Retry-After`` in whole seconds, as the standard has it, and the exact time as OpenAI and Azure give it."""
    return {"Retry-After": str(max(1, round(seconds))), "retry-after-ms": f"{seconds * 1000:.0f}"}
