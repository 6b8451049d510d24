"""Letters of multiple choice in replies: the one reader of them.

A letter is read from "B", "(b)", "B.", "option B", "the answer is (B)", "B. buildings" and fields of a structure; an
option may be named by its text as well. The article "a" is no letter. A letter beside the text of another option is no
answer, nor are several letters where one is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from rsica_data.schema import Unparsed
from rsica_data.text.normalized.cleaning import conclusion
from rsica_data.text.normalized.literals import structures_in

LETTERS = "ABCDEFGHIJ"
_NAME = r"(?:options?|answers?|choices?|letters?|选项|答案)"
_RIGHT = r"(?: (?:is|are) (?:right|correct|true))?"
_LONE = re.compile(
    rf"\W*(?:the |only )?(?:(?:correct|right|best|final) )?{_NAME}?\W*(?P<letter>[a-j])\W*?{_RIGHT}\W*", re.IGNORECASE
)
_LIST = re.compile(
    rf"\W*(?:the )?(?:(?:correct|right|best|final) )?{_NAME}?(?: (?:is|are))?\W*"
    rf"(?P<letters>[a-j](?:\W{{1,8}}(?:(?:and|or)\W{{1,4}})?[a-j](?![a-z]))+)\W*?{_RIGHT}\W*",
    re.IGNORECASE,
)
_SHORT = 200
"""Characters of a text that may be nothing but letters."""
_RUN = re.compile(r"\W*(?P<run>[A-J]{2,10})\W*")
_DENIED = re.compile(
    rf"\b(?i:not|rather than|instead of|eliminat\w+|rul\w+ out|exclud\w+|neither|nor|unlike)\s+(?i:{_NAME} )?"
    rf"\(?(?:[A-J]|[b-j])\b\)?|(?i:{_NAME} )?\(?\b[A-J]\)? (?:is|are|was) (?:wrong|incorrect|false|out|not)\b[^.;,]*"
)
# "The answer is a road" has an article: a small "a" is a letter in brackets alone.
_SAID = re.compile(
    rf"\b(?i:{_NAME})\b\W{{0,3}}(?i:is|are|was|be|would be|should be|must be|will be)?\W{{0,4}}"
    r"(?P<letter>[A-J]|[b-j])(?![\w'])|\((?P<framed>[A-Ja-j])\)|"
    r"(?i:\b(?:choose|pick|select|go with|it is|it's|but))\s+(?P<chosen>[A-J])(?![\w'])"
)
_LED = re.compile(r"^[\s>#-]*\(?(?P<letter>[A-Ja-j])(?:[.):]|\s-)\s*(?P<rest>.*)$", re.MULTILINE)
_KEYS = ("answer", "answers", "choice", "choices", "option", "options", "letter", "letters", "final_answer", "result")
_SEVERAL = re.compile(r"(?<=[a-rt-z]{2})s$")
_WITHOUT = re.compile(r"\b(?:not|except|neither|nor|without|apart from|other than|instead of|rather than)\b|n't\b")
_ORDER = re.compile(r"[*_`]{1,3}")


def lone_letter(text: str, count: int) -> int | None:
    """The place of the letter that a short text is: "(b)", "Option B."; None where it is none of ``count`` options.

    Example:
        >>> lone_letter("Option (b).", 3), lone_letter("b", 1), lone_letter("a road", 3)
        (1, None, None)
    """
    match = _LONE.fullmatch(text)
    place = LETTERS.index(match["letter"].upper()) if match else count
    return place if place < count else None


def read_letters(answer: str, options: Sequence[str], several: bool = False) -> list[int] | Unparsed:
    """The places of the options that an answer chooses, in order.

    Args:
        answer: an answer without its frames.
        options: their texts, A first.
        several: more than one may be right.

    Example:
        >>> options = ["roads", "buildings", "trees"]
        >>> read_letters("The best choice is (B) buildings.", options), read_letters("Trees", options)
        ([1], [2])
        >>> read_letters("A and C", options, several=True)
        [0, 2]
    """
    text = _ORDER.sub("", _field(answer))
    places = next((attempt for attempt in _attempts(text, options) if attempt), [])
    if not places or (len(places) > 1 and not several):
        last = conclusion(text)
        last_places = [] if last is None else next((attempt for attempt in _attempts(last, options) if attempt), [])
        places = last_places or places
    if not places:
        return Unparsed("no option")
    if len(places) > 1 and not several:
        return Unparsed("several options")
    if _contradicted(text, places, options):
        return Unparsed("a letter beside the text of another option")
    return places


def _field(answer: str) -> str:
    """The value of the field that holds the answer, where the answer is a structure."""
    for value in structures_in(answer):
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            return ", ".join(value)
        if isinstance(value, dict):
            keys = {str(key).strip().lower().replace(" ", "_"): part for key, part in value.items()}
            held: Any = next((keys[key] for key in _KEYS if key in keys), None)
            if isinstance(held, list):
                return ", ".join(map(str, held))
            if held is not None:
                return str(held)
    return answer


def _attempts(text: str, options: Sequence[str]) -> Iterator[list[int]]:
    """Ways to read an answer, the surest first."""
    count = len(options)
    whole = _same(text)
    yield [place for place, option in enumerate(options) if _same(option) == whole]
    short = text if len(text) <= _SHORT else ""
    lone = lone_letter(short, count)
    yield [] if lone is None else [lone]
    yield _listed(short, count)
    run = _RUN.fullmatch(short)
    # "AC" is two letters; "BAD" is a word.
    yield _places(run["run"], count) if run and list(run["run"]) == sorted(set(run["run"])) else []
    kept = _DENIED.sub(" ", text)
    remaining = lone_letter(kept, count) if short else None
    yield [] if remaining is None else [remaining]
    yield _listed(kept, count) if short else []
    yield _places([match["letter"] for match in _LED.finditer(kept)], count)
    letters = [match["letter"] or match["framed"] or match["chosen"] for match in _SAID.finditer(kept)]
    yield _places(letters, count)
    # "Roads, but not trees" names what is wrong as well.
    yield [] if _WITHOUT.search(kept.lower()) else named_options(kept, options)


def _listed(text: str, count: int) -> list[int]:
    """The places of the letters of a text that is nothing but a list of them."""
    listed = _LIST.fullmatch(text)
    return _places(re.findall(r"(?<![a-z])[a-j](?![a-z])", listed["letters"], re.IGNORECASE), count) if listed else []


def _places(letters: Sequence[str], count: int) -> list[int]:
    places = sorted({LETTERS.index(letter.upper()) for letter in letters})
    return places if places and places[-1] < count else []


def named_options(text: str, options: Sequence[str]) -> list[int]:
    """The places of the options that a text names as whole words, in order.

    Example:
        >>> named_options("mostly low vegetation", ["vegetation", "low vegetation", "0", "0 to 10"])
        [1]
    """
    words, places = _same(text), set()
    # Long ones first: "low vegetation" holds "vegetation", and "0 to 10" holds "0".
    for name, place in sorted(_names(options).items(), key=lambda item: -len(item[0])):
        pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?![\w.]*\d)(?!\w)")
        if pattern.search(words):
            places.add(place)
            words = pattern.sub(" ", words)
    return sorted(places)


def _names(options: Sequence[str]) -> dict[str, int]:
    """What names an option, and its place: its text, of "ground areas" also "ground", of "trees" also "tree"."""
    names = {_same(option): place for place, option in enumerate(options)}
    short: dict[str, set[int]] = {}
    for text, place in names.items():
        for name in (re.sub(r" areas?$", "", text), _SEVERAL.sub("", text)):
            short.setdefault(name, set()).add(place)
    further = {name: places.pop() for name, places in short.items() if len(places) == 1 and name not in names}
    return {name: place for name, place in (names | further).items() if name}


def _contradicted(text: str, places: Sequence[int], options: Sequence[str]) -> bool:
    """Whether a letter stands directly before the text of an option that was not chosen: "B. trees"."""
    texts = _names(options)
    return any(texts.get(_same(match["rest"]), places[0]) not in places for match in _LED.finditer(text))


def _same(text: str) -> str:
    return " ".join(text.replace("_", " ").lower().split()).strip(" .,;:!\"'").strip()
