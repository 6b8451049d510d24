"""One claim against what is known of a pair."""

from __future__ import annotations

from collections.abc import Callable

from rsica_data.claims import areas
from rsica_data.claims.evidence import caption_for
from rsica_data.claims.models import Claim, Context, Quantity, Rank, Region, Relation, Status, Verdict
from rsica_data.schema import CELLS, FactsView
from rsica_data.tasks.open_qa.geometry import cell_of, unique_extreme
from rsica_data.tasks.words import counted, join, plural

_NEAR = 1 / 12
"""Share of the image within which a loosely named place is only unsupported, not contradicted."""


def check(claim: Claim, context: Context) -> Verdict:
    """Whether what is known of the pair bears out a claim.

    ``supported`` and ``contradicted`` are settled by the facts (or supported by a human caption where no mask tells);
    ``unsupported``: the facts speak of the matter, and give the claim no support; ``unknown``: they cannot settle it.
    """
    verdict = _CHECKS[claim.kind](claim, context)
    if verdict.status == "unknown":
        evidence = caption_for(claim, context)
        if evidence:
            return Verdict("supported", f"a human caption says so: '{evidence}'")
    return verdict


def _verdict(holds: bool, reason: str) -> Verdict:
    return Verdict("supported" if holds else "contradicted", reason)


def _flip(verdict: Verdict) -> Verdict:
    turned: dict[Status, Status] = {"supported": "contradicted", "contradicted": "supported"}
    return Verdict(turned.get(verdict.status, verdict.status), verdict.reason)


def _not_in_mask(subject: str | None) -> Verdict:
    return Verdict("unknown", f"the facts do not cover {plural(subject)}" if subject else "there are no facts")


def _count_of(subject: str | None, view: FactsView) -> int | None:
    """Changed objects of a class, or of all; None where the facts do not settle it."""
    if subject is None:
        return sum(view.counts.values()) if areas.complete(view) else None
    return view.counts.get(subject)


def _said(subject: str | None, count: int) -> str:
    return f"{counted(count, subject) if subject else f'{count} objects'} changed"


# Change, presence and absence


def _check_change(claim: Claim, context: Context) -> Verdict:
    changed = context.view.changed if context.view is not None else context.changed
    if changed is None:
        return Verdict("unknown", "the pair has neither a mask nor a change flag")
    return _verdict(changed == claim.polarity, "the pair has changed" if changed else "the pair has not changed")


def _check_presence(claim: Claim, context: Context) -> Verdict:
    view = context.view
    flows = areas.gain_and_loss(claim.subject, context) if claim.subject and claim.direction else None
    if flows is not None and claim.direction in ("appeared", "disappeared"):
        return _verdict(flows[claim.direction == "disappeared"] > 0, f"{flows[0]} pixels gained, {flows[1]} lost")
    if view is not None and claim.subject is not None and claim.subject in view.counts:
        count = view.counts[claim.subject]
        if count == 0 and view.area_px[claim.subject]:
            return Verdict("unsupported", f"only specks of {plural(claim.subject)} changed")
        return _verdict(count > 0, _said(claim.subject, count))
    return _presence_by_cover(claim, context)


def _presence_by_cover(claim: Claim, context: Context) -> Verdict:
    flows = areas.gain_and_loss(claim.subject, context) if claim.subject else None
    if flows is not None:
        return _verdict(sum(flows) > 0, f"{flows[0]} pixels gained, {flows[1]} lost")
    changed = context.view.changed if context.view is not None else context.changed
    if changed is False:
        return Verdict("contradicted", "the pair has not changed")
    return _not_in_mask(claim.subject)


def _check_absence(claim: Claim, context: Context) -> Verdict:
    view = context.view
    flows = areas.gain_and_loss(claim.subject, context) if claim.subject and claim.direction else None
    if flows is not None:
        amount = flows[0] if claim.direction in ("appeared", "expanded") else flows[1]
        return _verdict(amount == 0, f"{flows[0]} pixels gained, {flows[1]} lost")
    found = _flip(_check_presence(claim, context))
    if found.status == "contradicted" and (claim.part or claim.direction in ("disappeared", "expanded", "shrunk")):
        return Verdict("unknown", "the mask does not tell kinds and directions of change")
    if found.status == "supported" and view is None:
        return Verdict("supported", "the pair has not changed")
    return found


def _check_class(claim: Claim, context: Context) -> Verdict:
    view = context.view
    if view is None or claim.subject is None:
        return _not_in_mask(claim.subject)
    names = areas.names_for(claim.subject, context, view.cover)
    if names:
        before = sum(view.cover[name][0] for name in names)
        after = sum(view.cover[name][1] for name in names)
        amount = {"before": before, "after": after, "change": before + after}[claim.scope]
        return _verdict((amount > 0) == claim.polarity, f"{amount} pixels of {plural(claim.subject)}")
    if claim.scope == "change" and claim.polarity and view.counts.get(claim.subject, 0) > 0:
        return Verdict("supported", _said(claim.subject, view.counts[claim.subject]))
    return Verdict("unknown", "no land-cover map tells what stands there")


def _check_direction(claim: Claim, context: Context) -> Verdict:
    subject, view = claim.subject, context.view
    if subject is None:
        return Verdict("unknown", "no class is named")
    flows = areas.gain_and_loss(subject, context)
    if flows is not None:
        amount = flows[0] if claim.value in ("appeared", "expanded") else flows[1]
        return _verdict((amount > 0) == claim.polarity, f"{flows[0]} pixels gained, {flows[1]} lost")
    if view is not None and view.counts.get(subject) == 0 and not view.area_px[subject]:
        return _verdict(not claim.polarity, _said(subject, 0))
    if (view.changed if view is not None else context.changed) is False:
        return _verdict(not claim.polarity, "the pair has not changed")
    return Verdict("unknown", "the mask does not tell what was built from what was removed")


# Numbers


def _check_count(claim: Claim, context: Context) -> Verdict:
    view, value = context.view, claim.value
    if view is None or not isinstance(value, Quantity):
        return _without_mask(claim, context)
    count = _count_of(claim.subject, view)
    if count is None:
        return _without_mask(claim, context)
    if claim.scope != "change" and isinstance(value, Quantity):
        same = claim.scope == "after" and value.low <= count and (value.high is None or count <= value.high)
        return Verdict(
            "supported" if same else "unsupported", f"the facts only tell that {_said(claim.subject, count)}"
        )
    if claim.region is not None and claim.subject is not None:
        verdict = _count_in_region(claim, value, claim.region, view, count)
    else:
        verdict = _compare(value, count, _said(claim.subject, count))
        if claim.part and verdict.status == "contradicted" and value.low <= count and claim.polarity:
            verdict = Verdict("unsupported", f"{_said(claim.subject, count)}, of any kind")
    return verdict if claim.polarity else _flip(verdict)


def _without_mask(claim: Claim, context: Context) -> Verdict:
    if claim.subject is not None and isinstance(claim.value, Quantity) and claim.value.low > 0:
        return _presence_to_count(_presence_by_cover(claim, context))
    return _not_in_mask(claim.subject)


def _presence_to_count(verdict: Verdict) -> Verdict:
    if verdict.status == "supported":
        return Verdict("unknown", "the facts give no number of them")
    return verdict


def _compare(value: Quantity, truth: float, reason: str) -> Verdict:
    low, high = value.low, value.high
    if value.approximate:
        slack = max(1.0, 0.2 * truth)
        low, high = low - slack, None if high is None else high + slack
    if value.vague and value.low == value.high == 1:
        # A bare article: "a building" beside several is loose, not wrong.
        return Verdict("supported" if truth == 1 else "unsupported" if truth else "contradicted", reason)
    if low <= truth and (high is None or truth <= high):
        return Verdict("supported", reason)
    if value.vague and truth > 0 and (low / 1.5 <= truth and (high is None or truth <= 2 * high)):
        return Verdict("unsupported", reason)
    return Verdict("contradicted", reason)


def _count_in_region(claim: Claim, value: Quantity, region: Region, view: FactsView, count: int) -> Verdict:
    assert claim.subject is not None
    if region.compass:
        return Verdict("unknown", "the direction north is not known")
    items = view.objects[claim.subject]
    inside, near = areas.centred(items, region, view), areas.touching(items, region, view)
    reason = f"{inside} of {counted(count, claim.subject)} lie in the {region.word}"
    for truth in (inside, near, count):
        found = _compare(value, truth, reason)
        if found.status == "supported" and near:
            return found
    if value.low > near:
        return Verdict("contradicted", reason)
    return Verdict("unsupported", reason)


def _check_size(claim: Claim, context: Context) -> Verdict:
    if isinstance(claim.value, Rank):
        return _check_rank(claim, claim.value, context)
    view, value = context.view, claim.value
    if view is None or not isinstance(value, Quantity):
        return _not_in_mask(claim.subject)
    truth = _size(claim, value.unit, view, context)
    if truth is None:
        return Verdict("unknown", "the facts do not settle that size")
    unit = {"percent": "% of the image", "m2": " m2", "px": " pixels"}[value.unit]
    verdict = _compare_size(value, truth, f"{truth:.1f}{unit}", dated=claim.scope != "change")
    return verdict if claim.polarity else _flip(verdict)


def _size(claim: Claim, unit: str, view: FactsView, context: Context) -> float | None:
    pixels = view.width * view.height
    if claim.scope != "change":
        if claim.subject is None or claim.subject not in view.cover or unit != "percent":
            return None
        return 100 * view.cover[claim.subject][claim.scope == "after"] / pixels
    if claim.subject is None:
        if unit != "percent" or not (view.cover or areas.complete(view)):
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
    if view is None or rank.region.compass or _count_of(claim.subject, view) is None:
        return _not_in_mask(claim.subject)
    names = view.classes if claim.subject is None else (claim.subject,)
    items = [item for name in names for item in view.objects[name]]
    if not items:
        return Verdict("contradicted", _said(claim.subject, 0))
    sign = 1 if rank.which == "largest" else -1
    best = unique_extreme(items, lambda item: sign * item.area_px)
    if best is None:
        return Verdict("unknown", "several are of equal size")
    cell = cell_of(best, view.width, view.height)
    reason = f"the {rank.which} lies in the {cell} cell"
    if cell in rank.region.cells:
        return Verdict("supported", reason)
    if not rank.region.exact and areas.touching([best], rank.region, view):
        return Verdict("unsupported", reason)
    return Verdict("contradicted", reason)


# Places


def _check_position(claim: Claim, context: Context) -> Verdict:
    view, value = context.view, claim.value
    if view is None or (claim.subject is not None and claim.subject not in view.cells):
        return _presence_to_count(_presence_by_cover(claim, context)) if claim.polarity else _not_in_mask(claim.subject)
    names = [claim.subject] if claim.subject is not None else list(view.classes)
    cells = {cell for name in names for cell in view.cells[name]}
    where = join(_grid(cells)) or "nowhere"
    reason = f"{plural(claim.subject) if claim.subject else 'objects'} changed in: {where}"
    if isinstance(value, Quantity):
        verdict = _compare(value, len(cells), reason)
        return verdict if claim.polarity else _flip(verdict)
    assert isinstance(value, Region)
    if value.compass and not context.north_up:
        return Verdict("unknown", "the direction north is not known")
    verdict = _in_region(names, cells, value, view, reason)
    if claim.subject is None and verdict.status == "contradicted" and not areas.complete(view):
        return Verdict("unknown", "the mask's classes do not hold all the change")
    if claim.polarity:
        return verdict
    return Verdict("contradicted" if verdict.status == "supported" else "supported", reason)


def _grid(cells: set[str]) -> list[str]:
    return [cell for cell in CELLS if cell in cells]


def _in_region(names: list[str], cells: set[str], region: Region, view: FactsView, reason: str) -> Verdict:
    items = [item for name in names for item in view.objects[name]]
    box = areas.region_box(region, view.width, view.height)
    gap = min((areas.box_gap(item.box, box) for item in items), default=float("inf"))
    half = region.word.endswith(" half")
    if (gap < 0) if half else cells & set(region.cells):
        if region.only and not cells <= set(region.cells):
            return Verdict("contradicted", reason)
        return Verdict("supported", reason)
    limit = 0.0 if region.exact or half else _NEAR * max(view.width, view.height)
    return Verdict("unsupported" if cells and gap < limit else "contradicted", reason)


# Comparisons, steps and dates


def _check_relation(claim: Claim, context: Context) -> Verdict:
    view, value = context.view, claim.value
    if view is None or not isinstance(value, Relation):
        return _not_in_mask(claim.subject)
    if value.op == "only":
        verdict = _check_only(value, view)
    elif claim.subject is None or claim.subject not in view.counts or value.other not in view.counts:
        return _not_in_mask(claim.subject)
    else:
        verdict = _check_pair(claim.subject, str(value.other), value.op, view)
    return verdict if claim.polarity else _flip(verdict)


def _check_only(value: Relation, view: FactsView) -> Verdict:
    names = str(value.other).split(",")
    others = [name for name, count in view.counts.items() if count and name not in names]
    if others:
        return Verdict("contradicted", f"{join([plural(name) for name in others])} changed too")
    if not any(view.counts.get(name) for name in names if name in view.counts):
        known = all(name in view.counts for name in names)
        return Verdict("contradicted" if known else "unknown", "none of them changed")
    if len(view.classes) < 2 or not areas.complete(view):
        return Verdict("unknown", "the mask does not hold all kinds of change")
    return Verdict("supported", "no other class changed")


def _check_pair(a: str, b: str, op: str, view: FactsView) -> Verdict:
    if op in ("larger", "smaller"):
        x, y = float(view.area_px[a]), float(view.area_px[b])
        reason = f"{x:.0f} pixels of {plural(a)}, {y:.0f} of {plural(b)}"
    else:
        x, y = float(view.counts[a]), float(view.counts[b])
        reason = f"{counted(int(x), a)} and {counted(int(y), b)} changed"
    holds = {"more": x > y, "larger": x > y, "fewer": x < y, "smaller": x < y, "equal": x == y}[op]
    return _verdict(holds, reason)


def _check_transition(claim: Claim, context: Context) -> Verdict:
    view = context.view
    assert isinstance(claim.value, tuple)
    source, target = claim.value
    if view is None or source is None or target is None:
        return _not_in_mask(source)
    if not view.cover:
        known = [name for name in (source, target) if view.counts.get(name) == 0 and not view.area_px[name]]
        if (known and known[-1] == target) or not view.changed:
            return _verdict(not claim.polarity, _said(target, 0))
        return Verdict("unknown", "no land-cover maps tell what became what")
    before, after = areas.names_for(source, context, view.cover), areas.names_for(target, context, view.cover)
    if not before or not after:
        return _not_in_mask(source if not before else target)
    amount = sum(area for a, b, area in view.transitions if a in before and b in after)
    return _verdict((amount > 0) == claim.polarity, f"{amount} pixels went from {source} to {target}")


def _check_date(claim: Claim, context: Context) -> Verdict:
    dates = {"before": context.before_date, "after": context.after_date}
    known = [date for scope, date in dates.items() if date and claim.scope in ("change", scope)]
    if not known:
        return Verdict("unknown", "the dates are not known")
    holds = any(date.startswith(str(claim.value)) for date in known)
    return _verdict(holds == claim.polarity, f"the date is {join(known, 'or')}")


_CHECKS: dict[str, Callable[[Claim, Context], Verdict]] = {
    "count": _check_count,
    "class": _check_class,
    "presence": _check_presence,
    "absence": _check_absence,
    "position": _check_position,
    "size": _check_size,
    "direction": _check_direction,
    "relation": _check_relation,
    "transition": _check_transition,
    "date": _check_date,
    "change": _check_change,
}
