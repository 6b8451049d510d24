"""Captions, questions and objects of the pairs of a folder: read together, and put into the keys of the pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from rsica_data.core.errors import InvalidItemError, UserError
from rsica_data.schema import PairKey
from rsica_data.schema.given import NUMBER, GivenQuestion, options_of, questions_as_json, questions_from_json
from rsica_data.schema.records import Split
from rsica_data.sources.catalog.forms import CaptionForm
from rsica_data.sources.catalog.objects import (
    COUNT,
    PRESENCE,
    ObjectForm,
    Objects,
    Shown,
    as_json,
    asked_about,
    has_objects,
    read_objects,
    shown_in,
)
from rsica_data.sources.catalog.packed_images import Member
from rsica_data.sources.catalog.page_captions import Captioned, read_captions
from rsica_data.sources.catalog.page_questions import PairTexts, QuestionForm, has_questions, read_questions
from rsica_data.sources.common import LEFT_OUT
from rsica_data.sources.tiling import cut_of

QUESTIONS = "questions"
OPTIONS = "options"
"""Keys of ``PairKey.extra``: kind and turns of each question of the pair; options of the answers by kind."""
OBJECTS = "objects"
TROUBLE = "trouble"
"""Keys of ``PairKey.extra``: boxes that the image shows; why the file that tells them cannot be read."""

_Entry = TypeVar("_Entry")


@dataclass(frozen=True)
class TextForms:
    """Where captions, questions and objects are; None for what a set does not have."""

    captions: CaptionForm | None = None
    questions: QuestionForm | None = None
    objects: ObjectForm | None = None


@dataclass(frozen=True)
class Texts:
    """What the files tell, by split and name of the pair; the split is "" where nothing tells it."""

    captions: Mapping[tuple[str, str], Captioned] = field(default_factory=dict)
    questions: Mapping[tuple[str, str], PairTexts] = field(default_factory=dict)
    objects: Objects = field(default_factory=lambda: Objects({}, ()))

    def named(self) -> dict[str, Mapping[tuple[str, str], object]]:
        """What the captions, the questions and the objects name."""
        return {"captions": self.captions, "questions": self.questions, "objects": self.objects.shown}

    def added_to(self, key: PairKey, name: str) -> PairKey:
        """A key with what the files tell of its pair.

        Args:
            key: the key.
            name: of the pair, as captions call it.
        """
        entry = _of_pair(self.captions, key.split, name)
        if entry is not None:
            left_out = {LEFT_OUT: entry.left_out} if entry.left_out else {}
            extra = {**key.extra, **left_out}
            key = replace(key, captions=entry.captions, changed=entry.changed, extra=extra)
        own = key.pair_id.rpartition("/")[2]
        return self._with_objects(self._with_questions(key, own), own)

    def on_tile(self, whole: PairKey, part: PairKey) -> PairKey:
        """The key of a tile with the objects whose centre lies in it.

        Of a class of which another object reaches into the tile nothing is asked.

        Args:
            whole: key of the picture.
            part: key of the tile.
        """
        shown, cut = _of_pair(self.objects.shown, whole.split, whole.pair_id.rpartition("/")[2]), cut_of(part)
        if shown is None or cut is None or shown.tags is not None or shown.trouble is not None:
            return part
        inside, unsure = shown_in(shown, (cut.x, cut.y, cut.x + cut.width, cut.y + cut.height))
        return self._asked(part, inside, part.pair_id.rpartition("/")[2], unsure)

    def _with_questions(self, key: PairKey, name: str) -> PairKey:
        entry = _of_pair(self.questions, key.split, name)
        if entry is None or not entry.questions:
            return key
        asked = questions_as_json(entry.questions)
        options = {question.kind: list(question.options) for question in entry.questions if question.options}
        return replace(key, extra={**key.extra, QUESTIONS: asked, OPTIONS: options})

    def _with_objects(self, key: PairKey, name: str) -> PairKey:
        shown = _of_pair(self.objects.shown, key.split, name)
        if shown is None:
            return key
        if shown.trouble is not None:
            return replace(key, extra={**key.extra, TROUBLE: shown.trouble})
        return self._asked(key, shown, name)

    def _asked(self, key: PairKey, shown: Shown, name: str, unsure: frozenset[str] = frozenset()) -> PairKey:
        questions = asked_about(shown, self.objects.classes, name, unsure)
        asked = questions_as_json(questions)
        extra: dict[str, Any] = {QUESTIONS: [*key.extra.get(QUESTIONS, ()), *asked]}
        extra[OPTIONS] = {**key.extra.get(OPTIONS, {}), PRESENCE: ["no", "yes"], COUNT: [NUMBER]}
        if shown.tags is None:
            extra[OBJECTS] = as_json(shown.boxes)
        return replace(key, extra={**key.extra, **extra})


def _of_pair(entries: Mapping[tuple[str, str], _Entry], split: str, name: str) -> _Entry | None:
    return entries.get((split, name), entries.get(("", name)))


def read_texts(
    root: Path,
    under: str,
    forms: TextForms,
    texts: Mapping[str, Split],
    *,
    hint: str | None = None,
    question_texts: Mapping[tuple[str, str], PairTexts] | None = None,
) -> Texts:
    """Everything that the files of a folder tell in words and boxes.

    Args:
        root: the input folder.
        under: the folder of the images in it, "" or ending in ``/``.
        forms: which files.
        texts: what ``{split}`` may read, and the split that it means.
        hint: where a user finds what files there should be.
        question_texts: what the files of questions hold, where they were read before.

    Raises:
        UserError: no file of questions or objects is there, or a file is not in its form.
    """
    questions, objects = forms.questions, forms.objects
    if questions is not None and not has_questions(root, under, questions, texts):
        raise UserError("no files of questions", file=root, hint=hint)
    if objects is not None and not has_objects(root, under, objects, texts):
        raise UserError("no files of objects", file=root, hint=hint)
    captioned = {} if forms.captions is None else read_captions(root, under, forms.captions, texts)
    if question_texts is None:
        question_texts = {} if questions is None else read_questions(root, under, questions, texts)
    captioned |= {
        key: Captioned(entry.captions, 0, entry.changed)
        for key, entry in question_texts.items()
        if key not in captioned and (entry.captions or entry.changed is not None)
    }
    return Texts(
        captioned, question_texts, Objects({}, ()) if objects is None else read_objects(root, under, objects, texts)
    )


def with_members(texts: Texts, members: Mapping[tuple[str, str], Member]) -> Texts:
    """Texts with those that shards hold of their images."""
    captioned = {
        key: Captioned(entry.captions, entry.left_out, None) for key, entry in members.items() if entry.captions
    }
    options = options_of(question for entry in members.values() for question in entry.questions)
    joined = {
        key: PairTexts([question.among(options) for question in entry.questions])
        for key, entry in members.items()
        if entry.questions
    }
    return replace(texts, captions={**texts.captions, **captioned}, questions={**texts.questions, **joined})


def given_questions(key: PairKey) -> tuple[GivenQuestion, ...]:
    """The questions that a key holds.

    Raises:
        InvalidItemError: ``corrupt-labels``: the file of the pair that tells them cannot be read.
    """
    if TROUBLE in key.extra:
        raise InvalidItemError("corrupt-labels", str(key.extra[TROUBLE]))
    return questions_from_json(key.extra.get(QUESTIONS, ()), key.extra.get(OPTIONS, {}))


def given_attributes(key: PairKey) -> dict[str, Any]:
    """The boxes that a key holds, as an attribute of the pair."""
    return {OBJECTS: key.extra[OBJECTS]} if OBJECTS in key.extra else {}
