"""The client against the local server over real HTTP."""

from collections import Counter
from decimal import Decimal

import pytest


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_each_question_is_answered_once_and_a_second_run_calls_nobody(start_server, make_client, ask, api):
    server = start_server()
    requests = [ask(number) for number in range(40)] + [ask(0)]
    client = make_client(server.url, api=api)
    replies = list(client.ask_all(requests))
    assert Counter(reply.key for reply in replies) == Counter(request.key for request in requests)
    assert all(set(reply.data) == {"count", "place"} and reply.error is None for reply in replies)
    assert len(server.rows()) == 40
    assert client.usage.paid == 40
    client.close()
    again = make_client("http://127.0.0.1:9/v1", api=api)
    second = {reply.key: reply for reply in again.ask_all(requests)}
    assert {key: reply.data for key, reply in second.items()} == {reply.key: reply.data for reply in replies}
    assert again.usage.requests == 0
    assert again.usage.earlier.cost == client.usage.usage.cost > Decimal(0)
    assert len(server.rows()) == 40
