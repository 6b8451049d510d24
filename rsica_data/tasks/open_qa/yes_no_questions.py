"""Yes-or-no questions: an answer said outright, or a statement held against what was asked.

A doubt that leaves the answer standing ("I'm not completely sure, but") is taken off first; one that leaves none
makes the reply unreadable. "It would be wrong to say that ..." is the opposite of what follows. Then comes yes or
no; then "that is correct", "the condition is not met"; then the statement: its classes, its number, its places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.tasks.open_qa.bounds import BOUND, reaches
from rsica_data.tasks.open_qa.edges import touches_edge
from rsica_data.tasks.open_qa.replies.cells import cell_numbers, grid_of
from rsica_data.tasks.open_qa.replies.common import headed_lines
from rsica_data.tasks.open_qa.stances import class_stances
from rsica_data.text.amounts.counts import read_counts
from rsica_data.text.amounts.numbers import settle_numbers, words_to_digits
from rsica_data.text.clauses import CHANGED, is_negated
from rsica_data.text.grid.cells import read_cells
from rsica_data.text.mentions import mentions
from rsica_data.text.normalized.cleaning import conclusion
from rsica_data.text.positions.places import PLACE, mark_places
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import DOUBT, NO_CHANGE, plain, read_change, read_yes_no

Args = Mapping[str, Any]

# The question again, in front of its answer.
_ECHO = re.compile(
    r"^\W*(?:is it (?:true|correct|right)|true or false|(?:is|"
    r"are) the statement)\b[^.!?\n]{3,200}\?\s*(?=(?:yes|no)\b)",
    re.I,
)
_TRUE_FIRST = re.compile(
    r"^\W*(?:(?:that|this|it|the statement|statement)(?:'s| is| would be)? )?(?:exactly |entirely |quite |"
    r"indeed |absolutely )?(?:correct|right|true|so|the case|accurate)\b(?! of)|"
    r"^\W*(?:indeed|exactly|agreed|affirmative|of course|sure(?:ly)? (?:is|are|has|have))\b"
)
_TAG = re.compile(
    r"(?<!\bas )(?<!\bhow )(?<!\bwhat )(?<!\bwhere )(?<!\bthan )\b(?:they|it|there) (?:do|does|did|have|has|"
    r"is|are|was|were)(?P<no>n't| not)?\s*(?:[:.,!]|$)"
)
_AFFIRMED = re.compile(
    r"\b(?:answer|response|verdict)(?: \w+){0,3} (?:is|was|would be) (?:an? |in the )?(?P<value>affirmative|"
    r"positive|negative)\b"
)
_CLASS_FIELD = re.compile(
    r"(?P<key>[^:=|]{1,40})\s*[:=]\s*(?P<value>yes|no|true|false|changed|unchanged|not changed|no change|1|0)\W*"
)
_AGREED = re.compile(
    r"\W*(?:indeed|exactly|certainly|absolutely|definitely|agreed|right|correct|true)\b\W*(?=\W*(?:$|no\b|"
    r"none\b|not\b|nothing\b|all\b|the\b|every\b))"
)
_LONE_ONE = re.compile(
    r"(?i)\b(only|just|exactly) (?:one|a single one)(?=\W*(?:$|[.,;:!)]|(?:has|did|was|is|changed)\b))"
)
_ONE_ALONE = re.compile(
    r"\b(?:exactly|only|just|precisely) (?:one|1)\b|\b(?:one|1)(?: \w+)?,? and (?:only (?:one|1)|(?:one|1) only)\b"
)
_HEDGED = re.compile(
    r"^\W*(?:probably|likely|most likely|very likely|i think|i believe|presumably|apparently|i guess|i"
    r" suppose|i would say|i'd say),?\s+(?P<value>yes|no)\b"
)
_SEVERAL = re.compile(r"^\W*(?:several|many|multiple|plenty|lots|a few|various|numerous|dozens|some)\b")
_ONLY = re.compile(r"\b(?:only|just|solely|exclusively|alone|nothing (?:else|but)|merely|sole|no other)\b")
_MORE_THAN = re.compile(
    r"\b(?:not only|not just|isn't (?:just|only)|aren't (?:just|only)|as well|also|too|in addition|besides|"
    r"additionally|along with|others? (?:have|has|were)|and (?:also|so)|both)\b"
)
_THERE = re.compile(r"\b(?:(?:that|this) (?:corner|cell|part|area|spot|place|region|section|zone)|there|here|it)\b")
_THAT_CORNER = re.compile(r"\b(?:that|this|the said) (?:corner|edge|part)\b")


def read_truth(answer: str, kind: str, args: Args, classes: Sequence[str]) -> bool | Unparsed:
    """The value of a reply to a yes-or-no kind of question.

    Args:
        answer: what :func:`~rsica_data.text.normalized.cleaning.answer_text` gave.
        kind: kind of the question.
        args: its arguments.
        classes: names of the pair's classes.
    """
    names = tuple(classes)
    answer = _LONE_ONE.sub(r"\1 1", _ECHO.sub("", answer))
    answer = word_pattern("truth.new thing").sub(
        " is newly built ", word_pattern("truth.hedge").sub(" ", _lowered(answer))
    )
    text = plain(answer)
    claim = word_pattern("truth.denial of a claim").search(text)
    if claim is not None and len(text[claim.end() :].split()) > 1:
        denied = _stated(
            re.split(r"[.:;,\n]|\bbecause\b|\bsince\b", text[claim.end() :], maxsplit=1)[0], kind, args, names
        )
        if denied is not None:
            return not denied
    if kind == "class_absence" and (agreed := _AGREED.match(text)):
        stated = _absence(text[agreed.end() :], args, names) if text[agreed.end() :].strip(" .!") else True
        return True if stated is None else stated
    outright = _in_fields(answer, kind, args, names)
    if kind == "exactly_one" and _SEVERAL.match(text):
        return False
    if outright is None:
        outright = _outright(answer, text)
    if outright is not None:
        return outright
    if word_pattern("truth.doubt").search(text):
        return Unparsed("says that it cannot tell")
    stance = read_change(answer)
    if isinstance(stance, Unparsed) and "cannot tell" in stance.reason:
        return stance
    stated = _stated(answer, kind, args, names)
    if stated is not None:
        return stated
    if isinstance(stance, Unparsed):
        return stance
    return Unparsed("says that it cannot tell" if DOUBT.search(text) else "neither yes nor no")


def _lowered(answer: str) -> str:
    return answer if re.search(r"[{\[]", answer) else answer.lower()


def _in_fields(answer: str, kind: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    """What the fields of a structure say of the class or the cell of the question, where they say it of others too."""
    if kind in ("cell_presence", "centre_changed"):
        return _cell_value(answer, str(args.get("cell", "center-center")), str(args["cls"]), classes)
    if kind not in ("class_presence", "class_absence", "both_classes"):
        return None
    fields: dict[str, bool] = {}
    for line in headed_lines(answer):
        parts = line.split("|")
        for part in parts:
            match = _CLASS_FIELD.fullmatch(part.strip())
            named = {m.name for m in mentions(match["key"], classes)} if match else set()
            if match and len(named) == 1 and not is_negated(match["key"]):
                fields[named.pop()] = match["value"] in ("yes", "true", "changed", "1")
    if len(fields) < 2:
        return None
    if kind == "both_classes":
        return all(fields[name] for name in (args["a"], args["b"])) if {args["a"], args["b"]} <= set(fields) else None
    own = fields.get(str(args["cls"]))
    return own if own is None or kind == "class_presence" else not own


def _outright(answer: str, text: str) -> bool | None:
    """Yes or no, "that is correct", "they have", "the condition is not met"."""
    outright = read_yes_no(answer)
    if outright is not None:
        return outright
    hedged = _HEDGED.search(text)
    if hedged is not None:
        return hedged["value"] == "yes"
    affirmed = _AFFIRMED.search(text)
    if affirmed is not None:
        return affirmed["value"] != "negative"
    if word_pattern("truth.fails").search(text):
        return False
    if _TRUE_FIRST.search(text) and not NO_CHANGE.search(text.split(".")[0]):
        return True
    if word_pattern("truth.holds").search(text):
        return True
    tags = [match["no"] is None for match in _TAG.finditer(text)]
    return tags[-1] if tags and len(set(tags)) == 1 else None


def _stated(answer: str, kind: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    reader = _STATEMENTS.get(kind, _any_change)
    tail = conclusion(answer)
    if tail is not None and tail != answer and len(tail.split()) > 2:
        concluded = reader(tail, args, classes)
        if concluded is not None:
            return concluded
    return reader(answer, args, classes)


def _any_change(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    stance = read_change(answer)
    return stance if isinstance(stance, bool) else None


def _presence(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    names = classes if args["cls"] in classes else (*classes, args["cls"])
    stances = class_stances(answer, names)
    own = stances.get(args["cls"])
    if own is None and any(stance is not None for name, stance in stances.items() if name != args["cls"]):
        return None  # of others alone: nothing is said of the class
    return own if own is not None else _any_change(answer, args, classes)


def _absence(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    present = _presence(answer, args, classes)
    return None if present is None else not present


def _count_of(answer: str, args: Args, classes: tuple[str, ...]) -> int | None:
    fields = re.findall(r"(?m)^\W*(?:new|changed|added|total changed|count|number)\s*[:=]\s*(\d{1,9})\b", plain(answer))
    if len(set(fields)) == 1:
        return int(fields[0])
    summed = re.search(
        r"\b(?:so|i\.e\.|that makes|makes|total(?: of)?|in total|in all)\W{1,3}(\d{1,9})(?: \w+){0,2}\W*$",
        settle_numbers(plain(answer)),
    )
    if summed:
        return int(summed[1])
    counts = read_counts(answer, classes)
    if not isinstance(counts, dict) or args["cls"] not in counts:
        counts = read_counts(answer, (args["cls"],))
    if isinstance(counts, dict) and args["cls"] in counts:
        return counts[args["cls"]]
    return 0 if _presence(answer, args, classes) is False else None


def _at_least(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    text = plain(answer)
    bound = BOUND.search(words_to_digits(text))
    if bound is not None:
        return reaches(bound, int(args["n"]))
    if re.search(r"(?<!no )(?<!not )\b(?:fewer than|less than|under|below)\b", text):
        return False
    if re.search(
        rf"\b(?:at least|more than|over|no fewer than|no less than|{args['n']} or more|several|many|dozens|"
        r"numerous|plenty)\b",
        text,
    ) and not is_negated(text.replace("no fewer", "").replace("no less", "")):
        return True
    if re.fullmatch(r"\W*(?:\w+ )?(?:even )?more(?: than that)?\W*", text):
        return True
    count = _count_of(answer, args, classes)
    return None if count is None else count >= int(args["n"])


def _exactly_one(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    text = plain(answer)
    if re.match(r"\W*(?:there (?:is|are) )?at least (?:one|1|a)\b(?! (?:two|2))", text):
        return None
    if re.search(
        r"\bnot (?:exactly |just |only )?(?:one|1|a single)\b|\b(?:more than (?:one|1)|several|many|multiple|at"
        r" least two|numerous|a few|a couple|various|dozens)\b",
        text,
    ):
        return False
    if _ONE_ALONE.search(text) and not re.search(r"\bnot (?:exactly|only|just)\b|n't (?:exactly|only|just)", text):
        return True
    count = _count_of(answer, args, classes)
    return None if count is None else count == 1


def _in_cell(answer: str, args: Args, classes: tuple[str, ...]) -> bool | None:
    cell = str(args.get("cell", "center-center"))
    numbers = _cell_value(answer, cell, str(args["cls"]), classes)
    if numbers is not None:
        return numbers
    spoken = _said_of_cell(answer, cell, str(args["cls"]), classes)
    if spoken is not None:
        return spoken
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
    spoken_of = any(mention.name == args["cls"] for mention in mentions(text, (*classes, str(args["cls"]))))
    if spoken_of or _THERE.search(text) or read_change(answer) is False:
        return _presence(answer, args, classes)
    return None


def _cell_value(answer: str, cell: str, cls: str, classes: tuple[str, ...]) -> bool | None:
    """What a grid, a list of cells with numbers, or a field of the cell says: ``top-left | building: no``."""
    grid = grid_of(answer)
    if grid is None and (listed := cell_numbers(answer)) is not None and len(listed) > 3:
        grid = listed
    if grid is not None:
        return grid.get(cell, 0) > 0
    for line in headed_lines(answer):
        parts = [part.strip() for part in line.split("|")]
        if len(parts) < 2 and ":" in line:
            parts = [part.strip() for part in line.split(":", 1)]
        if len(parts) < 2 or PLACE.findall(mark_places(parts[0])) != [str(CELLS.index(cell))]:
            continue
        own = [part for part in parts[1:] if any(m.name == cls for m in mentions(part, classes))] or parts[1:2]
        value = own[0].split(":")[-1].strip() if own else ""
        if re.fullmatch(r"(?:yes|true|changed|x|[1-9]\d{0,5})\W*", value):
            return True
        if re.fullmatch(r"(?:no|none|false|unchanged|0|not changed)\W*", value):
            return False
    return None


def _said_of_cell(answer: str, cell: str, cls: str, classes: tuple[str, ...]) -> bool | None:
    """False where the clauses of the cell say that it stayed as it was, or put the change elsewhere."""
    digit = str(CELLS.index(cell))
    clauses = re.split(r"[;\n]|(?<=[.!?])\s|\bbut\b|\bwhile\b|\bwhereas\b", plain(answer))
    own = [part for part in clauses if digit in PLACE.findall(mark_places(part))]
    still = [part for part in own if word_pattern("truth.still").search(part) and not CHANGED.search(part)]
    if own and len(still) == len(own):
        others = {m.name for part in still for m in mentions(part, classes)} - {cls}
        moved = any(CHANGED.search(part) and any(m.name == cls for m in mentions(part, classes)) for part in own)
        if not moved and (not others or any(m.name == cls for part in still for m in mentions(part, classes))):
            return False
    alone = [
        part
        for part in own
        if _ONLY.search(part) and (named := {m.name for m in mentions(part, classes)}) and cls not in named
    ]
    if own and len(alone) == len(own):
        return False
    if any(re.search(rf"\bnot\s+(?:in\s+|at\s+|on\s+)?(?:the\s+)?‹P{digit}›", mark_places(part)) for part in clauses):
        return False
    there = [part for part in clauses if _THERE.search(part) and word_pattern("truth.still").search(part)]
    if there and not any(CHANGED.search(part) for part in clauses):
        return False
    away = [
        part
        for part in clauses
        if word_pattern("truth.elsewhere").search(_THAT_CORNER.sub(" ", part)) and CHANGED.search(part)
    ]
    return False if away and not any(CHANGED.search(part) and not is_negated(part) for part in own) else None


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
    if (
        stances.get(args["cls"])
        and stances
        and all(stances.get(name) is False for name in classes if name != args["cls"])
    ):
        return True
    if re.search(r"\b(?:all|every|each)(?: of the| the| single)? (?:changes?|differences?)\b", text) and not is_negated(
        text
    ):
        named = {m.name for m in mentions(text, classes)}
        if named:
            return named == {args["cls"]}
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
    "border": touches_edge,
    "only_class": _only_class,
    "both_classes": _both,
}
