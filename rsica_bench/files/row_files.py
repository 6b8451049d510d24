"""Replies and captions in the files that others write.

Read are JSON lines, JSON lists, COCO captions (``{"images", "annotations"}``), COCO results (``[{"image_id",
"caption"}]``), ``{"id": "text"}``, and the sample logs of lmms-eval (``*_samples_TASK.jsonl``: a row a question with
``doc_id``, ``target`` and ``filtered_resps``, and ``resps`` where that differs; its first releases wrote one file with
``logs``). Any of them may be compressed with gzip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from rsica_data.core.errors import UserError
from rsica_data.core.files import dump_json
from rsica_data.core.json_text import JsonTextError, begins_with_value, loads
from rsica_data.core.raw import read_bytes, read_lines
from rsica_data.core.text_encoding import decoded

Json = dict[str, Any]

REPLY_FIELDS = ("raw", "reply", "text")
"""Fields that are taken for the reply without being asked to, the first that a row has."""
LIKELY_FIELDS = (
    *("prediction", "predictions", "predicted", "pred", "answer", "response", "responses", "output", "outputs"),
    *("generated_text", "model_output", "model_answer", "model_response", "model_prediction", "prediction_text"),
    *("output_text", "response_text", "generation", "generated", "completion", "hypothesis", "caption", "result"),
    "content",
)
ID_FIELDS = ("instruction_id", "image_id", "id", "question_id", "file_name", "filename", "image", "pair_id", "name")
POSITION = "doc_id"  # lmms-eval's: the place of a question in its dataset


@dataclass(frozen=True)
class FileRow:
    """A row of a file: its fields and where it stands (a line of JSON lines, else a place in the list), from 1."""

    fields: Json
    number: int
    file: Path
    lines: bool

    def mistake(self, message: str, hint: str | None = None) -> UserError:
        """An error about this row."""
        if self.lines:
            return UserError(message, file=self.file, line=self.number, hint=hint)
        return UserError(message, file=self.file, key=f"row {self.number}", hint=hint)

    @property
    def is_sample(self) -> bool:
        """Whether lmms-eval wrote it."""
        return POSITION in self.fields and not self.fields.keys().isdisjoint(("resps", "filtered_resps"))

    @property
    def is_caption(self) -> bool:
        """Whether it has the form of COCO's results and annotations."""
        return "caption" in self.fields and "image_id" in self.fields


def read_text(path: Path) -> str:
    """The text of a file, UTF-8 with or without byte order mark, also of one compressed with gzip.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    return decoded(read_bytes(path, unpack=True), path)


def read_document(path: Path) -> Any:
    """The content of a file: of JSON lines a list of `FileRow`, of any other JSON its value.

    Raises:
        UserError: it holds neither.
    """
    return parse_document(read_text(path), path)


def parse_document(text: str, path: Path) -> Any:
    """As `read_document`, of a text that has been read from ``path``."""
    first, second = (*islice(_filled(text), 2), None, None)[:2]
    if first is None:
        return []
    if second is not None and _is_object(first[1]):
        return [_line(line, number, path) for number, line in _filled(text)]
    try:
        return loads(text, numbers="text")
    except JsonTextError as error:
        if second is not None and _is_object(second[1]):
            return [_line(line, number, path) for number, line in _filled(text)]  # which tells the first one's mistake
        raise UserError(error.message, file=path, line=error.line) from None


def _filled(text: str) -> Iterator[tuple[int, str]]:
    """Lines that hold anything, with their numbers: one after another, for files of hundreds of thousands."""
    start = 0
    for number in count(1):
        end = text.find("\n", start)
        line = text[start:] if end < 0 else text[start:end]
        if line.strip():
            yield number, line
        if end < 0:
            return
        start = end + 1


def _is_object(line: str) -> bool:
    """Whether a line begins with a whole JSON object: what stands after it is a mistake of that line."""
    text = line.lstrip()
    return text.startswith("{") and begins_with_value(text)


def _line(line: str, number: int, path: Path) -> FileRow:
    try:
        row = loads(line, numbers="text")
    except JsonTextError as error:
        raise UserError(f"not a row of predictions: {error.message}", file=path, line=number) from None
    if not isinstance(row, dict):
        raise UserError("not a row of predictions: not a JSON object", file=path, line=number)
    return FileRow(row, number, path, True)


def read_rows(path: Path) -> list[FileRow]:
    """The rows of a file of replies; those of ``{"id": "text"}`` have the fields ``id`` and ``raw``.

    Raises:
        UserError: it cannot be read, or holds no rows.
    """
    return rows_of(read_document(path), path)


def each_row(path: Path) -> Iterator[FileRow]:
    """The rows as `read_rows` gives them: those of JSON lines one after another, however large their file is.

    Raises:
        UserError: as `read_rows`; of JSON lines when the line is reached.
    """
    if not names_instructions(path):
        yield from read_rows(path)
        return
    for number, line in read_lines(path):
        yield _line(decoded(line, path, line=number), number, path)


def names_instructions(path: Path) -> bool:
    """Whether a file holds JSON lines, not compressed, the first of which names an instruction.

    So are all predictions of a run. No row of them has to be known from others, as sample rows have.
    """
    try:
        first, second = (*islice(read_lines(path), 2), None, None)[:2]
        if first is None or second is None:
            return False
        text = decoded(first[1], path, line=first[0])
        row = _line(text, first[0], path) if _is_object(text) else None
    except UserError:
        return False  # which reading it whole will tell
    return row is not None and "instruction_id" in row.fields and not row.is_sample


def rows_of(document: Any, path: Path) -> list[FileRow]:
    """The rows of a document that `read_document` has read from ``path``.

    Raises:
        UserError: it holds no rows.
    """
    if isinstance(document, dict):
        document = _rows_of_object(document, path)
    if not isinstance(document, list):
        raise UserError("holds no rows of replies", file=path, hint=_FORMS)
    rows = [row if isinstance(row, FileRow) else _row(row, n, path) for n, row in enumerate(document, 1)]
    samples = [row for row in rows if row.is_sample]
    return _once(samples) if rows and len(samples) == len(rows) else rows


_FORMS = 'JSON lines such as {"instruction_id": .., "turn": 0, "raw": "the reply"}, or a JSON list of them'


def _row(value: Any, number: int, path: Path) -> FileRow:
    if isinstance(value, str):
        value = {"raw": value}
    if not isinstance(value, dict):
        raise UserError("not a row of predictions: not a JSON object", file=path, key=f"row {number}")
    return FileRow(value, number, path, False)


def _rows_of_object(content: Json, path: Path) -> list[Any]:
    for name in ("annotations", "logs"):
        if isinstance(content.get(name), list):
            return _with_file_names(content) if name == "annotations" else content[name]
    if is_row(content):
        return [FileRow(content, 1, path, True)]
    if all(isinstance(value, str) or one_text(value) is not None for value in content.values()):
        return [{"id": name, "raw": value if isinstance(value, str) else value[0]} for name, value in content.items()]
    raise UserError("holds no rows of replies", file=path, hint=_FORMS)


def is_row(content: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a row by itself, and not a mapping of ids to texts."""
    if "instruction_id" in content or POSITION in content:
        return True
    holds = (*REPLY_FIELDS, *LIKELY_FIELDS, "captions")
    return not content.keys().isdisjoint(ID_FIELDS) and not content.keys().isdisjoint(holds)


def _with_file_names(content: Json) -> list[Any]:
    """COCO's annotations, each with the file name of its image."""
    images = content.get("images")
    listed = [one for one in images if isinstance(one, dict)] if isinstance(images, list) else []
    names = {
        one["id"]: one["file_name"] for one in listed if isinstance(one.get("id"), (int, str)) and "file_name" in one
    }
    rows: list[Any] = []
    for row in content["annotations"]:
        number = row.get("image_id") if isinstance(row, dict) else None
        known = isinstance(number, (int, str)) and number in names
        rows.append({"file_name": names[number], **row} if known else row)
    return rows


def _once(rows: Sequence[FileRow]) -> list[FileRow]:
    """Sample rows without repeats: a harness logs a question again for each of its filters."""
    met: set[str] = set()
    kept = []
    for row in rows:
        key = dump_json([row.fields[POSITION], str(row.fields.get("resps", row.fields.get("filtered_resps")))])
        if key not in met:
            met.add(key)
            kept.append(row)
    return kept


def one_text(value: Any) -> str | None:
    """The text of a list that holds one text alone."""
    return value[0] if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str) else None
