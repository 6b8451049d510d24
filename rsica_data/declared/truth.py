"""Whether words say a fact: one rule a type of value, over the marks of the words.

Each rule answers True (the words say the fact), False (they say something else of the same thing) or None (they do
not say it). Words are never parsed as a sentence: numbers, classes, places, directions, negations and comparisons decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from rsica_data.declared.cues import cue_of
from rsica_data.declared.licences import denies_change
from rsica_data.declared.listing import Fact
from rsica_data.declared.marks import Mark, lowered, marks_of, pattern
from rsica_data.declared.orders import from_to, is_reference, winner
from rsica_data.text.mentions import Synonyms

_BOUND = re.compile(
    r"\b(?:(?P<least>at least|no fewer than|no less than|a minimum of|minimum of)|"
    r"(?P<above>more than|over|above|exceed\w*|upwards of)|"
    r"(?P<most>at most|no more than|up to|a maximum of|not more than)|"
    r"(?P<below>fewer than|less than|under|below)|"
    r"(?P<about>about|around|roughly|approximately|some|nearly|almost|just over|just under|"
    r"a little (?:over|under)|close to|circa)|(?P<like>up from|down from))$"
)
_VAGUE: dict[str, tuple[int, int]] = {
    "both": (2, 2), "a couple": (2, 2), "a pair": (2, 2), "a few": (2, 9), "few": (2, 9), "a handful": (3, 9), "several": (3, 10**9), "many": (4, 10**9),
    "numerous": (5, 10**9), "dozens": (20, 10**9), "scores": (20, 10**9), "plenty": (5, 10**9), "lots": (5, 10**9), "a lot": (5, 10**9),
}  # fmt: skip
_SIZES = {"small": "small", "tiny": "small", "little": "small", "minor": "small", "modest": "small", "compact": "small", "medium": "medium",
          "medium-sized": "medium", "mid-sized": "medium", "middling": "medium"}  # fmt: skip
_FEWER = re.compile(r"\b(?:fewer|fewest|less|least|smaller|smallest|lowest)\b")
_EQUAL = re.compile(r"\b(?:equal(?:ly)?|as many|as much|same number|the same|tied?|even)\b")


@dataclass(frozen=True)
class Words:
    """The words of a quote, or of a question that a yes or no answers.

    Attributes:
        text: the words.
        classes: names of the pair's classes.
        subject: the class that was named last before, where the words name none.
        asked: they are a question.
        around: the text of the clause on both sides, which tells the date where the words do not.
        sentence: the sentence that they stand in.
        at: where they stand in it.
        question: what the text answers.
        facts: all facts that the words are marked with.
        counts: changed objects by class.
        steady: classes that cover the same share at both dates.
        synonyms: further words for classes.
    """

    text: str
    classes: tuple[str, ...]
    subject: str | None = None
    asked: bool = False
    around: str = ""
    sentence: str = ""
    at: int = 0
    question: str = ""
    facts: tuple[Fact, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    steady: frozenset[str] = frozenset()
    synonyms: Synonyms = ()

    @cached_property
    def low(self) -> str:
        return lowered(self.text)

    @cached_property
    def marks(self) -> list[Mark]:
        return marks_of(self.text, self.classes, self.synonyms)

    def of(self, *kinds: str) -> list[Mark]:
        """The marks of some kinds."""
        return [mark for mark in self.marks if mark.kind in kinds]

    def like(self, text: str) -> Words:
        """Another text about the same classes."""
        return Words(text, self.classes, synonyms=self.synonyms)

    @property
    def named(self) -> list[str]:
        """The classes that the words name, each once, in order."""
        return list(dict.fromkeys(mark.value for mark in self.of("class")))

    @property
    def negated(self) -> bool:
        """Whether an odd meaning of no stands in the words."""
        return bool(self.of("negation"))


def has_cue(fact: Fact, words: Words) -> bool:
    """Whether the words, their sentence or their question tell which of several like facts is meant."""
    asked = words.like(words.question)
    named = set(words.named) or set(asked.named)
    places = words.of("place") or [*words.like(words.sentence).of("place"), *asked.of("place")]
    around = lowered(f"{words.sentence} {words.around} {words.question}")
    clause = lowered(f"{words.around} {words.question}")
    single = words.counts.get(str(fact.args.get("cls"))) == 1
    return cue_of(
        fact,
        words.low,
        around,
        named,
        places=[mark.value for mark in places],
        single=single,
        named_here=bool(words.named),
        before=_before(words),
        clause=clause,
        steady=_both_dates(fact, words) or str(fact.args.get("cls")) in words.steady,
    )


def _before(words: Words) -> str:
    """What stands before the words in their sentence, lower case."""
    return lowered(words.sentence[: words.at])


def _shared(fact: Fact, words: Words) -> bool:
    """Whether another fact of the words ties the fact's class to the classes that they name."""
    tied = {name for other in words.facts if len(other.classes) > 1 for name in other.classes}
    return set(fact.classes) <= tied and set(words.named) <= tied


def says(fact: Fact, words: Words) -> bool | None:
    """Whether the words say the fact (True), something else of the same thing (False), or nothing of it (None)."""
    if fact.classes and words.named and fact.type not in ("class", "any_class", "class_or_equal", "classes"):
        about = {fact.args[key] for key in ("cls", "a", "b") if key in fact.args}
        if about and not about & set(words.named) and not _shared(fact, words):
            return False
    if not has_cue(fact, words):
        return None
    own = _OWN.get(fact.kind)
    return own(fact, words) if own is not None else _BY_TYPE[fact.type](fact, words)


# Numbers


def _count(fact: Fact, words: Words) -> bool | None:
    value = int(fact.value)
    if fact.kind == "cell_objects" and not _in_cell(fact, words):
        return False
    if fact.kind in ("built_count", "removed_count"):
        wrong = words.of("removed" if fact.kind == "built_count" else "built")
        if wrong and not words.of("built" if fact.kind == "built_count" else "removed"):
            return False
    numbers = _numbers_for(fact, words)
    plain = [mark for mark in numbers if mark.form != "article"]
    if fact.kind != "cell_count" and any(_OF_CELLS.match(words.low[mark.end :]) for mark in plain):
        return False
    if words.negated and numbers and all(mark.value == 1 for mark in numbers):
        return value == 0
    for mark in plain or numbers:
        bounded = _within(mark, words, value)
        if bounded:
            return True
    if plain:
        return False
    if words.negated:
        return value == 0
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


def _within(mark: Mark, words: Words, value: float, slack: float = 0.0) -> bool:
    """Whether a number, with the bound before it, holds of a value."""
    number = float(mark.value)
    before = words.low[max(mark.start - 28, 0) : mark.start].rstrip()
    bound = _BOUND.search(before) if "up from" not in before[-8:] else None
    behind = words.low[mark.end : mark.end + 14]
    kind = (
        bound.lastgroup
        if bound
        else "about"
        if before.endswith("~")
        else "least"
        if re.match(r"\s*(?:\+|or more\b)", behind)
        else None
    )
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


def _percent(fact: Fact, words: Words) -> bool | None:
    value = float(fact.value)
    shares = words.of("percent")
    if _both_dates(fact, words):
        return _two_shares(fact, words, shares) if len(shares) == 2 else _any_share(value, words, shares)
    if _wrong_date(fact, words):
        return False
    return _any_share(value, words, shares)


def _both_dates(fact: Fact, words: Words) -> bool:
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
    for mark in shares:
        digits = words.text[mark.start : mark.end]
        slack = max(2.0, 0.1 * value) if mark.form == "about" else 0.06 if "." in digits else 0.61
        if _within(mark, words, value, slack):
            return True
    return False


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


def _area(fact: Fact, words: Words) -> bool | None:
    sizes = words.of("area")
    if not sizes:
        return None
    value = float(fact.value)
    return any(_within(mark, words, value, _area_slack(mark, words)) for mark in sizes)


def _area_slack(mark: Mark, words: Words) -> float:
    """Half of the last digit that is told: square metres, or hundredths of a hectare."""
    return 60.0 if re.search(r"ha\b|hect", words.low[mark.start : mark.end]) else 0.6


# Places


def _cells(fact: Fact, words: Words) -> bool | None:
    cells, places = set(fact.value), words.of("place")
    if fact.kind in ("built_cells", "removed_cells"):
        wrong = words.of("removed" if fact.kind == "built_cells" else "built")
        if wrong and not words.of("built" if fact.kind == "built_cells" else "removed"):
            return False
    if not places:
        if words.negated:
            return not cells
        numbers = [mark for mark in words.of("number") if mark.form != "article"]
        return any(_within(mark, words, len(cells)) for mark in numbers) if numbers else None
    if words.negated:
        return not any(set(mark.value) & cells for mark in places)
    for mark in places:
        shared = set(mark.value) & cells
        if not shared or (
            len(mark.value) > 1 and not words.asked and not _is_list(mark, words) and 2 * len(shared) < len(cells)
        ):
            return False
        if _is_list(mark, words) and not set(mark.value) <= cells:
            return False
        if len(mark.value) == 9 and len(cells) < 6:
            return False
    if re.search(r"\bonly|just|solely|exclusively|nowhere else|alone\b", words.low):
        return cells <= {cell for mark in places for cell in mark.value}
    return True


def _is_list(mark: Mark, words: Words) -> bool:
    """Whether a place is cells named one by one, and no region."""
    text = words.low[mark.start : mark.end]
    named = len(
        re.findall(
            r"\b(?:top|upper|bottom|lower|center|centre|central|middle|north|south)[- ]?\w*[- ](?:left|right|cent(?:er|re)|central|middle|east|west)",
            text,
        )
    )
    return named >= len(mark.value)


def _cell(fact: Fact, words: Words) -> bool | None:
    places = words.of("place")
    if not places:
        return None
    inside = all(fact.value in mark.value and len(mark.value) <= 3 for mark in places)
    return inside is not words.negated


# Choices


def _direction(fact: Fact, words: Words) -> bool | None:
    came, went = bool(words.of("built", "grew")), bool(words.of("removed", "shrank"))
    if came is went:
        return None
    return (came is (fact.value == "built")) is not words.negated


def _side(first: str, second: str) -> Callable[[Fact, Words], bool | None]:
    either = re.compile(rf"\b(?:({first})|({second}))")

    def rule(fact: Fact, words: Words) -> bool | None:
        found = [("first" if match[1] else "second", match.start()) for match in either.finditer(words.low)]
        if not found:
            return None
        won = winner(words.low, [(start, name) for name, start in found])
        if won is not None and _FEWER.search(words.low):
            won = "second" if won == "first" else "first"
        is_first = fact.value in ("left", "top", "before", "above")
        return None if won is None else (won == "first") is is_first

    return rule


_ROWS = re.compile(
    r"\b(?:(top|upper|north)|(bottom|lower|south)|(left|west)|(right|east))|(?:(?<=north)|(?<=south))(?:(west)|(east))"
)


def _growth(fact: Fact, words: Words) -> bool | None:
    sides = {
        ("top", "bottom", "left", "right", "left", "right")[match.lastindex - 1]
        for match in _ROWS.finditer(words.low)
        if match.lastindex
    }
    if not sides:
        return None
    return sides == set(fact.value.split())


_RELATION = re.compile(r"\b(?:(left|west)|(right|east)|(above|north|over)|(below|south|beneath|under))\b")


def _relative(fact: Fact, words: Words) -> bool | None:
    found = [
        ("left", "right", "above", "below")[match.lastindex - 1]
        for match in _RELATION.finditer(words.low)
        if match.lastindex
    ]
    if len(set(found)) != 1:
        return None
    turned = {"left": "right", "right": "left", "above": "below", "below": "above"}
    wanted = str(fact.value)
    marks = words.of("class")
    references = [mark.value for mark in marks if is_reference(words.low, mark.start)]
    if references:
        is_b = references[0] == fact.args["a"]
    else:
        named = words.named or words.like(words.question).named
        is_b = bool(named) and named[0] == fact.args["b"]
    if is_b:
        wanted = turned[wanted]
    return (found[0] == wanted) is not words.negated


def _cover_more(fact: Fact, words: Words) -> bool | None:
    grew, shrank = bool(words.of("grew", "built")), bool(words.of("shrank", "removed"))
    if re.search(r"\b(?:same|keep|kept|hold|held|steady|constant|stable|unchanged)\b", words.low):
        return False
    if grew is not shrank:
        return grew is (fact.value == "after")
    found = [(match.start(), side) for side in ("before", "after") for match in pattern(side).finditer(words.low)]
    lost = re.search(
        r"\bthan (?:it |they )?(?:\w+ )?(?:(before|in the first|in the earlier|earlier)|(after|in the second|in the later|later|now))",
        words.low,
    )
    won = ("after" if lost[1] else "before") if lost else winner(words.low, sorted(found))
    if won is None:
        return None
    if _FEWER.search(words.low):
        won = "before" if won == "after" else "after"
    return won == fact.value


def _spread(fact: Fact, words: Words) -> bool | None:
    text = re.sub(
        r"(?:rather than|instead of|not) [\w-]+(?: together| in one (?:place|spot)| out)?|all together", " ", words.low
    )
    wide = re.search(r"scatter|spread|dispers|apart|strewn|dotted", text) is not None
    close = re.search(r"concentrat|cluster|group|bunch|together|one (?:place|spot|area)", text) is not None
    if wide is close:
        return None
    denied = re.search(r"\b(?:no|not|n't|never|neither)\b", text) is not None
    return (wide is (fact.value == "scattered")) is not denied


def _size(fact: Fact, words: Words) -> bool | None:
    sizes = {_SIZES.get(mark.value, "large") for mark in words.of("size")}
    if len(sizes) != 1:
        return None
    return (sizes == {fact.value}) is not words.negated


# Classes


def _class(fact: Fact, words: Words) -> bool | None:
    named = words.named
    if fact.value == "equal":
        return True if _EQUAL.search(words.low) else (False if words.of("compare") else None)
    options = {fact.args[key] for key in ("a", "b") if key in fact.args}
    if fact.kind in ("more_objects", "more_area"):
        if _EQUAL.search(words.low):
            return False
        found = [(mark.start, mark.value) for mark in words.of("class") if not options or mark.value in options]
        won = winner(words.low, found)
        if won is None:
            return None
        if _FEWER.search(words.low) and options:
            won = next(iter(options - {won}), won)
        return won == fact.value
    if fact.kind in ("most_gained", "most_lost"):
        wrong = words.of("shrank", "removed") if fact.kind == "most_gained" else words.of("grew", "built")
        right = words.of("grew", "built") if fact.kind == "most_gained" else words.of("shrank", "removed")
        if wrong and not right:
            return False
    if not named:
        return None
    return (named[-1 if fact.kind == "nearest_class" else 0] == fact.value) is not words.negated


def _changed_into(fact: Fact, words: Words) -> bool | None:
    """``became``, ``was_before`` and ``transition``: the order of two classes, or the one that was asked for."""
    if fact.kind == "transition":
        old, new = fact.args["a"], fact.args["b"]
    else:
        old, new = (fact.args["cls"], fact.value) if fact.kind == "became" else (fact.value, fact.args["cls"])
    shares = words.of("percent")
    if shares and fact.kind == "transition" and _percent(replace(fact, kind="total_share"), words) is False:
        return False
    named = words.named
    if len(named) < 2:
        if named and named[0] not in (old, new):
            return False
        return _changed_in_context(fact, words, old, new)
    order = from_to(words.low, [(mark.start, mark.end, mark.value) for mark in words.of("class")])
    if order is None or order != (old, new):
        return None if order is None else False
    return fact.kind == "transition" or not _MOSTLY.search(words.low) or _qualified(words, named[0] == old) == fact.kind


_MOSTLY = re.compile(r"\b(?:most|mostly|mainly|predominantly|chiefly|primarily|majority|bulk|largely)\b")


def _qualified(words: Words, old_first: bool) -> str:
    """Of which class most is told: "X mostly became Y" is of X, "Y came mostly in place of X" of Y."""
    first = next(iter(words.of("class")), None)
    old = words.facts[0].args.get("cls") if words.facts and words.facts[0].kind == "became" else None
    own = first is not None and (first.value == old or len(words.named) > 1)
    if first is not None and own and old_first and _MOSTLY.search(words.low[max(first.start - 14, 0) : first.start]):
        return "was_before"
    return "became" if old_first and not re.search(r"\bbefore\b|\bthere\b", words.low) else "was_before"


def _changed_in_context(fact: Fact, words: Words, old: str, new: str) -> bool | None:
    """One class of a change alone: the other stands next to it in the sentence, or in the question."""
    whole = words.like(words.sentence or words.text)
    order = _nearest_order(words, whole, {old, new})
    if order is not None:
        if order != (old, new) or fact.kind == "transition" or not _MOSTLY.search(words.low):
            return order == (old, new)
        first = old if words.named and words.named[0] == new else new if words.named else None
        old_first = first == old if _before(words) and first is not None else words.named[:1] == [old]
        return _qualified(words, old_first) == fact.kind
    if words.of("grew", "shrank") or re.search(r"\b(?:gain|lost|los[et])", words.low):
        return False if fact.kind != "transition" else None
    around = set(words.like(words.question).named) | {words.subject}
    if words.of("replace", "percent") or re.search(r"\b(?:before|previously|there|mostly|mainly|largely)\b", words.low):
        around |= set(whole.named)
    missing = {old, new} - set(words.named)
    if not missing <= around:
        return None
    if not words.named:
        return True if words.of("percent") else None
    if words.of("built", "removed") and not words.of("replace"):
        return words.named[0] == (new if words.of("built") else old)
    return words.named[0] == fact.value if fact.kind != "transition" else True


def _nearest_order(words: Words, whole: Words, wanted: set[str]) -> tuple[str, str] | None:
    """(old, new) by the sentence around a quote that names one of two classes."""
    start = words.at
    end = start + len(words.text)
    marks = [mark for mark in whole.of("class") if mark.value in wanted]
    inside = [mark for mark in marks if start <= mark.start < end]
    before = [mark for mark in marks if mark.start < start and (not inside or mark.value != inside[0].value)]
    behind = [mark for mark in marks if mark.start >= end and (not inside or mark.value != inside[0].value)]
    chosen = [*before[-1:], *inside, *(() if before else behind[:1])]
    if len({mark.value for mark in chosen}) < 2:
        return None
    return from_to(whole.low, [(mark.start, mark.end, mark.value) for mark in chosen])


_SPLIT = re.compile(r",|\band\b|\bwhile\b|\bbut\b|\bwhereas\b|\bwith\b")
_TOLD = re.compile(r"\bchang|\bunchanged|\bbuilt\b|\bremoved\b|\bsame\b|\bstay|\bremain|\bdifferent")


def _mixed(words: Words) -> bool:
    """Whether one class is said to have changed and another not."""
    told = []
    for clause in _SPLIT.split(words.text):
        part = words.like(clause)
        if part.named and _TOLD.search(part.low):
            told.append(part.negated)
    return len(set(told)) > 1


def _classes(fact: Fact, words: Words) -> bool | None:
    value, named = set(fact.value), set(words.named)
    if _mixed(words) or (fact.kind == "unchanged_classes" and words.of("built", "removed") and not words.asked):
        return False
    negated = words.negated or denies_change(lowered(words.question))
    if negated and not words.asked and not words.named and words.negated:
        return not value or re.search(r"\b(?:both|all|every|each|neither)\b", words.low) is not None and len(value) > 1
    flipped = negated is (fact.kind == "changed_classes")
    if not named:
        everything = re.search(r"\b(?:both|all|every|each)\b", words.low)
        if everything:
            return (value == set(words.classes) or len(value) >= 2) is not flipped
        return not value if words.negated else None
    if flipped:
        return not named & value
    if words.asked:
        return named <= value
    return named <= value and (not re.search(r"\bonly|just|solely|alone|exclusively\b", words.low) or named == value)


# Others


def _any_change(fact: Fact, words: Words) -> bool | None:
    return fact.value is not words.negated


def _border(fact: Fact, words: Words) -> bool | None:
    if not words.of("edge") and not re.search(r"\btouch|\breach|\bcut", words.low):
        return None
    return fact.value is not words.negated


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def _date(fact: Fact, words: Words) -> bool | None:
    days = words.of("date")
    return all(_same_day(mark.value, str(fact.value)) for mark in days) if days else None


def _same_day(told: str, day: str) -> bool:
    year = re.search(r"(?:19|20)\d\d", told)
    if year is None or not day.startswith(year[0]):
        return False
    month = next((f"{number:02d}" for number, name in enumerate(_MONTHS, 1) if name in told), None)
    iso = re.fullmatch(r"\d{4}-(\d\d)(?:-(\d\d))?", told)
    if iso:
        return day.startswith(told)
    if month is None:
        return True
    number = re.search(r"(?<!\d)(\d{1,2})(?!\d)", told.replace(year[0], ""))
    return day[5:7] == month and (number is None or day[8:10] == f"{int(number[1]):02d}")


_STOP = set(
    "the a an of in on at to and or is are was were be been being has have had there it its this that these those with "
    "from by as for into which where while some several many few both all more most than then also now image images scene "
    "scenes picture area areas part side place between two first second later earlier before after can seen see visible "
    "anywhere nowhere since because yes still really overall whole shows show compared one over along near next newly new".split()
)


def _stems(text: str) -> set[str]:
    return {
        re.sub(r"(?:ings?|ed|es|s|e)$", "", word)[:6]
        for word in re.findall(r"[a-z]{3,}", lowered(text))
        if word not in _STOP
    }


def _caption(fact: Fact, words: Words) -> bool | None:
    """Much the same words: every content word, number, class, place and direction stands in the sentence."""
    source = words.like(str(fact.value))
    if words.negated is not source.negated:
        return False
    told = _clauses(source)
    return all(any(_within_clause(part, clause) for clause in told) for part in _clauses(words))


def _clauses(source: Words) -> list[Words]:
    """The clauses of a sentence that hold a verb of change each; all of it where there is none."""
    parts, held = [], ""
    for part in re.split(r"(,| and | while | but )", source.text):
        held += part
        if source.like(held).of("built", "removed", "replace", "grew", "shrank"):
            parts.append(held)
            held = ""
    if held and parts:
        parts[-1] += held
    return [source.like(part) for part in parts or [source.text]]


def _within_clause(words: Words, source: Words) -> bool:
    for kind in ("number", "place"):
        have = [mark.value for mark in source.of(kind)]
        if any(mark.value not in have and mark.form != "article" for mark in words.of(kind)):
            return False
    for kind in ("built", "removed"):
        if words.of(kind) and not source.of(kind):
            return False
    if not set(words.named) <= set(source.named):
        return False
    own = _stems(words.text)
    for mark in words.of("class", "built", "removed", "number", "place"):
        own -= _stems(words.text[mark.start : mark.end])
    return own <= _stems(source.text)


Rule = Callable[[Fact, Words], bool | None]
_OWN: dict[str, Rule] = {
    "any_change": _any_change,
    "border": _border,
    "direction": _direction,
    "left_or_right": _side("left", "right"),
    "top_or_bottom": _side("top|upper", "bottom|lower"),
    "growth_direction": _growth,
    "relative_position": _relative,
    "cover_more": _cover_more,
    "spread": _spread,
    "largest_size": _size,
    "became": _changed_into,
    "was_before": _changed_into,
    "transition": _changed_into,
    "caption": _caption,
}
_BY_TYPE: dict[str, Rule] = {
    "count": _count,
    "percent": _percent,
    "area": _area,
    "cells": _cells,
    "cell": _cell,
    "class": _class,
    "any_class": _class,
    "class_or_equal": _class,
    "classes": _classes,
    "date": _date,
}


def told_by(facts: Sequence[Fact], words: Words) -> bool | None:
    """Whether the words say all of the facts; False before None."""
    verdicts: list[Any] = [says(fact, words) for fact in facts]
    return False if False in verdicts else None if None in verdicts else True
