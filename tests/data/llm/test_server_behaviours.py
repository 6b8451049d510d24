"""Whatever a server does ends in an answer, a rejected item or one line, in bounded time, and spoils no cache."""

import re
import time

import pytest
from batch_behaviours import BATCH_BEHAVIOURS, batch_exchanges
from raw_server import ANSWER, LINE, REJECTED, body, message, raw_server, sends
from server_behaviours import BEHAVIOURS

from rsica_data.core.errors import RsicaError
from rsica_data.llm import BudgetReached
from rsica_data.llm.store import read_rows

LONGEST_S = 10.0


@pytest.fixture
def go(make_client, ask):
    """Ask two questions under a behaviour; how it ended, and in which words."""

    def run(server, **values):
        client = make_client(
            server.url, **{"timeout_s": 5.0, "retries": 2, "schema_retries": 1, "concurrency": 1, **values}
        )
        try:
            replies = [client.ask(ask(number)) for number in range(2)]
        except RsicaError as error:
            assert "\n" not in str(error) and len(str(error)) < 600
            return LINE, str(error), client
        finally:
            client.close()
        errors = [reply.error for reply in replies]
        assert all(error is None or ("\n" not in error and len(error) < 600) for error in errors)
        if any(errors):
            return REJECTED, "; ".join(filter(None, errors)), client
        assert all(reply.data == {"count": 2, "place": "north"} for reply in replies)
        return ANSWER, "", client

    return run


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_server_ends_in_an_answer_a_rejected_item_or_one_line(go, tmp_path, name):
    behaviour = BEHAVIOURS[name]
    began = time.monotonic()
    with raw_server(behaviour) as server:
        end, words, client = go(server, **behaviour.settings)
        assert (end, time.monotonic() - began < LONGEST_S) == (behaviour.end, True), words
    assert re.search(behaviour.says, words)
    for usage in (client.usage.usage, client.usage.earlier):
        assert min(usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cost) >= 0
        assert max(usage.input_tokens, usage.output_tokens) < 10**9
    for path in (tmp_path / "cache" / "raw").glob("*.jsonl"):
        assert len(list(read_rows(path))) == len(path.read_bytes().splitlines())
    if not (end == REJECTED and client.usage.paid):
        with raw_server(BEHAVIOURS["good"]) as server:
            assert go(server)[0] == ANSWER, "a later run against a good server has its answers"


@pytest.mark.parametrize("name", [name for name in BEHAVIOURS if "brackets" in name or "surrogate-" in name])
def test_what_was_unreadable_is_asked_again_by_the_next_run(go, name):
    with raw_server(BEHAVIOURS[name]) as server:
        go(server)
    with raw_server(BEHAVIOURS["good"]) as server:
        assert go(server)[0] == ANSWER


@pytest.mark.parametrize("count", ["-5", "NaN", '"many"', "null", "9" * 400, "1e30"])
def test_limits_hold_whatever_a_server_counts(make_client, ask, count):
    behaviour = BEHAVIOURS[f"tokens-completion_tokens-{count[:9]}"]
    prices = {"schema": {"input": 100, "output": 100}}
    with raw_server(behaviour) as server:
        client = make_client(server.url, prices=prices, max_cost="0.05", concurrency=1)
        with pytest.raises(BudgetReached):
            list(client.ask_all(ask(number) for number in range(40)))
    assert 0 < client.usage.paid < 20
    assert 0.03 < client.usage.usage.cost <= 0.05


def test_the_key_goes_to_no_other_server(go, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789abcdef")
    with raw_server(BEHAVIOURS["good"]) as other, raw_server(BEHAVIOURS["good"]) as server:
        place = other.url.replace("127.0.0.1", "localhost") + "/chat/completions"
        for number in (301, 302, 303, 307, 308):
            server.others["POST "] = _redirect(number, place)
            assert go(server)[0] == LINE
        assert other.asked == [] and all("authorization" in asked.headers for asked in server.asked)


def _redirect(number, place):
    return sends(message(f"{number} X", b"", {"Location": place}))


@pytest.mark.parametrize("name", BATCH_BEHAVIOURS)
def test_a_batch_server_ends_in_answers_or_one_line(go, name):
    """What a batch leaves without an answer is asked one by one."""
    replaced, expected = BATCH_BEHAVIOURS[name]
    began = time.monotonic()
    with raw_server(BEHAVIOURS["good"]) as server:
        server.others = batch_exchanges(**replaced)
        end, words, client = go(server, batch=True, batch_poll_s=0.01)
        assert (end, time.monotonic() - began < LONGEST_S) == (expected, True), words
        assert client.usage.usage.cost >= 0
        server.others = batch_exchanges()
        assert go(server, batch=True, batch_poll_s=0.01)[0] == ANSWER, "a later run goes on"


def response(content, **values):
    """An answer of the Responses API."""
    output = [{"type": "reasoning"}, {"type": "message", "content": content}]
    return {"id": "r", "status": "completed", "model": "schema", "output": output, **values}


TEXT = {"type": "output_text", "text": '{"count": 2, "place": "north"}'}
RESPONSES = {
    "good": (response([TEXT]), ANSWER),
    "parts": (
        response([{"type": "output_text", "text": '{"count": 2, '}, {**TEXT, "text": '"place": "north"}'}]),
        ANSWER,
    ),
    "annotations": (response([{**TEXT, "annotations": [[]]}, {"type": "other"}]), ANSWER),
    "usage-text": (response([TEXT], usage="many"), ANSWER),
    "incomplete-list": (response([TEXT], incomplete_details=[1]), ANSWER),
    "status-list": (response([TEXT], status=["x"]), ANSWER),
    "output-null": (response([TEXT], output=None), REJECTED),
    "output-empty": (response([TEXT], output=[]), REJECTED),
    "output-text": (response([TEXT], output="x"), REJECTED),
    "output-texts": (response([TEXT], output=["x"]), REJECTED),
    "content-null": (response(None), REJECTED),
    "content-text": (response("x"), REJECTED),
    "part-null": (response([None]), REJECTED),
    "part-without-type": (response([{}]), REJECTED),
    "text-list": (response([{**TEXT, "text": ["x"]}]), REJECTED),
    "text-missing": (response([{"type": "output_text"}]), REJECTED),
    "text-surrogate": (response([{**TEXT, "text": "\ud83d"}]), REJECTED),
    "text-brackets": (response([{**TEXT, "text": "[" * 100_000}]), REJECTED),
    "refusal-list": (response([{"type": "refusal", "refusal": ["x"]}]), REJECTED),
    "refusal": (response([{"type": "refusal", "refusal": "I cannot."}]), REJECTED),
    "error-with-200": ({"error": {"message": "x"}, "status": "failed", "output": None}, REJECTED),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_the_other_api_ends_in_the_same_ways(go, name):
    value, expected = RESPONSES[name]
    with raw_server(BEHAVIOURS["good"]) as server:
        server.others = {"POST ": body(value)}
        end, words, _ = go(server, api="responses")
    assert end == expected, words


def test_the_table_holds_what_was_promised():
    assert len(BEHAVIOURS) >= 64
    assert {behaviour.end for behaviour in BEHAVIOURS.values()} == {ANSWER, REJECTED, LINE}
