"""Overhead of the client beside a bare `openai` loop: same local server, same requests, same concurrency.

    python benchmarks/llm.py [REQUESTS] [CONCURRENCY] [ROUNDS]     (default 1000 64 5)

The server runs in a process of its own. `bare` is what one would write by hand: AsyncOpenAI, a semaphore, gather, the
answer parsed as JSON, nothing kept. `ours` is LlmClient with cache, journal, fsync and schema validation, an empty
cache each time. Rounds alternate; a round's overhead is the difference of the two, a request. Wall time is what a user
waits, but moves with whatever else the machine does; CPU time of the process (all threads) moves less.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time

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


def ask(count, number):
    return [LlmRequest((Message("user", f"{PROMPT} {number}/{n}"),), "schema", SCHEMA) for n in range(count)]


def bare(url, asked, concurrency):
    from openai import AsyncOpenAI

    bodies = [body(request, "chat", "schema") for request in asked]

    async def run():
        async with AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
            places = asyncio.Semaphore(concurrency)

            async def one(sent):
                async with places:
                    found = await client.chat.completions.create(**sent)
                    return json.loads(found.choices[0].message.content)

            assert len(await asyncio.gather(*map(one, bodies))) == len(asked)

    return timed(lambda: asyncio.run(run()))


def ours(url, asked, concurrency):
    def run():
        with LlmClient(LlmSettings(base_url=url, model="schema", concurrency=concurrency, cache_dir=folder)) as client:
            assert sum(reply.error is None for reply in client.ask_all(asked)) == len(asked)

    with tempfile.TemporaryDirectory() as folder:
        return timed(run)


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main():
    count, concurrency, rounds = (
        int(sys.argv[n]) if len(sys.argv) > n else default for n, default in ((1, 1000), (2, 64), (3, 5))
    )
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = json.loads(server.stdout.readline())["base_url"]
            for way in (bare, ours):
                way(url, ask(50, f"warm {way.__name__}"), concurrency)
            found = [
                (bare(url, ask(count, f"b{n}"), concurrency), ours(url, ask(count, f"o{n}"), concurrency))
                for n in range(rounds)
            ]
        finally:
            server.terminate()
    print(f"{count} requests, {concurrency} at once, {rounds} rounds; ms a request")
    for place, what in enumerate(("wall", "cpu")):
        plain, mine = ([1000 * pair[way][place] / count for pair in found] for way in (0, 1))
        over = sorted(m - p for p, m in zip(plain, mine, strict=True))
        print(
            f"{what:4}  bare {statistics.median(plain):.2f}  ours {statistics.median(mine):.2f}  "
            f"ratio {statistics.median(mine) / statistics.median(plain):.2f}  "
            f"overhead median {statistics.median(over):+.2f} (from {over[0]:+.2f} to {over[-1]:+.2f})"
        )


if __name__ == "__main__":
    main()
