"""Sentences that tell where classes changed, as groups of (classes, places, changed or not).

The rules by which they are read:

- A line or part that begins with a class and a colon gives it the places that follow; one that begins with a
  place gives the place to the classes that follow. Without a colon the order of the first two decides: "buildings
  in A and B, roads in C" or "in A new buildings, in B a road".
- A denial belongs to what it stands before ("no roads", "no change in the roads") or behind ("roads have not
  changed"). A denied place ("nothing changed in A", "B is unchanged", "not in C") is given to nobody.
- A class that only serves to say where another lies ("along the road", "an existing street", "serving the new
  houses") is not told to have changed. Land that was turned into something else changed with it, in the same
  places.
- "Respectively" pairs classes and places one by one; "the same cells", "there" repeat the places before; "both"
  is every class where there are two; "the other cells" are those that were not named.
- A first guess is not read; what is corrected ("actually", "wait") replaces what was told before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.grid.cell_context import is_taken_back
from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_pairs import CONVERSION, SAME_PLACE, pair
from rsica_data.text.grid.cell_parts import same_places, with_former_and_latter
from rsica_data.text.grid.cell_runs import CHANGED, REST, SOFT_BREAK, Run, all_denied, runs_of
from rsica_data.text.grid.cell_words import (
    CLASS_MARK,
    PLACE_MARK,
    TOKEN,
    Scope,
    classes_of,
    is_denied,
    is_none,
    is_only_marks,
    pattern_of,
)
from rsica_data.text.mentions import CLASS
from rsica_data.text.positions.places import PLACE, crossed

CORRECTION = pattern_of("correction")
NOT_REAL = pattern_of("not_real")
_PRONOUN = pattern_of("pronoun")
BOTH = pattern_of("both")
_NEITHER = re.compile(r"\bneither\b(?! image)|\bnone of (?:them|these|the (?:two|classes))\b")
HEAD = re.compile(
    rf"^(?P<head>[^:=→|.;]{{0,90}}?)\s*(?:[:=→|]+|\s-)\s+(?P<rest>.+)$|"
    rf"^(?P<bare>\W*(?:{CLASS_MARK}|{PLACE_MARK})\W{{0,3}}?)\s*[:=→|-]\s*(?P<tail>.*)$"
)


_NEW_ONES = re.compile(r"\bnew ones?\b|\b(?:another|\d+ more) (?:one |has |have |is |are |was |were |stands? )")


_REFINES = pattern_of("refines")


def read_part(facts: CellFacts, text: str, scope: Scope) -> None:
    """Note what one part of a sentence says: under its head, a class or a place with a colon, or as it stands."""
    head = HEAD.match(text)
    if head is not None and text[: head.start("rest") if head["rest"] else 0].count("(") <= text[
        : head.start("rest") if head["rest"] else 0
    ].count(")"):
        lead, rest = (head["head"], head["rest"]) if head["rest"] is not None else (head["bare"], head["tail"])
        if "→" in text[len(lead) : len(text) - len(rest)] and re.match(rf"\s*{CLASS_MARK}", rest):
            turned = re.match(rf"\W*({CLASS_MARK}\s*(?:→\s*{CLASS_MARK}\s*)+)(?::|=|\s-\s|\()\s*(.*)$", text)
            if turned is None:
                _sentence(facts, text, scope)
            else:
                _under_class(facts, turned[2], Scope(tuple(classes_of(turned[1])), scope.places, scope.denied))
            return
        classes, places = classes_of(lead), PLACE.findall(lead)
        whole = BOTH.search(lead) and not classes
        if whole and facts.count > 1:
            classes = list(range(facts.count))
        if NOT_REAL.search(lead):
            return
        if CORRECTION.search(lead) and not TOKEN.search(lead) and PLACE.search(rest):
            _sentence(facts, f"actually {rest}", scope)
            return
        if is_denied(lead) or (_NEITHER.search(lead) and not classes):
            facts.deny(classes or (classes_of(rest) if not places else []))
            return
        if classes and not places and re.search(r"\bonly\b", lead) and is_none(rest) and not TOKEN.search(rest):
            facts.deny(classes)
            return
        if classes and not places:
            _under_class(facts, rest, Scope(tuple(classes), scope.places, scope.denied))
            return
        if places and not classes and is_only_marks(lead):
            _under_place(facts, rest, _within(scope, places), text)
            return
        if (
            not classes
            and not places
            and not TOKEN.search(lead)
            and len(lead.split()) <= 6
            and not CORRECTION.search(lead)
        ):
            text = rest
    _sentence(facts, text, scope)


def _within(scope: Scope, places: Sequence[str]) -> Scope:
    """The scope with places that are told within the row or column of the headings."""
    outer = scope.places[0] if len(scope.places) == 1 else ""
    inner = tuple(crossed(outer, mark) for mark in places) if outer else tuple(places)
    return Scope(scope.classes, inner, scope.denied)


def _under_class(facts: CellFacts, text: str, scope: Scope) -> None:
    """What follows "Buildings:"."""
    marks = PLACE.findall(text)
    if not TOKEN.search(text):
        if REST.search(text) and facts.stated and not is_denied(text):
            facts.give(scope.classes, [facts.others])
        elif re.fullmatch(r"\W*the same\W*", text) and any(facts.cells.values()) and not scope.places:
            facts.reasons.append("the same cells, or unchanged")
        elif is_none(text):
            if facts.corrected and not scope.places:
                facts.forget(scope.classes)
            (facts.deny if scope.places else facts.deny_everywhere)(scope.classes)
        elif scope.places:
            facts.give(scope.classes, scope.places)
        elif (
            SAME_PLACE.search(text) and facts.last_places and re.search(r"\bsame\b|\bthere\b|\bthose\b|\bthese\b", text)
        ):
            facts.give(scope.classes, same_places(facts, text))
        elif CHANGED.search(text) or re.search(r"\bhalf\b", text):
            facts.claim(scope.classes)
        facts.last_classes = list(scope.classes)
        return
    if marks and not classes_of(text) and is_only_marks(text) and not is_denied(text):
        facts.give(scope.classes, _within(scope, marks).places)
        return
    if (marks and not classes_of(text) and not CHANGED.search(text) and is_denied(text[: text.index("‹P")])) or _static(
        text, scope
    ):
        facts.deny(scope.classes)
        return
    others = [run for run in runs_of(text) if run.kind == "C" and not set(run.classes) <= set(scope.classes)]
    if others and marks and (CONVERSION.search(text) or any(_lone_group(text, run) for run in others)):
        # "Water: grown in A, at the expense of farmland in B".
        first = next(iter(scope.classes))
        _sentence(facts, f"‹C{first}p› {text}", scope)
        return
    text = re.sub(CLASS_MARK, "#", text)
    _sentence(
        facts,
        " ".join(f"‹C{number}p›" for number in scope.classes[:1]) + " : " + text,
        Scope(scope.classes, scope.places),
        scope.classes,
    )


def _static(text: str, scope: Scope) -> bool:
    """Whether a text says where something lies and then that it did not change ("lies in A, and its layout is
    unchanged").
    """
    last = list(TOKEN.finditer(text))[-1]
    return (
        last[2] is not None
        and not CHANGED.search(text)
        and re.match(
            r"\W*(?:cells?\W*)?(?:,|and|but|which|that|its?|they|are|is|were|was|looks?|remains?|stays?)\b.{0,80}",
            text[last.end() :].lstrip(" ,"),
        )
        is not None
        and is_denied(text[last.end() :])
        and not REST.search(text[last.end() :])
    )


def _lone_group(text: str, run: Run) -> bool:
    """Whether another class begins a group of its own: a break before it and a place or a denial behind it."""
    return SOFT_BREAK.search(run.before[-12:]) is not None and (PLACE.search(text[run.end :]) is not None or run.denied)


def _under_place(facts: CellFacts, text: str, scope: Scope, whole: str) -> None:
    """What follows "Top-left:": the classes there; a row's columns; nothing."""
    facts.stated |= {int(digit) for mark in scope.places for digit in mark}
    marks = PLACE.findall(text)
    inner = _within(scope, marks).places
    line = set(scope.places[0]) if len(scope.places) == 1 and len(scope.places[0]) == 3 else set()
    if marks and classes_of(text) and all(set(mark) < line for mark in marks):
        # "Middle row: a building in center-center".
        _sentence(facts, text, Scope(scope.classes))
        return
    if marks and inner != tuple(marks):
        # "Row 2: column 2 (buildings), column 3 (roads)".
        numbers = iter(inner)
        text = PLACE.sub(lambda match: f"‹P{next(numbers)}›", text)
        _sentence(facts, text, Scope(scope.classes))
        return
    values = [part.strip() for part in re.split(r"[,|/]", text.strip(" ."))]
    if (
        len(scope.places) == 1
        and len(scope.places[0]) == 3
        and len(values) == 3
        and not marks
        and all(_is_value(part) for part in values)
    ):
        for digit, part in zip(scope.places[0], values, strict=True):
            _at(facts, part, Scope(scope.classes, (digit,)), part)
        return
    _at(facts, PLACE.sub(" ", text) if not is_only_marks(text) or classes_of(text) else text, scope, whole)


def _is_value(part: str) -> bool:
    """Whether a part is one entry of a row: classes alone, or nothing."""
    return is_none(part) or (bool(CLASS.search(part)) and is_only_marks(part))


def _at(facts: CellFacts, text: str, scope: Scope, whole: str) -> None:
    """Classes that are told to have changed in the places of the scope."""
    runs = [run for run in runs_of(text) if run.kind == "C"]
    if not runs:
        if BOTH.search(text) and not is_denied(text):
            facts.give(range(facts.count), scope.places)
        elif re.match(r"\W*(?:‹P[0-8]*›\W*)+$", text):
            facts.add_loose([*scope.places, *PLACE.findall(text)])
        elif facts.count == 1 and not scope.classes and re.match(r"\W*(?:yes|true|x|changed|present|1)\b", text):
            facts.give((0,), scope.places)
        elif (letters := [part for part in re.split(r"[+/&,\s]+|\band\b", text.strip(" .")) if part]) and all(
            part in facts.letters for part in letters
        ):
            facts.give([number for part in letters for number in facts.letters[part]], scope.places)
        elif scope.classes and not is_none(text) and not scope.denied and not re.match(r"\W*(?:false|0)\b", text):
            facts.give(scope.classes, scope.places)
        elif scope.classes:
            facts.deny(scope.classes)
        return
    given = [number for run in runs if not run.denied for number in run.classes]
    facts.deny([number for run in runs if run.denied for number in run.classes])
    if given and not REST.match(text):
        facts.give(given, scope.places)


def _sentence(facts: CellFacts, text: str, scope: Scope, owner: Sequence[int] = ()) -> None:
    corrects = CORRECTION.search(text) is not None
    text = with_former_and_latter(text)
    if not corrects and not owner and is_taken_back(text):
        facts.deny(classes_of(text))
        facts.stated |= {int(digit) for mark in PLACE.findall(text) for digit in mark}
        return
    if scope.places and not PLACE.search(text):
        _at(facts, text, scope, text)
        return
    runs = runs_of(text)
    if scope.places and len(scope.places) == 1:
        for run in runs:
            if run.kind == "P":
                run.values = [crossed(scope.places[0], value) for value in run.values]
    if not any(run.kind == "C" for run in runs):
        _without_class(facts, text, runs, scope, corrects)
        return
    if (len([run for run in runs if run.kind == "C"]) == 1 and runs[0].kind == "C" and _static(text, scope)) or (
        re.search(r"\b(?:including|such as|like)\b", text) and _static(text, scope)
    ):
        facts.deny(number for run in runs if run.kind == "C" for number in run.classes)
        return
    if all_denied(text, runs):
        facts.deny(number for run in runs if run.kind == "C" for number in run.classes)
        return
    facts.corrected |= corrects
    if facts.corrected and not corrects and re.search(r"\bonly\b|^\W*so\b|\btherefore\b", text):
        corrects = True
    if corrects and any(run.kind == "P" for run in runs):
        if is_denied(text) and not any(run.denied for run in runs if run.kind == "P"):
            facts.take(
                (n for run in runs if run.kind == "C" for n in run.classes),
                [v for run in runs if run.kind == "P" for v in run.values],
            )
            return
        _corrected(facts, runs)
    pair(facts, text, runs, scope)


def _corrected(facts: CellFacts, runs: Sequence[Run]) -> None:
    """What a correction tells of takes the place of what was told: one place of it, or all."""
    classes = [number for run in runs if run.kind == "C" and not run.denied for number in run.classes]
    away = [value for run in runs if run.kind == "P" and run.denied for value in run.values]
    if not (away and facts.take(classes, away)) and any(run.kind == "P" and not run.denied for run in runs):
        facts.forget(classes)


def _without_class(facts: CellFacts, text: str, runs: Sequence[Run], scope: Scope, corrects: bool) -> None:
    """A sentence that names no class: of the heading's class, of "they", or of none."""
    places = [value for run in runs if not run.denied for value in run.values]
    away = [value for run in runs if run.denied for value in run.values]
    facts.stated |= {int(digit) for value in away for digit in value}
    if REST.search(text) and is_denied(text):
        return
    if corrects and away:
        facts.take(range(facts.count), away)
    elif corrects and places and facts.last_classes and not is_denied(text):
        facts.forget(facts.last_classes)
    elif corrects and places and not is_denied(text):
        facts.loose.clear()
    if BOTH.search(text) and facts.count == 2 and places and not is_denied(text):
        facts.give((0, 1), places)
    elif (
        places
        and _REFINES.match(text)
        and all(facts.cells.get(number, set()) >= {int(d) for v in places for d in v} for number in facts.last_classes)
    ):
        facts.forget(facts.last_classes)
        facts.give(facts.last_classes, places)
    elif scope.classes and not scope.denied:
        if places and not NOT_REAL.search(text):
            facts.give(scope.classes, places)
        elif not places and is_none(text) and not REST.search(text):
            facts.deny(scope.classes)
    elif (
        places
        and facts.last_classes
        and not REST.search(text)
        and (_PRONOUN.search(text) or _NEW_ONES.search(text) or is_only_marks(text) or corrects)
    ):
        facts.give(facts.last_classes, places)
    elif places:
        facts.add_loose(places)
