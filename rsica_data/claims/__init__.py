"""Free text to claims, and claims against the facts of a pair. See ``docs/claims.md``."""

from rsica_data.claims.checking import check
from rsica_data.claims.dialogue import contradictions_between
from rsica_data.claims.evidence import against_captions
from rsica_data.claims.extract import extract
from rsica_data.claims.models import (
    KINDS,
    Claim,
    Context,
    FactScore,
    Quantity,
    Rank,
    Region,
    Relation,
    Report,
    Verdict,
    context_of,
    context_of_pair,
)
from rsica_data.claims.readings import judge
from rsica_data.claims.verifying import Scope, expected, fact_score, verify
from rsica_data.declared.leaking import leaks

__all__ = [
    "KINDS",
    "Claim",
    "Context",
    "FactScore",
    "Quantity",
    "Rank",
    "Region",
    "Relation",
    "Report",
    "Scope",
    "Verdict",
    "against_captions",
    "check",
    "context_of",
    "context_of_pair",
    "contradictions_between",
    "expected",
    "extract",
    "fact_score",
    "judge",
    "leaks",
    "verify",
]
