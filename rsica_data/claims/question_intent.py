"""What a question asks for, and whether an answer marks a fact that can say it.

The kinds of facts that answer a question are a table of words, ``questions.yaml``: a true fact of another kind, of
another class or of the other date is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from rsica_data.claims.fact_list import Fact
from rsica_data.claims.happened import described, something
from rsica_data.claims.listed import Fault, Listed, named_outright, value_of
from rsica_data.claims.marks import lowered
from rsica_data.claims.qualifiers import denies_change
from rsica_data.claims.quotes import Marked, Quote
from rsica_data.text.yaml_files import packaged_yaml


@dataclass(frozen=True)
class Form:
    """One entry of the table."""

    asks: str
    words: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str] | None
    needs: tuple[tuple[tuple[str, str], ...], ...]
    none: bool
    each: bool
    least: int
    shows: str | None
    placed: tuple[tuple[str, str], ...]
    whole: bool
    people: bool

    def fits(self, clause: str, named: int) -> bool:
        """Whether a clause, in lower case, asks for it; ``named`` is the number of classes that it names."""
        if named < self.least:
            return False
        return all(words.search(clause) for words in self.words) and not (self.unless and self.unless.search(clause))


@dataclass(frozen=True)
class Aim:
    """What one clause of a question asks for, of which classes."""

    form: Form
    clause: str
    classes: tuple[str, ...]
    cell: str | None = None


@cache
def _forms() -> tuple[Form, ...]:
    table = packaged_yaml("rsica_data.claims", "questions.yaml")
    return tuple(_form(entry, table["parts"]) for entry in table["questions"])


def _form(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Form:
    def compiled(words: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{([a-z]+)\}", lambda match: f"(?:{parts[match[1]]})", words))

    return Form(
        entry["asks"],
        tuple(compiled(entry[key]) for key in ("words", "also") if key in entry),
        compiled(entry["unless"]) if "unless" in entry else None,
        tuple(tuple(_kind(kind) for kind in kinds) for kinds in entry["needs"]),
        entry.get("none", True),
        entry.get("each", False),
        entry.get("least", 0),
        entry.get("shows"),
        tuple(_kind(kind) for kind in entry.get("placed", ())),
        entry.get("whole", False),
        entry.get("people", True),
    )


def _kind(words: str) -> tuple[str, str]:
    kind, _, argument = words.partition(":")
    return kind, argument


_WH = r"how|what|which|where|when|whereabouts|whose"
_VERB = r"did|do|does|is|was|were|are|has|have"
_BY = r"(?:(?:in|on|at|of|by|over|to|through) )?"
_CLAUSE = re.compile(
    rf"[.?!:;]\s+|,? and (?={_BY}(?:{_WH}|{_VERB})\b)|"
    rf", (?={_BY}(?:{_WH})\b(?! (?:is|are|was|were|seals?|bears?|would|could|may)\b))"
)
_ASIDE = re.compile(r",\s*(?:i|if|as|then|say|please|so|my \w+|dear|when)\b[^,?]*,|\bi (?:wonder|would \w+ to know)\b")


def aims_of(question: str, listed: Listed) -> Iterator[Aim]:
    """What the clauses of a question ask for; clauses of which that is not known give nothing."""
    plain = _NINE.sub(lambda match: match[0].replace("nine", "grid"), lowered(question))
    plain = _blanked(_ASIDE, _blanked(_BETWEEN, plain))
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(plain)), len(plain)]
    classes: tuple[str, ...] = ()
    for start, end in pairwise(cuts):
        clause = plain[start:end]
        named = named_outright(question[start:end], listed)
        if not named and _EACH_CLASS.search(clause):
            named = _counted(listed)
        if named or _PRONOUN.search(clause):
            classes = named
        form = next((form for form in _forms() if form.fits(clause, len(named))), None)
        if form is not None:
            cells = [mark.value for mark in listed.words(clause).of("place") if len(mark.value) == 1]
            yield Aim(form, clause, classes, cells[0][0] if len(cells) == 1 else None)


def clauses(question: str) -> int:
    """The number of clauses of a question."""
    plain = _blanked(_ASIDE, _blanked(_BETWEEN, lowered(question)))
    return 1 + len(_CLAUSE.findall(plain))


def _counted(listed: Listed) -> tuple[str, ...]:
    return tuple(str(fact.args["cls"]) for fact in listed.facts if fact.kind == "class_count")


_EACH_CLASS = re.compile(r"\b(?:each|per|every|by|both|the two|of the) (?:of the )?class(?:es)?\b|\bclass by class\b")
_IMAGE = r"(?:images?|pictures?|photos?|views?|scenes?|shots?|dates?|surveys?|flights?|ones?)"
_BETWEEN = re.compile(
    r"\bbetween (?:the |these |those |both )?(?:two |first and (?:the )?second |earlier and (?:the )?later )?(?:\w+ )?"
    rf"{_IMAGE}\b|\bfrom (?:the )?(?:first|earlier|one)\b[^,?]{{0,24}} to (?:the )?"
    rf"(?:second|later|other|next|last)\b(?: {_IMAGE})?|"
    rf"\b(?:when|if) (?:the two|both|the) {_IMAGE} are compared\b|"
    rf"\bbetween (?:the )?(?:first|earlier) (?:{_IMAGE} )?and (?:the )?(?:second|later)(?: {_IMAGE})?"
)
_NINE = re.compile(r"\bof (?:the )?nine cells\b")
_PRONOUN = re.compile(r"\bits?\b")


def _blanked(what: re.Pattern[str], text: str) -> str:
    return what.sub(lambda match: " " * len(match[0]), text)


def kinds_asked(question: str, listed: Listed) -> set[str]:
    """All kinds of facts that answer a question, or a part of it; none where it is not known what it asks for."""
    return {kind for aim in aims_of(question, listed) for kinds in aim.form.needs for kind, _ in kinds}


def same_intent(one: str, other: str, listed: Listed) -> bool:
    """Whether two questions may ask for the same; True where it is not known what one of them asks for.

    What chiefly answers the one (the first kind of each of its needs) answers the other, or the other way round: how
    many there are in each cell answers "how many" and "in which cells", and these are not the same.

    Args:
        one: a question.
        other: another one.
        listed: of whom the names of the classes are used.
    """
    every = [kinds_asked(question, listed) for question in (one, other)]
    aims = [list(aims_of(question, listed)) for question in (one, other)]
    chief = [{kinds[0][0] for aim in own for kinds in aim.form.needs if kinds} for own in aims]
    return not all(every) or bool(chief[0] & every[1] or chief[1] & every[0])


def unmet(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """What a question asks for that no marked fact gives; None where nothing is missing."""
    if question is None:
        return None
    if _answers_yes_no(marked) and not _may_be_yes_no(question):
        return "contradiction", "the question is not one that yes or no answers"
    denied = denies_change(lowered(question))
    stated = [(quote, fact) for quote in marked.quotes for fact in quote.facts]
    for aim in aims_of(question, listed):
        for kinds in _needs(aim):
            missing = [name for name in aim.classes or (None,) if not _met(aim, kinds, name, stated, listed, denied)]
            if missing and (aim.form.each or len(missing) == len(aim.classes or (None,))):
                of_class = f" of {missing[0]}" if missing[0] is not None else ""
                return "contradiction", f"the question asks {aim.form.asks}{of_class}, and no marked fact answers that"
        if aim.cell is not None and not any(_of_cell(quote, fact, aim.cell, listed) for quote, fact in stated):
            return "contradiction", f"the question asks about {aim.cell}, and no marked fact is of it"
        if not _tells_change(aim, [fact for _, fact in stated], listed):
            return "contradiction", f"the question asks {aim.form.asks}, and no marked fact tells what changed"
        left = _left_out(stated, listed) if aim.form.whole else None
        if left is not None:
            return "contradiction", f"the question asks {aim.form.asks}, and the answer leaves out that {left} changed"
    return None


def _tells_change(aim: Aim, facts: Sequence[Fact], listed: Listed) -> bool:
    if aim.form.whole:
        return described(facts, listed)
    whether = aim.form.asks == "whether it changed" and not aim.classes and aim.cell is None
    return not whether or something(facts, listed)


_YES = re.compile(r"\W*(?:yes|no|nope|yeah|indeed)\b(?=[.,;:!]|$)")
_POLITE = re.compile(
    r"\b(?:can|could|would|will|may|might) (?:you|i|we) (?:\w+ )?"
    r"(?:tell|say|name|give|show|describe|state|ask|list|know|explain)\b"
)
_VERBS = rf"{_VERB}|had|any|anything|something|if|whether|can|could|would|will|should|may|so"
_MAY_BE = re.compile(rf"^(?:(?!\b(?:{_WH})\b).)*?\b(?:{_VERBS})\b|\bor not\b|\bif any|\bif so")


def _answers_yes_no(marked: Marked) -> bool:
    return any(_YES.match(lowered(text)) for text in (marked.text, *(quote.words for quote in marked.quotes)))


def _may_be_yes_no(question: str) -> bool:
    """Whether any clause of a question may be answered by yes or no; asking for it politely is no such clause."""
    asking = [part for part in re.split(r"(?<=[.!?])\s+", question.strip()) if part.endswith("?")]
    plain = _POLITE.sub("", lowered(" ".join(asking) or question))
    cuts = [0, *(match.end() for match in _CLAUSE.finditer(plain)), len(plain)]
    return any(_MAY_BE.search(plain[start:end]) for start, end in pairwise(cuts))


def _of_cell(quote: Quote, fact: Fact, cell: str, listed: Listed) -> bool:
    words = listed.words(quote.words)
    if words.negated or yes_or_no_words(quote.words) or fact.args.get("cell") == cell:
        return True
    return any(cell in mark.value for mark in words.of("place")) or (
        fact.type in ("cells", "cell") and (fact.value == cell or cell in fact.value)
    )


def yes_or_no_words(text: str) -> bool:
    """Whether words are a yes or no and nothing else."""
    return re.fullmatch(r"\W*(?:yes|no)\W*", lowered(text)) is not None


def _needs(aim: Aim) -> tuple[tuple[tuple[str, str], ...], ...]:
    return (aim.form.placed,) if aim.form.placed and aim.cell is not None else aim.form.needs


def _left_out(stated: Sequence[tuple[Quote, Fact]], listed: Listed) -> str | None:
    """A class that changed and is not told of."""
    changed = [str(fact.args["cls"]) for fact in listed.facts if fact.kind == "class_count" and fact.value]
    named = {name for quote, fact in stated for name in (*fact.classes, *listed.words(quote.words).named)}
    return next((name for name in changed if name not in named), None)


def _met(
    aim: Aim,
    kinds: Sequence[tuple[str, str]],
    name: str | None,
    stated: Sequence[tuple[Quote, Fact]],
    listed: Listed,
    denied: bool,
) -> bool:
    """Whether a marked fact answers an aim for one class."""
    if aim.form.none and not denied and any(_nothing(quote, fact, name, listed) for quote, fact in stated):
        return True
    chosen = [(quote, fact) for quote, fact in stated if _answers(fact, kinds, name, listed)]
    if any(kind in _TOLD_BY_PEOPLE for kind, _ in kinds):
        chosen += [
            (quote, fact) for quote, fact in stated if fact.kind == "caption" and _tells(quote, name, listed, aim)
        ]
    if aim.form.shows is not None:
        chosen = [(quote, fact) for quote, fact in chosen if _shows(quote, aim.form.shows, listed)]
    if aim.cell is not None and aim.form.placed:
        chosen = [(quote, fact) for quote, fact in chosen if fact.args.get("cell", aim.cell) == aim.cell]
        if not chosen and name is not None and value_of("cells_of_class", name, listed) == [aim.cell]:
            return any(_answers(fact, aim.form.needs[0], name, listed) for _, fact in stated)
    part = [fact for _, fact in chosen if fact.kind == "cell_objects"]
    if aim.form.shows == "place" and part and all(fact.kind == "cell_objects" for _, fact in chosen):
        return all(_whole(fact, part, listed) for fact in part)
    return bool(chosen)


def _answers(fact: Fact, kinds: Sequence[tuple[str, str]], name: str | None, listed: Listed) -> bool:
    for kind, argument in kinds:
        if fact.kind != kind:
            continue
        if name is None:
            return True
        if argument == "value":
            return bool(fact.value == name)
        if argument in fact.args:
            return bool(fact.args[argument] == name)
        if kind in ("total_count", "total_share"):
            own = {"total_count": "class_count", "total_share": "area_share"}[kind]
            return kind == "total_count" or value_of(own, name, listed) == fact.value
        return (fact.type != "classes" and not {"cls", "a", "b"} & set(fact.args)) or name in fact.classes
    return False


def _nothing(quote: Quote, fact: Fact, name: str | None, listed: Listed) -> bool:
    """Whether a fact says that a class, or where none is asked about anything at all, did not change."""
    if fact.kind in ("any_change", "changed_classes", "total_count"):
        return not fact.value
    if name is None and value_of("any_change", None, listed) is not False:
        return False
    if fact.kind == "unchanged_classes":
        words = listed.words(quote.words).named
        return bool(fact.value) and (name is None or (name in fact.value and (not words or name in words)))
    return fact.kind in ("class_count", "cells_of_class") and not fact.value and name in (None, fact.args["cls"])


def _tells(quote: Quote, name: str | None, listed: Listed, aim: Aim) -> bool:
    """Whether the words of a caption speak of a class; that nothing changed is no answer to every question."""
    words = listed.words(quote.words)
    if words.negated and not aim.form.none:
        return False
    if not aim.form.people and not words.negated and not any(len(mark.value) == 1 for mark in words.of("place")):
        return False
    return name is None or name in words.named or (words.negated and not words.named)


_TOLD_BY_PEOPLE = (
    *(
        "any_change",
        "changed_classes",
        "unchanged_classes",
        "total_count",
        "class_count",
        "built_count",
        "removed_count",
    ),
    *(
        "direction",
        "cells_of_class",
        "built_cells",
        "removed_cells",
        "growth_direction",
        "was_before",
        "became",
        "spread",
    ),
    "border",
)
"""Kinds that the sentences of people may tell; shares, areas and superlatives are measured."""
_SHOWN = {"number": ("number", "place"), "place": ("place", "edge"), "amount": ("number", "percent", "area")}


def _shows(quote: Quote, what: str, listed: Listed) -> bool:
    words = listed.words(quote.words)
    return words.negated or bool(words.of(*_SHOWN[what]))


def _whole(fact: Fact, stated: Sequence[Fact], listed: Listed) -> bool:
    """Whether counts in cells name all cells, or all objects, of their class."""
    name = fact.args["cls"]
    own = [other for other in stated if other.args["cls"] == name]
    cells = value_of("cells_of_class", name, listed)
    named = {other.args["cell"] for other in own}
    return not isinstance(cells, list) or set(cells) <= named
