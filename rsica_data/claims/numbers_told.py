"""Whether words say a count, a share or an area."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.marks import Mark, lowered, pattern
from rsica_data.claims.quote_words import Words

_BOUND = re.compile(
    r"\b(?:(?P<least>at least|no fewer than|no less than|a minimum of|minimum of)|"
    r"(?P<above>more than|over|above|exceed\w*|upwards of)|"
    r"(?P<most>at most|no more than|up to|a maximum of|not more than)|"
    r"(?P<below>fewer than|less than|under|below)|"
    r"(?P<about>about|around|roughly|approximately|some|nearly|almost|just over|just under|"
    r"a little (?:over|under)|close to|circa)|(?P<like>up from|down from))$"
)


_MANY = 10**9
_VAGUE: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("both", "a couple", "a pair"), (2, 2)),
    **dict.fromkeys(("a few", "few"), (2, 9)),
    "a handful": (3, 9),
    "several": (3, _MANY),
    "many": (4, _MANY),
    **dict.fromkeys(("numerous", "plenty", "lots", "a lot"), (5, _MANY)),
    **dict.fromkeys(("dozens", "scores"), (20, _MANY)),
}


def say_count(fact: Fact, words: Words) -> bool | None:
    value = int(fact.value)
    if fact.kind == "cell_objects" and not _in_cell(fact, words):
        return False
    if fact.kind in ("built_count", "removed_count"):
        wrong = words.of("removed" if fact.kind == "built_count" else "built")
        right = words.of("built" if fact.kind == "built_count" else "removed")
        both = {other.kind for other in words.facts} >= {"built_count", "removed_count"}
        if wrong and not (right and (both or words.asked)):
            return False
    if value == 0 and re.search(r"\bnot (?:zero|none|0)\b", words.low):
        return False
    numbers = _numbers_for(fact, words)
    plain = [mark for mark in numbers if mark.form != "article"]
    if fact.kind != "cell_count" and any(_OF_CELLS.match(words.low[mark.end :]) for mark in plain):
        return False
    if words.negated and numbers and all(mark.value == 1 for mark in numbers):
        return value == 0
    for mark in plain or numbers:
        bounded = within(mark, words, value)
        if bounded:
            return True
    if plain:
        return False
    if words.negated:
        return value == 0 and not [mark for mark in words.of("vague") if mark.value != "both"]
    if numbers:
        return value == 1
    vague = words.of("vague")
    if vague:
        low, high = next((limits for word, limits in _VAGUE.items() if vague[0].value.startswith(word)), (2, 10**9))
        return low <= value <= high
    named = [mark for mark in words.of("class") if mark.value == fact.args.get("cls", mark.value)]
    if fact.kind == "cell_objects" and words.of("place"):
        # Without a number it says that they lie there, and so all of them.
        return value == fact_count(fact.args["cls"], words)
    if not named and not words.of("built", "removed", "negation") and not re.search(r"\bchang|\bdiffer", words.low):
        return None
    if words.asked or not named:
        return value > 0
    return value >= (2 if named[0].form == "p" else 1)


_OF_CELLS = re.compile(r" (?:[\w-]+ )?(?:grid )?cells?\b")


def fact_count(name: str, words: Words) -> int | None:
    """The number of changed objects of a class, as the words' other facts or the list tell it."""
    return words.counts.get(name)


def _in_cell(fact: Fact, words: Words) -> bool:
    places = words.of("place")
    return not places or any(fact.args["cell"] in mark.value for mark in places)


def _numbers_for(fact: Fact, words: Words) -> list[Mark]:
    """The numbers that belong to the fact's class: those whose next class, else last class, is it."""
    numbers, named = words.of("number"), words.of("class")
    cls = fact.args.get("cls")
    if cls is None or len({mark.value for mark in named}) < 2:
        return numbers
    chosen = []
    for number in numbers:
        behind = [mark for mark in named if mark.start >= number.end]
        before = [mark for mark in named if mark.end <= number.start]
        near = (
            behind[0]
            if behind and (not before or _joined(words.low, number, behind[0]))
            else before[-1]
            if before
            else None
        )
        if near is not None and near.value == cls:
            chosen.append(number)
    return chosen


def _joined(text: str, number: Mark, named: Mark) -> bool:
    between = text[number.end : named.start]
    return len(between.split()) <= 4 and not re.search(r"[,.;:]|\band\b|\bwhile\b|\bbut\b", between)


_SPREADS = re.compile(r"\b(?:chang\w*|spread\w*|extend\w*|all|built|removed) over$")


def within(mark: Mark, words: Words, value: float, slack: float = 0.0) -> bool:
    """Whether a number, with the bound before it, holds of a value."""
    number = float(mark.value)
    before = words.low[max(mark.start - 28, 0) : mark.start].rstrip()
    bound = _BOUND.search(before) if "up from" not in before[-8:] else None
    behind = words.low[mark.end : mark.end + 14]
    if bound is not None and bound["above"] and _SPREADS.search(before):
        bound = None
    kind = (
        bound.lastgroup
        if bound
        else "about"
        if before.endswith("~")
        else "least"
        if re.match(r"\s*(?:\+|or more\b)", behind)
        else None
    )
    if slack and kind in ("least", "above", "most", "below") and not 0.66 <= (number or 1) / (value or 1) <= 1.5:
        return False
    if kind == "least":
        return value >= number - slack
    if kind == "above":
        return value > number - slack
    if kind == "most":
        return value <= number + slack
    if kind == "below":
        return value < number + slack
    if kind == "about":
        return abs(value - number) <= max(0.12 * value, slack, 1.0 if slack == 0.0 else 0.0)
    return abs(value - number) <= slack


def say_percent(fact: Fact, words: Words) -> bool | None:
    value = float(fact.value)
    shares = words.of("percent")
    if fact.kind in ("area_share", "total_share") and re.search(r"\bfrom [^,]*%? to\b", words.low) and len(shares) > 1:
        return False
    if shares and _DENIED.search(words.low) and not words.asked:
        return False
    if both_dates(fact, words):
        return _two_shares(fact, words, shares) if len(shares) == 2 else _any_share(value, words, shares)
    if _wrong_date(fact, words):
        return False
    return _any_share(value, words, shares)


_DENIED = re.compile(r"\b(?:not|never|no longer|\w+n't) (?:\w+ )?(?:cover|take|make|hold|fill|amount|change|occupy)")


def both_dates(fact: Fact, words: Words) -> bool:
    if fact.kind not in ("cover_before", "cover_after"):
        return False
    kinds = {other.kind for other in words.facts if other.args.get("cls") == fact.args["cls"]}
    return {"cover_before", "cover_after"} <= kinds


_EARLIER_LAST = re.compile(
    r"\b(?:instead of|up from|down from|against|compared (?:with|to)|after|before it was|over)(?: the)?(?: \w+)?\s*$"
)


def _two_shares(fact: Fact, words: Words, shares: Sequence[Mark]) -> bool:
    """Shares at both dates: the first is the earlier one but for "10 %, up from 8 %"."""
    turned = _EARLIER_LAST.search(words.low[: shares[1].start]) is not None
    number = (fact.kind == "cover_after") is not turned
    chosen = shares[1] if number else shares[0]
    both = {name for other in words.facts for name in other.classes}
    if len(both) > 1:
        return bool(_any_share(float(fact.value), words, shares))
    return bool(_any_share(float(fact.value), words, [chosen]))


def _any_share(value: float, words: Words, shares: Sequence[Mark]) -> bool | None:
    if not shares:
        return None
    return any(within(mark, words, value, percent_slack(mark, words, value)) for mark in shares)


def percent_slack(mark: Mark, words: Words, value: float) -> float:
    """How far a share may be from the value: half of the last digit that is told, more for "a third"."""
    digits = words.text[mark.start : mark.end]
    return max(2.0, 0.1 * value) if mark.form == "about" else 0.06 if "." in digits else 0.61


def counts_objects(mark: Mark, words: Words) -> bool:
    """Whether a number counts objects of a class: "two buildings", not "two cells with buildings"."""
    after = words.low[mark.end :]
    if re.match(r"(?: [\w-]+){0,3}? (?:cells?|parts?|places?|spots?|squares?|class\w*|kinds?|ones)\b", after):
        return False
    named = next((other for other in words.of("class") if other.start >= mark.end), None)
    if named is not None:
        between = words.low[mark.end : named.start]
        return len(between.split()) <= 3 and not re.search(r"[,.;:]", between)
    return bool(words.of("place"))


def _wrong_date(fact: Fact, words: Words) -> bool:
    side = {"cover_before": "before", "cover_after": "after"}.get(fact.kind)
    if side is None:
        return False
    other = "after" if side == "before" else "before"
    for text in (words.low, lowered(words.around)):
        here, there = pattern(side).search(text), pattern(other).search(text)
        if here or there:
            return there is not None and here is None
    return False


def say_area(fact: Fact, words: Words) -> bool | None:
    sizes = words.of("area")
    if not sizes:
        return None
    value = float(fact.value)
    return any(within(mark, words, value, area_slack(mark, words)) for mark in sizes)


def area_slack(mark: Mark, words: Words) -> float:
    """Half of the last digit that is told: square metres, or hundredths of a hectare."""
    return 60.0 if re.search(r"ha\b|hect", words.low[mark.start : mark.end]) else 0.6
