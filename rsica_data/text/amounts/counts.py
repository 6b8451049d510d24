"""How many of each class an answer says.

The answer's clauses are turned into statements (``statements.py``), and the statements on each class into one number
(``settling.py``). Beside them: lists of object records count one each, an answer that says that nothing changed is zero
for every class, and a number alone is the answer where one class was asked about. An amount without a number makes the
whole answer unreadable, as does a text that wavers to its end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rsica_data.schema import Unparsed
from rsica_data.text.amounts.count_check import unexplained
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.amounts.object_lists import boxed_names, objects_in, plain_rows
from rsica_data.text.amounts.settling import NO_NUMBER, settle
from rsica_data.text.amounts.statements import statements_of
from rsica_data.text.amounts.tally import without_sum
from rsica_data.text.clauses import CHANGED, NUMBER, Clause, clauses_of, is_negated
from rsica_data.text.mentions import mentions
from rsica_data.text.normalized.cleaning import final_block
from rsica_data.text.normalized.endings import sentences_of
from rsica_data.text.statement import Statement
from rsica_data.text.substitutions import with_former_and_latter, with_leading_number
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import read_change

WAVERS = Unparsed("wavers to the end")


def read_counts(answer: str, classes: Sequence[str]) -> dict[str, int] | Unparsed:
    """Counts by class, of the classes that the answer speaks of.

    Args:
        answer: what :func:`~rsica_data.text.normalized.cleaning.answer_text` gave.
        classes: names of the classes that were asked about.

    >>> read_counts("Buildings: 4 → 9 (5 new). No roads have changed.", ("road", "building"))
    {'road': 0, 'building': 5}
    """
    names = tuple(classes)
    if boxed := boxed_names(answer, names):
        return {names[number]: count for number, count in sorted(boxed.items())}
    if len(names) > 1:
        answer = without_sum(answer)
    answer = with_leading_number(with_former_and_latter(plain_rows(answer, names), names), names)
    outright = _told_outright(answer, names)
    if outright is not None:
        return outright
    counts = _read(answer, names)
    if len(names) == 1 and isinstance(counts, dict) and any(counts.values()) and _is_of_others(answer.lower(), names):
        return Unparsed("a number of another class")
    if isinstance(counts, Unparsed):
        if (block := final_block(answer)) is not None:
            final = _read(block, names)
            if isinstance(final, dict) and len(final) == len(names):
                return final
        if counts.reason == "a number without its class" and (spelt := _initials(answer, names)) != answer:
            return _read(spelt, names)
    return counts


_LONGEST_EXPLAINED = 4_000
_SUMS_UP = re.compile(
    r"^\W*(?:so,? )?(?:that|this|it)(?:'s| is| makes| gives)\b|^\W*(?:so|hence|thus|therefore|in total|"
    r"altogether|in all|overall)\b"
)
_IS_SUM = re.compile(r"^\W*(?:in total|altogether|in all|overall)\b")
_NEITHER = re.compile(r"\b(?:zero|0|none|no changes?) (?:for|of|in) (?:both|either)(?: (?:of them|classes))?\W*$")
_NOTHING_AT_ALL = re.compile(
    r"\bnothing (?:at all )?(?:has )?changed\b(?! (?:else|apart|except|in|at|on|there|for|"
    r"besides))"
)
_BARE = re.compile(r"\W*(?:\d+ [a-z]+\W+(?:and )?){1,6}")


def _told_outright(answer: str, names: tuple[str, ...]) -> dict[str, int] | Unparsed | None:
    """What the last sentence of several sums up, or the first gives outright, for every class; else None."""
    if len(answer) > _LONGEST_EXPLAINED or len(names) < 2 or "|" in answer or "{" in answer:
        return None
    parts = sentences_of(answer.lower())
    if len(parts) < 2:
        return None
    if _NEITHER.search(parts[-1]):
        return dict.fromkeys(names, 0)
    if _SUMS_UP.match(parts[-1]):
        last = _read(parts[-1], names)
        if isinstance(last, dict) and len(last) == len(names):
            before = _read(answer[: answer.lower().rfind(parts[-1].strip())], names)
            # "So" concludes from what was said; a sum that is not that of the numbers before it contradicts them.
            is_other = (
                _IS_SUM.match(parts[-1]) is not None
                and isinstance(before, dict)
                and any(last[name] != count for name, count in before.items())
            )
            return Unparsed("counts, and a sum that is another") if is_other else last
    if _NOTHING_AT_ALL.search(parts[-1]):
        whole = _read(answer, names)
        return (
            Unparsed("numbers of changes, and nothing changed")
            if isinstance(whole, dict) and any(whole.values())
            else None
        )
    return _opening(parts, answer, names)


def _opening(parts: Sequence[str], answer: str, names: tuple[str, ...]) -> dict[str, int] | None:
    """The first sentence where it numbers all classes, or denies all, and the rest adds no other number."""
    first = _read(parts[0], names)
    if not isinstance(first, dict) or len(first) != len(names) or isinstance(_read(answer, names), dict):
        return None
    rest = words_to_digits(" ".join(parts[1:]))
    if not any(first.values()):
        return first if not re.search(r"\d", rest) and read_change(" ".join(parts[1:])) is not True else None
    bare = _BARE.fullmatch(words_to_digits(parts[0])) is not None
    return first if bare and {int(n) for n in re.findall(r"\d+", rest)} <= set(first.values()) else None


_OTHERS = ("road", "building", "tree", "water", "farmland", "forest", "bridge", "vehicle")


def _is_of_others(text: str, names: tuple[str, ...]) -> bool:
    """Whether a text names other common classes and not the one that was asked about."""
    named = {mention.name for mention in mentions(text, (*names, *(name for name in _OTHERS if name not in names)))}
    return bool(named) and not named & set(names)


def _read(answer: str, names: tuple[str, ...]) -> dict[str, int] | Unparsed:
    clauses = _without_notes(clauses_of(answer, names, False))
    if _wavers(clauses):
        return WAVERS
    if _concludes_nothing(clauses):
        return dict.fromkeys(names, 0)
    objects = objects_in(answer, names)
    if objects:
        clauses = tuple(clause for clause in clauses if not _is_record_of_object(clause))
    statements = statements_of(clauses, len(names))
    everything, statements = statements, _without_inventory(statements)
    stock = {statement.owner for statement in set(everything) - set(statements)}
    counts: dict[str, int] = {}
    for number, name in enumerate(names):
        value = settle([statement for statement in statements if statement.owner == number])
        if number in objects and (value is None or value == NO_NUMBER):
            value = objects[number]
        if isinstance(value, Unparsed):
            return value
        if value is not None:
            counts[name] = value
    if counts and (reason := unexplained(clauses, statements, counts, names, stock)) is not None:
        return reason
    return counts or _without_class(clauses, answer, names)


_NOTE = re.compile(
    r"\W*(?:notes?|details?|comments?|remarks?|descriptions?|reason(?:ing|s)?|explanations?|evidence|what|where|"
    r"location|"
    r"locations|place|places|position|area|kind|type of change|confidence|certainty|status|summary|"
    r"observations?|extent)"
    r"[\"'*]*\s*[:=]"
)


def _without_notes(clauses: Sequence[Clause]) -> tuple[Clause, ...]:
    """The clauses without the notes that stand beside a number under one heading ("count: 3", "note: access lanes").

    The heading itself ("class: road") is no object of its own.
    """
    numbered = {clause.headings for clause in clauses if clause.headings and NUMBER.search(clause.text)}
    headings = {clause.headings[-1] for clause in clauses if clause.headings}
    return tuple(
        replace(
            clause,
            item=clause.item and (clause.text.rstrip(": ") not in headings or NUMBER.search(clause.text) is not None),
        )
        for clause in clauses
        if clause.headings not in numbered or NUMBER.search(clause.text) or not _NOTE.match(clause.text)
    )


_NOTHING = re.compile(
    r"\b(?:so|therefore|hence|thus|meaning|which means|that means|i\.?e\.?|namely)\W+(?:that )?"
    r"(?:nothing|neither|no changes?|none of (?:it|them|these|those))\b[^‹;:.]{0,60}\W*"
)


_NOTHING_FIRST = re.compile(
    r"\W*(?:no\W+)?(?:nothing (?:(?:has|have|was|is) )?(?:been )?(?:changed|different|new|altered)|"
    r"(?:there (?:is|are|were|was) )?no (?:visible |apparent )?(?:changes?|differences?)(?: at all| visible| "
    r"detected)?"
    r"(?: between the pair)?)\s*(?:[:;,.]|\s-\s|$)"
)


def _concludes_nothing(clauses: Sequence[Clause]) -> bool:
    """Whether an answer on what both images hold begins or ends with "nothing has changed"."""
    if not clauses:
        return False
    if NUMBER.search(" ".join(clause.text for clause in clauses)) and (first := _NOTHING_FIRST.match(clauses[0].text)):
        rest = [clauses[0].text[first.end() :], *(clause.text for clause in clauses[1:])]
        return not any(CHANGED.search(text) for text in rest)
    last = clauses[-1].text
    end = next((match for match in _NOTHING.finditer(last) if match.end() == len(last)), None)
    texts = [*(clause.text for clause in clauses[:-1]), last[: end.start()]] if end is not None else []
    return end is not None and not any(CHANGED.search(text) and not is_negated(text) for text in texts)


def _without_inventory(statements: list[Statement]) -> list[Statement]:
    """Without sentences on all that stands there: "The scene has 15 houses and 2 roads. 3 houses have changed"."""
    changed = {
        (s.owner, s.sentence): s.value
        for s in statements
        if s.kind == "number" and s.role in ("changed", "total") and not s.disowned
    }
    plain = [s for s in statements if s.kind == "number" and s.role == "plain" and not s.whole and not s.item]
    inventories = {
        s.sentence
        for s in plain
        if any(o == s.owner and n != s.sentence and value < s.value for (o, n), value in changed.items())
        and not any((other.owner, s.sentence) in changed for other in plain)
    }
    return [s for s in statements if s.sentence not in inventories or s.role != "plain" or s.kind != "number"]


def _is_record_of_object(clause: Clause) -> bool:
    return clause.record or re.fullmatch(r"‹C\d+[spg]›", clause.text) is not None


def _wavers(clauses: Sequence[Clause]) -> bool:
    """Whether a text goes back and forth up to its last words without an answer."""
    if len(clauses) < 4 or not any(map(word_pattern("counting.wavering").search, (c.text for c in clauses[-2:]))):
        return False
    wavers = [len(word_pattern("counting.wavering").findall(clause.text)) for clause in clauses]
    return sum(wavers) >= 4 and sum(wavers[-6:]) >= 3


def _initials(answer: str, names: tuple[str, ...]) -> str:
    """An answer whose "R = 1, N_b = 4" are written with the classes that begin so."""
    letters = {name[0].lower(): name for name in names}
    if len(letters) != len(names):
        return answer
    return re.sub(
        rf"(?<![a-z0-9])(?:[nc#](?:[_ ]|_?\{{)\s*)?([{''.join(letters)}])\s*\}}?\s*(?=[=:]\s*\d)",
        lambda match: f"; {letters[match[1].lower()]} ",
        answer,
        flags=re.I,
    )


_NONE = re.compile(
    r"\W*(?:answer\W+|(?:(?:any )?change[sd]?(?: objects?| detected)?|objects?|"
    r"differences?|(?:total|number of)? ?changes?|detections?|added|removed|"
    r"new|demolished|modified|altered)\s*[:=]\s*)?"
    r"(?:no|none|nothing|zero|nil|neither|n/a|false|zip|zilch|nada)(?: of (?:them|these|those|the above|either))?\W*"
)
_LEAD = re.compile(
    r"\W*(?:(?:yes|there (?:is|are)|it is|it's|i (?:see|count)|approximately|"
    r"the (?:answer|number|count|total) is|count|total|answer)\W+)*‹N(\d+)›"
)


def _without_class(clauses: Sequence[Clause], answer: str, names: tuple[str, ...]) -> dict[str, int] | Unparsed:
    text = " ".join(clause.text for clause in clauses)
    text = re.sub(r"\b(?:all|every|each|of) (?:the )?‹N\d+› (?=(?:class|categor|type|kind))", " all ", text)
    numbers = [int(digits) for digits in NUMBER.findall(text)]
    if "‹V›" in text and not numbers:
        return Unparsed("an amount without a number")
    if re.fullmatch(r"\W*\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?){3}\W*", answer):
        return Unparsed("a box, not a number")
    if len(set(numbers)) == 1 and (len(names) == 1 or numbers[0] == 0):
        return dict.fromkeys(names, numbers[0])
    if len(names) == 1 and numbers:
        lead = _LEAD.match(text)
        changed = [int(n) for clause in clauses if CHANGED.search(clause.text) for n in NUMBER.findall(clause.text)]
        if (lead and int(lead[1]) >= max(numbers)) or len(set(changed)) == 1:
            return {names[0]: int(lead[1]) if lead and int(lead[1]) >= max(numbers) else changed[0]}
    if numbers:
        return Unparsed("a number without its class")
    if clauses and all(_NONE.fullmatch(part) for clause in clauses for part in clause.text.split("|")):
        return dict.fromkeys(names, 0)
    return dict.fromkeys(names, 0) if read_change(answer) is False else Unparsed("no count of a known class")
