"""The gist of a short text: a second reading beside the grammar, learnt from wordings.

A text that names few things can say few things: of one class and one number, that so many objects changed, or stayed;
of one class, that some changed, that none did, that nothing else did, and so on. Which of these it is, is told by a
linear model over words and tags, trained on wordings by many writers (``tests/support/gist_training.py``). A text that
names more than one thing can say has no gist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rsica_data.claims.gist.meaning import KEEPS_DIRECTION, MEANINGS, slots_of
from rsica_data.claims.gist.model import parts
from rsica_data.claims.gist.shape import shape_of
from rsica_data.claims.models import Claim

__all__ = ["Gist", "gist_of"]

SURE = 0.8
"""The least probability at which the gist of a text counts."""
SURE_OF_AN_ANSWER = 0.95
"""The same where there is a question: the grammar knows it, the gist does not."""
_LOOSE = frozenset({
    "changed", "unchanged", "presence", "built", "removed", "some_in_place", "built_in_place", "removed_in_place",
    "beside", "beside_second", "became", "replaced", "both_presence", "gone_and_new", "new_and_gone",
    "both_built", "both_removed",
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
    """The gist of a text; None where it has none, or none that is sure enough.

    An answer is read by itself, and only where it is a sentence that names what it speaks of: "Only in the top left."
    and "No, it has not." are left to the grammar, which knows the question.
    """
    shape = shape_of(text, classes, synonyms)
    part = parts().get(shape.signature) if shape is not None else None
    if (
        shape is None
        or part is None
        or shape.measured
        or (question is not None and not (shape.classes and shape.sentence))
    ):
        return None
    if not shape.classes and not part.knows(shape):
        return None  # "Three igloos were built": of things that no class is known for
    label, probability = part.read(shape)
    sure = SURE if question is None else SURE_OF_AN_ANSWER
    if probability < sure or label not in MEANINGS or (label not in _LOOSE and shape.reaches - {"word"}):
        return None
    keeps = {"direction"} if label in KEEPS_DIRECTION else set()
    claims = tuple(MEANINGS[label](slots_of(shape)))
    return Gist(label, probability, claims, frozenset(keeps | ({"count"} if shape.bounded else set())))
