"""Free text to claims, without a language model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from rsica_data.claims.emit import Emitter, negated
from rsica_data.claims.lexicon import vocabulary
from rsica_data.claims.models import Claim, Quantity, Rank, Region, Scope
from rsica_data.claims.nouns import Notes
from rsica_data.claims.reader import Reader
from rsica_data.claims.tokens import Token, sentences, tokenize

_HOW_MANY = re.compile(r"\bhow many\b|\bnumber\b|\bcount\b|\bhow often\b|\bhow much\b")


def extract(text: str, classes: Sequence[str], question: str | None = None, *, synonyms: str = "") -> list[Claim]:
    """Claims of a text, in its order.

    Args:
        text: one or more sentences; markup, bullets and JSON of the tasks' forms are understood.
        classes: the dataset's class names.
        question: what the text answers; "yes", "3" and "top left" are read with it.
        synonyms: further words for classes, YAML in the form of ``synonyms.yaml``.

    Never raises, whatever the text; every span lies inside it.
    """
    tokens = tokenize(text, vocabulary(tuple(classes), synonyms))
    said, body = _answer(tokens)
    found: list[Claim] = []
    bare: list[Notes] = []
    for sentence in sentences(body):
        notes = Reader(sentence).read()
        found += Emitter(text, notes).claims()
        bare.append(notes)
    if question is not None:
        asked = _question(question, tuple(classes), synonyms)
        if said is not None:
            found = _yes_or_no(asked, said, tokens[0], text) + found
        found += _short_answers(asked, bare, found, text)
    return found


def _answer(tokens: list[Token]) -> tuple[bool | None, list[Token]]:
    """A leading yes or no, and the tokens behind it."""
    if not tokens:
        return None, tokens
    first = tokens[0]
    if first.tag == "yes":
        return True, tokens[1:]
    ends = len(tokens) == 1 or tokens[1].tag in ("mark", "end")
    if first.tag == "false" or (first.tag == "no" and first.value == "no" and ends):
        return False, tokens[1:]
    return None, tokens


class Asked:
    """What a question asks about."""

    def __init__(self, text: str, classes: tuple[str, ...], synonyms: str) -> None:
        tokens = tokenize(text, vocabulary(classes, synonyms))
        notes = [Reader(sentence).read() for sentence in sentences(tokens)]
        self.claims = tuple(claim for part in notes for claim in Emitter(text, part).claims())
        nouns = [noun for part in notes for noun in part.nouns if noun.kind == "class" and not noun.landmark]
        self.classes = tuple(dict.fromkeys(noun.name for noun in nouns if noun.name))
        tags = [token.tag for token in tokens]
        self.many = _HOW_MANY.search(text.lower()) is not None
        self.cells = self.many and "cell_noun" in tags
        self.rank: Literal["", "largest", "smallest"] = (
            "largest" if "largest" in tags else "smallest" if "smallest" in tags else ""
        )
        self.scope: Scope = "before" if "first_image" in tags else "after" if "second_image" in tags else "change"


@lru_cache(maxsize=4096)
def _question(text: str, classes: tuple[str, ...], synonyms: str) -> Asked:
    return Asked(text, classes, synonyms)


def _yes_or_no(asked: Asked, said: bool, token: Token, text: str) -> list[Claim]:
    moved = [
        replace(claim, span=(token.start, token.end), text=text[token.start : token.end], question=True)
        for claim in asked.claims
        if claim.kind not in ("class", "direction", "date")
    ]
    if said:
        return moved
    if len(moved) != 1:
        return []
    denied = negated(moved[0])
    return [denied] if denied is not None else []


def _short_answers(asked: Asked, parts: list[Notes], found: list[Claim], text: str) -> list[Claim]:
    """Numbers, shares, places and "none" that say nothing without the question."""
    subject = asked.classes[0] if len(asked.classes) == 1 else None
    claims: list[Claim] = []
    for notes in parts:
        if asked.many and len(asked.classes) < 2:
            for quantity, start, end in notes.numbers:
                claims.append(_count(asked, subject, quantity, start, end, text))
    if subject is None:
        return claims
    for number, claim in enumerate(found):
        if claim.kind == "size" and claim.subject is None and isinstance(claim.value, Quantity):
            found[number] = replace(claim, subject=subject, question=True, scope=asked.scope)
    for notes in parts:
        if not notes.nouns and not notes.numbers:
            claims += [_place(asked, subject, region, start, end, text) for region, start, end in notes.regions]
    return claims


def _count(asked: Asked, subject: str | None, quantity: Quantity, start: int, end: int, text: str) -> Claim:
    if asked.cells:
        value = replace(quantity, unit="cells")
        return Claim("position", subject, value, True, (start, end), text[start:end], question=True)
    return Claim("count", subject, quantity, True, (start, end), text[start:end], question=True)


def _place(asked: Asked, subject: str, region: Region, start: int, end: int, text: str) -> Claim:
    if asked.rank:
        return Claim("size", subject, Rank(asked.rank, region), True, (start, end), text[start:end], question=True)
    return Claim("position", subject, region, True, (start, end), text[start:end], question=True)
