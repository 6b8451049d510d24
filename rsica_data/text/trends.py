"""Replies to questions on a series of images: which image, between which two, whether an amount rose.

Images are named by number ("image 3", "the third image", "3"), by place ("the last one") or by their date; of a text
that names several, what it concludes counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rsica_data.text.normalized.cleaning import conclusion
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import plain, read_yes_no

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_CARDINALS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_NAME = r"(?:images?|pictures?|photos?|scenes?|frames?|dates?|img|no\.?|number|#)"
_NAMED = re.compile(
    rf"\b{_NAME}[\s_-]?#?(?P<many>\d{{1,2}}(?:(?:[\s,&→–>-]|and|to){{1,8}}{_NAME}?\s?\d{{1,2}})*)(?![\w%]|\.\d)|"
    rf"\b(?P<ordinal>{'|'.join(_ORDINALS)}|last|final|latest|earliest|\d{{1,2}}(?:st|nd|rd|th))\b(?! \d)"
)
_BARE = re.compile(r"(?<![\w.])(?P<number>\d{1,2})(?!\w|\s?%| percent|\.\d)")
_COUNTED = re.compile(rf"\b{_NAME} (?:{'|'.join(_CARDINALS)})\b")
_CARDINAL = re.compile(rf"\b(?:{'|'.join(_CARDINALS)})\b")
_INTERVAL = re.compile(
    rf"\b(?:interval|step|period|gap)\s?#?(?P<number>\d{{1,2}})\b|\b(?P<ordinal>{'|'.join(_ORDINALS)}|last|final) "
    r"(?:interval|step|period|gap)\b"
)
# "It first reaches 20 % in image 3": when, not which.
_FIRST_TIME = re.compile(
    r"\bfirst(?= (?:time|reach\w*|exceed\w*|pass\w*|cover\w*|cross\w*|hits?|meets?|met|gets?|got|goes|went|rises?|"
    r"above|at least|has|have|is|was|were)\b)|\b(?:at first|first of all)\b"
)
_NOT_IN = re.compile(
    rf"\b(?:not|nor|neither|rather than|instead of)(?: yet)?(?: (?:in|at|the))*(?: {_NAME}[\s#]*\d{{1,2}}|"
    rf" (?:{'|'.join(_ORDINALS)}|last|final|latest|earliest)\b)(?:(?:,|\s|or|and|nor|in|{_NAME})+\d{{1,2}}\b)*"
)
_DATE = re.compile(r"\b(?:19|20)\d\d(?:[-./]\d{1,2}){0,2}\b")


def images_named(text: str, count: int, dates: Sequence[str] = ()) -> list[int]:
    """The numbers of the images that a text names, in order and each once.

    Args:
        text: an answer without its frames.
        count: how many images there are.
        dates: the date of each, ``2018-05`` or ``2018-05-01``; empty where they were not given.

    Example:
        >>> images_named("In the third image.", 5), images_named("In May 2018.", 2, ["2018-01", "2018-05"])
        ([3], [2])
    """
    words = _NOT_IN.sub(" ", _FIRST_TIME.sub(" ", plain(text)))
    if _COUNTED.search(words):
        words = _CARDINAL.sub(lambda match: str(_CARDINALS.index(match[0]) + 1), words)
    by_date = [place for at, place in sorted(_dated(words, dates))]
    bare = _DATE.sub(" ", words)
    named = by_date or list(_named(bare, count)) or [int(match["number"]) for match in _BARE.finditer(bare)]
    return list(dict.fromkeys(number for number in named if 1 <= number <= count))


def _dated(words: str, dates: Sequence[str]) -> Iterator[tuple[int, int]]:
    for place, date in enumerate(dates, 1):
        year, _, rest = date.partition("-")
        month, _, _ = rest.partition("-")
        forms = [re.escape(date)]
        if month and sum(other.startswith(f"{year}-{month}") for other in dates) == 1:
            name = _MONTHS[int(month) - 1] if 1 <= int(month) <= 12 else month
            forms += [rf"{year}[-./]{month}(?![-./]\d)", rf"{name[:3]}[a-z]*\.?,? {year}", rf"{month}/{year}"]
        if sum(other.startswith(year) for other in dates) == 1:
            forms.append(rf"(?<![-./\d]){year}(?![-./]\d)")
        yield from ((match.start(), place) for match in re.finditer(rf"(?<!\d)(?:{'|'.join(forms)})(?!\d)", words))


def _named(words: str, count: int) -> Iterator[int]:
    for match in _NAMED.finditer(words):
        if match["many"]:
            yield from (int(digits) for digits in re.findall(r"\d+", match["many"]))
        else:
            yield _ordinal(match["ordinal"], count)


def _ordinal(word: str, count: int) -> int:
    if word[0].isdigit():
        return int(re.sub(r"\D", "", word))
    if word in ("last", "final", "latest"):
        return count
    return 1 if word == "earliest" else _ORDINALS.index(word) + 1


def image_named(text: str, count: int, dates: Sequence[str] = ()) -> int | None:
    """The one image that a text names, or that it concludes with; None where there is no such one.

    Example:
        >>> image_named("Image 2 has few, image 3 more. Therefore: image 3.", 4), image_named("2 or 3", 4)
        (3, None)
    """
    for part in (text, conclusion(plain(text)) or ""):
        named = images_named(part, count, dates)
        if len(named) == 1:
            return named[0]
    return None


def interval_named(text: str, count: int, dates: Sequence[str] = ()) -> tuple[int, int] | None:
    """The two images between which a text says that something was; None where it names no two.

    Example:
        >>> interval_named("Between images 2 and 3.", 5), interval_named("the third interval", 5)
        ((2, 3), (3, 4))
    """
    for part in (text, conclusion(plain(text)) or ""):
        words = plain(part)
        match = _INTERVAL.search(words)
        if match is not None:
            number = int(match["number"]) if match["number"] else _ordinal(match["ordinal"], count - 1)
            if 1 <= number < count:
                return number, number + 1
        named = images_named(part, count, dates)
        if len(named) == 2:
            return min(named), max(named)
    return None


def says_never(text: str) -> bool:
    """Whether a text says that something was at no date."""
    return word_pattern("trends.never").search(plain(text)) is not None


def has_risen(text: str) -> bool | None:
    """Whether a text says that an amount rose; None where it does not tell, or says both.

    Example:
        >>> has_risen("Yes."), has_risen("It declined."), has_risen("The area did not increase.")
        (True, False, False)
    """
    answer = read_yes_no(text)
    if answer is not None:
        return answer
    words = plain(text)
    if word_pattern("trends.same").search(words):
        return False
    directions = {_is_true(words, match.start()) for match in word_pattern("trends.rose").finditer(words)}
    if word_pattern("trends.fell").search(words):
        directions.add(False)
    return directions.pop() if len(directions) == 1 else None


def _is_true(words: str, at: int) -> bool:
    before = " ".join(words[:at].split()[-3:])
    return word_pattern("trends.denial").search(before) is None
