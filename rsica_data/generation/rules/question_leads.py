"""Paraphrases that surely keep the meaning: another lead before the same question."""

from __future__ import annotations

from random import Random

from rsica_data.schema import JsonObject

_LEADS = (
    "Please tell me:",
    "Here is what I would like to find out:",
    "Looking at the pair, answer this:",
    "A question about both dates:",
    "Have a look and reply:",
    "My question to you:",
)


def paraphrases(data: JsonObject, rng: Random) -> JsonObject:
    """Every question with a lead, every answer as it is."""
    return {
        "items": [
            {"id": item["id"], "question": f"{rng.choice(_LEADS)} {_small(item['question'])}", "answer": item["answer"]}
            for item in data["items"]
        ]
    }


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
