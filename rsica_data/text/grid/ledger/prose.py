"""Which answers are prose that the ledger reads, and its reading of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.amounts.numbers import words_to_digits
from rsica_data.text.grid.ledger.phrases import SENTENCE
from rsica_data.text.grid.ledger.prose_clauses import AFTER, BEFORE, CHANGE, DENIAL, SAME, VERB
from rsica_data.text.grid.ledger.prose_marks import FULL_NAME, MARK, NOUN, Prose, marked_prose, places_of
from rsica_data.text.grid.ledger.prose_reader import LedgerReader
from rsica_data.text.positions.places import PLACE

_MOST_CLASSES = 2
_TURN = re.compile(r"^\W*?(?:\d\W+)?(?P<cell>(?:‹P\d+›[\s,]*)+)\s*[:-]\s*(?P<old>[^→›]*(?:‹C[^→]*)?)→(?P<new>[^→]*)$")
_FEWEST_WORDS = 18
_REFERS = re.compile(r"^\W*(?:then |so |and )*(?:it|its|they|there|that|both|neither|likewise|the same)\b")
_COMPARED = re.compile(
    r"\b(?P<first>\d+|none|no) (?:before|earlier|then),? (?:and |but |→ )?"
    r"(?P<second>\d+|none) (?:after\w*|now|later|today)\b"
)
_SIGNS = (BEFORE, AFTER, SAME, DENIAL, _REFERS)
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
    marked = _COMPARED.sub(_compared, words_to_digits(marked) if _COMPARED.search(words_to_digits(marked)) else marked)
    turned = _turned(prose, marked)
    if turned is not None:
        return {names[number]: [CELLS[cell] for cell in sorted(turned[number])] for number in sorted(turned)}
    if _compares_nothing(marked):
        return Unparsed("a description that compares nothing")
    if not _is_prose(marked):
        return None
    if _ENDED.search(marked) is None:
        return Unparsed("breaks off within a sentence")
    reader = LedgerReader(prose)
    for line in marked.split("\n"):
        reader.line(line)
    result = reader.book.result(prose.classes)
    if isinstance(result, Unparsed):
        return result
    cells = {names[number]: [CELLS[cell] for cell in sorted(result[number])] for number in sorted(result)}
    return cells or Unparsed("places without a class")


def _turned(prose: Prose, text: str) -> dict[int, set[int]] | None:
    """Cells by class of lines that tell what each cell was and is: "P: grass → building"; None for other lines."""
    cells: dict[int, set[int]] = {}
    lines = [line for line in text.split("\n") if line.strip()]
    turns = [match for line in lines if (match := _TURN.match(line))]
    if len(turns) < 2 or len(turns) < len(lines) - 1:
        return None
    for match in turns:
        old, new = ({int(noun[1]): prose.word(noun) for noun in NOUN.finditer(match[side])} for side in ("old", "new"))
        for number in range(prose.classes):
            if number in old or number in new:
                cells.setdefault(number, set())
            if old.get(number) != new.get(number):
                cells[number] |= places_of(match["cell"])
    return cells or None


def _compared(match: re.Match[str]) -> str:
    """As in "two before, three after": new, or the same."""
    return "is the same" if match["first"] == match["second"] else "has new"


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
    dated = [s for s in sentences if s.endswith("?") or any(sign.search(s) for sign in _SIGNS)]
    several = min(len(placed), len(telling)) >= 2 and _words(text) >= _FEWEST_WORDS
    return several and (len(dated) >= 2 or (len(dated) == 1 and len(telling) >= 3))


def _compares_nothing(text: str) -> bool:
    """Whether sentences only describe what can be seen, without a word of change, of a second date or of sameness."""
    sentences = [s for line in text.split("\n") for s in SENTENCE.split(line) if VERB.search(s) and _words(s) >= 4]
    signs = (CHANGE, SAME, BEFORE, AFTER, DENIAL)
    return len(sentences) >= 2 and PLACE.search(text) is not None and not any(sign.search(text) for sign in signs)


def _words(text: str) -> int:
    return len(re.findall(r"[a-z]+", MARK.sub(" ", text)))
