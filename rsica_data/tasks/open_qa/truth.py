"""Yes-or-no questions: an answer said outright, or a statement held against what was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rsica_data.schema import Unparsed
from rsica_data.text.cells import read_cells
from rsica_data.text.clauses import CHANGED, clauses_of, is_negated
from rsica_data.text.counts import read_counts
from rsica_data.text.mentions import CLASS, mentions
from rsica_data.text.stance import DOUBT, NO_CHANGE, plain, read_change, read_yes_no

Args = Mapping[str, Any]

_TRUE = re.compile(r"^\W*(?:(?:that|this|it|the statement|statement)(?:'s| is| would be)? )?(?:exactly |entirely |quite |indeed |absolutely )?(?:correct|right|true|so|the case|accurate)\b(?! of)|\b(?:statement|claim|assertion) (?:is|holds)(?: \w+)? ?(?:true|correct|right|accurate)?\b(?! (?:not|false|wrong|incorrect|untrue))|^\W*(?:indeed|exactly|agreed|affirmative|of course|sure(?:ly)? (?:is|are|has|have))\b|\b(?:they|it|there) (?:do|does|did|have|has|is|are|was|were)\s*[:.,!]|\b(?:this|that|it) is (?:indeed )?(?:the case|so|true|correct|right)\b")  # fmt: skip
_FALSE = re.compile(r"\b(?:not (?:true|correct|right|so|the case|accurate|quite)|isn't (?:true|correct|right|so|the case|accurate)|incorrect|false|untrue|wrong|inaccurate|doesn't hold|does not hold)\b|\b(?:they|it|there) (?:do|does|did|have|has|is|are|was|were)(?:n't| not)\s*[:.,!]|isn't met|is not met|falls short|not reached")  # fmt: skip
_ONLY = re.compile(r"\b(?:only|just|solely|exclusively|alone|nothing (?:else|but)|merely|sole|no other)\b")
_MORE_THAN = re.compile(
    r"\b(?:not only|not just|isn't (?:just|only)|aren't (?:just|only)|as well|also|too|in addition|besides|additionally|along with|others? (?:have|has|were)|and (?:also|so)|both)\b"
)
_EDGE = re.compile(
    r"\b(?:touch\w*|reach\w*|cut|cross\w*|extend\w*|run[s ]\w*|at the|on the|along the|meets?|abuts?|borders?|intersect\w*|clipp\w*|truncat\w*|adjoin\w*|flush|against)\b"
)
_RIM = re.compile(r"\b(?:edges?|borders?|margins?|boundar\w+|rim|frame|touch\w*|cut off|reach\w*|inside|interior)\b")
_EDGE_NOT = re.compile(
    r"\b(?:away from|inside|interior|inner|well within|far from|distance (?:to|from)|gap|clear of|does not|do not|don't|doesn't|none|no |not |neither|never|short of|stops? before)\b"
)


def read_truth(answer: str, kind: str, args: Args, classes: Sequence[str]) -> bool | Unparsed:
    """The value of a reply to a yes-or-no kind of question.

    Args:
        answer: what :func:`~rsica_data.text.cleaning.answer_text` gave.
        kind, args: the question.
        classes: names of the pair's classes.
    """
    outright = read_yes_no(answer)
    if outright is not None:
        return outright
    text = plain(answer)
    if _FALSE.search(text):
        return False
    if _TRUE.search(text) and not NO_CHANGE.search(text.split(".")[0]):
        return True
    stance = read_change(answer)
    if isinstance(stance, Unparsed) and "cannot tell" in stance.reason:
        return stance
    stated = _STATEMENTS.get(kind, _any_change)(answer, args, tuple(classes))
    if stated is not None:
        return stated
    return (
        stance
        if isinstance(stance, Unparsed)
        else Unparsed("says that it cannot tell" if DOUBT.search(text) else "neither yes nor no")
    )


def class_stances(answer: str, classes: tuple[str, ...]) -> dict[str, bool | None]:
    """Which classes a reply says have changed, and which have not; None for those that it only names."""
    stances: dict[str, bool | None] = {}
    for clause in clauses_of(answer, classes, False):
        if DOUBT.search(clause.text) and not re.search(r"‹N", clause.text):
            continue
        text = re.sub(r"\b(?:not only|not just)\b", " ", clause.text)
        denied = re.search(r"\bneither\b|\bnone\b", text) is not None
        only = [
            int(m[1])
            for m in re.finditer(
                r"\b(?:only|just|solely|exclusively)\b[^‹.;,]*‹C(\d+)|‹C(\d+)[spg]›(?= (?:alone|only)\b)", text
            )
            if m[1]
        ]
        for part in _parts(text):
            owners = [int(match[1]) for match in CLASS.finditer(part)]
            zero = (
                re.search(r"‹N0›|\bno\b|\bwithout\b", part) is not None
                or re.search(r"[:=-]\s*(?:no|none|false|0)\W*$", part) is not None
            )
            for owner in owners:
                same = denied or zero or is_negated(part) or NO_CHANGE.search(part) is not None
                bare = not same and CHANGED.search(part) is None and re.search(r"‹[NV]", part) is None
                if stances.get(classes[owner]) is None:
                    stances[classes[owner]] = None if bare else not same
        if len(set(only)) == 1 and not re.search(r"n't (?:just|only)|not (?:just|only)", clause.text):
            for name in classes:
                stances[name] = name == classes[only[0]] or bool(stances.get(name))
    return stances


def _parts(text: str) -> list[str]:
    """Clauses of a sentence, each with the classes that share its verb: "no roads or trees" stays one."""
    pieces = re.split(
        r"\s*(?:[;|]|\bbut\b|\bwhile\b|\bwhereas\b|\balthough\b|\bthough\b|\bhowever\b|(?<=›)\s*\((?=[^()]*‹C)|,\s*(?=(?:and |the |no |not |all )*‹C)(?=[^,]*\b(?:have|has|are|is|did|do|remain|stay|were|was|unchanged|not)\b)|\band\s+(?=(?:the |no |not )*‹C[^,]*\b(?:have|has|are|is|did|do|remain|stay|were|was|unchanged)\b)|\band\b(?= no\b)|,(?= no\b))\s*",
        text,
    )
    return [piece for piece in pieces if piece]


def _any_change(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    stance = read_change(answer)
    return stance if isinstance(stance, bool) else None


def _presence(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    stances = class_stances(answer, classes)
    if args["cls"] in stances:
        return stances[args["cls"]] is not False
    return _any_change(answer, args, classes)


def _absence(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    present = _presence(answer, args, classes)
    return None if present is None else not present


def _count_of(answer: str, args: Args, classes: tuple[str, ...]) -> int | None:
    counts = read_counts(answer, classes)
    if not isinstance(counts, dict) or args["cls"] not in counts:
        counts = read_counts(answer, (args["cls"],))
    if isinstance(counts, dict) and args["cls"] in counts:
        return counts[args["cls"]]
    return 0 if _presence(answer, args, classes) is False else None


def _at_least(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    text = plain(answer)
    if re.search(r"\b(?:fewer than|less than|under|below)\b", text):
        return False
    if re.search(
        rf"\b(?:at least|more than|over|no fewer than|{args['n']} or more|several|many|dozens|numerous)\b", text
    ) and not is_negated(text):
        return True
    count = _count_of(answer, args, classes)
    return None if count is None else count >= int(args["n"])


def _exactly_one(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    text = plain(answer)
    if re.search(
        r"\bnot (?:exactly |just |only )?(?:one|1|a single)\b|\b(?:more than (?:one|1)|several|many|multiple|at least two|numerous|a few)\b",
        text,
    ):
        return False
    count = _count_of(answer, args, classes)
    return None if count is None else count == 1


def _in_cell(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    cell = args.get("cell", "center-center")
    cells = read_cells(answer, classes)
    text = plain(answer)
    if isinstance(cells, dict) and args["cls"] in cells:
        named = cells[args["cls"]]
        if cell in named:
            return True
        if named and (
            _ONLY.search(text) or re.search(r"\binstead\b|\belsewhere\b|\bbut\b", text) or not is_negated(text)
        ):
            return False
    return _presence(answer, args, classes)


def _border(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    text = " ".join(part for part in re.split(r"(?<=[.!?;])\s+|\n+", plain(answer)) if _RIM.search(part)) or plain(
        answer
    )
    if _EDGE_NOT.search(text) and not re.search(r"\bnot only\b", text):
        return False
    return True if _EDGE.search(text) else None


def _only_class(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    parts = [
        part
        for part in re.split(r"(?<=[.!?;])\s+|\n+", plain(answer))
        if mentions(part, classes) or _ONLY.search(part) or len(part) < 40
    ]
    text = " ".join(parts)
    if re.search(r"\b(?:not only|not just|n't (?:just|only)|n't the only|not the only|not alone|not limited)\b", text):
        return False
    stances = class_stances(answer, classes)
    others = [stances[name] is not False for name in classes if name != args["cls"] and name in stances]
    if _MORE_THAN.search(text) and not re.search(r"\bnothing\b", text) and (any(others) or CHANGED.search(text)):
        return False
    if any(others):
        return False
    if _ONLY.search(text) and stances.get(args["cls"]) is not False:
        return True
    if others and stances.get(args["cls"], False) is not False:
        return True
    return False if stances.get(args["cls"]) is False else None


def _both(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    text = plain(answer)
    if re.search(r"\bneither\b|\bonly (?:the )?one\b|\bone of (?:them|the two)\b|\bnot both\b", text):
        return False
    stances = class_stances(answer, classes)
    pair = [stances[name] is not False if name in stances else None for name in (args["a"], args["b"])]
    if False in pair:
        return False
    if pair == [True, True] or re.search(r"\bboth\b", text):
        return True
    return False if _ONLY.search(text) else None


_STATEMENTS: dict[str, Callable[[str, Args, tuple[str, ...]], bool | None]] = {
    "any_change": _any_change,
    "class_presence": _presence,
    "class_absence": _absence,
    "at_least": _at_least,
    "exactly_one": _exactly_one,
    "cell_presence": _in_cell,
    "centre_changed": _in_cell,
    "border": _border,
    "only_class": _only_class,
    "both_classes": _both,
}
