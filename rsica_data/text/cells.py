"""In which cells of the 3x3 grid a reply says that each class changed.

A sentence that names a class first gives it the places that follow; one that names a place first gives the place to the
classes that follow. Places without a class belong to the class of their heading or of the clause before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.schema import CELLS, Unparsed
from rsica_data.text.clauses import BEFORE, CHANGED, Clause, clauses_of, is_negated
from rsica_data.text.mentions import CLASS
from rsica_data.text.places import PLACE
from rsica_data.text.stance import read_change

_TOKEN = re.compile(r"‹C(\d+)[spg]›|‹P([0-8]*)›")
_JOINED = re.compile(r"^\W*(?:(?:and|or|nor|as well as|&|both|the|of|new|changed|some|also|,|/)\W*)*$")
_NO_OTHER = re.compile(r"\b(?:all |every |any |the )?(?:other|remaining|rest|else)\b")
_THERE = re.compile(
    r"\b(?:there|those|these|the same|same)\b(?: same)?(?: (?:two|three|four|‹N\d+›))?(?: (?:cells?|places?|areas?|locations?|spots?|regions?))?\W*$"
)
_NOTHING = re.compile(r"[:=]\s*(?:-+|0|‹N0›)?\W*$")
_YES_CELL = re.compile(r"[:=|]\s*(?:yes|true|changed|1|x|‹N[1-9]\d*›|present|y)\b\W*$")
_BESIDE = re.compile(
    r"\b(?:along(?!side)|beside|next to|near(?:by)?|around|adjacent to|alongside|between|behind|in front of|surrounding|close to|opposite|"
    r"(?:both |either |each |one |the )?sides? of|parallel to|off|leading to|leads to|connecting to|toward)\s+"
    r"(?:(?:a|an|the|this|that|these|each|both|either|existing|old|main|new|same|‹N1›)\s+){0,3}‹C\d+[spg]›"
)
_EXISTING = re.compile(r"\b(?:existing|unchanged|already|original)\s+(?:\w+\s+){0,2}‹C\d+[spg]›")


def read_cells(answer: str, classes: Sequence[str]) -> dict[str, list[str]] | Unparsed:
    """Cells by class, of the classes that the answer speaks of; an empty list where it says that one has none.

    Args:
        answer: what :func:`~rsica_data.text.cleaning.answer_text` gave.
        classes: names of the classes that were asked about.

    >>> read_cells("In the top left, new buildings appear; roads: none", ("road", "building"))
    {'road': [], 'building': ['top-left']}
    """
    names = tuple(classes)
    reader = _Reader(len(names))
    clauses = clauses_of(answer, names, True)
    for clause in clauses:
        reader.clause(clause)
    cells = reader.cells
    if cells:
        if any(not found and number in reader.asserted for number, found in cells.items()):
            return Unparsed("a change without a place")
        return {name: [c for k, c in enumerate(CELLS) if k in cells[n]] for n, name in enumerate(names) if n in cells}
    text = " ".join(clause.text for clause in clauses)
    if len(names) == 1 and reader.loose:
        return {names[0]: [cell for number, cell in enumerate(CELLS) if number in reader.loose]}
    if PLACE.search(text) is None and (
        re.fullmatch(
            r"\W*(?:answer\W+)?(?:none|nowhere|no|nothing|neither|n/a|no ‹P\d*›)(?: of (?:them|these|those|the cells|the above))?\W*",
            text,
        )
        or read_change(answer) is False
    ):
        return {name: [] for name in names}
    if reader.loose and re.search(r"\b(?:both|all(?: classes)?)\b", text):
        return {name: [cell for number, cell in enumerate(CELLS) if number in reader.loose] for name in names}
    if not reader.loose and read_change(answer) is False:
        return {name: [] for name in names}
    return Unparsed("places without a class" if PLACE.search(text) else "no place that is a cell of the grid")


class _Reader:
    """Goes through the clauses; ``cells`` holds what was said, ``loose`` places that no class was named with."""

    def __init__(self, count: int) -> None:
        self.cells: dict[int, set[int]] = {}
        self.loose: set[int] = set()
        self.asserted: set[int] = set()
        self._count = count
        self._last: list[int] = []
        self._marks: list[str] = []

    def clause(self, clause: Clause) -> None:
        """Note what one clause says."""
        text = clause.text
        if re.search(r"\b(?:at first|my first (?:thought|impression)|mistake|first thought|initially thought)\b", text):
            return
        if re.search(r"\b(?:actually|correction|rather)\b", text) and PLACE.search(text):
            for owner in _owners(text):
                self.cells.pop(owner, None)
        text = _EXISTING.sub(" ", _BESIDE.sub(" ", text))
        if BEFORE.search(text) and not CHANGED.search(text) and re.search(r"\b(?:first|before|earlier|pre)\b", text):
            return
        heading_classes = next((found for head in reversed(clause.headings) if (found := _owners(head))), [])
        heading_classes = heading_classes or ([0] if self._count == 1 else [])
        heading_places = next((PLACE.findall(head) for head in reversed(clause.headings) if PLACE.search(head)), [])
        if clause.record:
            self._record(text, heading_classes, heading_places)
        elif heading_places and not PLACE.search(text) and _owners(text):
            self._give(_owners(text) if not is_negated(text) else [], heading_places)
        else:
            self._sentence(text, heading_classes)

    def _record(self, text: str, heading: list[int], places: list[str]) -> None:
        """A row of a table: what its first part names belongs to the others."""
        parts = [part.strip() for part in text.split("|") if part.strip()]
        head, rest = parts[0], parts[1:]
        if PLACE.search(head) and not _owners(head):
            self._cell_row(PLACE.findall(head), rest, heading)
            return
        owners = _owners(head) or _owners(text) or heading
        given: list[str] = []
        for part in rest if _owners(head) else parts:
            marks = PLACE.findall(part)
            if marks and not re.search(r"[:=]\s*(?:-|no|none|0|false|‹N0›)\W*$", part):
                given += marks
        self._give(owners, given)

    def _cell_row(self, marks: list[str], parts: list[str], heading: list[int]) -> None:
        """A row that begins with a place: "top-left | roads: yes | buildings: no", "top | left: - | center: road"."""
        for part in parts:
            columns = PLACE.findall(part)
            where = [_crossed(marks[0], columns[0])] if columns and len(marks[0]) == 3 else marks
            owners = _owners(part)
            if not owners:
                if heading and (_YES_CELL.search(part) or re.fullmatch(r"(?:yes|x|1|true|changed)", part)):
                    self._give(heading, where)
                continue
            value = part.split(":", 1)[1] if ":" in part else ""
            if ":" in part and not _owners(value):
                if _YES_CELL.search(part) or not (is_negated(value) or re.fullmatch(r"\W*|\W*‹N0›\W*", value)):
                    self._give(owners, where)
                else:
                    self._give(owners, [])
            elif not is_negated(part):
                self._give(owners, where)

    def _sentence(self, text: str, heading: list[int]) -> None:
        tokens = [(match, "C" if match[1] else "P") for match in _TOKEN.finditer(text)]
        if re.match(r"\W*(?:unchanged|no change|not changed|without change|none)\b[^:]{0,40}:", text):
            self._give(_owners(text), [])
            return
        if not any(kind == "C" for _, kind in tokens):
            self._without_class(text, tokens, heading)
            return
        if not any(kind == "P" for _, kind in tokens):
            self._without_place(text)
            return
        groups = _groups(text, tokens)
        place_first = groups[0][0] == "P"
        owners: list[int] = []
        pending: list[str] = []
        for number, (kind, values, before, after) in enumerate(groups):
            if kind == "C":
                classes = [int(value) for value in values]
                following = groups[number + 1] if number + 1 < len(groups) else None
                if _denied(before, after, following is not None and following[0] == "P", following is None):
                    self._give(classes, [])
                    owners = [] if following is None or following[0] == "C" else owners
                    if following is not None and following[0] == "P" and not place_first:
                        owners = []
                    continue
                if pending:
                    self._give(classes, pending)
                    pending = []
                    owners = classes if not place_first else []
                    # "In the top left new buildings appear, and roads in the center": the last place is the class's.
                    rest = [group[0] for group in groups[number + 1 :]]
                    if place_first and rest == ["P"]:
                        owners = classes
                else:
                    owners = classes
                    if number + 1 == len(groups) and _asserts(after) and owners:
                        self.asserted.update(set(owners) - set(self.cells))
            elif re.search(r"(?:\bnot|n't|\bexcept|\bno change)\s*(?:in|at|on)?(?: the)?\W*$", before):
                continue
            elif place_first and (not owners or _new_clause(before)):
                pending = [*pending, *values]
                owners = []
                if number + 1 == len(groups):
                    if self._last:
                        self._give(self._last, pending)
                    else:
                        self.loose.update(int(digit) for value in pending for digit in value)
            elif (
                _new_clause(before)
                and number + 1 < len(groups)
                and groups[number + 1][0] == "C"
                and groups[number - 1][0] == "P"
            ):
                pending = values
            elif owners:
                self._give(owners, values)
            else:
                pending = values
        if owners:
            self._last = owners

    def _without_class(self, text: str, tokens: list[tuple[re.Match[str], str]], heading: list[int]) -> None:
        marks = [match[2] for match, _ in tokens]
        if not marks:
            if heading and is_negated(text) and not _NO_OTHER.search(text):
                self._give(heading, [])
            return
        if _NO_OTHER.search(text) and is_negated(text):
            return
        if _NOTHING.search(text) and not heading:
            return
        if is_negated(text):
            if heading and all(re.search(r"[:=]\s*(?:none|no|-)", text[match.end() :]) for match, _ in tokens):
                self._give(heading, [])
            return
        if heading and re.search(r"[:=]\s*(?:-|0|‹N0›)\W*$", text):
            self._give(heading, [])
            return
        if heading:
            self._give(heading, marks)
        elif self._last and (
            _JOINED.match(text[: tokens[0][0].start()])
            or re.match(r"^\W*(?:they|these|it|those|this|all|one|two|‹N\d+›)\b", text)
        ):
            self._give(self._last, marks)
        else:
            self.loose.update(int(digit) for value in marks for digit in value)

    def _without_place(self, text: str) -> None:
        owners = _owners(text)
        groups = _class_groups(text)
        for number, (classes, before, after) in enumerate(groups):
            if _denied(before, after, False, number + 1 == len(groups)):
                self._give(classes, [])
            elif self.loose and re.search(r"\b(?:both|all|there|these|those|here)\b|^\W*‹C", text):
                self._give(classes, [str(digit) for digit in self.loose])
            elif self._marks and _THERE.search(after):
                self._give(classes, self._marks)
            elif _asserts(text):
                self.asserted.update(set(classes) - set(self.cells))
        if owners:
            self._last = owners

    def _give(self, owners: Sequence[int], marks: Sequence[str]) -> None:
        digits = {int(digit) for mark in marks for digit in mark}
        for owner in owners:
            self.cells.setdefault(owner, set()).update(digits)
            if digits:
                self.asserted.discard(owner)
        if owners:
            self._last = list(owners)
            self._marks = list(marks) or self._marks


def _owners(text: str) -> list[int]:
    return list(dict.fromkeys(int(match[1]) for match in CLASS.finditer(text)))


def _crossed(row: str, column: str) -> str:
    return "".join(digit for digit in row if digit in column)


def _groups(text: str, tokens: list[tuple[re.Match[str], str]]) -> list[tuple[str, list[str], str, str]]:
    """Neighbouring classes, and neighbouring places, as (kind, values, text before, text after)."""
    groups: list[tuple[str, list[str], int, int]] = []
    for number, (match, kind) in enumerate(tokens):
        value = match[1] or match[2] or ""
        between = text[groups[-1][3] : match.start()] if groups else ""
        same = bool(groups) and groups[-1][0] == kind and not re.search(r"[\[\]:]", between)
        if same and kind == "C" and re.fullmatch(r"\s*,\s*(?:the |a )?", between) and len(groups) > 1:
            # "In the corners new buildings, roads in the center": between two places the comma parts the classes.
            same = not (groups[-2][0] == "P" and number + 1 < len(tokens) and tokens[number + 1][1] == "P")
        if same and (kind == "P" and not _new_clause(between) or kind == "C" and _JOINED.match(between)):
            groups[-1] = (kind, [*groups[-1][1], value], groups[-1][2], match.end())
        else:
            groups.append((kind, [value], match.start(), match.end()))
    ends = [group[2] for group in groups[1:]] + [len(text)]
    starts = [0, *(group[3] for group in groups[:-1])]
    return [
        (kind, values, text[begin:start], text[end:stop])
        for (kind, values, start, end), begin, stop in zip(groups, starts, ends, strict=True)
    ]


def _class_groups(text: str) -> list[tuple[list[int], str, str]]:
    tokens = [(match, "C") for match in CLASS.finditer(text)]
    return [([int(value) for value in values], before, after) for _, values, before, after in _groups(text, tokens)]


_CLAUSE_START = re.compile(
    r"[,;.]\s*(?:and|while|but|whereas|with)?\s*(?:in|at|on|within|inside)\b|\b(?:and|while|but|whereas) (?:in|at|on) (?:the )?\W*$|[;.]"
)


def _new_clause(between: str) -> bool:
    return _CLAUSE_START.search(between) is not None and re.search(r"\bor\b", between) is None


def _denied(before: str, after: str, place_follows: bool, last: bool) -> bool:
    """Whether a class is said to have no change: a negation right before it, or after it up to what comes next."""
    lead = re.sub(r"\[\s*\]", " ", before.rsplit("›", 1)[-1])
    lead = re.split(r"[.;]|\bbut\b|\bwhile\b|\bhowever\b|\bwhereas\b|,\s*and\b", lead)[-1]
    lead = lead.rsplit(",", 1)[-1] if re.search(r"[:=]", lead) else lead
    if is_negated(lead) and not re.search(r"\bnot only\b", lead):
        return True
    tail = re.split(
        r"[.;]|\bbut\b|\bwhile\b|\bwhereas\b|\bhowever\b|,\s*(?:and|no|the|there)\b|\band no\b"
        + ("" if last else r"|\b(?:no|neither|nor|any)(?: \w+){0,2}\s*$"),
        after,
    )[0]
    if place_follows and not re.search(r"\b(?:not|unchanged|same|none|never)\b|n't", tail):
        return False
    return (
        is_negated(tail)
        or re.fullmatch(r"\s*[:=-]\s*(?:-+|0|‹N0›|none|no)?\s*[.,|]?\s*", tail) is not None
        and re.search(r"[-0]|none|no", tail) is not None
    )


def _asserts(text: str) -> bool:
    return CHANGED.search(text) is not None and not is_negated(text)
