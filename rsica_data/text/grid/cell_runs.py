"""Runs of neighbouring classes and places in a sentence, and what is denied of each.

A denial belongs to what it stands before ("no roads", "no change in the roads") or behind ("roads have not
changed", "the roads in A are unchanged"); one before a place without a class denies the place ("nothing changed
in A", "not in C").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rsica_data.text.grid.cell_words import TOKEN, is_denied, pattern_of
from rsica_data.text.mentions import CLASS
from rsica_data.text.word_patterns import word_pattern

_EMPTY_LIST = r"\[\s*\]|\(\s*\)|\{\s*\}|∅"
_LEAD_WORDS = (
    r"(?:no|not|without|neither|nor|zero|never|nothing|none|lacks?|lacking|free of|n't|"
    r"cannot|absence of|lack of|unchanged|no sign of|hardly any|barely any)"
)
_LEAD = re.compile(rf"(?:\b{_LEAD_WORDS}\b|n't\b)(?! only\b| just\b| longer\b| doubt\b)[^‹]{{0,60}}$")
_NO_MORE = re.compile(r"\b(?:no|any|nothing|not) (?:\w+ )?(?:other|further|additional|more|else)\b")
_NONE_BETWEEN = re.compile(
    rf"^\W*(?:none|nothing|n/a|nil|unchanged|no changes?|not changed|no|0|-{{1,3}}|{_EMPTY_LIST})\W*$"
)
_CLEAR_VALUE = re.compile(rf"^\s*[:=→|-]+\s*(?:0|-{{1,3}}|none|no|false|nil|x)?\W*$|^\s*(?:{_EMPTY_LIST})")
BREAK = re.compile(
    r"[;.]|\b(?:but|while|whereas|however|although|though|whilst|yet)\b|\s-\s|"
    r",\s*(?=(?:and |with )?(?:no|the|there|nothing|neither|without|which|i|we|its?|all|"
    r"other|every)\b)"
)
SOFT_BREAK = re.compile(rf"{BREAK.pattern}|,|\band\b|\bwith\b|\(|\)")
_JOINED = re.compile(
    r"^(?!\W*changed\b\W*(?:,|and\b))\W*(?:(?:and|or|nor|as well as|along with|"
    r"together with|with|plus|&|both|the|of|new|changed|some|also|a|an|two|three|several|"
    r"many|few|additional|,|/|\+)\W*)*$"
)
_NOT_AT = re.compile(
    r"(?:\bnot|n't|\bexcept(?: for)?|\brather than|\binstead of|\bexcluding|"
    r"\bminus)\s*(?:also |just |only )?(?:in|at|on|from)?(?: the)?\W*$"
)
REST = pattern_of("rest")
CHANGED = word_pattern("cells.changed")
_KEPT_IN_BRACKETS = re.compile(
    r"\s*[(\[]\s*(?:unchanged|no changes?|not changed|existing|(?:the )?same|already there|old|as before|"
    r"unaffected|0|none|no)\s*[)\]]"
)
_KEPT_APART = re.compile(
    r"\s*(?:,|\s-)\s*(?:(?:and |but )?(?:all|both|each|they|it)(?: of (?:them|which|these))?|"
    r"of which (?:all|none)|which)?\s*"
    r"(?:(?:are|is|were|was|have|has|did|look|remain|stay)\w* )?(?:all |both )?"
    r"(?:unchanged|no changes?|the same|not chang\w*|unaltered|unaffected|as before|already there|old|"
    r"intact)\b(?![^‹.;]{0,30}\bexcept)"
)
_YES_OR_NO = re.compile(r"\W*(yes|no|true|false|y|n|0|1)\W*")


@dataclass
class Run:
    """Neighbouring classes (kind C) or places (P) with the text before and after them."""

    kind: str
    values: list[str]
    start: int
    end: int
    before: str = ""
    after: str = ""
    denied: bool = field(default=False)

    @property
    def classes(self) -> list[int]:
        return [int(value) for value in self.values]


def runs_of(text: str) -> list[Run]:
    """Classes and places of a text in order, neighbours joined, with what is denied of each."""
    runs: list[Run] = []
    for match in TOKEN.finditer(text):
        kind, value = ("C", match[1]) if match[1] is not None else ("P", match[2])
        between = text[runs[-1].end : match.start()] if runs else ""
        if runs and runs[-1].kind == kind and (_joins(between) if kind == "C" else _lists(between)):
            runs[-1].values.append(value)
            runs[-1].end = match.end()
        else:
            runs.append(Run(kind, [value], match.start(), match.end()))
    runs = _split_lists(text, runs)
    for number, run in enumerate(runs):
        run.before = text[runs[number - 1].end if number else 0 : run.start]
        run.after = text[run.end : runs[number + 1].start if number + 1 < len(runs) else len(text)]
    values = [_YES_OR_NO.fullmatch(run.after) for run in runs if run.kind == "C"]
    if values and all(values):
        for run, value in zip((run for run in runs if run.kind == "C"), values, strict=True):
            run.denied = value is not None and value[1] in ("no", "false", "n", "0")
        return runs
    for number, run in enumerate(runs):
        run.denied = _class_denied(runs, number) if run.kind == "C" else _place_denied(runs, number)
    return runs


def _joins(between: str) -> bool:
    return _JOINED.match(between) is not None and "[" not in between


def _lists(between: str) -> bool:
    """Whether two places belong to one list: only joining words between them."""
    return re.fullmatch(
        r"(?:[\s,&+/'\"→)(-]|\b(?:and|or|the|in|at|on|also|both|plus|as|well|cells?|to|then|"
        r"even|with|some|a|few|of|image|scene|grid|picture|part)\b){0,60}",
        between,
    ) is not None and not re.search(r"\band (?:in|at|on)\b|\), *\(?$", between)


def _split_lists(text: str, runs: list[Run]) -> list[Run]:
    """As in "In the corners new buildings, roads in the center": between two places a comma parts the classes."""
    result: list[Run] = []
    for number, run in enumerate(runs):
        only = number + 1 == len(runs) and is_denied(text[run.end :])
        last = only or (
            number + 1 < len(runs)
            and runs[number + 1].kind == "P"
            and not any(r.kind == "C" for r in runs[number + 2 :])
        )
        if (
            run.kind == "C"
            and len(run.values) == 2
            and result
            and result[-1].kind == "P"
            and result[0].kind == "P"
            and last
        ):
            marks = list(CLASS.finditer(text, run.start, run.end))
            if "," in text[marks[0].end() : marks[1].start()]:
                result += [Run("C", [m[1]], m.start(), m.end()) for m in marks]
                continue
        result.append(run)
    return result


def _class_denied(runs: Sequence[Run], number: int) -> bool:
    run = runs[number]
    following = runs[number + 1] if number + 1 < len(runs) else None
    before = run.before
    if number and _NONE_BETWEEN.match(before) and not re.search(r"\bno\W*$", before):
        before = ""
    if _KEPT_IN_BRACKETS.match(run.after) or (_KEPT_APART.match(run.after) and not CHANGED.search(run.before[-40:])):
        return True
    lead = BREAK.split(before)[-1]
    lead = (
        lead
        if re.match(r"\W*(?:unchanged|no changes?|not changed|without changes?|same|none|nothing)\b", before)
        and not number
        else re.split(r"[:=]", lead)[-1]
    )
    lead = re.sub(_EMPTY_LIST, " ", lead)
    if _LEAD.search(lead) and not _NO_MORE.search(lead) and not _owned(runs, number, lead):
        return True
    tail = BREAK.split(run.after)[0]
    if following is not None and following.kind == "C":
        tail = re.split(
            r"\band\b|,|\b(?:no|without|neither|nor)\b(?! (?:\w+ )?(?:changes?|difference|alteration|modification))",
            tail,
        )[0]
    if (following is None or following.kind == "C") and (
        _CLEAR_VALUE.match(tail) and re.search(r"[-0x]|none|no|nil|false|" + _EMPTY_LIST, tail)
    ):
        return True
    tail = re.sub(r"\b(?:not only|no longer|now)\b|\(.{0,80}?\)", " ", tail)
    if following is not None and following.kind == "P":
        # "Roads in A are unchanged": the denial stands behind the places.
        apart = number > 0 and runs[0].kind == "P" and "," in run.after
        later = "" if apart or BREAK.search(run.after) else SOFT_BREAK.split(following.after.lstrip(" )"))[0]
        return _denies(tail, strict=True) or (not CHANGED.search(tail) and _predicate_denied(later, runs, number + 1))
    return _denies(tail)


def _owned(runs: Sequence[Run], number: int, lead: str) -> bool:
    """Whether a denial before a class belongs to the class or place before it ("roads: none. Buildings", "A: no;
    B").
    """
    if not number:
        return False
    previous = runs[number - 1]
    return (
        previous.kind == "C"
        and re.search(r"\b(?:not|n't|unchanged|none)\b[^‹]{0,30}$", lead) is not None
        and not re.search(r"\b(?:no|without|neither|nor)\b", lead)
        and bool(re.search(r"\b(?:have|has|are|is|were|was|did|do)\b", lead))
    )


def _denies(tail: str, strict: bool = False) -> bool:
    if strict:
        return (
            re.search(
                r"\b(?:before and after|in both|already there)\b|"
                r"\b(?:not|unchanged|same|none|never|no)\b(?! (?:cells?|two|three))|n't\b",
                re.sub(r"\bsame (?:two |three )?(?:cells?|places?|areas?)\b", " ", tail),
            )
            is not None
        )
    return is_denied(REST.split(tail)[0])


def _predicate_denied(later: str, runs: Sequence[Run], number: int) -> bool:
    """Whether what stands behind a place denies the change there: "are unchanged", "were already there", "no
    change".
    """
    if number + 1 < len(runs) and re.search(r"\b(?:no|without|neither|nor|not|any)\b(?:\W+\w+){0,4}\W*$", later):
        later = re.sub(r"\b(?:no|without|neither|nor|not)\b(?:\W+\w+){0,4}\W*$", " ", later)
    if REST.search(later):
        return False
    return (
        is_denied(re.sub(r"\b(?:not only|no longer)\b", " ", later))
        or re.match(r"\s*[:=-]\s*(?:-+|0|none|no|x)\W*$", later) is not None
    )


def _place_denied(runs: Sequence[Run], number: int) -> bool:
    run = runs[number]
    if _NOT_AT.search(run.before) or _KEPT_IN_BRACKETS.match(run.after):
        return True
    lead = BREAK.split(re.sub(r"^\s*[(\[][^()\[\]]{0,40}[)\]]", " ", run.before))[-1]
    no_class = number == 0 or BREAK.search(run.before) is not None or runs[number - 1].kind == "P"
    if no_class and _LEAD.search(lead) and not _NO_MORE.search(lead):
        return True
    if number and runs[number - 1].kind == "C" and no_class is False:
        return _predicate_denied(
            SOFT_BREAK.split(re.sub(r"^\W+(?=\w)", "", run.after))[0] if not re.match(r"\s*,", run.after) else "",
            runs,
            number,
        )
    tail = BREAK.split(re.sub(r"^\s*\(", "", run.after))[0]
    tail = tail if number + 1 == len(runs) else SOFT_BREAK.split(tail)[0]
    return _predicate_denied(tail, runs, number) and (
        number + 1 == len(runs) or not re.search(r"^\W*(?:no|without)\b", tail)
    )


_PREDICATE = re.compile(r"\W*(?:have|has|did|do|does|are|is|were|was|remain|stay|look|show)")


def all_denied(text: str, runs: Sequence[Run]) -> bool:
    """Whether one denial ends a list of objects: "the buildings in A and the road in B did not change"."""
    if [run.kind for run in runs[:3]] != ["C", "P", "C"] or runs[-1].kind != "P":
        return False
    gaps = [run.before for run in runs[1:] if run.kind == "C"]
    head = text[: runs[-1].end]
    return (
        is_denied(text[runs[-1].end :])
        and re.match(r"\W*(?:have|has|did|do|does|are|is|were|was|remain|stay|look|show)", text[runs[-1].end :])
        is not None
        and all(re.fullmatch(r"\W*(?:and|or|nor|,|the|a|any|both|\s)*\W*", gap) for gap in gaps)
        and not CHANGED.search(head)
        and ":" not in head
        and not is_denied(head)
    )
