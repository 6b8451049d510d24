"""Captions: ``{"captions": [...]}``. One row each in training; evaluation rows are joined when they are written."""

from __future__ import annotations

from random import Random
from typing import Any

from rsica_data.claims import without_marks
from rsica_data.generation.readers.base import Read, Reader, identity, tidy
from rsica_data.generation.seeds import job_seed
from rsica_data.generation.types import Candidate, PromptRequest, Refusal, Statement
from rsica_data.schema import Turn


def read(data: Any, order: PromptRequest) -> Read:
    """One candidate a caption; a caption that the pair has already is refused."""
    given = {identity(caption) for caption in order.job.material.captions}
    candidates: Read = []
    for number, caption in enumerate(data["captions"]):
        # The field's captions end in no full stop; its own " ." is stripped in the same way.
        marked = tidy(caption).removesuffix(".").strip()
        text = without_marks(marked)
        if not text:
            candidates.append(Refusal("empty", "a caption has words", caption))
        elif identity(text) in given:
            candidates.append(Refusal("duplicate", "this is one of the given sentences", text))
        else:
            candidates.append(_candidate(text, marked, order, number))
    return candidates


def _candidate(text: str, marked: str, order: PromptRequest, number: int) -> Candidate:
    return Candidate(
        task=order.job.prompt.files.meta.task,
        kind=order.job.prompt.files.meta.task,
        turns=(Turn("user", _question(order, number)), Turn("assistant", text)),
        gold={"captions": [text]},
        references=(text,),
        statements=(Statement(marked),),
        identity=identity(text),
        shown=text,
    )


def _question(order: PromptRequest, number: int) -> str:
    """The user's turn: the first wording in evaluation, a drawn one in training."""
    meta = order.job.prompt.files.meta
    asks = meta.asks_second if meta.asks_second and order.job.material.two else meta.asks
    if order.job.material.evaluation:
        return asks[0]
    return Random(f"{job_seed(order.job)} {order.round} {number}").choice(asks)  # noqa: S311 - not for security


READER = Reader(read)
