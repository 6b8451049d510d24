"""Orders of numbered things in replies: "2, 1, 3", "image 2 < image 1 < image 3", "second, first, third", "B, A, C".

The one reader of them. A reply has to name each once; where it names some more often, as in a text that weighs them
first, the last line or sentence that names each once counts. An order that is said to begin with the latest is turned.
"""

from __future__ import annotations

import re

from rsica_data.schema import Unparsed

_WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CARDINALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DATE = re.compile(r"\b(?:19|20)\d\d(?:[-./]\d{1,2}){0,2}\b|\bt\s?=\s?\d+\b", re.IGNORECASE)
_MARKER = re.compile(r"^[^\S\n]*(?:[-*•][^\S\n]*)?\(?\d{1,2}[.):][^\S\n]+(?=.*?(?:\d|\b[A-J]\b))", re.MULTILINE)
_NAME = r"(?:images?|pictures?|photos?|scenes?|frames?|dates?|img|no\.?|number|#)"
_NUMBER = re.compile(
    rf"(?<![\w.])(?:{_NAME}[\s_-]?\#?)?(?P<number>\d{{1,2}})(?:st|nd|rd|th)?(?![\w%]|\.\d)", re.IGNORECASE
)
_LETTER = re.compile(r"(?<![\w'])(?P<letter>[A-J])(?![\w'])")
_RUN = re.compile(r"\W*(?P<run>\d{3,9})\W*")
_TURNED = re.compile(
    r"\b(?:latest|newest|most recent|last)\b[^.;\n\d]{0,30}\b(?:first|to (?:the )?(?:earliest|oldest|first))\b|"
    r"\breversed? (?:chronological|order)|\bbackwards?\b|\bdescending\b|"
    r"\b(?:start|begin)\w* (?:with|from|at) the (?:latest|newest|most recent|last)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"←|\bpreceded by\b|\bfollows\b|\b(?:is|was|comes|came|taken) after\b|\b(?:later|newer|more recent) than\b",
    re.IGNORECASE,
)
"""Between two numbers, it says that the second was earlier."""
_ENDS = r"(?P<label>earliest|oldest|first|latest|newest|most recent|last)"
_LABELLED = (
    re.compile(rf"\b{_ENDS}\b[^\d\n;,.]{{0,25}}?(?:{_NAME}\s*)?(?P<number>\d{{1,2}})\b", re.IGNORECASE),
    re.compile(rf"\b(?P<number>\d{{1,2}})(?: (?:is|was|came|comes|being))?(?: the)?(?: | ?\(){_ENDS}\b", re.IGNORECASE),
)
_RANKED = re.compile(
    rf"\b(?:{_NAME}\s*)?(?P<number>\d{{1,2}})\s*(?:[:=]|is|was|came|comes)\s*(?:the )?"
    rf"(?P<rank>{'|'.join(_WORDS)}|\d{{1,2}}(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)


def read_order(answer: str, count: int) -> list[int] | Unparsed:
    """The order in which a text names the numbers from 1 to ``count``. Never raises.

    Args:
        answer: an answer without its frames.
        count: how many there are, 2 to 24.

    Example:
        >>> read_order("Image 2, then image 3 and image 1.", 3), read_order("312", 3), read_order("C, A, B", 3)
        ([2, 3, 1], [3, 1, 2], [3, 1, 2])
    """
    text = _DATE.sub(" ", answer)
    ranked = {int(match["number"]): _rank(match["rank"].lower()) for match in _RANKED.finditer(text)}
    if sorted(ranked) == sorted(ranked.values()) == list(range(1, count + 1)):
        return sorted(ranked, key=lambda number: ranked[number])
    parts = [text, *reversed([part for part in re.split(r"\n|(?<=[.:!?])\s", text) if part.strip()])]
    for part in (_MARKER.sub("", text), *parts):
        named = _named(part, count)
        if sorted(named) == list(range(1, count + 1)):
            return _checked(named, text, turned=len(_AFTER.findall(part)) >= count - 1)
    return Unparsed("no order that names each image once")


def _rank(word: str) -> int:
    return int(word[:-2]) if word[0].isdigit() else _WORDS.index(word) + 1


def _named(text: str, count: int) -> list[int]:
    """The numbers that a text names, from 1 to ``count``, in its order."""
    run = _RUN.fullmatch(text)
    if run is not None and len(run["run"]) == count:
        return [int(digit) for digit in run["run"]]
    numbers = [int(match["number"]) for match in _NUMBER.finditer(text)]
    if numbers:
        return [number for number in numbers if 1 <= number <= count]
    letters = ["ABCDEFGHIJ".index(match["letter"]) + 1 for match in _LETTER.finditer(text)]
    if len(letters) >= count:
        return letters
    for words in (_WORDS, _CARDINALS):
        known = words[:count]
        numbers = [known.index(word) + 1 for word in re.findall(r"[a-z]+", text.lower()) if word in known]
        if len(numbers) >= count:
            return numbers
    return []


def _checked(named: list[int], text: str, turned: bool) -> list[int] | Unparsed:
    """The order from the earliest on, of one that may begin with the latest; unread where labels contradict it."""
    order = named[::-1] if turned or _TURNED.search(text) else named
    labels = {
        (match["label"].lower() in ("earliest", "oldest", "first"), int(match["number"]))
        for match in (labelled for pattern in _LABELLED for labelled in pattern.finditer(text))
        if int(match["number"]) in order
    }
    if labels == {(True, order[-1]), (False, order[0])}:
        return order[::-1]
    if not labels <= {(True, order[0]), (False, order[-1])}:
        return Unparsed("an order that its own words contradict")
    return order
