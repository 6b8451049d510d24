"""Serve a model to `rsica-bench run --adapter command`. Copy this file: it needs nothing but Python 3.9 or newer.

    from command_helper import serve

    def answer(question):                     # question["images"]: file paths, before and after
        return model(question["images"], question["prompt"], question["history"])

    serve(answer, revision="my-model@3f2a")

What the model prints goes to standard error, so that it cannot disturb the protocol. An exception is told to the
toolkit as this question's failure, and the next question is asked.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def serve(answer: Callable[[Any], Any], batch: bool = False, **hello: Any) -> None:
    """Answer questions until standard input ends.

    Args:
        answer: ``answer(question) -> text``, or with ``batch`` ``answer([question, ..]) -> [text, ..]``. In place of a
            text it may return a dictionary with ``"text"``, or for a change detector ``"mask"``: a PNG file of class
            ids (0 none, 1 the first class of ``question["classes"]``, ...).
        batch: see there.
        hello: what the program says of itself: ``revision``, ``images`` (most images it takes), ``multi_turn``.
    """
    # Whatever the model's libraries print must not end up among the replies.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def send(message: Any) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    send(dict(hello, hello=1, batch=bool(batch)))
    for line in sys.stdin:
        questions = json.loads(line)["ask"]
        try:
            outputs = answer(questions) if batch else [answer(question) for question in questions]
            send({"replies": [one if isinstance(one, dict) else {"text": one} for one in outputs]})
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            send({"replies": [{"error": reason} for _ in questions]})
