"""Free text to claims, without a language model."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.asking import extent, settle_there
from rsica_data.claims.emit import Emitter
from rsica_data.claims.frames import plain
from rsica_data.claims.lexicon import vocabulary
from rsica_data.claims.models import Claim
from rsica_data.claims.nouns import Notes, Noun
from rsica_data.claims.questions import Asked, read_question, short_answers, stand_for, yes_or_no
from rsica_data.claims.reader import Reader
from rsica_data.claims.references import both, resolve
from rsica_data.claims.tokens import Token, flatten, sentences, tokenize


def extract(text: str, classes: Sequence[str], question: str | None = None, *, synonyms: str = "") -> list[Claim]:
    """Claims of a text, in its order.

    Args:
        text: one or more sentences; markup, bullets and JSON of the tasks' forms are understood.
        classes: the dataset's class names.
        question: what the text answers; "yes", "3" and "top left" are read with it.
        synonyms: further words for classes, YAML in the form of ``synonyms.yaml``.

    Never raises, whatever the text; every span lies inside it.
    """
    said = plain(flatten(text))
    return [said.claim(claim, text) for claim in _extract(said.text, classes, question, synonyms)]


def _extract(text: str, classes: Sequence[str], question: str | None, synonyms: str) -> list[Claim]:
    tokens = resolve(tokenize(text, vocabulary(tuple(classes), synonyms)))
    marks = [token for token in tokens[:-1] if token.tag == "end" and token.value == "?"]
    if marks:
        # A text that asks itself: "Which is it? The roads."
        own = text[: marks[-1].end].strip()
        question = own if question is None else question
        tokens = [token for token in tokens if token.start >= marks[-1].end]
    asked = read_question(question, tuple(classes), synonyms) if question is not None else None
    said, body = _answer(tokens, asked)
    if asked is not None and not asked.compare:
        body = both(body, asked.classes)
    notes = _read(body)
    named = asked.classes if asked is not None else None
    if asked is not None:
        settle_there(notes, body, asked.regions)
    if named is not None and len(named) == 1:
        stand_for(notes, named[0], single=asked is not None and not asked.where)
    found = [claim for part in notes for claim in Emitter(text, part, named).claims()]
    if asked is None:
        return found
    if said is not None and asked.yes_no:
        if asked.extent and said and named is not None:
            found += extent(text, named[0], found)
        return yes_or_no(asked, said, tokens[0], text) + found
    if said is False:
        notes.append(Notes(none=True))
    return short_answers(asked, notes, found, text)


def _read(tokens: list[Token]) -> list[Notes]:
    notes: list[Notes] = []
    antecedent: Noun | None = None
    for sentence in sentences(tokens):
        notes.append(Reader(sentence, antecedent).read())
        named = [noun for noun in notes[-1].nouns if noun.kind == "class" and not noun.landmark]
        antecedent = named[-1] if len({noun.name for noun in named}) == 1 else None if named else antecedent
    return notes


_ELLIPSIS = frozenset({"scene", "pronoun", "auxiliary", "not", "end", "none", "class", "verb", "x"})


def _elliptic(tokens: list[Token]) -> bool | None:
    """They have; it has not; there is none: yes or no in other words."""
    tags = [token.tag for token in tokens if token.tag != "end"]
    there = tags[:1] == ["verb"] and tokens[0].value == "exist"
    if not tags or len(tags) > 4 or not set(tags) <= _ELLIPSIS or "verb" in tags[1:]:
        return None
    if not there and "auxiliary" not in tags:
        return None
    if tags[-1] not in ("auxiliary", "not", "none") and not (there and len(tags) == 1):
        return None
    return not {"not", "none"} & set(tags)


def _answer(tokens: list[Token], asked: Asked | None) -> tuple[bool | None, list[Token]]:
    """A leading yes or no, and the tokens behind it."""
    if not tokens:
        return None, tokens
    first = tokens[0]
    ends = len(tokens) == 1 or tokens[1].tag in ("mark", "end")
    if first.tag == "yes":
        return True, tokens[1:]
    if first.tag == "false" or (first.tag == "no" and first.value == "no" and ends):
        return False, tokens[1:]
    if asked is not None and asked.yes_no:
        if first.tag in ("not", "none") and len(tokens) < 8:
            return False, []
        said = _elliptic(tokens)
        if said is not None:
            return said, []
    return None, tokens
