"""The last sentence of an explained reply where it says outright what was asked, so that it alone decides.

"The street itself has not changed. Only the class building changed.", "So roads changed in 3 cells.", ".. no house has
been added. No, the buildings did not change."
"""

from __future__ import annotations

import re

from rsica_data.schema import ParseContext
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.mentions import mentions
from rsica_data.text.normalized.endings import sentences_of

_ALL_TOLD = re.compile(r"\b(?:only|neither|both|none of|no class|solely)\b.*\bchanged?\b|\bchanged?\b.*\bonly\b")
_YES_OR_NO = re.compile(r"^\W*(?:so |hence |therefore )?,?\s*(?:yes|no)\s*(?:[,.!:]|- |$)")
_BEGINS = re.compile(r"^\W*(?:yes|no)\b")
_SUMS_UP = re.compile(
    r"^\W*(?:so|hence|thus|therefore|in total|altogether|in all|overall|that is|that makes|this makes)\b|"
    r"\btotal\b|\b(?:the )?number of (?:changed |all )?(?:cells|objects|changes|roads|buildings)\b"
)
_MIXED_UP = re.compile(
    r"\b(?:mixed (?:them |it |that |those )?up|(?:got|had) (?:it|them|that|this) (?:wrong|mixed up|backwards|the "
    r"wrong way)|"
    r"wrong way (?:a?round|about))\b[^.!?]*[.!?]\s*"
)


def verdict_in(answer: str, context: ParseContext) -> str | None:
    """The last sentence of a reply of several where it answers the question outright; None where it does not.

    Args:
        answer: the answer's text.
        context: the question and the classes.
    """
    mixed = list(_MIXED_UP.finditer(answer))
    if mixed and len(answer[mixed[-1].end() :].split()) > 2:
        return answer[mixed[-1].end() :]
    parts = sentences_of(answer)
    if len(parts) < 2 or "|" in parts[-1] or "{" in answer:
        return None
    last = parts[-1]
    if _BEGINS.match(parts[0].lower()) and context.question.kind == "class_presence":
        return None
    return last if _answers(last.lower(), context) else None


def _answers(text: str, context: ParseContext) -> bool:
    question = context.question
    named = {mention.name for mention in mentions(text, context.classes)}
    if question.kind in ("changed_classes", "unchanged_classes"):
        return question.kind == "changed_classes" and bool(named) and _ALL_TOLD.search(text) is not None
    if question.kind == "class_presence":
        return _YES_OR_NO.match(text) is not None and named == {question.args.get("cls")}
    numbers = re.findall(r"(?<![\w.])\d+(?![\w%])", words_to_digits(text.replace("zero", "0")))
    if question.kind not in ("total_count", "cell_count") or len(numbers) != 1 or not _SUMS_UP.search(text):
        return False
    if question.kind == "cell_count":
        return "cell" in text and named <= {question.args.get("cls")}
    return len(named) == 0
