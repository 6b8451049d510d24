"""Whether a reading of counts explains what the answer says: a number is given only where nothing bears against it.

A reading is given up where

- a class is named outside of a place ("the rest are buildings") and was given no number;
- a number of a class is larger than its count and no statement says what it is ("buildings: 12 .. changed: 4");
- a number of changes in all ("9 changes, 2 of them roads") is neither the sum of the counts nor one of them;
- a number stands alone in a sentence and belongs to no class;
- an amount is told as a share ("half of the 10 buildings"), by exception ("all but 3", "minus the two") or as a choice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from rsica_data.schema import Unparsed
from rsica_data.text.amounts.groups import is_foreign
from rsica_data.text.amounts.statements import sentence_of
from rsica_data.text.clauses import Clause
from rsica_data.text.sentences import Sentence, denies
from rsica_data.text.statement import Statement
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.set_phrases import is_changed

_SHARE = re.compile(
    r"\b(?:half|halves|quarters?|thirds?|fifths?|majority|most|percent|fraction|proportion) of "
    r"(?:(?:the|all|these|those)\s+)*‹[NC]"
)
_EXCEPTION = re.compile(
    r"\b(?:minus|except\w*|apart from|all but|not counting|without counting|other than|less)\b[^.;:]{0,30}‹N"
)
_IN_ALL = re.compile(
    r"‹N(\d+)›\s+(?:(?:total|new|changed|different|distinct|individual|detected)\s+)*"
    r"(?:changes?|objects?|differences|items|features)\b(?!\s+(?:\w+\s+){0,3}‹C)|"
    r"\b(?:total|overall)\b(?: (?:number of )?(?:changes|objects|changed objects))?\W{0,3}‹N(\d+)›\W*(?:$|\()"
)
_POSSIBLE = re.compile(
    r"\b(?:what|which|that) (?:may|might|could) (?:also |well )?(?:be|"
    r"have been) (?:[\w-]+ ){0,2}(?:‹N\d+› (?:[\w-]+ ){0,3})?‹C"
)
_BESIDE_CHANGED = re.compile(
    r"\b(?:along|beside|near|by|next to|on) (?:the|this|its|their) (?:changed|new|newly built) ‹C(\d+)s›"
)
_SIGNED = re.compile(r"‹C\d+[spg]›[^|‹]{0,12}‹N\d+›\s*[/,]\s*-\d")
_SAME = re.compile(
    r"\b(?:existing|already|original|still|remain\w*|stay\w*|old|match\w*|kept|preserved|surviv\w*|unchanged|same)\b"
)
_COUNTED = ("changed", "plain", "total", "picked")
_OTHER_MATTER = re.compile(r"\b(?:confiden|certain|score|step|task|words?|tokens?|image|pair|id)")
_LABEL_ALONE = re.compile(r"\W*‹C\d+[spg]›\W*[:=](?:\W*\w+){0,3}[^\w.!?]*")


def unexplained(
    clauses: Sequence[Clause],
    statements: Sequence[Statement],
    counts: Mapping[str, int],
    names: Sequence[str],
    stock: Collection[int] = (),
) -> Unparsed | None:
    """The reason why a reading is not to be trusted; None where it explains the answer (see the module).

    Args:
        clauses: of the answer.
        statements: what they say.
        counts: the reading.
        names: the classes that were asked about.
        stock: numbers of the classes of which the answer told how many there are in all.
    """
    sentences = [sentence_of(clause.text) for clause in clauses if not clause.text.rstrip().endswith("?")]
    numbered = {s.owner for s in statements if s.kind == "number" and s.value and not s.disowned} - set(stock)
    if any(names[owner] not in counts for owner in numbered):
        return Unparsed("a class without a number")
    if _unnumbered(sentences, statements, counts, names, stock):
        return Unparsed("a class without a number")
    if _is_signed(clauses):
        return Unparsed("a number that was not understood")
    if _of_same(clauses, statements, counts, names):
        return Unparsed("a number of what stayed as it was")
    if any(_too_large(statements, number, counts[name]) for number, name in enumerate(names) if name in counts):
        return Unparsed("a larger number of the class is left over")
    for clause in clauses:
        if any(names[int(owner)] not in counts for owner in _BESIDE_CHANGED.findall(clause.text)):
            return Unparsed("a class without a number")
        if _POSSIBLE.search(clause.text):
            return Unparsed("an object that is thought possible")
        if _SHARE.search(clause.text) or (_EXCEPTION.search(clause.text) and not denies(clause.text)):
            return Unparsed("a number told by a share or an exception")
        if not clause.record and any(_differs(match, counts) for match in _IN_ALL.finditer(clause.text)):
            return Unparsed("the number of all changes is not the sum of the classes")
    if len(names) > 1 and _has_stray(clauses, statements, counts):
        return Unparsed("a number without its class")
    return None


def _unnumbered(
    sentences: Sequence[Sentence],
    statements: Sequence[Statement],
    counts: Mapping[str, int],
    names: Sequence[str],
    stock: Collection[int],
) -> bool:
    """Whether a class is named, not to say where something lies, without a number; a cut-off label is none."""
    covered = {*stock, *(statement.owner for statement in statements if statement.kind != "number")}
    return any(
        owner not in covered and names[owner] not in counts
        for place, sentence in enumerate(sentences)
        for owner in sentence.owners
        if not denies(sentence.text) and not (place == len(sentences) - 1 and _LABEL_ALONE.fullmatch(sentence.text))
    )


def _is_signed(clauses: Sequence[Clause]) -> bool:
    """Whether a number behind a class was not marked ("buildings +5 / -2")."""
    return any(not clause.record and _SIGNED.search(clause.text) for clause in clauses)


def _of_same(
    clauses: Sequence[Clause], statements: Sequence[Statement], counts: Mapping[str, int], names: Sequence[str]
) -> bool:
    """Whether a count stands only in sentences of what is as it was ("one remains of the original 5")."""
    unchanged = [s for s in statements if s.kind == "number" and s.value and counts.get(names[s.owner]) == s.value]
    kept = {number for number, clause in enumerate(clauses) if _is_of_same(clause.text)}
    return bool({s.owner for s in unchanged} - {s.owner for s in unchanged if s.sentence not in kept})


def _is_of_same(text: str) -> bool:
    return "|" not in text and _SAME.search(text) is not None and not is_changed(sentence_of(text).text)


def _too_large(statements: Sequence[Statement], owner: int, value: int) -> bool:
    stated = [
        s.value
        for s in statements
        if s.owner == owner and s.kind == "number" and s.role in _COUNTED and not s.disowned and not s.identity
    ]
    others = [number for number in stated if number != value]
    if any(s.owner == owner and (s.role == "picked" or (s.kind == "zero" and s.value)) for s in statements):
        return False
    if any(s.owner == owner and s.role == "total" and s.value == value for s in statements):
        return False
    return value not in (sum(stated), sum(others)) and any(number > value for number in others)


def _differs(match: re.Match[str], counts: Mapping[str, int]) -> bool:
    number = int(match[1] or match[2])
    return number not in counts.values() and number != sum(counts.values())


def _has_stray(clauses: Sequence[Clause], statements: Sequence[Statement], counts: Mapping[str, int]) -> bool:
    """Whether a sentence without a class holds a number that no statement and no count has."""
    of_counts = {*counts.values(), sum(counts.values())}
    for number, clause in enumerate(clauses):
        values = {s.value for s in statements if s.sentence == number and s.kind == "number"}
        if _is_stray(clause, of_counts | values):
            return True
    return False


def _is_stray(clause: Clause, known: Collection[int]) -> bool:
    sentence = sentence_of(clause.text)
    if sentence.owners or clause.headings or clause.record or sentence.text.endswith("?"):
        return False
    if any(word_pattern(f"counting.{name}").search(sentence.text) for name in ("further", "excluded")):
        return False
    if _OTHER_MATTER.search(sentence.text):
        return False
    return any(
        group.value is not None
        and group.value
        and group.value not in known
        and not is_foreign(sentence.text[group.end : group.end + 60])
        for group in sentence.groups
    )
