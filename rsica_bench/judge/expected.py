"""What a text should tell of a pair, and what its supported claims tell of that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rsica_data.claims.extraction import COVER_ARGUMENTS, ExtractedClaim
from rsica_data.schema import FactsView
from rsica_data.tasks.open_qa.kinds import KINDS

PARTS = ("change", "presence", "count", "cells")
"""Parts of what a text should tell: change or none; which classes changed; how many objects of each; in which cells."""
_OF_ONE_IMAGE = ("cover_before", "cover_after", "unchanged_classes")

Fact = tuple[str, ...]


def expected_facts(view: FactsView) -> list[Fact]:
    """What a description should tell: ``(part, class, cell)`` of each of :data:`PARTS`.

    Change or none; of each class that changed that it did, the number of its objects, and each of its cells.
    """
    changed = [name for name in view.classes if view.counts[name] > 0]
    return [
        ("change",),
        *(("presence", name) for name in changed),
        *(("count", name) for name in changed),
        *(("cells", name, cell) for name in changed for cell in view.cells[name]),
    ]


def told_facts(claims: Sequence[ExtractedClaim]) -> set[Fact]:
    """The expected facts that supported claims tell; one that tells more ("three") tells less too ("some")."""
    return {fact for claim in claims if claim.status == "supported" for fact in _told(claim)}


def _told(claim: ExtractedClaim) -> Iterator[Fact]:
    kind, value, cls = claim.kind, claim.value, claim.args.get("cls", "")
    if kind == "any_change":
        yield ("change",)
    if not value or kind in _OF_ONE_IMAGE or claim.args.get("n", 1) < 1:
        return
    yield ("change",)
    for name in _classes(claim):
        yield ("presence", name)
    if kind == "class_count":
        yield ("count", cls)
    if kind == "cell_presence":
        yield ("cells", cls, claim.args["cell"])
    elif KINDS[kind].type in ("cell", "cells"):
        for cell in value if KINDS[kind].type == "cells" else [value]:
            yield ("cells", cls, cell)


def _classes(claim: ExtractedClaim) -> list[str]:
    """The classes that a supported claim says to have changed."""
    if claim.kind in COVER_ARGUMENTS:
        return []
    if claim.kind == "changed_classes":
        return list(claim.value)
    named = [claim.args["cls"]] if "cls" in claim.args else []
    if claim.kind == "relative_position" or claim.value == "equal":
        return [claim.args["a"], claim.args["b"]]
    return [*named, claim.value] if KINDS[claim.kind].type in ("class", "class_or_equal") else named
