"""What a reader is, and the free-text row that several of them make."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rsica_data.claims import without_marks
from rsica_data.generation.material import Material
from rsica_data.generation.recipe_section import AssistedPrompt
from rsica_data.generation.types import Candidate, PromptRequest, Refusal, Statement
from rsica_data.schema import JsonObject, Turn

Read = list[Candidate | Refusal]


@dataclass(frozen=True)
class Reader:
    """One form of reply.

    Attributes:
        read: ``(data, order) -> candidates and refusals``, in the reply's order; ``data`` fits the prompt's schema.
        variables: ``(order, seed) -> what the prompt may name besides``; also part of its machine-readable block.
        single: a reply holds one row, so several rows about a pair are several requests.
        most: ``(prompt, material) -> rows that the pair can give``; None where nothing limits them.
    """

    read: Callable[[Any, PromptRequest], Read]
    variables: Callable[[PromptRequest, int], Mapping[str, Any]] = lambda order, seed: {}
    single: bool = False
    most: Callable[[AssistedPrompt, Material], int | None] = lambda prompt, material: None


def tidy(text: str) -> str:
    """White space folded; what training rows hold is one line."""
    return " ".join(text.split())


def identity(text: str) -> str:
    """Equal for texts that differ in case, punctuation and white space alone."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _without(answer: str, sentence: str) -> str:
    """An answer without a sentence that it takes up, whatever case and full stop it has there."""
    return re.sub(re.escape(sentence.rstrip(" .")) + r"\.?", " ", answer, flags=re.IGNORECASE)


def free_text(question: str, answer: str, besides: str | None = None, **gold: Any) -> Candidate:
    """An open question with a free-text answer, which may hold marks: they stay in what is checked alone.

    ``besides`` is a sentence that does not speak of the pair: where the answer holds it, the rest alone is checked.
    """
    seen = answer if besides is None else tidy(_without(answer, besides))
    answer = without_marks(answer)
    whole: JsonObject = {"kind": "text", "question": question, "references": [answer], **gold}
    return Candidate(
        task="open_qa",
        kind="text",
        turns=(Turn("user", question), Turn("assistant", answer)),
        gold=whole,
        references=(answer,),
        statements=(Statement(seen, question),) if seen else (),
        identity=identity(question),
        shown=f"{question} {answer}",
    )
