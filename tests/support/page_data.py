"""What a script of data gives a page, and waiting for what a page does."""

import json
import time


def read_data_script(path):
    text = path.read_text(encoding="utf-8")
    return json.loads(json.loads(text[text.index("JSON.parse(") + len("JSON.parse(") : text.rindex(");")]))


def eventually(check, seconds=5.0):
    """Wait until a check of the page holds: its policy forbids the polling that the browser's driver would do in it."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "the page did not come to it in time"
        time.sleep(0.05)
