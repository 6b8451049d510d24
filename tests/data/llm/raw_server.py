"""A server on a bare socket that behaves as it is told, and the pieces that behaviours are made of."""

import functools
import json
import re
import socket
import struct
import threading
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

GOOD = '{"count": 2, "place": "north"}'
USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 0}}
MODELS = {"object": "list", "data": [{"id": "schema", "object": "model", "owned_by": "me"}]}


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict
    body: bytes


@dataclass(frozen=True)
class Behaviour:
    """How a server behaves.

    Attributes:
        chat: ``(asked, stream) -> None`` for a question; writes raw bytes.
        end: how the client must end.
        models: the same for the list of models.
        says: a pattern of the reason or of the line.
        settings: of the client.
    """

    chat: object
    end: str
    models: object = None
    says: str = ""
    settings: dict = field(default_factory=dict)


def message(status="200 OK", body=b"", headers=(), length=None):
    """A response as bytes."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", "Connection: close"]
    lines += [f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in dict(headers).items()]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def completion(text=GOOD, **values):
    """A whole answer; values replace its parts."""
    answer = {"role": "assistant", "content": text, **values.pop("message", {})}
    choice = {"index": 0, "message": answer, "finish_reason": values.pop("finish", "stop")}
    whole = {"id": "c1", "object": "chat.completion", "created": 1, "model": "schema", "usage": USAGE}
    return {**whole, "choices": [choice], **values}


def sends(data, pause=0.0):
    """Writes these bytes, or parts with a pause after each, and closes."""

    def exchange(asked, stream):
        for part in [data] if isinstance(data, bytes) else data:
            stream.sendall(part)
            time.sleep(pause)

    return exchange


def answers(*words, **values):
    """A response with status 200 that holds this completion."""
    return sends(message(body=completion(*words, **values)))


def body(value, **values):
    """A response with status 200 and this body."""
    return sends(message(body=value, **values))


def status(number, value=None, **headers):
    """An error response."""
    value = {"error": {"message": "no", "type": "x", "code": "y"}} if value is None else value
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    return sends(message(f"{number} X", value, names))


def then_good(first):
    """This once, and good answers from then on."""
    asked_before = []

    def exchange(asked, stream):
        asked_before.append(1)
        (first if len(asked_before) == 1 else answers())(asked, stream)

    return exchange


def endless(head, part):
    def exchange(asked, stream):
        stream.sendall(head)
        while True:
            stream.sendall(part)

    return exchange


def chunked(*parts):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    return sends([head, *parts])


def silent(asked, stream):
    time.sleep(5)


def slow_headers(asked, stream):
    stream.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100):
        stream.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.1)


@functools.cache
def bomb():
    """400 MB of spaces in gzip: one megabyte is packed, and its bytes repeated."""
    spaces = b" " * 2**20
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(spaces) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 0
    for _ in range(400):
        check = zlib.crc32(spaces, check)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + block * 400 + packer.flush() + struct.pack("<II", check, 400 * len(spaces))


def nested(levels, inside="1"):
    return ("[" * levels + inside + "]" * levels).encode()


def raw_number(name, number):
    """A completion whose count of tokens is this text."""
    return body(json.dumps(completion(usage={**USAGE, name: 98765})).replace("98765", number).encode())


def far(hours):
    return format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)


def tools(value):
    return {"message": {"tool_calls": value, "content": GOOD}}


ANSWER, REJECTED, LINE = "answer", "rejected", "line"
UNREADABLE = "no /chat/completions answer"
QUICK = {"timeout_s": 1.0, "retries": 1}
WAITS = "asks to wait"


class RawServer:
    """Answers on 127.0.0.1, each connection in a thread, and notes what was asked."""

    def __init__(self, behaviour):
        self.behaviour, self.asked, self.others = behaviour, [], {}
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                stream, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream):
        with stream:
            try:
                asked = _read(stream)
                if asked is not None:
                    self.asked.append(asked)
                    self._exchange(asked)(asked, stream)
                    stream.shutdown(socket.SHUT_WR)
                    stream.settimeout(0.5)
                    stream.recv(65536)
            except OSError:
                pass  # the client went away, as it should

    def _exchange(self, asked):
        for start, exchange in self.others.items():
            if f"{asked.method} {asked.path}".startswith(start):
                return exchange
        if asked.path.endswith("/models"):
            return self.behaviour.models or body(MODELS)
        return self.behaviour.chat

    def close(self):
        # A thread that waits in accept keeps the port open otherwise.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def _read(stream):
    data = b""
    while b"\r\n\r\n" not in data:
        part = stream.recv(65536)
        if not part:
            return None
        data += part
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = int(headers.get("content-length", 0))
    while len(rest) < length:
        rest += stream.recv(65536)
    method, path, _ = re.split(" ", first, maxsplit=2)
    return Asked(method, path, headers, rest)


@contextmanager
def raw_server(behaviour):
    server = RawServer(behaviour)
    try:
        yield server
    finally:
        server.close()
