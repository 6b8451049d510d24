"""Wording that gives away where an answer was taken from: captions, masks, prompts, the machine that wrote it."""

from __future__ import annotations

import re

_SOURCE = (
    r"captions?|masks?|annotations?|labels?|metadata|meta data|json|prompts?|ground[- ]truths?|references?|facts|"
    r"reference \w+|bounding box(?:es)?|"
    r"provided (?:\w+ )?(?:information|data|descriptions?|text|details|input|context)|"
    r"(?:input|given|supplied|structured) (?:information|data|descriptions?|facts|text|details)"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:according to|based (?:up)?on|as (?:stated|given|described|listed|noted|mentioned|indicated|per|shown) "
        rf"(?:in|by|by the)?|given|from|per|in|using|judging (?:by|from)) (?:the |your |these |this |all )?"
        rf"(?:\w+ ){{0,2}}(?:{_SOURCE})\b",
        rf"\b(?:the|these|this|your) (?:\w+ ){{0,3}}(?:{_SOURCE}) (?:above |below )?"
        r"(?:shows?|says?|states?|indicates?|lists?|mentions?|describes?|gives?|reports?|tells?|suggests?|provided|given|"
        r"specif(?:y|ies)|confirms?|does not|do not|doesn't|don't|contains?|includes?|reveals?)\b",
        r"\bground[- ]truth\b",
        r"\b(?:bounding[- ]box(?:es)?|bbox(?:es)?)\b(?: coordinates)?(?: (?:given|provided|listed|are|is))?",
        r"\bas an? (?:ai|artificial intelligence|language model|large language model|assistant)\b",
        r"\b(?:the|this|your|a) json\b|\bjson (?:object|data|file|input)\b",
        r"\bchange ?flag\b|\bchange mask\b|\bsegmentation masks?\b|\bpixel (?:mask|labels?)\b",
        r"\bprovided (?:facts|captions?|masks?|annotations?|metadata|information|data|descriptions?|details)\b",
        r"\bi (?:was|am|have been) (?:given|provided|told)\b|\byou (?:provided|gave|supplied)\b",
        r"\bi (?:can ?not|can't|am unable to|do not have the ability to) (?:see|view|access) (?:the )?"
        r"(?:images?|pictures?)\b",
        r"\bconnected components?\b|\bhuman annotators?\b|\bannotators?\b|\bmetadata\b",
    )
)


def leaks(text: str) -> tuple[str, ...]:
    """Phrases of a text that leak its source, in order ("according to the caption"); "the image shows" is none."""
    straight = text.replace("’", "'")
    spans = sorted((match.start(), -match.end()) for pattern in _PATTERNS for match in pattern.finditer(straight))
    phrases: list[str] = []
    reach = -1
    for start, minus_end in spans:
        if start >= reach:
            phrases.append(text[start:-minus_end])
            reach = -minus_end
    return tuple(phrases)
