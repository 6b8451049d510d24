"""What the clauses of an answer say of the number of each class, one statement for each number, denial or change.

Whose a number is: its own group's class; else the last class of the sentence, the class of the heading or of the
label in front ("Buildings. Two were ..."), or for "a further three", "five of these" the class of the last statement.
A number of other things ("3 cars") counts nothing. A question says nothing but names what comes next ("Roads? None.").

A class without a number is denied ("no roads", "the roads stayed as they were"), one object ("the road was widened", an
item "new house"), or an amount without a number. A correction takes back what stood before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from rsica_data.text.amounts.groups import Group, is_foreign
from rsica_data.text.amounts.number_statements import number_statement
from rsica_data.text.clauses import Clause, is_negated
from rsica_data.text.mentions import CLASS
from rsica_data.text.normalized.row_values import UNKNOWN, counted_cells, row_statements
from rsica_data.text.sentences import Sentence, denies, has_number
from rsica_data.text.statement import Statement
from rsica_data.text.word_patterns import pattern_of, word_pattern
from rsica_data.text.yes_no.set_phrases import is_changed, prepared
from rsica_data.text.yes_no.stance import DOUBT

_MOST_GROUPS = 120
_LONGEST = 1500
_FOLLOWER = pattern_of(
    r"\s*(?:$|[,.;:)\]!?&=|→(+/-]|‹[ABM]›|(?:«followers»|«further»|«pieces»|«added»|«taken»|«altered»)(?![^\W_]))"
)
_BACK = re.compile(
    r"\b(?:near|past|beside|by|behind|of|to|along|between|around|serving|from|with) (?:the|these|those)\s*$|"
    r"\b(?:past|beside|along|serves|serving)\s*$"
)
_ANAPHOR = pattern_of(r"\b«anaphors»\b")
_UNCHANGED = re.compile(r"\W*(?:unchanged|not changed|no changes?|unaffected|existing|preserved|retained)(?: \w+)?\W*")
_UNCOUNTED = re.compile(
    r"\b(?:can(?:no|')?t|cannot|can not|could(?:n't| not)|unable to|not able to)\s+(?:\w+\s+){0,2}?"
    r"(?:count|say how many|tell how many|determine|estimate|quantify|number)\b[^.;:,]{0,30}$"
)
_DEFINITE = re.compile(r"\b(?:the|this|that|its|their|one)\s+(?:(?!and\b|of\b|in\b|number\b|count\b)[\w-]+\s+){0,4}$")
_OTHER = re.compile(r"\b(?:other|others|remaining|rest of(?: the)?|further|additional) (?:[\w-]+ )?$")
_ITEM = pattern_of(r"\s*(?:$|[.,;()]|«item_ends»\b)")
_STAYED = re.compile(r"\b(?:stay\w*|remain\w*|still|constant|steady|unchanged|same|kept|stable)\b")
_KEPT = re.compile(r"\b(?:unchanged|unaltered|unaffected|preserved|retained)\s+(?:[\w-]+\s+){0,2}(?:‹C\d+[spg]›.*)?$")
_SEES_NONE = re.compile(
    r"\b(?:can(?:no|')?t|cannot|can not|could(?: not|n't)|unable to|do(?:n't| not)|did(?:n't| not)|fail(?:ed)? to)\s+"
    r"(?:\w+\s+){0,2}?(?:see|find|detect|spot|observe|notice|discern|identify|make out|recogni[sz]e|perceive)\s+"
    r"(?:a|any|an|a single|‹N1›)\b"
)


def statements_of(clauses: Sequence[Clause], classes: int) -> list[Statement]:
    """The statements of an answer's clauses, in order. ``classes``: how many classes were asked about."""
    reader = _Reader(classes)
    for number, clause in enumerate(clauses):
        reader.read(clause, number)
    return reader.statements


@lru_cache(maxsize=4096)
def sentence_of(text: str) -> Sentence:
    """A marked text as a sentence; of a long one, a loop in most cases, its beginning and its end."""
    if len(text) > 2 * _LONGEST:
        text = f"{text[:_LONGEST]} ; {text[-_LONGEST:]}"
    return Sentence(prepared(text))


class _Reader:
    """Goes through the clauses and keeps what was said, and of which class last."""

    def __init__(self, classes: int) -> None:
        self.statements: list[Statement] = []
        self._only = 0 if classes == 1 else None
        self._label: int | None = None
        self._last: int | None = None
        self._items: set[str] = set()

    def read(self, clause: Clause, number: int) -> None:
        """Note what one clause says."""
        headings = [sentence_of(heading) for heading in clause.headings]
        item = _item(clause)
        if item and (clause.text in self._items) and re.search(r"‹N(?!1›)", clause.text):
            return  # a loop: two items with one text are one, but for "a new house"
        self._items |= {clause.text} if item else set()
        read = self._row(clause, headings) if clause.record else self._sentence(clause.text, headings, bool(item))
        if any(_UNCHANGED.fullmatch(heading.text) for heading in headings):
            read = [statement for statement in read if statement.kind != "number"]
        below = {group.owner for heading in headings for group in heading.groups if group.value is not None}
        image = next((role for heading in reversed(headings) if (role := _heading_role(heading.text))), "")
        for statement in read:
            if statement.role != "total" and statement.owner in below and statement.kind in ("number", "vague"):
                statement = replace(statement, role="detail")
            elif statement.role == "plain" and image:
                statement = replace(statement, role=image)
            self.statements.append(replace(statement, sentence=number, item=item))

    def _row(self, clause: Clause, headings: Sequence[Sentence]) -> list[Statement]:
        cells = [sentence_of(cell.strip()) for cell in clause.text.split("|")]
        if _UNCHANGED.fullmatch(cells[0].text):
            return []
        if counted := counted_cells(cells):
            total = word_pattern("counting.total").search(cells[0].text) is not None
            image = _heading_role(cells[0].text)
            row = [statement for cell in counted for statement in self._sentence(cell.text, (), False)]
            return [
                replace(s, whole=False, role="total" if total else image if image and s.role == "plain" else s.role)
                for s in row
            ]
        owners = list(dict.fromkeys(owner for cell in cells for owner in cell.owners)) or _under(headings)
        return row_statements(owners[0], cells) if len(owners) == 1 else []

    def _sentence(self, text: str, headings: Sequence[Sentence], item: bool) -> list[Statement]:
        sentence = sentence_of(text)
        groups = () if sentence.text.endswith("?") else tuple(sentence.groups[:_MOST_GROUPS])
        counts = any(group.counts for group in groups)
        if not counts and DOUBT.search(sentence.text) and not _SEES_NONE.search(sentence.text):
            return [Statement(owner, "unnumbered") for owner in sentence.owners]
        under = _under(headings)
        label = under[0] if len(under) == 1 else self._label
        stated = _respectively(sentence, groups)
        if not stated:
            for place in range(len(groups)):
                stated += self._group(sentence, groups, place, label, stated, item)
        if not groups and len(sentence.text) < 120:
            stated += _said_of(sentence.text, under or ([label] if label is not None else []))
        stated = _parts_of_all(stated)
        self._correct(sentence, stated)
        if sentence.owners:
            names = not counts and len(CLASS.sub("", sentence.text).split()) <= 4
            self._label = sentence.owners[0] if len(sentence.owners) == 1 and names else None
            self._last = sentence.owners[-1]
        return stated

    def _group(
        self,
        sentence: Sentence,
        groups: Sequence[Group],
        place: int,
        label: int | None,
        stated: Sequence[Statement],
        item: bool,
    ) -> list[Statement]:
        group, text = groups[place], sentence.text
        if not group.counts:
            return _class_alone(sentence, groups, place, item)
        owner = self._owner(sentence, groups, place, label) if group.owner is None else group.owner
        if owner is None or word_pattern("counting.excluded").search(sentence.before(group)):
            return []
        stays = sentence.stays(group)
        if group.value is None:
            partitive = re.match(r"‹V›\s*of (?:the|these|those|them|which)\b", text[group.start :])
            return [] if stays or partitive else [Statement(owner, "vague")]
        if re.search(r"\bnot\s*$", text[: group.start]) and "but" in text[group.end :]:
            return []
        if stays or _is_kept(sentence, group):
            return [Statement(owner, "zero", group.value)]
        if group.label and re.match(r"\W*each\b", text[group.end :]):
            waiting = [other.owner for other in groups[:place] if other.owner is not None and not other.counts]
            return [Statement(each, "number", group.value, whole=True) for each in dict.fromkeys([*waiting, owner])]
        if (shared := _shared(sentence, groups, place)) is not None:
            kind = "vague" if group.value else "number"
            return [Statement(owner, kind), Statement(shared, kind)]
        statement = number_statement(sentence, group, group.value, owner, stated, self.statements)
        if statement is not None and item and not group.label:
            statement = replace(statement, whole=False)
        return [] if statement is None else [statement]

    def _owner(self, sentence: Sentence, groups: Sequence[Group], place: int, label: int | None) -> int | None:
        """The class of a number that stands alone, None where it is of nothing that was asked for."""
        group, text = groups[place], sentence.text
        after = text[group.end : group.end + 60]
        following = groups[place + 1] if place + 1 < len(groups) else None
        if (
            following is not None
            and following.owner is not None
            and following.counts
            and re.fullmatch(r"\s*(?:→|,|and)\s*", text[group.end : following.start])
            and not following.label
        ):
            return following.owner  # "4 → 9 buildings", "9 and 7 houses"
        left = [other.owner for other in groups[:place] if other.owner is not None]
        if is_foreign(after) or (left and _BACK.search(text[max(0, group.start - 24) : group.start])):
            return None
        if group.vague and label is None and not re.match(r"\s*(?:$|[.,;)]|of them|have|has|were|are)", after):
            return None
        # In "north: 2, south: 3" under a heading any noun may follow; elsewhere one that is no class is something else.
        labelled = label is not None and not left and re.match(r"[\w\s-]{0,40}:?\s*$", text[: group.start])
        if not _FOLLOWER.match(after) and not labelled:
            return None
        if left:
            return left[-1]
        if label is not None or self._only is not None:
            return self._only if label is None else label
        near = text[max(0, group.start - 40) : group.end + 24]
        return self._last if word_pattern("counting.corrected").search(text) or _ANAPHOR.search(near) else None

    def _correct(self, sentence: Sentence, stated: list[Statement]) -> None:
        """Take back what a correction puts right."""
        mark = word_pattern("counting.corrected").search(sentence.text)
        if mark is None or not has_number(sentence.text):
            return
        after = {s.owner for s in stated if s.kind == "number" and s.at >= mark.start()}
        if after and all(s.further and not s.named for s in stated if s.owner in after and s.kind == "number"):
            return  # "wait, there is another one": it comes on top
        stated[:] = [replace(s, disowned=True) if s.owner in after and s.at < mark.start() else s for s in stated]
        # "I counted one shed twice, it's 7": of numbers with and without their class the last one counts.
        for owner in after:
            late = [s for s in stated if s.owner == owner and s.kind == "number" and s.at >= mark.start()]
            late = [s for s in late if s.role != "detail"]
            if len({s.named for s in late}) > 1:
                stated[:] = [replace(s, disowned=True) if s in late[:-1] else s for s in stated]
        owners = after or {s.owner for s in stated if s.kind == "number"}
        self.statements[:] = [
            replace(s, disowned=True) if s.owner in owners and not s.disowned else s for s in self.statements
        ]


def _is_kept(sentence: Sentence, group: Group) -> bool:
    """Whether a number is that of objects that did not change: "unchanged roads: 3", "5 of them are old"."""
    text = sentence.text
    if _KEPT.search(text[max(0, group.start - 60) : group.start]) or _KEPT.search(text[group.start : group.end]):
        return True
    if group.label:
        return _STAYED.search(text[group.start : group.end]) is not None
    picked = re.match(r"\s*of (?:which|these|those|them)\b([^.;:‹]{0,60}(?:‹B›)?)", text[group.end :])
    return picked is not None and not is_changed(picked[1]) and ("‹B›" in picked[1] or denies(picked[1]))


def _parts_of_all(stated: list[Statement]) -> list[Statement]:
    """In "15 houses, 12 of them unchanged, 3 new" the first number is that of all, and the last of the changed ones."""
    at = next((place for place, s in enumerate(stated) if s.kind == "zero" and s.value), 0)
    if (
        not at
        or (stated[at - 1].kind, stated[at - 1].owner) != ("number", stated[at].owner)
        or stated[at - 1].value < stated[at].value
    ):
        return stated
    rest = stated[at - 1].value - stated[at].value
    return [
        *stated[: at - 1],
        replace(stated[at - 1], role="after", whole=False),
        stated[at],
        *(replace(s, role="changed") if s.role == "detail" and s.value == rest else s for s in stated[at + 1 :]),
    ]


def _item(clause: Clause) -> str:
    """Name of the list that a clause is an item of: also of lines that begin with parts of the scene."""
    if clause.item or clause.record:
        return str(clause.headings)
    label = re.match(r"\W*([^:]{1,50}):", clause.text)
    parts = label is not None and word_pattern("counting.parts_of_scene").fullmatch(label[1])
    return f"{clause.headings}:" if parts else ""


def _under(headings: Sequence[Sentence]) -> list[int]:
    """The classes of the nearest heading that names any."""
    return next((heading.owners for heading in reversed(headings) if heading.owners), [])


def _heading_role(text: str) -> str:
    marks = re.findall(r"‹([AB])›", text)
    if len(set(marks)) == 1:
        return "before" if marks[0] == "B" else "after"
    return "changed" if not marks and is_changed(text) else ""


def _respectively(sentence: Sentence, groups: Sequence[Group]) -> list[Statement]:
    owners = [group.owner for group in groups if group.owner is not None]
    values = [group.value for group in groups if group.value is not None]
    if "respectively" not in sentence.text or not len(set(owners)) == len(owners) == len(values) > 1:
        return []
    pairs = zip(owners, values, strict=True)
    return [Statement(owner, "number", value, "changed", whole=True) for owner, value in pairs]


def _said_of(text: str, owners: Sequence[int]) -> list[Statement]:
    """What a sentence without a class says of the classes of its heading or label: "none", "unknown"."""
    if UNKNOWN.search(text):
        return [Statement(owner, "vague") for owner in owners]
    return [Statement(owner, "zero") for owner in owners] if denies(text) else []


def _shared(sentence: Sentence, groups: Sequence[Group], place: int) -> int | None:
    """A further class under one number: "5 roads and buildings"."""
    group = groups[place]
    after = groups[place + 1] if place + 1 < len(groups) else None
    if group.owner is None or group.label or after is None or after.counts or after.owner == group.owner:
        return None
    between = sentence.text[group.end : after.start]
    joined = re.fullmatch(r"\s*(?:and|or|nor|/|&|,)\s*(?:(?:new|changed|other)\s+)?", between)
    if "s" in (after.form, group.form) or not joined or is_negated(sentence.words(after, 2)):
        return None
    return after.owner


def _class_alone(sentence: Sentence, groups: Sequence[Group], place: int, item: bool) -> list[Statement]:
    """What is said of a class without a number."""
    group, text = groups[place], sentence.text
    assert group.owner is not None
    before, after = text[: group.start], text[group.end :]
    if _UNCOUNTED.search(text[sentence.part(group, 0)[0] : group.start]):
        return [Statement(group.owner, "vague")]
    if UNKNOWN.match(text[group.start : sentence.part(group, 1)[1]][:80]):
        return [Statement(group.owner, "vague")]
    if item and group.form == "s" and len(sentence.owners) == 1 and _ITEM.match(after) and not denies(text):
        return [Statement(group.owner, "number", 1, "changed")]
    stance, image = sentence.stance(group), sentence.role(group)
    if stance == "zero" and _OTHER.search(before):
        return []
    if stance == "zero":
        if image in ("before", "after") and re.search(r"\bno\s+(?:\w+\s+)?$", before):
            return [Statement(group.owner, "number", 0, image)]
        return [Statement(group.owner, "zero")]
    following = groups[place + 1] if place + 1 < len(groups) else None
    numbered = following is not None and following.counts and following.owner in (None, group.owner)
    asked = re.search(r"\b(?:number|count|amount|total) of\s+(?:[\w-]+\s+){0,3}$", before)
    if stance != "changed" or numbered or asked or re.match(r"\s*[:?]?\s*$", after):
        return []
    definite = group.form == "s" and _DEFINITE.search(before)
    return [Statement(group.owner, "single" if definite else "unnumbered")]
