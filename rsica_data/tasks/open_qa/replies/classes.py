"""Replies that name a class, or several: the class chosen in words, else the class that its number makes the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rsica_data.schema import ParseContext, Unparsed
from rsica_data.tasks.open_qa.replies.amounts import Amount, agreed, amounts_of, by_unit, extreme, only_one
from rsica_data.tasks.open_qa.replies.common import NONE, cannot_tell, in_asked_quantity
from rsica_data.tasks.open_qa.stances import class_stances
from rsica_data.text.amounts.counts import read_counts
from rsica_data.text.class_names import plural
from rsica_data.text.clauses import is_negated
from rsica_data.text.letters import lone_letter
from rsica_data.text.mentions import mentions
from rsica_data.text.substitutions import with_former_and_latter
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yaml_files import packaged_yaml
from rsica_data.text.yes_no.choices import OPTION, SENTENCE, Asked, choose, mark_class_options, options_in
from rsica_data.text.yes_no.stance import DOUBT, plain, read_change

if TYPE_CHECKING:
    from rsica_data.tasks.open_qa.kinds import Kind

_EQUAL = re.compile(
    r"\b(?:equal(?:ly|s)?|(?:the )?same(?! (?:place|area|time|scene|image))(?: (?:number|count|amount|"
    r"quantity|extent|degree))?|identical|tie[ds]?|draw|even(?:ly)?|as many|"
    r"no difference|neither|alike|on par|balanced|equivalent|level|50[-/ ]50|half and half|both (?:\w+"
    r" ){0,2}(?:at )?(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)|(?:\d+|one|two|three|four|five|"
    r"six) (?:of )?each)\b"
)
_NOT_EQUAL = re.compile(
    r"(?:\bnot\b|n't\b)\s*(?:\w+ )?(?:equal|the same|even|as many|identical|tied?)\b|\bunequal\b|\beven"
    r" (?:more|though|if|when|so)\b|\bsame (?:place|area|time)\b"
)
_CUES = {"most_gained": ("gained", "lost"), "most_lost": ("lost", "gained"), "largest_class": ("largest", "less")}
_GAINER = re.compile(
    r"(?P<lead>\b(?:(?:converted|turned|transformed|changed|made|developed) (?:in)?to|replaced by|(?:gave|"
    r"given|giving|give|made|making) way (?:to|for)|became|becom(?:e|ing)|taken (?:over|up) by|covered by|"
    r"swallowed by|"
    r"built over (?:by|with)|lost (?:ground |area )?to|in favou?r of|for new|cleared for|sacrificed (?:for|"
    r"to)|made room for|→)\s*(?:(?:the|new|a|"
    r"an|by|mostly|mainly|most|much|of|some)\s+){0,4})(?P<rest>‹O\d+›(?:(?:,| and| or)\s*‹O\d+›){0,4})"
)
_LOSER = re.compile(
    r"(?P<lead>\b(?:at the (?:expense|cost) of|replac(?:ed(?! by)|es|ing)|took over|takes over|displac(?:ed|"
    r"es|ing)|in place of|instead of|(?:built|stand|stands|created|constructed) (?:on|over)|converted from|"
    r"(?:carved|taken) (?:out )?(?:of|from)|"
    r"encroach\w*(?: up)?on)\s*(?:(?:the|former|old|a|an|mostly|mainly|most|much|of|some|"
    r"parts?)\s+){0,4})(?P<rest>‹O\d+›(?:(?:,| and| or)\s*‹O\d+›){0,4})"
)
_STEP = re.compile(
    r"‹O(?P<from>\d+)›[^‹\n\d]{0,24}(?:→|\bto\b|\binto\b|\bbecame\b|\||"
    r">)[^‹\n\d]{0,24}‹O(?P<to>\d+)›(?:[^‹\n\d]{0,24}(?P<share>\d{1,9}(?:\.\d{1,9})?))?"
)


def read_class(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """One class: of all, of the two compared, or of the land covers that the question lists."""
    names, asked = _candidates(kind, context), _asked(context)
    answer = in_asked_quantity(with_former_and_latter(answer, asked), context.question.kind)
    without = frozenset(n for n, name in enumerate(names) if name not in asked)
    text = _settled(plain(answer), names, context)
    if len(text) < 40 and (place := lone_letter(text, 6)) is not None:
        return asked[place] if place < len(asked) else Unparsed("no class")
    if kind.type == "any_class":
        text = _land_cover(text, names)
    marked = _one_side(mark_class_options(text, names), context.question.kind)
    # Numbers for all options decide where no word compares them.
    number: int | None = None if has_verdict(marked) else _by_numbers(answer, names, without, context)
    if number is None:
        number = choose(_verdicts(marked), without, _question(context, names))
    if number is None:
        number = _by_numbers(answer, names, without, context)
    if number is not None:
        return names[number]
    return cannot_tell(answer, "several classes" if OPTION.search(marked) else "no class")


def _land_cover(text: str, names: tuple[str, ...]) -> str:
    """A text in which "agricultural" and "built-up" are the land covers that they mean."""
    known = packaged_yaml("rsica_data.text", "words/land_cover.yaml")
    for name in names:
        if name in known:
            text = word_pattern(f"land_cover.{name}").sub(plural(name), text)
    return text


def _candidates(kind: Kind, context: ParseContext) -> tuple[str, ...]:
    """The classes that a reply may name; those of land cover stand in the question."""
    args = context.question.args
    if kind.type != "any_class":
        return context.classes
    own = (args["cls"],) if "cls" in args else ()
    return tuple(dict.fromkeys((*args.get("among", ()), *own)))


def _asked(context: ParseContext) -> tuple[str, ...]:
    args = context.question.args
    if "a" in args:
        return (args["a"], args["b"])
    among = tuple(args.get("among", context.classes))
    return tuple(
        name for name in among if context.question.kind not in ("became", "was_before") or name != args.get("cls")
    )


def _question(context: ParseContext, names: tuple[str, ...]) -> Asked:
    kind = context.question.kind
    more, less = _CUES.get(kind, ("more", "less"))
    options = tuple(names.index(name) for name in _asked(context) if name in names)
    return Asked(options, more, less, strict=kind in ("most_gained", "most_lost"))


def _settled(text: str, names: tuple[str, ...], context: ParseContext) -> str:
    """The text that holds the answer: for the nearest object what follows its being named."""
    if context.question.kind != "nearest_class":
        return text
    match = re.search(
        r"\b(?:nearest|closest|next)\b[^.;:\n]{0,120}?\b(?:is|was|belongs to|would be)\b(?! (?:near|close|next|the"
        r" one))\s*(?=[^.\n]{0,400}\w)",
        text,
    )
    rest = text[match.end() :] if match else ""
    return rest if mentions(rest, names) else text


def _one_side(marked: str, kind: str) -> str:
    """Of what gave way and what took its place, the one that is asked for."""
    if kind not in ("most_gained", "most_lost"):
        return marked
    sides = []
    for sentence in SENTENCE.split(marked):
        gainer, loser = _GAINER.search(sentence), _LOSER.search(sentence)
        step = gainer or loser
        if step is None:
            sides.append(sentence)
            continue
        first, last = sentence[: step.start()], sentence[step.start("rest") :]
        gave, took = (first, last) if gainer else (last, first)
        chosen = f"{gave} lost" if kind == "most_lost" else f"{took} gained"
        sides.append(chosen if OPTION.search(chosen) else " ")
    text = "\n".join(sides)
    return text if OPTION.search(text) else marked


def has_verdict(marked: str) -> bool:
    """Whether a sentence that names an option compares or concludes."""
    return any(_compares(part) for part in SENTENCE.split(marked) if OPTION.search(part))


def _compares(part: str) -> bool:
    return any(word_pattern(f"choices.{key}").search(part) for key in ("more", "conclusion"))


def _verdicts(marked: str) -> str:
    """A marked text without the sentences that give each option that they name a number and compare nothing."""
    if len(options_in(marked)) == 1:
        return marked
    kept = [part for part in SENTENCE.split(marked) if not _is_tally(part)]
    return "\n".join(kept)


def _is_tally(part: str) -> bool:
    if _compares(part):
        return False
    options = options_in(part)
    numbers = re.findall(r"(?<![\w.‹])\d+(?:\.\d+)?(?!\w*›)", part)
    return (
        bool(options) and len(numbers) >= len(options) and (len(options) > 1 or re.search(r"[:|=→]", part) is not None)
    )


def _by_numbers(answer: str, names: tuple[str, ...], without: frozenset[int], context: ParseContext) -> int | None:
    kind = context.question.kind
    if kind in ("became", "was_before"):
        step = _main_step(answer, names, context)
        if step is not None and not (step[1] and len(_shares(answer, names, context, without)) > 1):
            return step[0]
    # The class that gave way or took over is not compared with those that it could be.
    own = frozenset(n for n, name in enumerate(names) if name == context.question.args.get("cls") and n in without)
    amounts = {n: a for n, a in amounts_of(answer, lambda t: _marked(t, names, own)).items() if n not in without}
    compared = ("a" in context.question.args) and any(n not in amounts for n in range(len(names)) if n not in without)
    if len(amounts) < 2 or compared:
        return None
    if kind not in ("most_gained", "most_lost") and (alone := only_one(amounts)) is not None:
        return alone
    if kind in ("most_gained", "most_lost"):
        return _greatest_change(amounts, 1 if kind == "most_gained" else -1)
    if kind == "more_objects":
        amounts = {n: _counted(amount) for n, amount in amounts.items()}
    if kind in ("became", "was_before"):
        amounts = {n: Amount({**a.before, **a.after, **a.plain}) for n, a in amounts.items()}
    sign = -1 if kind == "nearest_class" else 1
    return agreed([extreme(table, sign) for table in by_unit({n: a.plain for n, a in amounts.items()})])


def _marked(text: str, names: tuple[str, ...], own: frozenset[int] = frozenset()) -> str:
    """A text with its classes marked as options, those of ``own`` taken out."""
    marked = mark_class_options(text, names)
    return OPTION.sub(lambda match: " " if int(match[1]) in own else match[0], marked) if own else marked


def _counted(amount: Amount) -> Amount:
    """Changed objects: those told, else the difference of the two dates."""
    changed = {unit: abs(value) for unit, value in amount.changes().items()}
    return Amount({**changed, **amount.plain})


def _greatest_change(amounts: dict[int, Amount], sign: int) -> int | None:
    changes = {n: amount.changes() for n, amount in amounts.items()}
    if any(changes.values()):
        # "water 0" beside "forest +2 %" is no change.
        changes = {
            n: entry or {u: 0.0 for c in changes.values() for u in c if 0.0 in amounts[n].plain.values()}
            for n, entry in changes.items()
        }
    tables = by_unit(changes)
    winners = [extreme(table, sign) for table in tables]
    best = agreed(winners)
    return best if best is not None and all(sign * table[best] > 0 for table in tables if best in table) else None


def _shares(answer: str, names: tuple[str, ...], context: ParseContext, without: frozenset[int]) -> dict[int, float]:
    """The shares by class that a reply gives in percent."""
    own = frozenset(n for n, name in enumerate(names) if name == context.question.args.get("cls") and n in without)
    amounts = amounts_of(answer, lambda t: _marked(t, names, own))
    return {n: value for n, a in amounts.items() if n not in without and (value := a.plain.get("%")) is not None}


def _main_step(answer: str, names: tuple[str, ...], context: ParseContext) -> tuple[int, bool] | None:
    """The other end of the greatest of the transitions that a reply lists ("forest -> water 70 %"); if it is alone."""
    cls, near, far = context.question.args.get("cls"), "from", "to"
    if context.question.kind == "was_before":
        near, far = far, near
    shares: dict[int, float] = {}
    for match in _STEP.finditer(mark_class_options(plain(answer), names)):
        if names[int(match[near])] == cls and names[int(match[far])] != cls:
            number = int(match[far])
            shares[number] = max(shares.get(number, 0.0), float(match["share"] or 0))
    best = extreme(shares) if shares else None
    return None if best is None else (best, len(shares) == 1)


def read_class_or_equal(answer: str, kind: Kind, context: ParseContext) -> str | Unparsed:
    """One of two classes, or "equal" where the reply says so or gives both the same number."""
    text = plain(answer)
    names = context.classes
    asked = _asked(context)
    counts = read_counts(answer, names)
    equal = (
        isinstance(counts, dict) and all(name in counts for name in asked) and counts[asked[0]] == counts[asked[1]]
    ) or _tied(answer, asked)
    if _EQUAL.search(text) and not _NOT_EQUAL.search(text) and not is_negated(_before_equal(text)):
        chosen = None
        if re.search(r"\b(?:more|most|fewer|less)\b", text) and not equal:
            chosen = choose(mark_class_options(text, names), asked=_question(context, names))
        return "equal" if chosen is None else names[chosen]
    value = read_class(answer, kind, context)
    if context.question.kind == "more_objects" and isinstance(counts, dict) and all(name in counts for name in asked):
        most = max(asked, key=lambda name: counts[name])
        if not equal and not isinstance(value, Unparsed) and value != most:
            return Unparsed("a class that is not the one of the greater number")
    if not isinstance(value, Unparsed):
        return value
    if equal:
        return "equal"
    if read_change(answer) is False:
        return "equal"
    return value


def _tied(answer: str, asked: tuple[str, ...]) -> bool:
    """Whether a reply gives both classes the same number and no other."""
    amounts = amounts_of(answer, lambda text: mark_class_options(text, asked))
    values = [set(amount.plain.values()) for amount in amounts.values()]
    return len(values) == 2 and values[0] == values[1] and len(values[0]) == 1


def _before_equal(text: str) -> str:
    match = _EQUAL.search(text)
    return "" if match is None or match[0] == "neither" else text[max(match.start() - 12, 0) : match.start()]


def read_classes(answer: str, kind: Kind, context: ParseContext) -> list[str] | Unparsed:
    """The classes that have changed, or those that have not: a class that is only named is the answer."""
    names = tuple(context.question.args.get("among", context.classes))
    text = plain(answer)
    wanted = context.question.kind != "unchanged_classes"
    if DOUBT.search(text) and not mentions(text, names):
        return Unparsed("says that it cannot tell")
    concluded = re.search(
        r"\b(?:so|hence|thus|therefore)\b,? (?:it is |it's |the answer is )?(?:only |just )?(?:the )?(?!have\b|"
        r"has\b|did\b|do\b|are\b|is\b|does\b)(?P<names>[\w ,]{1,40}?)\W*$",
        text,
    )
    if (
        concluded
        and (named := list(dict.fromkeys(m.name for m in mentions(concluded["names"], names))))
        and len(concluded["names"].split()) <= 2 * len(named) + 1
    ):
        return named
    whole = _all_or_none(text, names, wanted)
    if whole is not None:
        return whole
    stances = class_stances(answer, names)
    if stances:
        chosen = [name for name in names if name in stances and stances[name] in (None, wanted)]
        if not chosen and wanted and set(stances) != set(names) and not NONE.search(text):
            return Unparsed("only a class that is said not to change")
        if chosen or False in stances.values():
            return chosen
        if wanted:
            return chosen
        named_all = set(stances) == set(names)
        rest = [name for name in names if name not in stances]
        if named_all:
            return []
        only = re.search(r"\b(?:only|just|solely|exclusively|alone)\b", text)
        return rest if only else Unparsed("no class that is said not to change")
    stance = read_change(answer)
    if NONE.search(text) or stance is False:
        return _nothing(text, names, wanted, stance)
    return cannot_tell(answer, "no class")


_QUANTIFIED = re.compile(
    r"\b(?P<who>both|all|every|each|everything|nothing|neither|none|no)\b(?: (?:of )?(?:them|these|those|the"
    r" (?:two|three|four|five|six|classes|above|listed)|classes|two|three|four|five|six|categories|"
    r"class(?:es)?|kinds?|one|is|are|were|have|has|did|of)){0,4}(?=(?P<rest>[^.;\n]{0,80}))"
)
_SAME = re.compile(
    r"\b(?:unchanged|the same|same|not change\w*|without (?:any )?change\w*|intact|unaffected|untouched|"
    r"stable|identical|unaltered|no change\w*|as before|as they were|free of change)\b"
)
_DIFFERENT = re.compile(
    r"\b(?:changed?|changes|different|differ|affected|altered|modified|new|show(?:s|ed)? changes?)\b"
)


def _all_or_none(text: str, names: tuple[str, ...], wanted: bool) -> list[str] | None:
    """Read "both are unchanged" and "neither is without change", "all have changed": said of all classes at once."""
    for match in _QUANTIFIED.finditer(text):
        whole = _quantified(match, text, names, wanted)
        if whole is not None:
            return whole
    return None


def _quantified(match: re.Match[str], text: str, names: tuple[str, ...], wanted: bool) -> list[str] | None:
    who = match["who"]
    if who == "both" and len(names) > 2:
        return None
    if mentions(text[: match.start()], names) and who not in ("both", "all"):
        return None
    own = re.split(r"[,:(]|\s-\s|\bbut\b|\bwhile\b", match["rest"], maxsplit=1)[0]
    if mentions(own, names) or (who == "no" and not re.match(r"no (?:class|categor|kind|one)", match[0])):
        return None
    denied = who in ("neither", "none", "no", "nothing")
    if _SAME.search(own):
        changed = denied
    elif (
        _DIFFERENT.search(own)
        or re.fullmatch(r"\W*(?:did|has|have|do|does)\W*", own)
        or (not own.strip(" .,:;") and re.search(r"\b(?:did|has|have|do|does)$", match[0].rstrip(" .,:;!")))
    ):
        changed = not (denied or is_negated(own))
    elif who in ("both", "all") and not own.strip(" .,:;") and not mentions(text, names):
        return list(names)
    else:
        return None
    return list(names) if changed is wanted else []


def _nothing(text: str, names: tuple[str, ...], wanted: bool, stance: object) -> list[str]:
    lone = re.match(
        r"\W*(?:a(?:nswer)?\s*:)?\W*(?:there (?:is|are)\W+)?(?:none|neither|nothing|no)(?: of (?:them|these|those|"
        r"the above))?\W*(?:$|[.;,])",
        text,
    )
    return list(names) if not wanted and lone is None and stance is False else []
