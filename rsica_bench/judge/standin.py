"""A judge without a language model, for tests and demos over the real protocol.

`rsica-data assist serve --model judge` serves it. It reads the case out of the prompt and compares words: what equals
an accepted answer is correct, what shares words with one is partly right, all else is wrong. Its verdicts mean nothing
for a paper. With the flag ``harsh`` a share of the votes is one step worse.

Where claims are asked for, it gives those that the readers of change, counts and cells find; with the flag ``invented``
one more, whose quote stands nowhere.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rsica_data.claims.plain_reader import plain_claims
from rsica_data.core.json_text import loads
from rsica_data.serve.answerers import with_flags

if TYPE_CHECKING:
    from rsica_data.serve.answerers import AnswerRequest

_ORDER = ("correct", "partly", "wrong")


@with_flags("harsh", "invented")
def answer(request: AnswerRequest) -> str:
    """The verdict, or the claims, as JSON.

    Raises:
        ValueError: the prompt holds no case.
    """
    # Where an answer was asked for again, the case stands further back.
    blocks = [re.search(r"```json\n(.*?)\n```", message.content, re.DOTALL) for message in request.messages]
    match = next((block for block in blocks if block is not None), None)
    if match is None:
        raise ValueError("the prompt holds no case")
    case = loads(match[1])
    if "text" in case:
        return json.dumps({"claims": _claims(case, "invented" in request.faults)})
    turns = case.get("turns", [case])
    grades = [_grade(turn) for turn in turns]
    verdict = _whole(grades) if "turns" in case else grades[0]
    if "harsh" in request.faults:
        verdict = _ORDER[min(2, _ORDER.index(verdict) + 1)]
    reply: dict[str, Any] = {"reason": f"Turn by turn: {', '.join(grades)}.", "verdict": verdict}
    if "turns" in case:
        reply["consistent"] = len({grade == "wrong" for grade in grades}) == 1
    return json.dumps(reply)


def _claims(case: dict[str, Any], invented: bool) -> list[dict[str, Any]]:
    claims = plain_claims(case)
    if invented:
        claims.append({"quote": "(invented)", "kind": "any_change", "args": {}, "value": True})
    return claims


def _grade(turn: dict[str, Any]) -> str:
    answer_words = _words(turn["answer"])
    accepted = [_words(text) for text in turn["accepted"]]
    if answer_words in accepted:
        return "correct"
    return "partly" if any(set(answer_words) & set(words) for words in accepted) else "wrong"


def _whole(grades: list[str]) -> str:
    if len(set(grades)) == 1:
        return grades[0]
    return "partly"


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
