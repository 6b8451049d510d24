"""The one way from a model's raw reply to a typed answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from rsica_data.schema import JsonObject, Unparsed
from rsica_data.text.normalized.cleaning import NoAnswerError, answer_text, free_text

Answer = TypeVar("Answer")


def read_answer(reply: str, read: Callable[[str], Answer | Unparsed]) -> Answer | Unparsed:
    """Take reasoning, frames and control tokens off a raw reply and read the rest. Never raises, whatever the reply.

    Args:
        reply: the reply as it came.
        read: reads the answer's text.
    """
    try:
        return read(answer_text(reply))
    except NoAnswerError as error:
        return Unparsed(str(error))
    except RecursionError:
        return Unparsed("nested too deeply")


def read_text(reply: str) -> JsonObject | Unparsed:
    """The answer ``{"text": ...}`` of a caption or another free text: as it was written, without the reasoning."""
    try:
        return {"text": free_text(reply)}
    except NoAnswerError as error:
        return Unparsed(str(error))


def without_frames(reply: str) -> str:
    """A reply as a judge should see it: without reasoning, frames and control tokens; empty where nothing is left."""
    answer = read_text(reply)
    return "" if isinstance(answer, Unparsed) else str(answer["text"])
