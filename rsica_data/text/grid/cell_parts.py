"""A sentence made ready for reading: what it says of the earlier image, exceptions, "both", and its parts with
heads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_runs import CHANGED
from rsica_data.text.grid.cell_words import CLASS_MARK, PLACE_MARK, TOKEN, classes_of, is_denied, pattern_of
from rsica_data.text.mentions import CLASS
from rsica_data.text.positions.places import PLACE

_BESIDE = re.compile(
    r"\b(?:along(?:side)?|beside|next to|near(?:by)?|around|adjacent to|between|behind|"
    r"in front of|surrounding|close to|opposite|past|beyond|across from|"
    r"(?:both |either |each |one |the )?sides? of|parallel to|off|leading (?:up )?to|"
    r"leads? (?:up )?to|connect(?:ing|s|ed)?(?: to| with)?|toward|to serve|serv(?:es|ing)|"
    r"reach(?:es|ing)|access(?:ing)? to|giving access to|lining|flanking|facing|south of|"
    r"north of|east of|west of|above|below|under)\s+"
    rf"(?:(?:a|an|the|this|that|these|those|each|both|either|existing|old|main|new|newly|"
    rf"built|same|of|few|two|nearby|residential|dirt|paved)\s+){{0,4}}{CLASS_MARK}"
)
_EXISTING = re.compile(
    rf"\b(?:existing|unchanged|already existing|original|old|older|previous|former|"
    rf"pre-existing)\s+(?:\w+\s+){{0,2}}{CLASS_MARK}"
)
_UNLIKE = re.compile(
    rf"\b(?:unlike|in contrast (?:to|with)|as opposed to|compared (?:to|with)) (?:in |"
    rf"the )*{PLACE_MARK}[^,.;‹]*,(?:\s*where[^,.;‹]*,)?"
)
_NONE_ELSEWHERE = re.compile(r",?\s*(?:and|but)?\s*\b(?:none|nothing|nowhere|not)\s+(?:elsewhere|anywhere else|else)\b")
_YES_AT = re.compile(rf"({PLACE_MARK})\s*[:=(-]?\s*yes\b\)?")
_NO_AT = re.compile(rf"{PLACE_MARK}\s*[:=(-]?\s*no\b\)?(?!\s*‹C)|\ball (?:the )?others?:? no\b")
_BEFORE = pattern_of("before")
_AFTER = re.compile(r"\b(?:second|after|later|newer|now|post-?\w*|in both|new)\b")
_NOT_BEFORE = re.compile(
    r"(?:\b(?:that|which|it|they),? )?\b(?:was|were|is|are|did|had|have|has)(?:n't|"
    r" not)\s+(?:yet |previously |)(?:present|there|exist(?:ing)?|visible|seen|built|been|"
    r"here|in|appear)\b[^.;,‹]{0,40}?(?:\b(?:before|earlier|previously|originally|"
    r"initially|yet|(?:first|before|earlier|older|pre)[ -]?(?:image|picture|photo|date|"
    r"scene|one))\b|(?=[.;,]|$))"
)
_NONE_BEFORE = re.compile(
    rf"\b(?:previously|originally|before|earlier|formerly)?,? ?(?:there )?(?:was|were|"
    rf"had been) (?:no|not any|not a) (?:such )?({CLASS_MARK})(?: there| here)? (?:before|"
    rf"earlier|previously|originally|initially|in the (?:first|before|earlier) (?:image|"
    rf"picture|photo|one))\b"
)
_ONE_HEAD = re.compile(
    rf"(?:{CLASS_MARK}|{PLACE_MARK})(?:\s*\([^()‹›]{{0,20}}\))?\s*(?:[:=]|"
    rf"→(?!\s*(?:{CLASS_MARK}|{PLACE_MARK}))|→(?=\s*{PLACE_MARK})|\s-\s)"
)
_LIST_BEFORE = re.compile(rf"(?:(?:{CLASS_MARK}|{PLACE_MARK})(?:[\s,/&+→]|\b(?:and|or|the|new|both)\b){{1,12}})+$")
_ONLY_BOTH = re.compile(
    r"(?:(?<=\()|(?<=[:=→-] )|(?<=with )|(?<=contains )|(?<=contain )|(?<=shows )|"
    r"(?<=show )|(?<=has )|(?<=have ))both\b(?=\W*(?:$|[),.;]))"
)
_EXCEPT = (
    r"(?:except(?: for| that| in)?|other than|apart from|save for|but for|aside from|"
    r"besides|with the exception of|excluding)"
)
_BUT_FOR = re.compile(
    rf"^(?P<before>.*?)\b{_EXCEPT}\b(?P<after>.*)$|^(?P<other>.*?\b(?:no|nothing|none|"
    rf"unchanged|the same)\b.*?)\bbut\b(?P<one>\W*(?:the|for|a|an|one|two|some|new|"
    rf"in)\b.*)$"
)
_EXCEPT_FIRST = re.compile(rf"^\W*{_EXCEPT}\b(?P<one>.*?),(?P<before>.*)$")


def with_both(sentence: str, count: int) -> str:
    """A sentence with "both", "both classes" as the two classes that were asked about."""
    sentence = (
        re.sub(r"\b(?:both|the two) classes\b", "‹C0p› and ‹C1p›", sentence)
        if count == 2 and CLASS.search(sentence)
        else sentence
    )
    return _ONLY_BOTH.sub("‹C0p› and ‹C1p›", sentence) if count == 2 else sentence


def with_exception(sentence: str) -> str:
    """What did change in "nothing changed except the buildings in A", "the roads are unchanged except in A"."""
    first = _EXCEPT_FIRST.match(sentence)
    match = first or _BUT_FOR.match(sentence)
    if match is None:
        return sentence
    before = match["before"] if match["before"] is not None else match["other"]
    if first is not None and not is_denied(before) and PLACE.search(first["one"]) and not CLASS.search(first["one"]):
        less = {digit for place in PLACE.findall(first["one"]) for digit in place}
        return re.sub(r"‹P012345678›", f"‹P{''.join(d for d in '012345678' if d not in less)}›", before)
    after = match["one"] or (match["after"] if first is None else "") or ""
    if not is_denied(before) or is_denied(after) or not TOKEN.search(after):
        return sentence
    classes, places = classes_of(before), PLACE.findall(before)
    if CLASS.search(after) and not places and (PLACE.search(after) or not classes):
        return f"changed {after}"
    within = classes and {d for mark in PLACE.findall(after) for d in mark} < {d for mark in places for d in mark}
    if PLACE.search(after) and not CLASS.search(after) and (within or all(len(place) == 9 for place in places)):
        return " and ".join(f"‹C{number}p›" for number in classes) + f" : {after}" if classes else after
    return sentence


def is_of_before(sentence: str) -> bool:
    """Whether a sentence describes the earlier image alone."""
    return _BEFORE.search(sentence) is not None and not _AFTER.search(sentence) and not CHANGED.search(sentence)


def told_of_change(sentence: str) -> str:
    """A marked sentence without the classes that only say where another lies or that were there before."""
    return _EXISTING.sub(" ", _BESIDE.sub(" ", sentence))


def without_contrast(sentence: str) -> str:
    """As in "Unlike A, where nothing happened, B has new houses": without what B is set against."""
    return _NONE_ELSEWHERE.sub(" ", _UNLIKE.sub(" ", sentence))


def with_marks_of_places(sentence: str) -> str:
    """As in "A yes, B no, C yes": the places that are marked with yes."""
    if not _YES_AT.search(sentence):
        return sentence
    return _YES_AT.sub(r"\1", _NO_AT.sub(" ", sentence))


def parts_of(sentence: str) -> list[str]:
    """A sentence parted where a class or place with a colon begins again: "A: none, B: road"."""
    cuts = [0]
    for match in _ONE_HEAD.finditer(sentence):
        arrow = "→" in match[0]
        if arrow and (match[0].startswith("‹P") or not re.match(rf"\s*{PLACE_MARK}", sentence[match.end() :])):
            continue
        start = match.start()
        before = (
            _LIST_BEFORE.search(sentence, cuts[-1], start) if _same_kind_before(sentence, cuts[-1], match) else None
        )
        start = before.start() if before else start
        if TOKEN.search(sentence[cuts[-1] : start]) or re.search(r"[:=]", sentence[cuts[-1] : start]):
            cuts.append(start)
    return [
        part
        for start, end in zip(cuts, [*cuts[1:], len(sentence)], strict=True)
        if (part := sentence[start:end]).strip(" ,;.-")
    ]


def _same_kind_before(sentence: str, start: int, match: re.Match[str]) -> bool:
    tokens = list(TOKEN.finditer(sentence, start, match.start()))
    return (
        bool(tokens)
        and (tokens[-1][1] is None) == match[0].startswith("‹P")
        and ":" not in sentence[start : match.start()]
    )


def without_earlier_absence(sentence: str) -> str:
    """As in "A house that was not there before" is a new house."""
    return _NONE_BEFORE.sub(r"new \1", _NOT_BEFORE.sub(" new ", sentence))


_ANSWER = re.compile(r"^\W*(?:yes|no|none|nope|yeah|not)\b")


def with_questions_answered(sentences: Sequence[str]) -> list[str]:
    """A question and its answer as one: "do roads change? No." is "roads: no"; other questions tell nothing."""
    result: list[str] = []
    asked = ""
    for sentence in sentences:
        if sentence.rstrip().endswith("?"):
            asked = " and ".join(f"‹C{number}p›" for number in classes_of(sentence))
            continue
        answers = asked and (_ANSWER.match(sentence) or not CLASS.search(sentence))
        result.append(f"{asked} : {sentence}" if answers else sentence)
        asked = ""
    return result


_SAME_AS = re.compile(
    rf"\b(?:in |at )?(?:exactly )?the same (?:\w+ )?(?:cells?|places?|locations?|areas?)"
    rf"(?: as| where) (?:the |new )*({CLASS_MARK})"
)


def with_same_cells(facts: CellFacts, text: str) -> str:
    """Take "the buildings changed in the same cells as the roads" as both, or as the cells of the roads."""
    match = _SAME_AS.search(text)
    if match is None:
        return text
    without = f"{text[: match.start()]} {text[match.end() :]}"
    if PLACE.search(without):
        return f"{match[1]} and {without}"
    cells = facts.cells.get(classes_of(match[1])[0], set())
    return f"{text[: match.start()]} in ‹P{''.join(map(str, sorted(cells)))}› {text[match.end() :]}" if cells else text


def with_former_and_latter(text: str) -> str:
    """Take "the latter" as what it means: the second of two classes, or of the places before it."""
    word = re.search(r"\bthe (?:former|latter)\b", text)
    if word is None:
        return text
    numbers, places = classes_of(text[: word.start()]), PLACE.findall(text[: word.start()])
    if len(places) == 2:
        text = re.sub(r"\b(?:in|at|on) the (former|latter)\b", lambda m: f"in ‹P{places[m[1] == 'latter']}›", text)
    if len(numbers) == 2:
        first, last = (f"; ‹C{number}p›" for number in numbers)
    elif len(places) == 2:
        first, last = (f"; in ‹P{digits}›" for digits in places)
    else:
        return text
    return re.sub(r"\bthe latter\b", last, re.sub(r"\bthe former\b", first, text))


def same_places(facts: CellFacts, text: str) -> list[str]:
    """The places that "the same cells" are: all those of the class before, where it has several."""
    last = facts.last_classes[:1]
    cells = facts.cells.get(last[0], set()) if last else set()
    several = re.search(r"\b(?:cells|places|areas|locations|squares|spots)\b", text) is not None
    return [str(cell) for cell in sorted(cells)] if several and len(cells) > 1 else list(facts.last_places)
