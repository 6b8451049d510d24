"""The former, the latter, both, neither: the classes that they stand for."""

from __future__ import annotations

from collections.abc import Sequence

from rsica_data.claims.lexicon import ClassWord
from rsica_data.claims.tokens import Token

_THINGS = frozenset({"class", "object", "new", "scene"})


def resolve(tokens: list[Token]) -> list[Token]:
    """Tokens with "the former" and "the latter" replaced by the two classes that were named last."""
    if not any(token.value in ("former", "latter") for token in tokens):
        return tokens
    named: list[Token] = []
    found: list[Token] = []
    for at, token in enumerate(tokens):
        if token.tag == "class":
            named = [*[near for near in named if near.value.name != token.value.name][-1:], token]
        follow = tokens[at + 1].tag if at + 1 < len(tokens) else ""
        alone = at > 0 and tokens[at - 1].value == "the" and follow not in _THINGS
        if token.value in ("former", "latter") and alone and len(named) == 2:
            class_ = named[token.value == "latter"]
            token = Token("class", class_.value, token.start, token.end)
        found.append(token)
    return found


def both(tokens: list[Token], names: Sequence[str]) -> list[Token]:
    """An answer that begins with "both have" or "neither has", with the two classes of its question in their place."""
    if len(names) != 2 or len(tokens) < 2 or tokens[0].value not in ("both", "neither"):
        return tokens
    if tokens[1].tag not in ("auxiliary", "verb"):
        return tokens
    start, end = tokens[0].start, tokens[0].end
    first, second = (Token("class", ClassWord(name, "word"), start, end) for name in names)
    if tokens[0].value == "both":
        return [first, Token("and", "and", start, end), second, *tokens[1:]]
    return [tokens[0], first, Token("nor", "nor", start, end), second, *tokens[1:]]
