"""Claims of size: shares, areas, the largest object."""

from __future__ import annotations

from rsica_data.claims import areas
from rsica_data.claims.models import Claim, Context, Quantity, Rank, Status, Verdict
from rsica_data.claims.verdicts import count_of, flip, not_in_mask, said
from rsica_data.schema import FactsView, cell_of, holds_all_change
from rsica_data.tasks.open_qa.geometry import unique_extreme
from rsica_data.text.class_names import plural

_RANKED: tuple[Status, ...] = ("supported", "unsupported", "contradicted", "unknown")


def check_size(claim: Claim, context: Context) -> Verdict:
    """A share, an area or the place of the largest object."""
    if claim.part and claim.value is not None:
        return _check_part_size(claim, context)
    if isinstance(claim.value, Rank):
        return _check_rank(claim, claim.value, context)
    view, value = context.view, claim.value
    if view is None or not isinstance(value, Quantity):
        return not_in_mask(claim.subject)
    truth = _size(claim, value.unit, view, context)
    if truth is None:
        return Verdict("unknown", "the facts do not settle that size")
    unit = {"percent": "% of the image", "m2": " m2", "px": " pixels"}[value.unit]
    verdict = _compare_size(value, truth, f"{truth:.1f}{unit}", dated=claim.scope != "change")
    return verdict if claim.polarity else flip(verdict)


def _check_part_size(claim: Claim, context: Context) -> Verdict:
    """The size of one of several objects: of any of them."""
    view, value = context.view, claim.value
    items = view.objects.get(claim.subject or "") if view is not None else None
    if view is None or items is None or not isinstance(value, Quantity) or value.unit == "m2":
        return Verdict("unknown", "the facts do not settle that size")
    share = 100 / (view.width * view.height) if value.unit == "percent" else 1
    found = [_compare_size(value, share * item.area_px, "") for item in items]
    statuses = [verdict.status for verdict in found]
    best = min(statuses, key=_RANKED.index) if statuses else "contradicted"
    return Verdict(best, f"the sizes of single {plural(str(claim.subject))}")


def _size(claim: Claim, unit: str, view: FactsView, context: Context) -> float | None:
    pixels = view.width * view.height
    if claim.scope != "change":
        if claim.subject is None or claim.subject not in view.cover or unit != "percent":
            return None
        return 100 * view.cover[claim.subject][claim.scope == "after"] / pixels
    if claim.subject is None:
        if unit != "percent" or not (view.cover or holds_all_change(view)):
            return None
        return 100 * (sum(t[2] for t in view.transitions) / pixels if view.cover else sum(view.fraction.values()))
    if claim.subject not in view.fraction:
        return None
    if unit == "percent":
        return 100 * view.fraction[claim.subject]
    return view.area_m2[claim.subject] if unit == "m2" else float(view.area_px[claim.subject])


def _compare_size(value: Quantity, truth: float, reason: str, dated: bool = False) -> Verdict:
    slack = max((0.25 if value.approximate else 0.15) * truth, 1.0)
    if dated and not value.approximate:
        slack = max(0.03 * truth, 0.6)  # a change of the share must not be lost in it
    for factor, status in ((1, "supported"), (2, "unsupported")):
        low, high = value.low - factor * slack, None if value.high is None else value.high + factor * slack
        if low <= truth and (high is None or truth <= high):
            return Verdict(status, reason)  # type: ignore[arg-type]
    return Verdict("contradicted", reason)


def _check_rank(claim: Claim, rank: Rank, context: Context) -> Verdict:
    view = context.view
    if view is None or rank.region.compass or count_of(claim.subject, view) is None:
        return not_in_mask(claim.subject)
    names = view.classes if claim.subject is None else (claim.subject,)
    items = [item for name in names for item in view.objects[name]]
    if not items:
        return Verdict("contradicted", said(claim.subject, 0))
    sign = 1 if rank.which == "largest" else -1
    best = unique_extreme(items, lambda item: sign * item.area_px)
    if best is None:
        return Verdict("unknown", "several are of equal size")
    cell = cell_of(best.centroid, view.width, view.height)
    reason = f"the {rank.which} lies in the {cell} cell"
    if cell in rank.region.cells:
        return Verdict("supported", reason)
    if not rank.region.exact and areas.touching([best], rank.region, view):
        return Verdict("unsupported", reason)
    return Verdict("contradicted", reason)
