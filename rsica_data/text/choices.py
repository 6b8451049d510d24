"""Which one of several options a reply chooses: the loser of a comparison, a denied option and an aside are left out.

Works on a text in which the options are marked ``‹O1›``: classes, sides, cells, sizes are all read alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from rsica_data.text.cleaning import conclusion
from rsica_data.text.mentions import mark_classes

_O = r"‹O\d+›"
_OPTION = re.compile(r"‹O(\d+)›")
_LIST = rf"(?:(?:the|a|an|any|changed|new|on|in|at|of|former|old|those|ones?|half|halves|one|side|part|cell)\s+)*{_O}(?:s\b)?(?:(?:\s*(?:,|and|or|nor|/|&)\s*)+(?:(?:the|in|a|on)\s+)*{_O})*"
_LESS = re.compile(
    rf"\b(?:fewer|less|smaller|lower|lesser|least|weaker)\b(?P<before>[^.;]*?)\b(?:than|compared (?:to|with)|as opposed to)\s+(?P<winner>[^.;]*?{_O})"
)
_PASSIVE = re.compile(
    rf"(?P<loser>{_O})(?P<mid>[^.;‹]*\b(?:outnumbered|exceeded|surpassed|dwarfed|overtaken|outweighed|beaten)\s+by\b)"
)
_ACTIVE = re.compile(
    rf"(\b(?:outnumber|exceed|surpass|outweigh|dwarf|overtake|outstrip|beat)(?:s|ed)?\b[^.;‹]*)(?:{_LIST})"
)
_LOSERS: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\bneither\b[^.;:‹]*{_LIST}(?:\s*,?\s*nor\b[^.;:‹]*?{_LIST})*",
        rf"(?:\bnot\b|n't\b|\bno\b|\bnever\b|\brather than\b|\binstead of\b|\bas opposed to\b|\bcompared (?:to|with)\b|\bversus\b|\bvs\.?|\bin contrast to\b|\bunlike\b|\bthan\b|\bat the expense of\b|"
        rf"\bahead of\b|\bfollowed by\b|\bbesides\b|\bapart from\b|\bin addition to\b|\bdespite\b|\bin spite of\b|\bmore so than\b|\bover(?= the ‹| ‹))"
        rf"(?:\s+(?!but\b)(?:\w+)){{0,5}}?\s+{_LIST}",
        rf"\b(?:with|and|plus)\s+(?:only\s+)?(?:a|some|the)?\s*(?:small(?:er)?|minor|few|little|rest|remainder|remaining|bit|narrow|some|lesser)\b[^.;]*",
        rf"\b(?:although|though|while|whereas|even though|whilst|even if)\b[^.;,]*{_O}[^.;,]*(?:,|$)",
        rf"\b(?:where|on which|in which|when|before|after)\s+(?:\w+\s+){{0,3}}?{_O}\s+(?:\w+\s+){{0,2}}(?:stood|stand|stands|grew|were|was|are|is|lay|lie|lies|used to|appeared|have|has)\b",
        rf"\b(?:second|next|runner-up|third)\b\W*:?\s*{_O}[^.;\n]*",
        rf"{_O}(?=[^.;,‹]*\b(?:isn't|is not|are not|aren't|wasn't|was not|were not|weren't|did not|didn't|has not|have not|haven't|hasn't|unchanged|unaffected|untouched|stayed|remained|come second|comes second|less|fewer|hardly|barely|only (?:a|one|a few))\b)",
    )
)  # fmt: skip
_MOSTLY = re.compile(r"\b(?:most(?:ly)?|mainly|primarily|predominantly|largely|chiefly|principally|majority|bulk|biggest|largest|greatest|main|above all|dominant\w*|clearly|nearest|closest|more)\b")  # fmt: skip
_FIELD = re.compile(
    rf"(?:^|\||\n)\s*(?:[\w -]{{0,30}}\b)?(?:answer|class|category|larger|largest|bigger|winner|most\w*|more|value|result|nearest|closest|nearest object|choice|option|selected|direction|relation|position|side|half|size|spread|distribution|pattern|dominant|major\w*|cell|location|date|when|after|now|became|becomes|replaced by|before|was|previous(?:ly)?|greater|gained|lost|increase|decrease)(?:\b[\w -]{{0,20}})?\s*[:=]\s*[\"']?(?:the |mostly |mainly )?(?P<value>{_O})\W*(?=$|\||\n)"
)


def mark_options(text: str, words: Mapping[int, Sequence[str]]) -> str:
    """A lower-case text with the options' words (regular expressions) marked, longest first."""
    pattern, numbers = _pattern(tuple((number, tuple(forms)) for number, forms in words.items()))

    def replace(match: re.Match[str]) -> str:
        return f"‹O{next(numbers[name] for name, value in match.groupdict().items() if value is not None)}›"

    return pattern.sub(replace, text)


@lru_cache(maxsize=256)
def _pattern(words: tuple[tuple[int, tuple[str, ...]], ...]) -> tuple[re.Pattern[str], dict[str, int]]:
    every = sorted(((form, number) for number, forms in words for form in forms), key=lambda entry: -len(entry[0]))
    numbers = {f"o{place}": number for place, (_, number) in enumerate(every)}
    body = "|".join(f"(?P<o{place}>{form})" for place, (form, _) in enumerate(every))
    return re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])"), numbers


def mark_class_options(text: str, names: Sequence[str]) -> str:
    """A lower-case text with the classes that it names marked as options."""
    return re.sub(r"‹C(\d+)[spg]›", r"‹O\1›", mark_classes(text, names))


def choose(marked: str, without: frozenset[int] = frozenset()) -> int | None:
    """The option that a marked text chooses; None where it names none, or several between which nothing decides.

    >>> choose("the ‹O0› half has seen less change than the ‹O1› one")
    1
    >>> choose("not ‹O0› but ‹O1›")
    1
    """
    marked = re.sub(
        r"\((?=[^()]*‹)[^()]*\)",
        lambda match: match[0] if re.fullmatch(rf"\(?\W*{_O}\W*\)?", match[0]) else " ",
        marked,
    )
    whole = _only(set(map(int, _OPTION.findall(marked))) - without)
    if whole is not None and not re.search(
        rf"\b(?:not|neither)\b[^.;‹]*{_O}|{_O}[^.;‹]*\b(?:is|are|was|were)(?: not|n't)\b", marked
    ):
        return whole
    fields = {int(match["value"][2:-1]) for match in _FIELD.finditer(marked)} - without
    if len(fields) == 1:
        return fields.pop()
    tail = conclusion(marked)
    sentences = [part for part in re.split(r"(?<=[.!?;])\s+|\n+|\s-\s", marked) if _OPTION.search(part)]
    for part in (*((tail,) if tail else ()), *sentences[:1], marked, *reversed(sentences)):
        chosen = _decide(part, without)
        if chosen is not None:
            return chosen
    return None


def _only(options: set[int]) -> int | None:
    return next(iter(options)) if len(options) == 1 else None


def _decide(text: str, without: frozenset[int]) -> int | None:
    less = _LESS.search(text)
    if less is not None:
        winner = _OPTION.findall(less["winner"])
        if winner:
            return int(winner[-1]) if int(winner[-1]) not in without else None
    text = _PASSIVE.sub(lambda match: match["mid"], text)
    text = _ACTIVE.sub(r"\1", text)
    for pattern in _LOSERS:
        text = pattern.sub(" ", text)
    options = [int(value) for value in _OPTION.findall(text) if int(value) not in without]
    if len(set(options)) == 1:
        return options[0]
    mostly = _MOSTLY.search(text)
    if mostly is not None and options:
        after = [int(v) for v in _OPTION.findall(text[mostly.end() :]) if int(v) not in without]
        before = [int(v) for v in _OPTION.findall(text[: mostly.start()]) if int(v) not in without]
        if (
            len(set(before)) == 1
            and re.search(rf"{_O}[^.;,]*$", text[: mostly.start()])
            and not re.match(r"\w*\s+(?:\w+\s+){0,3}‹", text[mostly.end() - 1 :])
        ):
            return before[0]
        if after:
            return after[0]
        if before:
            return before[-1]
    return None
