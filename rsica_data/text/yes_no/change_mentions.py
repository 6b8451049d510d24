"""Which classes and grid cells a text names as changed: mentions, not statements.

Sentences are cut into clauses, and classes and places marked, as for counts and cells. A mention in a negated clause
("no road changed", "the top row is the same"), in a description of the earlier image, in a question, or of a class
that only says where another lies ("along the road", "next to existing houses") is none. A text that says as a whole
that nothing changed names nothing. What is only thought possible ("there may be a new road") is named all the same. No
number and no relation is read: whether a text is right is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rsica_data.geometry.cells import CELLS
from rsica_data.text.clauses import AFTER, BEFORE, CHANGED, Clause, clauses_of
from rsica_data.text.grid.cell_parts import (
    is_of_before,
    told_of_change,
    with_exception,
    with_questions_answered,
    without_earlier_absence,
)
from rsica_data.text.grid.cell_runs import BREAK, Run, runs_of
from rsica_data.text.positions.places import cells_of_marks
from rsica_data.text.yes_no.assertions import clause_stance
from rsica_data.text.yes_no.stance import read_change, stances_of

_NUMBER = re.compile(r"‹(?P<mark>N(?P<digits>\d+)|V|M)›(?P<last>(?=\s*(?:[,.;|)\]]|$)))?")
_OPENS_BEFORE = re.compile(rf"\W*(?:(?:in|on|at) )?(?:the )?(?:{BEFORE.pattern})")
_LONGEST = 8_000
"""Characters that are read; of a longer text the first and last halves."""


@dataclass(frozen=True)
class ChangeMentions:
    """What a text names as changed: classes, in the order of those asked about, and cells, in grid order."""

    classes: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


def denies_all_change(text: str) -> bool:
    """Whether a text says of the whole that nothing changed; "no roads", or "nothing in the top row", does not.

    >>> denies_all_change("The scene is the same as before."), denies_all_change("No building has changed.")
    (True, False)
    """
    if read_change(text) is not False:
        return False
    stances = stances_of(text)
    return not stances or any(statement.stance == "same" and statement.whole for statement in stances)


def change_mentions(text: str, classes: Sequence[str]) -> ChangeMentions:
    """The classes and cells that a text names as changed.

    Args:
        text: any text.
        classes: names of the classes that are looked for.

    >>> change_mentions("No road changed, but houses were built in the top left.", ("road", "building"))
    ChangeMentions(classes=('building',), cells=('top-left',))
    """
    return _read(text, tuple(classes))


@lru_cache(maxsize=2048)
def _read(text: str, classes: tuple[str, ...]) -> ChangeMentions:
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    sentences = with_questions_answered([_plain(clause) for clause in clauses_of(text, classes, True)])
    if denies_all_change(text) and not any(with_exception(sentence) != sentence for sentence in sentences):
        return ChangeMentions()
    class_numbers: set[int] = set()
    places: list[str] = []
    for sentence in sentences:
        rest = without_earlier_absence(sentence)
        if rest.endswith(":") or _of_earlier_image(rest):
            continue
        for part in BREAK.split(told_of_change(with_exception(rest))):
            named, there = _part(part, bool(class_numbers))
            class_numbers |= named
            places += there
    return ChangeMentions(tuple(name for number, name in enumerate(classes) if number in class_numbers),
                          tuple(cell for cell in CELLS if cell in cells_of_marks(places)))  # fmt: skip


def _of_earlier_image(sentence: str) -> bool:
    opens = _OPENS_BEFORE.match(sentence) is not None and not AFTER.search(sentence) and not CHANGED.search(sentence)
    return opens or is_of_before(sentence)


def _plain(clause: Clause) -> str:
    """A clause behind its headings, its numbers in words and digits again, as the reader of denials knows them."""
    text = _NUMBER.sub(_number, " : ".join((*clause.headings, clause.text)))
    return re.sub(r"\s+", " ", text).strip()


def _number(match: re.Match[str]) -> str:
    if match["digits"] is None:
        return "several" if match["mark"] == "V" else " "
    value = int(match["digits"])
    # "A road and a building": articles join what they stand between, other numbers do not.
    return ("none" if match["last"] is not None else "no") if value == 0 else "a" if value == 1 else str(value)


def _part(text: str, of_change: bool) -> tuple[set[int], list[str]]:
    """Classes (their numbers) and places (their digits) that a part of a sentence names as changed.

    Args:
        text: the part, marked.
        of_change: whether a class was named as changed before, so that "they lie in the top left" is of it.
    """
    runs = runs_of(text)
    stance = clause_stance(text)
    if stance in ("same", "doubt") and not any(run.denied for run in runs):
        return set(), []
    named = {number for run in runs if run.kind == "C" and not run.denied for number in run.classes}
    if not (named or of_change or stance == "change"):
        return named, []
    places = [
        run for place, run in enumerate(runs) if run.kind == "P" and not run.denied and not _of_denied(runs, place)
    ]
    return named, [digits for run in places for digits in run.values]


def _of_denied(runs: Sequence[Run], place: int) -> bool:
    """Whether a place is that of a class which did not change: of the one in front of it, else of the one behind."""
    before = [run for run in runs[:place] if run.kind == "C"]
    owner = before[-1] if before else next((run for run in runs[place:] if run.kind == "C"), None)
    return owner is not None and owner.denied
