"""A language model on disk behind the local server: a tiny one with random weights, which says nonsense."""

import http.client
import json
import sys
import threading
import time

import pytest
from tiny_models import causal

from rsica_data.core.errors import UserError
from rsica_data.llm import LlmRequest, Message
from rsica_data.serve.answerers import AnswerRequest, load_answerers
from rsica_data.serve.local_model import make_answerer, served_name

SCHEMA = {"type": "object", "properties": {"said": {"type": "string"}}, "required": ["said"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return causal(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def model(folder):
    return make_answerer(str(folder))


def asked(text="what changed?", schema=None, **values):
    return AnswerRequest((Message("user", text),), schema, "tiny", **values)


def test_tokens_are_counted_and_the_limit_holds(model, folder):
    from transformers import AutoTokenizer

    words = AutoTokenizer.from_pretrained(folder)
    found = model(asked(max_tokens=7))
    assert found.input_tokens == len(words.encode("<turn>user\nwhat changed?\n<turn>assistant\n"))
    assert (found.output_tokens, found.finish) == (7, "length")
    assert found == model(asked(max_tokens=7))
    assert model(asked(max_tokens=9)).text.startswith(found.text)
    assert model(asked("what else?", max_tokens=7)).text != found.text


def test_a_temperature_draws_and_the_seed_repeats(model):
    first, again, other = (model(asked(max_tokens=12, temperature=1.0, seed=seed)).text for seed in (1, 1, 2))
    assert first == again != other


def test_a_schema_is_followed_to_its_end(model):
    found = model(asked(schema=SCHEMA, max_tokens=200))
    assert list(json.loads(found.text)) == ["said"] and found.finish == "stop"
    cut = model(asked(schema=SCHEMA, max_tokens=8))
    assert cut.finish == "length" and found.text.startswith(cut.text)


def test_many_threads_get_what_one_gets(model):
    texts = [f"question {number}" for number in range(6)]
    alone = [model(asked(text, max_tokens=6)) for text in texts]
    together = {}

    def ask(text):
        together[text] = model(asked(text, max_tokens=6))

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[text] for text in texts] == alone
    assert len({found.text for found in alone}) > 1


def test_a_stop_ends_an_answer_and_refuses_the_next(folder):
    model = make_answerer(str(folder))
    found = []
    thread = threading.Thread(target=lambda: found.append(model(asked(max_tokens=4000))))
    thread.start()
    while not model.ask.__self__._one_at_a_time.locked():
        pass
    model.stop()
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(ValueError, match="ending"):
        model(asked())


def test_what_the_model_cannot_take_is_refused(model):
    from rsica_data.llm import Image

    with pytest.raises(ValueError, match="context holds 16384"):
        model(asked("road " * 5000))
    with pytest.raises(ValueError, match="no images"):
        model(AnswerRequest((Message("user", "what?", (Image("image/png", b"x"),)),), None, "tiny"))
    with pytest.raises(ValueError, match="response_format"):
        model(asked(schema={"type": "object"}))


def test_over_http_with_limit_schema_usage_and_end(folder, start_server, make_client):
    from openai import OpenAI

    server = start_server("--model", f"transformers:{folder}")
    with OpenAI(base_url=server.url, api_key="none", max_retries=0) as client:
        assert [model.id for model in client.models.list().data] == ["tiny"]
        said = [{"role": "user", "content": "what changed?"}]
        chat = client.chat.completions.create(model="tiny", messages=said, max_tokens=5)
        assert (chat.choices[0].finish_reason, chat.usage.completion_tokens) == ("length", 5)
        response = client.responses.create(model="tiny", input="what changed?", max_output_tokens=5)
        assert response.output_text == chat.choices[0].message.content
        assert response.incomplete_details.reason == "max_output_tokens"
        for wrong in ({"max_tokens": 0}, {"temperature": 3}, {"seed": "x"}):
            with pytest.raises(Exception, match="400"):
                client.chat.completions.create(model="tiny", messages=said, extra_body=wrong)
    with make_client(server.url, model="tiny", prices={"tiny": {"input": 1, "output": 1}}) as client:
        requests = [LlmRequest((Message("user", f"q {n}"),), "tiny", SCHEMA) for n in range(4)]
        replies = list(client.ask_all(requests))
        assert all(isinstance(reply.data["said"], str) for reply in replies)
        used = sum(row["usage"]["output_tokens"] for row in server.rows("answered")[-4:])
        assert client.usage.usage.output_tokens == used > 4 * 5
    before = len(server.rows())
    long = http.client.HTTPConnection(server.url.split("/")[2], timeout=30)
    body = {"model": "tiny", "messages": said, "max_tokens": 4000}
    long.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
    time.sleep(1)
    server.process.terminate()
    assert server.process.wait(9) == 0  # without the answer's 4,000 tokens
    long.close()
    assert all(row["usage"]["output_tokens"] < 4000 for row in server.rows()[before:])


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("transformers", "--model transformers: should be transformers:PATH"),
        ("transformers:/no/such", "no such file or folder"),
        ("transformers:EMPTY", "neither a .gguf file nor a folder with a config.json"),
        ("transformers:broken.gguf", "cannot be loaded"),
        ("transformers:BROKEN", "cannot be loaded"),
        ("transformers:PLAIN", "no chat template"),
        ("schema:x", "'schema' takes nothing behind a colon"),
        ("transformer:x", "did you mean 'transformers'?"),
    ],
)
def test_a_wrong_model_is_one_line(rsica_data, tmp_path, monkeypatch, word, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "EMPTY").mkdir()
    (tmp_path / "broken.gguf").write_bytes(b"GGUF no")
    (tmp_path / "BROKEN").mkdir()
    (tmp_path / "BROKEN" / "config.json").write_text("{}")
    if word.endswith("PLAIN"):
        causal(tmp_path / "PLAIN", template=False)
    found = rsica_data("assist", "serve", "--model", word, "--port", 0)
    assert found.status == 2 and found.err.strip().count("\n") == 0
    assert said in found.err


@pytest.mark.parametrize(("package", "name"), [("transformers", "tiny"), ("gguf", "x.gguf")])
def test_a_missing_package_is_one_line(monkeypatch, tmp_path, package, name):
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "config.json").write_text("{}")
    (tmp_path / "x.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=package) as caught:
        make_answerer(str(tmp_path / name))
    assert "pip install 'rsica[transformers]'" in (caught.value.hint or "")


def test_names_that_are_served(folder):
    assert served_name("models/SmolLM2-135M-Instruct.Q4_1.gguf") == "SmolLM2-135M-Instruct.Q4_1"
    assert served_name("models/tiny/") == "tiny"
    assert list(load_answerers(["schema", "schema", "rules"])) == ["schema", "rules"]
    with pytest.raises(UserError, match="another model is named 'tiny'"):
        load_answerers([f"transformers:{folder}", f"transformers:{folder}/"])
