"""Files of questions with their answers: RSVQA's three, conversations of LLaVA and ChangeChat, tables, one an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json, read_json_lines, short
from rsica_data.schema.caption_text import change_flag, has_words, strip_caption
from rsica_data.schema.given import GivenQuestion, options_of
from rsica_data.schema.records import IMAGE_MARK, SPLITS
from rsica_data.sources.catalog.page_tables import (
    FilesBySplit,
    TableForm,
    Texts,
    check_files,
    columns_of,
    files_by_split,
    image_name,
    images_of,
    table_rows,
)
from rsica_data.sources.common import split_suffix
from rsica_data.sources.path_templates import check_template, placed_name, walk_template

_ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant"}
_IMAGE_KEYS = ("image", "images", "image_A", "video")
_MARKS = re.compile(rf"\s*(?:{IMAGE_MARK}|<video>)\s*")


class RowForm(TableForm):
    """A table of questions.

    Attributes:
        file: files, or files of each split; ``*`` matches.
        image: column that names the image, by name or path, or a template of columns: ``{dataset}/{image_id}``.
        name: what that column holds, where it is not the name of the pair: ``test_{name}.png``.
        whole: all of a path is the name, its parts joined by ``_``, as of groups of HDF5 files.
        rows: key of the list of rows, in a JSON object that holds several lists.
        images: columns in place of ``image``: those that hold a path name the images of the row, in their order.
        question, answer, kind: columns; of several for the answer the first that holds one counts; ``kind`` may be
            absent. Of a list of questions the first is asked, a list of answers is one answer.
        ask: what is asked about ``{question}``, where the column holds no question.
        options: column with the answers to choose from, which are written below the question; of several the first
            that holds some counts.
        leave_out: kinds that are not read.
    """

    images: Texts = ()
    question: str = "question"
    answer: Texts = ("answer",)
    kind: str = "type"
    ask: str = Field(default="{question}", pattern=r"\{question\}")
    options: Texts = ()
    leave_out: Texts = ()


class EachForm(BaseModel):
    """A JSON file of each image, with one question and its answer, or lists of them.

    Attributes:
        file: template that ends in ``.json``.
        question, answer: keys; of lists the first question and the first answer go together. An image whose answer is
            empty has no question, unless ``unanswered``.
        kind: what the questions are called.
        unanswered: keep questions whose answer is empty, for tasks that have their answer elsewhere.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    file: str
    question: str = "question"
    answer: str = "answer"
    kind: str = "question"
    unanswered: bool = False

    @field_validator("file")
    @classmethod
    def _template(cls, value: str) -> str:
        if not value.endswith(".json"):
            raise ValueError(f"template '{value}' should end in .json")
        check_template(f"{value.removesuffix('.json')}.png", ("name", "split", "place"))
        return value


class QuestionForm(BaseModel):
    """Where questions are. One of the four ways.

    Attributes:
        questions, answers, images: names of the three files of RSVQA's form, with ``{split}``.
        conversations: files of conversations, or of each split; ``*`` matches.
        rows: tables of questions.
        each: a file of each image.
        kinds: what the end of a conversation file's name says of its questions (``_binary: classification``).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    questions: str | None = None
    answers: str | None = None
    images: str | None = None
    conversations: FilesBySplit | None = None
    rows: RowForm | None = None
    each: EachForm | None = None
    kinds: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_way(self) -> QuestionForm:
        three = [self.questions, self.answers, self.images]
        ways = (all(three), self.conversations is not None, self.rows is not None, self.each is not None)
        if sum(ways) != 1 or any(three) != all(three):
            raise ValueError("should have questions, answers and images, or conversations, or rows, or each")
        check_files({"": [text for text in three if text], **(self.conversations or {})})
        return self

    def files(self) -> list[str]:
        """Its files, as a page has them."""
        three = [text for text in (self.questions, self.answers, self.images) if text]
        tables = [*(self.conversations or {}).values(), *(self.rows.file.values() if self.rows else ())]
        return [*three, *(text for texts in tables for text in texts), *([self.each.file] if self.each else [])]


@dataclass
class PairTexts:
    """What the files say of a pair; ``images`` are the paths by which records name its images."""

    questions: list[GivenQuestion] = field(default_factory=list)
    captions: tuple[str, ...] = ()
    changed: bool | None = None
    images: tuple[str, ...] = ()


def has_questions(root: Path, under: str, form: QuestionForm, texts: Mapping[str, str]) -> bool:
    """Whether any file of questions is there."""
    if form.each is not None:
        return bool(_each_paths(root, under, form.each, texts))
    if form.questions is None:
        return bool(files_by_split(root, under, form.rows.file if form.rows is not None else form.conversations or {}))
    return any((root / under / form.questions.replace("{split}", text)).is_file() for text in texts)


def read_questions(
    root: Path, under: str, form: QuestionForm, texts: Mapping[str, str], *, by_path: bool = False
) -> dict[tuple[str, str], PairTexts]:
    """Questions by split and name of the pair; a pair may be in several splits.

    Args:
        root: the input folder.
        under: the layout's folder in it.
        form: which files.
        texts: what ``{split}`` may read, and the split that it means.
        by_path: a pair is called by the whole paths of its images, not by the name of the first.

    Raises:
        UserError: a file is not in the form.
    """
    texts_of: dict[tuple[str, str], PairTexts] = {}
    if form.rows is not None:
        for own, path in files_by_split(root, under, form.rows.file):
            for images, question in _table(path, form.rows):
                entry = texts_of.setdefault(
                    (own, _called(images, form.rows, by_path=by_path)), PairTexts(images=images)
                )
                entry.questions.append(question)
    elif form.each is not None:
        for key, path in _each_paths(root, under, form.each, texts):
            texts_of.setdefault(key, PairTexts()).questions += _each(path, form.each)
    elif form.conversations is None:
        for text, split in texts.items():
            for name, question in _three_files(root / under, form, text):
                texts_of.setdefault((split, name), PairTexts()).questions.append(question)
    else:
        for own, path in files_by_split(root, under, form.conversations):
            _conversations(path, own, form, texts_of, by_path=by_path)
    options = options_of(question for entry in texts_of.values() for question in entry.questions)
    for entry in texts_of.values():
        entry.questions = [question.among(options) for question in entry.questions]
    return texts_of


def _each_paths(root: Path, under: str, form: EachForm, texts: Mapping[str, str]) -> list[tuple[tuple[str, str], Path]]:
    """Files of single images: the split ("" where it is not told) and name of each."""
    walked = walk_template(root, under + form.file, {"split": list(texts)}, suffixes=(".json",))
    return [((texts.get(bound.get("split", ""), ""), placed_name(bound)), root / path) for bound, path in walked]


def _each(path: Path, form: EachForm) -> list[GivenQuestion]:
    document = read_json(path)
    if not isinstance(document, dict):
        raise UserError("should be an object", file=path)
    texts = []
    for key in (form.question, form.answer):
        value = document.get(key)
        value = (value[0] if value else "") if isinstance(value, list) else value
        if not isinstance(value, (str, int, float)):
            raise UserError("holds no text", file=path, key=key)
        texts.append(str(value).strip())
    kept = all(texts) or (form.unanswered and bool(texts[0]))
    return [GivenQuestion(form.kind, ((texts[0], texts[1]),))] if kept else []


def _three_files(folder: Path, form: QuestionForm, text: str) -> Iterator[tuple[str, GivenQuestion]]:
    """Name of the pair and question, of one split; files of the form hold ids of each other."""
    parts = {
        key: folder / str(getattr(form, key)).replace("{split}", text) for key in ("questions", "answers", "images")
    }
    if not parts["questions"].is_file():
        return
    rows = {key: _rows(path, key) for key, path in parts.items()}
    # Without a name of its own the file is called by the id, as in RSVQA.
    names = {_id(row.get("id")): str(row.get("file_name", row.get("id"))) for row in rows["images"]}
    answers = {_id(row.get("question_id")): row.get("answer") for row in rows["answers"]}
    for row in rows["questions"]:
        # Several records of images name one file: a group of questions is no image.
        file, answer, asked = names.get(_id(row.get("img_id"))), answers.get(_id(row.get("id"))), row.get("question")
        if not isinstance(file, str) or not isinstance(asked, str) or not isinstance(answer, (str, int, float)):
            problem = f"question {short(str(row.get('id')))} has no image, no answer or no words"
            raise UserError(problem, file=parts["questions"])
        yield split_suffix(file)[0], GivenQuestion(_kind(row.get("type")), ((asked, str(answer)),))


def _id(given: Any) -> str | int | None:
    """An id as files have it; none of another kind."""
    return given if isinstance(given, (str, int)) else None


def _kind(given: Any) -> str:
    return "_".join(str(given or "question").split()) or "question"


def _called(images: Sequence[str], form: TableForm | None, *, by_path: bool) -> str:
    """The name of a pair by the paths of its images."""
    if by_path:
        return name_by_paths(images)
    name = image_name(images[0], form) if form is not None else None
    return name or split_suffix(re.split(r"[/\\]", images[0])[-1])[0]


def name_by_paths(images: Sequence[str]) -> str:
    """The name of a pair that the whole paths of its images make.

    Example:
        >>> name_by_paths(["a/1.png", "b/1.png"])
        'a_1__b_1'
    """
    # Records may begin with one image and go on with others.
    paths = (re.split(r"[/\\]", split_suffix(image)[0]) for image in images)
    return "__".join("_".join(part for part in path if part) for path in paths)


def _table(path: Path, form: RowForm) -> Iterator[tuple[tuple[str, ...], GivenQuestion]]:
    """Images and question of each row."""
    images = form.images or columns_of(form.image)
    columns = [*images, form.question, *form.answer, form.kind, *form.options]
    for number, row in enumerate(table_rows(path, columns, form.rows), 1):
        kind = row.get(form.kind)
        if kind in form.leave_out:
            continue
        named, asked = images_of(row, form.image, form.images), _asked(row, form)
        answer = next((text for key in form.answer if (text := _answer(row.get(key))) is not None), None)
        if not named or image_name(named[0], form) is None or asked is None or answer is None:
            what = f"{', '.join(images)}, {form.question} or {' or '.join(form.answer)}"
            raise UserError(f"row {number} lacks {what}", file=path)
        yield named, GivenQuestion(_kind(kind), ((asked, answer),))


def _asked(row: Mapping[str, Any], form: RowForm) -> str | None:
    """The question of a row, with the answers to choose from below it."""
    text = row.get(form.question)
    text = text[0] if isinstance(text, list) and text else text
    if not isinstance(text, str):
        return None
    choices = next((row[key] for key in form.options if row.get(key)), None)
    choices = [choices] if isinstance(choices, str) else choices
    return "\n".join([form.ask.replace("{question}", text), *map(str, choices if isinstance(choices, list) else ())])


def _answer(given: Any) -> str | None:
    """An answer as text: numbers of a list, a box for example, in brackets; several texts or boxes with commas."""
    if isinstance(given, (str, int, float)):
        return str(given)
    if not isinstance(given, list) or not given:
        return None
    if all(isinstance(part, (int, float)) for part in given):
        return f"[{', '.join(f'{part:g}' for part in given)}]"
    parts = [_answer(part) if isinstance(part, (str, list)) else None for part in given]
    return None if None in parts else ", ".join(part for part in parts if part is not None)


def _rows(path: Path, key: str) -> list[dict[str, Any]]:
    document = read_json(path)
    rows = document.get(key) if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"should hold a list '{key}' of objects", file=path, key=key)
    return [row for row in rows if row.get("active", True) is not False]


def _conversations(
    path: Path, split: str, form: QuestionForm, texts_of: dict[tuple[str, str], PairTexts], *, by_path: bool
) -> None:
    document: Any = (
        [row for _, row in read_json_lines(path, "a record")] if path.suffix.lower() == ".jsonl" else read_json(path)
    )
    if not isinstance(document, list):
        raise UserError("should be a list of records", file=path)
    kind = next((kind for end, kind in form.kinds.items() if path.stem.endswith(end)), "conversation")
    for number, record in enumerate(document):
        if not isinstance(record, dict):
            raise UserError("is no object", file=path, key=f"[{number}]")
        images = _images(record, path, number)
        own = next((part for part in re.split(r"[/\\]", images[0])[:-1] if part in SPLITS), "")
        name = _called(images, None, by_path=by_path)
        entry = texts_of.setdefault((own or split, name), PairTexts(images=images))
        try:
            entry.changed = change_flag(record.get("changeflag")) if entry.changed is None else entry.changed
        except ValueError as error:
            raise UserError(str(error), file=path, key=f"[{number}].changeflag") from None
        if "captions" in record:
            if not isinstance(record["captions"], list):
                raise UserError("is no list of texts", file=path, key=f"[{number}].captions")
            texts = [text for text in record["captions"] if isinstance(text, str) and has_words(text)]
            entry.captions = tuple(strip_caption(text) for text in texts)
        else:
            entry.questions.append(GivenQuestion(kind, _turns(record, path, number)))


def _images(record: Mapping[str, Any], path: Path, number: int) -> tuple[str, ...]:
    """Paths of the images of a record."""
    given = next((record[key] for key in _IMAGE_KEYS if key in record), None)
    images = [*(given if isinstance(given, list) else [given]), *([record["image_B"]] if "image_B" in record else [])]
    if not images or not all(isinstance(image, str) and image for image in images):
        raise UserError("names no image", file=path, key=f"[{number}].image")
    return tuple(images)


def _turns(record: Mapping[str, Any], path: Path, number: int) -> tuple[tuple[str, str], ...]:
    given = record.get("conversations", record.get("messages"))
    where = f"[{number}].conversations"
    if not isinstance(given, list) or len(given) < 2:
        raise UserError("holds no question with its answer", file=path, key=where)
    turns: list[tuple[str, str]] = []
    for turn in given:
        role = turn.get("from", turn.get("role")) if isinstance(turn, dict) else None
        text = turn.get("value", turn.get("content")) if isinstance(turn, dict) else None
        if role == "system":
            continue
        if not isinstance(role, str) or role not in _ROLES or not isinstance(text, str):
            raise UserError("a turn needs from (human, gpt) and value, or role and content", file=path, key=where)
        turns.append((_ROLES[role], _MARKS.sub(" ", text).strip()))
    if [role for role, _ in turns] != ["user", "assistant"] * (len(turns) // 2):
        raise UserError("turns should be a question and its answer in alternation", file=path, key=where)
    return tuple((turns[place][1], turns[place + 1][1]) for place in range(0, len(turns), 2))
