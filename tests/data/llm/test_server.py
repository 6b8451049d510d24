"""The local server as other clients see it."""

import json
import subprocess
from pathlib import Path

import pytest

from rsica_data.llm.types import Message
from rsica_data.serve.answerers import AnswerRequest, answer_schema


@pytest.fixture
def openai_client(server):
    from openai import OpenAI

    with OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        yield client


def test_it_speaks_the_package_s_own_types(openai_client):
    assert [model.id for model in openai_client.models.list().data] == ["schema"]
    said = [{"role": "user", "content": "what changed?"}]
    chat = openai_client.chat.completions.create(model="schema", messages=said)
    expected = answer_schema(AnswerRequest((Message("user", "what changed?"),), None, "schema"))
    assert chat.choices[0].message.content == expected
    # 13 characters are 3 tokens, and 4 for the message
    assert chat.usage.prompt_tokens == 7
    assert chat.usage.completion_tokens == len(expected) // 4
    response = openai_client.responses.create(model="schema", input="what changed?")
    assert response.output_text == expected
    assert response.usage.input_tokens == 7


def test_streams_add_up_to_the_same_answer(openai_client):
    said = [{"role": "user", "content": "what changed?"}]
    stream = openai_client.chat.completions.create(
        model="schema", messages=said, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    whole = openai_client.chat.completions.create(model="schema", messages=said)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert len(chunks) > 3


def test_a_long_first_message_is_cached_the_second_time(openai_client):
    said = [{"role": "system", "content": "rules " * 1000}, {"role": "user", "content": "q"}]
    first, second = (openai_client.chat.completions.create(model="schema", messages=said).usage for _ in range(2))
    assert first.prompt_tokens_details.cached_tokens == 0
    assert second.prompt_tokens_details.cached_tokens == 1500


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"no json", 400),
        (b"{}", 400),
        (b'{"model": "schema", "messages": []}', 400),
        (b'{"model": "schema", "messages": [{"role": "user"}]}', 400),
        (b'{"model": "other", "messages": [{"role": "user", "content": "x"}]}', 404),
        (
            b'{"model": "schema", "messages": [{"role": "user", "content": '
            b'[{"type": "image_url", "image_url": {"url": "http://example.org/x.png"}}]}]}',
            400,
        ),
    ],
)
def test_bad_bodies_get_an_error_of_the_api_s_form(server, body, status):
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    with pytest.raises(HTTPError) as caught:
        urlopen(Request(f"{server.url}/chat/completions", body, {"Content-Type": "application/json"}))
    with caught.value as response:
        assert response.status == status
        assert json.loads(response.read())["error"]["message"]


def test_files_and_batches_are_listed(openai_client):
    sent = openai_client.files.create(file=("x.jsonl", b""), purpose="batch")
    assert sent.id in [file.id for file in openai_client.files.list()]
    assert openai_client.files.content(sent.id).content == b""
    batch = openai_client.batches.create(
        input_file_id=sent.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"a": "b"}
    )
    assert openai_client.batches.retrieve(batch.id).metadata == {"a": "b"}
    assert batch.id in [found.id for found in openai_client.batches.list(limit=1)]


def test_it_listens_on_this_machine_alone(server):
    port = int(server.url.rsplit(":", 1)[1].split("/")[0])
    listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if " 0A " in line]
    assert f"0100007F:{port:04X}" in listening
    assert f"00000000:{port:04X}" not in listening
    assert f":{port:04X} " not in Path("/proc/net/tcp6").read_text()


def test_mistakes_on_the_command_line(rsica_data, server, tmp_path):
    assert server.process.poll() is None
    port = server.url.rsplit(":", 1)[1].split("/")[0]
    for words, said in [
        (("--model", "shema"), "unknown answerer 'shema' (did you mean 'schema'?)"),
        (("--port", port), "cannot listen there"),
        (("--fault", "429"), "not of the form NAME=RATE"),
        (("--model", "rules", "--fault", "wrong-cuont=0.5"), "--fault wrong-cuont: no such fault"),
        (("--fault", "wrong-count=0.5"), "no such fault"),
        (("--require-key", "RSICA_NO_SUCH_KEY"), "RSICA_NO_SUCH_KEY is not set"),
    ]:
        found = rsica_data("assist", "serve", *words)
        assert (found.status, said in found.err) == (2, True), found.err


def test_the_log_can_be_replayed_against_the_seed(start_server, tmp_path):
    """Same seed, same bodies: the same faults, in whatever order the requests come."""

    def outcomes(order):
        server = start_server("--fault", "500=0.3", "--fault", "429=0.3", "--seed", 5)
        for number in order:
            data = json.dumps({"model": "schema", "messages": [{"role": "user", "content": str(number)}]})
            subprocess.run(
                ["curl", "-s", "-o", "/dev/null", "-d", data, f"{server.url}/chat/completions"], check=True, timeout=20
            )
        return {row["sha"]: row["outcome"] for row in server.rows()}

    assert outcomes(range(12)) == outcomes(reversed(range(12)))
