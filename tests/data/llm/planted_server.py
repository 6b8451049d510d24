"""A server that repeats a key in everything it sends, in every form, and a search for traces of it in files."""

import base64
import gzip
import json
from contextlib import contextmanager
from urllib.parse import quote

import pyarrow.parquet as pq
from raw_server import Behaviour, message, raw_server

KEY = "sk-Planted-9f8E7d6C5b4A/3z2Y+1xWv"
LOGIN = ("bobby-tables7", "Pa55w0rd-of/bob")


def forms(secret):
    """A secret as servers write it."""
    plain = base64.b64encode(secret.encode()).decode()
    bearer = base64.b64encode(f"Bearer {secret}".encode()).decode()
    cut = [
        secret[:12],
        secret[-10:],
        secret[3:14],
        f"{secret[:6]}...{secret[-4:]}",
        f"{secret[:7]}********{secret[-3:]}",
    ]
    escaped = ["".join(f"\\u{ord(char):04x}" for char in secret), "".join(f"%{ord(char):02x}" for char in secret)]
    return [secret, plain, bearer, plain[:16], quote(secret, safe=""), secret.encode().hex(), *escaped, *cut]


def traces(text, secrets):
    """Forms of the secrets, and runs of eight of their characters, that stand in a text."""
    low = text.lower()
    found = [form for secret in secrets for form in forms(secret) if form in text]
    runs = (secret[i : i + 8].lower() for secret in secrets for i in range(len(secret) - 7))
    return found + [run for run in runs if run in low and not run.isalpha()]


def texts_of(path):
    """What a file holds, also packed and in Parquet, and its name."""
    data = path.read_bytes()
    yield str(path)
    yield data.decode("utf-8", "replace")
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data).decode("utf-8", "replace")
    if path.suffix == ".parquet":
        yield json.dumps(pq.read_table(path).to_pylist(), default=repr, ensure_ascii=False)


def traces_in(folder, secrets):
    """Files below a folder that hold traces of the secrets, with the first of these."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            parts = [trace for text in texts_of(path) for trace in traces(text, secrets)]
            found |= {str(path): parts[0]} if parts else {}
    return found


class PlantedServer:
    """Answers by the schema, with the key in every text; errors, wrong forms and batches hold it too."""

    def __init__(self, secrets):
        self.all = " ".join(form for secret in secrets for form in forms(secret))
        self.count, self.files, self.batches = 0, {}, {}

    def headers(self):
        plain = self.all.split()
        return {f"X-{n}": text for n, text in enumerate(plain)} | {
            "x-request-id": plain[0],
            "Set-Cookie": f"key={plain[0]}",
            "Server": plain[1],
            "openai-organization": plain[2],
        }

    def exchange(self, asked, stream):
        stream.sendall(self.response(asked))

    def response(self, asked):
        path = asked.path.partition("?")[0]
        if path.endswith("/models"):
            entry = {"id": "m", "owned_by": self.all, self.all: self.all}
            return message(body={"data": [entry, {"id": self.all}], "x": self.all}, headers=self.headers())
        if path.endswith("/chat/completions"):
            return self.chat(json.loads(asked.body))
        if path.endswith("/files"):
            lines = [line for line in asked.body.splitlines() if line.startswith(b'{"custom_id"')]
            self.files["file-1"] = [json.loads(line) for line in lines]
            return self.good({"id": "file-1"})
        if path.endswith("/content"):
            name = path.split("/")[-2]
            return message(body=self.output(name), headers=self.headers())
        if path.endswith("/batches") and asked.method == "GET":
            return self.good({"data": [{"id": self.all, "input_file_id": self.all}], "has_more": False})
        batch = {"id": "batch-1", "status": "completed", "input_file_id": "file-1", "output_file_id": "out-1"}
        return self.good({**batch, "error_file_id": "err-1", "metadata": {"a": self.all}, "errors": [self.all]})

    def good(self, value):
        return message(body={**value, "note": self.all, self.all: 1}, headers=self.headers())

    def output(self, name):
        """The answers of a batch; a part of them failed."""
        lines = []
        for number, row in enumerate(self.files["file-1"]):
            failed = number % 3 == 2
            if failed == (name == "err-1"):
                whole = {"error": {"message": self.all}} if failed else self.completion(row["body"])
                response = {"status_code": 500 if failed else 200, "request_id": self.all, "body": whole}
                lines.append({"id": self.all, "custom_id": row["custom_id"], "response": response, "error": self.all})
        return "".join(json.dumps(line) + "\n" for line in [*lines, {"custom_id": self.all}, self.all]).encode()

    def chat(self, sent):
        self.count += 1
        if self.count % 5 == 2:
            error = {"message": f"Incorrect key {self.all}", "code": self.all, "param": self.all, self.all: [self.all]}
            return message("500 " + self.all.split()[0], {"error": error}, self.headers())
        if self.count % 5 == 4:
            return message(
                body={"error": {"message": "x" * 280 + self.all}, "choices": self.all}, headers=self.headers()
            )
        return message(body=self.completion(sent), headers=self.headers())

    def completion(self, sent):
        text = self.text(sent)
        call = {"id": self.all, "type": "function", "function": {"name": self.all, "arguments": json.dumps(self.all)}}
        answer = {
            "role": "assistant",
            "content": text,
            "tool_calls": [call],
            "reasoning_content": self.all,
            "refusal": None,
        }
        choice = {
            "index": 0,
            "message": answer,
            "finish_reason": self.all,
            "logprobs": {"content": [{"token": self.all}]},
        }
        usage = {"prompt_tokens": 5, "completion_tokens": 5, self.all: 1, "prompt_tokens_details": {self.all: self.all}}
        return {
            **dict.fromkeys(("id", "object", "created", "system_fingerprint", "service_tier", self.all), self.all),
            "model": f"m-{self.all.split()[0]}",
            "choices": [choice],
            "usage": usage,
        }

    def text(self, sent):
        schema = sent.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is None:
            return f"yes, {self.all} there is a new road {json.dumps(self.all)}"
        self.count += 1
        if self.count % 7 == 3:
            return json.dumps({"wrong": self.all, self.all: [1]})
        names = schema["properties"]
        if "captions" in names:
            # Each form by itself, so that no refusal of one hides the others.
            return json.dumps({"captions": [f"a road {n} {form}" for n, form in enumerate(self.all.split())]})
        if "verdict" in names:
            return json.dumps(
                {"verdict": "correct", "reason": self.all} | ({"consistent": True} if "consistent" in names else {})
            )
        return json.dumps({"tool": "answer", "class": None, "box": None, "text": f"yes {self.all}"})


@contextmanager
def planted_server(*secrets):
    server = PlantedServer(secrets)
    with raw_server(Behaviour(server.exchange, "", models=server.exchange)) as running:
        running.others = {"GET ": server.exchange, "POST ": server.exchange}
        running.planted = server
        yield running
