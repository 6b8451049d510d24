"""Replies that give a whole number: objects of a class, of all classes, cells.

A corrected number counts ("8... sorry, 7"), a total before its parts, a number said of cells where cells are counted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rsica_data.schema import ParseContext, Unparsed
from rsica_data.tasks.open_qa.replies.cells import cell_numbers, grid_of
from rsica_data.tasks.open_qa.replies.common import NONE, cannot_tell, headed_lines
from rsica_data.text.amounts.counts import read_counts
from rsica_data.text.amounts.numbers import settle_numbers
from rsica_data.text.clauses import without_dates
from rsica_data.text.mentions import mentions
from rsica_data.text.positions.places import PLACE, mark_places
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import DOUBT, plain, read_change

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_LEAD = re.compile(
    r"\W{0,12}(?:(?:yes|there (?:are|is)|i (?:see|count)|it is|the (?:total|answer|number|count)(?:"
    r" \w{1,20}){0,4} is|(?:total|answer)\W)\W{0,12}){0,4}(\d{1,9})\b(?!\.\d)"
)
_TOTAL_FIRST = re.compile(
    r"(?:=|\btotal(?:s|ling|ing)?(?: of| is|:)?|\bin (?:total|all)[,:]?|\baltogether\b,?|\bi\.e\.,?|"
    r"\boverall\b,?|\bsum\b\D{0,6}|"
    r"\b(?:gives?|giving|makes?|making|adds? up to|adding up to|sums? (?:up )?to|comes? (?:up )?to|amounts?"
    r" to|equals?|that's|yields?|leaves?)\b)\s*(?:\w+ ){0,3}?(\d{1,9})\b(?!\.\d)"
)
_TOTAL_LAST = re.compile(r"\b(\d{1,9})\s*(?:\w+ ){0,4}?(?:in (?:total|all)|altogether|overall)\b")
_CELLS = re.compile(
    r"\b(\d)\s+(?:(?!of\b|\d)\w+ ){0,3}?(?:cells?|squares|parts|sectors|ninths)\b|\bcells?\W{1,3}(\d)\b|"
    r"\b(\d)\s+of\s+(?:them|the (?:grid|cells))"
)
_NUMBER = re.compile(r"(?<![\w.:])\d{1,9}(?![\w.]*\d)")
_OF_OTHERS = (
    "a number without its class",
    "no count of a known class",
    "a class without a number",
    "an amount without a number",
)
"""Reasons why the counts of all classes are not read that need not touch the class of the question."""
_NINTH = re.compile(r"\b(?:of|out of) (?:the |all )?(?:9|nine)\b|\b3 ?x ?3\b|/ ?9\b")


def read_count(answer: str, kind: Kind, context: ParseContext) -> int | Unparsed:
    """A whole number, by what the question counts."""
    answer = re.sub(r"(?i)\b(only|just) one(?=\W*$)", r"\1 1", corrected(answer))
    added = re.fullmatch(r"\W*(\d{1,6}(?:\s*\+\s*\d{1,6}){1,8})\W*", answer)
    if added:
        return sum(int(number) for number in added[1].split("+"))
    if context.question.kind == "class_count":
        return _count_of_class(answer, context)
    if context.question.kind == "cell_count":
        return _count_of_cells(answer, context)
    return _count_of_all(answer, context.classes)


def corrected(answer: str) -> str:
    """What follows the last "sorry", "no wait", "make that", where it holds a number of its own.

    >>> corrected("Looks like 8... sorry, I counted one twice, it's 7.")
    " I counted twice, it's 7."
    """
    marks = list(
        re.finditer(
            r"(?i)(?:\.\.\.|…|,|-|\.)\s*(?:sorry|no,? wait|wait|correction|scratch that|make that|rather|i mean|or"
            r" rather|let me correct(?: that| this| it| myself)?)\b[,:]?",
            answer,
        )
    )
    if not marks:
        return answer
    rest = answer[marks[-1].end() :]
    numbers = re.findall(r"\d+", settle_numbers(re.sub(r"(?i)\bone (?:\w+ ){0,2}twice\b", " ", rest.lower())))
    return (
        re.sub(r"(?i)\b(?:counted|counting) one(?: \w+)? twice\b", "counted twice", rest)
        if len(set(numbers)) == 1
        else answer
    )


def _count_of_class(answer: str, context: ParseContext) -> int | Unparsed:
    cls = context.question.args["cls"]
    counts = read_counts(answer, context.classes)
    if isinstance(counts, dict) and cls in counts:
        return counts[cls]
    if isinstance(counts, dict) and not mentions(plain(answer), (cls,)):
        return Unparsed("a number of another class")
    if isinstance(counts, Unparsed) and counts.reason not in _OF_OTHERS:
        return cannot_tell(answer, counts.reason)
    counts = read_counts(answer, (cls,))
    return counts[cls] if isinstance(counts, dict) else cannot_tell(answer, counts.reason)


def _count_of_all(answer: str, classes: tuple[str, ...]) -> int | Unparsed:
    settled = settle_numbers(without_dates(plain(answer)))
    numbers = [int(digits) for digits in _NUMBER.findall(settled)]
    if len(numbers) == 1 or (len(set(numbers)) == 1 and not _parts_alone(numbers, answer, classes)):
        return numbers[0]
    if numbers:
        return sum(numbers) if _parts_alone(numbers, answer, classes) else _total(numbers, settled)
    return _no_number(answer)


def _parts_alone(numbers: list[int], answer: str, classes: tuple[str, ...]) -> bool:
    """Whether a reply's only numbers are one for each of several classes."""
    counts = read_counts(answer, classes)
    return isinstance(counts, dict) and len(counts) > 1 and sorted(counts.values()) == sorted(numbers)


def _no_number(answer: str) -> int | Unparsed:
    text = plain(answer)
    if (NONE.search(text) and not DOUBT.search(text)) or read_change(answer) is False:
        return 0
    return cannot_tell(answer, "no number")


def _total(numbers: list[int], text: str) -> int | Unparsed:
    marked = _TOTAL_FIRST.findall(text) + _TOTAL_LAST.findall(text)
    if len(set(marked)) == 1:
        return int(marked[0])
    for whole in dict.fromkeys(numbers):
        if sum(numbers) == 2 * whole:
            return whole
    if marked and sum(numbers) != 2 * int(marked[-1]) and word_pattern("choices.conclusion").search(text):
        return int(marked[-1])
    lead = _LEAD.match(text)
    if lead and int(lead[1]) >= max(numbers):
        return int(lead[1])
    if len(numbers) == 2 and re.search(r"\d\D{1,60}\band\b\D{1,60}\d", text) and "|" not in text:
        return sum(numbers)
    return Unparsed("several numbers")


def _count_of_cells(answer: str, context: ParseContext) -> int | Unparsed:
    text = _NINTH.sub(" ", plain(answer))
    if re.fullmatch(
        r"\W*(?:in )?(?:all|every one)(?: nine| 9)?(?: of (?:them|the (?:cells|nine)))?(?: cells)?\W*", text
    ):
        return 9
    settled = settle_numbers(text)
    if (but := re.search(r"\b(?:all|every one) (?:but|except)(?: for)? (\d)\b(?! of)", settled)) is not None:
        return 9 - int(but[1])
    counts = {value for match in _CELLS.finditer(settled) for value in match.groups() if value}
    if len(counts) == 1 and not PLACE.search(mark_places(re.sub(r"\d", " ", settled))):
        return int(counts.pop())
    counts = {
        match[1] or match[2] for match in re.finditer(r"\b(\d)\s+(?:\w+ )?cells\b|\bcells?\W{1,3}(\d)\b", settled)
    }
    if len(counts) == 1:
        return int(counts.pop())
    grid = grid_of(answer) or cell_numbers(answer)
    places = PLACE.findall(mark_places(text))
    numbers = [int(digits) for digits in _NUMBER.findall(settle_numbers(without_dates(_NINTH.sub(" ", plain(answer)))))]
    if grid is not None and (len(grid) == 9 or places) and not counts:
        return sum(value > 0 for value in grid.values())
    if re.search(r"\b(?:unchanged|no change|not changed|the same)\b", text) and read_change(answer) is False:
        return 0
    if len(set(numbers)) == 1:
        return numbers[0]
    if places and not numbers:
        return 0 if read_change(answer) is False else len({digit for mark in places for digit in mark})
    if numbers:
        return _total(numbers, settled)
    yes = sum(len(re.findall(r"\byes\b", line)) for line in headed_lines(answer))
    return yes if yes > 1 else _no_number(answer)
