"""Files of questions with their answers: what a page says of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class QuestionForm(BaseModel):
    """Where questions are.

    Attributes:
        questions, answers, images: names of the three files of RSVQA's form, with ``{split}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    questions: str
    answers: str
    images: str
