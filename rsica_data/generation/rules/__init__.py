"""An answerer without a model: it answers every shipped prompt from the data block inside the prompt.

It stands behind ``rsica-data assist serve --model rules``, so that assisted builds can be tried and tested without a
model. Flags make it err on purpose, in the first item of a reply: ``wrong-count`` and ``wrong-place`` (the words are
wrong, the mark is right), both with ``-declared`` (the mark is moved to another fact), ``leak``, ``doubt``, ``repeat``.
Where claims or a reading of a text are asked for, it gives what plain readers find. The same prompt and flags get the
same answer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from random import Random
from typing import Any

from rsica_data.claims.plain_reader import plain_claims, plain_reading
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import loads
from rsica_data.generation.plain_readings import plain_caption_reading, plain_target_reading
from rsica_data.generation.rules import fact_captions, fact_questions, question_leads
from rsica_data.generation.rules.planted_mistakes import FLAGS, spoil
from rsica_data.schema import JsonObject
from rsica_data.serve.answerers import AnswerRequest, answer_schema, with_flags

_CASE = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
_DATA = re.compile(r"<data>\n(.*)\n</data>")

_ANSWERS: dict[str, Callable[[JsonObject, Random], JsonObject]] = {
    "changechat-open-qa": fact_questions.open_questions,
    "rswk-question": fact_questions.knowledge_questions,
    "dialogue": fact_questions.conversation,
    "earthreason-question": fact_questions.target_questions,
    "caption-write": fact_captions.change_captions,
    "caption-rewrite": fact_captions.change_captions,
    "rsteller-caption": fact_captions.map_captions,
    "gaia-caption": fact_captions.image_captions,
    "paraphrase": question_leads.paraphrases,
}


@with_flags(*FLAGS)
def answer_rules(request: AnswerRequest) -> str:
    """JSON that fits the prompt's schema; for what is no prompt of ours, values made up to fit the schema."""
    text = _prompt_of(request)
    data = _data_in(text)
    case = _case_in(request) if data is None else None
    if case is not None:
        return dump_json(_reading(case, request))
    if data is None or data.get("prompt") not in _ANSWERS:
        return answer_schema(request)
    data["listed"] = _facts_in(text)
    rng = Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - not for security
    answer = _ANSWERS[data["prompt"]](data, rng)
    for flag in request.faults:
        answer = spoil(flag, answer, data)
    return dump_json(answer)


def _reading(case: JsonObject, request: AnswerRequest) -> JsonObject:
    """What plain readers find in a text whose reading is asked for."""
    if "caption" in case:
        return dict(plain_caption_reading(case["caption"], case["types"]))
    if "answer" in case:
        return dict(plain_target_reading(case["question"], case["answer"], case["classes"]))
    lists = (request.schema or {}).get("properties", {})
    reads = all(part.get("type") == "string" for part in lists.values())
    return plain_reading(case) if reads else {"claims": plain_claims(case)}


_CASES = ({"text", "classes"}, {"caption", "types"}, {"question", "answer", "classes"})
"""What the cases of the shipped readings hold."""


def _case_in(request: AnswerRequest) -> JsonObject | None:
    """The text whose claims or reading are asked for."""
    for message in request.messages:
        match = _CASE.search(message.content)
        if match is not None:
            case = loads(match[1])
            return case if isinstance(case, dict) and any(names <= case.keys() for names in _CASES) else None
    return None


def _prompt_of(request: AnswerRequest) -> str:
    """The last message with a data block; what follows it asks for the same in another form."""
    return next((m.content for m in reversed(request.messages) if _DATA.search(m.content)), "")


def _facts_in(text: str) -> dict[str, int]:
    """The facts that a prompt lists, in words, with their numbers."""
    blocks = re.findall(r"<facts>\n(.*?)\n</facts>", text, re.DOTALL)
    lines = (line.split(". ", 1) for line in (blocks[-1].splitlines() if blocks else ()))
    return {words: int(number) for number, words in lines}


def _data_in(text: str) -> dict[str, Any] | None:
    blocks = _DATA.findall(text)
    if not blocks:
        return None
    try:
        data = loads(blocks[-1])
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
