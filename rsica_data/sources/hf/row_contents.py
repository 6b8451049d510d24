"""What rows say besides their images: names, splits, captions, questions; rows of one id joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.schema.caption_text import change_flag, has_words, strip_caption
from rsica_data.schema.given import GivenQuestion
from rsica_data.sources.common import split_suffix
from rsica_data.sources.hf.column_map import Columns
from rsica_data.sources.hf.opened_sets import Rows

_KEY = "source.options"


@dataclass
class RowTexts:
    """What the rows of a pair say besides its images.

    Attributes:
        own_split, row: where the first of them is.
        split: value of the column of splits; without one the dataset's own split.
        captions: with words; others are counted in ``left_out``.
        questions: with kind and answer.
        changed: the set's own flag.
        attributes: numbers and texts of further columns.
    """

    own_split: str
    row: int
    split: str
    captions: list[str] = field(default_factory=list)
    left_out: int = 0
    questions: list[GivenQuestion] = field(default_factory=list)
    changed: bool | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The first row, for messages."""
        return f"row {self.row} of split '{self.own_split}'"


def read_pairs(splits: Mapping[str, Rows], columns: Columns) -> dict[tuple[str, str], RowTexts]:
    """What the rows say of each pair, by the set's own name of its split and by name of the pair.

    Args:
        splits: rows by own split.
        columns: which column holds what.

    Raises:
        UserError: a row has no id, a flag that is none, or questions without answers; an id appears twice where nothing
            is joined.
    """
    pairs: dict[tuple[str, str], RowTexts] = {}
    for own, rows in splits.items():
        for given, name in _rows(own, rows, columns):
            first = pairs.setdefault((given.split, name), given)
            if first is not given:
                if not (columns.caption_columns or columns.question):
                    what = f"rows {first.row} and {given.row} of split '{own}' have the id '{name}'"
                    hint = "an id names one pair; rows are joined where they give captions or questions"
                    raise UserError(what, key=f"{_KEY}.columns.id", hint=hint)
                _join(first, given)
    return pairs


def _rows(own: str, rows: Rows, columns: Columns) -> Iterator[tuple[RowTexts, str]]:
    """What each row says, and the name of its pair."""
    wanted = list(dict.fromkeys(name for names in columns.texts().values() for name in names))
    for number, row in enumerate(rows.texts(wanted or rows.columns[:1])):
        given = RowTexts(own, number, own if columns.split is None else str(_text(rows, row, columns.split)))
        _add(given, rows, row, columns)
        yield given, f"{own}_{number:08d}" if columns.id is None else _name(_text(rows, row, columns.id), given)


def _text(rows: Rows, row: Mapping[str, Any], column: str) -> Any:
    """A value of a column; the name of a class for its number."""
    names, value = rows.names_of(column), row.get(column)
    if names is not None and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return value


def _name(value: Any, given: RowTexts) -> str:
    text = "" if value is None else str(value).strip()
    if not text:
        raise UserError(f"{given.place} has no id", key=f"{_KEY}.columns.id")
    return split_suffix(text.replace("\\", "/").replace("/", "_"))[0]


def _add(given: RowTexts, rows: Rows, row: Mapping[str, Any], columns: Columns) -> None:
    for column in columns.caption_columns:
        value = row.get(column)
        texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
        given.captions += [strip_caption(text) for text in texts if has_words(text)]
        given.left_out += sum(not has_words(text) for text in texts)
    if columns.question is not None:
        given.questions += _questions(rows, row, columns, given)
    if columns.changed is not None:
        try:
            given.changed = change_flag(_text(rows, row, columns.changed))
        except ValueError as error:
            raise UserError(
                f"row {given.row} of split '{given.own_split}': {error}", key=f"{_KEY}.columns.changed"
            ) from None
    kept = {column: _text(rows, row, column) for column in columns.attributes}
    given.attributes = {column: value for column, value in kept.items() if isinstance(value, (str, int, float, bool))}


def _questions(rows: Rows, row: Mapping[str, Any], columns: Columns, given: RowTexts) -> Iterator[GivenQuestion]:
    asked, answers, kinds = (
        [] if column is None else _as_list(_text(rows, row, column))
        for column in (columns.question, columns.answer, columns.kind)
    )
    if len(asked) != len(answers) or (len(kinds) > 1 and len(kinds) != len(asked)):
        what = f"{given.place} has {len(asked)} questions and {len(answers)} answers"
        raise UserError(what, key=f"{_KEY}.columns.question", hint="and one kind, or one for each")
    for number, (question, answer) in enumerate(zip(asked, answers, strict=True)):
        if question is None or answer is None:
            continue
        kind = kinds[number if len(kinds) > 1 else 0] if kinds else None
        name = "_".join(str(kind or "question").split()) or "question"
        yield GivenQuestion(name, ((str(question).strip(), _answer(answer)),))


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _answer(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()


def _join(first: RowTexts, given: RowTexts) -> None:
    """Add what a further row of a pair says; a sentence that is there already is not added."""
    first.captions += [text for text in given.captions if text not in first.captions]
    first.left_out += given.left_out
    first.questions += given.questions
    first.changed = given.changed if first.changed is None else first.changed
