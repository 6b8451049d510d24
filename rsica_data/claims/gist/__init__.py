"""The gist of a short text: a second reading beside the grammar, learnt from wordings.

A text that names few things can say few things: of one class and one number, that so many objects changed, or stayed;
of one class, that some changed, that none did, that nothing else did, and so on. Which of these it is, is told by a
linear model over words and tags, trained on wordings by many writers (``tests/support/gist_training.py``). A text that
names more than one thing can say has no gist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rsica_data.claims.gist.meaning import KEEPS_DIRECTION, MEANINGS, slots_of
from rsica_data.claims.gist.model import parts
from rsica_data.claims.gist.shape import shape_of
from rsica_data.claims.models import Claim

__all__ = ["Gist", "gist_of"]

SURE = 0.8
"""The least probability at which the gist of a text counts."""
SURE_OF_A_PART = 0.95
"""The same for a clause, and for an answer: the grammar knows the question, the gist does not."""
_BREAK = re.compile(r"[.;]\s+|,?\s+(?:but|while|whereas|yet|though|although)\s+|,\s+(?:and|with)\s+", re.IGNORECASE)
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
        label: a key of ``MEANINGS``; of clauses, joined by ``+``.
        probability: how sure the model is.
        claims: what it comes to; spans lie in the text.
        keeps: kinds of claims of the grammar that stand beside it.
    """

    label: str
    probability: float
    claims: tuple[Claim, ...]
    keeps: frozenset[str]


def gist_of(text: str, classes: Sequence[str], question: str | None = None, synonyms: str = "") -> Gist | None:
    """The gist of a text, or of all its clauses together; None where it has none, or none that is sure enough.

    An answer is read by itself, and only where it is a sentence that names what it speaks of: "Only in the top left."
    and "No, it has not." are left to the grammar, which knows the question.
    """
    known = (classes, synonyms)
    whole = _read(text, *known, SURE) if question is None else _read(text, *known, SURE_OF_A_PART, named=True)
    return whole if whole is not None else _of_clauses(text, *known)


def _of_clauses(text: str, classes: Sequence[str], synonyms: str) -> Gist | None:
    """What the clauses of a text say, where every one is sure and names what it speaks of."""
    found: list[tuple[int, Gist]] = []
    for at, clause in _clauses(text):
        gist = _read(clause, classes, synonyms, SURE_OF_A_PART, named=True)
        if gist is None:
            return None
        found.append((at, gist))
    if len(found) < 2:
        return None
    moved = [
        replace(claim, span=(claim.span[0] + at, claim.span[1] + at)) for at, gist in found for claim in gist.claims
    ]
    least = min(gist.probability for _, gist in found)
    keeps = frozenset.intersection(*(gist.keeps for _, gist in found))
    return Gist("+".join(gist.label for _, gist in found), least, tuple(moved), keeps)


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    """(where it begins, the clause)."""
    at = 0
    for found in (*_BREAK.finditer(text), None):
        clause = text[at : found.start() if found else len(text)]
        if clause.strip(" ."):
            yield at, clause
        at = found.end() if found else at


def _read(text: str, classes: Sequence[str], synonyms: str, sure: float, named: bool = False) -> Gist | None:
    """The gist of one text or clause; ``named``: only where it is a sentence that names a class."""
    shape = shape_of(text, classes, synonyms)
    part = parts().get(shape.signature) if shape is not None else None
    if shape is None or part is None or shape.measured or (named and not (shape.classes and shape.sentence)):
        return None
    if not part.familiar(shape) or (not shape.classes and part.strange(shape)):
        return None  # nonsense; "three igloos were built", things that no class is known for
    label, probability = part.read(shape)
    if probability < sure or label not in MEANINGS or (label not in _LOOSE and shape.reaches - {"word"}):
        return None
    keeps = {"direction"} if label in KEEPS_DIRECTION else set()
    claims = tuple(MEANINGS[label](slots_of(shape)))
    return Gist(label, probability, claims, frozenset(keeps | ({"count"} if shape.bounded else set())))
