"""How many of each class a reply says: a number belongs to the class of its own segment.

Where a reply tells several numbers of one class, the number that is said of a change counts, before and after alone give
their difference, and parts that add up to one of the numbers give that number; otherwise it cannot be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rsica_data.schema import Unparsed
from rsica_data.text.clauses import AFTER, BEFORE, CHANGED, NUMBER, Clause, clauses_of, is_negated
from rsica_data.text.cleaning import conclusion
from rsica_data.text.mentions import CLASS
from rsica_data.text.stance import DOUBT, read_change

_SPLIT = re.compile(
    r"\s*(?:\||,(?!\d)|;|：|；|，|\band\b|\bbut\b|\bwhile\b|\bwhereas\b|\bplus\b|\balong with\b|\btogether with\b|\bas well as\b|\bwith\b|\balthough\b|"
    r"\bthough\b|\bhowever\b|\bso\b|\bamid\b|\bcompared (?:to|with)\b|\bversus\b|\bvs\.?(?= )|&|(?<=›)\s*/\s*(?=‹)|\.\s|\s-\s(?=‹N\d+› )|\s\+\s|(?<=›)\s*\.|\bwhich\b)\s*"
)
_BESIDE = re.compile(
    r"\b(?:along(?!side\b.*‹N)|beside|next to|near(?:by)?|around|adjacent to|alongside|between|behind|in front of|surrounding|close to|opposite|off|"
    r"(?:both |either |each |one |the )?sides? of|edges? of|end of|corner of|middle of|center of|across(?: from)?|leading to|leads to|parallel to|south of|north of|east of|west of|by the|at the|on the|in the|from the|to the|of the|through|inside)"
    r"\s+(?:(?:a|an|the|this|that|these|each|both|either|existing|old|main|new|same|‹N1›|\w+ing|straight|curved|central|winding|two)\s+){0,4}(‹C\d+[spg]›)"
)
_KEEP_OF = re.compile(
    r"\b(?:number|count|total|amount|quantity|changes?|case|terms|construction|addition|removal|instances?|examples?|pieces?|segments?|one|all|none|any|each|both|sections?)\s+(?:of|in|to|on|from) the$"
)
_ADDED = re.compile(r"\b(?:add\w*|new(?:ly)?|built|construct\w*|appear(?:s|ed)?|gained|erected)\b")
_TAKEN = re.compile(r"\b(?:remov\w*|demolish\w*|disappear\w*|lost|gone|torn down|vanish\w*)\b")
_TOTAL = re.compile(
    r"\b(?:objects?|changes|total|in all|altogether|overall|sum|differences|features|items|classes|combined|cells?|rows?)\b"
)
_CORRECTED = re.compile(
    r"\b(?:actually|correct(?:ion|ed)?|rather|no,|wait|i mean|or rather|scratch that|recount(?:ed|ing)?|on (?:closer|second) (?:look|inspection|thought))\b"
)
_DISOWNED = re.compile(
    r"\b(?:at first|first (?:thought|impression|glance|count)|initially (?:i|thought|counted)|(?:i|we) (?:first|initially) (?:counted|thought|saw)|mistake|was wrong|my first)\b"
)
_OF_TWO = re.compile(
    r"\bboth(?: of)?(?: the| these| those)?\s*(?:\w+ )?(‹C\d+p›)(?!\s*(?:and|&|,|as well as)\s*(?:the |new |changed )*‹C)"
)


@dataclass
class _Told:
    """What the clauses say of one class: values by the kind of saying, and whether it changed without a number."""

    changed: list[tuple[int, str]] = field(default_factory=list)
    plain: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    single: list[int] = field(default_factory=list)
    detail: list[int] = field(default_factory=list)
    vague: bool = False
    zero: bool = False


def read_counts(answer: str, classes: Sequence[str]) -> dict[str, int] | Unparsed:
    """Counts by class, of the classes that the answer speaks of.

    Args:
        answer: what :func:`~rsica_data.text.cleaning.answer_text` gave.
        classes: names of the classes that were asked about.

    >>> read_counts("Buildings: 4 → 9 (5 new). No roads have changed.", ("road", "building"))
    {'road': 0, 'building': 5}
    """
    names = tuple(classes)
    counts = _read(answer, names)
    if isinstance(counts, Unparsed) and counts.reason.startswith("two") and (tail := conclusion(answer)):
        shorter = _read(tail, names)
        return shorter if isinstance(shorter, dict) and len(shorter) == len(names) else counts
    return counts


def _read(answer: str, names: tuple[str, ...]) -> dict[str, int] | Unparsed:
    clauses = clauses_of(answer, names, False)
    told: dict[int, _Told] = {}
    tally = _Reader(told, names)
    for clause in clauses:
        tally.clause(clause)
    counts: dict[str, int] = {}
    for number, name in enumerate(names):
        if number not in told:
            continue
        value = _settle(told[number])
        if isinstance(value, Unparsed):
            return Unparsed(f"{value.reason} of '{name}'")
        if value is not None:
            counts[name] = value
    if counts:
        return counts
    return _without_class(clauses, answer, names)


def _without_class(clauses: Sequence[Clause], answer: str, names: tuple[str, ...]) -> dict[str, int] | Unparsed:
    text = " ".join(clause.text for clause in clauses)
    numbers = [int(digits) for digits in NUMBER.findall(text)]
    if "‹V›" in text and not numbers:
        return Unparsed("an amount without a number")
    if len(set(numbers)) == 1 and (len(names) == 1 or numbers[0] == 0):
        return dict.fromkeys(names, numbers[0])
    if len(names) == 1 and numbers:
        lead = re.match(
            r"\W*(?:(?:yes|there (?:is|are)|it is|i (?:see|count)|approximately|the (?:answer|number|count) is)\W+)*‹N(\d+)›",
            text,
        )
        changed = [int(n) for clause in clauses if CHANGED.search(clause.text) for n in NUMBER.findall(clause.text)]
        if lead or len(set(changed)) == 1:
            return {names[0]: int(lead[1]) if lead else changed[0]}
    if numbers:
        return Unparsed("a number without its class")
    if re.fullmatch(
        r"\W*(?:answer\W+)?(?:no|none|nothing|zero|nil|neither|n/a)(?: of (?:them|these|those|the above|either))?\W*",
        text,
    ):
        return dict.fromkeys(names, 0)
    stance = read_change(answer)
    if stance is False:
        return dict.fromkeys(names, 0)
    return Unparsed("no count of a known class")


class _Reader:
    """Goes through the clauses and notes what each says of which class."""

    def __init__(self, told: dict[int, _Told], names: tuple[str, ...]) -> None:
        self._told, self._names = told, names
        self._last_negated = False

    def clause(self, clause: Clause) -> None:
        """Note what one clause says."""
        if _DISOWNED.search(clause.text) or (DOUBT.search(clause.text) and not NUMBER.search(clause.text)):
            return
        if _CORRECTED.search(clause.text) and NUMBER.search(clause.text):
            for number in {int(match[1]) for match in CLASS.finditer(clause.text)}:
                self._told.pop(number, None)
        text = _OF_TWO.sub(r"‹N2› \1", _equations(clause.text))
        text = _without_beside(text)
        heading = next((found for head in reversed(clause.headings) if (found := _numbers(head))), [])
        head_number = next((found for head in clause.headings if (found := NUMBER.findall(head))), [])
        if clause.record:
            self._record(text, heading)
            return
        detail = bool(heading) and bool(head_number)
        self._segments(text, heading, detail)

    def _record(self, text: str, heading: list[int]) -> None:
        """A row: its classes, and the numbers of its cells by their column names."""
        owners = _numbers(text) or heading
        cells = [cell.strip() for cell in text.split("|")]
        by_cell = [cell for cell in cells if _numbers(cell) and NUMBER.search(cell)]
        if len(owners) > 1 and by_cell:
            for cell in by_cell:
                self._segments(cell, [], False)
            return
        if len(owners) != 1:
            return
        values = [cell for cell in cells if NUMBER.search(cell)]
        if not values and any(CHANGED.search(cell) or not _numbers(cell) for cell in cells):
            if any(is_negated(cell) or cell.endswith("-") for cell in cells):
                self._note(owners[0], 0, "", "zero")
            elif self._last_row_counts(text):
                told = self._of(owners[0])
                told.changed[:] = [(sum(value for value, _ in told.changed) + 1, "instances")]
            return
        for cell in values:
            digits = [int(value) for value in NUMBER.findall(cell)]
            self._note(owners[0], digits[-1], cell, _label(cell, cell))

    @staticmethod
    def _last_row_counts(text: str) -> bool:
        return CHANGED.search(text) is not None and not re.search("‹[VM]", text)

    def _segments(self, text: str, heading: list[int], detail: bool) -> None:
        if self._respectively(text):
            return
        pieces = list(_pieces(text))
        waiting: list[int] = []
        current = list(heading)
        whole_changed = CHANGED.search(text) is not None
        previous_zero = False
        pending: tuple[int, str] | None = None
        for piece, joint in pieces:
            outside, inside = _parentheses(piece)
            owners, values = _numbers(outside), [int(value) for value in NUMBER.findall(outside)]
            if not owners and not values and inside:
                owners, values = _numbers(inside), [int(value) for value in NUMBER.findall(inside)]
                outside, inside = inside, ""
            negated = is_negated(outside) or re.search(r"(?:^|[:=-])\s*-+\s*$", outside) is not None
            if owners and not values and inside and NUMBER.search(inside):
                values = [int(value) for value in NUMBER.findall(inside)]
                outside += f" {inside}"
            if not owners and not values:
                if negated and (waiting or (current and heading)) and not CHANGED.search(joint):
                    for owner in waiting or current:
                        self._note(owner, 0, outside, "zero")
                    waiting = []
                elif "‹V›" in outside and waiting:
                    for owner in waiting:
                        self._of(owner).vague = True
                    waiting = []
                elif waiting and CHANGED.search(outside) and not negated:
                    pass
                continue
            if owners and not values:
                singles = [owner for owner in owners if re.search(rf"‹C{owner}s›", outside)]
                if pending is not None and len(owners) == 1:
                    self._note(owners[0], pending[0], f"{pending[1]} {outside}", _label(outside, text))
                    current, pending = owners, None
                    continue
                shared = (
                    previous_zero
                    and re.fullmatch(r"\W*(?:(?:new|changed|the|any|or|nor|other|visible)\W+)*‹C\d+[spg]›.*", outside)
                    and not CHANGED.search(outside.split("›", 1)[1])
                )
                if negated or (shared and joint in ("", ",", "and", "/", "&")):
                    for owner in [*waiting, *owners]:
                        self._note(owner, 0, outside, "zero")
                    waiting, previous_zero = [], True
                else:
                    if "‹V›" in outside:
                        for owner in owners:
                            self._of(owner).vague = True
                    elif CHANGED.search(outside) and not re.search(
                        r"\b(?:number|count|amount|total) of\b|:\s*$", outside
                    ):
                        for owner in owners:
                            (
                                self._of(owner).single.append(1)
                                if owner in singles
                                else setattr(self._of(owner), "vague", True)
                            )
                    waiting = [*waiting, *owners]
                    previous_zero = False
                current = owners
                continue
            if values and not owners:
                owners = waiting if len(waiting) == 1 else []
                if (
                    not owners
                    and not _TOTAL.search(outside)
                    and len(current) == 1
                    and (heading or _label(outside, "") or joint in (",", "|", ""))
                ):
                    owners = current
                if not owners and waiting and values == [0]:
                    owners = waiting
                if not owners:
                    pending = (values[-1], outside) if len(values) == 1 and not _TOTAL.search(outside) else None
                    continue
                waiting = []
            elif len(owners) == 1 and waiting and negated and not any(values):
                owners = [*waiting, *owners]
            label = _label(outside, text if whole_changed else outside)
            if label in ("before", "after") and re.search(
                r"‹C\d+[spg]›\s*[(:=]?\s*‹N\d+›(?!\s*(?:before|after|in the|→))", piece
            ):
                label = ""
            if len(owners) == 1:
                self._values(owners[0], values, outside, inside, label, detail)
            elif len(owners) == len(values) > 1:
                for owner, value in zip(owners, values, strict=True):
                    self._note(owner, value, outside, label)
            elif values and not any(values):
                for owner in owners:
                    self._note(owner, 0, outside, "zero")
            elif re.search(r"\beach\b|\bapiece\b", outside) and len(set(values)) == 1:
                for owner in owners:
                    self._note(owner, values[0], outside, label)
            else:
                nearest = [
                    (int(m[2]), int(m[1])) for m in re.finditer(r"‹N(\d+)›(?:(?!‹)[^,;])*‹C(\d+)[spg]›", outside)
                ]
                nearest = nearest or [
                    (int(m[1]), int(m[2])) for m in re.finditer(r"‹C(\d+)[spg]›\s*[(:=-]*\s*‹N(\d+)›", piece)
                ]
                for owner, value in nearest:
                    self._note(owner, value, outside, label)
                for owner in set(owners) - {owner for owner, _ in nearest}:
                    if not nearest:
                        self._of(owner).vague = True
            waiting, pending, previous_zero, current = [], None, not any(values), owners

    def _respectively(self, text: str) -> bool:
        owners, values = _numbers(text), [int(value) for value in NUMBER.findall(text)]
        if "respectively" not in text or len(owners) < 2 or len(owners) != len(values):
            return False
        for owner, value in zip(owners, values, strict=True):
            self._note(owner, value, text, "changed")
        return True

    def _values(self, owner: int, values: list[int], outside: str, inside: str, label: str, detail: bool) -> None:
        inner = [int(value) for value in NUMBER.findall(inside)]
        arrow = re.search(r"‹N(\d+)›(?:[^‹]{0,24})(?:→|->|\bto\b)\s*(?:[a-z ]{0,12})‹N(\d+)›", outside)
        if arrow:
            self._of(owner).before.append(int(arrow[1]))
            self._of(owner).after.append(int(arrow[2]))
            values = [int(n) for n in NUMBER.findall(outside[arrow.end() :])]
            marked = [v for v in inner] if CHANGED.search(inside) or len(inner) == 1 else []
            for value in [*values, *marked][:1]:
                self._of(owner).changed.append((value, "changed"))
            return
        if len(set(values)) > 1:
            tagged = [
                int(n)
                for n in re.findall(
                    r"‹N(\d+)›\s*(?:were |are |is |was |have |has |of (?:them|which) )*(?:new(?:ly)?|changed?|added|additional|more|built|demolished|removed)\b",
                    outside,
                )
            ]
            near = re.findall(r"‹N(\d+)›(?:\s+(?!‹)[\w'-]+){0,5}?\s*‹C", outside)
            chosen = tagged if len(set(tagged)) == 1 else [int(near[-1])] if near else values
            values = chosen if len(set(chosen)) == 1 else values
        for value in values:
            if detail:
                self._of(owner).detail.append(value)
            else:
                self._note(owner, value, outside, label)
        if inner and CHANGED.search(inside) and (BEFORE.search(outside) or AFTER.search(outside)):
            self._of(owner).changed.append((inner[-1], inside))

    def _of(self, owner: int) -> _Told:
        return self._told.setdefault(owner, _Told())

    def _note(self, owner: int, value: int, text: str, label: str) -> None:
        told = self._of(owner)
        if label == "zero" or (value == 0 and label == ""):
            told.zero = True
        elif label == "changed":
            told.changed.append((value, text))
        elif label == "before":
            told.before.append(value)
        elif label == "after":
            told.after.append(value)
        else:
            told.plain.append(value)


def _equations(text: str) -> str:
    """ "9 - 4 = 5" and "3 + 2 = 5" are what they come to."""
    return re.sub(
        r"‹N\d+›(?:\s*\w+)?(?:\s*[-+]\s*‹N\d+›(?:\s*\w+)?)+\s*=\s*(?=‹N)",
        "",
        re.sub(r"=\s*‹N\d+›\s*-\s*‹N\d+›\s*=", "=", text),
    )


def _without_beside(text: str) -> str:
    """A class that only says where something lies ("on both sides of a road") is taken off, unless a number is its own."""

    def drop(match: re.Match[str]) -> str:
        before = text[: match.start()] + match[0][: match.start(1) - match.start()]
        if not NUMBER.search(before) and not CLASS.search(before):
            return match[0]
        return (
            match[0]
            if _KEEP_OF.search(before.rsplit("‹", 1)[0].rstrip()) or re.search(r"‹N(?!1›)\d+›\s*$", before)
            else match[0][: match.start(1) - match.start()]
        )

    return _BESIDE.sub(drop, text)


def _numbers(text: str) -> list[int]:
    return list(dict.fromkeys(int(match[1]) for match in CLASS.finditer(text)))


def _label(piece: str, text: str) -> str:
    """Whether a number is said of a change, of the earlier or of the later image."""
    change = CHANGED.search(piece)
    if change is not None:
        return "changed"
    if BEFORE.search(piece):
        return "before"
    if AFTER.search(piece):
        return "after"
    return "changed" if CHANGED.search(text) and not (BEFORE.search(text) or AFTER.search(text)) else ""


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """(piece, joint before it) of a clause, split outside of parentheses."""
    masked = re.sub(r"\([^()]*\)", lambda match: "\x00" * len(match[0]), text)
    start, joint = 0, ""
    for match in _SPLIT.finditer(masked):
        if match.end() == match.start():
            continue
        if text[start : match.start()].strip():
            yield text[start : match.start()], joint
        start, joint = match.end(), match[0].strip()
    if text[start:].strip():
        yield text[start:], joint


def _parentheses(piece: str) -> tuple[str, str]:
    inside = " ".join(re.findall(r"\(([^()]*)\)", piece))
    return re.sub(r"\([^()]*\)", " ", piece), inside


def _settle(told: _Told) -> int | Unparsed | None:
    """The count of one class; None where nothing was said of it."""
    changed = list(dict.fromkeys(value for value, _ in told.changed))
    plain = list(dict.fromkeys(told.plain))
    if len(changed) == 1 and plain and changed[0] != plain[0] and len(plain) == 1:
        return changed[0]
    for values, every in ((changed, [value for value, _ in told.changed]), (plain, told.plain)):
        if len(values) == 1:
            return values[0]
        if values:
            return _whole(every, told)
    if told.before and told.after and len(set(told.before)) == len(set(told.after)) == 1:
        return abs(told.after[0] - told.before[0])
    if told.zero:
        return 0
    if told.detail:
        return sum(told.detail)
    if told.after and len(set(told.after)) == 1 and not told.before:
        return told.after[0]
    if told.single and not told.vague:
        return 1
    if told.vague:
        return Unparsed("an amount without a number")
    return None


def _whole(values: list[int], told: _Told) -> int | Unparsed:
    """Of several numbers the one that the others add up to; of what was added and what was taken away, both."""
    for whole in dict.fromkeys(values):
        if 2 * whole in (sum(values), sum(dict.fromkeys(values))):
            return whole
    kinds = {"added" if _ADDED.search(text) else "taken" if _TAKEN.search(text) else "" for _, text in told.changed}
    if len(told.changed) == 2 and kinds == {"added", "taken"}:
        return sum(value for value, _ in told.changed)
    return Unparsed("two different counts")
