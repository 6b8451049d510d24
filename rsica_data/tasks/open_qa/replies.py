"""How replies to open questions are read, by the type of the kind's value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rsica_data.schema import CELLS, JsonObject, ParseContext, Unparsed
from rsica_data.tasks.open_qa.truth import class_stances, read_truth
from rsica_data.text.cells import read_cells
from rsica_data.text.choices import choose, mark_class_options, mark_options
from rsica_data.text.clauses import is_negated, without_dates
from rsica_data.text.counts import read_counts
from rsica_data.text.mentions import CLASS, mark_classes, mentions
from rsica_data.text.numbers import area_m2_in, percent_in, settle_numbers
from rsica_data.text.places import PLACE, mark_places
from rsica_data.text.reply import read_answer
from rsica_data.text.stance import DOUBT, plain, read_change

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

Read = tuple[str, Mapping[str, Any], tuple[str, ...]]
_NONE = re.compile(r"\b(?:none|no|nothing|nowhere|zero|nil|neither|isn't any|not any|not a single)\b")
_EQUAL = re.compile(
    r"\b(?:equal(?:ly|s)?|same (?:number|count|amount|quantity|extent|degree)?|identical|tie[ds]?|draw|even|as many|both (?:changed )?(?:equally|the same)|no difference|neither|alike|on par|balanced|equivalent)\b"
)
_OPTION_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("left(?:-?hand)?", "western", "west", "left-?most", "leftward"),
    "right": ("right(?:-?hand)?", "eastern", "east", "right-?most", "rightward"),
    "top": ("top(?:most)?", "upper(?:most)?", "northern", "north", "upwards?"),
    "bottom": ("bottom(?:most)?", "lower(?:most)?", "southern", "south", "downwards?"),
    "top left": ("(?:top|upper|north)[ _-]*(?:left|west)(?:ern)?", "left[ _-]+(?:top|upper)"),
    "top right": ("(?:top|upper|north)[ _-]*(?:right|east)(?:ern)?", "right[ _-]+(?:top|upper)"),
    "bottom left": ("(?:bottom|lower|south)[ _-]*(?:left|west)(?:ern)?", "left[ _-]+(?:bottom|lower)"),
    "bottom right": ("(?:bottom|lower|south)[ _-]*(?:right|east)(?:ern)?", "right[ _-]+(?:bottom|lower)"),
    "above": ("above", "over", "higher", "north(?:ern|wards?)?", "top", "upper", "up"),
    "below": ("below", "beneath", "under(?:neath)?", "lower", "south(?:ern|wards?)?", "bottom", "down", "further down"),
    "small": ("small", "tiny", "minor", "little", "s"),
    "medium": ("medium(?:-sized)?", "moderate(?:ly)?(?: sized)?", "mid-?sized?", "intermediate", "m"),
    "large": ("large(?! changed| one)", "big", "huge", "l"),
    "concentrated": ("concentrated", "cluster(?:ed|s)?", "together", "compact", "grouped", "in one (?:place|spot|area|cluster|location|block|corner|part)", "in a single (?:place|spot|area|cluster|location|block|compact block|corner|group)", "localized", "localised", "confined", "close together", "tightly packed", "dense(?:ly)?"),
    "scattered": ("scattered", "spread(?: out| all over| across| over)?", "dispersed", "distributed(?: across| over| throughout)?", "sporadic(?:ally)?", "all over", "throughout", "far apart", "apart", "everywhere", "sprinkled", "dotted", "widely"),
    "before": ("before", "first (?:image|date|picture|scene|one)", "earlier(?: image| date)?", "(?:image|picture) (?:1|one|a)", "the first", "previous(?:ly)?", "t1", "pre(?:-event)?"),
    "after": ("after(?:wards)?", "second (?:image|date|picture|scene|one)", "later(?: image| date)?", "(?:image|picture) (?:2|two|b)", "the second", "now", "t2", "post(?:-event)?"),
}  # fmt: skip
_ARGUMENTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "class_presence",
            "class_absence",
            "class_count",
            "exactly_one",
            "only_class",
            "cells_of_class",
            "cell_presence",
            "centre_changed",
        ),
        ("cls",),
    ),
    **dict.fromkeys(("more_objects", "more_area", "relative_position", "both_classes"), ("a", "b")),
    "at_least": ("cls", "n"),
}
_OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


def parse_value(text: str, kind: Kind, context: ParseContext) -> JsonObject | Unparsed:
    """The value a raw reply gives for a kind."""
    context = _with_arguments(context)
    question = context.question

    def read(answer: str) -> JsonObject | Unparsed:
        if kind.type == "bool":
            value: Any = read_truth(answer, question.kind, question.args, context.classes)
        else:
            value = _READERS[kind.type](answer, kind, context)
        return value if isinstance(value, Unparsed) else {"value": value}

    return read_answer(text, read)


def _with_arguments(context: ParseContext) -> ParseContext:
    """The context with the classes in the places of arguments that the question leaves out."""
    names = (*context.classes, "", "")
    defaults = {"cls": names[0], "a": names[0], "b": names[1], "n": 1}
    missing = {key: value for key, value in defaults.items() if key not in context.question.args}
    if context.question.kind not in _ARGUMENTS:
        return context
    wanted = {key: value for key, value in missing.items() if key in _ARGUMENTS[context.question.kind]}
    return replace(context, question=replace(context.question, args={**context.question.args, **wanted}))


def _cannot_tell(answer: str, reason: str) -> Unparsed:
    return Unparsed("says that it cannot tell" if DOUBT.search(plain(answer)) else reason)


def _read_count(answer: str, kind: Kind, context: ParseContext) -> int | Unparsed:
    name, args = context.question.kind, context.question.args
    if name == "class_count":
        counts = read_counts(answer, context.classes)
        if isinstance(counts, dict) and args["cls"] in counts:
            return counts[args["cls"]]
        counts = read_counts(answer, (args["cls"],))
        if isinstance(counts, dict):
            return counts[args["cls"]]
        return _cannot_tell(answer, counts.reason)
    text = without_dates(plain(answer))
    if name == "cell_count":
        text = re.sub(r"\b(?:of|out of) (?:the )?(?:9|nine)\b|\b3 ?x ?3\b|/ ?9\b", " ", text)
    settled = settle_numbers(text)
    numbers = [int(digits) for digits in re.findall(r"(?<![\w.:])\d{1,9}(?![\w.]*\d)", settled)]
    lead = re.match(
        r"\W*(?:(?:yes|there (?:are|is)|i (?:see|count)|it is|the (?:total|answer|number|count)(?: \w+){0,4} is|(?:total|answer)\W)\W*)*(\d{1,9})\b(?!\.\d)",
        settled,
    )
    if len(set(numbers)) == 1:
        return numbers[0]
    if numbers:
        return _settled_count(numbers, settled, lead, name)
    if name == "cell_count" and (cells := PLACE.findall(mark_places(text))):
        return len({digit for mark in cells for digit in mark})
    if _NONE.search(text) and not DOUBT.search(text) or read_change(answer) is False:
        return 0
    return _cannot_tell(answer, "no number")


def _settled_count(numbers: list[int], text: str, lead: re.Match[str] | None, name: str) -> int | Unparsed:
    marked = re.findall(
        r"(?:=|\btotal(?: of| is|:)?|\bin (?:total|all)[,:]?|\baltogether\b,?|\bi\.e\.|\boverall\b,?|\bsum\b\D{0,6})\s*(?:\w+ ){0,3}?(\d{1,9})\b",
        text,
    )
    marked += re.findall(r"\b(\d{1,9})\s*(?:\w+ ){0,4}?(?:in (?:total|all)|altogether|overall)\b", text)
    if len(set(marked)) == 1:
        return int(marked[0])
    if name == "cell_count" and (cells := re.findall(r"\b(\d)\s+(?:\w+ )?cells?\b", text)) and len(set(cells)) == 1:
        return int(cells[0])
    for whole in dict.fromkeys(numbers):
        if sum(numbers) == 2 * whole:
            return whole
    if lead:
        return int(lead[1])
    if name == "total_count" and len(numbers) == 2 and re.search(r"\d\D+\band\b\D+\d", text) and "‹" not in text:
        return sum(numbers)
    return Unparsed("several numbers")


def _candidates(kind: Kind, context: ParseContext) -> tuple[str, ...]:
    # Land-cover questions name their candidates themselves: the change classes need not hold them.
    return tuple(context.question.args.get("among", ())) if kind.type == "any_class" else context.classes


def _read_class(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    names = _candidates(kind, context)
    args = context.question.args
    asked = (args["a"], args["b"]) if "a" in args else names
    text = plain(answer)
    if context.question.kind == "nearest_class":
        text = _after_restating(text)
    marked = mark_class_options(text, names)
    without = frozenset(
        n for n, name in enumerate(names) if name not in asked or (kind.type == "any_class" and name == args.get("cls"))
    )
    compared = (
        _compared(answer, names, asked)
        if "a" in args or context.question.kind in ("most_gained", "most_lost")
        else None
    )
    number = choose(marked, without)
    if number is not None and not (compared == "equal"):
        return names[number]
    if compared is not None:
        return compared
    return _cannot_tell(answer, "several classes" if "‹O" in marked else "no class")


def _after_restating(text: str) -> str:
    """What follows "the object nearest to the largest changed building is"."""
    match = re.search(
        r"\b(?:nearest|closest|next)\b[^.;\n]*?\b(?:is|was|belongs to|would be)\b(?! (?:near|close|next|the one))\s*(?=[^.\n]*\w)",
        text,
    )
    if match and text[match.end() :].strip(" ."):
        return text[match.end() :]
    return text


def _compared(answer: str, names: tuple[str, ...], asked: Sequence[str]) -> str | None:
    """The class of the larger number where a reply gives one for each."""
    counts = read_counts(answer, names)
    if not isinstance(counts, dict) or any(name not in counts for name in asked) or len(asked) != 2:
        return None
    first, second = (counts[name] for name in asked)
    return "equal" if first == second else asked[0] if first > second else asked[1]


def _read_class_or_equal(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    text = plain(answer)
    compared = _compared(answer, context.classes, (context.question.args["a"], context.question.args["b"]))
    if _EQUAL.search(text) and not re.search(
        r"\b(?:not|n't|un)\s*(?:quite |exactly )?(?:equal|the same|even|as many)|\bunequal\b", text
    ):
        chosen = (
            choose(mark_class_options(text, context.classes))
            if re.search(r"\bmore\b", text) and compared != "equal"
            else None
        )
        return "equal" if chosen is None else context.classes[chosen]
    value = _read_class(answer, kind, context)
    return "equal" if isinstance(value, Unparsed) and compared == "equal" else value


def _read_classes(answer: str, kind: Kind, context: ParseContext) -> list[str] | Unparsed:
    names = tuple(context.question.args.get("among", context.classes))
    text = plain(answer)
    wanted = context.question.kind != "unchanged_classes"
    if DOUBT.search(text) and not mentions(text, names):
        return Unparsed("says that it cannot tell")
    if not wanted and re.search(
        r"\ball (?:of (?:them|these|those) )?(?:have|has|did) change|\bnone (?:of them )?(?:is|are|stayed|remained) (?:unchanged|the same)",
        text,
    ):
        return []
    stances = class_stances(answer, names)
    if stances:
        # A class that is only named is the answer, whatever was asked.
        chosen = [name for name in names if name in stances and stances[name] in (None, wanted)]
        if chosen or False in stances.values():
            return chosen
        if not wanted and re.search(r"\b(?:all|every|both)\b", text):
            return []
        return chosen if wanted else Unparsed("no class that is said not to change")
    if re.search(
        r"\b(?:both|all)(?: (?:of (?:them|these|the (?:two|classes|above))|classes|two|three|four|categories))?\b", text
    ) and not is_negated(text):
        return list(names)
    if re.search(r"\b(?:both|all)\b.*\b(?:unchanged|same|not change)", text):
        return list(names) if not wanted else []
    stance = read_change(answer)
    if _NONE.search(text) or stance is False:
        lone = re.match(
            r"\W*(?:a(?:nswer)?\s*:)?\W*(?:there (?:is|are)\W+)?(?:none|neither|nothing|no)(?: of (?:them|these|those|the above))?\W*(?:$|[.;,])",
            text,
        )
        return list(names) if not wanted and lone is None and stance is False else []
    return _cannot_tell(answer, "no class")


def _read_cell(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    text = plain(answer)
    text = re.sub(r"\brow: ?(\w+)[^\w]+col(?:umn)?: ?(\w+)", r"\1-\2", text)
    text = re.sub(r"\bcol(?:umn)?: ?(\w+)[^\w]+row: ?(\w+)", r"\2-\1", text)
    marked = mark_places(text)
    marked = PLACE.sub(lambda match: f"‹O{match[1]}›" if len(match[1]) == 1 else "‹S›", marked)
    number = choose(marked)
    if number is not None:
        return CELLS[number]
    by_count = [(int(n), int(o)) for o, n in re.findall(r"‹O(\d)›\s*[:|-]\s*(?:\w+: ?)?(\d+)\b", marked)]
    if by_count and len({n for n, _ in by_count}) > 1:
        return CELLS[max(by_count)[1]]
    return _cannot_tell(answer, "several grid cells" if "‹O" in marked else "no grid cell")


def _read_cells(answer: str, kind: Kind, context: ParseContext) -> list[str] | Unparsed:
    cls = context.question.args["cls"]
    cells = read_cells(answer, (cls,))
    return cells[cls] if isinstance(cells, dict) else _cannot_tell(answer, cells.reason)


def _read_percent(answer: str, kind: Kind, context: ParseContext) -> float | Unparsed:
    text = plain(answer)
    name = context.question.kind
    if "cls" in context.question.args:
        text = _of_class(text, context)
    share = percent_in(_of_date(text, name))
    if share is None:
        share = percent_in(text)
    if share is not None:
        return share
    if (_NONE.search(text) and not DOUBT.search(text)) or read_change(answer) is False:
        return 0.0
    return _cannot_tell(answer, "several numbers" if re.search(r"\d", text) else "no share")


def _of_class(text: str, context: ParseContext) -> str:
    """The sentences that speak of the class, where others give numbers of other classes."""
    parts = [part for part in re.split(r"(?<=[.!?;])\s+|\n+", text) if part.strip()]
    own = [
        part for part in parts if any(m.name == context.question.args["cls"] for m in mentions(part, context.classes))
    ]
    return "\n".join(own) if own and any(re.search(r"\d", part) for part in own) else text


def _of_date(text: str, kind: str) -> str:
    """The part of a reply that speaks of the date that was asked."""
    if kind not in ("cover_before", "cover_after"):
        return text
    words = _OPTION_WORDS["before" if kind == "cover_before" else "after"]
    extra = (
        ("at first", "initially", "originally", "then")
        if kind == "cover_before"
        else ("in the end", "currently", "rising to", "to")
    )
    parts = [
        part
        for part in re.split(r"[.;,|]\s+|\n+|\bbut\b|\band\b|→|\bwhile\b|\b(?=to \d)", text)
        if re.search(r"\d", part)
    ]
    pattern = re.compile(rf"\b(?:{'|'.join((*words, *extra))})\b")
    own = [part for part in parts if pattern.search(part)]
    return own[0] if own and len(parts) > 1 else text


def _read_area(answer: str, kind: Kind, context: ParseContext) -> int | Unparsed:
    text = plain(answer)
    area = area_m2_in(text)
    if area is None and "=" in text:
        area = area_m2_in(text.rsplit("=", 1)[1])
    if area is not None:
        return round(area)
    if (_NONE.search(text) and not re.search(r"\d", text) and not DOUBT.search(text)) or read_change(answer) is False:
        return 0
    return _cannot_tell(answer, "several numbers" if re.search(r"\d", text) else "no area")


def _read_choice(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    text = re.sub(r"\b(?:either|whether)\b[^.;\n]*\bor\b[^.;\n]*", " ", plain(answer))
    name = context.question.kind
    words = {number: _OPTION_WORDS[option] for number, option in enumerate(kind.options)}
    if name == "relative_position":
        return _read_relative(answer, text, kind, context)
    if name == "spread" and re.search(r"\bspread\b", text):
        words = {
            n: tuple(
                w
                for w in forms
                if not w.startswith("spread") or not re.search(r"\bspread\b[^.]*\b(?:concentrated|clustered)", text)
            )
            for n, forms in words.items()
        }
    if name == "cover_more":
        text = re.sub(
            r"\b(?:before|after) (?=the (?:clearing|change|construction|flood|fire|development|harvest))",
            lambda m: m[0],
            text,
        )
    if name == "largest_size":
        text = re.sub(
            r"\b(?:the )?(?:largest|biggest)\b|\b(?:small|medium|large) \((?:under|below|less|over|up|<)[^()]*\),?(?: (?:small|medium|large)\b[^.]*\bor large)?",
            lambda m: m[0] if re.match(r"\b(?:small|medium|large) \([^()]*\)\W*$", text[m.start() :]) else " ",
            text,
        )
    number = choose(mark_options(text, words))
    if number is not None:
        return kind.options[number]
    if name == "largest_size" and (share := percent_in(text)) is not None:
        return "small" if share < 1 else "medium" if share < 5 else "large"
    return _cannot_tell(answer, "no single one of the options")


def _read_relative(answer: str, text: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """Left, right, above or below; turned round where the reply says where b lies seen from a."""
    a, b = (str(context.question.args[key]) for key in ("a", "b"))
    marked = mark_options(
        mark_classes(text, (a, b)), {n: _OPTION_WORDS[option] for n, option in enumerate(kind.options)}
    )
    for sentence in [*re.split(r"(?<=[.!?;])\s+|\n+", marked), marked]:
        number = choose(re.sub(r"‹C\d[spg]›", "#", sentence))
        if number is None:
            continue
        place = sentence.index(f"‹O{number}›")
        subject = CLASS.findall(sentence[:place])
        target = CLASS.findall(re.split(r"[,;]|\band\b|\bso\b", sentence[place:])[0])
        inside = re.search(r"‹C(\d)[spg]› in (?:[a-z ]{0,16})‹C(\d)[spg]›[^‹]*$", sentence[:place])
        if inside and inside[1] != inside[2]:
            return _OPPOSITE[kind.options[number]] if inside[1] == "1" else kind.options[number]
        seen_from = re.match(r"\W*(?:seen |viewed |looking )?from (?:the )?(?:\w+ ){0,3}‹C(\d)", sentence)
        turned = (
            (target and target[0][0] == "0")
            or (subject and subject[-1][0] == "1" and not target)
            or (subject and not target and subject[0][0] == "1" and not seen_from)
        )
        if target and target[0][0] == "1":
            turned = False
        if seen_from and subject:
            turned = seen_from[1] == "0"
        option = kind.options[number]
        return _OPPOSITE[option] if turned else option
    return _cannot_tell(answer, "no single one of the options")


_READERS: dict[str, Callable[[str, Kind, ParseContext], Any]] = {
    "count": _read_count,
    "class": _read_class,
    "any_class": _read_class,
    "class_or_equal": _read_class_or_equal,
    "classes": _read_classes,
    "cell": _read_cell,
    "cells": _read_cells,
    "percent": _read_percent,
    "area": _read_area,
    "choice": _read_choice,
}
