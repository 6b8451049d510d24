"""A marked text against the facts that it declares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rsica_data.declared.licences import unanswered, unlicensed
from rsica_data.declared.listing import Fact
from rsica_data.declared.marks import Mark, lowered
from rsica_data.declared.orders import winner
from rsica_data.declared.quotes import Marked, MarkError, Quote, read_marked, without_marks
from rsica_data.declared.truth import Words, says
from rsica_data.text.mentions import Synonyms

_YES_NO = re.compile(r"\W*(?P<yes>yes|yeah|yep|yup|indeed|certainly|correct|right|true|it (?:did|does|has)|they (?:did|do|have))?(?:,? (?:it|they|there) (?:did|does|do|has|have|is|are|was|were))?\W*|"
                     r"\W*(?P<no>no|nope|nah|not at all|false|it (?:did|has|does) ?n[o']t)(?:,? (?:it|they|there) (?:did|does|do|has|have|is|are|was|were) ?n[o']t)?\W*")  # fmt: skip
_ASKS_YES_NO = re.compile(
    r"^(?!.{0,40}\b(?:which|what|where|how|who|whose|when|whereabouts)\b)[^?]{0,40}?"
    r"\b(?:did|do|does|has|have|had|is|are|was|were|can|could|would|any|whether|if)\b"
)
_WHERE = re.compile(
    r"\b(?:where|which cells?|what cells?|which parts?|what parts?|whereabouts|in which (?:cells?|parts?|areas?|regions?)|what locations?)\b"
)
_SILENT = frozenset(
    {
        "all",
        "each",
        "every",
        "everything",
        "just",
        "entire",
        "entirely",
        "both",
        "together",
        "apart",
        "spread",
        "still",
        "great",
        "little",
        "some",
    }
)
"""Words that state little by themselves: they may stand outside of marks."""


@dataclass(frozen=True)
class Checked:
    """What came of the check of a text.

    Attributes:
        text: the text without its marks.
        fault: why it is refused, in a sentence that names the quote; None where it holds.
        kind: ``marks``, ``contradiction``, ``unsupported``, ``uncovered`` or ``no-claim``, where it is refused.
        claims: the quotes that hold.
    """

    text: str
    fault: str | None = None
    kind: str | None = None
    claims: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class Listed:
    """What a text is checked against.

    Attributes:
        facts: the facts that the prompt listed.
        classes: names of the pair's classes, those of the land cover too.
        earlier: what was said before in the conversation, question by question.
        synonyms: further words for classes.
    """

    facts: tuple[Fact, ...]
    classes: tuple[str, ...]
    earlier: str = ""
    synonyms: Synonyms = ()

    def words(self, text: str) -> Words:
        """A text about the pair's classes."""
        return Words(text, self.classes, synonyms=self.synonyms)


def check_text(text: str, listed: Listed, question: str | None = None) -> Checked:
    """Check a marked text.

    Args:
        text: as the model wrote it, with marks.
        listed: the facts.
        question: what it answers; None for a text that stands alone.
    """
    try:
        marked = read_marked(text, listed.facts)
    except MarkError as error:
        return Checked(without_marks(text), str(error), "marks")
    if not marked.quotes:
        return Checked(marked.text, "no part of it is marked with the fact that it tells", "no-claim")
    fault = _quotes(marked, listed, question) or _outside(marked, listed) or _asked(marked, listed, question)
    if fault is not None:
        return Checked(marked.text, fault[1], fault[0])
    return Checked(marked.text, claims=marked.quotes)


Fault = tuple[str, str]


def _quotes(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    for number, quote in enumerate(marked.quotes):
        words = _words(marked, number, listed, question)
        asks = question is not None and _ASKS_YES_NO.search(lowered(question)) is not None
        leading = _LEADING.match(lowered(quote.words)) if asks and quote.start == 0 else None
        answer = _yes_no(quote) if asks else None
        if answer is not None:
            fault = _answered(answer, quote, listed, question or "", gently=len(marked.quotes) > 1 and answer)
        elif leading is not None:
            rest = replace(words, text=quote.words[leading.end() :])
            fault = _answered(leading[1] == "yes", quote, listed, question or "", gently=True)
            fault = fault or _told(replace(quote, words=rest.text), rest, listed, question)
        else:
            fault = _told(quote, words, listed, question)
        if fault is not None:
            return fault
    return _complete(marked, listed, question)


def _words(marked: Marked, number: int, listed: Listed, question: str | None) -> Words:
    quote = marked.quotes[number]
    until = marked.quotes[number + 1].start if number + 1 < len(marked.quotes) else len(marked.text)
    since = marked.quotes[number - 1].end if number else 0
    behind = re.split(r"[.;]|, (?:and|while|but|whereas)\b", marked.text[quote.end : until])[0]
    before = re.split(r"[.;]|, (?:and|while|but|whereas)\b", marked.text[since : quote.start])[-1]
    around = behind if re.search(r"before|after|first|second|earlier|later|now", behind) else before
    if not around.strip() and question is not None:
        around = question
    sentence, at = _sentence(marked.text, quote)
    subject = _subject(marked.text[: quote.start], listed, question)
    return Words(
        quote.words,
        listed.classes,
        subject,
        around=around,
        sentence=sentence,
        at=at,
        question=question or "",
        facts=quote.facts,
        synonyms=listed.synonyms,
        steady=frozenset(name for name in listed.classes if _is_steady(name, listed)),
        counts={fact.args["cls"]: fact.value for fact in listed.facts if fact.kind == "class_count"},
    )


def _is_steady(name: str, listed: Listed) -> bool:
    before, after = (_share(kind, name, listed) for kind in ("cover_before", "cover_after"))
    return before is not None and before == after


def _sentence(text: str, quote: Quote) -> tuple[str, int]:
    """The sentence of a quote, and where the quote stands in it."""
    before = re.split(r"(?<=[.!?;])\s", text[: quote.start])[-1]
    behind = re.split(r"(?<=[.!?;])\s", text[quote.end :])[0]
    return before + text[quote.start : quote.end] + behind, len(before)


def _subject(before: str, listed: Listed, question: str | None) -> str | None:
    for text in (before, question or "", listed.earlier):
        named = [mark.value for mark in listed.words(text).marks if mark.kind == "class"]
        if named:
            return str(named[-1])
    return None


_LEADING = re.compile(r"(yes|no)[,;:.] +(?=\w)(?!\w+ (?:did|has|have|was|were|is|are) ?n[o']t$)")


def _yes_no(quote: Quote) -> bool | None:
    match = _YES_NO.fullmatch(lowered(quote.words))
    if match is None or not (match["yes"] or match["no"]):
        return None
    return match["yes"] is not None


def _answered(answer: bool, quote: Quote, listed: Listed, question: str, gently: bool = False) -> Fault | None:
    """Yes or no: the question, read as a statement, is what the fact must bear out or deny.

    ``gently`` leaves a question alone that the fact does not settle: the words behind the yes or no are checked too.
    """
    asked = Words(question, listed.classes, _subject("", listed, None), asked=True, synonyms=listed.synonyms)
    if answer and not gently and asked.of("class", "place") and all(fact.kind == "any_change" for fact in quote.facts):
        return (
            "unsupported",
            f"'{quote.words}' is marked with a fact that says less than the question asks: {_shown(quote)}",
        )
    verdicts = [says(fact, asked) for fact in quote.facts]
    settled = [verdict for verdict in verdicts if verdict is not None]
    if not settled and gently:
        return None
    if not settled:
        return (
            "unsupported",
            f"'{quote.words}' is marked with a fact that does not answer the question: {_shown(quote)}",
        )
    stated = all(settled)
    if stated is not answer:
        return "contradiction", f"'{quote.words}' is the wrong answer by the fact: {_shown(quote)}"
    return _direction_of(asked, quote.facts, listed) if answer else None


def _told(quote: Quote, words: Words, listed: Listed, question: str | None) -> Fault | None:
    word = unlicensed(words.low, quote.facts)
    if word is not None and not _greater(words, quote.facts):
        return "unsupported", f"'{word}' in '{quote.words}' is not what its fact says: {_shown(quote)}"
    fault = _only(quote, words, listed)
    if fault is not None:
        return fault
    for fact in quote.facts:
        verdict = says(fact, words)
        if verdict is None and question is not None:
            verdict = _with_question(fact, words, question)
        if verdict is None and fact.kind in ("cover_before", "cover_after") and _steady(fact, words, listed):
            verdict = True
        if verdict is not True:
            kind = "unsupported" if verdict is None else "contradiction"
            return kind, f"'{quote.words}' does not say the fact: {fact.words()}"
    if words.subject is not None and not words.named:
        asked = listed.words(question or "").named
        before = listed.words(_before(words, quote)).named
        about = set(before) or set(asked) or set(listed.words(listed.earlier).named) or {words.subject}
        wrong = [fact for fact in quote.facts if _one_class(fact) and not about & set(fact.classes)]
        if wrong:
            return "contradiction", f"'{quote.words}' speaks of {words.subject}, and the fact of {wrong[0].classes[0]}"
    if words.subject is None and not words.named and len(listed.classes) > 1 and any(map(_one_class, quote.facts)):
        return "unsupported", f"'{quote.words}' names no class, and its fact is of one: {_shown(quote)}"
    sizes = [fact for fact in quote.facts if fact.type in ("percent", "area") and "cls" in fact.args]
    if sizes and not words.named:
        told = before_or_asked(words, quote, question, listed)
        if not sizes[0].kind.startswith("cover"):
            told = listed.words(_before(words, quote)).named or told
        elif {"cover_before", "cover_after"} <= {fact.kind for fact in quote.facts} and len(quote.facts) > 2:
            told = []
        whole = _value_of("total_share", None, listed)
        about_all = sizes[0].kind == "area_share" and not told and whole not in (None, sizes[0].value)
        if about_all or (told and sizes[0].args["cls"] not in told):
            return "contradiction", f"'{quote.words}' does not name the class of its fact: {_shown(quote)}"
    if (
        sizes
        and not words.named
        and len(set(before_or_asked(words, quote, question, listed))) > 1
        and _several_changed(listed)
    ):
        return "unsupported", f"'{quote.words}' names no class, and its fact is of one: {_shown(quote)}"
    return (
        _trend(words, quote.facts, listed)
        or _accounted(quote, words, listed)
        or _direction_of(words, quote.facts, listed)
    )


def before_or_asked(words: Words, quote: Quote, question: str | None, listed: Listed) -> list[str]:
    """The class told last before a quote in its clause, else all that the sentence and the question name."""
    clause = re.split(r"[,;:]|\band\b|\bwhile\b", _before(words, quote))
    for part in reversed(clause):
        if named := listed.words(part).named:
            return named
    return listed.words(f"{words.sentence} {question or ''}").named


def _several_changed(listed: Listed) -> bool:
    return sum(fact.kind == "class_count" and fact.value > 0 for fact in listed.facts) > 1


def _before(words: Words, quote: Quote) -> str:
    """The sentence up to the quote."""
    return words.sentence[: words.at]


def _trend(words: Words, facts: Sequence[Fact], listed: Listed) -> Fault | None:
    """Words of growth and loss about land cover hold of the shares at both dates."""
    for fact in facts:
        if fact.kind not in ("cover_before", "cover_after"):
            continue
        before, after = (_share(kind, fact.args["cls"], listed) for kind in ("cover_before", "cover_after"))
        if before is None or after is None:
            continue
        grew, shrank = bool(words.of("grew", "built")), bool(words.of("shrank", "removed"))
        if (grew and not shrank and after <= before) or (shrank and not grew and after >= before):
            return "contradiction", f"'{words.text}' tells a change that is not there: {fact.words()}"
        if words.negated and not grew and not shrank and abs(after - before) > 0.1:
            return "contradiction", f"'{words.text}' tells no change, and there is one: {fact.words()}"
    return None


_STEADY = re.compile(
    r"\b(?:same|steady|held|holds?|kept|keeps?|constant|stable|unchanged|stay(?:s|ed)?|remain(?:s|ed)?|no change)\b"
)


def _steady(fact: Fact, words: Words, listed: Listed) -> bool:
    before, after = (_share(kind, fact.args["cls"], listed) for kind in ("cover_before", "cover_after"))
    if before is None or after is None:
        return False
    if _STEADY.search(words.low):
        return abs(before - after) <= 0.1
    return bool(words.of("grew")) and after > before or bool(words.of("shrank")) and after < before


def _share(kind: str, name: str, listed: Listed) -> float | None:
    return next((float(fact.value) for fact in listed.facts if fact.kind == kind and fact.args["cls"] == name), None)


def _greater(words: Words, facts: Sequence[Fact]) -> bool:
    """Whether a comparison of two classes is borne out by the two numbers that it is marked with."""
    numbers = [fact for fact in facts if fact.type in ("percent", "area", "count") and "cls" in fact.args]
    if len(numbers) != 2 or numbers[0].kind != numbers[1].kind or numbers[0].args["cls"] == numbers[1].args["cls"]:
        return False
    won = winner(words.low, [(mark.start, mark.value) for mark in words.of("class")])
    least = re.search(r"\b(?:fewer|less|smaller)\b", words.low) is not None
    greater = max(numbers, key=lambda fact: float(fact.value))
    return won is not None and numbers[0].value != numbers[1].value and (won == greater.args["cls"]) is not least


_ONLY = re.compile(r"\b(?:only|solely|alone|exclusively|sole|nothing but|no other)\b")
_ALL = re.compile(r"\b(?:both|all|each|every)\b")


def _only(quote: Quote, words: Words, listed: Listed) -> Fault | None:
    """ "Only" and "all" hold by other facts of the list than the one that is marked."""
    if any(fact.kind == "caption" for fact in quote.facts):
        return None
    places, named = words.of("place"), set(words.named)
    fault = "contradiction", f"'{quote.words}' says more than its fact: {_shown(quote)}"
    for fact in quote.facts:
        whole = _value_of("class_count", fact.args.get("cls"), listed)
        if _ONLY.search(words.low):
            if fact.kind == "cell_objects" and fact.value != whole:
                return fault
            if fact.kind == "class_count" and named and not words.of("number"):
                kind = "unchanged_classes" if words.negated else "changed_classes"
                alone = next((other.value for other in listed.facts if other.kind == kind), list(named))
                if set(alone) != named:
                    return fault
            if (
                fact.kind in ("largest_cell", "smallest_cell", "busiest_cell")
                and places
                and _value_of("cells_of_class", fact.args.get("cls"), listed) != [fact.value]
            ):
                return fault
        if (
            _ALL.search(words.low)
            and fact.type == "cell"
            and _value_of("cells_of_class", fact.args.get("cls"), listed) != [fact.value]
        ):
            return fault
        if _ALL.search(words.low) and places and not words.negated:
            if fact.kind == "cell_objects" and fact.value != whole:
                return fault
            if fact.type == "cells" and set(fact.value) != {cell for mark in places for cell in mark.value}:
                return fault
    return None


def _value_of(kind: str, name: str | None, listed: Listed) -> object:
    return next((fact.value for fact in listed.facts if fact.kind == kind and fact.args.get("cls") == name), None)


def _one_class(fact: Fact) -> bool:
    return "cls" in fact.args and fact.type not in ("class", "any_class")


def _with_question(fact: Fact, words: Words, question: str) -> bool | None:
    """A short answer that says its fact only together with its question."""
    joined = words.like(f"{question} {words.text}")
    if fact.type in ("cells", "cell", "count", "percent", "area", "date"):
        return None
    plain = words.like(re.sub(r"^\W*(?:no|not)\b", "", joined.text))
    return says(fact, plain if not words.negated else joined)


_COUNTS = ("class_count", "built_count", "removed_count", "cell_objects", "total_count", "cell_count")
_CHANGES = (
    "transition",
    "became",
    "was_before",
    "cover_before",
    "cover_after",
    "cover_more",
    "most_gained",
    "most_lost",
    "caption",
    "total_share",
    "area_share",
)


def _accounted(quote: Quote, words: Words, listed: Listed) -> Fault | None:
    """Every mark of a quote belongs to one of its facts."""
    facts = quote.facts
    kinds = {fact.kind for fact in facts}
    types = {fact.type for fact in facts}
    named = {name for fact in facts for name in fact.classes}
    captions = [fact for fact in facts if fact.kind == "caption"]
    for mark in words.marks:
        text = quote.words[mark.start : mark.end]
        if mark.kind == "class":
            open_ = kinds & {
                "any_change",
                "changed_classes",
                "unchanged_classes",
                "total_count",
                "total_share",
                "left_or_right",
                "top_or_bottom",
            }
            if mark.value not in named and not captions and not (open_ and words.negated):
                return "unsupported", f"'{quote.words}' names {mark.value}, and its fact does not"
        elif mark.kind == "number" and not captions and not _number(mark, facts, words, listed):
            return "contradiction", f"the number in '{quote.words}' is not that of its fact: {_shown(quote)}"
        elif mark.kind == "percent" and not types & {"percent"} and not captions:
            return "unsupported", f"the share in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind == "area" and "area" not in types:
            return "unsupported", f"the area in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind == "date" and "date" not in types and not captions:
            return "unsupported", f"the date in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind == "place" and not captions and not _placed(mark, facts, words):
            return "contradiction", f"the place '{text}' in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind == "size" and not kinds & {"largest_size", "caption"} and mark.value not in _SILENT:
            return "unsupported", f"'{text}' in '{quote.words}' is of no fact that it is marked with"
        elif (
            mark.kind == "replace"
            and not kinds & {"transition", "became", "was_before", "caption"}
            and not kinds >= {"cover_before", "cover_after"}
        ):
            return "unsupported", f"'{text}' in '{quote.words}' is of no fact that it is marked with"
        elif mark.kind in ("grew", "shrank") and not kinds & {*_CHANGES, "direction", "built_count", "removed_count"}:
            return "unsupported", f"'{text}' in '{quote.words}' is of no fact that it is marked with"
    return None


def _number(mark: Mark, facts: Sequence[Fact], words: Words, listed: Listed) -> bool:
    alone = words.like(words.text[max(mark.start - 28, 0) : mark.end + 14])
    for fact in facts:
        if fact.type == "count" and _holds(fact, mark, words):
            return True
        if fact.type in ("cells", "classes") and len(fact.value) == mark.value:
            return True
    if mark.value == 1 and words.negated and (mark.form == "article" or _NOT_ONE.search(words.low[: mark.start])):
        return True
    if mark.form == "article":
        if any(
            fact.type in ("cell", "bool", "class", "choice", "any_class") and fact.kind != "direction" for fact in facts
        ):
            return True
        named = [name for fact in facts for name in fact.classes]
        counts = [fact for fact in listed.facts if fact.kind in _COUNTS and fact.args.get("cls") in named]
        return any(fact.value == 1 for fact in counts)
    return bool(alone.of("percent", "area"))


_NOT_ONE = re.compile(r"(?:\bnot|\bno|n't|\bnever|\bwithout|\bnor|\bneither)\W+(?:even |so much as )?(?:a )?$")


def _holds(fact: Fact, mark: Mark, words: Words) -> bool:
    from rsica_data.declared.truth import _within

    return _within(mark, words, float(fact.value))


def _placed(mark: Mark, facts: Sequence[Fact], words: Words) -> bool:
    for fact in facts:
        if fact.kind == "cell_objects" and fact.args["cell"] in mark.value:
            return True
        if fact.type == "cells" and (words.negated or set(mark.value) & set(fact.value)):
            return True
        if fact.type == "cell" and fact.value in mark.value:
            return True
        if fact.kind in ("left_or_right", "top_or_bottom", "growth_direction", "relative_position", "border", "spread"):
            return True
    return False


def _direction_of(words: Words, facts: Sequence[Fact], listed: Listed) -> Fault | None:
    """Built and removed must be what the list says of the classes that are spoken of, whatever fact is marked."""
    if any(
        fact.kind in (*_CHANGES, "direction", "built_count", "removed_count", "built_cells", "removed_cells")
        for fact in facts
    ):
        return None
    if words.negated:
        return None
    classes = (
        {name for fact in facts for name in fact.classes}
        or set(words.named)
        or ({words.subject} if words.subject else set())
    )
    for way, other in (("built", "removed"), ("removed", "built")):
        if not words.of(way) or words.of(other):
            continue
        for name in classes:
            known = _ways(name, listed)
            if known is None and _changed(name, listed):
                return "unsupported", f"the list does not say that {name} was {way}: write 'changed'"
            if (
                known is not None
                and len(known) > 1
                and any(fact.kind == "class_count" and fact.args["cls"] == name for fact in facts)
            ):
                return "contradiction", f"'{words.text}' says {way}, and the list tells built and removed {name} apart"
            if known is not None and way not in known:
                return (
                    "contradiction",
                    f"'{words.text}' says {way}, and the list says of {name}: {' and '.join(sorted(known))}",
                )
    return None


def _ways(name: str, listed: Listed) -> set[str] | None:
    ways = set()
    for fact in listed.facts:
        if fact.kind == "direction" and fact.args["cls"] == name:
            ways.add(str(fact.value))
        elif fact.kind in ("built_count", "removed_count") and fact.args["cls"] == name and fact.value:
            ways.add(fact.kind.removesuffix("_count"))
    return ways or None


def _changed(name: str, listed: Listed) -> bool:
    return any(fact.kind == "class_count" and fact.args["cls"] == name and fact.value for fact in listed.facts)


def _complete(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """An answer to "where" names all cells of the fact that it marks."""
    if question is None or not _WHERE.search(lowered(question)):
        return None
    told: dict[tuple[str, str], set[str]] = {}
    for quote in marked.quotes:
        words = listed.words(quote.words)
        for fact in quote.facts:
            if fact.type == "cells" and not words.negated and words.of("place"):
                cells = {cell for mark in words.of("place") for cell in mark.value}
                told.setdefault((fact.kind, str(fact.args.get("cls"))), set()).update(cells)
    for quote in marked.quotes:
        for fact in quote.facts:
            cells = told.get((fact.kind, str(fact.args.get("cls"))))
            if cells is not None and fact.type == "cells" and not set(fact.value) <= cells:
                return "contradiction", f"'{quote.words}' leaves out a cell: {fact.words()}"
    return None


def _outside(marked: Marked, listed: Listed) -> Fault | None:
    """No stating word stands outside of all quotes."""
    marks = listed.words(marked.text).marks
    for mark in marks:
        if any(quote.start <= mark.start and mark.end <= quote.end for quote in marked.quotes):
            continue
        if any(quote.start < mark.end and mark.start < quote.end for quote in marked.quotes):
            continue
        near = _near(mark, marked)
        text = marked.text[mark.start : mark.end]
        if mark.kind in ("edge", "spread") or mark.value in _SILENT or mark.form == "article":
            continue
        if mark.kind == "class" and any(mark.value in fact.classes for quote in near for fact in quote.facts):
            continue
        if mark.kind in ("built", "removed") and _fits(mark, near, listed):
            continue
        return "uncovered", f"'{text}' states something outside of all marks: put it into a mark, or leave it out"
    return None


def _near(mark: Mark, marked: Marked) -> list[Quote]:
    """The quotes next to a mark in its sentence."""
    before = [quote for quote in marked.quotes if quote.end <= mark.start]
    behind = [quote for quote in marked.quotes if quote.start >= mark.end]
    near = []
    if before and not re.search(r"[.!?;]\s", marked.text[before[-1].end : mark.start]):
        near.append(before[-1])
    if behind and not re.search(r"[.!?;]\s", marked.text[mark.end : behind[0].start]):
        near.append(behind[0])
    return near


def _fits(mark: Mark, near: Sequence[Quote], listed: Listed) -> bool:
    classes = {name for quote in near for fact in quote.facts for name in fact.classes}
    return bool(classes) and all(mark.kind in (_ways(name, listed) or ()) for name in classes)


def _asked(marked: Marked, listed: Listed, question: str | None) -> Fault | None:
    """A question names nothing that its answer's facts do not."""
    if question is None or _ASKS_YES_NO.search(lowered(question)):
        return None
    facts = [fact for quote in marked.quotes for fact in quote.facts]
    missing = unanswered(lowered(question), facts, lowered(marked.text))
    if missing is not None:
        return "contradiction", f"the question asks '{missing}', and no fact that is marked answers that"
    fault = _same_place(marked, listed, question)
    if fault is not None:
        return fault
    named = {name for fact in facts for name in (*fact.classes, *fact.args.get("among", ()))}
    words = listed.words(question)
    if named and not set(words.named) & named and words.named:
        return "contradiction", f"the question asks about {words.named[0]}, and the marked facts are of {min(named)}"
    counts = [fact for fact in facts if fact.kind == "class_count"]
    return _direction_of(words, counts, listed) if counts else None


def _same_place(marked: Marked, listed: Listed, question: str) -> Fault | None:
    """A number asked for in one cell is told of that cell."""
    places = listed.words(question).of("place")
    if not places or len(places[0].value) != 1:
        return None
    for quote in marked.quotes:
        own = listed.words(quote.words).of("place")
        for fact in quote.facts:
            if fact.kind == "cell_objects" and not own and fact.args["cell"] not in places[0].value:
                return (
                    "contradiction",
                    f"the question asks about {places[0].value[0]}, and the fact is of {fact.args['cell']}",
                )
    return None


def _shown(quote: Quote) -> str:
    return "; ".join(fact.words() for fact in quote.facts)
