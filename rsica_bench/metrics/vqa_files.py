"""CDVQA's files: questions, answers and images as published, and a file of predictions.

Published are ``{"questions": [{"id", "img_id", "type", "question", "answers_ids"}]}``, ``{"answers": [{"question_id",
"answer"}]}`` and ``{"images": [{"id", "file_name"}]}``. Predictions are the same list of answers, or a mapping of
question ids to answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rsica_bench.metrics.figures import Figures, Floats
from rsica_bench.metrics.statistics_tables import Table
from rsica_bench.metrics.vqa import KINDS, normalise, type_rows, vqa_figures
from rsica_data.core.errors import UserError
from rsica_data.core.json_text import read_json


@dataclass(frozen=True)
class VqaScores:
    """Scores of a file.

    Attributes:
        table: the table of its questions.
        clusters: the image that each is about, shape ``[n]``; None where the images are not given.
        unanswered: questions without an answer (none in the file, or null).
    """

    table: Table
    clusters: NDArray[np.int64] | None
    unanswered: int


def score_files(questions: Path, answers: Path, predictions: Path, images: Path | None = None) -> VqaScores:
    """Score predictions; a question without one is wrong and counted.

    Args:
        questions: published questions.
        answers: published answers.
        predictions: what a model said.
        images: published images: several ``img_id`` are one image, so that only they tell which questions share one.

    Raises:
        UserError: a file cannot be read, a question has no true answer, a prediction belongs to no question, or
            an image of a question is not among the images.
    """
    asked = _list(questions, "questions")
    true = _answers(answers)
    given_answers = _answers(predictions)
    _check(asked, true, given_answers, questions, predictions)
    ids = [str(one["id"]) for one in asked]
    types = [str(one["type"]) for one in asked]
    names = sorted(set(types))
    right = [normalise(true[key]) == normalise(given_answers.get(key, "")) for key in ids]
    rows = type_rows(types, right, names).reshape(len(ids), -1)

    def figures(sums: Floats) -> Figures:
        return vqa_figures(sums.reshape(*sums.shape[:-1], len(names), 2), names)

    reasons = dict.fromkeys(("accuracy", "average_accuracy"), "no question")
    table = Table(rows, np.arange(len(ids)), figures, reasons, kinds=KINDS)
    clusters = None if images is None else _clusters(asked, images)
    return VqaScores(table, clusters, sum(key not in given_answers for key in ids))


def _check(
    asked: list[dict[str, Any]],
    true: Mapping[str, str],
    given_answers: Mapping[str, str],
    questions: Path,
    predictions: Path,
) -> None:
    if not asked:
        raise UserError("holds no question", file=questions)
    for one in asked:
        for key in ("id", "type", "img_id"):
            if key not in one:
                raise UserError(f"a question has no '{key}'", file=questions)
    ids = {str(one["id"]) for one in asked}
    if len(ids) < len(asked):
        raise UserError("two questions have one id", file=questions)
    silent = next((key for key in ids if key not in true), None)
    if silent is not None:
        raise UserError(f"question {silent} has no true answer", file=questions)
    stray = sorted(given_answers.keys() - ids)
    if stray:
        raise UserError(f"{len(stray)} answers belong to no question, the first to '{stray[0]}'", file=predictions)


def _clusters(asked: list[dict[str, Any]], images: Path) -> NDArray[np.int64]:
    known = [one for one in _list(images, "images") if one.get("file_name") is not None]
    files = {str(one.get("id")): str(one["file_name"]) for one in known}
    asked_about = list(dict.fromkeys(str(one["img_id"]) for one in asked))
    lost = [key for key in asked_about if key not in files]
    if lost:
        problem = f"{len(lost)} of {len(asked_about)} images of the questions are not in it, the first is '{lost[0]}'"
        raise UserError(problem, file=images, hint='{"images": [{"id", "file_name"}, ...]}')
    numbers: dict[str, int] = {}
    keys = [files[str(one["img_id"])] for one in asked]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)


def _answers(path: Path) -> dict[str, str]:
    content = _load(path)
    if isinstance(content, dict) and "answers" not in content:
        return {str(key): str(value) for key, value in content.items() if value is not None}
    answers: dict[str, str] = {}
    keys: set[str] = set()
    for one in _list(path, "answers", content):
        if "question_id" not in one or "answer" not in one:
            raise UserError("an answer has no 'question_id' or no 'answer'", file=path)
        key = str(one["question_id"])
        if key in keys:
            raise UserError(f"question {key} is answered twice", file=path)
        keys.add(key)
        if one["answer"] is not None:
            answers[key] = str(one["answer"])
    return answers


def _list(path: Path, key: str, content: Any = None) -> list[dict[str, Any]]:
    content = _load(path) if content is None else content
    rows = content.get(key) if isinstance(content, dict) else content
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UserError(f"is not a list of {key}", file=path, hint=f'{{"{key}": [{{...}}, ...]}}')
    return rows


def _load(path: Path) -> Any:
    return read_json(path, unpack=True, surrogates="keep", numbers="text")
