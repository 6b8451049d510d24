"""Replies that do not speak of what was asked, though they name a class, a place or a number.

- a field without a value (``null``), "it depends on", a plan without a result ("Step 1: look at the roads");
- a description of the images that compares nothing and tells no change ("the image shows a road and houses");
- numbers that are only thought possible ("it could be 2, 3 or even 5"), or asked for ("1 or 2? Hard to say");
- a number, a place or a share of other classes alone.
"""

from __future__ import annotations

import re

from rsica_data.schema import ParseContext
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.clauses import CHANGED, is_negated
from rsica_data.text.mentions import mentions
from rsica_data.text.normalized.endings import breaks_off, is_in_general
from rsica_data.text.yes_no.stance import DOUBT, plain

_EMPTY = re.compile(r"[\W_]*(?:\w+[\W_]+)?(?:null|undefined|nan|unknown)[\W_]*")
_DEPENDS = re.compile(r"\bdepends? (?:up)?on\b(?!.*\bbut\b)", re.DOTALL)
_CUT_OFF = re.compile(
    r"\b(?:while|whereas|and|but) (?:in )?the (?:second|first|after|before|later|earlier)(?: image| one)?\s*$"
)
_PLAN = re.compile(
    r"\bstep 1\b\W*(?:\w+ly )?(?:look|identify|compare|examine|check|count|locate|find|analy[sz]e|observe)\b"
)
_RESULT = re.compile(
    r"\b(?:so|therefore|thus|hence|answer|result|total|final\w*|conclu\w+|in all|chang\w+|new|yes|no)\b|→|=|:\s*\d"
)
_DESCRIBES = re.compile(
    r"\b(?:both|the two|these|the|this) (?:(?:satellite|aerial) )?(?:images?|pictures?|scenes?|photos?) "
    r"(?:shows?|contains?|depicts?|displays?|has|have)\b|\bin the (?:image|picture|scene|photo)s? (?:is|are)\b|"
    r"^\W*i (?:can )?see an?\b|\bon (?:the )?one hand\b"
)
_COMPARES = re.compile(
    r"\b(?:more|most\w*|less|least|fewer|larg\w+|small\w+|bigg\w+|great\w+|than|only|alone|equal\w*|same|main\w*|"
    r"dominat\w+|nearest|closest|while|whereas|but|before|after|first|second|earlier|later|now|answer|yes|true|false|"
    r"half|third|quarter|percent|edge|border|touch\w*|reach\w*|cut\w*|scatter\w*|cluster\w*|concentrat\w*|spread|"
    r"everywhere|all|every|both have|was|were|used to|former\w*)\b|[%\d=→]"
)
_OF_COVER = re.compile(
    r"\b(?:more|most\w*|less|least|fewer|larg\w+|great\w+|small\w+|bigg\w+|high\w+|low\w+|increas\w+|decreas\w+|grew|grow\w+|shr[aiu]nk\w*|"
    r"gain\w*|los[ts]\w*|cover\w*|same|answer|equal\w*|expan\w+|declin\w+|reduc\w+|wider|denser|extensive|clear\w+|vanish\w*|gone)\b|"
    rf"[\d:]|{CHANGED.pattern}"
)
_POSSIBLE = re.compile(r"\b(?:could|might|may) (?:also )?be (?:about )?\d+\s*(?:,|or)\s*\d+\b[^.]*\bor\b")
_TOLD_LAST = frozenset(("class_count", "total_count", "cell_count", "changed_classes", "unchanged_classes"))
_OF_CLASS = frozenset(
    (
        "largest_cell",
        "smallest_cell",
        "busiest_cell",
        "cells_of_class",
        "cell_count",
        "area_share",
        "area_m2",
        "class_count",
    )
)


def is_beside(answer: str, context: ParseContext) -> bool:
    """Whether an answer does not speak of what was asked (see the module).

    Args:
        answer: what :func:`~rsica_data.text.normalized.cleaning.answer_text` gave.
        context: the question and the classes.
    """
    text = plain(answer)
    raw = answer.lower()
    if _EMPTY.fullmatch(raw) or _EMPTY.fullmatch(text) or _DEPENDS.search(text) or _CUT_OFF.search(text[-60:]):
        return True
    if is_in_general(answer) or (context.question.kind in _TOLD_LAST and breaks_off(answer)):
        return True
    if _PLAN.search(raw) and not _RESULT.search(re.sub(r"\bstep \d+:?", " ", raw)):
        return True
    if context.question.kind == "cover_more" and len(text.split()) > 6 and not _OF_COVER.search(text):
        return True
    digits = words_to_digits(text)
    if _POSSIBLE.search(digits) or _only_asks(digits):
        return True
    if _DESCRIBES.search(text) and not (CHANGED.search(text) or _COMPARES.search(digits) or is_negated(text)):
        return True
    return context.question.kind in _OF_CLASS and _of_others(text, str(context.question.args.get("cls", "")), context)


def _only_asks(text: str) -> bool:
    """Whether the only numbers of a text stand in questions, and what follows is a doubt."""
    asked = re.findall(r"[^.!?\n]*\?", text)
    rest = re.sub(r"[^.!?\n]*\?", " ", text)
    return (
        any(re.search(r"\d", part) for part in asked) and not re.search(r"\d", rest) and DOUBT.search(rest) is not None
    )


def _of_others(text: str, cls: str, context: ParseContext) -> bool:
    """Whether a text names other classes of the question's pair and not the one that was asked about."""
    named = {mention.name for mention in mentions(text, tuple(dict.fromkeys((*context.classes, cls))))}
    return bool(named) and cls not in named and not is_negated(text) and not _GENERIC.search(text)


_GENERIC = re.compile(r"\b(?:they|it|this|that|these|those|object|answer|largest|smallest|biggest|most)\b")
