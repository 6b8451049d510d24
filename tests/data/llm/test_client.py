"""The client against the local server over real HTTP."""

import itertools
import json
import os
import threading
from collections import Counter
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rsica_data.core.errors import UserError
from rsica_data.llm import BudgetReached, Image, LlmRequest, LlmServerError, Message

FAULTS = ("--fault", "429=0.1", "--fault", "500=0.05", "--fault", "cut=0.02", "--fault", "malformed=0.05")


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_each_question_is_answered_once_and_a_second_run_calls_nobody(server, make_client, ask, api):
    requests = [ask(number) for number in range(40)] + [ask(0)]
    client = make_client(server.url, api=api)
    replies = list(client.ask_all(requests))
    assert Counter(reply.key for reply in replies) == Counter(request.key for request in requests)
    assert all(set(reply.data) == {"count", "place"} and reply.error is None for reply in replies)
    assert len(server.rows()) == client.usage.paid == 40
    assert client.usage.answers == 41
    assert client.usage.cached == 1
    client.close()
    again = make_client("http://127.0.0.1:9/v1", api=api)
    second = {reply.key: reply for reply in again.ask_all(requests)}
    assert {key: reply.data for key, reply in second.items()} == {reply.key: reply.data for reply in replies}
    assert all(reply.cached and reply.attempts == 0 for reply in second.values())
    assert again.usage.requests == 0
    assert again.usage.earlier.cost == client.usage.usage.cost > Decimal(0)
    assert len(server.rows()) == 40


def run_with_faults(start_server, make_client, ask, count, seed):
    server = start_server(*FAULTS, "--seed", seed)
    client = make_client(server.url, concurrency=64, schema_retries=4)
    requests = [ask(number) for number in range(count)]
    replies = list(client.ask_all(requests))
    assert Counter(reply.key for reply in replies) == Counter(request.key for request in requests)
    assert [reply.error for reply in replies if reply.error] == []
    outcomes = Counter(row["outcome"] for row in server.rows())
    assert min(outcomes["429"], outcomes["500"], outcomes["cut"]) > 0
    assert sum(row["fault"] == "malformed" for row in server.rows()) > 0
    # Re-asking sends another body, so no body is ever answered twice.
    assert set(server.answered().values()) == {1}
    assert client.usage.usage.cost == server.cost()
    assert client.usage.paid == outcomes["answered"]
    assert client.usage.requests == outcomes.total()
    assert client.usage.unknown == outcomes["cut"]
    assert sum(reply.attempts for reply in replies) == outcomes.total()


def test_faults_cost_no_answer_and_no_money_twice(start_server, make_client, ask):
    run_with_faults(start_server, make_client, ask, 300, seed=1)


@pytest.mark.slow
def test_two_thousand_requests_with_faults(start_server, make_client, ask):
    run_with_faults(start_server, make_client, ask, 2000, seed=2)


@pytest.mark.parametrize("refused", [("json_schema",), ("json_schema", "json_object")])
def test_servers_without_structured_output_are_asked_in_words(start_server, make_client, ask, refused):
    server = start_server(*itertools.chain.from_iterable(("--refuse-format", name) for name in refused))
    # The answerer sees no schema when it is asked in words, so give it one it can meet: any object, or any words.
    client = make_client(server.url, concurrency=1, schema_retries=0)
    replies = [client.ask(ask(number, schema={"type": ["object", "string"]})) for number in range(3)]
    statuses = [row["status"] for row in server.rows()]
    assert statuses[: len(refused)] == [400] * len(refused)
    assert statuses.count(400) == len(refused), "what works is remembered"
    if len(refused) == 1:
        assert [reply.error for reply in replies] == [None] * 3
    else:
        assert all("holds no JSON value" in reply.error for reply in replies)


def test_an_answer_that_never_fits_is_asked_for_a_bounded_number_of_times(start_server, make_client, ask):
    server = start_server("--fault", "violation=1")
    client = make_client(server.url, schema_retries=2)
    reply = client.ask(ask(0))
    assert reply.data is None
    assert "is a required property" in reply.error or "unexpected" in reply.error
    assert reply.attempts == 3
    assert reply.usage.cost == server.cost() == client.usage.usage.cost
    assert len(server.rows()) == 3
    again = client.ask(ask(0))
    assert (again.cached, again.error) == (True, reply.error)
    assert len(server.rows()) == 3


def test_answers_of_a_broken_off_asking_are_not_paid_for_again(start_server, make_client, ask):
    server = start_server("--fault", "violation=1")
    client = make_client(server.url, schema_retries=3, max_requests=2)
    with pytest.raises(BudgetReached):
        client.ask(ask(0))
    client.close()
    more = make_client(server.url, schema_retries=3)
    assert more.ask(ask(0)).attempts == 2
    assert len(server.rows()) == 4


def test_max_requests_is_met_exactly_and_can_be_raised(start_server, make_client, ask):
    server = start_server("--fault", "429=0.2", "--fault", "500=0.2")
    requests = [ask(number) for number in range(30)]
    client = make_client(server.url, max_requests=10)
    replies = []
    with pytest.raises(BudgetReached, match=r"10 answers paid for, max_requests is 10.*run the same command again"):
        replies.extend(client.ask_all(requests))
    client.close()
    assert len(server.rows("answered")) == 10
    stopped = make_client(server.url, max_requests=10)
    with pytest.raises(BudgetReached):
        list(stopped.ask_all(requests))
    stopped.close()
    assert len(server.rows("answered")) == 10, "the same limit allows nothing more, however often it is run"
    assert len(list(make_client(server.url, max_requests=30).ask_all(requests))) == 30
    assert set(server.answered().values()) == {1}


def test_max_cost_stops_below_the_limit_and_needs_a_price(server, make_client, ask):
    requests = [ask(number) for number in range(200)]
    whole = make_client(server.url, cache_dir=None)
    list(whole.ask_all(requests))
    limit = whole.usage.usage.cost / 2
    server.forget()
    client = make_client(server.url, max_cost=limit)
    with pytest.raises(BudgetReached, match="max_cost is"):
        list(client.ask_all(requests))
    one = whole.usage.usage.cost / 200
    assert limit - 10 * one < client.usage.usage.cost == server.cost() <= limit + 8 * one
    client.close()
    with pytest.raises(UserError, match="price of 'schema' is not known"):
        make_client(server.url, max_cost=1, prices={}).check()


def test_votes_are_asked_separately_with_seeds_that_differ(server, make_client, ask):
    votes = [ask(0, sample=n, parameters={"seed": 5}) for n in range(3)]
    client = make_client(server.url)
    assert len({reply.key for reply in client.ask_all(votes)}) == 3
    assert len(server.answered()) == 3, "three bodies: seeds 5, 6 and 7"


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_images_reach_the_server_as_they_are(server, make_client, api):
    client = make_client(server.url, api=api)
    pictures = [Image("image/png", bytes([n])) for n in range(3)]
    pairs = itertools.permutations(pictures, 2)
    asked = [LlmRequest((Message("user", "what changed?", pair),), "schema") for pair in pairs]
    texts = {reply.key: reply.text for reply in client.ask_all(asked)}
    assert len(set(texts.values())) == 6, "the answerer hashes the decoded images in order"


def test_a_slow_answer_is_given_up_and_counted_as_perhaps_billed(start_server, make_client, ask):
    server = start_server("--fault", "slow=1", "--slow", 5)
    client = make_client(server.url, timeout_s=0.3, retries=1)
    reply = client.ask(ask(0))
    assert reply.error == "no answer in 2 attempts, the last: no answer within 0.3 s"
    assert reply.attempts == 2
    assert client.usage.unknown == 2
    assert client.usage.paid == 0


def test_a_body_that_is_no_answer_is_retried(start_server, make_client, ask):
    server = start_server("--fault", "garbled=0.5")
    replies = list(make_client(server.url).ask_all(ask(number) for number in range(20)))
    assert [reply.error for reply in replies] == [None] * 20
    assert len(server.rows("garbled")) > 0


def test_a_server_that_goes_away_stops_the_work_with_one_line(start_server, make_client, ask):
    server = start_server()
    client = make_client(server.url, retries=1, concurrency=4)
    replies = []
    with pytest.raises(LlmServerError, match="questions in a row got no answer .*run the same command again") as caught:
        for reply in client.ask_all(ask(number) for number in itertools.count()):
            replies.append(reply)
            if len(replies) == 20:
                server.process.kill()
    assert "\n" not in str(caught.value)
    good = [reply for reply in replies if reply.error is None]
    assert len(good) >= 20
    assert all(client._store.parsed(reply.key) for reply in good)


def test_a_real_rate_limit_is_learnt(start_server, make_client, ask):
    server = start_server("--rate", 60, "--burst", 5)
    client = make_client(server.url, concurrency=32)
    replies = list(client.ask_all(ask(number) for number in range(120)))
    assert [reply.error for reply in replies] == [None] * 120
    # 32 at once meet 27 refusals at the first moment; afterwards headers and window keep within the rate.
    assert len(server.rows("429")) < 60


def test_input_is_taken_as_there_is_room(server, make_client, ask):
    taken = []
    client = make_client(server.url, concurrency=4)
    stream = client.ask_all(taken.append(number) or ask(number) for number in range(1000))
    for _ in range(10):
        next(stream)
    assert len(taken) <= 10 + 2 * 4
    stream.close()
    assert len(server.rows("answered")) == client.usage.paid, "what was under way is kept"


def test_clients_in_threads_share_what_one_of_them_pays(server, make_client, ask):
    clients = [make_client(server.url) for _ in range(3)]
    found = [[] for _ in clients]
    threads = [
        threading.Thread(target=lambda c=c, f=f: f.extend(c.ask_all(ask(n) for n in range(50))))
        for c, f in zip(clients, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(replies) for replies in found] == [50] * 3
    assert set(server.answered().values()) == {1}
    assert sum(client.usage.paid for client in clients) == 50


def test_a_mistake_before_work_is_one_line(server, start_server, make_client, ask, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    def said(url, **values):
        with pytest.raises(UserError) as caught:
            make_client(url, **values).ask(ask(0))
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "OPENAI_API_KEY is not set" in said("http://192.0.2.1/v1")
    assert "the server cannot be reached" in said("http://127.0.0.1:9/v1")
    assert "has no model 'shema' (did you mean 'schema'?)" in said(server.url, model="shema")
    assert server.rows() == []


def test_azure_is_asked_by_deployment_with_its_own_header(make_client, ask, monkeypatch):
    seen = []

    class Deployment(BaseHTTPRequestHandler):
        def do_GET(self):
            self.say({"object": "list", "data": []})

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers["api-key"]))
            message = {"role": "assistant", "content": '{"count": 1, "place": "north"}'}
            usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
            self.say({"id": "a", "model": "gpt", "choices": [{"message": message}], "usage": usage})

        def say(self, value):
            data = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *words):
            """Nothing on stderr."""

    monkeypatch.setenv("AZURE_KEY", "azure-key-0123456789")
    with ThreadingHTTPServer(("127.0.0.1", 0), Deployment) as azure:
        thread = threading.Thread(target=azure.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{azure.server_port}"
            client = make_client(url, azure={"api_version": "2024-10-21"}, key_env="AZURE_KEY")
            reply = client.ask(ask(0))
            client.close()
        finally:
            azure.shutdown()
            thread.join()
    assert reply.data == {"count": 1, "place": "north"}
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (3, 2)
    assert seen == [("/openai/deployments/schema/chat/completions?api-version=2024-10-21", "azure-key-0123456789")]


def test_the_key_is_nowhere(start_server, make_client, ask, monkeypatch, tmp_path, caplog, capfd):
    """A server that repeats the key in its errors and answers; the package's own log at its most talkative."""
    right, wrong = "sk-right-0123456789abcdef", "sk-wrong-fedcba9876543210"
    server = start_server("--require-key", "SERVED_KEY", SERVED_KEY=right)
    caplog.set_level("DEBUG")
    monkeypatch.setenv("OPENAI_API_KEY", wrong)
    with pytest.raises(UserError, match=r"refused the key \(401\): Incorrect API key provided: \*\*\*") as caught:
        make_client(server.url).check()
    assert caught.value.__context__ is None
    monkeypatch.setenv("OPENAI_API_KEY", right)
    client = make_client(server.url)
    client.check()
    client._store.add("raw", {"key": "00" * 32, "n": 0, "text": f"my key is {right}"})
    assert client.ask(ask(0)).error is None
    repr_of_all = f"{client.settings!r} {client.usage!r} {vars(client)!r} {caught.value!r}"
    client.close()
    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    said = "".join(capfd.readouterr()) + caplog.text + repr_of_all
    for key in (right, wrong):
        assert key not in said
        assert all(key.encode() not in path.read_bytes() for path in files)
    assert len(files) > 4
    assert os.environ["OPENAI_API_KEY"] == right
