"""Yes or no, and whether a reply says that something on the ground changed.

The order of decisions:

1. an answer said outright (:mod:`~rsica_data.text.yes_no.outright`), or the fields of a structure;
2. a verdict: what follows a revision ("Looking again, .."), else a conclusion ("In summary, ..");
3. the clauses (:mod:`~rsica_data.text.yes_no.assertions`), in which negation and doubt come before any word of
   change. A change in one part stands beside sameness in another: something changed. Sameness of the whole stands
   beside a change only as its exception ("nothing changed but for a house"); otherwise the two contradict each other;
4. a description of both images: objects of which the earlier image has none, or fewer.

What is only thought possible, and questions, state nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rsica_data.schema import Unparsed
from rsica_data.text.amounts.described import NO_ANSWER, described, listed, listed_items, probability
from rsica_data.text.normalized.chinese import to_english
from rsica_data.text.normalized.cleaning import conclusion
from rsica_data.text.normalized.layout import lines_of
from rsica_data.text.yes_no import outright
from rsica_data.text.yes_no.assertions import DOUBT, NO_CHANGE, Statement, any_of, statements_in, whole_words

__all__ = ["DOUBT", "NO_CHANGE", "plain", "read_change", "read_yes_no", "stances_of"]

CANNOT_TELL = "says that it cannot tell"
BOTH = "says both that something changed and that nothing did"

_CLAUSE = re.compile(
    r"(?P<end>(?<=[.!?])(?:\s+|$)|\n+|;)|(?P<dash>\s+-\s+)|,?\s+\b(?P<contrast>but|however|yet)\b|,?\s+\b"
    r"(?P<exception>except(?: that| for)?|apart from|other than|aside from|besides|save for|barring|"
    r"with the exception of|with one exception)\b|"
    r",?\s+\b(?P<concession>although|though|while|whereas|whilst|even though|despite|even if)\b|,?\s+\b"
    r"(?P<joint>so)\b|"
    r"(?P<comma>,)\s+(?=(?:and\s+)?(?:the|a|an|no|new|some|only|there|it|i|several|one|two|three|nothing|"
    r"this|these|which|both|all|not)\b)|(?P<colon>:)\s"
)
_OPENING = re.compile(
    r"\W*\b(?P<contrast>but|however|yet|still|nevertheless|nonetheless|that said|only)\b|\W*\b"
    r"(?P<exception>except(?: for| that)?|apart from|other than|aside from|besides|save for|barring|"
    r"with the exception of)\b|\W*\b(?P<concession>although|though|while|whereas|whilst|even though|"
    r"despite|even if)\b|\W*(?P<conclusion>overall|so|therefore|thus|hence|in short|all in all|in the end|"
    r"ultimately)\b"
)
_REFUSAL = re.compile(
    r"\b(?:as an ai|language model|(?:unable|not able) to "
    r"(?:directly )?(?:view|analy[sz]e|access|process|open)|"
    r"(?:can(?:no|')?t|can not|do(?:n't| not) have the ability to) "
    r"(?:directly )?(?:view|analy[sz]e|access|process|open))\b"
)
_WHERE = re.compile(r"(\bwhere [^.,;\n]{3,60} (?:was|were|stood|had been|used to be)), ")
_HAN_COMMA = re.compile(r"(?<=[\u3400-\u9fff]),|,(?=[\u3400-\u9fff])")
_CUT_OFF = re.compile(r"(?:^|\n)(?:[^\s]+[ \t]+){11,400}[^\s]*[\w,]\s*$")
_SPACES = re.compile(r"[ \t]{2,}")
_HEADING = re.compile(r"(?m)^[^\n]{1,200}:[ \t]*$")
_QUESTION = re.compile(r"[^.!?\n]{0,2000}\?")
_REVISION = re.compile(
    rf"(?:^|(?<=[.!?;,:\n)-])|\b(?:but|and|however|yet))\s*(?:but |however,? |and |yet |- ?|"
    rf"\.{{2,6}} ?)?{any_of('assertions.revisions')}(?!\w)"
)
_IMPRESSION = whole_words("assertions.impressions")
_BUT_THEY_HAVE = re.compile(
    r"\W*(?:but |however,? |although |though |while |whereas )?(?:the|some|all|both|many|several|one|two|"
    r"three|\d+|a)\b[\w\s-]{0,50}?"
    r"\b(?:have|has|did|do|does)\W*"
)
_REST_WAS_NOT = re.compile(
    r"\bthe (?:others?|rest|remaining|second|third|last)\b[\w ]{0,24} (?:was|were|is|are|has|have|did|does|"
    r"do)(?: not|n't)\W*$"
)
_OTHER_SAME = re.compile(rf"(?<!\w){any_of('answers.other_same')}(?!\w)")
_OTHER_CHANGE = re.compile(rf"(?<!\w){any_of('answers.other_change')}")


@lru_cache(maxsize=4096)
def plain(answer: str) -> str:
    """An answer's lines in lower case, in English as far as it is Chinese, without markup."""
    return "\n".join(
        f"{line.headings[-1]} : {line.text}"
        if line.headings and line.headings[-1] and len(line.text) < 12
        else line.text
        for line in lines_of(to_english(answer))
    )


def read_yes_no(answer: str) -> bool | None:
    """Yes or no where an answer says so outright, at its beginning, in a field, or at its end; else None.

    >>> read_yes_no("Yes, two houses."), read_yes_no("No roads have changed."), read_yes_no("So my answer is no.")
    (True, None, False)
    """
    if listed(to_english(answer)) is NO_ANSWER:
        return None
    text = plain(answer)
    revised = _revised(text)
    if revised is not None and (later := outright.read_yes_no(revised)) is not None:
        return later
    value = outright.read_yes_no(text)
    if value is not None and revised is not None and _settled(_statements(revised)) is (not value):
        return None
    return value


def read_change(answer: str) -> bool | Unparsed | None:
    """Whether an answer's sentences say that something on the ground changed; None or a reason where they do not tell.

    >>> read_change("While the lighting differs, nothing on the ground has changed.")
    False
    >>> read_change("Bare land was replaced with residential buildings.")
    True
    """
    structured = listed(to_english(answer))
    if structured is not None:
        return structured
    text = _WHERE.sub(r"\1 ", _QUESTION.sub(" ", plain(_HAN_COMMA.sub(";", answer))))
    for read in (probability, listed_items):
        if (value := read(text)) is not None:
            return value
    if _OTHER_SAME.search(text):
        return False
    if _OTHER_CHANGE.search(text):
        return True
    if _REFUSAL.search(text):
        return Unparsed(CANNOT_TELL)
    revised = _revised(text)
    if revised is not None and (decided := _verdict(revised)) is not None:
        return decided
    tail = conclusion(answer)
    if tail is not None and tail != answer and (decided := _verdict(_QUESTION.sub(" ", plain(tail)))) is not None:
        return decided
    statements = _statements(text)
    stated = _weigh(statements)
    if (
        stated is False
        and not any(s.whole for s, _ in statements)
        and len(text) > 150
        and _CUT_OFF.search(text[-2000:])
    ):
        return Unparsed("cut off before an answer")
    if isinstance(stated, Unparsed):
        return stated
    value = stated
    if value is None:
        value = described(text)
    return True if value is None and outright.opens_with_assent(text) else value


def stances_of(answer: str) -> tuple[Statement, ...]:
    """What the clauses of an answer state, in order; questions state nothing.

    >>> [statement.stance for statement in stances_of("There may be a new road. The rest is unchanged.")]
    ['hedge', 'same']
    """
    return tuple(statement for statement, _ in _statements(_QUESTION.sub(" ", plain(answer))))


def _revised(text: str) -> str | None:
    """What a text says after its last revision; None where it revises nothing."""
    marks = list(_REVISION.finditer(text))
    if not marks or not text[: marks[-1].start()].strip():
        return None
    return text[marks[-1].end() :].strip(" ,.:;-") or None


def _verdict(text: str) -> bool | None:
    value = outright.read_yes_no(text)
    return value if value is not None else _settled(_statements(text))


def _settled(statements: Sequence[tuple[Statement, str]]) -> bool | None:
    value = _weigh(statements)
    return value if isinstance(value, bool) else None


def _statements(text: str) -> list[tuple[Statement, str]]:
    """The statements of a text, each with what joins it to those before (a group of ``_CLAUSE``)."""
    statements: list[tuple[Statement, str]] = []
    for clause, joint in _clauses(text):
        clause_statements = [(statement, joint) for statement in statements_in(clause)]
        if not clause_statements and joint in ("contrast", "concession") and _BUT_THEY_HAVE.fullmatch(clause):
            # "The road has not changed, but the buildings have."
            clause_statements = (
                [(Statement("change"), joint)] if statements and statements[-1][0].stance == "same" else []
            )
        elif (
            not clause_statements and statements and statements[-1][0].stance == "same" and _REST_WAS_NOT.search(clause)
        ):
            clause_statements = [(Statement("change"), joint)]
        statements += clause_statements
    return statements


def _clauses(text: str) -> list[tuple[str, str]]:
    text = _SPACES.sub(" ", _HEADING.sub(" ", text))
    start, joint, clauses = 0, "", []
    for match in _CLAUSE.finditer(text):
        if match["colon"] and len(text[start : match.start()].split()) < 4:
            continue
        clauses.append((text[start : match.start()], joint))
        start, joint = match.end(), str(match.lastgroup)
    clauses.append((text[start:], joint))
    merged: list[tuple[str, str]] = []
    for clause, kind in clauses:
        opening = _OPENING.match(clause)
        if clause.strip():
            merged.append(
                (clause, str(opening.lastgroup) if opening and kind in ("", "end", "dash", "comma", "colon") else kind)
            )
    return merged


def _weigh(statements: Sequence[tuple[Statement, str]]) -> bool | Unparsed | None:
    stances = [statement.stance for statement, _ in statements]
    weighed = [entry for entry in statements if entry[0].stance in ("change", "same")]
    if "doubt" in stances:
        return _doubted(statements)
    if not weighed:
        return Unparsed(CANNOT_TELL) if "hedge" in stances else None
    if "change" not in stances:
        return False
    if not any(statement.whole for statement, _ in weighed):
        return True
    return _mixed(weighed)


def _doubted(statements: Sequence[tuple[Statement, str]]) -> bool | Unparsed | None:
    """Doubt counts unless what follows resolves it, or it came after a change and touches a detail only."""
    last = max(place for place, (statement, _) in enumerate(statements) if statement.stance == "doubt")
    before = [entry for entry in statements[:last] if entry[0].stance in ("change", "same")]
    after = [entry for entry in statements[last + 1 :] if entry[0].stance != "hedge"]
    if after and (
        statements[last][1] == "concession"
        or any(joint in ("contrast", "concession", "conclusion", "colon", "joint") for _, joint in after)
        or before
    ):
        return _weigh(after)
    if before and statements[0][0].stance != "doubt":
        return _weigh(before)
    return Unparsed(CANNOT_TELL)


def _mixed(weighed: Sequence[tuple[Statement, str]]) -> bool | Unparsed:
    """Change and sameness of the whole: an exception, a concession, a conclusion, or a contradiction."""
    for (earlier, first_joint), (later, joint) in pairwise(weighed):
        if earlier.stance == later.stance:
            continue
        if earlier.stance == "same" and earlier.whole:
            if joint in ("contrast", "concession", "colon", "exception"):
                return True
        elif first_joint == "exception":
            return True
        elif later.whole and (joint in ("contrast", "conclusion", "joint", "colon") or first_joint == "concession"):
            return False
    return Unparsed(BOTH)
