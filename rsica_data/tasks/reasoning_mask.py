"""An implicit question about an image, and the pixels that it is about: a mask on a coarse grid, or no target.

EarthReason (Li et al. 2025, SegEarth-R1, arXiv 2504.09644): the question names its target only by what it is for
("Where could a ship take on fuel?"), and some images have none. Gold ``{"kind", "args": {"form": "mask", "grid",
"size"}, "mask"}`` from the label map of the image, answer ``{"mask"}`` as of `rsica_data.tasks.grounding`; a mask of
zeros says that there is no target.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
from pydantic import Field

from rsica_data.geometry.regions import grid_of
from rsica_data.schema import AskContext, Draft, JsonObject, ParseContext, Question, RenderContext, Turn, Unparsed
from rsica_data.tasks import grounding
from rsica_data.tasks.common import TaskSettings, phrase_number, wording_pick
from rsica_data.tasks.declare import declare_task
from rsica_data.tasks.template_files import template_file
from rsica_data.text.mask_text import mask_text

NAME = "reasoning_mask"
VERSION = 1
KIND = "reasoning"
"""What dataset pages call the questions that are asked."""


class ReasoningMaskSettings(TaskSettings):
    """Settings of implicit questions.

    Attributes:
        grid: cells a side of the grid of masks.
    """

    grid: int = Field(default=32, ge=4, le=64)


def ask(context: AskContext, settings: ReasoningMaskSettings) -> Sequence[Draft]:
    """The implicit questions of an image of one date whose target, or the absence of one, is known."""
    rng = Random(context.seed)  # noqa: S311 - not for security
    asked = [given for given in context.questions if given.kind == KIND]
    # Without a label map nothing is known, unless the dataset itself leaves the answer empty.
    known = [given for given in asked if context.labels is not None or not given.turns[0][1]]
    return [_draft(given.turns[0][0], context, settings, rng) for given in known]


def _draft(asked: str, context: AskContext, settings: ReasoningMaskSettings, rng: Random) -> Draft:
    sentences = template_file(NAME)["forms"]
    number = phrase_number(len(sentences), context, settings, rng)
    labels = np.zeros((1, 1), np.uint8) if context.labels is None else context.labels
    args = {"form": "mask", "grid": settings.grid, "size": [labels.shape[1], labels.shape[0]]}
    answer: JsonObject = {"mask": mask_text(grid_of(labels > 0, settings.grid))}
    text = render(
        answer, RenderContext(Question(KIND, args), context.classes, settings.style, wording_pick(context, rng))
    )
    turns = (Turn("user", f"{asked} {sentences[number].format(grid=settings.grid)}"), Turn("assistant", text))
    return Draft(KIND, turns, {"kind": KIND, "args": args} | answer, (text,), f"{NAME}/{number}", VERSION)


def render(answer: JsonObject, context: RenderContext) -> str:
    """The runs of the mask, or that there is no target."""
    if not grounding.is_none(answer):
        return str(answer["mask"])
    phrases = template_file(NAME)["none"]
    return str(phrases[context.pick % len(phrases)])


def parse(text: str, context: ParseContext) -> JsonObject | Unparsed:
    """The mask of a reply; of no cell where it says that there is no target."""
    return grounding.read_mask(text, context.question.args["grid"])


TASK = declare_task(
    NAME,
    "The pixels that an implicit question is about, as a mask of runs, or that there is no target (EarthReason).",
    version=VERSION,
    settings=ReasoningMaskSettings,
    ask=ask,
    render=render,
    parse=parse,
    accepted=grounding.accepted,
    matches=grounding.matches,
    needs=("questions", "labels of one date"),
)
