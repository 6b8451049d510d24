"""The gist of a short text: a second reading beside the grammar, learnt from wordings.

A text that names few things can say few things: of one class and one number, that so many objects changed, or stayed;
of one class, that some changed, that none did, that nothing else did, and so on. Which of these it is, is told by a
linear model over words and tags, trained on wordings by many writers (``tests/support/gist_training.py``). A text that
names more than one thing can say has no gist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rsica_data.claims.gist.meaning import KEEPS_DIRECTION, MEANINGS, slots_of
from rsica_data.claims.gist.model import parts
from rsica_data.claims.gist.shape import shape_of
from rsica_data.claims.models import Claim

__all__ = ["Gist", "gist_of"]

SURE = 0.8
"""The least probability at which a gist counts."""
_LOOSE = frozenset({
    "changed", "unchanged", "presence", "built", "removed", "some_in_place", "built_in_place", "removed_in_place",
    "beside", "beside_second", "became", "replaced", "both_presence", "gone_and_new", "new_and_gone",
})  # fmt: skip
"""Labels that say as much of a class where a narrower word names it: villas were built, so buildings were."""


@dataclass(frozen=True)
class Gist:
    """What a text says as a whole.

    Attributes:
        label: a key of ``MEANINGS``.
        probability: how sure the model is.
        claims: what it comes to; spans lie in the text.
        keeps: kinds of claims of the grammar that stand beside it.
    """

    label: str
    probability: float
    claims: tuple[Claim, ...]
    keeps: frozenset[str]


def gist_of(text: str, classes: Sequence[str], question: str | None = None, synonyms: str = "") -> Gist | None:
    """The gist of a text, read with its question; None where it has none, or none that is sure enough."""
    asked = f"{question} " if question else ""
    shape = shape_of(asked + text, classes, synonyms)
    part = parts().get(shape.signature) if shape is not None else None
    if shape is None or part is None:
        return None
    label, probability = part.read(shape)
    if probability < SURE or label not in MEANINGS or (label not in _LOOSE and shape.reaches - {"word"}):
        return None
    claims = tuple(_moved(claim, len(asked), text) for claim in MEANINGS[label](slots_of(shape)))
    keeps = {"direction"} if label in KEEPS_DIRECTION else set()
    return Gist(label, probability, claims, frozenset(keeps | ({"count"} if shape.bounded else set())))


def _moved(claim: Claim, shift: int, text: str) -> Claim:
    """A claim of question and answer as one of the answer: its words, or all of it where the question has them."""
    start, end = claim.span[0] - shift, claim.span[1] - shift
    if start < 0:
        start, end = 0, len(text)
    return replace(claim, span=(start, end), text=text[start:end], question=shift > 0)
