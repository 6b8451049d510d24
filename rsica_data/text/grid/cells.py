"""In which cells of the 3x3 grid a reply says that each class changed.

The reply is taken in the forms it has: structures and tables (:mod:`cell_records`), drawn grids with their
legends (:mod:`cell_drawings`), cells by number (:mod:`cell_numbering`), and sentences under their headings
(:mod:`cell_lines`, :mod:`cell_sentences`); all tell one set of facts (:mod:`cell_facts`). A class is given no cell
list unless the reply speaks of it, an empty one only where it says that the class did not change. A change without a
place, a place that is no cell, and a reply that contradicts itself are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest

from rsica_data.geometry.cells import CELLS
from rsica_data.schema import Unparsed
from rsica_data.text.evidence.place_evidence import contradicts_summary, unsettled_places
from rsica_data.text.grid.cell_check import unexplained
from rsica_data.text.grid.cell_drawings import Drawing, Legend, drawings_in, legend_in, letters_of
from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_lines import read_line
from rsica_data.text.grid.cell_numbering import Numbering, with_cell_names
from rsica_data.text.grid.cell_records import RecordReader
from rsica_data.text.grid.cell_sentences import BOTH
from rsica_data.text.grid.cell_shapes import comma_tables, elements_in
from rsica_data.text.grid.cell_words import Scope, classes_of, is_denied, is_only_marks, pattern_of
from rsica_data.text.grid.closing import closings_of
from rsica_data.text.mentions import mark_classes
from rsica_data.text.normalized.chinese import to_english
from rsica_data.text.normalized.cleaning import final_block
from rsica_data.text.normalized.endings import is_cut
from rsica_data.text.normalized.layout import Line, Table, structured, text_blocks
from rsica_data.text.normalized.literals import Structure
from rsica_data.text.positions.places import PLACE, mark_places, with_joined_cells, with_lone_compass
from rsica_data.text.positions.places_chinese import with_english_places
from rsica_data.text.substitutions import with_former_and_latter
from rsica_data.text.word_patterns import word_pattern
from rsica_data.text.yes_no.stance import read_change

_LONGEST = 8_000
"""Characters that are read; of a longer answer the first and last halves."""
_SENTENCE = re.compile(r"(?<=[.!?])(?:\s+|$)|(?<=\.)(?=[a-z‹])(?<!\d\.)(?<![a-z]\.[a-z]\.)|\s*;\s*|\n+")
_FINAL = re.compile(
    r"(?:^|(?<=[\n.!?;)]))[\s>*_#-]{0,12}(?:so,? )?(?:the |my )?(?:final(?: (?:answer|"
    r"result|list|version|reading))?|(?:corrected|revised|updated) (?:answer|list|version|"
    r"result)|conclusion|in conclusion|result|so,? (?:the )?(?:changes|changed cells|"
    r"answer|result) (?:are|is))\s*[:：→,]\s*",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\W*(?:answer\W+)?(?:none|nowhere|no|nothing|neither|n/a|no cells?|no grid cells?|"
    r"\[\s*\]|\{\s*\})(?: of (?:them|these|those|the cells|the above|"
    r"the (?:nine )?(?:grid )?cells))?\W*"
)
_OF_ITSELF = re.compile(
    r"\b(?:(?:every|each|all)(?: one)?(?: of)? its (?:three |3 )?cells?|(?:every|each) cell (?:in|"
    r"of) (?:it|that (?:row|column)))\b"
)
_EXPLAINS = pattern_of("explains")
_ASIDE = re.compile(r"\([^()\n]{0,200}\)")
_EXPLANATION = re.compile(
    r"(?<=[.;!)\]\n])\s{0,3}(?:explanation|reasoning|reasons?|justification|rationale|notes?)\s*:"
)
_TOPIC = re.compile(
    r"\b(?:as far as|as for|as to|regarding|concerning|with (?:respect|regard) to|"
    r"in terms of|when it comes to|turning to|in the case of|"
    r"on the subject of)\s+(?:the |any |changed |new )*(‹C\d+[spg]›(?:(?:,| and| or|"
    r"/) (?:the )?‹C\d+[spg]›){0,4})(?: (?:is|are) concerned| go(?:es)?)?\s*[,:]"
)
# A list that breaks off: "top-left and maybe more that I".
_MORE = re.compile(
    r",?\s*\b(?:and|or)\s+(?:maybe|perhaps|possibly|probably)\s+(?:some |a few )?(?:more|"
    r"others?)\b[^.;\n]{0,80}(?=[.;\n]|$)"
)
_FURTHER = (
    "road", "building", "tree", "water", "farmland", "forest", "bare land", "playground", "parking lot", "bridge",
)  # fmt: skip
"""Classes whose words are known besides one that was asked about."""
_UNABLE = word_pattern("cells.unable")
_UNNAMED = word_pattern("cells.unnamed")
_MUSING = word_pattern("cells.musing")


def read_cells(answer: str, classes: Sequence[str], explanation: str = "") -> dict[str, list[str]] | Unparsed:
    """Cells by class, of the classes that the answer speaks of; an empty list where it says that one has none.

    Args:
        answer: what :func:`~rsica_data.text.normalized.cleaning.answer_text` gave.
        classes: names of the classes that were asked about.
        explanation: what follows the answer, which must not tell of another change.

    >>> read_cells("In the top left, new buildings appear; roads: none", ("road", "building"))
    {'road': [], 'building': ['top-left']}
    """
    names = tuple(classes)
    result = _read(answer, names)
    if isinstance(result, Unparsed):
        return result
    if is_cut(answer):
        return Unparsed("cut off before the end of an explanation")
    if explanation.strip() and contradicts_summary(_Reader(names).marked(explanation.lower()), result, names):
        return Unparsed("ambiguous: an explanation that tells of another change")
    return {name: list(cells) for name, cells in result.items()}


@lru_cache(maxsize=2048)
def _read(answer: str, names: tuple[str, ...]) -> dict[str, list[str]] | Unparsed:
    answer = answer if len(answer) <= _LONGEST else f"{answer[: _LONGEST // 2]}\n{answer[-_LONGEST // 2 :]}"
    answer = re.sub(r"[ \t]{12,}", " " * 12, re.sub(r"\n[ \t]*(?:\n[ \t]*){2,}(?=\n)", "\n\n", answer))
    answer = with_former_and_latter(answer, names, "; ")
    text = to_english(with_english_places(answer)).lower().replace("i.e.", "that is").replace("e.g.", "such as")
    text = with_joined_cells(with_lone_compass(_MORE.sub("", text)))
    cut = _EXPLANATION.search(text)
    text = text[: cut.start()] if cut and mark_places(text[: cut.start()]) != text[: cut.start()] else text
    finals = list(_FINAL.finditer(text))
    if finals and text[finals[-1].end() :].strip():
        tail = _checked(text[finals[-1].end() :], names)
        whole = _Reader(names).read(text)
        if isinstance(tail, dict) and (isinstance(whole, Unparsed) or whole.keys() <= tail.keys()):
            return tail
    block = final_block(text)
    if block is not None and not finals:
        last = _checked(block, names)
        if isinstance(last, dict) and len(last) == len(names):
            return _above(text, block, last, names) or last
    for closing in closings_of(text, len(names) > 1):
        summed = _checked(closing, names)
        if isinstance(summed, dict) and len(summed) == len(names):
            return _above(text, closing, summed, names) or summed
    musings = len(_MUSING.findall(text))
    if musings >= 3 and not finals and not re.search(r"[.!?)\]}`\"*|]\s*$", text.strip()):
        return Unparsed("reasoning without an answer")
    return _checked(text, names)


def _above(text: str, summary: str, cells: dict[str, list[str]], names: tuple[str, ...]) -> Unparsed | None:
    """Why the summary of an answer does not decide; None where nothing above it tells of another change."""
    above = text[: text.rfind(summary)] if summary in text else ""
    if contradicts_summary(_Reader(names).marked(above), cells, names):
        return Unparsed("ambiguous: a change that the summary leaves out")
    return None


def _checked(text: str, names: tuple[str, ...]) -> dict[str, list[str]] | Unparsed:
    """The reading of a text, unless something in the text speaks against it."""
    reader = _Reader(names)
    cells = reader.read(text)
    if isinstance(cells, Unparsed):
        return cells
    marked = reader.marked(text)
    return unexplained(text, marked, cells, names) or unsettled_places(marked, cells, names) or cells


class _Reader:
    """Reads one text."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        # With one class asked about, places of others must not be taken for its own.
        known = {word for name in names for word in (name.lower(), name.lower().replace("_", " "))}
        self._marked = (*names, *(other for other in _FURTHER if other not in known)) if len(names) == 1 else names
        self._facts = self._new_facts()
        self._legend: Legend = {}
        self._numbering = Numbering()

    def read(self, text: str) -> dict[str, list[str]] | Unparsed:
        """The answer of a lower-case English text."""
        for element in elements_in(text):
            self._block(element)
        if not self._facts.cells and not self._facts.claimed:
            self._facts = self._new_facts()
            self._text(text)
        return self._result(text)

    def marked(self, text: str) -> list[str]:
        """The sentences of a text with their classes and places marked."""
        named, _ = with_cell_names(text)
        return [self._mark(sentence) for sentence in _SENTENCE.split(named) if sentence.strip()]

    def _new_facts(self) -> CellFacts:
        facts = CellFacts(len(self._names))
        facts.letters = letters_of(self._names)
        return facts

    def _text(self, text: str) -> None:
        self._legend, text = legend_in(text, self._names)
        named, self._numbering = with_cell_names(_ASIDE.sub(self._aside, text))
        heading = ""
        parts = list(_merged(structured(named)))
        for number, part in enumerate(parts):
            if isinstance(part, Structure):
                self._records().read(part.value, self._scope((heading,)) if heading else Scope())
                heading = ""
                continue
            if number + 1 < len(parts) and isinstance(parts[number + 1], Structure):
                part, heading = _without_heading(part)
            for piece in comma_tables(part, lambda head: _is_name(self._mark(head))):
                if isinstance(piece, Table):
                    self._block(piece)
                else:
                    self._lines(piece)

    def _lines(self, text: str) -> None:
        """Lines, tables and drawings of a text without structures."""
        for piece in drawings_in(text, self._names, self._legend):
            if isinstance(piece, Drawing):
                piece.note(self._facts)
            else:
                blocks = text_blocks(self._with_signs(piece))
                for block, following in zip_longest(blocks, blocks[1:]):
                    heads = following is not None and block.headings != following.headings
                    # A heading that is a class or a place alone is no answer of its own.
                    if block is None:
                        continue
                    if isinstance(block, Line) and heads and _heads(block, following) and self._is_bare(block.text):
                        continue
                    self._block(block)

    def _aside(self, match: re.Match[str]) -> str:
        """Nothing for brackets that explain signs or how cells are counted; other brackets stay."""
        inner = match[0]
        explains = (
            "=" in inner
            or _EXPLAINS.search(inner) is not None
            or re.fullmatch(r"\((?:[nsewc]{1,2}[\s,/|]*){6,9}\)", inner)
        )
        return " " if explains and not classes_of(self._mark(inner)) and not re.search(r"\d", inner) else inner

    def _is_bare(self, text: str) -> bool:
        return _is_name(self._mark(text))

    def _block(self, block: Line | Table | Structure) -> None:
        if isinstance(block, Line):
            self._line(block)
        elif isinstance(block, Table):
            self._table(block)
        else:
            self._records().read(block.value, Scope())

    def _records(self) -> RecordReader:
        return RecordReader(
            self._facts,
            self._names,
            self._mark,
            self._sentence_in,
            self._legend,
            self._numbering.base,
            self._numbering.stated,
        )

    def _mark(self, text: str) -> str:
        text = mark_classes(mark_places(_OF_ITSELF.sub(" it ", text.lower())), self._marked)
        text = re.sub(r"(‹C\d+)[sp]› ?(?=\1[spg]›)", "", text)
        text = _TOPIC.sub(r" ; \1 :", text)
        return re.sub(r"\s+", " ", text).strip()

    def _with_signs(self, text: str) -> str:
        """A text whose legend signs (emojis, letters alone) are the words that they stand for."""
        for sign, classes in self._legend.items():
            words = " " + " and ".join(self._names[number] for number in classes) + " " if classes else " none "
            if not sign.isascii():
                text = re.sub(re.escape(sign) + "[\ufe0e\ufe0f]?", words, text)
            elif sign.isalnum():
                text = re.sub(rf"(?<![\w'-]){re.escape(sign)}(?![\w'.-]\w|\w|')", words, text)
        return text

    def _sentence_in(self, text: str, scope: Scope) -> None:
        self._sentences(text, scope)

    def _line(self, line: Line) -> None:
        scope = self._scope(line.headings)
        if "|" in line.text:
            parts = [part.strip() for part in line.text.split("|") if part.strip()]
            if all(re.search(r"[=:]", part) for part in parts):
                for part in parts:
                    self._sentences(part, scope)
                return
        self._sentences(line.text, scope)

    def _sentences(self, text: str, scope: Scope) -> None:
        marked = []
        for sentence in filter(str.strip, _SENTENCE.split(text)):
            part = self._mark(sentence)
            if part.strip(" .,:;-") and not (_EXPLAINS.search(sentence) and not classes_of(part)):
                marked.append(part)
        read_line(self._facts, marked, scope)

    def _scope(self, headings: Sequence[str]) -> Scope:
        """What the headings above a line say, the inner ones within the outer ones."""
        scope = Scope()
        for heading in headings:
            marked = self._mark(heading)
            classes, places = tuple(classes_of(marked)), tuple(PLACE.findall(marked))
            denied = is_denied(marked) or re.search(r"\bneither\b", marked) is not None
            if classes:
                scope = Scope(classes, scope.places, denied)
            elif re.search(r"\bboth\b(?! (?:images|dates))", marked) and len(self._names) == 2 and not places:
                scope = Scope((0, 1), scope.places, denied)
            elif denied and not places:
                scope = Scope(scope.classes, scope.places, True)
            if places and is_only_marks(re.sub(r"‹C\d+[spg]›", "", marked)):
                records = self._records()
                scope = Scope(scope.classes, records.inside(scope, places), scope.denied)
        return scope

    def _table(self, table: Table) -> None:
        """Rows as records by the names of their columns; a table without such names row by row."""
        rows = [row for row in table.rows if not all(re.fullmatch(r":?-{1,}:?|\s*", cell) for cell in row)]
        scope = self._scope(table.headings)
        if not rows:
            return
        records = self._records()
        head = [self._mark(cell) for cell in rows[0]]
        grid = records.table_grid(rows, scope)
        if grid:
            return
        if len(rows) == 1:
            for cell in rows[0]:
                self._sentences(cell, scope)
            return
        kinds = [bool(classes_of(cell)) for cell in head[1:] if _is_name(cell)]
        if head[0] and _is_name(head[0]) and (bool(classes_of(head[0])) not in kinds):
            for row in rows:
                records.read(
                    {"": row[0], "value" if len(row) != 2 else " ": row[1] if len(row) == 2 else list(row[1:])}, scope
                )
            return
        for row in rows[1:]:
            cells = [*row, *([""] * (len(rows[0]) - len(row)))]
            keys = [key if key not in rows[0][:number] else f"{key} {number}" for number, key in enumerate(rows[0])]
            records.read(dict(zip(keys, cells, strict=False)), scope)

    def _result(self, text: str) -> dict[str, list[str]] | Unparsed:
        facts, names = self._facts, self._names
        facts.cells = {number: cells for number, cells in facts.cells.items() if number < len(names)}
        others = facts.claimed - set(range(len(names)))
        for number in others:
            facts.cells.setdefault(number, {0})
        result = facts.result(names)
        if isinstance(result, dict) and not any(result.values()) and _UNNAMED.search(text):
            return Unparsed("says that it cannot tell")
        if result is not None:
            return result
        marked = self._mark(text)
        if facts.unread:
            return Unparsed("places without a class")
        if _UNABLE.search(text) or _UNNAMED.search(text):
            return Unparsed("says that it cannot tell")
        if facts.loose:
            cells = [cell for number, cell in enumerate(CELLS) if number in facts.loose]
            if len(names) == 1 and (
                not classes_of(marked) or (set(classes_of(marked)) == {0} and not is_denied(marked))
            ):
                return {names[0]: cells}
            if (BOTH.search(marked) or re.search(r"\ball(?: classes)?\b", marked)) and not is_denied(marked):
                return {name: list(cells) for name in names}
            return Unparsed("places without a class")
        if _NOTHING.fullmatch(text) or read_change(text) is False:
            return {name: [] for name in names}
        return Unparsed("places without a class" if PLACE.search(marked) else "no place that is a cell of the grid")


def _merged(parts: Iterator[str | Structure]) -> Iterator[str | Structure]:
    """The parts, three lists of three one after another as one grid."""
    rows: list[Structure] = []
    for part in parts:
        if (
            isinstance(part, Structure)
            and isinstance(part.value, list)
            and len(part.value) == 3
            and not any(isinstance(mark, list | dict) for mark in part.value)
        ):
            rows.append(part)
            if len(rows) == 3:
                yield Structure([row.value for row in rows])
                rows = []
        elif isinstance(part, Structure) or part.strip(" ,\n"):
            yield from rows
            rows = []
            yield part
    yield from rows


def _without_heading(text: str) -> tuple[str, str]:
    """A text and the short last line of it that heads the structure after it ("Roads:")."""
    above, _, last = text.rstrip().rpartition("\n")
    last = last.strip(" *#`-")
    heads = (last.endswith(":") and len(last) < 60) or len(last.split()) == 1
    return (above, last.rstrip(": ")) if heads else (text, "")


def _heads(line: Line, following: Line | Table | None) -> bool:
    return following is not None and line.text.rstrip(": ") in following.headings


def _is_name(marked: str) -> bool:
    """Whether a table cell is a class or a place alone."""
    return bool(classes_of(marked)) != bool(PLACE.search(marked)) and is_only_marks(marked)
