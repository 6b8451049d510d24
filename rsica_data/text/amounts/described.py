"""Whether something changed, where an answer gives data in place of a statement.

Fields and lists of a structure (``{"changes": []}``, ``{"new_buildings": 2}``), pairs of values for each kind of object
("roads - no; buildings - yes"), a probability of change, and descriptions or counts of both images side by side.
"""

from __future__ import annotations

import re
from typing import Any

from rsica_data.schema import Unparsed
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.normalized.literals import structures_in
from rsica_data.text.yes_no.assertions import any_of

_CHANGE_KEY = re.compile(
    r"chang|differ|new|added|removed|demolish|built|object|region|area|box|detect|alter|appear|modif|construct"
)
_REASON_KEY = re.compile(
    r"reason|explan|rationale|thought|analysis|justif|confid|evidence|note|comment|question|prompt|status|"
    r"error|score|id$|^(?:type|name|tool|role)$"
)
_SAME_KEY = re.compile(r"same|identical|unchanged|no change|similar")
_EMPTY = frozenset(("", "none", "null", "n/a", "na", "nan", "unknown", "[]", "{}"))
_NEGATIVE = re.compile(
    r"\W*(?:no|none|nothing|false|0|no changes?|unchanged|not changed|nil|same|n|no (?:\w+ ){0,2}"
    r"(?:changes?|differences?)(?: detected| found| observed)?)\W*"
)
_POSITIVE = re.compile(r"\W*(?:yes|true|changed|[1-9]\d{0,5}|y|new|added|built|removed|demolished)\b.{0,80}", re.DOTALL)
_ITEM = re.compile(
    r"(?:^|[;,|\n:.])\s*(?:the |new |changed )?(?P<key>[a-z][a-z ]{1,24}?)\s*(?:[:=]|\s-|→)\s*"
    r"(?P<value>yes|no|none|unchanged|changed|not changed|no changes?|same|true|false|\d{1,6})(?=\s*(?:$|"
    r"[;,|.\n(]))"
)
_PROBABILITY_WORD = (
    r"(?:probabilit\w*|likelihood|chances?|confidence|certainty|odds|p ?\(\s*change\s*\)|p ?\(changed\)|"
    r"(?:change|changed) (?:score|prob)|score|p[ _]change(?:d)?|p[ _]yes)"
)
_PROBABILITY = re.compile(
    rf"{_PROBABILITY_WORD}(?P<of>[^.\n\d]{{0,80}}?)[\s:=(]*(?:about |around |roughly |approximately |~ ?)?"
    rf"(?P<value>\d{{1,3}}(?:\.\d{{1,6}})?|\.\d{{1,6}})(?P<mark>\s*(?:%|percent)|\s*/\s*100?\b)?"
)
_CERTAIN = re.compile(
    r"(?P<value>\d{1,3}(?:\.\d{1,4})?)\s*(?:%|percent)\s*(?:chance|probability|likelihood|certain|"
    r"confident|sure|confidence|likely)\b(?P<of>[^.\n]{0,80})"
)
_YES_SHARE = re.compile(
    r"\byes\s*[:=(-]+\s*(?P<yes>\d{1,3}(?:\.\d{1,4})?)\s*%?[\s),;|]*no\s*[:=(-]+\s*(?P<no>\d{1,3}"
    r"(?:\.\d{1,4})?)|\bno\s*[:=(-]+\s*(?P<no2>\d{1,3}(?:\.\d{1,4})?)\s*%?[\s),;|]*yes\s*[:=(-]+\s*"
    r"(?P<yes2>\d{1,3}(?:\.\d{1,4})?)"
)
_OBJECTS = re.compile(
    rf"(?:(?P<no>\bno\b|\bwithout\b|n't\b|\b0\b|\bempty of\b)(?:\s+\w+){{0,2}}\s+)?(?:\b"
    rf"(?P<count>\d{{1,6}})\s+(?:\w+\s+){{0,2}}?)?\b(?P<noun>{any_of('assertions.objects')})(?:e?s)?\b"
)
_BEFORE = re.compile(
    r"\b(?:(?:the |in |at )*(?:first|before|earlier|previous|initial|pre)(?:[ -](?:image|picture|photo|"
    r"one|scene|frame|date|change|event|tile))?|(?:left|old|older|original) (?:image|picture|photo|one|"
    r"scene|frame|tile)|(?:image|picture|photo|img|time|date|t) ?(?:1|one|a))\b"
)
_AFTER = re.compile(
    r"\b(?:(?:the |in |at )*(?:second|after|later|latter|post)(?:[ -](?:image|picture|photo|one|scene|"
    r"frame|date|change|event|tile))?|(?:right|new|newer|current) (?:image|picture|photo|one|scene|frame|"
    r"tile)|(?:image|picture|photo|img|time|date|t) ?(?:2|two|b))\b"
)
_ROW = re.compile(
    r"^(?P<name>[^|\n]{1,60})\|\s*(?P<k1>[^|:\n]{1,40}):\s*(?P<v1>[^|\n]{0,80})\|\s*"
    r"(?P<k2>[^|:\n]{1,40}):\s*(?P<v2>[^|\n]{0,80})",
    re.MULTILINE,
)
_UNTOLD = -1
NO_ANSWER = Unparsed("fields without an answer")


def listed(answer: str) -> bool | Unparsed | None:
    """What the fields of an answer that is a structure say of change; None where it is none or they hold sentences.

    >>> listed('{"changes": []}'), listed('{"roads": false, "buildings": true}')
    (False, True)
    """
    text = re.sub(r"```\w*|\s+", " ", answer).strip(" `")
    if text[:1] not in ("{", "["):
        return None
    if re.fullmatch(r"\[\s*\]|\{\s*\}", text):
        return False if text[0] == "[" else NO_ANSWER
    structures = structures_in(answer)
    if len(structures) != 1:
        return None
    values = list(_values(structures[0], ""))
    if not values or all(value is None for value in values):
        return NO_ANSWER
    known = [value for value in values if isinstance(value, bool)]
    if "text" in values or not known:
        return None
    return any(known)


def _values(value: Any, key: str, depth: int = 0) -> list[bool | str | None]:
    """What each leaf says: changed or not, None for an empty one, ``text`` for words that must be read."""
    if depth > 6:
        return ["text"]
    if isinstance(value, dict):
        kept = [(str(k).lower().replace("_", " "), v) for k, v in value.items()]
        return [leaf for k, v in kept if not _REASON_KEY.search(k) for leaf in _values(v, k, depth + 1)]
    if isinstance(value, list | tuple):
        if not value:
            return [False] if _CHANGE_KEY.search(key) or not key else [None]
        if _CHANGE_KEY.search(key) and not all(_is_negative(entry) for entry in value):
            return [True]
        return [leaf for entry in value for leaf in _values(entry, key, depth + 1)]
    if isinstance(value, str) and value[:1] in ("{", "[") and (inner := structures_in(value)):
        return _values(inner[0], key, depth + 1)
    return [_scalar(value, key)]


def _is_negative(entry: Any) -> bool:
    return isinstance(entry, str) and _NEGATIVE.fullmatch(entry.lower()) is not None


def _scalar(value: Any, key: str) -> bool | str | None:
    text = (
        ("yes" if value else "no") if isinstance(value, bool) else "" if value is None else str(value).strip().lower()
    )
    same = _SAME_KEY.search(key) is not None
    if _NEGATIVE.fullmatch(text) and not (text == "none" and value is None):
        return same
    if text in _EMPTY:
        return None
    if re.fullmatch(r"yes|true|y|changed|[1-9]\d{0,5}", text):
        return not same
    return "text"


def listed_items(text: str) -> bool | None:
    """Whether one of several kinds of object is said to have changed: "roads - no; buildings - yes"."""
    items = list(_ITEM.finditer(text))
    if len(items) < 2 and not re.match(r"\W*changed\s*:", text):
        return None
    values = [not _NEGATIVE.fullmatch(match["value"]) for match in items]
    if not values or any(values):
        return True if values else None
    # All of them did not change: only where nothing else is told.
    return None if re.search(r"[a-z]{3}", re.sub(r"^\W*changed\b\s*:?", "", _ITEM.sub(" ", text))) else False


def probability(text: str) -> bool | None:
    """Whether a probability of change that a text gives is one half or more.

    >>> probability("probability that something changed: 0.97"), probability("confidence that a change occurred: 2%")
    (True, False)
    """
    both = _YES_SHARE.search(text)
    if both is not None:
        yes, no = (float(both[name] or both[f"{name}2"]) for name in ("yes", "no"))
        return None if yes == no else yes > no
    for pattern in (_PROBABILITY, _CERTAIN):
        for match in pattern.finditer(text):
            about = match["of"] + (
                text[max(0, match.start() - 12) : match.end("of")] if pattern is _PROBABILITY else ""
            )
            if "chang" not in about and "differ" not in about and not re.search(r"\b(?:same|identical)\b", about):
                continue
            mark = match.groupdict().get("mark") or ("%" if pattern is _CERTAIN else "")
            value = float(match["value"])
            if (value > 1 and not mark) or value > 100:
                continue
            share = (
                value / (10 if mark.strip().endswith("/10") or mark.replace(" ", "") == "/10" else 100)
                if mark
                else value
            )
            same = re.search(r"\b(?:no|nothing|not|none|un|same|identical|unchanged|without)\b|unchanged|n't\b", about)
            return (share >= 0.5) ^ (same is not None)
    return None


_TWO_COUNTS = re.compile(
    r"\b(\d{1,6})(?: [\w-]+){1,3},? (?:before|earlier|previously|in the (?:first|"
    r"earlier) \w+)\b[^.\d]{0,40}\b(\d{1,6})\b"
    r"[^.\d]{0,30}\b(?:after\w*|now|later|in the (?:second|later) \w+)\b"
)


def described(text: str) -> bool | None:
    """Whether descriptions or counts of both images differ: objects of which the earlier image has none, or fewer.

    >>> described("the first image shows an empty field. the second image shows the field with six houses.")
    True
    """
    rows = [row for row in _ROW.finditer(text) if _BEFORE.search(row["k1"]) and _AFTER.search(row["k2"])]
    if rows:
        counted = [row["v1"].strip() != row["v2"].strip() for row in rows if re.match(r"\s*\d", row["v1"])]
        return any(counted) if counted else None
    for left, right in re.findall(r"(?:^|[.:;\n])([^.:;\n→]{3,60})→([^.:;\n→]{3,60})", text):
        sides = (
            {match["noun"] for match in _OBJECTS.finditer(left)},
            {match["noun"] for match in _OBJECTS.finditer(right)},
        )
        if all(sides) and sides[0] != sides[1]:
            return True
    counted_twice = _TWO_COUNTS.search(words_to_digits(text))
    if counted_twice is not None:
        return counted_twice[1] != counted_twice[2]
    after_at = _AFTER.search(text)
    before_at = _BEFORE.search(text)
    if after_at is None or before_at is None or before_at.start() > after_at.start():
        return None
    before, after = _objects(text[: after_at.start()]), _objects(text[after_at.start() :])
    bare = re.search(r"^[^\d]{0,60}\b(\d{1,5})\s*(?:$|[.,;])", text[after_at.end() :])
    if len(before) == 1 and bare is not None and not after:
        return True if int(bare[1]) != next(iter(before.values())) else None
    if after and before == after and all(count > 0 for count in after.values()):
        return False
    gained = any(noun not in before or count > before[noun] > 0 for noun, count in after.items() if count)
    lost = any(after.get(noun) == 0 for noun, count in before.items() if count)
    return True if gained or lost else None


def _objects(text: str) -> dict[str, int]:
    """Objects named in a text with their number: 0 for none, ``_UNTOLD`` where no number is told."""
    objects: dict[str, int] = {}
    for match in _OBJECTS.finditer(text):
        objects[match["noun"]] = 0 if match["no"] else int(match["count"] or _UNTOLD)
    return objects
