"""Human captions as evidence for what no mask tells."""

from __future__ import annotations

from functools import lru_cache

from rsica_data.claims.extract import extract
from rsica_data.claims.models import Claim, Context, Quantity, Region


@lru_cache(maxsize=4096)
def _caption_claims(
    captions: tuple[str, ...], classes: tuple[str, ...], synonyms: str
) -> tuple[tuple[str, Claim], ...]:
    return tuple((caption, claim) for caption in captions for claim in extract(caption, classes, synonyms=synonyms))


def caption_for(claim: Claim, context: Context) -> str | None:
    """A human caption that says what a claim says, where facts cannot settle it."""
    for caption, said in _caption_claims(context.captions, context.names, context.synonyms):
        if said.subject == claim.subject and _same(claim, said):
            return caption
    return None


def _same(claim: Claim, said: Claim) -> bool:
    if claim.kind == "presence":
        return said.kind in ("presence", "count", "direction", "transition") and said.polarity
    if claim.kind == "position" and isinstance(claim.value, Region) and isinstance(said.value, Region):
        return claim.polarity == said.polarity and bool(set(claim.value.cells) & set(said.value.cells))
    if claim.kind == "count" and isinstance(claim.value, Quantity) and isinstance(said.value, Quantity):
        return claim.value.low == said.value.low or (claim.value.vague and said.value.vague)
    return claim.kind == said.kind and claim.value == said.value and claim.polarity == said.polarity
