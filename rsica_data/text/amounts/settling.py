"""One number for a class from all that an answer says of it.

In this order: the changed ones picked out of all; an explicit whole or conclusion; the number that is said of a change;
the difference of the earlier and the later image; "none"; one object that is said to have changed. Numbers in one
sentence or in the items of one list that tell of different objects add up, unless the first is the sum of the others;
what was added and what was taken away add up; two numbers that both claim to be the answer cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rsica_data.schema import Unparsed
from rsica_data.text.statement import Statement

TWO_COUNTS = Unparsed("two different counts of a class")
NO_NUMBER = Unparsed("an amount without a number")


def settle(statements: Sequence[Statement]) -> int | Unparsed | None:
    """The count that the statements on one class give; None where they give none.

    >>> settle([Statement(0, "number", 3, "changed", sentence=1), Statement(0, "number", 1, "changed", sentence=1)])
    4
    """
    kept = [s for s in statements if not s.disowned] or list(statements)
    numbers = [s for s in kept if s.kind == "number"]
    if picked := _of(numbers, "picked"):
        return _one([s.value for s in picked], _whole_of)
    if any(s.alternative and s.role != "total" for s in numbers) and not _of(numbers, "total"):
        return TWO_COUNTS
    if totals := _of(numbers, "total"):
        return _total(totals, numbers)
    changed, plain = _of(numbers, "changed"), _of(numbers, "plain")
    if _is_open(kept):
        return NO_NUMBER
    if changed:
        return _combined(_with_items(changed, plain))
    before, after = (_by_sentence(_of(numbers, role)) for role in ("before", "after"))
    zero = any(s.kind == "zero" for s in kept)
    if before and after and not plain:
        difference = abs(next(iter(after)) - next(iter(before)))
        return difference if len(before) == len(after) == 1 else 0 if zero and before == after else TWO_COUNTS
    if (rest := _without_kept(kept, numbers)) is not None:
        return rest
    if any(s.kind == "single" for s in kept) and not plain and all(s.value for s in kept if s.kind == "zero"):
        return 1
    if zero and not any(s.whole and s.value for s in plain):
        return 0
    if plain:
        return _combined(plain)
    if details := _of(numbers, "detail"):
        return sum(s.value for s in details)
    if after:
        return next(iter(after)) if len(after) == 1 else TWO_COUNTS
    return _without_number(kept)


def _without_kept(kept: Sequence[Statement], numbers: Sequence[Statement]) -> int | Unparsed | None:
    """The rest of all, where some of them did not change: "12 houses in all. 5 of them were there before"."""
    same = [s for s in kept if s.kind == "zero" and s.value]
    whole = (
        {s.value for s in numbers if s.role in ("plain", "before", "after") and s.sentence <= same[0].sentence}
        if same
        else set()
    )
    if len(same) != 1 or len(whole) != 1:
        return TWO_COUNTS if len(same) > 1 and whole else None
    rest = whole.pop() - same[0].value
    return rest if rest >= 0 else None


def _without_number(kept: Sequence[Statement]) -> int | Unparsed | None:
    kinds = {s.kind for s in kept}
    if kinds & {"vague", "unnumbered"}:
        return NO_NUMBER
    return 1 if "single" in kinds else None


def _by_sentence(numbers: Sequence[Statement]) -> set[int]:
    """The sums of the sentences: "two houses and a barn" in one image are three."""
    values = set()
    for _, group in groupby(numbers, key=lambda s: s.sentence):
        sentence = list(group)
        values |= {sum(s.value for s in sentence)} if all(s.named for s in sentence) else {s.value for s in sentence}
    return values


def _of(numbers: Sequence[Statement], role: str) -> list[Statement]:
    return [s for s in numbers if s.role == role]


def _is_open(kept: Sequence[Statement]) -> bool:
    """Whether an amount without a number comes on top of a number: "two large and several small houses"."""
    counted = [
        place for place, s in enumerate(kept) if s.kind == "number" and s.role in ("changed", "plain") and s.value
    ]
    vague = [place for place, s in enumerate(kept) if s.kind == "vague"]
    if not counted or not vague:
        return False
    first = kept[counted[0]]
    return any((place > counted[0] and not first.whole) or kept[place].sentence == first.sentence for place in vague)


def _total(totals: Sequence[Statement], numbers: Sequence[Statement]) -> int | Unparsed:
    value = _one([s.value for s in totals], _whole_of)
    if isinstance(value, Unparsed):
        last = [s.value for s in totals if s.sentence == totals[-1].sentence]
        return last[0] if len(last) == 1 and last[0] == sum(s.value for s in totals[:-1]) else value
    claims = [s for s in numbers if s.role in ("changed", "plain") and s.sentence < totals[0].sentence]
    if (
        len(claims) == 1
        and claims[0].whole
        and not claims[0].item
        and claims[0].value != value
        and claims[0].role == "changed"
    ):
        return TWO_COUNTS
    return value


def _with_items(changed: list[Statement], plain: Sequence[Statement]) -> list[Statement]:
    """The changed numbers, with the others that stand in items of the same lists or in the same sentences."""
    lists = {s.item for s in changed if s.item}
    sentences = {s.sentence for s in changed}
    if all(s.whole for s in changed):
        return changed
    return sorted(
        [*changed, *(s for s in plain if (s.item in lists or s.sentence in sentences) and not s.whole)],
        key=lambda s: s.sentence,
    )


def _combined(numbers: Sequence[Statement]) -> int | Unparsed:
    names = {s.value for s in numbers if s.identity}
    if all(s.identity == "certain" for s in numbers):
        return len(names)
    in_order = sorted(names) == [s.value for s in numbers] and len({s.sentence for s in numbers}) == 1
    listed = names == set(range(1, len(names) + 1)) or any(s.identity == "certain" for s in numbers) or in_order
    if all(s.identity for s in numbers) and len(names) == len(numbers) > 1 and listed:
        return len(names)
    wholes = [s for s in numbers if s.whole]
    if wholes:
        return _claims(wholes, numbers)
    sentences = [list(group) for _, group in groupby(numbers, key=lambda s: s.sentence)]
    values = [_in_sentence(sentence) for sentence in sentences]
    if None in values:
        return TWO_COUNTS
    sums = [value for value in values if value is not None]
    if len(sentences) > 1 and all(s.item for s in numbers) and len({s.item for s in numbers}) == 1:
        return sum(sums)
    return _across(sentences, sums)


def _claims(wholes: Sequence[Statement], numbers: Sequence[Statement]) -> int | Unparsed:
    """The number that is put as the answer, with what the same sentence adds to it."""
    sums = {}
    of_sentence: dict[int, list[Statement]] = {}
    for number in numbers:
        of_sentence.setdefault(number.sentence, []).append(number)
    for claim in wholes:
        beside = [s for s in of_sentence[claim.sentence] if s is not claim]
        # "6 new, 2 demolished" add up; other numbers beside a claim tell of parts of it.
        sums[claim.sentence] = claim.value + sum(
            s.value for s in beside if s.way != claim.way and s.way and (claim.way or s.role == claim.role == "changed")
        )
    ways = {s.way for s in wholes}
    if len(wholes) == 2 and ways == {"added", "taken"} and len(sums) == 2:
        return sum(sums.values())
    if (
        len({s.item for s in wholes}) == 1
        and all(s.item for s in wholes)
        and len(sums) > 1
        and ways <= {"added", "taken"}
    ):
        return _one(list(sums.values()), _whole_of)
    further = [s for s in numbers if s.further and s.sentence not in sums]
    return _across_values(list(sums.values()), [s.value for s in further])


def _across(sentences: Sequence[Sequence[Statement]], values: list[int]) -> int | Unparsed:
    ways = [sentence[0].way for sentence in sentences]
    if len(sentences) == 2 and set(ways) == {"added", "taken"}:
        return sum(values)
    first = [
        value
        for sentence, value in zip(sentences, values, strict=True)
        if not sentence[0].further or sentence is sentences[0]
    ]
    further = [value for sentence, value in zip(sentences[1:], values[1:], strict=True) if sentence[0].further]
    return _across_values(first, further)


def _across_values(values: list[int], further: list[int]) -> int | Unparsed:
    if further and len(set(values)) == 1:
        return values[0] + sum(further) if len(set(further)) == len(further) else TWO_COUNTS
    return _one(values, _whole_of)


def _in_sentence(sentence: Sequence[Statement]) -> int | None:
    """The first number where the others are its parts, else the sum of all; None where both could be meant."""
    total, first = sum(s.value for s in sentence), sentence[0].value
    if len(sentence) < 3 or 2 * first != total:
        return total
    return None if all(s.named for s in sentence) else first


def _whole_of(values: Sequence[int]) -> int | None:
    distinct = list(dict.fromkeys(values))
    for numbers in (values, distinct):
        for value in distinct:
            if len(numbers) > 2 and 2 * value == sum(numbers):
                return value
    return None


def _one(values: Sequence[int], whole: Callable[[Sequence[int]], int | None]) -> int | Unparsed:
    if len(set(values)) == 1:
        return values[0]
    value = whole(values)
    return TWO_COUNTS if value is None else value
