"""Which classes a reply says have changed, and which have not.

Each clause with its own predicate is read by itself: "the road is the same and some villas appear" are two. A class
of which one thing changed and another did not has changed; a whole class that is denied ("no roads") has not. "Only
X" speaks of the others too.
"""

from __future__ import annotations

import re

from rsica_data.text.amounts.groups import without_locations
from rsica_data.text.clauses import CHANGED, Clause, clauses_of, is_negated
from rsica_data.text.mentions import CLASS
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import DOUBT, NO_CHANGE

_PREDICATE = (
    r"(?:is|are|was|were|have|has|had|did|do|does|remain\w*|stay\w*|show\w*|look\w*|seem\w*|appear\w*|"
    r"chang\w*|unchanged|same|intact|differ\w*|got|gets?|went|grew|shrank|vanish\w*|disappear\w*|kept|"
    r"expand\w*|declin\w*|decreas\w*|increas\w*|built|added|removed|new|not|untouched|unaffected|identical|stable)"
)
_JOINT = re.compile(
    r"\s*(?:[;|]|\s-\s|,?\s*\b(?:as|since|because)\b(?=[^‹]{0,20}‹C)|\bbut\b|\bwhile\b|\bwhereas\b|"
    r"\balthough\b|\bthough\b|\bhowever\b|(?<=›)\s*\((?=[^()]{0,80}‹C)|,?\s*\band\b(?= no\b)|,(?= no\b)|"
    r",(?=\s*(?:and |so |then )?(?:it|it's|only|just|not|as for|every|all)\b))\s*"
)
_AND = re.compile(
    r"\s*(?:,\s*and\b|\band\b|,)\s+(?=(?:(?:the|no|not|all|some|many|several|a|an|new|most|two|three|‹N\d+›|"
    r"‹V›|only|also|these|those|existing|whole|entire)\s+){0,4}‹C)"
)
_ONLY = re.compile(r"\b(?:only|just|solely|exclusively)\b[^‹.;,]{0,60}‹C(\d+)|‹C(\d+)[spg]›(?= (?:alone|only)\b)")
_NOT_ONLY = re.compile(r"n't (?:just|only)|\bnot (?:just|only)\b")
_NOT_SAME = re.compile(
    r"\b(?:not|n't|no longer|hardly|far from|never|neither|none)\b(?:\s+(?:(?:is|are|was|were|of|them|look|"
    r"looks|be|been|quite|exactly|completely|entirely|all|at|the|remain|remained|stay|stayed|"
    r"being)\s+){0,4})?(?:same|identical|unchanged|intact|unaffected|untouched|stable|without (?:any )?change|"
    r"free of change)\b"
)
_ELLIPTICAL = re.compile(r"‹C\d+[spg]›\s+(?:are|is|was|were|have|has|had|did|do|does)(?P<no>n't| not)?\W*$")
_ZERO = re.compile(r"‹N0›|\bno\b|\bwithout\b|\bnone\b|[:=-]\s*(?:no|none|false|0)\W*$")
_WHOLE = re.compile(r"\b(?:no|none|neither|nor|any|all|every|each|zero|nothing|not a single|never)\b|‹N0›")
_ALL = re.compile(r"\b(?:both|all|every|each)\b")


def class_stances(answer: str, classes: tuple[str, ...]) -> dict[str, bool | None]:
    """Which classes a reply says have changed, and which have not; None for those that it only names.

    >>> class_stances("The road is the same as before and some villas appear.", ("road", "building"))
    {'road': False, 'building': True}
    """
    by_class: dict[int, list[tuple[bool | None, bool]]] = {}
    only: list[int] = []
    exclusive = True
    previous: bool | None = None
    for clause in clauses_of(answer, classes, False):
        if DOUBT.search(clause.text) and "‹N" not in clause.text:
            continue
        entries = _of_clause(clause, len(classes), previous)
        for owner, polarity, whole in entries:
            by_class.setdefault(owner, []).append((polarity, whole))
        previous = entries[-1][1] if entries else previous
        only += [int(match[1] or match[2]) for match in _ONLY.finditer(clause.text)]
        exclusive = exclusive and not _NOT_ONLY.search(clause.text)
    stances = {classes[owner]: _settled(entries) for owner, entries in by_class.items()}
    if len(set(only)) == 1 and exclusive and stances.get(classes[only[0]]) is not False:
        for name in classes:
            stances[name] = name == classes[only[0]] or bool(stances.get(name))
    return stances


def _of_clause(clause: Clause, count: int, previous: bool | None) -> list[tuple[int, bool | None, bool]]:
    text = re.sub(r"\b(?:not only|not just)\b", " ", _without_locations(clause.text))
    heading = next((owners for head in reversed(clause.headings) if (owners := _owners(head))), [])
    stances: list[tuple[int, bool | None, bool]] = []
    if (
        _ALL.search(text)
        and not _owners(text)
        and CHANGED.search(text)
        and re.search(r"\b(?:class\w*|them|these|categor\w*|kinds?)\b", text)
    ):
        return [(owner, polarity_of(text), True) for owner in range(count)]
    excepted = _excepted(text, count)
    if excepted is not None:
        return excepted
    last: list[int] = heading
    for part in parts_of(text):
        owners = _owners(part) or (
            last
            if re.search(
                r"^\W*(?:they|these|it|those|both|one of them|none of them|which|another|one more|new ones?|"
                r"an? (?:further|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|new one))\b",
                part,
            )
            or (heading and not _owners(text))
            else []
        )
        elliptical = _ELLIPTICAL.search(part)
        # "The roads are unchanged, the buildings are not": the opposite of what stands before.
        polarity = polarity_of(part)
        if elliptical is not None:
            polarity = not previous if previous is not None else elliptical["no"] is None
        previous = polarity if polarity is not None else previous
        stances += [(owner, polarity, _WHOLE.search(part) is not None) for owner in owners]
        last = owners or last
    return stances


def _without_locations(text: str) -> str:
    """A clause without the classes that only say where another lies."""
    without = without_locations(text)
    return without if _owners(without) else text


def _excepted(text: str, count: int) -> list[tuple[int, bool | None, bool]] | None:
    """Read "apart from the buildings nothing changed" and "everything but the roads changed"."""
    match = word_pattern("truth.except").search(text)
    lead = (
        re.match(r"[^‹.;,]{0,30}((?:‹C\d+[spg]›(?:\s*(?:,|and|or)\s*(?:the )?)?){1,6})", text[match.end() :])
        if match
        else None
    )
    if match is None or lead is None:
        return None
    rest = text[: match.start()] + text[match.end() + lead.end() :]
    if _owners(rest) or not re.search(r"\b(?:nothing|no|none|everything|all|every|neither)\b", rest):
        return None
    others = polarity_of(rest)
    if re.search(r"\b(?:nothing|none|neither)\b|\bno\b", rest):
        others = False
    named = set(_owners(lead[1]))
    return None if others is None else [(n, (n in named) is not others, True) for n in range(count)]


def _owners(text: str) -> list[int]:
    return list(dict.fromkeys(int(match[1]) for match in CLASS.finditer(text)))


def _settled(entries: list[tuple[bool | None, bool]]) -> bool | None:
    """One stance of several of a class: a whole denial stands, else what changed counts."""
    sure = [(polarity, whole) for polarity, whole in entries if polarity is not None]
    if not sure:
        return None
    if sure[0][0] is False and sure[0][1]:
        return False
    return any(polarity for polarity, _ in sure)


def polarity_of(part: str) -> bool | None:
    """Whether a marked clause says that what it names changed; None where it only names it."""
    if _NOT_SAME.search(part):
        return True
    denied = re.search(r"\bneither\b|\bnone\b", part) is not None
    if (
        denied
        or _ZERO.search(part)
        or is_negated(part)
        or NO_CHANGE.search(part)
        or word_pattern("truth.same").search(part)
    ):
        return False
    if CHANGED.search(part) or re.search(r"‹[NV]", part) or re.search(r"[:=-]\s*(?:yes|true|1)\W*$", part):
        return True
    return True if (word_pattern("choices.lost").search(part) or word_pattern("choices.gained").search(part)) else None


def parts_of(text: str) -> list[str]:
    """Clauses of a marked sentence, each with the classes that share its predicate: "no roads or trees" stays one."""
    parts: list[str] = []
    for piece in _JOINT.split(text):
        start = 0
        for match in _AND.finditer(piece):
            left = piece[start : match.start()]
            marks = list(CLASS.finditer(left))
            if not marks:
                continue
            after = left[marks[-1].end() :]
            before_ = left[: marks[0].start()]
            own = re.search(rf"\b{_PREDICATE}(?:n't)?\b", after) or re.search(r"[:=]", after)
            right = piece[match.end() :]
            # "no roads and some new buildings": each with its own word of amount.
            opposed = re.search(r"\bno\b", before_) and re.match(
                r"(?:some|many|several|a|an|two|three|new|‹N[1-9]|‹V›)", right
            )
            if own or opposed:
                parts.append(left)
                start = match.end()
        parts.append(piece[start:])
    return [part for part in parts if part.strip(" .,")]
