"""Human captions as evidence for what no mask tells."""

from __future__ import annotations

from functools import lru_cache

from rsica_data.claims.extract import extract
from rsica_data.claims.models import Claim, Context, Quantity, Region, Report


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


_CONTRARY = {"appeared": "disappeared", "disappeared": "appeared"}


def against_captions(report: Report, context: Context) -> list[str]:
    """Why human captions speak against claims that the facts leave open: they say removed, and a caption says built.

    A caption never outweighs the mask, and it does not tell everything: for a text that was written from facts and
    captions alone it is reason enough, for what somebody saw in the images it is none.
    """
    found = []
    for claim, verdict in report.claims:
        caption = _caption_against(claim, context) if verdict.status == "unknown" else None
        if caption is not None:
            found.append(f"'{claim.text}' ({claim.kind}) is unsupported: a human caption tells otherwise: '{caption}'")
    return found


def _caption_against(claim: Claim, context: Context) -> str | None:
    if claim.kind == "absence":
        contrary = claim.direction  # "no trees were removed"
    else:
        contrary = _CONTRARY.get(str(claim.value)) if claim.kind == "direction" and claim.polarity else None
    for caption, said in _caption_claims(context.captions, context.names, context.synonyms):
        if said.kind == "direction" and said.subject == claim.subject and said.polarity and said.value == contrary:
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
