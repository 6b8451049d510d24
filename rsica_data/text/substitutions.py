"""Words of an answer that mean others of it or of the question, put in their place before it is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.class_names import plural
from rsica_data.text.mentions import mentions
from rsica_data.text.positions.places import PLACE, mark_places

_OF_TWO = re.compile(
    r"\bthe (?:(?P<former>former)|latter)\b(?: (?:one|ones|class|category|type|kind)\b)?"
    # An adjective ("the former woodland") means no class.
    r"(?=\s*(?:$|[.,;:)(=]|-)|\s+(?:has|have|had|is|are|was|were|did|do|does|in|on|at|and|or|but|by|with|against|to|than|"
    r"changed?|covers?|shows?|now|only|also|both|none|no|not|\d|one|two|three|from|stays?|stayed|remains?|remained)\b)",
    re.IGNORECASE,
)


def with_former_and_latter(answer: str, classes: Sequence[str], mark: str = "") -> str:
    """An answer with "the former" and "the latter" as the classes that they mean.

    They are the two classes that the answer named before, in their order there, and where it named none those of the
    question. Where it named one of two, or two places, they stay. ``mark`` is put in front of each.

    >>> with_former_and_latter("2 of the former and 10 of the latter.", ("road", "building"))
    '2 of the roads and 10 of the buildings.'
    """
    first = _OF_TWO.search(answer)
    if first is None or len(classes) < 2:
        return answer
    before = answer[: first.start()].lower()
    named = list(dict.fromkeys(mention.name for mention in mentions(before, classes)))
    if not named and len(classes) == 2 and not PLACE.search(mark_places(before)):
        named = list(classes)
    if len(named) != 2 or (mark and re.search(r"\b(?:in|at|on) $", before)):
        return answer
    former, latter = (f"{mark}the {plural(name.replace('_', ' '))}" for name in named)
    return _OF_TWO.sub(lambda match: former if match["former"] else latter, answer)


_ZERO = re.compile(r"\W{0,3}(?:0|zero|none|nil)\s*(?:[,;:.]|-\s)\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_LEADING = re.compile(r"\W{0,3}(?P<number>\d{1,6})[.)]\s+(?=[A-Z\"'(])(?P<rest>.*)", re.DOTALL)
_MARKED = re.compile(r"(?:^|(?<=[\s(]))\d{1,2}[.)]\s")
_ONE = re.compile(
    r"\W*(?:just|only|exactly)\s+(?:the\s+)?one\b\s*(?:[:.,;!]|-\s|$)(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)


def with_leading_number(answer: str, classes: Sequence[str]) -> str:
    """An answer on one class whose first number, put outright, is written as the whole: "16. The parcel ..".

    >>> with_leading_number("16. The parcel is now an estate.", ("building",))
    'In total 16 building. The parcel is now an estate.'
    """
    if len(classes) != 1:
        return answer
    name = classes[0].replace("_", " ")
    if (one := _ONE.match(answer)) is not None:
        return f"In total 1 {name}. {one['rest'].strip()}"
    if (zero := _ZERO.match(answer)) is not None and zero["rest"].strip():
        return f"In total 0 {name}. {zero['rest']}"
    match = _LEADING.match(answer)
    if match is None or len(_MARKED.findall(answer)) > 1:
        return answer
    return f"In total {match['number']} {name}. {match['rest']}"
