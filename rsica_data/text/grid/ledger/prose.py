"""Which answers are prose that the ledger reads, and its reading of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.grid.ledger.clauses import AFTER, BEFORE, CHANGE, DENIAL, SAME, VERB
from rsica_data.text.grid.ledger.marks import FULL_NAME, MARK, marked_prose
from rsica_data.text.grid.ledger.reader import SENTENCE, LedgerReader
from rsica_data.text.positions.places import PLACE

_MOST_CLASSES = 2
_REFERS = re.compile(r"^\W*(?:then |so |and )*(?:it|its|they|there|that|both|neither|likewise|the same)\b")
_ENDED = re.compile(r"[.!?)\]}\"'›|]\s*$")


def read_prose(text: str, names: Sequence[str]) -> dict[str, list[str]] | Unparsed | None:
    """Cells by class of prose that goes from cell to cell; None where a text is no such prose.

    Args:
        text: an answer in lower case.
        names: the classes that were asked about.
    """
    if len(names) > _MOST_CLASSES or FULL_NAME.search(text) is None:
        return None
    prose, marked = marked_prose(text, names)
    if not _is_prose(marked):
        return None
    if _ENDED.search(marked) is None:
        return Unparsed("breaks off within a sentence")
    if not CHANGE.search(marked) and not SAME.search(marked) and not AFTER.search(marked) and not DENIAL.search(marked):
        return Unparsed("a description that compares nothing")
    reader = LedgerReader(prose)
    for line in marked.split("\n"):
        reader.line(line)
    told = reader.book.result(prose.classes)
    if isinstance(told, Unparsed):
        return told
    cells = {names[number]: [CELLS[cell] for cell in sorted(told[number])] for number in sorted(told)}
    return cells or Unparsed("places without a class")


def names_cells(text: str) -> bool:
    """Whether a lower-case text calls cells by their names."""
    return FULL_NAME.search(text) is not None


def _is_prose(text: str) -> bool:
    """Whether marked text tells of cells over several sentences, and not in lists, tables, fields or plain verdicts."""
    if re.search(r"[{}|\[\]=]", text):
        return False
    sentences = [s for line in text.split("\n") for s in SENTENCE.split(line)]
    placed = [s for s in sentences if PLACE.search(s)]
    telling = [s for s in sentences if _words(s) >= 4 and VERB.search(s)]
    dated = [s for s in sentences if BEFORE.search(s) or AFTER.search(s) or _REFERS.search(s) or SAME.search(s)]
    return min(len(placed), len(telling), len(dated)) >= 2 and _words(text) >= 30


def _words(text: str) -> int:
    return len(re.findall(r"[a-z]+", MARK.sub(" ", text)))
