"""Overhead of the client beside a bare `openai` loop: same local server, same requests, same concurrency.

    python benchmarks/llm.py [REQUESTS] [CONCURRENCY] [ROUNDS] [--json FILE]     (default 1000 64 5)

The server runs in a process of its own. `bare` is what one would write by hand: AsyncOpenAI, a semaphore, gather, the
answer parsed as JSON, nothing kept. `ours` is LlmClient with cache, journal, fsync and schema validation, an empty
cache each time. Rounds alternate; a round's overhead is the difference of the two, a request. Wall time is what a user
waits, but moves with whatever else the machine does; CPU time of the process (all threads) moves less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from measured import Spread, add_json_option, dated, spread, write_json

from rsica_data.llm import LlmClient, LlmRequest, LlmSettings, Message
from rsica_data.llm.payload import body

SCHEMA = {
    "type": "object",
    "properties": {"count": {"type": "integer", "minimum": 0}, "place": {"enum": ["north", "south"]}},
    "required": ["count", "place"],
    "additionalProperties": False,
}
PROMPT = "Two images of one place, before and after. " * 20
COMMAND = [sys.executable, "-c", "from rsica_data.cli import main; main()", "assist", "serve", "--port", "0"]

Seconds = dict[str, float]
"""``wall`` and ``cpu`` of a round."""


def make_requests(count: int, number: object) -> list[LlmRequest]:
    """``count`` requests that no other ``number`` has."""
    return [LlmRequest((Message("user", f"{PROMPT} {number}/{n}"),), "schema", SCHEMA) for n in range(count)]


def bare(url: str, requests: Sequence[LlmRequest], concurrency: int) -> Seconds:
    """The loop that one would write by hand."""
    from openai import AsyncOpenAI

    bodies = [body(request, "chat", "schema") for request in requests]

    async def run() -> None:
        async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
            slots = asyncio.Semaphore(concurrency)

            async def ask(content: Mapping[str, Any]) -> object:
                async with slots:
                    reply = await client.chat.completions.create(**content)
                    return json.loads(reply.choices[0].message.content or "")

            assert len(await asyncio.gather(*map(ask, bodies))) == len(requests)

    return _timed(lambda: asyncio.run(run()))


def ours(url: str, requests: Sequence[LlmRequest], concurrency: int) -> Seconds:
    """The client, with an empty cache."""

    def run() -> None:
        settings = LlmSettings(base_url=url, model="schema", concurrency=concurrency, cache_dir=folder)
        with LlmClient(settings) as client:
            assert sum(reply.error is None for reply in client.ask_all(requests)) == len(requests)

    with tempfile.TemporaryDirectory() as folder:
        return _timed(run)


def _timed(work: Callable[[], object]) -> Seconds:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def measure(count: int, concurrency: int, rounds: int) -> list[tuple[Seconds, Seconds]]:
    """Seconds of the bare loop and of ours, a pair a round."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["base_url"]
            for name, way in (("bare", bare), ("ours", ours)):
                way(url, make_requests(50, f"warm {name}"), concurrency)
            return [
                (
                    bare(url, make_requests(count, f"b{number}"), concurrency),
                    ours(url, make_requests(count, f"o{number}"), concurrency),
                )
                for number in range(rounds)
            ]
        finally:
            server.terminate()


def summary_of(rounds: Sequence[tuple[Seconds, Seconds]], count: int, clock: str) -> dict[str, Spread]:
    """Milliseconds a request of both, their ratio and their difference, over the rounds, by ``wall`` or ``cpu``."""
    each = [(1000 * plain[clock] / count, 1000 * mine[clock] / count) for plain, mine in rounds]
    return {
        "bare_ms": spread([plain for plain, _ in each]),
        "ours_ms": spread([mine for _, mine in each]),
        "ratio": spread([mine / plain for plain, mine in each]),
        "overhead_ms": spread([mine - plain for plain, mine in each]),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("requests", 1000), ("concurrency", 64), ("rounds", 5)):
        parser.add_argument(name, type=int, nargs="?", default=default)
    add_json_option(parser)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    rounds = measure(given.requests, given.concurrency, given.rounds)
    print(f"{given.requests} requests, {given.concurrency} at once, {given.rounds} rounds; ms a request")
    summaries = {clock: summary_of(rounds, given.requests, clock) for clock in ("wall", "cpu")}
    for clock, one in summaries.items():
        over = one["overhead_ms"]
        print(
            f"{clock:4}  bare {one['bare_ms']['median']:.2f}  ours {one['ours_ms']['median']:.2f}  "
            f"ratio {one['ratio']['median']:.2f}  "
            f"overhead median {over['median']:+.2f} (from {over['least']:+.2f} to {over['greatest']:+.2f})"
        )
    settings = {"requests": given.requests, "concurrency": given.concurrency, "rounds": given.rounds, "load": load}
    write_json(given.json, dated("llm", settings, **summaries))


if __name__ == "__main__":
    main()
