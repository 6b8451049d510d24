"""What servers do wrong, in one table.

Each behaviour says how one exchange goes and how a client must end: with an ``answer``, with a ``rejected`` item (a
reply with its reason, in an answer's place) or with one ``line`` (an error that stops the work).
"""

import gzip
import json
import time

from raw_server import (
    ANSWER,
    GOOD,
    LINE,
    QUICK,
    REJECTED,
    UNREADABLE,
    USAGE,
    WAITS,
    Behaviour,
    answers,
    body,
    bomb,
    chunked,
    completion,
    endless,
    far,
    message,
    nested,
    raw_number,
    sends,
    silent,
    slow_headers,
    status,
    then_good,
    tools,
)
from redirect_behaviours import redirects


def _contents():
    wrong = {
        "list": ["a"],
        "parts": [{"type": "text", "text": GOOD}],
        "number": 7,
        "float": 0.5,
        "true": True,
        "object": {"count": 2},
        "deep-object": {"a": {"b": [[]]}},
        "empty-list": [],
        "zero": 0,
    }
    table = {f"content-{name}": Behaviour(answers(value), REJECTED, says=UNREADABLE) for name, value in wrong.items()}
    unfit = {
        "null": None,
        "empty": "",
        "spaces": " \n\t ",
        "prose": "I would rather not say.",
        "number-text": "7",
        "half": GOOD[:12],
        "surrogate": "\ud83d",
        "surrogate-within": '{"count": 2, "place": "north", "x": "\ud83d"}',
        "surrogate-escaped": '{"count": 2, "place": "\\ud83d"}',
        "nul": '{"count": 2, "place": "nor\\u0000th"}',
        "brackets": "[" * 100_000,
        "braces": "{" * 100_000,
        "bracket-pairs": "[" * 100_000 + "]" * 100_000,
        "brackets-in-prose": "So: " + "[" * 100_000,
        "objects-in-prose": "So: " + '{"a":' * 50_000,
        "opened-objects": '{"a"' * 50_000,
        "fences": "```\n" * 50_000,
        "fence-and-lines": "```" + "\n" * 100_000,
        "fence-and-spaces": "```json" + " " * 100_000,
        "two-million-characters": "a" * 2_000_000,
        "digits": '{"count": ' + "9" * 5000 + ', "place": "north"}',
        "hundred-digits": '{"count": ' + "9" * 100 + ', "place": "north"}',
        "nan": '{"count": NaN, "place": "north"}',
        "infinite": '{"count": 1e400, "place": "north"}',
        "wrong-type": '{"count": "two", "place": "north"}',
        "more-keys": '{"count": 2, "place": "north", "more": 1}',
        "deep-value": '{"count": ' + "[" * 200 + "]" * 200 + ', "place": "north"}',
    }
    table |= {f"content-{name}": Behaviour(answers(value), REJECTED) for name, value in unfit.items()}
    fine = {
        "fenced": f"Here:\n```json\n{GOOD}\n```",
        "in-prose": f"Well, {GOOD}, that is all.",
        "twice": GOOD + GOOD,
        "same-key-twice": '{"count": 9, "count": 2, "place": "north"}',
        "marks": "\u202e\ufeff" + GOOD,
    }
    return table | {f"content-{name}": Behaviour(answers(value), ANSWER) for name, value in fine.items()}


def _shapes():
    bodies = {
        "empty-object": {},
        "list": [],
        "null": None,
        "number": 3,
        "text": "hello",
        "no-choices": {"model": "schema"},
        "choices-empty": completion(choices=[]),
        "choices-null": completion(choices=None),
        "choices-object": completion(choices={"0": 1}),
        "choices-text": completion(choices="abc"),
        "choice-null": completion(choices=[None]),
        "choice-list": completion(choices=[[1]]),
        "message-missing": completion(choices=[{"index": 0}]),
        "message-null": completion(choices=[{"message": None}]),
        "message-text": completion(choices=[{"message": GOOD}]),
        "refusal-list": completion(message={"refusal": ["no"]}),
        "refusal-number": completion(message={"refusal": 1}),
        "error-with-200": {"error": {"message": "overloaded", "code": 5}},
        "error-text-with-200": {"error": "overloaded"},
    }
    table = {f"body-{name}": Behaviour(body(value), REJECTED) for name, value in bodies.items()}
    table["body-refusal"] = Behaviour(answers(None, message={"refusal": "I cannot."}), REJECTED, says="refused")
    table["body-filtered"] = Behaviour(answers(None, finish="content_filter"), REJECTED, says="content filter")
    table["body-cut-at-limit"] = Behaviour(answers(GOOD[:9], finish="length"), REJECTED, says="token limit")
    told = {
        "model-list": completion(model=["schema"]),
        "model-null": completion(model=None),
        "model-huge": completion(model="m" * 1_000_000),
        "model-control": completion(model="m\x1b[2J\n"),
        "id-object": completion(id={}),
        "id-surrogate": completion(id="\ud83d"),
        "finish-number": completion(finish=3),
        "finish-missing": completion(choices=[{"message": {"content": GOOD}}]),
        "tool-calls-text": completion(**tools("x")),
        "tool-calls-deep": completion(**tools([[[{}]]])),
        "extra-fields": completion(extra={"a": [1, 2]}, choices=[{"message": {"content": GOOD, "x": 1}, "y": 2}]),
        "two-choices": completion(choices=[{"message": {"content": GOOD}}, None]),
    }
    return table | {f"body-{name}": Behaviour(body(value), ANSWER) for name, value in told.items()}


def _bytes():
    good = json.dumps(completion()).encode()
    spoilt = good.replace(b"north", b"n\xff\xfeth")
    page = b"<html><body>bad gateway</body></html>"
    ok = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    wrong = {
        "no-utf-8": body(spoilt),
        "utf-16": body(json.dumps(completion()).encode("utf-16")),
        "nul": body(b"\0" * 100),
        "html": body(page),
        "empty": body(b""),
        "nested": body(nested(100_000)),
        "nested-open": body(b"[" * 1_000_000),
        "nested-within": body(good.replace(b'"c1"', nested(500))),
        "digits": body(good.replace(b'"created": 1', b'"created": ' + b"9" * 10_000)),
        "event-stream": body(b"data: {}\n\ndata: [DONE]\n\n"),
        "two-objects": body(good + good),
        "shorter-than-told": sends(message(body=good, length=len(good) + 50)),
        "longer-than-told": sends(message(body=good, length=20)),
        "negative-length": sends(ok + b"Content-Length: -5\r\n\r\n" + good),
        "length-no-number": sends(ok + b"Content-Length: many\r\n\r\n" + good),
        "two-lengths": sends(ok + b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n" + good),
        "endless": endless(ok + b"\r\n", b" " * 65536),
        "endless-chunks": endless(ok + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
        "chunk-garbage": chunked(b"zz\r\nnot a chunk\r\n"),
        "chunk-negative": chunked(b"-1\r\nxx\r\n"),
        "chunk-huge": chunked(b"FFFFFFFFFFFFFFFF\r\n", good),
        "chunk-cut": chunked(b"400\r\n", good[:40]),
        "gzip-garbage": sends(message(body=good, headers={"Content-Encoding": "gzip"})),
        "gzip-cut": sends(message(body=gzip.compress(good)[:60], headers={"Content-Encoding": "gzip"})),
        "gzip-bomb": sends(message(body=bomb(), headers={"Content-Encoding": "gzip"})),
        "gzip-bomb-twice": sends(message(body=gzip.compress(bomb()), headers={"Content-Encoding": "gzip, gzip"})),
        "deflate-garbage": sends(message(body=b"\xff" * 99, headers={"Content-Encoding": "deflate"})),
        "no-http": sends(b"220 mail.example ESMTP\r\n"),
        "no-bytes": sends(b""),
        "status-garbage": sends(b"HTTP/1.1 abc\r\n\r\n"),
        "status-999": sends(message("999 X", good)),
        "status-line-endless": endless(b"HTTP/1.1 200 ", b"O" * 65536),
        "header-endless": endless(ok + b"X-A: ", b"a" * 65536),
        "headers-endless": endless(ok, b"X-A: a\r\n" * 1000),
        "header-no-colon": sends(ok + b"no colon here\r\n\r\n" + good),
        "header-nul": sends(ok + b"X-A: \0\r\n\r\n" + good),
        "continue-endless": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    }
    table = {f"bytes-{name}": Behaviour(how, REJECTED, settings=QUICK) for name, how in wrong.items()}
    slow = {
        "headers": slow_headers,
        "silence": silent,
        "body": sends([message(body=good, length=9999)[:-20]] * 60, 0.1),
    }
    table |= {f"slow-{name}": Behaviour(how, REJECTED, settings=QUICK) for name, how in slow.items()}
    fine = {
        "byte-order-mark": body(b"\xef\xbb\xbf" + good),
        "gzip": sends(message(body=gzip.compress(good), headers={"Content-Encoding": "gzip"})),
        "gzip-twice": sends(
            message(body=gzip.compress(gzip.compress(good)), headers={"Content-Encoding": "gzip, gzip"})
        ),
        "unknown-encoding": sends(message(body=good, headers={"Content-Encoding": "none"})),
        "type-text": sends(message(body=good).replace(b"application/json", b"text/plain; charset=x")),
        "type-missing": sends(message(body=good).replace(b"Content-Type: application/json\r\n", b"")),
        "header-latin": sends(message(body=good, headers={"X-A": b"\xff\xfe".decode(errors="surrogateescape")})),
        "no-length": sends(ok + b"Connection: close\r\n\r\n" + good),
        "one-byte-at-a-time": sends([bytes([one]) for one in message(body=good)], 0.0005),
        "request-id-huge": sends(message(body=good, headers={"x-request-id": "r" * 60_000})),
        "cookies": sends(message(body=good, headers={"Set-Cookie": "a=b; Domain=elsewhere.test"})),
    }
    return table | {f"bytes-{name}": Behaviour(how, ANSWER, settings=QUICK) for name, how in fine.items()}


def _counts():
    numbers = ("-5", "-1e9", "NaN", "Infinity", "-Infinity", "1e400", "1e30", "9" * 400, '"12"', '"many"', "null")
    numbers += ("true", "[3]", "{}", "0.5", "12.0")
    table = {
        f"tokens-{name}-{number[:9]}": Behaviour(raw_number(name, number), ANSWER)
        for name in ("prompt_tokens", "completion_tokens")
        for number in numbers
    }
    for name, usage in {
        "missing": None,
        "list": [1],
        "text": "many",
        "number": 5,
        "empty": {},
        "details-list": {**USAGE, "prompt_tokens_details": [1]},
        "cached-negative": {**USAGE, "prompt_tokens_details": {"cached_tokens": -4}},
        "cached-more-than-all": {**USAGE, "prompt_tokens_details": {"cached_tokens": 10**6}},
        "cached-text": {**USAGE, "prompt_tokens_details": {"cached_tokens": "x"}},
    }.items():
        table[f"usage-{name}"] = Behaviour(answers(usage=usage), ANSWER)
    return table


def _statuses():
    table = {
        "status-400": Behaviour(status(400), REJECTED),
        "status-401": Behaviour(status(401), LINE, says="refused the key"),
        "status-402": Behaviour(status(402), REJECTED),
        "status-403": Behaviour(status(403), LINE),
        "status-404": Behaviour(status(404), LINE, says="no such model"),
        "status-413": Behaviour(status(413), REJECTED),
        "status-418": Behaviour(status(418), REJECTED),
        "status-422": Behaviour(status(422), REJECTED),
        "status-204": Behaviour(sends(b"HTTP/1.1 204 X\r\n\r\n"), REJECTED),
        "status-206": Behaviour(status(206, completion()), ANSWER),
        "status-304": Behaviour(sends(b"HTTP/1.1 304 X\r\n\r\n"), REJECTED),
        "quota": Behaviour(
            status(429, {"error": {"message": "x", "code": "insufficient_quota"}}), LINE, says="no quota left"
        ),
    }
    for number in (408, 409, 425, 429, 500, 502, 503, 504, 529):
        table[f"status-{number}"] = Behaviour(status(number), REJECTED, says=str(number))
        table[f"status-{number}-once"] = Behaviour(then_good(status(number)), ANSWER)
    errors = {
        "html": b"<html>" + b"x" * 500_000,
        "empty": b"",
        "list": [1, 2],
        "number": 5,
        "null": None,
        "text": "no",
        "no-utf-8": b"\xff\xfe" * 50,
        "nested": nested(100_000),
        "deep": nested(900),
        "message-list": {"error": {"message": ["a"]}},
        "message-deep": {"error": {"message": {"a": {"b": 1}}}},
        "message-number": {"error": {"message": 5, "code": [], "type": {}}},
        "message-surrogate": {"error": {"message": "\ud83d broken \x1b[2J\n two lines"}},
        "message-megabytes": {"error": {"message": "x" * 3_000_000}},
        "error-list": {"error": ["a", {"b": 1}]},
        "error-number": {"error": 5},
        "detail": {"detail": [{"loc": ["body"], "msg": "x"}]},
    }
    for name, value in errors.items():
        # Sent as it stands: `status` would take None for its default.
        for number in (400, 500):
            how = sends(message(f"{number} X", value))
            table[f"error-{number}-{name}"] = Behaviour(how, REJECTED)
    return table


def _waits():
    table = {}
    long = {
        "3600": "3600",
        "billion": "1000000000",
        "exponent": "1e9",
        "three-hundred-digits": "9" * 39,
        "date-2099": "Fri, 31 Dec 2099 23:59:59 GMT",
        "date-tomorrow": far(24),
        "date-no-zone": "Fri, 31 Dec 2099 23:59:59",
    }
    for name, text in long.items():
        table[f"retry-after-{name}"] = Behaviour(status(429, Retry_After=text), LINE, says=WAITS)
    table["retry-after-503"] = Behaviour(status(503, Retry_After="86400"), LINE, says=WAITS)
    table["retry-after-ms-billion"] = Behaviour(status(429, retry_after_ms="1e12"), LINE, says=WAITS)
    short = ("-5", "0", "-1e9", "nan", "inf", "soon", "", "1_0", "0x10", "9" * 400, "date", "\ud800", "0.01", "٣")
    past = ("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 99 Foo 2099 99:99:99 GMT", "Fri, 31 Dec 99999 23:59:59 GMT")
    for text in (*short, *past):
        raw = text.encode(errors="surrogatepass").decode(errors="surrogateescape")
        table[f"retry-after-{text[:12]!a}"] = Behaviour(then_good(status(429, Retry_After=raw)), ANSWER)
    left = {"x-ratelimit-remaining-requests": "0"}
    for name, text in {
        "billion": str(10**9 - 1),
        "epoch": str(int(time.time()) + 86400),
        "day": "23h59m",
        "iso": "2099-12-31T23:59:59Z",
        "days": "9999d",
    }.items():
        headers = {**left, "x-ratelimit-reset-requests": text}
        # The answer itself came: it is kept, and the next question ends the work.
        table[f"reset-{name}"] = Behaviour(sends(message(body=completion("{}"), headers=headers)), LINE, says=WAITS)
    for name, text in {
        "negative": "-5",
        "nan": "nan",
        "words": "later",
        "empty": "",
        "epoch-past": "1000000001",
    }.items():
        headers = {**left, "x-ratelimit-reset-requests": text, "x-ratelimit-reset-tokens": text}
        table[f"reset-{name}"] = Behaviour(sends(message(body=completion(), headers=headers)), ANSWER)
    for name, text in {"negative": "-1", "nan": "nan", "huge": "9" * 400, "digits": "٣", "float": "0.0"}.items():
        headers = {"x-ratelimit-remaining-requests": text, "x-ratelimit-remaining-tokens": text}
        table[f"remaining-{name}"] = Behaviour(sends(message(body=completion(), headers=headers)), ANSWER)
    return table


def _models():
    entry = {"id": "schema"}
    fine = {
        "empty-object": {},
        "list": [entry],
        "empty-list": [],
        "null": None,
        "number": 3,
        "text": "schema",
        "data-null": {"data": None},
        "data-object": {"data": {"id": "schema"}},
        "data-text": {"data": "schema"},
        "data-names": {"data": ["schema"]},
        "data-nulls": {"data": [None, 5, [], entry]},
        "id-number": {"data": [{"id": 5}]},
        "id-list": {"data": [{"id": ["schema"]}, entry]},
        "id-missing": {"data": [{}]},
        "id-surrogate": {"data": [{"id": "\ud83d"}, entry]},
        "owner-list": {"data": [{"id": "schema", "owned_by": []}]},
        "llama-cpp": {"data": [{"id": "/models/x.gguf", "owned_by": "llamacpp"}]},
        "ollama": {"models": [{"name": "schema"}]},
        "ten-thousand": {"data": [{"id": f"m{n}"} for n in range(10_000)] + [entry]},
        "latest": {"data": [{"id": "schema:latest"}]},
        "has-more": {"data": [entry], "has_more": True},
        "two-megabytes": {"data": [entry], "x": "y" * 2_000_000},
    }
    table = {f"models-{name}": Behaviour(answers(), ANSWER, models=body(value)) for name, value in fine.items()}
    for number in (400, 404, 405, 429, 500, 501, 503):
        table[f"models-status-{number}"] = Behaviour(answers(), ANSWER, models=status(number))
    others = {
        "endless": endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
        "no-utf-8": body(b"\xff\xfe" * 9),
        "gzip-bomb": sends(message(body=bomb(), headers={"Content-Encoding": "gzip"})),
    }
    table |= {f"models-{name}": Behaviour(answers(), ANSWER, models=how) for name, how in others.items()}
    bad = {
        "html": body(b"<html>"),
        "nested": body(nested(100_000)),
        "empty": body(b""),
        "other-names": body({"data": [{"id": "schem"}, {"id": "other" * 100}]}),
        "other-names-control": body({"data": [{"id": "a\x1b[2J\nb"}]}),
        "401": status(401),
        "403": status(403),
        "closed": sends(b""),
        "silence": silent,
        "chunk-garbage": chunked(b"zz\r\n"),
    }
    table |= {f"models-{name}": Behaviour(answers(), LINE, models=how, settings=QUICK) for name, how in bad.items()}
    return table


BEHAVIOURS = {
    "good": Behaviour(answers(), ANSWER),
    **_contents(),
    **_shapes(),
    **_bytes(),
    **_counts(),
    **_statuses(),
    **_waits(),
    **_models(),
    **redirects(),
}
