"""Structures that tell where classes changed: JSON, tables, tags.

One walk serves them all. A key or a naming value ("class": "road", "cell": "top-left", "row": 1) that is a class
or a place holds for everything inside; what is met in the end is a value: places under a class, classes under a
place, or yes or no (also 1, a count, a mark) under both. A row inside a column, or a column inside a row, is one
cell. A table row is a record whose keys are the table's heads. A class with an empty list, "none" or false has no
change. A number alone under a class is a count and no place; a list of numbers from 1 to 9 are cells counted row
by row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rsica_data.text.grid.cell_drawings import EMPTY, FULL, Legend, grid_of, letters_of, meaning_of, plain_sign
from rsica_data.text.grid.cell_facts import CellFacts
from rsica_data.text.grid.cell_shapes import COLUMN_KEY, ROW_KEY, are_pairs, indices_in, key_words
from rsica_data.text.grid.cell_words import Scope, classes_of, is_denied, is_only_marks, pattern_of
from rsica_data.text.positions.places import PLACE, crossed

_DEEPEST = 12
_DATE = re.compile(r"(?:before|after|(?:first|second|earlier|later)(?: image)?|image [12]|t[12])")
_NOTES = pattern_of("notes")
_LEGEND = re.compile(r"(?:legend|key|codes?|encoding|mapping|symbols?|图例)")
_NAMING = pattern_of("naming")
_FLAG = pattern_of("flag")
_NO = re.compile(
    r"[\s\"'*]*(?:no|none|false|null|nil|n|n/a|na|0|unchanged|no changes?(?: \w+){0,2}|"
    r"not changed|nothing|same|-+|empty|无|否|)[\s\"'*.]?"
)
_PLACEHOLDER = re.compile(r"\.{2,}|…|<[^<>]{0,40}>|\[?(?:cell|list of cells|cell names?)\]?")
_YES = re.compile(
    r"\W*(?:yes|true|y|changed|change|present|new|added|built|modified|[1-9]\d*|x|\+|✓|detected|有|是)\W*"
)
ROW_WORDS = {
    "top": 0,
    "upper": 0,
    "north": 0,
    "middle": 1,
    "center": 1,
    "centre": 1,
    "mid": 1,
    "central": 1,
    "bottom": 2,
    "lower": 2,
    "south": 2,
    "first": 0,
    "second": 1,
    "third": 2,
}
COLUMN_WORDS = {
    "left": 0,
    "west": 0,
    "center": 1,
    "centre": 1,
    "middle": 1,
    "mid": 1,
    "right": 2,
    "east": 2,
    "first": 0,
    "second": 1,
    "third": 2,
}


class RecordReader:
    """Walks a structure and tells the facts what it holds."""

    def __init__(
        self,
        facts: CellFacts,
        names: Sequence[str],
        mark: Callable[[str], str],
        read_text: Callable[[str, Scope], None],
        legend: Mapping[str, tuple[int, ...]],
        base: int,
        numbered: bool,
    ) -> None:
        self._facts, self._names, self._mark, self._read_text = facts, tuple(names), mark, read_text
        self._legend: Legend = dict(legend)
        self._base, self._numbered = base, numbered

    def read(self, value: Any, scope: Scope) -> None:
        """Note what a structure says."""
        self._learn(value)
        rows_and_columns = indices_in(value)
        if rows_and_columns and 0 in rows_and_columns:
            self._base = 0 if 3 not in rows_and_columns else self._base
        self._walk(value, scope, 0)

    def table_grid(self, rows: Sequence[Sequence[str]], scope: Scope) -> bool:
        """Whether a table is a drawn grid (rows and columns are its cells); its facts are noted."""
        if len(rows) != 4 or any(len(row) != 4 for row in rows):
            return False
        heads = [self._line_number(cell, COLUMN_WORDS) for cell in rows[0][1:]]
        names = [self._line_number(row[0], ROW_WORDS) for row in rows[1:]]
        if sorted(heads) != [0, 1, 2] or sorted(names) != [0, 1, 2]:
            return False
        for name, row in zip(names, rows[1:], strict=True):
            for head, cell in zip(heads, row[1:], strict=True):
                self._value(cell, Scope(scope.classes, (str(3 * name + head),)))
        return True

    def _line_number(self, text: str, words: Mapping[str, int]) -> int:
        word = re.sub(r"\b(?:row|col(?:umn)?|the|side|r|c)\b\s*|[^\w]", "", text.strip().lower())
        word = {"t": "top", "m": "middle", "b": "bottom", "l": "left", "r": "right", "c": "center"}.get(word, word)
        return int(word) - 1 if re.fullmatch(r"[1-3]", word) else words.get(word, -1)

    def _learn(self, value: Any) -> None:
        """A legend inside the structure."""
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            if not _LEGEND.fullmatch(key_words(key)):
                continue
            pairs = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
            for sign, phrase in pairs:
                meaning = meaning_of(self._plain(phrase), self._names)
                if meaning is None:
                    sign, meaning = phrase, meaning_of(self._plain(sign), self._names)
                if meaning is not None:
                    self._legend[plain_sign(str(sign))] = meaning

    @staticmethod
    def _plain(value: Any) -> str:
        return str(value).lower().replace("_", " ")

    def _walk(self, value: Any, scope: Scope, depth: int) -> None:
        if depth > _DEEPEST:
            return
        if isinstance(value, dict):
            self._record(value, scope, depth)
        elif isinstance(value, list | tuple | set):
            self._list(list(value), scope, depth)
        else:
            self._value(value, scope)

    def _list(self, entries: list[Any], scope: Scope, depth: int) -> None:
        own = scope.classes or ((0,) if len(self._names) == 1 else ())
        if not entries:
            self._value(None, scope)
            return
        grid = None if scope.places else grid_of(entries, self._names, self._legend, own)
        if grid is not None and not are_pairs(entries):
            grid.note(self._facts)
            return
        if all(not isinstance(entry, dict | list | tuple) for entry in entries):
            self._flat(entries, scope)
            return
        for entry in entries:
            if scope.classes and isinstance(entry, list | tuple) and (cell := self._pair(entry)) is not None:
                self._facts.give(scope.classes, [cell])
            else:
                self._walk(entry, scope, depth + 1)

    def _pair(self, entry: Sequence[Any]) -> str | None:
        """(row, column) as a place: numbers or words."""
        if len(entry) != 2:
            return None
        if all(re.fullmatch(r"[0-3]", str(part)) for part in entry):
            row, column = (int(str(part)) - self._base for part in entry)
            return str(3 * row + column) if 0 <= row < 3 and 0 <= column < 3 else None
        row_word, column_word = ROW_WORDS.get(self._plain(entry[0])), COLUMN_WORDS.get(self._plain(entry[1]))
        return None if row_word is None or column_word is None else str(3 * row_word + column_word)

    def _flat(self, entries: list[Any], scope: Scope) -> None:
        """A list of names, of numbers, or one fact as a list ("road", "top-left")."""
        texts = [self._mark(self._plain(entry)) for entry in entries]
        classes = [number for text in texts for number in classes_of(text)]
        places = [mark for text in texts for mark in PLACE.findall(text)]
        numbers = [
            int(str(entry)) for entry in entries if re.fullmatch(r"\d{1,2}", str(entry)) and not isinstance(entry, bool)
        ]
        if scope.classes and len(numbers) == len(entries) and not scope.places:
            first = 0 if self._numbered and self._base == 0 else 1
            if all(first <= number <= 8 + first for number in numbers):
                self._facts.give(scope.classes, [str(number - first) for number in numbers])
            else:
                self._facts.claim(scope.classes)
        elif (
            classes
            and places
            and not scope.classes
            and not scope.places
            and classes_of(texts[0])
            and not PLACE.search(texts[0])
        ) or (
            classes
            and places
            and not scope.classes
            and PLACE.search(texts[0])
            and not classes_of(texts[0])
            and len(entries) == 2
        ):
            self._facts.give(classes, places)
        else:
            for entry in entries:
                self._value(entry, scope)

    def _record(self, record: dict[Any, Any], scope: Scope, depth: int) -> None:
        entries = [(key_words(key), inner) for key, inner in record.items()]
        entries = [(k, v) for k, v in entries if not (_NOTES.fullmatch(k) or _LEGEND.fullmatch(k)) or len(entries) == 1]
        if any(classes_of(self._mark(key)) for key, _ in entries):
            entries = [(k, v) for k, v in entries if not (_DATE.fullmatch(k) and isinstance(v, str))]
        cell = self._row_and_column(entries)
        if cell is not None:
            scope = Scope(scope.classes, tuple(cell))
            entries = [(k, v) for k, v in entries if not (ROW_KEY.fullmatch(k) or COLUMN_KEY.fullmatch(k))]
        named = Scope(scope.classes, scope.places)
        rest: list[tuple[str, Any]] = []
        for key, inner in entries:
            name = self._naming(key, inner, named)
            if name is None:
                rest.append((key, inner))
            else:
                named = name
        flags = [inner for key, inner in rest if _FLAG.fullmatch(key) and not isinstance(inner, dict | list)]
        if named != scope and flags and all(_NO.fullmatch(self._text(flag)) for flag in flags):
            if not named.places:
                self._facts.deny(named.classes)
            return
        inside = [
            (key, inner) for key, inner in rest if not (_FLAG.fullmatch(key) and not isinstance(inner, dict | list))
        ]
        if named != scope or cell is not None:
            if named.classes and named.places and not any(self._scope_of(key, named) != named for key, _ in inside):
                self._facts.give(named.classes, named.places)
                return
            if named.classes and not inside and not named.places:
                self._facts.claim(named.classes)
            if named.places and not named.classes and not inside:
                self._facts.add_loose(named.places)
        elif not inside:
            inside = rest
        for key, inner in inside:
            self._walk(inner, self._scope_of(key, named), depth + 1)

    def _naming(self, key: str, inner: Any, scope: Scope) -> Scope | None:
        """The scope with what a naming key says; None where the key names nothing."""
        if not _NAMING.fullmatch(key) or isinstance(inner, dict):
            return None
        values = inner if isinstance(inner, list) else [inner]
        if not values or any(isinstance(value, dict | list | bool) or value is None for value in values):
            return None
        texts = [self._mark(self._signs(self._plain(value))) for value in values]
        classes = tuple(number for text in texts for number in classes_of(text))
        places = [mark for text in texts for mark in PLACE.findall(text)]
        if any(is_denied(text) for text in texts) or (classes and places) or not (classes or places):
            if (
                not classes
                and not places
                and re.fullmatch(r"cells?|grid ?cells?|positions?|locations?|", key)
                and (number := re.fullmatch(r"[1-9]", str(inner).strip()))
                and not scope.places
            ):
                return Scope(scope.classes, (str(int(number[0]) - 1),))
            if re.search(r"\bboth\b", texts[0]) and len(self._names) == 2 and scope.places:
                return Scope((0, 1), scope.places)
            return None
        if classes and not scope.classes:
            return Scope(classes, scope.places)
        if places and all(map(is_only_marks, texts)):
            return Scope(scope.classes, self.inside(scope, places))
        return None

    def _signs(self, text: str) -> str:
        """A value that is a sign of the legend in the words that it stands for."""
        sign = plain_sign(text)
        if sign in self._legend:
            return " and ".join(self._names[number] for number in self._legend[sign]) or "none"
        return text

    def _row_and_column(self, entries: Sequence[tuple[str, Any]]) -> list[str] | None:
        rows = [inner for key, inner in entries if ROW_KEY.fullmatch(key)]
        columns = [inner for key, inner in entries if COLUMN_KEY.fullmatch(key)]
        if len(rows) != 1 or len(columns) != 1:
            return None
        lines = [self._index(rows[0], ROW_WORDS), self._index(columns[0], COLUMN_WORDS)]
        if not lines[0] or not lines[1]:
            return None
        return [str(3 * row + column) for row in lines[0] for column in lines[1]]

    def _index(self, value: Any, words: Mapping[str, int]) -> list[int]:
        numbers = []
        for part in value if isinstance(value, list) else [value]:
            text = self._plain(part).strip()
            number = (
                int(text) - self._base
                if re.fullmatch(r"[0-3]", text)
                else words.get(text.removesuffix(" row").removesuffix(" column"), -1)
            )
            if not 0 <= number < 3:
                return []
            numbers.append(number)
        return numbers

    def _scope_of(self, key: str, scope: Scope) -> Scope:
        """The scope inside a key that names a class, a place, or both."""
        text = self._mark(key)
        classes, places = classes_of(text), PLACE.findall(text)
        if re.fullmatch(r"both(?: classes)?", key) and len(self._names) == 2:
            classes = [0, 1]
        if not places and not classes and (number := re.fullmatch(r"(?:cell|grid|c)? ?([1-9])", key)):
            places = [str(int(number[1]) - 1)]
        if re.search(r"\bunchanged\b|\bno change\b|\bnot changed\b", key):
            return Scope(tuple(classes) or scope.classes, scope.places, True)
        return Scope(tuple(classes) or scope.classes, self.inside(scope, places), scope.denied)

    def inside(self, scope: Scope, places: Sequence[str]) -> tuple[str, ...]:
        """Places that are told within those of a scope: the columns of a row."""
        if not places:
            return scope.places
        outer = scope.places[0] if len(scope.places) == 1 else ""
        return tuple(crossed(outer, place) if outer else place for place in places)

    def _text(self, value: Any) -> str:
        if value is None or value in ([], {}):
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return self._plain(value).strip()

    def _value(self, value: Any, scope: Scope) -> None:
        text = self._signs(self._text(value))
        if _PLACEHOLDER.fullmatch(text):
            self._facts.claim(scope.classes)
        elif scope.denied:
            marked = self._mark(text)
            self._facts.deny([*scope.classes, *classes_of(marked)] if not PLACE.search(marked) else [])
        elif _NO.fullmatch(text) or (plain_sign(text) in EMPTY and not PLACE.search(self._mark(text))):
            self._facts.deny(scope.classes)
        elif scope.classes and scope.places:
            marked = self._mark(text)
            if is_denied(marked):
                self._facts.deny(scope.classes)
            elif PLACE.search(marked) and is_only_marks(marked) and not classes_of(marked):
                self._facts.give(scope.classes, self.inside(scope, PLACE.findall(marked)))
            else:
                own = (
                    [number for number in classes_of(marked) if number in scope.classes]
                    if len(scope.classes) > 1
                    else []
                )
                self._facts.give(own or scope.classes, scope.places)
        elif scope.places:
            self._at(text, scope)
        elif scope.classes:
            self._of(text, scope)
        else:
            self._read_text(text, scope)

    def _at(self, text: str, scope: Scope) -> None:
        """What a place holds."""
        marked = self._mark(text)
        if not classes_of(marked):
            letters = {**letters_of(self._names), **self._legend}
            parts = [part for part in re.split(r"[+/&,\s]+|\band\b", text) if part]
            if parts and all(part in letters for part in parts):
                self._facts.give([number for part in parts for number in letters[part]], scope.places)
                return
            if len(self._names) == 1 and (_YES.fullmatch(text) or plain_sign(text) in FULL):
                self._facts.give((0,), scope.places)
                return
            cut = self._cut_class(text)
            if cut is not None:
                self._facts.give([cut], scope.places)
                return
            self._facts.unread |= not is_denied(marked) and not PLACE.search(marked) and not re.search(r"\w{3}", marked)
        self._read_text(text, scope)

    def _cut_class(self, text: str) -> int | None:
        """The class whose name a cut-off value begins."""
        fits = [n for n, name in enumerate(self._names) if len(text) >= 3 and name.lower().startswith(text)]
        return fits[0] if len(fits) == 1 else None

    def _of(self, text: str, scope: Scope) -> None:
        """Where a class changed."""
        if re.fullmatch(r"\W*\d+\W*", text) and not (self._numbered and re.fullmatch(r"[1-9]", text)):
            self._facts.claim(scope.classes)
        elif re.fullmatch(r"[1-9]", text):
            self._facts.give(scope.classes, [str(int(text) - 1)])
        elif re.fullmatch(r"[1-9](?:\s*(?:,|;|and|&|\s)\s*[1-9])+", text):
            self._facts.give(scope.classes, [str(int(digit) - 1) for digit in re.findall(r"\d", text)])
        elif _YES.fullmatch(text):
            self._facts.claim(scope.classes)
        else:
            self._read_text(text, scope)
