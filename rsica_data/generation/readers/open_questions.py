"""Open questions with free-text answers: ``{"items": [{"about", "question", "answer"}, ...]}``."""

from __future__ import annotations

from typing import Any

from rsica_data.generation.readers.base import Read, Reader, free_text, tidy
from rsica_data.generation.types import PromptRequest, Refusal


def read(data: Any, order: PromptRequest) -> Read:
    """One row a question; where the prompt gives outside knowledge, each names the sentence it used."""
    knowledge = order.job.prompt.options.get("knowledge")
    candidates: Read = []
    for item in data["items"]:
        question, answer = tidy(item["question"]), tidy(item["answer"])
        shown = f"{question} {answer}"
        if not question or not answer:
            candidates.append(Refusal("empty", "a question and an answer are needed", shown))
        elif knowledge is None:
            candidates.append(free_text(question, answer, about=item["about"]))
        elif not 0 <= item["knowledge"] < len(knowledge):
            reason = f"there is no sentence {item['knowledge']} of knowledge"
            candidates.append(Refusal("unknown-knowledge", reason, shown))
        else:
            used = knowledge[item["knowledge"]]
            candidates.append(free_text(question, answer, tidy(used), about=item["about"], knowledge=used))
    return candidates


READER = Reader(read)
