"""What servers do wrong with batches, in one table."""

import json

from raw_server import ANSWER, LINE, body, completion, message, nested, status


def batch_exchanges(**replaced):
    """Exchanges of the batch API by their path; ``replaced`` ones by the names of the steps.

    Each is an exchange, or a function from the rows of the good output to the bytes of the output file.
    """
    rows = []

    def upload(asked, stream):
        lines = [json.loads(line) for line in asked.body.splitlines() if line.startswith(b'{"custom_id"')]
        rows[:] = [
            {"custom_id": line["custom_id"], "response": {"status_code": 200, "request_id": "r", "body": completion()}}
            for line in lines
        ]
        body({"id": "file-1"})(asked, stream)

    def content(asked, stream):
        make = replaced.get("lines", lambda good: "".join(json.dumps(row) + "\n" for row in good).encode())
        stream.sendall(message(body=make(rows)))

    batch = {"id": "batch-1", "status": "completed", "input_file_id": "file-1", "output_file_id": "out-1"}
    steps = {
        "upload": ("POST /v1/files", upload),
        "content": ("GET /v1/files/", content),
        "look": ("GET /v1/batches/", body(batch)),
        "create": ("POST /v1/batches", body(batch)),
        "list": ("GET /v1/batches", body({"data": [], "has_more": False})),
    }
    return {start: replaced.get(name, exchange) for name, (start, exchange) in steps.items()}


def _batches():
    """Names of behaviours of the batch API to (exchanges, how a client must end)."""
    good = {"id": "batch-1", "status": "completed", "input_file_id": "file-1", "output_file_id": "out-1"}
    shapes = {"list": [], "null": None, "html": b"<html>", "nested": nested(100_000), "no-utf-8": b"\xff\xfe"}
    shapes |= {
        "id-list": {"id": ["a"]},
        "id-path": {"id": "../x"},
        "id-empty": {"id": ""},
        "id-huge": {"id": "a" * 10**6},
    }
    table = {"good": ({}, ANSWER)}
    for step in ("upload", "create"):
        table |= {f"{step}-{name}": ({step: body(value)}, LINE) for name, value in shapes.items()}
    pages = {"data": [{"id": "b", "input_file_id": "x"}], "has_more": True}
    lists = {"data-null": {"data": None}, "rows": {"data": [None, 5, {"input_file_id": []}]}, "object": {}}
    table |= {f"list-{name}": ({"list": body(value)}, ANSWER) for name, value in lists.items()}
    table["list-found"] = ({"list": body({"data": [good]})}, ANSWER)
    table["list-html"] = ({"list": body(b"<html>")}, LINE)
    table["list-endless"] = ({"list": body(pages)}, ANSWER)
    looks = {
        "status-null": {**good, "status": None},
        "status-list": {**good, "status": ["completed"]},
        "status-unknown": {**good, "status": "somehow"},
        "output-number": {**good, "output_file_id": 5},
        "output-path": {**good, "output_file_id": "../../models"},
        "list": [],
    }
    table |= {f"look-{name}": ({"look": body(value)}, LINE) for name, value in looks.items()}
    for name in ("failed", "expired", "cancelled"):
        table[f"look-{name}"] = ({"look": body({**good, "status": name, "output_file_id": None})}, ANSWER)
    for number in (429, 500):
        table[f"look-{number}-wait"] = ({"look": status(number, Retry_After="1000000000")}, LINE)
    lines = {
        "empty": lambda good: b"",
        "garbage": lambda good: b"nonsense\n[]\n5\nnull\n" + nested(100_000) + b"\n{}\n",
        "no-response": lambda good: _lines(good, response=None),
        "response-list": lambda good: _lines(good, response=[1]),
        "body-list": lambda good: _lines(good, response={"status_code": 200, "body": []}),
        "body-text": lambda good: _lines(good, response={"status_code": 200, "body": "x"}),
        "body-null": lambda good: _lines(good, response={"status_code": 200}),
        "content-list": lambda good: _lines(good, response={"status_code": 200, "body": completion(["a"])}),
        "status-text": lambda good: _lines(good, response={"status_code": "200", "body": completion()}),
        "id-list": lambda good: _lines(good, custom_id=["a"]),
        "id-unknown": lambda good: _lines(good, custom_id="f" * 64),
        "id-null": lambda good: _lines(good, custom_id=None),
        "request-id-object": lambda good: _lines(good, response={**good[0]["response"], "request_id": {"a": 1}}),
        "twice": lambda good: _lines(good) + _lines(good),
        "cut": lambda good: _lines(good)[:-40],
        "surrogate": lambda good: _lines(good, response={"status_code": 200, "body": completion("\ud83d")}),
        "tokens": lambda good: _lines(
            good, response={"status_code": 200, "body": completion(usage={"prompt_tokens": -9})}
        ),
    }
    table |= {f"lines-{name}": ({"lines": make}, ANSWER) for name, make in lines.items()}
    table["content-no-utf-8"] = ({"content": body(b"\xff\xfe")}, LINE)
    return table


def _lines(rows, **values):
    return "".join(json.dumps({**row, **values}) + "\n" for row in rows).encode()


BATCH_BEHAVIOURS = _batches()
