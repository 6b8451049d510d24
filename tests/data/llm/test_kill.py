"""Nothing that was paid for is lost: SIGKILL and Ctrl-C at any moment, several processes on one cache."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from decimal import Decimal

import pytest

CONCURRENCY = 16
WORKER = """
import json, sys
sys.path.insert(0, sys.argv[4])
from rsica_data.llm import LlmClient, LlmRequest, LlmSettings, Message
from rsica_data.core.command_line import run_cli
import click
settings = LlmSettings.model_validate(json.loads(sys.argv[1]))
schema = json.loads(sys.argv[2])
@click.command()
def work():
    with LlmClient(settings) as client:
        requests = (LlmRequest((Message("user", f"question {n}"),), "schema", schema) for n in range(int(sys.argv[3])))
        for reply in client.ask_all(requests):
            assert reply.error is None, reply.error
            sys.stdout.write(reply.key + "\\n")
            sys.stdout.flush()
        sys.stdout.write(json.dumps(client.usage.to_json()) + "\\n")
sys.exit(run_cli(work, "worker", []))
"""


def hears_ctrl_c():
    """A shell's background jobs, and what they start, ignore Ctrl-C: a worker of such tests must not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start_worker(tmp_path, ask):
    """Start a process that asks `count` questions; what it was given goes to a file."""
    started = []

    def start(server, count, **values):
        settings = {
            "base_url": server.url,
            "model": "schema",
            "concurrency": CONCURRENCY,
            "cache_dir": str(tmp_path / "cache"),
            "prices": {"schema": {"input": "0.15", "output": "0.6"}},
            "backoff_s": 0.01,
            "schema_retries": 4,
            **values,
        }
        out = tmp_path / f"out-{len(started)}"
        words = [json.dumps(settings), json.dumps(dict(ask(0).schema)), str(count), "."]
        with out.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, *words], stdout=stream, stderr=subprocess.PIPE, preexec_fn=hears_ctrl_c
            )
        started.append(process)
        return process, out

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def given(out):
    return [line for line in out.read_text().split("\n")[:-1] if not line.startswith("{")]


def paid_twice(server):
    return server.answered().total() - len(server.answered())


FAULTS = ("--fault", "429=0.1", "--fault", "500=0.05", "--fault", "cut=0.02", "--fault", "malformed=0.05")


def kill_and_go_on(start_server, start_worker, ask, count, kills, longest, faults=FAULTS, seed=0):
    """Kill at random moments up to `longest` seconds after the first request; returns how many answers were paid for
    twice, by kill."""
    server = start_server(*faults, "--latency", 0.02)
    moments = random.Random(seed)
    sha = {ask(n).key: ask.sha(ask(n)) for n in range(count)}
    received, lost = {}, []
    for _ in range(kills):
        process, out = start_worker(server, count)
        before = len(server.rows())
        while len(server.rows()) == before:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.01)
        time.sleep(moments.uniform(0, longest))
        process.kill()
        process.wait()
        time.sleep(0.1)  # the server writes down what it was just answering
        answered = server.answered()
        received = {key: answered[sha[key]] for key in given(out)} | received
        lost.append(paid_twice(server))
    process, out = start_worker(server, count)
    assert process.wait(120) == 0, process.stderr.read()
    assert Counter(given(out)) == Counter(list(sha)), "every question is answered, once"
    answered = server.answered()
    assert {key: answered[sha[key]] for key in received} == received, "what reached the caller is never paid for again"
    again = [max(0, b - a) for a, b in zip(lost, [*lost[1:], paid_twice(server)], strict=True)]
    assert all(number <= CONCURRENCY for number in again), again
    totals = json.loads(out.read_text().splitlines()[-1])
    # What the caller is told that it paid is what the server charged, but for the answers that a kill cut off.
    told = Decimal(totals["usage"]["cost"]) + Decimal(totals["earlier"]["cost"])
    assert told == server.cost(once=True)
    return again


def test_a_kill_costs_at_most_the_requests_under_way(start_server, start_worker, ask, record_property):
    again = kill_and_go_on(start_server, start_worker, ask, count=300, kills=3, longest=0.5)
    record_property("paid_twice_by_kill", again)


@pytest.mark.slow
@pytest.mark.parametrize("faults", [FAULTS, ()], ids=["faults", "none"])
def test_two_thousand_requests_with_five_kills(start_server, start_worker, ask, capsys, faults):
    again = kill_and_go_on(start_server, start_worker, ask, 2000, kills=5, longest=3, faults=faults)
    with capsys.disabled():
        print(f"\nanswers paid for twice, by kill: {again} of 2000, concurrency {CONCURRENCY}")


def test_ctrl_c_waits_for_what_is_under_way(start_server, start_worker):
    server = start_server("--latency", 0.3)
    process, out = start_worker(server, 5000)  # many: a busy machine must not be done before the signal comes
    while len(server.rows("answered")) < 20:
        time.sleep(0.02)
    before = len(server.rows("answered"))
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert process.stderr.read().decode().strip() == "worker: interrupted; the same command resumes from here"
    stopped = len(server.rows("answered"))
    assert stopped < before + 80
    process, out = start_worker(server, stopped + 20)
    assert process.wait(30) == 0, process.stderr.read()
    assert paid_twice(server) == 0
    assert len(given(out)) == stopped + 20


def test_processes_on_one_cache_pay_once(start_server, start_worker):
    server = start_server("--latency", 0.02)
    workers = [start_worker(server, 200) for _ in range(2)]
    for process, out in workers:
        assert process.wait(60) == 0, process.stderr.read()
        assert len(set(given(out))) == 200
    assert len(server.answered()) == 200
    assert paid_twice(server) == 0
    totals = [json.loads(out.read_text().splitlines()[-1]) for _, out in workers]
    assert sum(total["paid"] for total in totals) == 200
