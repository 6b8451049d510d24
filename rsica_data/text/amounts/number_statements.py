"""What a number of a class says: a whole, a change, one image's objects, a part of another number.

A number after "in total", "so", "that makes" is the whole. One in brackets, after a colon or after "of which",
"including", "with" is a part of the number before it, as is one that only describes ("10 houses, one is hidden"). The
numbers on the two sides of an arrow are those of the two images, unless the right one sums up ("→ 5 changed houses").
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.text.amounts.groups import Group
from rsica_data.text.sentences import Sentence
from rsica_data.text.statement import Statement
from rsica_data.text.word_patterns import pattern_of, word_pattern
from rsica_data.text.yes_no.set_phrases import is_changed

_WHOLE_AFTER = re.compile(
    r"\s*(?:that |which )?(?:have|has|were|are|is|was)\s+(?:been\s+)?(?:\w+ly\s+)?[\w-]+"
    r"(?:\s+(?:up|down|in total|overall|between the two images))?\s*(?:[,.]\s*[^‹]{0,80})?$|\s*(?:changed)?\s*[.]?\s*$"
)
_WHOLE_BEFORE = pattern_of(r"\W*(?:(?:«openings»|‹A› (?:shows|has|contains))\W*)*")
_QUALIFIED = re.compile(
    r"\s*(?:[\w-]+\s+){0,2}(?:in|at|on|along|near|north|south|east|west|to the|by the|around|within)\b"
)
# "4 (north), 2 (south)": each number has its own place.
_LISTED = re.compile(r"\s*\([^()‹]{1,30}\)\s*(?:,|and|\+)\s*(?:and )?‹N\d+›\s*\(")
_ALTERNATIVE = pattern_of(r"\b«alternatives»\W+(?:(?:even|it is|it's|as many as|only|just)\W+)*$")
_AFTER_NUMBER = re.compile(r"‹N\d+›[\s,]*(?:[a-z]+\s+){0,3}$")
_INSTEAD = re.compile(r"\b(?:replac\w*|gave way|convert\w+|turned) (?:by|with|to|into)\s*$")
_PREDICATE = pattern_of(r"\s*(?:of (?:them|these|those|which) )?«predicates»(?![^\W_])(?! (?:in ‹[AB]›|new|been))")
_ONLY = re.compile(r"\b(?:single|only|just|limited to|confined to|restricted to)\b")
_JUDGED = re.compile(r"\s*(?:judging|probably|apparently|presumably|likely|perhaps|by the looks?|it seems|i think)\b")
_SAID = re.compile(
    r"\W*(?:it is|it's|that is|that makes|that leaves|there (?:are|is)|the (?:answer|count|number) is)\b"
)
_PICKED = re.compile(
    r"\s*of (?:which|them|these|those|whom)\s+"
    r"(?:(?:have|has|had|are|were|is|was|been|newly|clearly|actually|also|only|really|being)\s+){0,4}([\w-]+)"
)


def number_statement(
    sentence: Sentence, group: Group, value: int, owner: int, stated: Sequence[Statement], earlier: Sequence[Statement]
) -> Statement | None:
    """The statement that a number of a class makes; None for a second thought in brackets ("2 (possibly 3)").

    Args:
        sentence: where the number stands.
        group: the number.
        value: its value.
        owner: number of its class.
        stated: statements of the same sentence before it.
        earlier: statements of the sentences before.
    """
    mine = [other for other in stated if other.owner == owner and other.kind == "number"]
    alternative = _is_alternative(sentence, group, bool(mine))
    if alternative and sentence.in_brackets(group):
        return None
    role = _role(sentence, group, mine, specifies=group.owner is None and _is_vague(stated, owner))
    if role == "" and _is_out_of(sentence, group, mine):
        role = "picked"
    elif role == "" and _is_detail(sentence, group, owner, mine, earlier):
        picks = (
            bool(mine)
            and (_picks_changed(sentence, group) or _opens_pick(sentence, group))
            and not _is_of_changed(sentence, mine)
        )
        role = "picked" if picks else "detail"
    elif role == "":
        role = _image(sentence, group) or "plain"
    start, end = sentence.part(group, 0)
    return Statement(
        owner,
        "number",
        value,
        "plain" if alternative and role == "total" else role,
        whole=role in ("changed", "plain") and _is_whole(sentence, group, bool(mine)),
        way=sentence.way(group),
        further=word_pattern("counting.further").search(sentence.words(group, 1)) is not None,
        disowned=word_pattern("counting.disowned").search(sentence.text[start:end]) is not None,
        identity=_identity(sentence.text, group),
        at=sentence.number_at(group),
        named=group.owner is not None,
        alternative=alternative,
    )


def _is_vague(stated: Sequence[Statement], owner: int) -> bool:
    return any(other.kind == "vague" and other.owner == owner for other in stated)


def _image(sentence: Sentence, group: Group) -> str:
    """The role of a number by the words near it and by arrows."""
    text = sentence.text
    if re.match(r"\s*(?:[a-z]+\s+)?→", text[group.end :]):
        if not group.label and is_changed(text[group.start : group.end]):
            return "changed"
        return "after" if sentence.role(group) == "after" else "before"
    return "after" if _after_arrow(text, group) else sentence.role(group)


def _after_arrow(text: str, group: Group) -> bool:
    return re.search(r"→\s*(?:[a-z]+\s+)?$", text[: group.start]) is not None


def _role(sentence: Sentence, group: Group, mine: Sequence[Statement], specifies: bool) -> str:
    """``total``, or "" where a number is no whole. ``specifies``: it says how many "several" are."""
    if specifies:
        return "total"
    if _after_arrow(sentence.text, group):
        both = {statement.role for statement in mine} >= {"before", "after"}
        return "total" if both or not mine or is_changed(sentence.text[group.start : group.end]) else ""
    start, end = sentence.part(group, 0)
    introduced = _SAID.match(sentence.text[start : group.start]) is not None
    elsewhere = introduced and sentence.concludes(start) and not re.search(r"‹[AB]›|→", sentence.text[start:end])
    unbound = elsewhere or _image(sentence, group) not in ("before", "after")
    return "total" if unbound and sentence.is_total(group) else ""


def _is_whole(sentence: Sentence, group: Group, beside: bool) -> bool:
    before, after = sentence.text[: group.start], sentence.text[group.end :]
    if group.label and not beside and _QUALIFIED.match(after) is None and _LISTED.match(after) is None:
        return True
    return _WHOLE_BEFORE.fullmatch(before) is not None and _WHOLE_AFTER.match(after) is not None


def _is_detail(
    sentence: Sentence, group: Group, owner: int, mine: Sequence[Statement], earlier: Sequence[Statement]
) -> bool:
    after = sentence.text[group.end :]
    if not mine:
        before = next((s for s in reversed(earlier) if s.owner == owner and s.kind == "number"), None)
        of_these = re.match(r"\s*of (?:these|those|them|which)\b", after)
        return before is not None and before.role not in ("before", "after") and of_these is not None
    if mine[-1].role in ("before", "after"):
        return False
    first = next((other for other in sentence.groups if sentence.number_at(other) == mine[0].at), None)
    if first is None or (group.label and first.owner is None):
        return False
    between = sentence.text[first.end : group.start]
    if sentence.in_brackets(group) and not sentence.in_brackets(first):
        return True
    if word_pattern("counting.detail_openers").search(between + after[:12]):
        return True
    if (group.owner is None or group.value == 1) and re.search(r"\bwith\b", between):
        return True
    describes = mine[-1].role == "detail" or _PREDICATE.match(after) is not None
    if group.owner is None and describes and not is_changed(sentence.words(group, 2)):
        return True
    return re.search(r":|\s-\s", between) is not None or _is_apposition(sentence, group, first)


def _is_apposition(sentence: Sentence, group: Group, first: Group) -> bool:
    """Whether a number tells the first one again: "One building has changed, a barn", "a single new house, a barn"."""
    between = sentence.text[first.end : group.start]
    only = _ONLY.search(sentence.text[: first.end]) or _JUDGED.match(sentence.text[group.end :])
    return (
        group.value == first.value == 1
        and group.owner is not None
        and group is sentence.groups[-1]
        and (is_changed(between) or only is not None)
        and re.search(r",\s*$", between) is not None
        and re.search(r"\b(?:is|are|was|were|has|have)\b", sentence.text[group.end :]) is None
    )


_OF_WHICH = re.compile(r"\b(?:of|among) (?:which|these|those|them)\b[^.;]{0,60}$")
_INCLUDES_NEW = re.compile(r"‹N\d+› (?:newly built|new|added|changed)\b")


def _opens_pick(sentence: Sentence, group: Group) -> bool:
    """As in "12 houses and 3 roads, of which 4 houses and 1 road are new", "the 12 houses include 4 new ones"."""
    before, end = sentence.text[: group.start], sentence.part(group, 0)[1]
    if len(sentence.owners) > 1 and group.owner is not None and _OF_WHICH.search(before):
        return is_changed(sentence.text[group.start : end])
    included = re.search(r"\binclud(?:e|es|ing)\s*(?:the )?$", before)
    return included is not None and _INCLUDES_NEW.match(sentence.text[group.start :]) is not None


def _is_out_of(sentence: Sentence, group: Group, mine: Sequence[Statement]) -> bool:
    """Whether a number picks the changed ones out of all: "12 houses, but only 1 of the houses has changed"."""
    own = re.match(r"‹N\d+› of (?:the|these|those) ", sentence.text[group.start :])
    if own is None or group.label or not mine or mine[-1].value < (group.value or 0):
        return False
    start, end = sentence.part(group, 0)
    return mine[-1].at < start and is_changed(sentence.text[start:end])


def _is_of_changed(sentence: Sentence, mine: Sequence[Statement]) -> bool:
    """Whether the words of the numbers before say that they are of changed objects."""
    return any(
        is_changed(sentence.words(group, 1))
        for group in sentence.groups
        if group.counts and sentence.number_at(group) in {s.at for s in mine if s.role == "changed"}
    )


def _picks_changed(sentence: Sentence, group: Group) -> bool:
    """Whether a number is that of the changed ones: "15 buildings, 3 of which have changed"."""
    match = _PICKED.match(sentence.text[group.end :])
    return match is not None and is_changed(match[1])


def _is_alternative(sentence: Sentence, group: Group, beside: bool) -> bool:
    """Whether a number stands for another: "5 houses, or maybe 6", "two houses were replaced by one house"."""
    before = sentence.text[: group.start]
    if _ALTERNATIVE.search(before) is not None:
        return beside or _AFTER_NUMBER.search(before) is not None
    if not beside:
        return False
    hedged = group.owner is None and re.search(r"\b(?:could|might|may)\b", sentence.before(group)) is not None
    return hedged or _INSTEAD.search(before) is not None


def _identity(text: str, group: Group) -> str:
    own = text[group.start : group.end]
    if not group.label or group.form != "s" or not re.fullmatch(r"‹C\d+s›\s*#?\s*‹N\d+›", own):
        return ""
    verb = re.match(r"\s*(?:,(?:[^,‹]|‹M›){0,60},)?\s*(?:is|was|has|had|appear\w*)\b", text[group.end :])
    return "certain" if "#" in own or verb else "possible"
